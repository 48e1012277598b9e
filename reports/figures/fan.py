"""The fan chart: ARR to date, then every scenario's middle with one scenario's bands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from history.language import say

from .. import style
from ..digest.history import closing_arr
from ..digest.outlook import fans, joined
from ..format import money, percent, scale_of, shorten
from ..geometry import spread
from .canvas import drawing, dress, money_axis, month_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from history import Movements
    from scenarios import Comparison

BANDS: Final = (
    ("p2_5", "p97_5", 0.20, 0.95),
    ("p10", "p90", 0.38, 0.8),
    ("p25", "p75", 0.60, 0.5),
)
"""Lower and upper column of a fan, strength of its colour, share of the paths inside."""


@drawing
def arr_fan(
    movements: Movements,
    comparison: Comparison,
    ax: Axes,
    *,
    focus: str | None = None,
    months: int = 36,
) -> Axes:
    """Draw ARR to date and what each scenario makes of it.

    The history is a solid line. Each scenario is drawn at its median (P50) with its own colour
    and dash, named at its end. The bands hold 50, 80 and 95 % of the paths of one scenario.

    Parameters
    ----------
    movements : Movements
        For the closing MRR of the past.
    comparison : Comparison
    ax : Axes
    focus : str, optional
        The scenario whose bands are drawn; the one compared against when left out.
    months : int
        Of the past, counted back from `as_of`.

    Returns
    -------
    Axes
    """
    past = closing_arr(movements).tail(months)
    future = fans(comparison)
    looks = style.looks(future)
    chosen = comparison.against if focus is None else focus
    _bands(ax, past, future[chosen], looks[chosen].colour)
    x = np.array([period.ordinal for period in past.index])
    ax.plot(x, past.to_numpy(), color=style.INK, linewidth=2.2, solid_capstyle="round")
    for name, frame in future.items():
        line = joined(past, frame["p50"])
        ax.plot([p.ordinal for p in line.index], line.to_numpy(), color=looks[name].colour,
                linestyle=looks[name].linestyle, linewidth=2.2)  # fmt: skip
    end = future[chosen].index[-1]
    ax.set_xlim(x[0], max(end.ordinal, x[-1]))
    _from_zero(ax, past, future)
    _names(ax, future, looks, movements.currency)
    ax.axvline(x[-1], color=style.MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    dress(
        ax,
        say("ARR; bands of {scenario}: 50, 80 and 95% of the paths", scenario=shorten(chosen, 40)),
    )
    month_axis(ax, pd.PeriodIndex([past.index[0], end], freq="M"))
    money_axis(ax, movements.currency)
    return ax


def _bands(ax: Axes, past: pd.Series, fan: pd.DataFrame, colour: str) -> None:
    for low, high, strength, share in BANDS:
        lower, upper = joined(past, fan[low]), joined(past, fan[high])
        x = [period.ordinal for period in lower.index]
        ax.fill_between(x, lower.to_numpy(), upper.to_numpy(), linewidth=0,
                        color=style.blend(colour, strength), label=percent(share, 0))  # fmt: skip


def _from_zero(ax: Axes, past: pd.Series, future: Mapping[str, pd.DataFrame]) -> None:
    low = min(float(past.min()), *(float(frame["p2_5"].min()) for frame in future.values()))
    high = max(float(past.max()), *(float(frame["p97_5"].max()) for frame in future.values()))
    ax.set_ylim(min(0.0, low), high * 1.04 or 1.0)


def _names(
    ax: Axes, future: Mapping[str, pd.DataFrame], looks: Mapping[str, style.Look], currency: str
) -> None:
    ends = {name: float(frame["p50"].iloc[-1]) for name, frame in future.items()}
    scale = scale_of(ends.values())
    bottom, top = ax.get_ylim()
    places = spread(list(ends.values()), 0.065 * (top - bottom))
    for (name, level), place in zip(ends.items(), places, strict=True):
        text = f"{shorten(name, 22)} {money(level, currency, scale)}"
        ax.annotate(
            text, (1.0, place), xycoords=("axes fraction", "data"), xytext=(6, 0),
            textcoords="offset points", va="center", color=looks[name].ink, fontweight="bold",
            fontsize=10.5, annotation_clip=False,
        )  # fmt: skip
