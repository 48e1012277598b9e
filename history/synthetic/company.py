"""The parameters of a made-up subscription company: what is known to be true about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..months import index_of

if TYPE_CHECKING:
    from .simulated import Simulated

Shares = tuple[tuple[str, float], ...]
"""Names with weights; the weights need not add up to one."""

FLAT: Final = (1.0,) * 12
"""A season without a season: one factor for each calendar month, January first."""


@dataclass(frozen=True)
class NewBusiness:
    """How many customers start per month: a fading trend times a season.

    The mean in month t (0 = the company's first month) is
    `level * exp(growth * fade * (1 - exp(-t / fade))) * season[calendar month]`, times the
    factors of the events that cover the month. Counts are drawn around the mean with variance
    `mean + dispersion * mean**2` (negative binomial).

    Attributes
    ----------
    level
        New customers per month at the start.
    growth
        Growth of the mean per month at the start (log), which fades with `fade` (months).
    season
        Twelve factors, January first.
    dispersion
        0 is Poisson; above it months are lumpier.
    lead_days
        A customer signs up to so many days before the first service day (0 to 60).
    """

    level: float
    growth: float = 0.0
    fade: float = 24.0
    season: tuple[float, ...] = FLAT
    dispersion: float = 0.0
    lead_days: int = 0

    def mean(self, month: int, first_month: int) -> float:
        """Return the mean number of customers that start in `month` (both are month integers)."""
        elapsed = month - first_month
        trend = self.growth * self.fade * (1.0 - math.exp(-elapsed / self.fade))
        return self.level * math.exp(trend) * self.season[month % 12]


@dataclass(frozen=True)
class Usage:
    """How paying customers change what they buy, as probabilities per month.

    Attributes
    ----------
    expansion, expansion_size
        Probability that seats are added in a month, and the mean share of seats added.
    expansion_late, expansion_fade
        The probability falls from `expansion` to `expansion_late` times it, with this time
        constant in months since the customer came: young customers roll out.
    contraction, contraction_size
        Probability that seats are given back, and the largest share given back (the share is
        uniform from 0; at least one seat stays). Contracts can shrink only when they renew.
    upgrade, downgrade
        Probability of moving one plan up or down.
    """

    expansion: float = 0.02
    expansion_size: float = 0.25
    expansion_late: float = 1.0
    expansion_fade: float = 12.0
    contraction: float = 0.006
    contraction_size: float = 0.5
    upgrade: float = 0.0
    downgrade: float = 0.0

    def expansion_at(self, age: int) -> float:
        """Return the probability that a customer `age` months old adds seats in a month."""
        late = self.expansion_late
        return self.expansion * (late + (1.0 - late) * math.exp(-age / self.expansion_fade))


@dataclass(frozen=True)
class Leaving:
    """Why and when customers stop paying.

    Attributes
    ----------
    monthly
        Alpha and beta of the beta distribution from which each monthly customer draws his own
        constant hazard of leaving per month, so the hazard of a cohort falls with age:
        alpha / (alpha + beta + age - 1) (Fader and Hardie 2007, equation 6).
    renewal
        Alpha and beta of the probability not to renew a contract, drawn once per customer.
    payment_failure, recovery
        Probability per month that a payment fails, and that it is repaired within a month; else
        the customer is lost (involuntary churn).
    win_back, win_back_months
        Probability per month that a customer lost on purpose returns, during so many months.
    repaired, repaired_months
        The same for customers lost by a failed payment.
    pause
        Probability per month that a monthly customer pauses for one to three months.
    season
        Twelve factors on the voluntary hazard by calendar month, January first.
    """

    monthly: tuple[float, float] = (1.0, 30.0)
    renewal: tuple[float, float] = (1.0, 8.0)
    payment_failure: float = 0.0
    recovery: float = 0.6
    win_back: float = 0.0
    win_back_months: int = 18
    repaired: float = 0.0
    repaired_months: int = 4
    pause: float = 0.0
    season: tuple[float, ...] = FLAT

    @property
    def involuntary(self) -> float:
        """Probability per month to be lost by a failed payment (share 0-1)."""
        return self.payment_failure * (1.0 - self.recovery)


@dataclass(frozen=True)
class Segment:
    """One size of customer: its numbers, contracts, plans and habits.

    Attributes
    ----------
    terms
        Weights of the lengths of the first contract in months; 1 is cancellable every month.
    billing
        Weights of the billing intervals in months (1, 3, 12) of contracts of a year and more.
    seats
        Median and sigma (of the log) of the seats bought at the start.
    plans
        Weights of the plans chosen at the start, in rising order of price.
    discount
        Largest discount negotiated on a contract (uniform from 0), beside the company's discount
        for long terms.
    promotion
        Share of monthly customers who start with 20 % off for three months.
    founders
        Customers who start in the company's first month, on top of the mean.
    """

    name: str
    new: NewBusiness
    terms: tuple[tuple[int, float], ...]
    plans: Shares
    seats: tuple[float, float]
    leaving: Leaving = Leaving()
    usage: Usage = Usage()
    billing: tuple[tuple[int, float], ...] = ((12, 1.0),)
    channels: Shares = (("Inbound", 1.0),)
    discount: float = 0.0
    promotion: float = 0.0
    founders: int = 0


@dataclass(frozen=True)
class PriceRise:
    """A new price list, and what existing customers feel of it.

    Attributes
    ----------
    month
        YYYY-MM from which new customers pay the new list.
    rise
        Share added to every list price (0.06 is 6 %).
    monthly_from
        YYYY-MM in which monthly customers are moved to the new list; None never does. Contracts
        move at their renewal, after `month`.
    churn
        Factor on the voluntary hazard of monthly customers in `monthly_from`; half of its effect
        is felt in the month after.
    """

    month: str
    rise: float
    monthly_from: str | None = None
    churn: float = 1.0


@dataclass(frozen=True)
class Event:
    """Something that happened: factors from one month to another, both included.

    Attributes
    ----------
    new, churn, expansion
        Factors on the mean of new customers, on the hazards of leaving on purpose (monthly, and
        contracts that end in these months) and on the probability of adding seats.
    segment
        Name of the segment concerned; None is all of them.
    """

    first: str
    last: str
    new: float = 1.0
    churn: float = 1.0
    expansion: float = 1.0
    segment: str | None = None


@dataclass(frozen=True)
class Company:
    """A company of known truth, from which histories are drawn.

    Attributes
    ----------
    first, through
        First month with customers, and the last month that `generate` gives unless told.
    prices
        List price of each plan in minor units per seat and month at `first`.
    term_discounts
        Discount for contracts by their length in months.
    regions
        Weights of the regions; `openings` names the month before which a region has none.
    renewals_at_list
        Share of renewals that take a new list in full; the others keep their old price.

    Examples
    --------
    >>> from history.synthetic import example_company
    >>> simulated = example_company().generate(seed=7)
    >>> sorted(simulated.lines["size"].unique())
    ['Enterprise', 'Mid-Market', 'SMB']
    """

    name: str
    segments: tuple[Segment, ...]
    prices: tuple[tuple[str, int], ...]
    first: str = "2022-07"
    through: str = "2026-06"
    currency: str = "EUR"
    regions: Shares = (("Europe", 1.0),)
    openings: Mapping[str, str] = field(default_factory=dict)
    term_discounts: tuple[tuple[int, float], ...] = ((12, 0.10), (24, 0.14), (36, 0.18))
    price_rises: tuple[PriceRise, ...] = ()
    events: tuple[Event, ...] = ()
    renewals_at_list: float = 0.8

    def generate(self, seed: int = 7, through: str | None = None) -> Simulated:
        """Draw one history of this company.

        The same seed gives the same lines in every process, and a later `through` continues the
        same world: nothing known at an earlier month changes, lines, ends and notices are added.

        Parameters
        ----------
        seed
            Any whole number from 0 on.
        through
            Last month drawn, YYYY-MM; None is the company's own.

        Raises
        ------
        InputError
            When `through` is not a month or lies before the company's first month.
        """
        from .simulated import simulate

        return simulate(self, seed, through or self.through)

    def list_index(self, month: int) -> float:
        """Return the price list of new customers in a month, 1 = the first list."""
        return math.prod(
            1 + rise.rise for rise in self.price_rises if index_of(rise.month) <= month
        )

    def monthly_index(self, month: int) -> float:
        """Return the list to which monthly customers have been moved by a month."""
        return math.prod(
            1 + rise.rise
            for rise in self.price_rises
            if rise.monthly_from is not None and index_of(rise.monthly_from) <= month
        )

    def new_mean(self, segment: Segment, month: int) -> float:
        """Return the mean number of customers of a segment that start in a month."""
        first = index_of(self.first)
        factor = self._events(segment, month, "new")
        founders = segment.founders if month == first else 0
        return founders + segment.new.mean(month, first) * factor

    def churn_factor(self, segment: Segment, month: int, *, monthly: bool) -> float:
        """Return the factor on the voluntary hazards of a segment in a month."""
        factor = self._events(segment, month, "churn")
        if not monthly:
            return factor
        factor *= segment.leaving.season[month % 12]
        for rise in self.price_rises:
            if rise.monthly_from is not None:
                since = month - index_of(rise.monthly_from)
                factor *= {0: rise.churn, 1: 1 + (rise.churn - 1) / 2}.get(since, 1.0)
        return factor

    def expansion_factor(self, segment: Segment, month: int) -> float:
        """Return the factor on the probability of adding seats in a month."""
        return self._events(segment, month, "expansion")

    def _events(self, segment: Segment, month: int, what: str) -> float:
        factors: list[float] = [
            getattr(event, what)
            for event in self.events
            if event.segment in (None, segment.name)
            and index_of(event.first) <= month <= index_of(event.last)
        ]
        return math.prod(factors)
