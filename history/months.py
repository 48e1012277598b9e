"""Months as integers: ``index = year * 12 + month - 1``, as in the SQL texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd

from .errors import InputError

__all__ = ["close_of", "index_of", "month_of", "period", "periods", "span", "text"]

_EPOCH = 1970 * 12
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def index_of(month: str | pd.Period | date) -> int:
    """Give a month's index.

    Parameters
    ----------
    month
        "YYYY-MM", a Period or a date in the month.

    Raises
    ------
    InputError
        The text is not a month.

    Examples
    --------
    >>> index_of("2025-06")
    24305
    >>> index_of(date(2025, 6, 30)) == index_of("2025-06")
    True
    """
    if isinstance(month, pd.Period | date):
        return month.year * 12 + month.month - 1
    match = _MONTH.fullmatch(str(month).strip())
    if match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) == 0:
        raise InputError(f"{month!r} is not a month; write it as YYYY-MM, for example 2025-06")
    return int(match[1]) * 12 + int(match[2]) - 1


def text(index: int) -> str:
    """Write a month's index as "YYYY-MM".

    Examples
    --------
    >>> text(24305)
    '2025-06'
    """
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def period(index: int) -> pd.Period:
    """Give the monthly Period of an index."""
    return pd.Period(year=int(index) // 12, month=int(index) % 12 + 1, freq="M")


def periods(indices: Iterable[int]) -> pd.PeriodIndex:
    """Give the PeriodIndex (monthly) of month indices.

    Examples
    --------
    >>> list(periods([24305, 24306]).astype(str))
    ['2025-06', '2025-07']
    """
    ordinals = np.fromiter((int(i) - _EPOCH for i in indices), dtype=np.int64)
    return pd.DatetimeIndex(ordinals.astype("datetime64[M]").astype("datetime64[s]")).to_period("M")


def month_of(month: str | pd.Period | date) -> pd.Period:
    """Give the Period of a month written as text, Period or date."""
    return period(index_of(month))


def close_of(index: int) -> date:
    """Give the day at whose end MRR is read: the last day of the month.

    Examples
    --------
    >>> close_of(index_of("2024-02"))
    datetime.date(2024, 2, 29)
    """
    following = index + 1
    return date.fromordinal(date(following // 12, following % 12 + 1, 1).toordinal() - 1)


def span(text_: str) -> tuple[int | None, int | None]:
    """Read a span of months, both ends included; either may be left open.

    Examples
    --------
    >>> span("2026-10/2027-06") == (index_of("2026-10"), index_of("2027-06"))
    True
    >>> span("2026-10/")[1] is None
    True
    >>> span("2026-10") == (24321, 24321)
    True

    Raises
    ------
    InputError
        The text is not a span, or its end lies before its start.
    """
    first, slash, last = str(text_).partition("/")
    if not slash:
        month = index_of(first)
        return month, month
    start = index_of(first) if first.strip() else None
    end = index_of(last) if last.strip() else None
    if start is not None and end is not None and end < start:
        raise InputError(f"the span {text_!r} ends before it starts; write FIRST/LAST")
    return start, end
