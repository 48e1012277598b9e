"""Retention as a board reads it: rates over time, grouped cohorts, curves by segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from history.language import marked, say

from ..format import month

if TYPE_CHECKING:
    from history import Ledger

RATES: Final = ("nrr", "grr", "logo_retention")
RATE_LABELS: Final = {
    "nrr": marked("Net revenue retention"),
    "grr": marked("Gross revenue retention"),
    "logo_retention": marked("Customer retention"),
}
"""Rate -> its words, to be said."""

AGES: Final = (0, 1, 3, 6, 9, 12, 18, 24, 36, 48, 60, 72, 84, 96)


def rate_history(
    ledger: Ledger, months: int = 24, period: int = 12, every: int = 3
) -> pd.DataFrame:
    """Retention rates at closes of the last months, as known today.

    Parameters
    ----------
    ledger : Ledger
    months : int
        How far back from `as_of`.
    period : int
        Months that each rate looks back.
    every : int
        Months between two closes, counted back from `as_of`. Each close costs one reading of
        the ledger's past.

    Returns
    -------
    DataFrame
        Index month, columns `nrr`, `grr`, `logo_retention` (shares 0-1); only months for which
        one of them can be computed, so it may be empty.
    """
    first = ledger.first_month + period
    oldest = max(first, ledger.as_of - months)
    closes = pd.period_range(oldest, ledger.as_of, freq="M")[::-1][::every][::-1]
    rows = {close: rates(ledger.at(str(close)), period) for close in closes}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(RATES)).dropna(how="all")


def rates(ledger: Ledger, period: int = 12) -> dict[str, float]:
    """Retention rates at the ledger's `as_of`; NaN where not computable."""
    found = {metric.name: metric.value for metric in ledger.metrics(period=period)}
    return {name: _number(found.get(name)) for name in RATES}


def segment_rates(ledger: Ledger, by: Sequence[str], period: int = 12) -> pd.DataFrame:
    """Retention rates and MRR at `as_of` by segment, the largest MRR first.

    Returns
    -------
    DataFrame
        Index segment label; columns `nrr`, `grr`, `logo_retention` (shares 0-1), `mrr` (major
        units).
    """
    rows: dict[str, dict[str, float]] = {}
    for metric in ledger.metrics(period=period, by=list(by)):
        values = list(metric.segment.values())
        if values and set(values) != {"total"} and metric.name in (*RATES, "mrr"):
            rows.setdefault(" / ".join(values), {})[metric.name] = _number(metric.value)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[*RATES, "mrr"])
    return table.sort_values("mrr", ascending=False, kind="stable")


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


@dataclass(frozen=True)
class CohortGroups:
    """Cohorts put together by month, quarter or year.

    Attributes
    ----------
    shares : DataFrame
        Rows group label, columns age in months; share (0-1) of the group's first month that is
        there at that age; NaN where not every cohort of the group has reached it.
    sizes : Series
        The group's value at age 0.
    word : str
        ``month``, ``quarter`` or ``year``.
    """

    shares: pd.DataFrame
    sizes: pd.Series
    word: str


def cohort_groups(triangle: pd.DataFrame, rows: int = 16) -> CohortGroups:
    """Group a triangle into at most so many rows, with the ages that a board asks for.

    Months are put together into quarters where there are more than `rows` of them, and into
    years where the quarters would be more than half as many again.

    Parameters
    ----------
    triangle : DataFrame
        Cohort (PeriodIndex) x age, NaN after the newest diagonal.
    rows : int

    Returns
    -------
    CohortGroups
        The newest groups, oldest first.
    """
    freq, word = _grouping(len(triangle), rows)
    index = pd.PeriodIndex(triangle.index)
    groups = index if freq == "M" else index.asfreq(freq)
    # min_count: a group's cell is known only where all its cohorts have reached the age.
    sizes = triangle.groupby(groups).size()
    summed = triangle.groupby(groups).sum(min_count=1)
    known = triangle.notna().groupby(groups).sum().eq(sizes, axis=0)
    ages = [age for age in AGES if age in summed.columns]
    start = summed[0].replace(0, np.nan)
    shares = summed.where(known)[ages].div(start, axis=0)
    shares = shares[start.notna()].tail(rows)
    labels = [group_label(group) for group in shares.index]
    shares.index = pd.Index(labels)
    return CohortGroups(
        shares.dropna(axis=1, how="all"),
        pd.Series(start.dropna().tail(rows).to_numpy(), labels),
        word,
    )


def _grouping(months: int, rows: int) -> tuple[str, str]:
    if months <= rows:
        return "M", "month"
    return ("Q-DEC", "quarter") if months <= 4.5 * rows else ("Y-DEC", "year")


def group_label(group: pd.Period) -> str:
    """Name a month, quarter or year.

    Examples
    --------
    >>> group_label(pd.Period("2026Q2", "Q-DEC"))
    'Q2 2026'
    """
    kind = group.freqstr
    if kind.startswith("Q"):
        return say("Q{quarter} {year}", quarter=group.quarter, year=group.year)
    return str(group.year) if kind.startswith("Y") else month(group)


def share_by_age(triangle: pd.DataFrame, fewest: int = 3) -> pd.Series:
    """Weigh all cohorts together: of those who could have reached an age, the share there.

    Parameters
    ----------
    triangle : DataFrame
        Cohort x age, NaN after the newest diagonal.
    fewest : int
        Ages that fewer cohorts have reached are left out.

    Returns
    -------
    Series
        Index age, share 0-1; may rise where customers return.
    """
    reached = triangle.notna() & (triangle[[0]].to_numpy() > 0)
    start = reached.mul(triangle[0], axis=0).sum()
    there = triangle.where(reached).sum()
    known = (reached.sum() >= min(fewest, len(triangle))) & (start > 0)
    return (there[known] / start[known]).rename("share")


def at_age(triangle: pd.DataFrame, age: int, cohorts: Sequence[pd.Period] | None = None) -> float:
    """Share (0-1) still there at an age, over the cohorts that have reached it; NaN if none."""
    chosen = triangle if cohorts is None else triangle.loc[list(cohorts)]
    if age not in chosen.columns:
        return float("nan")
    reached = chosen[chosen[age].notna()]
    start = float(reached[0].sum())
    return float(reached[age].sum()) / start if start > 0 else float("nan")
