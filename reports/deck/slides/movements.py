"""The movements of MRR over the last twelve months: waterfall and quarters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from history.language import marked, say, say_many

from ...digest.history import LABELS, Walk
from ...format import Scale, money, month, number, percent, scale_of
from ...geometry import waterfall
from ...pack import NotShownError
from ..charts import waterfall_chart
from ..page import Deck, remark
from ..parts import Cell, Column, add_table
from ..template import BODY, Box

if TYPE_CHECKING:
    from pptx.slide import Slide


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    if pack.year is None:
        raise NotShownError("the history has one month, and movements begin with the second")
    scale = scale_of([pack.year.opening, pack.year.closing, *pack.year.steps])
    way = pack.year.footed(scale)
    slide = deck.add(title(way, pack.currency, scale), _notes(way))
    bars = waterfall(
        (f"Opening {month(way.first - 1)}", way.opening),
        [(LABELS[str(name)], amount) for name, amount in way.steps.items()],
        (f"Closing {month(way.last)}", way.closing),
    )
    floor = waterfall_chart(
        slide, Box(BODY.left, BODY.top - 0.1, BODY.width, 2.95), bars,
        currency=pack.currency, scale=scale,
        description=f"Waterfall of MRR from {month(way.first - 1)} to {month(way.last)}.",
    )  # fmt: skip
    _table(slide, Box(BODY.left, BODY.top + 2.9, BODY.width, 2.35), way, scale)
    said = f"Table in {scale.label(pack.currency)}; every row and column adds up."
    cut = f" The chart's axis starts at {money(floor, pack.currency)}." if floor else ""
    remark(slide, said + cut)


def title(way: Walk, currency: str, scale: Scale) -> str:
    """Say by how much MRR changed and what made it."""
    change = way.closing - way.opening
    verb = "grew" if change >= 0 else "fell"
    steps = way.steps
    won = {name: amount for name, amount in steps.items() if amount > 0}
    lost = {name: amount for name, amount in steps.items() if amount < 0}
    parts = []
    if won:
        best = max(won, key=lambda name: won[name])
        parts.append(f"{_word(best)} brought {money(won[best], currency, scale)}")
    if lost:
        worst = min(lost, key=lambda name: lost[name])
        parts.append(f"{_word(worst)} took {money(-lost[worst], currency, scale)}")
    else:
        parts.append("nothing was lost")
    span = "twelve months" if way.months == 12 else _months(way.months)
    amount = money(abs(change), currency, scale)
    return f"MRR {verb} by {amount} in {span}: {' and '.join(parts)}"


def _word(name: object) -> str:
    return {"new": "new business", "fx": "FX"}.get(str(name), str(name))


def _months(months: int) -> str:
    return "one month" if months == 1 else f"{months} months"


def _table(slide: Slide, box: Box, way: Walk, scale: Scale) -> None:
    columns = [Column("", 1.5, "left")]
    columns += [Column(LABELS[str(name)], 1.0) for name in way.table.index]
    columns.append(Column("Growth", 0.9))
    rows = []
    for name, block in way.table.items():
        total = name == "Total"
        cells = [Cell(_span(way) if total else str(name), bold=total)]
        cells += [Cell(number(float(value), scale), bold=total) for value in block]
        opening, closing = float(block["opening"]), float(block["closing"])
        growth = closing / opening - 1 if opening > 0 else float("nan")
        rows.append([*cells, Cell(percent(growth, signed=True), bold=total)])
    add_table(slide, box, columns, rows, description="MRR movements by quarter.")


def _span(way: Walk) -> str:
    return f"{way.months} months" if way.months > 1 else "One month"


def _notes(way: Walk) -> list[str]:
    return [
        (
            f"Source: billing ledger, MRR movements {way.first} to {way.last}; each customer is "
            "classified once a month, after all its lines are added up."
        ),
        (
            "New: first close with MRR above 0. Reactivation: back after one at 0. Expansion and "
            "contraction: change of a paying customer's total. Churn: MRR falls to 0."
        ),
        "Printed figures are rounded by largest remainder, so that they foot.",
    ]
