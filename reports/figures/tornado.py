"""The tornado: what each lever does to a figure, turned down and up, the widest swing on top."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from history.language import marked, say

from .. import style
from ..format import Scale, count, lever_words, money, percent, scale_of
from ..format import month as month_words
from .canvas import drawing, dress

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scenarios import Tornado

_HEIGHT: Final = 0.62
_MEASURES: Final = {
    "arr": marked("{scenario}: ARR of {amount} at {month}, lever by lever"),
    "mrr": marked("{scenario}: MRR of {amount} at {month}, lever by lever"),
    "customers": marked("{scenario}: customers of {amount} at {month}, lever by lever"),
}


@drawing
def tornado(data: Tornado, ax: Axes, *, currency: str) -> Axes:
    """Draw a bar a lever around the figure as it is: its ends are the figure with it down and up.

    Lever down is hatched orange, lever up plain blue; each end has its difference beside it, so
    that neither colour nor an axis is needed to read it.

    Parameters
    ----------
    data : Tornado
        Amounts in major units.
    ax : Axes
    currency : str
        ISO 4217 code.

    Returns
    -------
    Axes
    """
    swings = data.swings
    ends = [end - data.center for swing in swings for end in (swing.down, swing.up)]
    scale = scale_of(ends)
    reach = max(map(abs, ends), default=0.0) or 1.0
    money_unit = data.unit != "customers"

    def told(amount: float) -> str:
        return _difference(amount, currency if money_unit else None, scale)

    for row, swing in enumerate(swings):
        sides = [swing.down - data.center, swing.up - data.center]
        looks = ((style.OKABE_ITO["orange"], "///"), (style.OKABE_ITO["blue"], None))
        for amount, (colour, hatch) in zip(sides, looks, strict=True):
            ax.barh(row, amount, height=_HEIGHT, color=colour, hatch=hatch,
                    edgecolor=style.PAPER, linewidth=0)  # fmt: skip
        _ends(ax, row, sides, reach, told)
    names = [
        f"{lever_words(swing.dial.lever)}\n{_step(percent(swing.step, 0), swing.rule)}"
        for swing in swings
    ]
    ax.set_yticks(range(len(swings)), names)
    ax.set_xlim(-1.32 * reach, 1.32 * reach)
    ax.set_ylim(len(swings) - 0.4, -0.6)
    ax.axvline(0, color=style.INK, linewidth=1.2)
    center = money(data.center, currency) if money_unit else count(data.center)
    title = _MEASURES.get(data.measure) or marked("{scenario}: {amount} at {month}, lever by lever")
    dress(ax, say(title, scenario=data.scenario, amount=center, month=month_words(data.at)))
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", labelcolor=style.INK)
    ax.set_xticks([])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.legend(handles=_keys(), loc="lower right", frameon=False)
    return ax


def _ends(
    ax: Axes, row: int, sides: list[float], reach: float, told: Callable[[float], str]
) -> None:
    """Print both differences outside the bar; on one line each side of the middle."""
    low, high = sorted(sides)
    for amount, align, gap in ((low, "right", -0.015), (high, "left", 0.015)):
        outer = min(amount, 0.0) if align == "right" else max(amount, 0.0)
        ax.text(outer + gap * reach, row, told(amount), ha=align, va="center", fontsize=10.5,
                fontweight="bold")  # fmt: skip


def _step(step: str, rule: str) -> str:
    return say("±{step} (assumed)", step=step) if rule == "assumed" else f"±{step}"


def _difference(amount: float, currency: str | None, scale: Scale) -> str:
    if currency is not None:
        return money(amount, currency, scale, signed=True)
    return f"+{count(amount)}" if amount > 0 else count(amount)


def _keys() -> list[object]:
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=style.OKABE_ITO["orange"], hatch="///", edgecolor=style.PAPER,
              label=say("lever down")),
        Patch(facecolor=style.OKABE_ITO["blue"], label=say("lever up")),
    ]  # fmt: skip
