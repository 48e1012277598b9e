"""Fiscal years and their quarters, which begin in the month that the company says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import InputError, unknown_name
from .months import index_of, month_of, period

__all__ = ["PERIODS", "FiscalYear", "Periods"]

Periods = Literal["month", "quarter", "year"]
PERIODS: Final = get_args(Periods)

_LENGTH: Final = {"month": 1, "quarter": 3, "year": 12}
_YEAR: Final = r"FY ?(?P<year>\d{2}|\d{4})"
_QUARTER: Final = r"Q(?P<quarter>[1-4])"
_SAID: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (_YEAR, rf"{_QUARTER} ?{_YEAR}", rf"{_YEAR} ?{_QUARTER}")
)


@dataclass(frozen=True)
class FiscalYear:
    """A fiscal year, named by the calendar year in which it ends.

    Attributes
    ----------
    start
        The month in which it begins, 1 to 12; 1 is the calendar year.

    Raises
    ------
    InputError
        No month has that number.

    Examples
    --------
    >>> april = FiscalYear(4)
    >>> april.name("2026-10", "quarter"), april.name("2026-10"), FiscalYear().name("2026-10")
    ('Q3 FY27', 'FY27', 'FY26')
    >>> str(april.month("FY27")), str(april.month("Q1 FY27"))
    ('2027-03', '2026-06')
    """

    start: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.start <= 12:
            raise InputError(f"fiscal_year_start={self.start}: a month is 1 to 12")

    def number(self, months: pd.PeriodIndex, every: Periods) -> npt.NDArray[np.int64]:
        """Give the number of each month's period, array (months,), one more each period.

        Raises
        ------
        UnknownNameError
            `every` is no period.
        """
        if every not in PERIODS:
            raise unknown_name("period", every, PERIODS)
        index = np.asarray(months.year * 12 + months.month - self.start, dtype=np.int64)
        return np.asarray(index // _LENGTH[every])

    def name(self, month: str | pd.Period, every: Periods = "year") -> str:
        """Name the period of a month: ``FY27``, ``Q3 FY27`` or the month itself."""
        if every == "month":
            return str(month_of(month))
        after = index_of(month) - (self.start - 1)
        year = f"FY{(after // 12 + (self.start > 1)) % 100:02d}"
        return year if every == "year" else f"Q{after % 12 // 3 + 1} {year}"

    def ends(self, month: str | pd.Period, every: Periods) -> bool:
        """Whether a month is the last one of its period."""
        return (index_of(month) + 1 - (self.start - 1)) % _LENGTH[every] == 0

    def at(self, month: str | pd.Period, every: Periods = "month") -> str:
        """Say a month by its place in its period.

        Examples
        --------
        >>> FiscalYear(4).at("2027-03", "year"), FiscalYear(4).at("2027-02", "quarter")
        ('2027-03, the end of FY27', '2027-02, within Q4 FY27')
        """
        if every == "month":
            return str(month_of(month))
        place = "the end of" if self.ends(month, every) else "within"
        return f"{month_of(month)}, {place} {self.name(month, every)}"

    def month(self, said: str) -> pd.Period:
        """Give the month that is meant: YYYY-MM, or the last one of ``FY27`` or ``Q3 FY27``.

        Raises
        ------
        InputError
            The text is neither.
        """
        found = next((m for form in _SAID if (m := form.fullmatch(said.strip()))), None)
        if found is None:
            try:
                return month_of(said)
            except InputError:
                raise InputError(
                    f"{said!r} is not a month; write 2027-03, or FY27 or Q3 FY27 for the last "
                    "month of a fiscal year or quarter"
                ) from None
        given = found.groupdict()
        year = int(given["year"]) + (2000 if len(given["year"]) == 2 else 0)
        begins = (year - (self.start > 1)) * 12 + self.start - 1
        return period(begins + 3 * int(given.get("quarter") or 4) - 1)
