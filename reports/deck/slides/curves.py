"""Retention curves: how long new customers stay, in the company and its segments."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from history.language import figure, marked, say, say_many, share

from ...digest import value
from ...digest.curves import ALL
from ...format import not_available, percent, shorten
from ...pack import NotShownError
from ..charts import curve_chart
from ..page import Deck, remark
from ..parts import Cell, Column, add_table, add_text
from ..template import BODY, Box

if TYPE_CHECKING:
    from pptx.slide import Slide

    from forecast.retention import Lifetime
    from forecast.retention.effects import Trend

_AGES: Final = (3, 6, 12, 24, 36)
_NOTES: Final = (
    marked(
        "Source: cohorts of the billing ledger. Each step from one age to the next is that of all "
        "cohorts that have made it (chain ladder); an age rests on three cohorts or more."
    ),
    marked("A customer who came back counts as there, so a curve may rise."),
)


def draw(deck: Deck) -> None:
    """Add the slide."""
    curves = deck.pack.curves
    if len(curves) < 2:
        raise NotShownError(
            say("retention curves need three months of new customers, known for longer")
        )
    study = deck.pack.staying
    slide = deck.add(_title(curves), [*map(say, _NOTES), *_evidence(study)])
    left, right = BODY.split(0.6)
    curve_chart(
        slide, Box(left.left, left.top, left.width, left.height - 0.15), _drawn(curves),
        description=say("Share of new customers still paying by months since their first close."),
    )  # fmt: skip
    ages = [age for age in _AGES if age in curves.index and curves.loc[age].notna().any()]
    ages = ages or [int(curves.index[-1])]
    columns = [Column(say("Still paying after"), 1.7, "left")]
    columns += [Column(say("{age}m", age=age), 0.8) for age in ages]
    rows = [
        [Cell(say("All") if name == ALL else str(name), bold=name == ALL)]
        + [Cell(_share(curves.loc[age, name]), bold=name == ALL) for age in ages]
        for name in curves.columns
    ]
    used = add_table(
        slide, Box(right.left, right.top + 0.1, right.width, 3.2), columns, rows,
        description=say("Share still paying by age."), wrap=2,
    )  # fmt: skip
    _tell(slide, right.below(used + 0.4), study)
    remark(
        slide,
        say(
            "Across: months since the first close with MRR. Customers of the first month of the "
            "records are left out: their age is not known."
        ),
    )


def _drawn(curves: pd.DataFrame) -> pd.DataFrame:
    """Take every third age of long curves: as many as an axis has labels for."""
    drawn = curves if len(curves) <= 13 else curves[curves.index % 3 == 0]
    return drawn.rename(columns={ALL: say("All")})


def _tell(slide: Slide, box: Box, study: tuple[Lifetime, Trend] | None) -> None:
    said = _evidence(study)
    if said:
        add_text(slide, Box(box.left, box.top, box.width, 1.5), said[:2], size=13)


def _share(share: object) -> str:
    number = float(str(share))
    return not_available() if math.isnan(number) else percent(number, 0)


def _title(curves: pd.DataFrame) -> str:
    ages = [
        age
        for age in (12, 6, 3, 1)
        if age in curves.index and not math.isnan(value(curves, age, ALL))
    ]
    age = ages[0]
    row = curves.loc[age].dropna()
    said = say_many(
        "Of 100 new customers, {there} still pay after one month",
        "Of 100 new customers, {there} still pay after {n} months",
        age, there=_of_100(row[ALL]),
    )  # fmt: skip
    parts = row.drop(index=ALL)
    if len(parts) < 2 or round(100 * parts.max()) == round(100 * parts.min()):
        return said
    return say(
        "{title}: {high} in {best}, {low} in {worst}",
        title=said, best=shorten(str(parts.idxmax()), 24), high=_of_100(parts.max()),
        worst=shorten(str(parts.idxmin()), 24), low=_of_100(parts.min()),
    )  # fmt: skip


def _of_100(share: object) -> str:
    return figure(100 * float(str(share)))


def _evidence(study: tuple[Lifetime, Trend] | None) -> list[str]:
    """Say what the study expects of a life, and whether newer customers stay longer."""
    if study is None:
        return []
    life, trend = study
    return [
        say(
            "A new customer is expected to pay for {months} of the first 60 months (80% range "
            "{low} to {high}).",
            months=figure(life.periods), low=figure(life.low), high=figure(life.high),
        ),
        say(
            "Newer cohorts: the chance to leave changes by {change} from one month's customers to "
            "the next, {z} standard errors from none.",
            change=share(float(np.expm1(trend.per_cohort)), signed=True),
            z=figure(trend.z, 1, signed=True),
        ),
    ]  # fmt: skip
