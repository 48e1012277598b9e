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
    left, right = BODY.split(0.6)
    bars = waterfall(
        ("Plan", shown.start),
        [(_label(step.label), step.amount) for step in shown.steps],
        ("Actual", shown.end),
    )
    floor = waterfall_chart(
        slide, left, bars, currency=variance.currency, scale=scale,
        colours=(style.MUTED, style.OKABE_ITO["blue"]),
        description=f"Bridge from planned to actual ARR at {month(at)}.",
    )  # fmt: skip
    _table(slide, right, variance, at)
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
        "new: rounding": "rounding",
        "restatement": "the restated past",
        "fx": "exchange rates",
    }
    return words.get(step, step)


def _table(slide: Slide, box: Box, variance: Variance, at: pd.Period) -> None:
    lines = plan_lines(variance, at)
    scale = scale_of(lines[["plan", "actual"]].to_numpy().ravel())
    columns = [
        Column(f"MRR, {scale.label(variance.currency)}", 1.6, "left"),
        Column("Plan", 0.9), Column("Actual", 0.9), Column("Variance", 1.1),
        Column("Reading", 1.3, "left"),
    ]  # fmt: skip
    shown = foot_lines(lines, scale)
    rows = []
    for name, row in shown.iterrows():
        total = name in ("opening", "closing")
        figures = [number(row["plan"], scale), number(row["actual"], scale)]
        figures.append(number(row["variance"], scale, signed=True))
        reading = str(lines["reading"].to_dict()[name])
        rows.append(
            [Cell(LINE_LABELS[str(name)], bold=total)]
            + [Cell(text, bold=total) for text in figures]
            + [Cell("inside 80%" if reading == "noise" else reading, ink=style.MUTED)]
        )
    add_table(slide, box.below(0.15), columns, rows, description="Plan and actual MRR.", wrap=2)


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
