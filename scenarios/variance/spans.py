"""Spans: the months that one row of a variance puts together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import pandas as pd

from history.errors import unknown_name
from history.fiscal import FiscalYear, Periods

Every = Literal["month", "quarter", "year_to_date", "year", "to_date"]
EVERY: Final = get_args(Every)


@dataclass(frozen=True)
class Span:
    """Consecutive months of a variance.

    Attributes
    ----------
    label
        How it is called: ``2026-07``, ``Q1 FY27``; with its months where it is not whole.
    first, last
        Positions of its first and last month.
    """

    label: str
    first: int
    last: int

    @property
    def within(self) -> slice:
        """Its months."""
        return slice(self.first, self.last + 1)


def spans(months: pd.PeriodIndex, every: Every = "month", fiscal_year_start: int = 1) -> list[Span]:
    """Put months together.

    Parameters
    ----------
    months
        Consecutive months.
    every
        ``month``; ``quarter`` or ``year`` (fiscal; as far as their months are there); for each
        month ``year_to_date`` (since the fiscal year began) or ``to_date`` (since the first).
    fiscal_year_start
        Month in which the fiscal year begins, 1 to 12. It is called by the year in which it ends.

    Raises
    ------
    InputError
        There is no such month or period.

    Examples
    --------
    >>> months = pd.period_range("2026-07", "2027-02", freq="M")
    >>> [span.label for span in spans(months, "quarter")]
    ['Q3 FY26', 'Q4 FY26', 'Q1 FY27, 2027-01 to 2027-02']
    >>> [span.label for span in spans(months, "year", fiscal_year_start=4)]
    ['FY27, 2026-07 to 2027-02']
    """
    if every not in EVERY:
        raise unknown_name("period", every, EVERY)
    year = FiscalYear(fiscal_year_start)
    if every == "month":
        return [Span(str(month), i, i) for i, month in enumerate(months)]
    if every == "to_date":
        return [Span(f"{months[0]} to {last}", 0, i) for i, last in enumerate(months)]
    period: Periods = "quarter" if every == "quarter" else "year"
    length = 3 if every == "quarter" else 12
    groups: dict[int, list[int]] = {}
    for i, number in enumerate(year.number(months, period).tolist()):
        groups.setdefault(number, []).append(i)
    found = []
    for here in groups.values():
        name = year.name(months[here[0]], period)
        ends = here if every == "year_to_date" else here[-1:]
        for end in ends:
            whole = end - here[0] + 1 == length
            said = name if whole else f"{name}, {months[here[0]]} to {months[end]}"
            found.append(Span(said, here[0], end))
    return found
