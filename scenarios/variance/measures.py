"""Measures: the planned and the actual figure behind a driver, such as customers or a rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from history.money import to_major

from ..figures import Floats, Ints
from .books import Books
from .lines import Driver

Measure = tuple[float, float, str]
"""Planned and actual figure, and their unit."""

NONE: Measure = (np.nan, np.nan, "")
SHARE, BESIDE = "share", "x average"


@dataclass(frozen=True, eq=False)
class Measures:
    """The figures behind the drivers of some months and segments.

    Attributes
    ----------
    planned, actual, reasons, currency
        Of the variance.
    within
        The months.
    columns
        Positions of the segments that are put together.
    """

    planned: Books
    actual: Books
    reasons: tuple[str, ...]
    currency: str
    within: slice
    columns: list[int]

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
            return NONE
        if part == "volume":
            return self._both(self._won, "customers")
        if part == "price":
            return self._both(
                lambda books: _ratio(self._mrr(books.movement(name)), self._won(books)),
                self.currency,
            )
        if part == "exposure":
            return self._both(
                lambda books: self._mrr(books.openings) / len(books.openings[self.within]),
                self.currency,
            )
        if name == "churn":
            return self._of_churn(*part.rpartition(" ")[::2])
        if part == "rate":
            return self._both(
                lambda books: _ratio(
                    abs(self._mrr(books.movement(name))), self._mrr(books.openings)
                ),
                SHARE,
            )
        return self._both(lambda books: self._mrr(books.movement(name)), self.currency)

    def _of_churn(self, reason: str, part: str) -> Measure:
        at = self.reasons.index(reason)
        counted = bool(np.nansum(self.planned.lost) > 0)

        def of_mrr(books: Books) -> float:
            return _ratio(abs(self._mrr(books.churn[:, at])), self._mrr(books.openings))

        def rate(books: Books) -> float:
            if not counted:
                return of_mrr(books)
            some = books.customers > 0
            shares = np.divide(books.lost[:, at], books.customers, where=some, out=1.0 * some)
            return _ratio(self._sum(books.openings * shares), self._sum(books.openings))

        if part == "size":
            return self._both(lambda books: _ratio(of_mrr(books), rate(books)), BESIDE)
        return self._both(rate, SHARE)

    def _both(self, figure: Callable[[Books], float], unit: str) -> Measure:
        return figure(self.planned), figure(self.actual), unit

    def _won(self, books: Books) -> float:
        return self._sum(books.won)

    def _sum(self, values: Ints | Floats) -> float:
        return float(values[self.within][:, self.columns].sum())

    def _mrr(self, values: Ints) -> float:
        return float(to_major(int(values[self.within][:, self.columns].sum()), self.currency))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else np.nan
