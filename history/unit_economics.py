"""Unit economics: what a customer brings, costs and returns, each by its most published formula.

Amounts are in any one unit (all of a call in the same), shares are 0-1, and flows are signed as
in the movements (churn and contraction <= 0). What cannot be computed is None, which `stated`
prints as "not defined"; nothing is ever infinite or NaN.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError, unknown_name

__all__ = [
    "Band",
    "BandProfile",
    "PriceEffect",
    "RuleOf40",
    "annual_value",
    "arpa",
    "band_profile",
    "band_profiles",
    "burn_multiple",
    "cac",
    "cac_payback",
    "clv",
    "clv_from_curve",
    "gross_mrr_churn",
    "ltv_to_cac",
    "magic_number",
    "net_mrr_churn",
    "price_change",
    "quick_ratio",
    "quick_ratio_with_reactivation",
    "rule_of_40",
    "stated",
]

Survival = Callable[[npt.NDArray[np.int64]], npt.ArrayLike] | Sequence[float]


def stated(value: float | None, places: int = 2) -> str:
    """Return a figure as text, "not defined" for None.

    Examples
    --------
    >>> stated(burn_multiple(net_burn=900, net_new_arr=-20)), stated(1.1429)
    ('not defined', '1.14')
    """
    return "not defined" if value is None else f"{value:,.{places}f}"


def _divide(above: float, below: float) -> float | None:
    return above / below if below > 0 else None


def _amounts(**given: float) -> None:
    """Refuse what is negative or no number, naming all of it."""
    wrong = [f"{k} = {v}" for k, v in given.items() if not math.isfinite(v) or v < 0]
    if wrong:
        raise InputError(f"{', '.join(wrong)}: must be numbers from 0 on.")


def _losses(**given: float) -> None:
    wrong = [f"{k} = {v}" for k, v in given.items() if not math.isfinite(v) or v > 0]
    if wrong:
        raise InputError(
            f"{', '.join(wrong)}: losses are signed as in the movements; give 0 or a negative."
        )


def arpa(mrr: float, customers: float) -> float | None:
    """Return the average MRR per paying customer; None without customers.

    Examples
    --------
    >>> arpa(12_500, 150)
    83.33333333333333
    """
    return _divide(mrr, customers)


def cac(acquisition_cost: float, new_customers: float) -> float | None:
    """Return the cost of winning one customer; None when none was won.

    Examples
    --------
    >>> cac(240_000, 100)
    2400.0
    """
    _amounts(acquisition_cost=acquisition_cost, new_customers=new_customers)
    return _divide(acquisition_cost, new_customers)


def clv(arpa: float, churn: float, *, margin: float = 1.0) -> float | None:
    """Return the lifetime value at a constant churn: ARPA x gross margin / churn.

    Parameters
    ----------
    arpa
        Revenue per customer and period.
    churn
        Share of customers lost per period of the same length; 0 gives None (no end to a life).
    margin
        Gross margin, share 0-1; 1 is the variant without margin.

    Examples
    --------
    >>> round(clv(100, 0.05, margin=0.80)), round(clv(100, 0.05))
    (1600, 2000)
    """
    _amounts(arpa=arpa, churn=churn)
    return _divide(arpa * margin, churn)


def clv_from_curve(
    arpa: float,
    survival: Survival,
    *,
    margin: float = 1.0,
    months: int | None = None,
    annual_discount: float = 0.0,
) -> float:
    """Return the lifetime value from a survival curve, discounted.

    The customer pays at ages 0, 1, 2, ... months while alive: the value is the sum of
    `arpa * margin * survival(age) / (1 + annual_discount) ** (age / 12)` over ages below `months`.
    A geometric curve without discount gives `clv`.

    Parameters
    ----------
    arpa
        Revenue per customer and month.
    survival
        Share of customers alive at age 0 (which is 1), 1, 2, ... months: a function of an array
        of ages (`RetentionCurve.survival`) or the values themselves.
    margin
        Gross margin, share 0-1.
    months
        Ages counted; required with a function, at most the length of values.
    annual_discount
        Discount rate per year, share.

    Raises
    ------
    InputError
        When `months` is missing or too large, or the curve does not start at 1.

    Examples
    --------
    >>> round(clv_from_curve(100, [1.0, 0.5, 0.25], margin=0.8), 6)
    140.0
    >>> round(clv_from_curve(100, lambda age: 0.95**age, margin=0.8, months=2_000), 6)
    1600.0
    """
    values = _alive(survival, months)
    if len(values) == 0 or abs(values[0] - 1.0) > 1e-9:
        raise InputError("survival must be 1 at age 0: it is the share of the customers who came.")
    if annual_discount <= -1:
        raise InputError(f"annual_discount = {annual_discount}: must be a share above -1.")
    weight = (1.0 + annual_discount) ** (-np.arange(len(values)) / 12.0)
    return float(arpa * margin * (values @ weight))


def _alive(survival: Survival, months: int | None) -> npt.NDArray[np.float64]:
    if callable(survival):
        if months is None:
            raise InputError("say how many months of the curve count: months=60, for example.")
        return np.asarray(survival(np.arange(months)), dtype=np.float64)
    values = np.asarray(survival, dtype=np.float64)
    if months is not None and months > len(values):
        raise InputError(f"months = {months}, but survival has only {len(values)} ages.")
    return values[:months]


def ltv_to_cac(clv: float | None, cac: float | None) -> float | None:
    """Return lifetime value per cost of winning; None when either is not defined.

    Examples
    --------
    >>> ltv_to_cac(1_600, 400)
    4.0
    """
    return None if clv is None or cac is None else _divide(clv, cac)


@dataclass(frozen=True)
class Band:
    """A range of LTV/CAC from `lower` (included) to `upper` (excluded, None = no end)."""

    lower: float
    upper: float | None
    says: str


@dataclass(frozen=True)
class BandProfile:
    """What one source says about LTV/CAC; sources contradict each other.

    Attributes
    ----------
    name, source, segment, year
        Short name, where it is published, for whom, and the year (None where it states none).
    bands
        Ranges; there may be gaps between them.
    """

    name: str
    source: str
    segment: str
    year: int | None
    bands: tuple[Band, ...]

    def says(self, ratio: float | None) -> str:
        """Return what the source says about a ratio.

        Examples
        --------
        >>> band_profiles()["orm"].says(5.0), band_profiles()["five_times"].says(5.0)
        ('potentially under-investing in growth', 'healthy')
        >>> band_profiles()["keptune"].says(2.0)
        'outside all bands of keptune'
        """
        if ratio is None:
            return "not defined"
        for band in self.bands:
            if band.lower <= ratio and (band.upper is None or ratio < band.upper):
                return band.says
        return f"outside all bands of {self.name}"


@cache
def band_profiles() -> Mapping[str, BandProfile]:
    """Return the published band profiles by name (data of `history/ltv_cac_bands.json`)."""
    text = files(__package__).joinpath("ltv_cac_bands.json").read_text(encoding="utf-8")
    profiles = [_profile(entry) for entry in json.loads(text)]
    return MappingProxyType({profile.name: profile for profile in profiles})


def _profile(entry: Mapping[str, Any]) -> BandProfile:
    bands = tuple(Band(band["from"], band["to"], band["says"]) for band in entry["bands"])
    return BandProfile(entry["name"], entry["source"], entry["segment"], entry["year"], bands)


def band_profile(name: str) -> BandProfile:
    """Return a band profile; an unknown name says which exist."""
    profiles = band_profiles()
    if name not in profiles:
        raise unknown_name("band profile", name, profiles)
    return profiles[name]


def cac_payback(cac: float, arpa: float, *, margin: float) -> float | None:
    """Return the months until a customer has paid for his winning: CAC / (ARPA x gross margin).

    Examples
    --------
    >>> cac_payback(2_400, 500, margin=0.80)
    6.0
    """
    _amounts(cac=cac)
    return _divide(cac, arpa * margin)


def quick_ratio(*, new: float, expansion: float, churn: float, contraction: float) -> float | None:
    """Return (new + expansion) / (churn + contraction), churn and contraction given as <= 0.

    None when nothing was lost.

    Examples
    --------
    >>> quick_ratio(new=120_000, expansion=60_000, churn=-40_000, contraction=-10_000)
    3.6
    """
    _losses(churn=churn, contraction=contraction)
    return _divide(new + expansion, -(churn + contraction))


def quick_ratio_with_reactivation(
    *, new: float, reactivation: float, expansion: float, churn: float, contraction: float
) -> float | None:
    """Return the quick ratio with returning customers' MRR among the gains.

    Examples
    --------
    >>> quick_ratio_with_reactivation(
    ...     new=100, reactivation=20, expansion=60, churn=-40, contraction=-10
    ... )
    3.6
    """
    return quick_ratio(
        new=new + reactivation, expansion=expansion, churn=churn, contraction=contraction
    )


def gross_mrr_churn(opening: float, *, churn: float, contraction: float) -> float | None:
    """Return the share of opening MRR lost by churn and contraction (given as <= 0).

    Examples
    --------
    >>> gross_mrr_churn(100, churn=-10, contraction=-10)
    0.2
    """
    _losses(churn=churn, contraction=contraction)
    return _divide(-(churn + contraction), opening)


def net_mrr_churn(
    opening: float, *, churn: float, contraction: float, expansion: float
) -> float | None:
    """Return the share of opening MRR lost after expansion; negative when it grew.

    Examples
    --------
    >>> net_mrr_churn(100, churn=-10, contraction=-10, expansion=10)
    0.1
    """
    _losses(churn=churn, contraction=contraction)
    return _divide(-(churn + contraction + expansion), opening)


def magic_number(
    revenue: float, previous_revenue: float, previous_sales_and_marketing: float
) -> float | None:
    """Return the growth of a quarter's revenue, times 4, per sales and marketing spent before.

    Examples
    --------
    >>> round(magic_number(800, 600, 700), 2)
    1.14
    """
    return _divide((revenue - previous_revenue) * 4, previous_sales_and_marketing)


def burn_multiple(net_burn: float, net_new_arr: float) -> float | None:
    """Return the cash burnt per net new ARR; None ("not defined") when ARR did not grow.

    Examples
    --------
    >>> burn_multiple(1_500, 1_000), burn_multiple(1_500, -10)
    (1.5, None)
    """
    return _divide(net_burn, net_new_arr)


@dataclass(frozen=True)
class RuleOf40:
    """Growth plus margin, shares; `margin_name` says which margin it is."""

    growth: float
    margin: float
    margin_name: str

    @property
    def score(self) -> float:
        """Growth + margin (share)."""
        return self.growth + self.margin

    @property
    def passes(self) -> bool:
        """Whether the score is 40 % or more (to a hundredth of a percent)."""
        return round(self.score, 4) >= 0.40

    def __str__(self) -> str:
        return f"{self.score:.1%} = growth {self.growth:.1%} + {self.margin_name} {self.margin:.1%}"


def rule_of_40(growth: float, margin: float, *, margin_name: str) -> RuleOf40:
    """Return the Rule of 40 with its margin named.

    Examples
    --------
    >>> print(rule_of_40(0.32, 0.10, margin_name="EBITDA margin"))
    42.0% = growth 32.0% + EBITDA margin 10.0%
    """
    if not margin_name.strip():
        raise InputError("name the margin: EBITDA margin, free cash flow margin, ...")
    return RuleOf40(growth, margin, margin_name)


@dataclass(frozen=True)
class PriceEffect:
    """What a price change brings: `in_year` inside the fiscal year, `run_rate` on ARR."""

    in_year: float
    run_rate: float


def price_change(old: float, new: float, subscribers: float, *, months_left: float) -> PriceEffect:
    """Return the two effects of a price change: in the year, and on ARR from now on.

    Parameters
    ----------
    old, new
        Price per subscriber and **year**.
    subscribers
        How many pay the new price.
    months_left
        Months of the fiscal year in which they pay it (0 to 12).

    Examples
    --------
    >>> price_change(1_200, 2_400, 50, months_left=6)
    PriceEffect(in_year=30000.0, run_rate=60000)
    """
    if not 0 <= months_left <= 12:
        raise InputError(f"months_left = {months_left}: must be from 0 to 12.")
    run_rate = (new - old) * subscribers
    return PriceEffect(in_year=run_rate * months_left / 12, run_rate=run_rate)


def annual_value(total: float, years: float) -> float:
    """Return the ARR of a contract of several years: its value / years.

    Examples
    --------
    >>> annual_value(150_000, 3)
    50000.0
    """
    if not years > 0:
        raise InputError(f"years = {years}: a contract lasts longer than 0 years.")
    return total / years
