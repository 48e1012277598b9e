"""The acquisition of a book of business: customers and their MRR, who stays, and what it costs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from history.language import say, say_many, spelt
from history.months import index_of, span

from ...files.fields import Amount, Number, figure
from ..reach import chosen, inside, spread
from .driver import Driver, Floats

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers


class Acquisition(Driver):
    """A book of customers is bought in a month.

    In its month `customers` come with `mrr` (or `arr` / 12), spread over the segments of `where`
    by their opening MRR; they count as new. They leave, grow and shrink like their segment's
    customers of today, but in the `churn_months` after the month their churn is multiplied by
    `churn_times`: levers `acquired_customers`, `acquired_mrr` and `acquired_churn`. All books of a
    segment share that factor in its months.

    Costs: `price` in the month, as sales, for those who come count as new: CAC is what all of them
    cost; and `integration` a month over `churn_months`, as other.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> Acquisition(customers=120, arr=108_000, churn_times=2, churn_months=6, price=150_000,
    ...             months="2027-01", where={"size": "SMB"}).label
    'book of 120 customers with 9,000 MRR bought, churn x 2 in the 6 months after, 2027-01, \
size SMB'
    """

    lever: Literal["acquisition"] = "acquisition"
    main: ClassVar[tuple[str, ...]] = ("mrr", "arr")
    less_is_better: ClassVar[tuple[str, ...]] = ("churn_times", "price", "integration")
    whole: ClassVar[tuple[str, ...]] = ("customers",)
    customers: Annotated[Number, Field(gt=0, le=1e9)]
    """Customers who come with it."""
    mrr: Annotated[Number, Field(gt=0)] | None = None
    """Their MRR, major units; or else `arr`."""
    arr: Annotated[Number, Field(gt=0)] | None = None
    """The same as ARR."""
    churn_times: Annotated[Number, Field(ge=0, le=20)] = 1.0
    """Factor on their churn in the first months: 2 is twice as many."""
    churn_months: Annotated[int, Field(strict=True, ge=0, le=60)] = 0
    """How many months after the one in which they come."""
    price: Amount = 0.0
    """Paid for the book in its month, major units."""
    integration: Amount = 0.0
    """Cost of moving it over, a month in these months, major units."""

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        found = []
        if (self.mrr is None) == (self.arr is None):
            said = "neither is given" if self.mrr is None else "both are given"
            found.append(("arr" if self.arr else "customers", f"needs mrr or arr: {said}"))
        if self.months is None or len(set(span(self.months))) != 1:
            found.append(("months" if self.months else "customers", "needs one month: 2027-01"))
        if (self.churn_times != 1 or self.integration) and not self.churn_months:
            key = "churn_times" if self.churn_times != 1 else "integration"
            found.append((key, "needs churn_months: over how many months"))
        return found

    @property
    def amount(self) -> float:
        """MRR of the book."""
        return self.mrr if self.mrr is not None else (self.arr or 0.0) / 12.0

    @property
    def effect(self) -> str:
        """What is bought, and who leaves of it."""
        mrr = figure(round(self.amount, 2))
        said = say(
            "book of {customers} customers with {mrr} MRR bought",
            customers=figure(self.customers),
            mrr=mrr,
        )
        if self.churn_times == 1:
            return said
        return say_many(
            "{book}, churn x {times} in the month after",
            "{book}, churn x {times} in the {n} months after",
            self.churn_months,
            book=said,
            times=spelt(f"{self.churn_times:g}"),
        )

    @property
    def drives(self) -> tuple[str, ...]:
        """The book, and its churn where that differs."""
        book = ("acquired_mrr", "acquired_customers")
        return book if self.churn_times == 1 else (*book, "acquired_churn")

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the book; see the class."""
        segments = chosen(self.where, forecaster)
        shares = spread(forecaster.shares("acquired_mrr"), segments)
        comes = np.outer(inside(self.months, months), shares)
        levers = levers.then("acquired_customers", plus=self.customers * comes)
        levers = levers.then("acquired_mrr", plus=self.amount * comes)
        if self.churn_times == 1:
            return levers
        early = np.outer(self._first_months(months), segments)
        return levers.then("acquired_churn", times=self.churn_times, weight=early)

    def costs(self, forecaster: "Forecaster", months: pd.PeriodIndex) -> Mapping[str, Floats]:
        """Give its price by month, as sales, and the cost of moving it over, as other."""
        del forecaster
        price = self.price * inside(self.months, months).astype(float)
        return {"sales": price, "other": self.integration * self._first_months(months)}

    def _first_months(self, months: pd.PeriodIndex) -> Floats:
        """Months after the one in which it comes, array (months,) of 0 and 1."""
        since = np.array([index_of(month) for month in months]) - index_of(str(self.months))
        return ((since >= 1) & (since <= self.churn_months)).astype(float)
