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


def draw(deck: Deck) -> None:
    """Add the slide."""
    triangle = deck.pack.cohorts.triangle(value="customers")
    # The first cohort is everyone who was there when the records begin, of whatever age.
    triangle = triangle.iloc[1:]
    triangle = triangle[triangle[0] > 0] if len(triangle) else triangle
    if len(triangle) < 2 or triangle[1].notna().sum() == 0:
        raise NotShownError("a cohort map needs two months of new customers after the first month")
    groups = cohort_groups(triangle, _ROWS)
    slide = deck.add(_title(triangle), _notes(deck))
    columns = [Column(f"First {groups.word}", 1.5, "left"), Column("Customers", 1.2)]
    columns += [Column(f"{age}m", 1.0, "center") for age in groups.shares.columns]
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
        description="Share of each cohort still paying, by age.",
        tallest=0.42,
    )
    remark(
        slide,
        "Share of a cohort's customers paying so many months after their first close; blank where "
        "not all of the cohort is that old.",
    )


def _cell(share: float) -> Cell:
    if not np.isfinite(share):
        return Cell("")
    return Cell(percent(share, 0), heat_colour(share), heat_ink(share))


def _title(triangle: pd.DataFrame) -> str:
    age = next(a for a in (12, 6, 3, 1) if a in triangle.columns and triangle[a].notna().any())
    reached = triangle.index[triangle[age].notna()]
    overall = at_age(triangle, age)
    word = "month" if age == 1 else f"{age} months"
    said = (
        f"Of new customers, {percent(overall)} still pay after {'one ' if age == 1 else ''}{word}"
    )
    newest = [cohort for cohort in reached if cohort > reached[-1] - 12]
    older = [cohort for cohort in reached if cohort <= reached[-1] - 12]
    if not older:
        return said
    change = at_age(triangle, age, newest) - at_age(triangle, age, older)
    if math.isnan(change) or abs(change) < 0.0005:
        return said
    way = "better" if change > 0 else "worse"
    amount = points(abs(change)).removeprefix("+")
    return f"{said}; the newest twelve monthly cohorts are {amount} {way} than those before"


def _notes(deck: Deck) -> list[str]:
    first = deck.pack.ledger.first_month
    return [
        (
            "Source: billing ledger. A cohort is the month of the first close with MRR above 0; "
            "age 0 is that close; customers who came back count as there."
        ),
        (
            f"Customers already there in {first}, where the records begin, are in no cohort: when "
            "they started is not known."
        ),
    ]
