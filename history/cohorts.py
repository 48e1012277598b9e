"""Cohorts: the customers of one first month, followed by age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import months as month
from .errors import unknown_name
from .money import to_major
from .segments import Segments
from .tables import Tables

__all__ = ["Cohorts", "Every"]

Every = Literal["month", "quarter", "year"]
"""Whose first closes make a cohort, and the unit of its ages."""

MONTHS_OF: dict[Every, int] = {"month": 1, "quarter": 3, "year": 12}
"""Months of a cohort, and of a step of its ages."""

_FREQUENCY = {"month": "M", "quarter": "Q", "year": "Y"}
_VALUES = ("customers", "mrr", "kept_customers", "kept_mrr")


@dataclass(frozen=True)
class Cohorts:
    """Cohorts by the month of their first close with MRR > 0; age 0 is that close.

    Net: ``customers`` are those of the cohort paying at the close (returned ones included),
    ``mrr`` is theirs. Gross: ``kept_customers`` never left, ``kept_mrr`` counts of each
    customer at most what it paid at age 0. A customer belongs to the segment where its MRR was
    largest at age 0 and stays there, so that segments add up.

    Cohorts of a quarter or a calendar year (``every``) are its months' cohorts added up at the same
    age: age 1 is one quarter or year after each customer's own first close. An age is there when
    the cohort's last month has reached it.

    Examples
    --------
    >>> import pandas as pd
    >>> from history import Ledger
    >>> lines = pd.DataFrame({
    ...     "customer": ["A", "B"], "start_date": ["2025-01-01", "2025-01-20"],
    ...     "end_date": ["2025-02-15", None], "mrr": [10000, 4000]})
    >>> cohorts = Ledger.from_lines(lines, as_of="2025-03", currency="EUR").cohorts()
    >>> cohorts.triangle().loc["2025-01"].tolist()
    [2.0, 1.0, 1.0]
    """

    segments: Segments
    currency: str
    as_of: pd.Period
    levels: pd.DataFrame
    every: Every = "month"

    @property
    def by(self) -> tuple[str, ...]:
        """Names of the dimensions, empty without segments."""
        return self.segments.by

    @property
    def minor(self) -> pd.DataFrame:
        """One row a cohort, segment and age, amounts in minor units.

        Returns
        -------
        DataFrame
            Columns cohort (period: month, quarter or year), the dimensions, age, customers, mrr,
            kept_customers, kept_mrr (Int64).
        """
        levels = self.levels
        frame = pd.DataFrame({"cohort": self._periods(levels["cohort"])})
        for at, name in enumerate(self.by):
            values = np.array([key[at] for key in self.segments.keys], dtype=object)
            frame[name] = values[levels["segment"].to_numpy()]
        for name in ("age", *_VALUES):
            frame[name] = levels[name].to_numpy()
        return frame

    def table(self, *, gross: bool = False) -> pd.DataFrame:
        """Give one row a cohort, segment and age, amounts in major units.

        Parameters
        ----------
        gross
            Also give kept_customers and kept_mrr.

        Returns
        -------
        DataFrame
            Columns cohort (period), the dimensions, age, customers, mrr (float64); no row after
            ``as_of``; a cohort's rows go on when nobody is left.
        """
        frame = self.minor
        money = {name: to_major(frame[name], self.currency) for name in ("mrr", "kept_mrr")}
        frame = frame.assign(**money)
        return frame if gross else frame.drop(columns=["kept_customers", "kept_mrr"])

    def triangle(
        self,
        segment: str | None = None,
        value: Literal["customers", "mrr", "kept_customers", "kept_mrr"] = "customers",
    ) -> pd.DataFrame:
        """Give the triangle of cohorts x ages.

        Parameters
        ----------
        segment
            Label of a segment; None adds all segments up.
        value
            What stands in the cells; MRR in major units.

        Returns
        -------
        DataFrame
            float64; index the cohorts, columns the ages, NaN after the newest diagonal.
        """
        if value not in _VALUES:
            raise unknown_name("value", value, _VALUES)
        levels = self.levels
        if segment is not None:
            levels = levels[levels["segment"] == self.segments.position(segment)]
        wide = levels.pivot_table(index="cohort", columns="age", values=value, aggfunc="sum")
        ages = range(int(wide.shape[1]))
        cells = wide.reindex(columns=ages).astype("float64")
        if value.endswith("mrr"):
            cells = cells.map(lambda minor: to_major(minor, self.currency))
        index = self._periods(wide.index).rename("cohort")
        return cells.set_axis(index, axis=0).rename_axis(columns="age")

    def _periods(self, cohorts: pd.Series | pd.Index) -> pd.PeriodIndex:
        found = month.periods(cohorts)
        return found if self.every == "month" else found.asfreq(_FREQUENCY[self.every])


def cohorts_of(
    tables: Tables, by: tuple[str, ...], currency: str, every: Every = "month"
) -> Cohorts:
    """Compute the cohorts of a ledger's tables by these dimensions.

    Raises
    ------
    UnknownNameError
        ``every`` is no month, quarter or year.
    """
    if every not in MONTHS_OF:
        raise unknown_name("length of a cohort", every, list(MONTHS_OF))
    segments = tables.use(by)
    levels = tables.once(("cohorts", by), lambda: _levels(tables, by))
    return Cohorts(
        segments=segments,
        currency=currency,
        as_of=month.period(tables.as_of),
        levels=levels if every == "month" else _longer(levels, MONTHS_OF[every], tables.as_of),
        every=every,
    )


def _levels(tables: Tables, by: tuple[str, ...]) -> pd.DataFrame:
    """Give customers and MRR of the cohorts of months at every age."""
    tables.homes()
    changes = tables.run("cohorts") if by else tables.run_whole("cohorts")
    return accumulated(changes, ["cohort", "segment"], "cohort", tables.as_of, _VALUES)


def _longer(levels: pd.DataFrame, step: int, as_of: int) -> pd.DataFrame:
    """Add the cohorts of months up to those of ``step`` months, at ages of ``step`` months."""
    period = levels["cohort"] - levels["cohort"] % step
    newest = levels["cohort"].groupby(period).transform("max")
    whole = (levels["age"] <= as_of - newest) & (levels["age"] % step == 0)
    kept = levels.assign(cohort=period, age=levels["age"] // step)[whole]
    return kept.groupby(["cohort", "segment", "age"], as_index=False)[list(_VALUES)].sum()


def accumulated(
    changes: pd.DataFrame,
    keys: list[str],
    start: str,
    as_of: int,
    values: tuple[str, ...],
    flows: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Turn the changes of groups by month into their levels at every age up to ``as_of``.

    Parameters
    ----------
    changes
        One row a group (``keys``) and month, with the changes of ``values`` in that month.
    start
        The key that holds the month index at which the group begins (age 0).
    values
        Columns to be added up over the months.
    flows
        Columns that stay as they are, 0 where nothing happened.

    Returns
    -------
    DataFrame
        Columns keys, age, values, flows; sorted by keys and age.
    """
    groups = changes[keys].drop_duplicates().sort_values(keys, ignore_index=True)
    lengths = as_of - groups[start].to_numpy() + 1
    ends = np.cumsum(lengths)
    first = ends - lengths
    rows = int(ends[-1]) if len(ends) else 0
    laid = groups.loc[groups.index.repeat(lengths)].reset_index(drop=True)
    laid["age"] = np.arange(rows) - np.repeat(first, lengths)
    group = groups.reset_index(names="_group").merge(changes, on=keys)
    at = first[group["_group"].to_numpy()] + (group["month"] - group[start]).to_numpy()
    for name in (*values, *flows):
        cells: npt.NDArray[np.int64] = np.zeros(rows, dtype=np.int64)
        np.add.at(cells, at, group[name].to_numpy().astype(np.int64))
        if name in values:
            running = np.cumsum(cells)
            before = np.concatenate([[0], running])[first]
            cells = running - np.repeat(before, lengths)
        laid[name] = cells
    return laid
