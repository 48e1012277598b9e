"""What the forecast reads of a history: movements as plain arrays, months x segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from history import Movements

Floats = NDArray[np.float64]

Value = Literal["mrr", "customers", "squares"]

_FLOWS = ("new", "reactivation", "expansion", "contraction", "churn")


@dataclass(frozen=True, eq=False)
class Record:
    """A history in arrays (months, segments), MRR in major units, signed as in the movements.

    The first month of history has no movements; it is left out, and its closing is the first
    opening.

    Attributes
    ----------
    months : PeriodIndex
        Months with movements, oldest first.
    opening, closing : array (months, segments)
        MRR at the closes before and of each month.
    mrr, customers, squares : mapping of movement to array (months, segments)
        Amounts, customers concerned, and sums of squared amounts of customers.
    first_customers : array (segments,)
        Customers paying in the first month of history.
    """

    months: pd.PeriodIndex
    opening: Floats
    closing: Floats
    mrr: Mapping[str, Floats]
    customers: Mapping[str, Floats]
    squares: Mapping[str, Floats]
    first_customers: Floats

    @classmethod
    def of(cls, movements: Movements) -> Record:
        """Take over a table of movements."""

        def matrix(name: str, value: Value) -> Floats:
            frame = movements.matrix(name, value)
            return np.asarray(np.nan_to_num(frame.to_numpy(dtype=float)))

        closing = matrix("closing", "mrr")
        return cls(
            months=movements.months[1:],
            opening=closing[:-1],
            closing=closing[1:],
            mrr={name: matrix(name, "mrr")[1:] for name in _FLOWS},
            customers={name: matrix(name, "customers")[1:] for name in _FLOWS},
            squares={name: matrix(name, "squares")[1:] for name in _FLOWS},
            first_customers=matrix("closing", "customers")[0],
        )

    @property
    def calendar(self) -> NDArray[np.int64]:
        """0 for January to 11 for December, array (months,)."""
        return np.asarray(self.months.month, dtype=np.int64) - 1

    @property
    def total(self) -> Floats:
        """Closing MRR of the company, array (months + 1,), the first month of history first."""
        return np.concatenate([self.opening[:1].sum(axis=1), self.closing.sum(axis=1)])

    def flow(self, name: str) -> Floats:
        """One movement of the company's MRR, signed, array (months,)."""
        return np.asarray(self.mrr[name].sum(axis=1))

    def lapsed(self, memory: float) -> Floats:
        """Give customers who had left, at each close, array (months + 1, segments).

        Of those lapsed and not returned, the share `memory` is still counted a month later.
        """
        pool = np.zeros((len(self.months) + 1, self.closing.shape[1]))
        for t in range(len(self.months)):
            kept = np.maximum(pool[t] - self.customers["reactivation"][t], 0.0)
            pool[t + 1] = memory * kept + self.customers["churn"][t]
        return pool


def summed(segment: NDArray[np.int64], values: Floats, segments: int) -> Floats:
    """Give sums of values by segment, array (segments,)."""
    total = np.zeros(segments)
    np.add.at(total, segment, values)
    return total
