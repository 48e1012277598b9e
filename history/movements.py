"""Movements: how the MRR of one month's close became that of the next, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import months as month
from .errors import ArrcastError, unknown_name
from .money import decimals, to_major
from .segments import Segments
from .tables import Tables

__all__ = ["FLOWS", "MOVEMENTS", "Movements"]

MOVEMENTS = (
    "opening",
    "new",
    "reactivation",
    "expansion",
    "contraction",
    "churn",
    "fx",
    "closing",
)
"""All movements in the order in which they stand in every table."""

FLOWS = MOVEMENTS[1:-1]
"""The movements between opening and closing."""

_OPENING, _CLOSING = 0, len(MOVEMENTS) - 1


@dataclass(frozen=True)
class Cells:
    """Months x movements x segments: MRR (minor units), customers, sums of squared amounts."""

    mrr: npt.NDArray[np.int64]
    customers: npt.NDArray[np.int64]
    squares: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Movements:
    """MRR movements by month and segment; amounts signed, so that they add up to the closing.

    In the first month of history only the closing is known: its opening and movements are
    blank (the customers who pay then may have paid before). FX is what the opening balance in
    other currencies is worth more at the close's rates than at those of the close before; it is 0
    as long as the amounts come in one currency. Squares of the closing leave it out.

    Examples
    --------
    >>> import pandas as pd
    >>> from history import Ledger
    >>> lines = pd.DataFrame({
    ...     "customer": ["A", "A", "B"], "start_date": ["2025-01-01", "2025-03-01", "2025-02-10"],
    ...     "end_date": ["2025-03-01", None, None], "mrr": [10000, 15000, 4000]})
    >>> moves = Ledger.from_lines(lines, as_of="2025-03", currency="EUR").movements()
    >>> moves.matrix("expansion")["total"].tolist()
    [nan, 0.0, 50.0]
    >>> moves.matrix("closing")["total"].tolist()
    [100.0, 140.0, 190.0]
    """

    segments: Segments
    currency: str
    as_of: pd.Period
    months: pd.PeriodIndex
    cells: Cells
    total: Cells

    @property
    def by(self) -> tuple[str, ...]:
        """Names of the dimensions, empty without segments."""
        return self.segments.by

    @property
    def minor(self) -> pd.DataFrame:
        """One row a month, segment and movement, amounts in minor units.

        Returns
        -------
        DataFrame
            Columns month (period), the dimensions, movement, customers (Int64), mrr (Int64);
            blank in the first month but for the closing.
        """
        return self._frame(self.cells, list(self.segments.keys))

    def to_frame(self) -> pd.DataFrame:
        """Give the table as a person reads it: major units, total rows where there are segments.

        Returns
        -------
        DataFrame
            Columns month (period), the dimensions ("total" in the total rows), movement,
            customers (Int64), mrr (float64, signed).
        """
        frame = self.minor
        if self.by:
            total = self._frame(self.total, [("total",) * len(self.by)])
            frame = pd.concat([frame, total]).sort_values("month", kind="stable")
        return frame.assign(mrr=to_major(frame["mrr"], self.currency)).reset_index(drop=True)

    def matrix(
        self, movement: str, value: Literal["mrr", "customers", "squares"] = "mrr"
    ) -> pd.DataFrame:
        """Give one movement as months x segments.

        Parameters
        ----------
        movement
            One of :data:`MOVEMENTS`.
        value
            "mrr" in major units, "customers", or "squares": the sum of the squared amounts of
            the customers, in squared major units (for the dispersion of sizes).

        Returns
        -------
        DataFrame
            float64; index months, columns the labels of the segments; NaN where blank.
        """
        if movement not in MOVEMENTS:
            raise unknown_name("movement", movement, MOVEMENTS)
        at = MOVEMENTS.index(movement)
        if value == "mrr":
            cells = to_major(self.cells.mrr[:, at], self.currency)
        elif value == "customers":
            cells = self.cells.customers[:, at].astype(np.float64)
        elif value == "squares":
            cells = self.cells.squares[:, at] / 10.0 ** (2 * decimals(self.currency))
        else:
            raise unknown_name("value", value, ["mrr", "customers", "squares"])
        if at != _CLOSING:
            cells = cells.copy()
            cells[0] = np.nan
        return pd.DataFrame(
            cells,
            index=self.months.rename("month"),
            columns=pd.Index(self.segments.labels, name="segment"),
        )

    def closing_minor(self, of: pd.Period) -> int:
        """Total closing MRR of a month in minor units; 0 before the first month of history."""
        at = month.index_of(of) - month.index_of(self.months[0])
        return int(self.total.mrr[at, _CLOSING, 0]) if at >= 0 else 0

    def verify(self) -> None:
        """Check every identity to the minor unit.

        Raises
        ------
        ArrcastError
            Opening + movements is not closing, a closing is not the next opening, or segments
            do not add up to the total; the message names the month.
        """
        for cells in (self.cells, self.total):
            flows = cells.mrr[:, 1:_CLOSING].sum(axis=1)
            self._refuse(cells.mrr[:, _OPENING] + flows != cells.mrr[:, _CLOSING], "add up")
            self._refuse(cells.mrr[1:, _OPENING] != cells.mrr[:-1, _CLOSING], "follow on")
        self._refuse(self.cells.mrr.sum(axis=2) != self.total.mrr[:, :, 0], "sum over segments")
        counts = self.total.customers[:, :, 0]
        arrived = counts[:, MOVEMENTS.index("new")] + counts[:, MOVEMENTS.index("reactivation")]
        closing = counts[:, _OPENING] + arrived - counts[:, MOVEMENTS.index("churn")]
        self._refuse(closing != counts[:, _CLOSING], "add up in customers")

    def _refuse(self, broken: npt.NDArray[np.bool_], what: str) -> None:
        # The first month has no opening and no movements, so nothing can be said about it.
        where = np.argwhere(broken)[:, 0]
        where += len(self.months) - len(broken)
        if where.max(initial=0) > 0:
            at = self.months[int(where[where > 0].min())]
            raise ArrcastError(f"the movements of {at} do not {what}; this is a fault of arrcast")

    def _frame(self, cells: Cells, keys: list[tuple[str, ...]]) -> pd.DataFrame:
        count, moves, segments = len(self.months), len(MOVEMENTS), len(keys)
        shape = (count, segments, moves)
        frame = pd.DataFrame({"month": self.months.repeat(segments * moves)})
        for at, name in enumerate(self.by):
            values = np.repeat(np.array([key[at] for key in keys], dtype=object), moves)
            frame[name] = np.tile(values, count)
        frame["movement"] = np.tile(np.array(MOVEMENTS, dtype=object), count * segments)
        blank = np.zeros(shape, dtype=np.bool_)
        blank[0, :, :_CLOSING] = True
        for name, values in (("customers", cells.customers), ("mrr", cells.mrr)):
            flat = values.transpose(0, 2, 1).reshape(-1)
            frame[name] = pd.array(flat, dtype="Int64")
            frame.loc[blank.reshape(-1), name] = pd.NA
        return frame


def movements_of(tables: Tables, by: tuple[str, ...], currency: str) -> Movements:
    """Compute the movements of a ledger's tables by these dimensions."""
    total = tables.answer(movements_of, (), currency).cells if by else None
    segments = tables.use(by)
    cells = _cells(tables, segments)
    return Movements(
        segments=segments,
        currency=currency,
        as_of=month.period(tables.as_of),
        months=month.periods(range(tables.first_month, tables.as_of + 1)),
        cells=cells,
        total=cells if total is None else total,
    )


def _cells(tables: Tables, segments: Segments) -> Cells:
    moves = tables.run("movements")
    levels = moves.assign(
        movement="closing", customers=moves["level_customers"], squares=moves["level_squares"]
    )
    frame = pd.concat([moves[moves["month"] > tables.first_month], levels], ignore_index=True)
    if (revalued := tables.revaluation()) is not None:
        frame = pd.concat([frame, *_fx(revalued, tables.first_month)], ignore_index=True)
    if tables.same_month:
        frame = pd.concat([frame, *_visits(tables)], ignore_index=True)
    count = tables.as_of - tables.first_month + 1
    # Changes before the first month (credits without a paying line) belong to its closing.
    row = np.maximum(frame["month"].to_numpy() - tables.first_month, 0)
    movement = frame["movement"].map({name: i for i, name in enumerate(MOVEMENTS)})
    at = (row, movement.to_numpy(dtype=np.int64), frame["segment"].to_numpy(dtype=np.int64))
    shape = (count, len(MOVEMENTS), len(segments))
    mrr = np.zeros(shape, dtype=np.int64)
    customers = np.zeros(shape, dtype=np.int64)
    squares = np.zeros(shape, dtype=np.float64)
    np.add.at(mrr, at, frame["mrr"].to_numpy(dtype=np.int64))
    np.add.at(customers, at, frame["customers"].to_numpy(dtype=np.int64))
    np.add.at(squares, at, frame["squares"].to_numpy(dtype=np.float64))
    for cells in (mrr, customers, squares):
        cells[:, _CLOSING] = cells[:, _CLOSING].cumsum(axis=0)
        cells[1:, _OPENING] = cells[:-1, _CLOSING]
    return Cells(mrr, customers, squares)


def customer_movements_of(tables: Tables) -> pd.DataFrame:
    """Give every movement of every customer, minor units.

    Columns customer, month (period), movement, opening, mrr, closing; sorted. In the first month
    the movements are openings, called "first". In a month in which rates moved a customer's
    balance, its FX stands before its other movement.
    """
    frame = _customer_movements(tables)
    later = frame["month"] > tables.first_month
    return frame.assign(
        movement=frame["movement"].where(later, "first"), month=month.periods(frame["month"])
    )


def _customer_movements(tables: Tables) -> pd.DataFrame:
    tables.use(())
    frame = tables.engine.frame(
        "SELECT c.customer, m.month, m.movement, m.before AS opening,"
        " m.after - m.before AS mrr, m.after AS closing FROM moves AS m"
        " INNER JOIN customers AS c ON m.customer_id = c.customer_id"
        " WHERE m.after <> m.before ORDER BY c.customer, m.month"
    )
    if (fx := tables.customer_revaluation()) is None:
        return frame
    both = pd.concat([fx.assign(movement="fx"), frame], ignore_index=True)
    both = both.sort_values(["customer", "month"], kind="stable", ignore_index=True)
    both["closing"] = both.groupby("customer")["mrr"].cumsum()
    both["opening"] = both["closing"] - both["mrr"]
    return both[frame.columns]


def _fx(revalued: pd.DataFrame, first: int) -> list[pd.DataFrame]:
    """Give FX as a movement, and as what it adds to the level of MRR (and to no other)."""
    flows = revalued[revalued["month"] > first].assign(movement="fx", squares=0.0)
    return [flows, revalued.assign(movement="closing", customers=0, squares=0.0)]


def _visits(tables: Tables) -> list[pd.DataFrame]:
    visits = tables.run("visits", first=tables.first_month)
    arrivals = visits.rename(columns={"visit": "movement"})
    churned = arrivals.assign(movement="churn", mrr=-arrivals["mrr"])
    return [arrivals, churned]
