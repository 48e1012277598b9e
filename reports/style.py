"""Colours, dashes and matplotlib settings: one look for every figure, deck and workbook.

The palette is Okabe and Ito's (2008), which readers with any common colour deficiency tell
apart. Colour is never the only sign: falls are hatched, scenarios differ in their dashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

OKABE_ITO: Final[Mapping[str, str]] = MappingProxyType(
    {
        "black": "#000000",
        "orange": "#E69F00",
        "sky": "#56B4E9",
        "green": "#009E73",
        "yellow": "#F0E442",
        "blue": "#0072B2",
        "vermillion": "#D55E00",
        "purple": "#CC79A7",
    }
)

INK: Final = "#1F2933"  # text
MUTED: Final = "#5B6770"  # secondary text, contrast above 5 on white
GRID: Final = "#D9DEE3"
PAPER: Final = "#FFFFFF"
TOTAL: Final = "#4A5560"  # opening and closing bars
RISE: Final = OKABE_ITO["sky"]
FALL: Final = OKABE_ITO["orange"]
HEAT: Final = "cividis"

# Text in the colour of a line needs more contrast than the line itself (orange has 2.25).
_INKS: Final = {
    "blue": "#005A8E",
    "green": "#00694D",
    "vermillion": "#A84A00",
    "purple": "#8C3F6B",
    "black": "#000000",
    "sky": "#1F6E9C",
    "orange": "#8A5F00",
}
_DASHES: Final = ("solid", "dash", "dot", "dash_dot", "long_dash")
_HATCHES: Final = ("", "///", "...", "xx", "\\\\\\")
_KNOWN: Final = {
    "base": ("blue", 0),
    "upside": ("green", 1),
    "downside": ("vermillion", 2),
    "downturn": ("vermillion", 2),
}
_FREE: Final = ("purple", "sky", "orange", "black", "green", "vermillion", "blue")


@dataclass(frozen=True)
class Look:
    """How one scenario is drawn everywhere.

    Attributes
    ----------
    colour : str
        Of lines and areas, ``#RRGGBB``.
    ink : str
        Of its text: the same hue, dark enough to be read on white (contrast above 4.5).
    dash : str
        ``solid``, ``dash``, ``dot``, ``dash_dot`` or ``long_dash``.
    hatch : str
        matplotlib hatch for areas and bars.
    """

    colour: str
    ink: str
    dash: str
    hatch: str

    @property
    def linestyle(self) -> str | tuple[int, tuple[float, ...]]:
        """The dash as matplotlib takes it."""
        return _LINESTYLES[self.dash]


_LINESTYLES: Final[Mapping[str, str | tuple[int, tuple[float, ...]]]] = MappingProxyType(
    {
        "solid": "solid",
        "dash": (0, (5, 2)),
        "dot": (0, (1.2, 1.6)),
        "dash_dot": (0, (5, 2, 1, 2)),
        "long_dash": (0, (9, 3)),
    }
)


def looks(names: Iterable[str]) -> dict[str, Look]:
    """One look a scenario name, the same in every figure that the name is in.

    Base, Upside and Downside have theirs by name. Any other name takes a colour by a hash of the
    name, and the next free one if two names of the same set want the same.

    Parameters
    ----------
    names : iterable of str
        The scenario names that are shown together; their order does not matter.

    Returns
    -------
    dict of str to Look
        In the order given.

    Examples
    --------
    >>> looks(["Base", "Upside"])["Base"].colour
    '#0072B2'
    >>> looks(["Upside", "Base"]) == looks(["Base", "Upside"])
    True
    """
    asked = list(dict.fromkeys(names))
    taken: dict[str, tuple[str, int]] = {}
    for name in asked:
        known = _KNOWN.get(name.strip().casefold())
        if known is not None and known not in taken.values():
            taken[name] = known
    for name in sorted(set(asked) - set(taken)):
        taken[name] = _free_place(name, set(taken.values()))
    return {name: _look(*taken[name]) for name in asked}


def _free_place(name: str, used: set[tuple[str, int]]) -> tuple[str, int]:
    digest = hashlib.sha256(name.encode()).digest()
    first = int.from_bytes(digest[:4], "big")
    colours, dashes = {colour for colour, _ in used}, {dash for _, dash in used}
    places = [
        (_FREE[(first + step) % len(_FREE)], (first + step + turn) % len(_DASHES))
        for step in range(len(_FREE))
        for turn in range(len(_DASHES))
    ]
    # The colour follows from the name as far as it is free; the dash gives way first.
    return min(
        places,
        key=lambda place: (place in used, place[0] in colours, place[1] in dashes),
    )


def _look(colour: str, dash: int) -> Look:
    return Look(OKABE_ITO[colour], _INKS[colour], _DASHES[dash], _HATCHES[dash])


SETTINGS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "figure.facecolor": PAPER,
        "axes.facecolor": PAPER,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.titlelocation": "left",
        "axes.titlesize": 13,
        "axes.titleweight": "bold",
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture everywhere
        "font.size": 11,
        "hatch.linewidth": 0.6,
        "svg.fonttype": "none",
        "svg.hashsalt": "arrcast",  # ids that hang on the content alone
        "pdf.fonttype": 42,
    }
)
"""matplotlib settings of every figure; applied by `reports.figures.canvas`, never globally."""


def blend(colour: str, share: float) -> str:
    """Mix a colour with white, for bands that must stay opaque in PowerPoint.

    Examples
    --------
    >>> blend("#000000", 0.5)
    '#808080'
    """
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * share):02X}" for part in parts)


def ink(name: str) -> str:
    """Give the text colour that belongs to a colour of the palette.

    Examples
    --------
    >>> ink("orange")
    '#8A5F00'
    """
    return _INKS[name]
