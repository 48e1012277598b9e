"""Where figures are drawn and how they are saved: no pyplot, no global state left behind."""

from __future__ import annotations

import functools
import io
import itertools
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec

import pandas as pd

from history.language import say

from .. import style
from ..files import free_path, whole_file
from ..format import Scale, money, month, scale_of, shorten, unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")
_ENDINGS: Final = (".png", ".svg", ".pdf")
_TITLE: Final = 72  # letters


@contextmanager
def styled() -> Iterator[None]:
    """Apply the settings of `reports.style` for the time of a block."""
    import matplotlib as mpl

    settings: Any = {**style.SETTINGS, "text.parse_math": False}
    with mpl.rc_context(settings):
        yield


def canvas(width: float = 10.0, height: float = 5.6) -> tuple[Figure, Axes]:
    """Make an empty figure with one axes, in this program's style and bound to no window.

    Parameters
    ----------
    width, height : float
        Inches.

    Examples
    --------
    >>> figure, ax = canvas()
    >>> figure.get_size_inches().tolist()
    [10.0, 5.6]
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        return figure, figure.add_subplot()


def save(
    figure: Figure | Axes,
    path: str | os.PathLike[str],
    *,
    dpi: int = 160,
    force: bool = False,
) -> Path:
    """Write a figure as png, svg or pdf, by the path's ending.

    Parameters
    ----------
    figure : Figure or Axes
        What a figure function returned, or its figure.
    path : path
    dpi : int
        Dots an inch of a png.
    force : bool
        Replace an existing file.

    Raises
    ------
    OverwriteError
        The file exists and `force` is off.
    InputError
        Another ending, or the folder is missing.
    """
    target = free_path(path, _ENDINGS, force=force)
    with whole_file(target) as temporary:
        temporary.write_bytes(saved(figure, target.suffix[1:], dpi=dpi))
    return target


def saved(figure: Figure | Axes, ending: str, *, dpi: int = 160) -> bytes:
    """Give a figure as the bytes of a ``png``, ``svg`` or ``pdf``."""
    from matplotlib.figure import Figure

    whole: Any = figure if isinstance(figure, Figure) else figure.get_figure(root=True)
    # Neither a date nor the version that drew it: the same figure is the same file.
    fixed = {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None},
    }[ending]
    made = io.BytesIO()
    with styled(), warnings.catch_warnings():
        # A name in a script that no font here has is drawn as boxes; that is no error.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        whole.savefig(made, format=ending, dpi=dpi, metadata=fixed)
    return made.getvalue()


def drawing(function: Callable[P, Axes]) -> Callable[P, Axes]:
    """Make a figure function draw in this program's style, whatever the caller's settings."""

    @functools.wraps(function)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Axes:
        with styled():
            return function(*args, **kwargs)

    return drawn


def dress(ax: Axes, title: str | None = None) -> None:
    """Give an axes of any origin the frame of this program's figures."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, axis="y", color=style.GRID, linewidth=0.8)
    ax.grid(visible=False, axis="x")
    ax.set_axisbelow(True)
    ax.tick_params(colors=style.MUTED, length=0)
    if title:
        ax.set_title(
            shorten(title, _TITLE), loc="left", fontsize=13, fontweight="bold", color=style.INK
        )


def money_axis(ax: Axes, currency: str, *, floor: float | None = None) -> None:
    """Print the ticks of the y axis as amounts: one scale for all, as many digits as they need."""
    low, high = ax.get_ylim()
    ticks = [tick for tick in ax.get_yticks() if low <= tick <= high]
    step = min((b - a for a, b in itertools.pairwise(ticks)), default=1.0)
    scale = scale_of(ticks, decimals=0)
    decimals = next((n for n in range(6) if _whole(step / scale.divisor * 10**n)), 6)

    def label(value: float, _position: float | None = None) -> str:
        if value == 0:
            return "0".join(unit(currency, ""))
        return money(value, currency, Scale(scale.divisor, scale.suffix, decimals))

    ax.yaxis.set_major_formatter(label)
    if floor:
        ax.text(
            0.0, -0.13, say("Vertical axis starts at {floor}", floor=label(floor)),
            transform=ax.transAxes,
            fontsize=9, color=style.MUTED, ha="left", va="top",
        )  # fmt: skip


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-9 * max(1.0, abs(value))


def month_axis(ax: Axes, months: pd.PeriodIndex, *, most: int = 9) -> None:
    """Mark months on an x axis whose unit is the ordinal of a monthly period."""
    ordinals = [period.ordinal for period in months]
    length = ordinals[-1] - ordinals[0] + 1
    every = next((n for n in (1, 2, 3, 6, 12, 24, 36, 60) if length / n <= most), 120)
    # Counted from January 1970, so that steps of 3, 6 and 12 end in the year's own months.
    marks = [o for o in range(ordinals[0], ordinals[-1] + 1) if (o + 1) % every == 0]
    ax.set_xticks(marks, [month(pd.Period(ordinal=mark, freq="M")) for mark in marks])
