"""Future MRR: what today's contracts and signatures say about the months ahead, and no belief."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import months as month
from .ahead import make_ahead
from .errors import ArrcastError, InputError
from .money import to_major
from .segments import Segments
from .tables import Tables

__all__ = ["FUTURE_PARTS", "MOST_MONTHS", "FutureMrr"]

Amounts = npt.NDArray[np.int64]
Truth = npt.NDArray[np.bool_]

MOST_MONTHS = 120
"""Months ahead that can be asked for."""

FUTURE_PARTS: dict[str, str] = {
    "closing": "MRR at the close of as_of",
    "starting": "MRR of the lines signed and not started at as_of that have started by then",
    "leaving": "MRR of the lines under notice that have left by then (negative)",
    "replaced": "MRR of the lines in whose place a signed line has started by then (negative)",
    "cmrr": "committed MRR: closing + starting + leaving + replaced",
    "under_contract": "of it: bound beyond this month, or until the line that replaces it starts",
    "under_notice": "of it: leaves later, notice is given",
    "signed": "of it: signed and not started at as_of, before its own first renewal",
    "secured": "under_contract + under_notice + signed",
    "up_for_renewal": "of it: comes up for renewal in this month, for the first time",
    "renewed": "of it: came up in an earlier month ahead; there only if it was renewed then",
    "month_to_month": "of it: paid by customers who can leave in any month",
    "unsecured": "up_for_renewal + renewed + month_to_month",
}
"""Part of future MRR -> what it is, in the order of the table."""


@dataclass(frozen=True)
class FutureMrr:
    """MRR of the months ahead by how certain it is, exact.

    For every month and segment ``closing + starting + leaving + replaced = cmrr = secured +
    unsecured``; amounts are those in force today or signed. Nothing is expected: who is up for
    renewal stands there in full, and nobody new comes but who has signed.

    Parameters
    ----------
    months
        The months after ``as_of``.
    amounts
        Part of :data:`FUTURE_PARTS` -> minor units, array (months, segments).

    Examples
    --------
    >>> import pandas as pd
    >>> from history import Ledger
    >>> lines = pd.DataFrame({
    ...     "customer": ["A", "B"], "start_date": ["2025-01-01", "2025-01-01"],
    ...     "term_end": ["2025-03-01", None], "mrr": [10000, 4000]})
    >>> future = Ledger.from_lines(lines, as_of="2025-01", currency="EUR").future_mrr(2)
    >>> future.matrix("under_contract")["total"].tolist()
    [100.0, 0.0]
    >>> future.matrix("up_for_renewal")["total"].tolist()
    [0.0, 100.0]
    """

    segments: Segments
    currency: str
    as_of: pd.Period
    months: pd.PeriodIndex
    amounts: dict[str, Amounts]

    def matrix(self, part: str) -> pd.DataFrame:
        """Give one part as months x segments, float64 in major units."""
        return pd.DataFrame(
            to_major(self.amounts[part], self.currency),
            index=self.months.rename("month"),
            columns=pd.Index(self.segments.labels, name="segment"),
        )

    @property
    def minor(self) -> pd.DataFrame:
        """One row a month, segment and part: month, the dimensions, part, mrr (minor units)."""
        return self._frame(self.amounts, self.segments.keys)

    def to_frame(self) -> pd.DataFrame:
        """Give the table in major units, with total rows where there are segments.

        Returns
        -------
        DataFrame
            Columns month (period), the dimensions ("total" in the total rows), part, mrr
            (float64; leaving and replaced are 0 or less for positive lines).
        """
        frame = self.minor
        if self.segments.by:
            whole = {name: a.sum(axis=1, keepdims=True) for name, a in self.amounts.items()}
            total = self._frame(whole, (("total",) * len(self.segments.by),))
            frame = pd.concat([frame, total]).sort_values("month", kind="stable")
        return frame.assign(mrr=to_major(frame["mrr"], self.currency)).reset_index(drop=True)

    def _frame(
        self, amounts: dict[str, Amounts], keys: tuple[tuple[str, ...], ...]
    ) -> pd.DataFrame:
        parts, segments = len(FUTURE_PARTS), len(keys)
        frame = pd.DataFrame({"month": self.months.repeat(segments * parts)})
        for at, name in enumerate(self.segments.by):
            values = np.repeat(np.array([key[at] for key in keys], dtype=object), parts)
            frame[name] = np.tile(values, len(self.months))
        frame["part"] = np.tile(np.array(list(FUTURE_PARTS)), len(self.months) * segments)
        cells = np.stack([amounts[name] for name in FUTURE_PARTS], axis=2)
        return frame.assign(mrr=cells.reshape(-1))


def future_mrr_of(tables: Tables, by: tuple[str, ...], currency: str, months: int) -> FutureMrr:
    """Split the MRR of the months ahead of a ledger's tables by how certain it is."""
    check_months(months)
    segments = make_ahead(tables, by)
    groups = tables.run("outlook")
    ahead = np.arange(tables.as_of + 1, tables.as_of + months + 1)
    return FutureMrr(
        segments=segments,
        currency=currency,
        as_of=month.period(tables.as_of),
        months=month.periods(ahead),
        amounts=_amounts(groups, tables.as_of, ahead, len(segments)),
    )


def check_months(months: int) -> None:
    """Refuse a number of months ahead that nobody can mean."""
    if not 1 <= months <= MOST_MONTHS:
        raise InputError(f"months={months}: ask for 1 to {MOST_MONTHS} months after as_of")


def _amounts(groups: pd.DataFrame, as_of: int, ahead: Amounts, segments: int) -> dict[str, Amounts]:
    """Give every part, arrays (months, segments)."""
    start, renewal, leave, replaced, mrr, segment = (
        groups[name].to_numpy(dtype=np.int64)[:, None]
        for name in ("start_month", "renewal_month", "leave_month", "replaced", "mrr", "segment")
    )
    started, gone = start <= ahead, (leave > 0) & (leave <= ahead)
    signed, there = start > as_of, started & ~gone
    open_ended = leave == 0
    bound = (renewal > ahead) | ((leave > 0) & (replaced == 1))
    notice = (leave > 0) & (replaced == 0)
    first = signed & ((renewal == 0) | (renewal > ahead) | (leave > 0))
    where: dict[str, Truth] = {
        "closing": ~signed & (ahead > 0),
        "starting": signed & started,
        "leaving": started & gone & notice,
        "replaced": started & gone & ~notice,
        "under_contract": there & ~signed & ~notice & bound,
        "under_notice": there & ~signed & notice,
        "signed": there & first,
        "up_for_renewal": there & open_ended & (renewal == ahead),
        "renewed": there & open_ended & (renewal > 0) & (renewal < ahead),
        "month_to_month": there & open_ended & ~signed & (renewal == 0),
    }
    found = {name: _summed(mrr * mask, segment, segments) for name, mask in where.items()}
    found["leaving"], found["replaced"] = -found["leaving"], -found["replaced"]
    found["cmrr"] = sum(
        (found[name] for name in ("starting", "leaving", "replaced")), start=found["closing"]
    )
    found["secured"] = found["under_contract"] + found["under_notice"] + found["signed"]
    found["unsecured"] = found["up_for_renewal"] + found["renewed"] + found["month_to_month"]
    if (found["secured"] + found["unsecured"] != found["cmrr"]).any():
        raise ArrcastError("the parts of future MRR do not add up; this is a fault of arrcast")
    return {name: found[name] for name in FUTURE_PARTS}


def _summed(amounts: Amounts, segment: Amounts, segments: int) -> Amounts:
    """Add groups up by segment, array (months, segments)."""
    total = np.zeros((segments, amounts.shape[1]), dtype=np.int64)
    np.add.at(total, segment[:, 0], amounts)
    return total.T
