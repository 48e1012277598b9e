"""Renewals: which contracts come up, month by month, and what became of those that came up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from . import months as month
from .ahead import make_ahead
from .engines import sql_text
from .future import check_months
from .money import to_major
from .segments import Segments
from .tables import Tables

__all__ = ["OUTCOMES", "Renewals"]

OUTCOMES: dict[str, str] = {
    "flat": "renewed at the same amount, or simply continued",
    "uplift": "renewed at a higher amount",
    "downsell": "renewed at a lower amount",
    "lapsed": "not renewed",
    "returned": "not renewed; the customer left altogether and has come back since",
}
"""What became of a contract that came up -> its meaning; each stands in exactly one."""

LARGEST = 10
"""Contracts of each month that are listed one by one."""

_DUE = ("customers", "mrr", "signed_mrr", "notice_mrr")
_PAST = ("customers", "mrr", "renewed_mrr")


@dataclass(frozen=True)
class Renewals:
    """What comes up for renewal after ``as_of``, and what became of what came up until then.

    A contract comes up at its ``term_end``, at an ``end`` that is no notice where there is a term
    or an interval longer than a month, or at each anniversary of such an interval. All lines of a
    customer that are up in one month are one contract.

    Parameters
    ----------
    months
        The months after ``as_of`` that the schedule covers.
    due, due_total
        Month (period), segment (position), customers, mrr, signed_mrr, notice_mrr in minor units;
        of the company in `due_total`, where a customer with contracts in two segments is one.
    largest
        The largest contracts of each month: month, place, customer, mrr (minor units), renews_on
        (date), rows (of the source, as text).
    past
        Month, segment, term (months of contract of the largest line), outcome (of
        :data:`OUTCOMES`), customers, mrr (that came up) and renewed_mrr in minor units. Each
        contract was up as known at the close before; it stands in the segment and term of its
        largest line, so that all sums add up.

    Examples
    --------
    >>> import pandas as pd
    >>> from history import Ledger
    >>> lines = pd.DataFrame({
    ...     "customer": ["A", "A", "B"], "interval_months": [12, 12, 12],
    ...     "start_date": ["2024-01-01", "2025-01-01", "2024-03-01"],
    ...     "end_date": ["2025-01-01", None, None], "mrr": [10000, 11000, 4000]})
    >>> renewals = Ledger.from_lines(lines, as_of="2025-02", currency="EUR").renewals()
    >>> renewals.schedule()[["month", "customers", "mrr"]].loc[lambda rows: rows["mrr"] > 0]
          month  customers    mrr
    0   2025-03          1   40.0
    10  2026-01          1  110.0
    >>> renewals.history()[["outcome", "mrr", "renewed_mrr"]].values.tolist()
    [['uplift', 100.0, 110.0]]
    """

    segments: Segments
    past_segments: Segments
    currency: str
    as_of: pd.Period
    months: pd.PeriodIndex
    due: pd.DataFrame
    due_total: pd.DataFrame
    largest: pd.DataFrame
    past: pd.DataFrame

    def schedule(self) -> pd.DataFrame:
        """Give what comes up for renewal, one row a month (and segment), major units.

        Returns
        -------
        DataFrame
            Columns month (period), the dimensions ("total" in the total rows), customers, mrr
            (up for renewal and open), arr (12 x mrr), signed_mrr (up, but the line that replaces
            it is signed), notice_mrr (up, but notice is given). Each contract stands once, in
            the first month in which it is up; every month has its rows.
        """
        frame = self._laid(self.due, self.segments)
        if self.segments.by:
            total = self._laid(self.due_total, None)
            frame = pd.concat([frame, total]).sort_values("month", kind="stable")
        money = {name: to_major(frame[name], self.currency) for name in _DUE[1:]}
        frame = frame.assign(**money).reset_index(drop=True)
        frame["arr"] = 12 * frame["mrr"]
        return frame[["month", *self.segments.by, "customers", "mrr", "arr", *_DUE[2:]]]

    def _laid(self, due: pd.DataFrame, segments: Segments | None) -> pd.DataFrame:
        """Give a row a month and segment, 0 where nothing comes up; None is the company."""
        keys = segments.keys if segments else (("total",) * len(self.segments.by),)
        index = pd.MultiIndex.from_product([self.months, range(len(keys))])
        cells = due.set_index(["month", "segment"]).reindex(index, fill_value=0).astype("int64")
        at = index.get_level_values(1).to_numpy()
        frame = pd.DataFrame({"month": pd.PeriodIndex(index.get_level_values(0))})
        for place, name in enumerate(self.segments.by):
            frame[name] = np.array([key[place] for key in keys], dtype=object)[at]
        for name in _DUE:
            frame[name] = cells[name].to_numpy()
        return frame

    def largest_contracts(self, places: int = LARGEST) -> pd.DataFrame:
        """Give the largest contracts that come up in the whole schedule, the largest first.

        Parameters
        ----------
        places
            How many; no more than ten of one month are known.

        Returns
        -------
        DataFrame
            Columns month (period), customer, mrr, arr (major units), renews_on (date), rows (of
            the source, as text).
        """
        frame = self.largest.sort_values(
            ["mrr", "month", "customer"], ascending=[False, True, True], kind="stable"
        ).head(places)
        mrr = to_major(frame["mrr"], self.currency)
        day = frame["renews_on"].dt.date
        frame = frame.assign(mrr=mrr, arr=12 * mrr, renews_on=day).reset_index(drop=True)
        return frame[["month", "customer", "mrr", "arr", "renews_on", "rows"]]

    def history(self) -> pd.DataFrame:
        """Give what became of the contracts that came up, as a tidy table in major units.

        Returns
        -------
        DataFrame
            Columns month (period), the dimensions, term (months), outcome (:data:`OUTCOMES`),
            customers, mrr (that came up), renewed_mrr (what it became).
        """
        frame = pd.DataFrame({"month": self.past["month"]})
        for place, name in enumerate(self.past_segments.by):
            values = np.array([key[place] for key in self.past_segments.keys], dtype=object)
            frame[name] = values[self.past["segment"].to_numpy()]
        frame["term"] = self.past["term"].to_numpy()
        frame["outcome"] = self.past["outcome"].to_numpy()
        frame["customers"] = self.past["customers"].to_numpy()
        for name in _PAST[1:]:
            frame[name] = to_major(self.past[name], self.currency).to_numpy()
        return frame

    def rates(self, last: int | None = None) -> pd.DataFrame:
        """Give renewal rates by segment and term, with totals.

        Parameters
        ----------
        last
            Months up to ``as_of`` that count; None is all of history.

        Returns
        -------
        DataFrame
            Columns the dimensions and term as text ("total" where added up), customers and mrr
            that came up, renewed_customers, renewed_mrr, and shares: logo_renewal (customers
            renewed / up), gross_renewal (of each at most what was up / up), net_renewal
            (renewed MRR / up), NaN where nothing came up.
        """
        frame = self.history()
        if last is not None:
            frame = frame[pd.PeriodIndex(frame["month"]) > self.as_of - last]
        frame = frame.assign(term=frame["term"].astype(str))
        by = list(self.past_segments.by)
        whole = frame.assign(**dict.fromkeys([*by, "term"], "total"))
        blocks = [_rates(frame, [*by, "term"]), _rates(whole, [*by, "term"])]
        if by:
            blocks.insert(1, _rates(frame.assign(term="total"), [*by, "term"]))
        return pd.concat(blocks, ignore_index=True)

    def rates_by_month(self) -> pd.DataFrame:
        """Give the company's renewal rates by month: month and the columns of :meth:`rates`."""
        return _rates(self.history(), ["month"])


def _rates(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add outcomes up by these keys, terms in the order of their length, and divide."""
    kept = frame["outcome"].isin(["flat", "uplift", "downsell"])
    smaller = frame["outcome"].isin(["downsell", "lapsed", "returned"])
    parts = frame[keys].assign(
        _length=pd.to_numeric(frame["term"], errors="coerce") if "term" in keys else 0,
        customers=frame["customers"],
        mrr=frame["mrr"],
        renewed_customers=frame["customers"].where(kept, 0),
        renewed_mrr=frame["renewed_mrr"],
        _gross=frame["renewed_mrr"].where(smaller, frame["mrr"]),
    )
    others = [name for name in keys if name != "term"]
    sums = parts.groupby([*others, "_length", *keys[len(others) :]], dropna=False).sum()
    sums = sums.reset_index()
    up, logos = sums["mrr"].where(sums["mrr"] > 0), sums["customers"]
    return sums.assign(
        logo_renewal=sums["renewed_customers"] / logos.where(logos > 0),
        gross_renewal=sums["_gross"] / up,
        net_renewal=sums["renewed_mrr"] / up,
    ).drop(columns=["_length", "_gross"])


def renewals_of(tables: Tables, by: tuple[str, ...], currency: str, months: int) -> Renewals:
    """Compute schedule and history of a ledger's tables by these dimensions."""
    check_months(months)
    span = {"as_of": tables.as_of, "until": tables.as_of + months}
    whole = tables.answer(renewals_of, (), currency, months) if by else None
    segments = make_ahead(tables, by)
    due = _dated(tables.run("renewals_due", **span))
    past_segments = tables.use(by)
    return Renewals(
        segments=segments,
        past_segments=past_segments,
        currency=currency,
        as_of=month.period(tables.as_of),
        months=month.periods(range(tables.as_of + 1, tables.as_of + months + 1)),
        due=due,
        due_total=whole.due if whole else due,
        largest=whole.largest if whole else _largest(tables, span),
        past=_past(tables),
    )


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.sort_values(["month", "segment"], ignore_index=True)
    return frame.assign(month=month.periods(frame["month"]))


def _past(tables: Tables) -> pd.DataFrame:
    """Give what became of what came up until ``as_of``; ``labelled`` says the segments."""
    tables.once(("repeats",), lambda: _make_repeats(tables))
    tables.engine.make("came_up", sql_text("renewals_past"), as_of=tables.as_of)
    frame = tables.run("renewals_history")
    order = {name: place for place, name in enumerate(OUTCOMES)}
    frame = frame.assign(_order=frame["outcome"].map(order))
    keys = ["month", "segment", "term", "_order"]
    frame = frame.sort_values(keys, ignore_index=True).drop(columns="_order")
    return frame.assign(month=month.periods(frame["month"]))


def _make_repeats(tables: Tables) -> None:
    """Make the table ``repeats``: how many intervals can have passed, 1 and upwards."""
    first = tables.engine.frame("SELECT MIN(first_month) AS first FROM counted")["first"].iloc[0]
    steps = range(1, max((tables.as_of - int(first)) // 2, 1) + 1)
    tables.engine.make("repeats", " UNION ALL ".join(f"SELECT {step} AS step" for step in steps))


def _largest(tables: Tables, span: dict[str, int]) -> pd.DataFrame:
    """Give the largest contracts of each month, a row each."""
    tables.engine.make("largest_due", sql_text("renewals_largest"), places=LARGEST, **span)
    lines = tables.run("renewals_lines")
    lines["renews_on"] = [_renews_on(line) for line in lines.itertuples()]
    contracts = lines.groupby(["month", "place"], as_index=False, sort=True).agg(
        customer=("customer", "first"),
        mrr=("contract_mrr", "first"),
        renews_on=("renews_on", "min"),
        rows=("source_row", lambda rows: ", ".join(map(str, rows))),
    )
    return contracts.assign(month=month.periods(contracts["month"]))


def _renews_on(line: Any) -> pd.Timestamp:
    """Give the day on which a line is up: its term's end, its end, or the anniversary."""
    at = int(line.month)
    for day in map(pd.to_datetime, (line.term_end, line.end_date)):
        if (day.year * 12 + day.month - 1) == at:  # NaT is in no month
            return day
    last = month.close_of(at)
    return pd.Timestamp(last.year, last.month, min(line.start_date.day, last.day))
