"""The cohort heat map as a native table."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pandas as pd

from history.language import marked, say, say_many

from ...digest.retention import at_age, cohort_groups
from ...figures.heatmap import heat_colour, heat_ink
from ...format import count, percent, points
from ...pack import NotShownError
from ..page import Deck, remark
from ..parts import Cell, Column, add_table
from ..template import BODY, Box

_ROWS = 14
_FIRST: Final = {
    "month": marked("First month"),
    "quarter": marked("First quarter"),
    "year": marked("First year"),
}


def draw(deck: Deck) -> None:
    """Add the slide."""
    triangle = deck.pack.cohorts.triangle(value="customers")
    # The first cohort is everyone who was there when the records begin, of whatever age.
    triangle = triangle.iloc[1:]
    triangle = triangle[triangle[0] > 0] if len(triangle) else triangle
    if len(triangle) < 2 or triangle[1].notna().sum() == 0:
        raise NotShownError(
            say("a cohort map needs two months of new customers after the first month")
        )
    groups = cohort_groups(triangle, _ROWS)
    slide = deck.add(_title(triangle), _notes(deck))
    columns = [Column(say(_FIRST[groups.word]), 1.5, "left"), Column(say("Customers"), 1.2)]
    columns += [Column(say("{age}m", age=age), 1.0, "center") for age in groups.shares.columns]
    rows = [
        [Cell(str(label), bold=True), Cell(count(float(groups.sizes.iloc[place])))]
        + [_cell(float(share)) for share in row]
        for place, (label, row) in enumerate(
            zip(groups.shares.index, groups.shares.to_numpy(), strict=True)
        )
    ]
    box = Box(BODY.left, BODY.top, BODY.width, BODY.height - 0.2)
    add_table(
        slide,
        box,
        columns,
        rows,
        description=say("Share of each cohort still paying, by age."),
        tallest=0.42,
    )
    remark(
        slide,
        say(
            "Share of a cohort's customers paying so many months after their first close; blank "
            "where not all of the cohort is that old."
        ),
    )


def _cell(share: float) -> Cell:
    if not np.isfinite(share):
        return Cell("")
    return Cell(percent(share, 0), heat_colour(share), heat_ink(share))


def _title(triangle: pd.DataFrame) -> str:
    age = next(a for a in (12, 6, 3, 1) if a in triangle.columns and triangle[a].notna().any())
    reached = triangle.index[triangle[age].notna()]
    overall = at_age(triangle, age)
    said = say_many(
        "Of new customers, {share} still pay after one month",
        "Of new customers, {share} still pay after {n} months",
        age,
        share=percent(overall),
    )
    newest = [cohort for cohort in reached if cohort > reached[-1] - 12]
    older = [cohort for cohort in reached if cohort <= reached[-1] - 12]
    if not older:
        return said
    change = at_age(triangle, age, newest) - at_age(triangle, age, older)
    if math.isnan(change) or abs(change) < 0.0005:
        return said
    told = {"amount": points(abs(change)).removeprefix("+"), "share": percent(overall)}
    if change > 0:
        return say_many(
            "Newer customers stay longer: after one month {share} still pay, in the newest twelve "
            "monthly cohorts {amount} more than before",
            "Newer customers stay longer: after {n} months {share} still pay, in the newest twelve "
            "monthly cohorts {amount} more than before",
            age,
            **told,
        )
    return say_many(
        "Newer customers leave sooner: after one month {share} still pay, in the newest twelve "
        "monthly cohorts {amount} less than before",
        "Newer customers leave sooner: after {n} months {share} still pay, in the newest twelve "
        "monthly cohorts {amount} less than before",
        age,
        **told,
    )


def _notes(deck: Deck) -> list[str]:
    return [
        say(
            "Source: billing ledger. A cohort is the month of the first close with MRR above 0; "
            "age 0 is that close; customers who came back count as there."
        ),
        say(
            "Customers already there in {month}, where the records begin, are in no cohort: when "
            "they started is not known.",
            month=deck.pack.ledger.first_month,
        ),
    ]
