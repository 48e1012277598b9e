"""Plan versus actuals: the bridge from plan to actual ARR and the month's lines beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from history.language import marked, say

from ... import style
from ...digest.history import footed_column
from ...digest.plan import LINE_LABELS, plan_lines
from ...format import Scale, money, month, number, percent, scale_of, shorten
from ...geometry import waterfall
from ...pack import NotShownError
from ..charts import waterfall_chart
from ..page import Deck, remark
from ..parts import Cell, Column, add_table
from ..template import BODY, Box

if TYPE_CHECKING:
    import pandas as pd
    from pptx.slide import Slide

    from scenarios import Bridge, Variance

_LABELS: Final = {
    **LINE_LABELS,
    "new: customers": marked("New: number of customers"),
    "new: price": marked("New: MRR each"),
    "new: mix": marked("New: mix of segments"),
    "new: rounding": marked("New: rounding"),
}
_FROM: Final = {
    "new": marked("{said}, the largest part from new business"),
    "new: customers": marked("{said}, the largest part from the number of new customers"),
    "new: price": marked("{said}, the largest part from what new customers pay"),
    "new: mix": marked("{said}, the largest part from the mix of new customers over segments"),
    "new: rounding": marked("{said}, the largest part from rounding"),
    "reactivation": marked("{said}, the largest part from reactivation"),
    "expansion": marked("{said}, the largest part from expansion"),
    "contraction": marked("{said}, the largest part from contraction"),
    "churn": marked("{said}, the largest part from churn"),
    "restatement": marked("{said}, the largest part from the restated past"),
    "policy": marked("{said}, the largest part from other definitions"),
    "fx": marked("{said}, the largest part from exchange rates"),
}
_READINGS: Final = {
    "noise": marked("inside 80%"),
    "above": marked("above 80%"),
    "below": marked("below 80%"),
    "far above": marked("above 95%"),
    "far below": marked("below 95%"),
}


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    variance = pack.variance
    if variance is None:
        raise NotShownError(say("no plan was given"))
    if not len(variance.months):
        raise NotShownError(say("no month of the plan is closed yet"))
    at = variance.months[-1]
    way = variance.bridge(at, measure="arr")
    scale = scale_of([way.difference, *(step.amount for step in way.steps)])
    shown = way.rounded(scale.places)
    slide = deck.add(_title(variance, way, shown), _notes(variance))
    bars = waterfall(
        (say("Plan"), shown.start),
        [(_label(step.label), step.amount) for step in shown.steps],
        (say("Actual"), shown.end),
    )
    floor = waterfall_chart(
        slide, Box(BODY.left, BODY.top - 0.1, BODY.width, 3.2), bars,
        currency=variance.currency, scale=scale,
        colours=(style.MUTED, style.OKABE_ITO["blue"]),
        description=say("Bridge from planned to actual ARR at {month}.", month=month(at)),
    )  # fmt: skip
    _table(slide, Box(BODY.left, BODY.top + 3.15, BODY.width, 2.1), variance, at)
    told = say(
        "Chart: ARR, all differences since the plan began. Table: MRR of {month}.", month=month(at)
    )
    if floor:
        told = say("{told} The chart's axis starts at {floor}.", told=told,
                   floor=money(floor, variance.currency))  # fmt: skip
    remark(slide, told)


def _label(step: str) -> str:
    return say(_LABELS[step]) if step in _LABELS else step


def _title(variance: Variance, way: Bridge, shown: Bridge) -> str:
    """Say what was missed, in the amount that the bars of `shown` give."""
    at = variance.months[-1]
    gap, currency = way.difference, variance.currency
    plan = shorten(variance.plan.name, 32)
    told = {"month": month(at), "arr": money(way.end, currency), "plan": plan}
    if abs(gap) < 0.005:
        return say("{month} closed at {arr} of ARR, as {plan} has it", **told)
    scale = scale_of([gap, *(step.amount for step in way.steps)])
    missed = money(abs(shown.difference), currency, scale)
    if way.start > 0:
        share = percent(abs(gap) / way.start)
        missed = say("{amount} ({share})", amount=missed, share=share)
    said = (
        say("{month} closed at {arr} of ARR, {missed} above {plan}", **told, missed=missed)
        if gap > 0
        else say("{month} closed at {arr} of ARR, {missed} below {plan}", **told, missed=missed)
    )
    pulls = [step for step in way.steps if step.amount * gap > 0 and step.label in _FROM]
    if not pulls:
        return said
    largest = max(pulls, key=lambda step: abs(step.amount))
    return say(_FROM[largest.label], said=said)


def _table(slide: Slide, box: Box, variance: Variance, at: pd.Period) -> None:
    lines = plan_lines(variance, at)
    scale = scale_of(lines[["plan", "actual"]].to_numpy().ravel())
    shown = foot_lines(lines, scale)
    unit = scale.label(variance.currency)
    columns = [Column(say("MRR, {unit}", unit=unit), 1.2, "left")]
    columns += [Column(say(LINE_LABELS[str(name)])) for name in shown.index]
    rows = [
        [Cell(label, bold=name == "variance")]
        + [
            Cell(number(amount, scale, signed=name == "variance"), bold=name == "variance")
            for amount in shown[name]
        ]
        for name, label in (
            ("plan", say("Plan")), ("actual", say("Actual")), ("variance", say("Variance")),
        )
    ]  # fmt: skip
    readings = [_READINGS.get(str(text), "") for text in lines["reading"]]
    rows.append([Cell(say("Of the plan's paths"), ink=style.MUTED)])
    rows[-1] += [Cell(say(text) if text else "", ink=style.MUTED) for text in readings]
    add_table(slide, box, columns, rows, description=say("Plan and actual MRR."), wrap=2)


def foot_lines(lines: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Round plan and actual so that each foots; the variance is their printed difference."""
    shown = lines[["plan"]].copy()
    shown["plan"] = footed_column(lines["plan"], scale)
    shown["actual"] = footed_column(lines["actual"], scale)
    shown["variance"] = shown["actual"] - shown["plan"]
    return shown


def _notes(variance: Variance) -> list[str]:
    plan = variance.plan
    at = variance.months[-1]
    return [
        say(
            "Source: the sealed plan '{plan}' (knew {known} and before) and the ledger as of "
            "{month}.",
            plan=plan.name,
            known=plan.as_of,
            month=variance.as_of,
        ),
        say(
            "{plan}: plan to actual ARR at {month}. A restatement is what the past has become "
            "since the plan was sealed.",
            plan=plan.name,
            month=at,
        ),
        say(
            "Reading: where the actual lies in the plan's own distribution; inside its 80 % band "
            "a difference is noise."
        ),
        *variance.sentences(variance.months[-1]),
    ]
