"""Waterfalls: the movements of MRR over some months, and the bridge between two figures."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from history.errors import NotEnoughHistoryError
from history.language import say

from .. import style
from ..digest.history import LABELS, walk
from ..format import Scale, money, month, scale_of, shorten
from ..geometry import Bar, floor_of, waterfall
from .canvas import drawing, dress, money_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from history import Movements


@drawing
def movements_waterfall(movements: Movements, ax: Axes, *, months: int = 12) -> Axes:
    """Draw how MRR went from one close to another: opening, each movement, closing.

    Parameters
    ----------
    movements : Movements
    ax : Axes
    months : int
        Counted back from `as_of`; fewer where the history is shorter.

    Returns
    -------
    Axes

    Raises
    ------
    NotEnoughHistoryError
        The history has one month, so no movement is known.
    """
    way = walk(movements, months)
    if way is None:
        raise NotEnoughHistoryError(
            "a waterfall needs movements: give a ledger of at least two months."
        )
    currency = movements.currency
    exact = [way.opening, *way.steps, way.closing]
    shown = way.footed(scale_of(exact))
    bars = waterfall(
        (say("Opening\n{month}", month=month(way.first - 1)), shown.opening),
        [(say(LABELS[str(name)]), amount) for name, amount in shown.steps.items()],
        (say("Closing\n{month}", month=month(way.last)), shown.closing),
    )
    draw_bars(bars, ax, currency)
    dress(ax, say("MRR, {start} to {end}", start=month(way.first), end=month(way.last)))
    return ax


def draw_bars(
    bars: Sequence[Bar],
    ax: Axes,
    currency: str,
    *,
    colours: tuple[str, str] = (style.TOTAL, style.TOTAL),
    scale: Scale | None = None,
) -> None:
    """Draw the bars of a waterfall with their amounts and the thin lines between them.

    Amounts are printed in `scale`; left out, in the one that suits the largest of them.
    """
    floor = floor_of(bars)
    scale = scale or scale_of([bar.amount for bar in bars])
    top = max(bar.high for bar in bars)
    bottom = min(floor, *(bar.low for bar in bars if bar.low < 0), floor)
    reach = (top - bottom) or 1.0
    for place, bar in enumerate(bars):
        low = max(bar.low, floor) if bar.kind == "total" else bar.low
        colour = {"rise": style.RISE, "fall": style.FALL}.get(bar.kind, colours[place > 0])
        hatch = "///" if bar.kind == "fall" else None
        ax.bar(place, bar.high - low, bottom=low, width=0.62, color=colour, hatch=hatch,
               edgecolor=style.PAPER, linewidth=0)  # fmt: skip
        if floor > 0 and bar.kind == "total":
            _cut(ax, place, floor, reach)
        below = bar.kind == "total" and bar.amount < 0
        ax.text(place, (low if below else bar.high) + (-0.015 if below else 0.015) * reach,
                money(bar.amount, currency, scale, signed=bar.kind != "total"), ha="center",
                va="top" if below else "bottom", fontsize=11, fontweight="bold")  # fmt: skip
    level = bars[0].amount
    for place, bar in enumerate(bars[1:], start=1):
        ax.plot([place - 0.69, place - 0.31], [level, level], color=style.MUTED, linewidth=0.8)
        level = bar.amount if bar.kind == "total" else level + bar.amount
    ax.axhline(floor, color=style.MUTED, linewidth=1.0)
    ax.set_ylim(bottom - (0.08 * reach if bottom < 0 else 0), top + 0.1 * reach)
    letters = max(10, 108 // len(bars))
    labels = [_wrapped(bar.label, letters) for bar in bars]
    ax.set_xticks(range(len(bars)), labels)
    small = len(bars) > 8 or any(label.count("\n") > 1 for label in labels)
    ax.tick_params(axis="x", labelsize=9.5 if small else 11, labelcolor=style.INK)
    money_axis(ax, currency, floor=floor)


def _cut(ax: Axes, place: int, floor: float, reach: float) -> None:
    """Mark a bar that does not start at zero with a gap across its foot."""
    foot = floor + 0.05 * reach
    ax.plot(
        [place - 0.33, place + 0.33],
        [foot - 0.012 * reach, foot + 0.012 * reach],
        color=style.PAPER,
        linewidth=4.0,
    )


def _wrapped(label: str, letters: int, most: int = 4) -> str:
    """Break a label into lines between its words; what does not fit into the last is cut."""
    label = label.replace(" %", "\u00a0%").replace(" x ", " x\u00a0")
    lines = [part for line in label.split("\n") for part in textwrap.wrap(line, letters)]
    kept, rest = lines[: most - 1], lines[most - 1 :]
    return "\n".join([*kept, *([shorten(" ".join(rest), letters)] if rest else [])])
