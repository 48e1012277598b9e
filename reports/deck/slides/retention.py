"""Net and gross revenue retention: two years of both, and the newest against a year ago."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from history.language import say

from ...digest import value
from ...digest.retention import RATE_LABELS, segment_rates
from ...format import month, not_available, others, percent, points, unbroken
from ...meanings import definition
from ...pack import NotShownError
from ..charts import rate_chart
from ..page import Deck, remark
from ..parts import Cell, Column, add_table
from ..template import BODY, Box

if TYPE_CHECKING:
    from pptx.slide import Slide

_DRAWN = ("nrr", "grr", "logo_retention")
_SEGMENTS = 6
_SIZES = (13.0, 12.0, 11.0, 10.0)


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    rates = pack.rates
    if rates.empty or pack.as_of not in rates.index:
        raise NotShownError(
            say("retention over twelve months needs more than twelve months of history")
        )
    slide = deck.add(_title(deck), _notes(deck))
    names = {name: say(RATE_LABELS[name]) for name in _DRAWN if rates[name].notna().any()}
    left, right = BODY.split(0.6)
    if len(rates) > 1:
        rate_chart(
            slide, left, rates, names,
            description=say(
                "Twelve-month retention rates by month, {start} to {end}.",
                start=month(rates.index[0]), end=month(rates.index[-1]),
            ),
        )  # fmt: skip
    box = right if len(rates) > 1 else BODY
    rows = [_row(rates[name], name, pack.as_of) for name in names]
    columns = [
        Column(say("Twelve months to"), 1.9, "left"),
        Column(unbroken(month(pack.as_of)), 0.95),
        Column(unbroken(month(pack.as_of - 12)), 0.95),
        Column(say("Change"), 1.0),
    ]
    top = Box(box.left, box.top + 0.15, box.width, 2.3)
    used = add_table(slide, top, columns, rows, description=say("Retention rates."), wrap=2,
                     sizes=_SIZES)  # fmt: skip
    _segments(deck, slide, box.below(used + 0.45))
    remark(
        slide,
        say("Chart: rates over the twelve months to each close. The axis does not start at 0%."),
    )


def _segments(deck: Deck, slide: Slide, box: Box) -> None:
    pack = deck.pack
    if not pack.by:
        return
    table = segment_rates(pack.ledger, pack.by)
    if table.empty:
        return
    shown = table.head(_SEGMENTS)
    head = [Column(say("By {dimensions}", dimensions=", ".join(pack.by)), 1.7, "left")]
    head += [Column(label) for label in (say("NRR"), say("GRR"), say("Logos"), say("of MRR"))]
    whole = float(table["mrr"].sum())
    rows = [
        [Cell(str(label))]
        + [Cell(percent(float(row[name]))) for name in _DRAWN]
        + [Cell(percent(float(row["mrr"]) / whole if whole > 0 else None, 0))]
        for label, row in shown.iterrows()
    ]
    if len(table) > len(shown):
        rest = float(table["mrr"].iloc[len(shown) :].sum())
        share = percent(rest / whole if whole > 0 else None, 0)
        rows.append([Cell(others(len(table) - len(shown))), *[Cell("")] * 3, Cell(share)])
    add_table(slide, box, head, rows, description=say("Retention by segment."), tallest=0.36,
              sizes=_SIZES, wrap=2)  # fmt: skip


def _title(deck: Deck) -> str:
    rates, as_of = deck.pack.rates, deck.pack.as_of
    nrr, grr = value(rates, as_of, "nrr"), value(rates, as_of, "grr")
    if math.isnan(grr):
        return say("Customers of a year ago pay {nrr} of what they paid then", nrr=percent(nrr))
    return say(
        "Customers of a year ago pay {nrr} of what they paid then; without expansion {grr} would "
        "be left",
        nrr=percent(nrr), grr=percent(grr),
    )  # fmt: skip


def _row(rates: pd.Series, name: str, as_of: pd.Period) -> list[Cell]:
    now, before = value(rates, as_of), value(rates, as_of - 12)
    change = not_available() if math.isnan(before) else points(now - before)
    return [
        Cell(say(RATE_LABELS[name])),
        Cell(percent(now), bold=True),
        Cell(percent(before)),
        Cell(change),
    ]


def _notes(deck: Deck) -> list[str]:
    metrics = {metric.name: metric for metric in deck.pack.ledger.metrics(period=12)}
    told = [
        say("{name}: {told}", name=say(RATE_LABELS[n]), told=definition(metrics[n]))
        for n in _DRAWN
        if n in metrics
    ]
    return [say("Source: billing ledger, as known today."), *told]
