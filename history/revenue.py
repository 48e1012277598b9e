"""Revenue of a ledger of invoices: invoiced, recognised by service days, deferred, unbilled."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import months as month
from .errors import ArrcastError
from .money import to_major
from .segments import Segments

__all__ = ["KINDS", "MEASURES", "RevenueSchedule"]

KINDS = ("recurring", "one_off", "credit")
"""What earns: subscriptions (prorations among them), what is paid once, credit notes."""

MEASURES = (
    "deferred_opening",
    "invoiced",
    "recognised",
    "unbilled_change",
    "deferred_closing",
    "current",
    "non_current",
    "unbilled",
)
"""``deferred_opening + invoiced - recognised + unbilled_change = deferred_closing``, of which
current is earned within twelve months; unbilled is earned and not yet invoiced (contract asset)."""

Minor = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RevenueSchedule:
    """Revenue by month, segment and kind, exact; a line's revenue follows its service days.

    What a line has earned at a close is ``amount x days served / all days``, rounded half-even to
    the minor unit once per line and close; a month's revenue is the difference of two closes, so
    that a line's months add up to its amount, and segments to the total. Invoices dated after
    ``as_of`` are unknown; the deferred revenue of invoices before the source's first is missing.

    Parameters
    ----------
    segments
        The segments.
    currency
        Reporting currency.
    as_of
        The last month.
    months
        Every month from the first invoice or service day to ``as_of``.
    cells
        Measure -> minor units, shape (months, kinds, segments), in the order of `KINDS`.
    refunds
        Money paid back: no revenue, for the reconciliation; shape (months, segments).
    ahead
        What of the deferred revenue at ``as_of`` is earned in each of the next twelve months;
        shape (12, kinds, segments).

    Examples
    --------
    EUR 1,200 for the year 2025:

    >>> from history import Ledger
    >>> invoices = pd.DataFrame({
    ...     "invoice_id": ["I1"], "customer_id": ["A"], "start": ["2025-01-01"],
    ...     "end": ["2026-01-01"], "amount": ["1200.00"], "currency": ["EUR"]})
    >>> schedule = Ledger.read(invoices, as_of="2025-02").revenue()
    >>> schedule.to_frame()[["invoiced", "recognised", "deferred_closing"]].iloc[0].tolist()
    [1200.0, 101.92, 1098.08]
    >>> schedule.to_frame()["deferred_opening"].tolist()
    [0.0, 1098.08]
    """

    segments: Segments
    currency: str
    as_of: pd.Period
    months: pd.PeriodIndex
    cells: dict[str, Minor] = field(repr=False)
    refunds: Minor = field(repr=False)
    ahead: Minor = field(repr=False)

    @property
    def by(self) -> tuple[str, ...]:
        """The dimensions of the segments."""
        return self.segments.by

    def minor(self, *, by_kind: bool = False) -> pd.DataFrame:
        """Give one row a month, segment (and kind), in minor units.

        Returns
        -------
        DataFrame
            Columns month (period), the dimensions, kind (with `by_kind`), `MEASURES` and, without
            `by_kind`, refunded (Int64). With dimensions the total comes first in each month.
        """
        keys = list(self.segments.keys)
        if self.by:
            keys.insert(0, ("total",) * len(self.by))
        kinds = KINDS if by_kind else ("",)
        frame = pd.DataFrame({"month": self.months.repeat(len(keys) * len(kinds))})
        for at, name in enumerate(self.by):
            values = np.repeat(np.array([key[at] for key in keys], dtype=object), len(kinds))
            frame[name] = np.tile(values, len(self.months))
        if by_kind:
            frame["kind"] = np.tile(np.array(KINDS, dtype=object), len(self.months) * len(keys))
        for name, values in self.cells.items():
            frame[name] = self._flat(values, by_kind=by_kind)
        if not by_kind:
            frame["refunded"] = self._flat(self.refunds[:, None, :], by_kind=False)
        return frame

    def _flat(self, values: Minor, *, by_kind: bool) -> pd.api.extensions.ExtensionArray:
        if not by_kind:
            values = values.sum(axis=1, keepdims=True)
        if self.by:
            values = np.concatenate([values.sum(axis=2, keepdims=True), values], axis=2)
        return pd.array(values.transpose(0, 2, 1).reshape(-1), dtype="Int64")

    def to_frame(self, *, by_kind: bool = False) -> pd.DataFrame:
        """Give `minor` in major units (float64)."""
        frame = self.minor(by_kind=by_kind)
        money = [name for name in (*MEASURES, "refunded") if name in frame]
        return frame.assign(**{name: to_major(frame[name], self.currency) for name in money})

    def release(self) -> pd.DataFrame:
        """Give the months in which the deferred revenue of ``as_of`` will be earned.

        Returns
        -------
        DataFrame
            Columns month ("YYYY-MM" of the next twelve, then "later"), the dimensions (total
            first), recognised (major units). The rows of a segment add up to its deferred revenue.
        """
        later = self.cells["non_current"][-1][None]
        values = np.concatenate([self.ahead, later]).sum(axis=1)
        keys = list(self.segments.keys)
        if self.by:
            keys.insert(0, ("total",) * len(self.by))
            values = np.concatenate([values.sum(axis=1, keepdims=True), values], axis=1)
        last = month.index_of(self.as_of)
        names = [month.text(last + 1 + i) for i in range(len(self.ahead))] + ["later"]
        frame = pd.DataFrame({"month": np.repeat(np.array(names, dtype=object), len(keys))})
        for at, name in enumerate(self.by):
            frame[name] = [key[at] for key in keys] * len(names)
        return frame.assign(recognised=to_major(values.reshape(-1), self.currency))

    def recognised_minor(self, of: pd.Period) -> int:
        """Recognised revenue of a month in minor units; 0 before the first month."""
        return self._total("recognised", of)

    def refunded_minor(self, of: pd.Period) -> int:
        """Money paid back in a month, in minor units."""
        at = month.index_of(of) - month.index_of(self.months[0])
        return int(self.refunds[at].sum()) if at >= 0 else 0

    def _total(self, measure: str, of: pd.Period) -> int:
        at = month.index_of(of) - month.index_of(self.months[0])
        return int(self.cells[measure][at].sum()) if at >= 0 else 0

    def verify(self) -> None:
        """Check every identity to the minor unit.

        Raises
        ------
        ArrcastError
            The movement of deferred revenue does not add up, or what is to be released is not
            what is deferred.
        """
        cells = self.cells
        moved = cells["deferred_opening"] + cells["invoiced"] - cells["recognised"]
        sound = (
            (moved + cells["unbilled_change"] == cells["deferred_closing"]).all()
            and (cells["current"] + cells["non_current"] == cells["deferred_closing"]).all()
            and (cells["deferred_opening"][1:] == cells["deferred_closing"][:-1]).all()
            and (self.ahead.sum(axis=0) == cells["current"][-1]).all()
        )
        if not sound:
            raise ArrcastError("deferred revenue does not add up; this is a fault of arrcast")
