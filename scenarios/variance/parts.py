"""A movement's variance taken apart in one cell: exact fractions, each part rounded once."""

from fractions import Fraction
from math import isnan

from history.money import half_even

_PRECISION = 10**6  # in which a plan keeps numbers of customers


def split_new(
    planned: int, actual: int, customers_planned: float, customers: float
) -> tuple[int, int]:
    """Volume and price of the variance of new business, each rounded half-even.

    Volume is (actual - planned customers) x planned MRR of each, price is (actual - planned MRR of
    each) x actual customers. Where either number is 0 there is no price to compare: all is volume.

    Parameters
    ----------
    planned, actual
        New MRR in minor units.
    customers_planned, customers
        New customers.

    Returns
    -------
    tuple
        Volume and price in minor units; with what rounding leaves they sum to actual - planned.

    Examples
    --------
    12 customers instead of 10, at 110 instead of 100 each:

    >>> split_new(1000, 1320, 10.0, 12)
    (200, 120)
    """
    if customers_planned <= 0 or customers <= 0:
        return actual - planned, 0
    at_plan = Fraction(planned) / _exact(customers_planned) * _exact(customers)
    return half_even(at_plan - planned), half_even(actual - at_plan)


def together(planned: int, base_planned: float, base: float) -> int | None:
    """Give what more or less of a base brings, as planned for all segments together.

    Parameters
    ----------
    planned
        What the base was to bring, minor units: new MRR of customers, or churn of opening MRR.
    base_planned, base
        The base as planned and as it is.

    Returns
    -------
    int or None
        (actual - planned base) x planned amount of each unit; None without a planned base. What
        the segments' own figures differ from it is mix.

    Examples
    --------
    20 customers who bring 1,200 are planned, 22 come:

    >>> together(1200, 20.0, 22)
    120
    """
    if base_planned <= 0:
        return None
    count = _exact(base_planned)
    return half_even((_exact(base) - count) * planned / count)


def split_rate(planned: int, actual: int, base_planned: int, base: int) -> tuple[int, int]:
    """Exposure and rate of the variance of a movement that comes out of a base.

    Exposure is (actual - planned base) x planned rate, rate is (actual - planned rate) x actual
    base. Without a planned base there is no rate to compare: all is exposure.

    Parameters
    ----------
    planned, actual
        The movement, minor units, signed.
    base_planned, base
        The opening MRR, minor units.

    Examples
    --------
    2 % of 1,000 are planned; 3 % of 1,200 came:

    >>> split_rate(20, 36, 1000, 1200)
    (4, 12)
    """
    if base_planned <= 0:
        return actual - planned, 0
    carried = Fraction(planned * base, base_planned)
    return half_even(carried - planned), half_even(actual - carried)


def split_lost(
    planned: int,
    actual: int,
    lost: tuple[float, float],
    customers: tuple[float, float],
    base: tuple[int, int],
) -> tuple[int, int, int]:
    """Exposure, rate and size of the variance of churn.

    Churned MRR is opening MRR x share of customers lost x size of the lost beside the average
    customer. Exposure is the change of the first at the planned two others, rate that of the
    second at the planned third, size the rest. Where customers are not counted, or none was
    planned to leave, rate is that of MRR and size is 0.

    Parameters
    ----------
    planned, actual
        Churned MRR, minor units, signed.
    lost, customers, base
        Customers lost, customers at the opening, opening MRR: each as planned and as it came.

    Examples
    --------
    Of 100 customers with 1,000 in all 2 were to leave with 20; 3 of 100 with 1,000 left with 60:

    >>> split_lost(-20, -60, (2.0, 3.0), (100.0, 100.0), (1000, 1000))
    (0, -10, -30)
    """
    exposure, rate = split_rate(planned, actual, *base)
    figures = (*lost, *customers)
    if base[0] <= 0 or any(isnan(n) for n in figures) or lost[0] <= 0 or min(customers) <= 0:
        return exposure, rate, 0
    carried = Fraction(planned * base[1], base[0])
    then, now = (_exact(gone) / _exact(all_) for gone, all_ in zip(lost, customers, strict=True))
    at_rate = carried * now / then
    return exposure, half_even(at_rate - carried), half_even(actual - at_rate)


def _exact(count: float) -> Fraction:
    if isinstance(count, int):
        return Fraction(count)
    return Fraction(round(count * _PRECISION), _PRECISION)
