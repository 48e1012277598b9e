"""Which colours of a company's theme stand for arrcast's, on light and on dark backgrounds."""

from __future__ import annotations

import itertools
from typing import Any, Final

from history.language import say

from .. import style
from ..figures.fan import BANDS
from . import xml

_ACCENTS: Final = ("blue", "green", "vermillion", "purple", "sky", "orange")
_ALIKE: Final = 60.0  # distance of two colours (RGB, 0-441) below which a chart confuses them
_FAINT: Final = 1.5  # contrast with the background below which a line is not seen
_GRID: Final = 0.18  # how far a grid's lines stand off the background
_READ: Final = 4.5  # contrast that text needs (WCAG 2.1)


def palette(layout: Any) -> tuple[dict[str, str], str]:
    """Map arrcast's colours to those of a layout's theme.

    Parameters
    ----------
    layout : slide layout
        The background is its own, or its master's.

    Returns
    -------
    (dict, str)
        ``#RRGGBB`` to the XML of a colour; why the theme's accents are not used, empty when they
        are. Accents that cannot be seen or told apart are not.
    """
    paper = xml.background(layout)
    text, back = _text_on(layout, paper)
    dark = contrast(paper, "FFFFFF") > contrast(paper, "000000")
    found = {
        style.INK: xml.theme_colour(text),
        style.MUTED: xml.theme_colour(text, shade=0.8) if dark else xml.theme_colour(text, 0.65),
        style.GRID: xml.plain_colour(_mixed("FFFFFF" if dark else "000000", paper, _GRID)),
        style.PAPER: xml.theme_colour(back) if back else xml.plain_colour(paper),
        style.TOTAL: xml.theme_colour(text, shade=0.7) if dark else xml.theme_colour(text, 0.75),
        style.OKABE_ITO["black"]: xml.theme_colour(text),
    }
    reason = _doubt([xml.scheme_colour(layout, f"accent{n}") for n in range(1, 7)], paper)
    for place, name in enumerate(_ACCENTS, start=1):
        colour, accent = style.OKABE_ITO[name], f"accent{place}"
        if reason and dark:  # arrcast's own, as a dark background needs them
            found[style.ink(name)] = xml.plain_colour(_mixed(colour[1:], "FFFFFF", 0.75))
            for _, _, strength, _ in BANDS:
                mixed = _mixed(colour[1:], paper, strength)
                found[style.blend(colour, strength)] = xml.plain_colour(mixed)
        elif not reason:
            found[colour] = xml.theme_colour(accent)
            found[style.ink(name)] = (
                xml.theme_colour(accent, 0.6) if dark else xml.theme_colour(accent, shade=0.75)
            )
            for _, _, strength, _ in BANDS:
                found[style.blend(colour, strength)] = (
                    xml.theme_colour(accent, shade=strength)
                    if dark
                    else xml.theme_colour(accent, strength)
                )
    return found, reason


def _text_on(layout: Any, paper: str) -> tuple[str, str]:
    """Choose the theme's colour of texts that can be read on a background, and name the latter.

    A template that paints its background by hand may have texts of the background's own tone.
    """
    names = ("tx1", "bg1", "tx2", "bg2")
    colours = {name: xml.scheme_colour(layout, name) or "000000" for name in names}
    text = max(names, key=lambda name: min(_READ, contrast(colours[name], paper)))
    return text, next((name for name in ("bg1", *names) if colours[name] == paper), "")


def _doubt(accents: list[str], paper: str) -> str:
    """Say what speaks against the theme's accents."""
    faint = [n for n, one in enumerate(accents, 1) if not one or contrast(one, paper) < _FAINT]
    if faint:
        return say(
            "the template's accent {n} cannot be seen on the background: charts keep arrcast's "
            "colours",
            n=faint[0],
        )
    for (one, first), (other, second) in itertools.combinations(enumerate(accents, 1), 2):
        if _distance(first, second) < _ALIKE:
            return say(
                "the template's accents {one} and {other} look alike: charts keep arrcast's "
                "colours",
                one=one,
                other=other,
            )
    return ""


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours ``RRGGBB``, 1 to 21 (WCAG 2.1).

    Examples
    --------
    >>> contrast("FFFFFF", "000000")
    21.0
    """
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


def _light(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (0, 2, 4))
    return red, green, blue


def _distance(one: str, other: str) -> float:
    pairs = zip(_parts(one), _parts(other), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


def _mixed(colour: str, other: str, share: float) -> str:
    """Mix so much of a colour with another one."""
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in pairs)
