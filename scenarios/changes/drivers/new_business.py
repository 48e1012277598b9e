"""Drivers of new business: referrals, season, discounts and list prices of new customers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from history.language import marked, say, spelt

from ...files.fields import Amount, Number, Share, TwelveFactors, figure, percent
from ..reach import weight
from .driver import Driver, Floats, expected

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers

LONGEST_RAMP = 120
_CLOSE = 1e-9


class Referral(Driver):
    """Customers bring customers.

    `new_customers` rises by `rate` x the customers expected at the month's opening, in the segment
    of those who refer; customers who were referred refer in their turn, so it compounds. What is
    forecast may hold referrals already: the rate is what comes on top.

    Costs: `reward` x the customers referred, as marketing.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> Referral(rate=0.004, reward=50, months="2026-10/").label
    'each customer refers 0.004 new ones a month, 50 for each, from 2026-10 on'
    """

    lever: Literal["referral"] = "referral"
    main: ClassVar[tuple[str, ...]] = ("rate",)
    rate: Annotated[Number, Field(ge=0, le=1)]
    """New customers for each existing one and month."""
    reward: Amount = 0.0
    """Paid for each customer referred, major units."""
    ramp: Annotated[int, Field(strict=True, ge=0, le=LONGEST_RAMP)] | None = None
    """Months over which it phases in."""

    @property
    def effect(self) -> str:
        """The rate and the reward."""
        rate = spelt(f"{self.rate:g}")
        if self.reward:
            return say(
                "each customer refers {rate} new ones a month, {reward} for each",
                rate=rate,
                reward=figure(self.reward),
            )
        return say("each customer refers {rate} new ones a month", rate=rate)

    @property
    def drives(self) -> tuple[str, ...]:
        """New customers."""
        return ("new_customers",)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the customers referred; see the class."""
        in_force = weight(self, forecaster, months)
        if not self.rate:
            return levers
        referred = self._referred(levers, forecaster, months, in_force)
        return levers.then("new_customers", plus=referred)

    def costs(self, forecaster: "Forecaster", months: pd.PeriodIndex) -> Mapping[str, Floats]:
        """Give the rewards by month, as marketing, on the forecast without other changes."""
        from forecast.levers import Levers

        if not (self.rate and self.reward):
            return {}
        in_force = weight(self, forecaster, months)
        referred = self._referred(Levers.none(), forecaster, months, in_force)
        return {"marketing": self.reward * referred.sum(axis=1)}

    def _referred(
        self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex, in_force: Floats
    ) -> Floats:
        """Give customers referred by month and segment, by referred ones as well."""
        referred = np.zeros_like(in_force)
        # A month's number rests on earlier months alone: it is right after as many rounds.
        for _ in months:
            with_them = levers.then("new_customers", plus=referred)
            customers = expected(with_them, forecaster, months).customers
            found = self.rate * customers * in_force
            if np.abs(found - referred).max() <= _CLOSE * max(1.0, found.max()):
                return found
            referred = found
        return referred


class Seasonality(Driver):
    """New business gets a season, on top of what the forecast has.

    `new_customers` of a calendar month is multiplied by its factor.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> Seasonality(factors=(1.2,) * 6 + (0.8,) * 6).effect
    'season of new customers, 0.8 in July to 1.2 in January'
    """

    lever: Literal["seasonality"] = "seasonality"
    factors: TwelveFactors
    """January to December; they average 1."""

    @property
    def effect(self) -> str:
        """The lowest and the highest month."""
        low, high = np.argmin(self.factors), np.argmax(self.factors)
        return say(
            "season of new customers, {low} in {low_month} to {high} in {high_month}",
            low=spelt(f"{self.factors[low]:g}"),
            low_month=say(_MONTHS[low]),
            high=spelt(f"{self.factors[high]:g}"),
            high_month=say(_MONTHS[high]),
        )

    @property
    def drives(self) -> tuple[str, ...]:
        """New customers."""
        return ("new_customers",)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with each month's factor; see the class."""
        in_force = weight(self, forecaster, months)
        factor = np.array(self.factors)[months.month - 1][:, None]
        return levers.then("new_customers", times=factor, weight=in_force)


_MONTHS = (
    marked("January"),
    marked("February"),
    marked("March"),
    marked("April"),
    marked("May"),
    marked("June"),
    marked("July"),
    marked("August"),
    marked("September"),
    marked("October"),
    marked("November"),
    marked("December"),
)


class _NewPrice(Driver):
    """Another price for a share of new business, and what it does to their number."""

    elasticity: Annotated[Number, Field(ge=0, le=5)] = 0.0
    """Price elasticity of demand: 1.5 is 1.5 % fewer new customers for a price 1 % higher."""

    @property
    def drives(self) -> tuple[str, ...]:
        """What new customers pay, and how many they are."""
        return ("new_arpa", "new_customers") if self.elasticity else ("new_arpa",)

    def _at(self, levers: "Levers", price: float, share: float, in_force: Floats) -> "Levers":
        """Give the levers with a share of the deals at a price, 1 = as forecast."""
        if price == 1.0 or share == 0.0:
            return levers
        volume = price**-self.elasticity
        number = 1.0 + share * (volume - 1.0)
        paid = (1.0 + share * (volume * price - 1.0)) / number
        if self.elasticity:
            levers = levers.then("new_customers", times=number, weight=in_force)
        return levers.then("new_arpa", times=paid, weight=in_force)

    def _volume(self) -> str:
        if not self.elasticity:
            return ""
        return say(", elasticity {elasticity}", elasticity=spelt(f"{self.elasticity:g}"))


class Discount(_NewPrice):
    """New business is sold at a discount.

    Of the deals a `share` b gets the discount d: their price is p = 1 - d of the forecast's and
    their number p ** -`elasticity` as high. So `new_customers` is multiplied by
    n = 1 - b + b p ** -e, and `new_arpa` by (1 - b + b p ** (1 - e)) / n.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> Discount(discount=0.1, share=0.5, elasticity=1.2, months="2026-11").label
    '10 % discount on 50 % of new business, elasticity 1.2, 2026-11'
    """

    lever: Literal["discount"] = "discount"
    main: ClassVar[tuple[str, ...]] = ("discount",)
    less_is_better: ClassVar[tuple[str, ...]] = ("discount", "share")
    discount: Annotated[Share, Field(le=0.95)]
    """Relative discount: 0.10 is 10 % off what new customers pay today."""
    share: Share = 1.0
    """Share of the deals that gets it."""

    @property
    def effect(self) -> str:
        """The discount and its share."""
        told = {"discount": percent(self.discount), "volume": self._volume()}
        if self.share == 1:
            return say("{discount} discount on new business{volume}", **told)
        return say(
            "{discount} discount on {share} of new business{volume}",
            share=percent(self.share),
            **told,
        )

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the discount; see the class."""
        in_force = weight(self, forecaster, months)
        return self._at(levers, 1.0 - self.discount, self.share, in_force)


class ListPrice(_NewPrice):
    """The list price of new business changes.

    `new_arpa` is multiplied by 1 + u, `new_customers` by (1 + u) ** -`elasticity`, the constant
    elasticity of demand. Customers who are here keep their price: theirs is `price_rise`.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> ListPrice(uplift=0.08, elasticity=0.6, months="2027-01/").label
    'list price +8 % for new business, elasticity 0.6, from 2027-01 on'
    """

    lever: Literal["list_price"] = "list_price"
    main: ClassVar[tuple[str, ...]] = ("uplift",)
    less_is_better: ClassVar[tuple[str, ...]] = ("elasticity",)
    uplift: Annotated[Number, Field(ge=-0.95, le=5)]
    """Relative change: 0.08 is 8 % more."""

    @property
    def effect(self) -> str:
        """The change of the price."""
        sign = "+" if self.uplift >= 0 else ""
        return say(
            "list price {uplift} for new business{volume}",
            uplift=f"{sign}{percent(self.uplift)}",
            volume=self._volume(),
        )

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the new price; see the class."""
        return self._at(levers, 1.0 + self.uplift, 1.0, weight(self, forecaster, months))
