"""Revenue of a line by service days: recognised and deferred, month by month, exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pandas as pd

from .errors import InputError
from .months import index_of, period

__all__ = ["RecognisedMonth", "recognised", "recognition_frame"]


@dataclass(frozen=True)
class RecognisedMonth:
    """One month of a line's revenue, in minor units.

    Attributes
    ----------
    month
        The calendar month.
    days
        Service days in it.
    recognised
        Revenue of these days.
    deferred
        Invoiced and not yet recognised at the month's close (deferred revenue; in French
        accounts "produits constates d'avance").
    """

    month: pd.Period
    days: int
    recognised: int
    deferred: int


def recognised(amount: int, start: date, end: date) -> tuple[RecognisedMonth, ...]:
    """Spread a line's amount over its service days, by calendar month.

    Each month's cumulated revenue is `amount x days served / all days`, rounded half-even to the
    minor unit; a month gets the difference, so the months sum to the amount exactly.

    Parameters
    ----------
    amount
        The line's whole amount in minor units; a credit note is negative.
    start, end
        First service day, and the day after the last.

    Returns
    -------
    tuple of RecognisedMonth
        Oldest first, every month that has a service day.

    Raises
    ------
    InputError
        When `end` is not after `start`.

    Examples
    --------
    EUR 1,200 for the year 2025:

    >>> january = recognised(120_000, date(2025, 1, 1), date(2026, 1, 1))[0]
    >>> january.days, january.recognised, january.deferred
    (31, 10192, 109808)
    """
    if end <= start:
        raise InputError(
            f"service from {start} to {end}: the end (exclusive) must be after the start."
        )
    return tuple(_months(int(amount), start, end))


def _months(amount: int, start: date, end: date) -> Iterator[RecognisedMonth]:
    total, served, done = (end - start).days, 0, 0
    for month in range(index_of(start), index_of(end) + 1):
        days = (min(end, _first_day(month + 1)) - max(start, _first_day(month))).days
        if days:
            served += days
            so_far = round(Fraction(amount * served, total))
            yield RecognisedMonth(period(month), days, so_far - done, amount - so_far)
            done = so_far


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def recognition_frame(amount: int, start: date, end: date) -> pd.DataFrame:
    """Return `recognised` as a frame: month (period), days, recognised, deferred (minor units).

    Examples
    --------
    >>> recognition_frame(9_000, date(2025, 1, 16), date(2025, 4, 16))["recognised"].tolist()
    [1600, 2800, 3100, 1500]
    """
    rows = [(m.month, m.days, m.recognised, m.deferred) for m in recognised(amount, start, end)]
    return pd.DataFrame(rows, columns=["month", "days", "recognised", "deferred"])
