"""What drives a variance: where it lies in the plan's distribution, volume and price."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from history.money import half_even

Floats = NDArray[np.float64]


def percentiles(values: Floats, draws: Floats, smallest: float) -> Floats:
    """Give where values lie among draws: share below plus half the ties, 0-100.

    Parameters
    ----------
    values
        The actuals, any shape.
    draws
        The plan's paths, (paths, *shape of values).
    smallest
        One minor unit: draws within half of it (or the precision in which they are kept) tie.

    Returns
    -------
    array
        Of the shape of `values`.

    Examples
    --------
    >>> percentiles(np.array([2.0]), np.array([[1.0], [2.0], [3.0], [4.0]]), 0.01).tolist()
    [37.5]
    """
    near = np.abs(draws - values) <= np.maximum(0.5 * smallest, 2.0**-22 * np.abs(values))
    below = (draws < values) & ~near
    return np.asarray(100.0 * (below.mean(axis=0) + 0.5 * near.mean(axis=0)))


def split_new(
    planned: int, actual: int, customers_planned: float, customers: int
) -> tuple[int, int]:
    """Volume and price of the variance of new business, each rounded half-even.

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
    price = Fraction(planned) / Fraction(customers_planned)
    at_plan = price * customers
    return half_even(at_plan - planned), half_even(actual - at_plan)
