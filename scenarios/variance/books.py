"""Books: one side of a variance, the plan or the actuals, by month and segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..plans.figures import Floats, Ints
from .lines import ACTUAL_MOVEMENTS, NET


@dataclass(frozen=True, eq=False)
class Books:
    """Movements of MRR in whole minor units, and the customers behind them.

    Attributes
    ----------
    opening
        MRR before the first month, (segments,).
    flows
        (months, movements, segments), movements in the order of `ACTUAL_MOVEMENTS`.
    customers
        Paying at the opening of each month, (months, segments); NaN where nobody counted.
    won
        New customers, (months, segments); NaN likewise.
    churn
        Churned MRR by reason, signed, (months, reasons, segments); adds up to the movement.
    lost
        Customers churned by reason, (months, reasons, segments); NaN where nobody counted.
    """

    opening: Ints
    flows: Ints
    customers: Floats
    won: Floats
    churn: Ints
    lost: Floats

    def movement(self, name: str) -> Ints:
        """One movement, or all of them together (`NET`), (months, segments)."""
        if name == NET:
            return np.asarray(self.flows.sum(axis=1))
        return self.flows[:, ACTUAL_MOVEMENTS.index(name)]

    @cached_property
    def closings(self) -> Ints:
        """MRR at each close, (months, segments)."""
        return np.asarray(self.opening + np.cumsum(self.flows.sum(axis=1), axis=0))

    @cached_property
    def openings(self) -> Ints:
        """MRR at each month's opening, (months, segments)."""
        return np.vstack([self.opening[None, :], self.closings[:-1]])

    @property
    def counts_leavers(self) -> bool:
        """Whether churn can be told in customers: those who leave, and those who were there."""
        return bool(np.nansum(self.lost) > 0) and not bool(np.isnan(self.customers).any())

    def placed(self, to: Sequence[int], segments: int) -> Books:
        """Give the same in a longer list of segments, at these positions; the others have none."""

        def wide(values: NDArray[Any]) -> NDArray[Any]:
            found = np.zeros((*values.shape[:-1], segments), dtype=values.dtype)
            found[..., list(to)] = values
            return found

        return Books(**{each.name: wide(getattr(self, each.name)) for each in fields(self)})

    def chosen(self, at: Sequence[int]) -> Books:
        """Give the same of some segments."""
        return Books(
            **{each.name: getattr(self, each.name)[..., list(at)] for each in fields(self)}
        )

    def followed_by(self, later: Books) -> Books:
        """Give these months and, after them, those of `later`."""
        pairs = {
            name: np.concatenate([getattr(self, name), getattr(later, name)])
            for name in ("flows", "customers", "won", "churn", "lost")
        }
        return Books(opening=self.opening, **pairs)
