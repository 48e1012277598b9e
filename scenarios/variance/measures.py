"""Measures: the planned and the actual figure behind a driver, such as customers or a rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from history.money import to_major

from ..plans.figures import Floats, Ints, with_company
from .books import Books
from .lines import Driver

Measure = tuple[Floats, Floats, str]
"""Planned and actual figure in each segment and the company, and their unit."""

SHARE, BESIDE = "share", "x average"


@dataclass(frozen=True, eq=False)
class Measures:
    """The figures behind the drivers of some months.

    Attributes
    ----------
    planned, actual, reasons, currency
        Of the variance.
    within
        The months.
    """

    planned: Books
    actual: Books
    reasons: tuple[str, ...]
    currency: str
    within: slice

    def of(self, driver: Driver) -> Measure:
        """Give the planned and the actual figure of a driver, and their unit.

        Returns
        -------
        Measure
            Volume: customers won. Price: MRR of each, in the currency. Exposure: opening MRR, the
            average of the months. Rates: a share a month, of the opening MRR, or of the customers
            where the plan counts those who leave (segments weighted by their MRR). Size: MRR of a
            customer lost by that of the average one. A movement that is not split: itself. Mix and
            rounding: nothing.
        """
        name, part = driver
        if part == "mix" or name == "rounding":
            nothing = np.full(self.planned.openings.shape[1] + 1, np.nan)
            return nothing, nothing, ""
        if part == "volume":
            return self._both(lambda books: _total(books.won[self.within]), "customers")
        if part == "price":
            return self._both(self._price, self.currency)
        if part == "exposure":
            return self._both(
                lambda books: self._opening(books) / len(books.openings[self.within]), self.currency
            )
        if name == "churn":
            return self._of_churn(*part.rpartition(" ")[::2])
        if part == "rate":
            return self._both(
                lambda books: _ratio(np.abs(self._mrr(books.movement(name))), self._opening(books)),
                SHARE,
            )
        return self._both(lambda books: self._mrr(books.movement(name)), self.currency)

    def _price(self, books: Books) -> Floats:
        return _ratio(self._mrr(books.movement("new")), _total(books.won[self.within]))

    def _of_churn(self, reason: str, part: str) -> Measure:
        at = self.reasons.index(reason)

        def of_mrr(books: Books) -> Floats:
            return _ratio(np.abs(self._mrr(books.churn[:, at])), self._opening(books))

        def rate(books: Books) -> Floats:
            if not self.planned.counts_leavers:
                return of_mrr(books)
            lost, customers = books.lost[self.within, at], books.customers[self.within]
            shares = _ratio(lost, customers, otherwise=0.0)
            base = books.openings[self.within]
            return _ratio(_total(base * shares), _total(base))

        if part == "size":
            return self._both(lambda books: _ratio(of_mrr(books), rate(books)), BESIDE)
        return self._both(rate, SHARE)

    def _both(self, figure: Callable[[Books], Floats], unit: str) -> Measure:
        return figure(self.planned), figure(self.actual), unit

    def _opening(self, books: Books) -> Floats:
        return self._mrr(books.openings)

    def _mrr(self, values: Ints) -> Floats:
        return np.asarray(to_major(_total(values[self.within]), self.currency))


def _total(values: NDArray[Any]) -> NDArray[Any]:
    """Give sums over the months, (segments and the company,)."""
    return with_company(values.sum(axis=0))


def _ratio(part: Floats, whole: Floats, otherwise: float = np.nan) -> Floats:
    """Divide where there is something to divide by."""
    found = np.full(np.shape(whole), otherwise)
    np.divide(part, whole, out=found, where=np.asarray(whole > 0))
    return found
