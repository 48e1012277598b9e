"""Plan versus actuals: each movement of a month as planned and as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from history.language import say

from .. import style
from ..digest import value
from ..digest.plan import LINE_LABELS, plan_lines
from ..format import money, month, scale_of
from .canvas import drawing, dress, money_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scenarios import Variance

_TOTALS: Final = ("opening", "closing")
_WIDTH: Final = 0.36


@drawing
def plan_versus_actuals(variance: Variance, ax: Axes, *, at: str | None = None) -> Axes:
    """Draw a month's movements as planned (hatched) and as they came (filled).

    Parameters
    ----------
    variance : Variance
    ax : Axes
    at : str, optional
        A month with actuals, ``YYYY-MM``; the newest when left out.

    Returns
    -------
    Axes
    """
    chosen = variance.months[-1] if at is None else pd.Period(at, "M")
    lines = plan_lines(variance, chosen)
    rows = lines.drop(index=[name for name in _TOTALS if name in lines.index])
    currency = variance.currency
    scale = scale_of(rows[["plan", "actual"]].to_numpy().ravel())
    ends = [*rows["plan"], *rows["actual"], 0.0]
    reach = (max(ends) - min(ends)) or 1.0
    for place, (_, row) in enumerate(rows.iterrows()):
        _pair(ax, place, float(row["plan"]), float(row["actual"]))
        top = max(row["plan"], row["actual"], 0.0)
        ax.text(place, top + 0.02 * reach, money(row["variance"], currency, scale, signed=True),
                ha="center", va="bottom", fontweight="bold")  # fmt: skip
    ax.set_xticks(range(len(rows)), [say(LINE_LABELS[str(name)]) for name in rows.index])
    ax.tick_params(axis="x", labelcolor=style.INK)
    ax.axhline(0, color=style.MUTED, linewidth=1.0)
    ax.set_ylim(min(ends) - 0.06 * reach, max(ends) + 0.22 * reach)
    told = money(value(lines, "closing", "variance"), currency, signed=True)
    dress(ax, say("{month}: closing MRR {told} against plan", month=month(chosen), told=told))
    ax.legend(handles=_keys(), loc="upper right", frameon=False)
    money_axis(ax, currency)
    return ax


def _pair(ax: Axes, place: int, plan: float, actual: float) -> None:
    ax.bar(place - _WIDTH / 2, plan, _WIDTH, color=style.PAPER, edgecolor=style.TOTAL, hatch="///")
    ax.bar(place + _WIDTH / 2, actual, _WIDTH, color=style.OKABE_ITO["blue"])


def _keys() -> list[object]:
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=style.PAPER, edgecolor=style.TOTAL, hatch="///", label=say("plan")),
        Patch(facecolor=style.OKABE_ITO["blue"], label=say("actual (difference above)")),
    ]
