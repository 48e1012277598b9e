"""Plan versus actuals: the bridge from plan to actual ARR and the month's lines beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

_LABELS = {
    "new: customers": "New: number of customers",
    "new: price": "New: MRR each",
    "new: mix": "New: mix of segments",
    "new: rounding": "New: rounding",
}


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    variance = pack.variance
    if variance is None:
        raise NotShownError("no plan was given")
    if not len(variance.months):
        raise NotShownError("no month of the plan is closed yet")
    at = variance.months[-1]
    way = variance.bridge(at, measure="arr")
    scale = scale_of([way.difference, *(step.amount for step in way.steps)])
    shown = way.rounded(scale.places)
    slide = deck.add(_title(variance, way), _notes(variance, way))
    bars = waterfall(
        ("Plan", shown.start),
        [(_label(step.label), step.amount) for step in shown.steps],
        ("Actual", shown.end),
    )
    floor = waterfall_chart(
        slide, Box(BODY.left, BODY.top - 0.1, BODY.width, 3.2), bars,
        currency=variance.currency, scale=scale,
        colours=(style.MUTED, style.OKABE_ITO["blue"]),
        description=f"Bridge from planned to actual ARR at {month(at)}.",
    )  # fmt: skip
    _table(slide, Box(BODY.left, BODY.top + 3.15, BODY.width, 2.1), variance, at)
    cut = f" Its axis starts at {money(floor, variance.currency)}." if floor else ""
    remark(
        slide, f"Chart: ARR, all differences since the plan began. Table: MRR of {month(at)}.{cut}"
    )


def _label(step: str) -> str:
    return _LABELS.get(step) or LINE_LABELS.get(step) or step


def _title(variance: Variance, way: Bridge) -> str:
    at = variance.months[-1]
    gap, currency = way.difference, variance.currency
    plan = shorten(variance.plan.name, 32)
    if abs(gap) < 0.005:
        return f"{month(at)} closed at {money(way.end, currency)} of ARR, as {plan} has it"
    side = "above" if gap > 0 else "below"
    scale = scale_of([gap, *(step.amount for step in way.steps)])
    level, missed = money(way.end, currency), money(abs(gap), currency, scale)
    said = f"{month(at)} closed at {level} of ARR, {missed} {side} {plan}"
    if way.start > 0:
        said += f" ({percent(abs(gap) / way.start)})"
    pulls = [step for step in way.steps if step.amount * gap > 0]
    if not pulls:
        return said
    largest = max(pulls, key=lambda step: abs(step.amount))
    return f"{said}, most of it from {_said(largest.label)}"


def _said(step: str) -> str:
    words = {
        "new: customers": "the number of new customers",
        "new: price": "what new customers pay",
        "new: mix": "the mix of new customers over segments",
        "new: rounding": "rounding",
        "restatement": "the restated past",
        "policy": "other definitions",
        "fx": "exchange rates",
    }
    return words.get(step, step)


def _table(slide: Slide, box: Box, variance: Variance, at: pd.Period) -> None:
    lines = plan_lines(variance, at)
    scale = scale_of(lines[["plan", "actual"]].to_numpy().ravel())
    shown = foot_lines(lines, scale)
    columns = [Column(f"MRR, {scale.label(variance.currency)}", 1.2, "left")]
    columns += [Column(LINE_LABELS[str(name)]) for name in shown.index]
    rows = [
        [Cell(label, bold=name == "variance")]
        + [
            Cell(number(amount, scale, signed=name == "variance"), bold=name == "variance")
            for amount in shown[name]
        ]
        for name, label in (("plan", "Plan"), ("actual", "Actual"), ("variance", "Variance"))
    ]
    readings = [_reading(str(text)) for text in lines["reading"]]
    rows.append([Cell("Of the plan's paths", ink=style.MUTED)])
    rows[-1] += [Cell(text, ink=style.MUTED) for text in readings]
    add_table(slide, box, columns, rows, description="Plan and actual MRR.", wrap=2)


def _reading(text: str) -> str:
    return {"noise": "inside 80%", "above": "above 80%", "below": "below 80%",
            "far above": "above 95%", "far below": "below 95%"}.get(text, text)  # fmt: skip


def foot_lines(lines: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Round plan and actual so that each foots; the variance is their printed difference."""
    shown = lines[["plan"]].copy()
    shown["plan"] = footed_column(lines["plan"], scale)
    shown["actual"] = footed_column(lines["actual"], scale)
    shown["variance"] = shown["actual"] - shown["plan"]
    return shown


def _notes(variance: Variance, way: Bridge) -> list[str]:
    plan = variance.plan
    return [
        (
            f"Source: the sealed plan '{plan.name}' (knew {plan.as_of} and before) and the ledger "
            f"as of {variance.as_of}."
        ),
        f"{way.title}. A restatement is what the past has become since the plan was sealed.",
        (
            "Reading: where the actual lies in the plan's own distribution; inside its 80 % band a "
            "difference is noise."
        ),
        *variance.sentences(variance.months[-1]),
    ]
