"""The movements of MRR over the last twelve months: waterfall and quarters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from history.language import marked, say, say_many

from ...digest.history import LABELS, Walk
from ...format import Scale, money, month, number, percent, scale_of, unbroken
from ...geometry import waterfall
from ...pack import NotShownError
from ..charts import waterfall_chart
from ..page import Deck, remark
from ..parts import Cell, Column, add_table
from ..template import BODY, Box

if TYPE_CHECKING:
    from pptx.slide import Slide

_BROUGHT: Final = {
    "new": marked("new business brought {amount}"),
    "reactivation": marked("reactivation brought {amount}"),
    "expansion": marked("expansion brought {amount}"),
    "contraction": marked("contraction brought {amount}"),
    "churn": marked("churn brought {amount}"),
    "fx": marked("FX brought {amount}"),
}
_TOOK: Final = {
    "new": marked("new business took {amount}"),
    "reactivation": marked("reactivation took {amount}"),
    "expansion": marked("expansion took {amount}"),
    "contraction": marked("contraction took {amount}"),
    "churn": marked("churn took {amount}"),
    "fx": marked("FX took {amount}"),
}


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    if pack.year is None:
        raise NotShownError(say("the history has one month, and movements begin with the second"))
    scale = scale_of([pack.year.opening, pack.year.closing, *pack.year.steps])
    way = pack.year.footed(scale)
    slide = deck.add(title(way, pack.currency, scale), _notes(way))
    bars = waterfall(
        (say("Opening {month}", month=unbroken(month(way.first - 1))), way.opening),
        [(say(LABELS[str(name)]), amount) for name, amount in way.steps.items()],
        (say("Closing {month}", month=unbroken(month(way.last))), way.closing),
    )
    floor = waterfall_chart(
        slide, Box(BODY.left, BODY.top - 0.1, BODY.width, 2.95), bars,
        currency=pack.currency, scale=scale,
        description=say(
            "Waterfall of MRR from {start} to {end}.",
            start=month(way.first - 1), end=month(way.last),
        ),
    )  # fmt: skip
    _table(slide, Box(BODY.left, BODY.top + 2.9, BODY.width, 2.35), pack.year, scale)
    unit = scale.label(pack.currency)
    told = say("Table in {unit}; every row and column adds up.", unit=unit)
    if floor:
        told = say(
            "Table in {unit}; every row and column adds up. The chart's axis starts at {floor}.",
            unit=unit, floor=money(floor, pack.currency),
        )  # fmt: skip
    remark(slide, told)


def title(way: Walk, currency: str, scale: Scale) -> str:
    """Say by how much MRR changed and what made it."""
    change = way.closing - way.opening
    steps = {str(name): float(amount) for name, amount in way.steps.items()}
    won = max(steps, key=lambda name: steps[name])
    lost = min(steps, key=lambda name: steps[name])
    took = (
        say(_TOOK[lost], amount=money(-steps[lost], currency, scale))
        if steps[lost] < 0
        else say("nothing was lost")
    )
    why = took
    if steps[won] > 0:
        brought = say(_BROUGHT[won], amount=money(steps[won], currency, scale))
        why = say("{brought} and {took}", brought=brought, took=took)
    told = {"amount": money(abs(change), currency, scale), "months": _months(way.months)}
    if change >= 0:
        return say("MRR grew by {amount} in {months}: {why}", **told, why=why)
    return say("MRR fell by {amount} in {months}: {why}", **told, why=why)


def _months(months: int) -> str:
    return say("twelve months") if months == 12 else say_many("one month", "{n} months", months)


def _table(slide: Slide, box: Box, exact: Walk, scale: Scale) -> None:
    """Amounts are rounded so that they foot; growth is that of the exact ones."""
    way = exact.footed(scale)
    columns = [Column("", 1.7, "left")]
    columns += [Column(say(LABELS[str(name)]), 1.0) for name in way.table.index]
    columns.append(Column(say("Growth"), 0.9))
    rows = []
    for name, block in way.table.items():
        total = name == "Total"
        cells = [Cell(_span(way) if total else str(name), bold=total)]
        cells += [Cell(number(float(value), scale), bold=total) for value in block]
        ends = exact.table[name]
        opening, closing = float(ends["opening"]), float(ends["closing"])
        growth = closing / opening - 1 if opening > 0 else float("nan")
        rows.append([*cells, Cell(percent(growth, signed=True), bold=total)])
    add_table(slide, box, columns, rows, description=say("MRR movements by quarter."), wrap=2)


def _span(way: Walk) -> str:
    return say_many("One month", "{n} months", way.months)


def _notes(way: Walk) -> list[str]:
    return [
        say(
            "Source: billing ledger, MRR movements {start} to {end}; each customer is classified "
            "once a month, after all its lines are added up.",
            start=way.first, end=way.last,
        ),
        say(
            "New: first close with MRR above 0. Reactivation: back after one at 0. Expansion and "
            "contraction: change of a paying customer's total. Churn: MRR falls to 0."
        ),
        say("Printed figures are rounded by largest remainder, so that they foot."),
    ]  # fmt: skip
