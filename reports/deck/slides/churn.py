"""Churn by segment: what was lost in twelve months, and whether it was worse than before."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from history.language import marked, say

from ... import style
from ...digest import value
from ...digest.churn import TOTAL
from ...format import (
    Scale,
    count,
    money,
    month,
    not_available,
    number,
    others,
    percent,
    points,
    scale_of,
    share_format,
    shorten,
)
from ...pack import NotShownError
from ..charts import grouped_bars
from ..page import Deck, remark
from ..parts import Cell, Column, add_key, add_table, add_text
from ..template import BODY, Box

_MOST: Final = 8
_DRAWN: Final = 5
_REASONS: Final = ("voluntary", "involuntary", "unexplained")
_NOTES: Final = (
    marked(
        "Source: billing ledger. Churn is the MRR of customers whose MRR falls to 0, in the month "
        "of the first close without them; a contraction of those who stay is no churn."
    ),
    marked("Rate a month: churn of the twelve months over the sum of their opening MRR."),
)


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    table = pack.churn
    if not pack.by:
        raise NotShownError(say("no segments were named: say by in arrcast.yaml, or --by COLUMN"))
    if table is None:
        raise NotShownError(
            say("churn over twelve months needs more than twelve months of history")
        )
    slide = deck.add(_title(table, pack.currency), list(map(say, _NOTES)))
    left, right = BODY.split(0.42)
    parts = table.drop(index=TOTAL).head(_MOST)
    drawn = pd.concat([parts.head(_DRAWN), table.loc[[TOTAL]].rename({TOTAL: say("Total")})])
    rates = drawn[["rate", "before"]]
    now = say("Twelve months to {month}", month=month(pack.as_of))
    then = say("Twelve months to {month}", month=month(pack.as_of - 12))
    columns = {"rate": now, "before": then} if rates["before"].notna().any() else {"rate": now}
    colours = [style.OKABE_ITO["blue"], style.OKABE_ITO["orange"]][: len(columns)]
    if rates["rate"].notna().any():
        add_key(slide, left, list(zip(colours, columns.values(), strict=True)))
        grouped_bars(
            slide, Box(left.left, left.top + 0.35, left.width, left.height - 0.55),
            rates[list(columns)].rename(columns=columns), colours, percent, share_format(1),
            description=say(
                "Churn a month by segment, {month} and a year before.", month=month(pack.as_of)
            ),
        )  # fmt: skip
    used = add_table(
        slide, right.below(0.05), _columns(pack.currency, table), _rows(table, parts),
        description=say("Churn by segment."), wrap=2, tallest=0.5,
    )  # fmt: skip
    if reasons := _reasons(deck):
        place = Box(right.left, right.top + used + 0.3, right.width, 0.6)
        add_text(slide, place, [reasons], size=13)
    remark(
        slide,
        say(
            "Rates: MRR of customers who left, over the sum of the months' opening MRR: the "
            "average month."
        ),
    )


def _columns(currency: str, table: pd.DataFrame) -> list[Column]:
    unit = scale_of(table["lost"]).label(currency)
    return [
        Column(say("Segment"), 1.6, "left"), Column(say("MRR lost, {unit}", unit=unit), 1.1),
        Column(say("Share of loss"), 0.9), Column(say("MRR, a month")), Column(say("Change, pp")),
        Column(say("Lost logos"), 0.9), Column(say("Logos, a month")),
    ]  # fmt: skip


def _rows(table: pd.DataFrame, parts: pd.DataFrame) -> list[list[Cell]]:
    scale = scale_of(table["lost"])

    def row(name: str, line: pd.Series, *, bold: bool) -> list[Cell]:
        change = float(line["rate"]) - float(line["before"])
        told = (
            not_available()
            if math.isnan(change)
            else number(100 * change, Scale(1.0, "", 2), signed=True)
        )
        return [
            Cell(name, bold=bold),
            Cell(number(float(line["lost"]), scale), bold=bold),
            Cell(percent(float(line["share"]), 0), bold=bold),
            Cell(percent(float(line["rate"]), 2), bold=bold),
            Cell(told, bold=bold),
            Cell(count(float(line["customers"])), bold=bold),
            Cell(percent(float(line["customer_rate"]), 2), bold=bold),
        ]

    rows = [row(str(name), line, bold=False) for name, line in parts.iterrows()]
    rest = table.drop(index=[TOTAL, *parts.index])
    if len(rest):
        told = [number(float(rest["lost"].sum()), scale), percent(float(rest["share"].sum()), 0)]
        rows.append([Cell(others(len(rest))), *map(Cell, told), Cell(""), Cell("")])
        rows[-1] += [Cell(count(float(rest["customers"].sum()))), Cell("")]
    return [*rows, row(say("Total"), table.iloc[-1], bold=True)]


def _title(table: pd.DataFrame, currency: str) -> str:
    total = table.iloc[-1]
    if not total["lost"] > 0:
        return say("No MRR left in the last twelve months")
    told = {
        "lost": money(float(total["lost"]), currency),
        "rate": percent(float(total["rate"]), 2),
        "name": shorten(str(table.index[0]), 24),
        "share": percent(value(table["share"], table.index[0]), 0),
    }
    change = float(total["rate"]) - float(total["before"])
    if math.isnan(change) or abs(change) < 0.00005:
        return say(
            "{lost} of MRR left in twelve months ({rate} a month); {name} lost {share} of it",
            **told,
        )
    told["change"] = points(abs(change), 2).removeprefix("+")
    if change > 0:
        return say(
            "{lost} of MRR left in twelve months ({rate} a month, {change} more than the year "
            "before); {name} lost {share} of it",
            **told,
        )
    return say(
        "{lost} of MRR left in twelve months ({rate} a month, {change} less than the year "
        "before); {name} lost {share} of it",
        **told,
    )


def _reasons(deck: Deck) -> str:
    found = {m.name: m.value for m in deck.pack.ledger.metrics(period=12)}
    reasons = {name: found.get(f"{name}_churn") for name in _REASONS}
    if any(share is None for share in reasons.values()):
        return ""
    return say(
        "By reason, over the MRR of a year ago: {voluntary} left by choice, {involuntary} after "
        "failed payments, {unexplained} without a reason named.",
        **{name: percent(share) for name, share in reasons.items()},
    )
