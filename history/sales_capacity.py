"""What a sales team can sell: heads by time since hire, times quota, times attainment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .errors import InputError

__all__ = ["RAMP", "capacity_of_team", "sales_capacity"]

RAMP = (0.0, 0.25, 0.50, 1.0)
"""Share of a full quota carried in the quarter of hire, the next, ...; the last one stays."""


def capacity_of_team(heads: Sequence[float], quota: float, attainment: Sequence[float]) -> float:
    """Return what groups of sales people sell: the sum of heads x quota x attainment.

    Parameters
    ----------
    heads
        People in each group.
    quota
        Full quota of one person and period.
    attainment
        Share of the quota that each group reaches, as many as `heads`.

    Examples
    --------
    Seven ramped at 85 % and three ramping at 40 % of 150K:

    >>> round(capacity_of_team([7, 3], 150_000, [0.85, 0.40]), 2)
    1072500.0
    """
    if len(heads) != len(attainment):
        raise InputError(
            f"{len(heads)} groups of heads but {len(attainment)} attainments; give one each."
        )
    return float(quota * (np.asarray(heads, float) @ np.asarray(attainment, float)))


def sales_capacity(
    hires: Sequence[float],
    *,
    quota: float,
    ramped: float = 0.0,
    leavers: Sequence[float] | None = None,
    ramp: Sequence[float] = RAMP,
    attainment: float = 1.0,
    season: Sequence[float] | None = None,
) -> npt.NDArray[np.float64]:
    """Return the capacity of a team per period (a quarter, or whatever `ramp` counts).

    Leavers come from the longest served. A person hired in a period carries `ramp[0]` of the
    quota in it, `ramp[1]` in the next, and the last share for good.

    Parameters
    ----------
    hires, leavers
        People who join and who leave at the start of each period, shape (periods,).
    quota
        Full quota of one person and period.
    ramped
        Fully ramped people before the first period.
    attainment
        Share of the carried quota that is sold, 0-1.
    season
        Factor for each period, shape (periods,).

    Returns
    -------
    array, shape (periods,)
        In the unit of `quota`.

    Raises
    ------
    InputError
        When lengths differ, numbers are negative, or more people leave than there are.

    Examples
    --------
    >>> sales_capacity([4, 0, 0, 0], quota=100.0).tolist()
    [0.0, 100.0, 200.0, 400.0]
    """
    joined = _per_period("hires", hires, len(hires), 0.0)
    left = _per_period("leavers", leavers, len(joined), 0.0)
    factor = _per_period("season", season, len(joined), 1.0)
    if len(ramp) == 0 or ramped < 0:
        raise InputError("give at least one ramp share, and ramped from 0 on.")
    shares = np.asarray(ramp, dtype=np.float64)
    # By periods served, the last bin holding everyone who is through the ramp.
    served = np.zeros(len(shares))
    served[-1] = ramped
    carried = np.empty(len(joined))
    for now in range(len(joined)):
        served = _older(served)
        served[0] += joined[now]
        _leave(served, left[now], now)
        carried[now] = served @ shares
    return carried * quota * attainment * factor


def _older(served: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    older = np.zeros_like(served)
    older[1:] = served[:-1]
    older[-1] += served[-1]
    return older


def _leave(served: npt.NDArray[np.float64], leavers: float, now: int) -> None:
    if leavers > served.sum() + 1e-9:
        raise InputError(
            f"period {now + 1}: {leavers:g} leave but only {served.sum():g} are there."
        )
    for position in range(len(served) - 1, -1, -1):
        gone = min(served[position], leavers)
        served[position] -= gone
        leavers -= gone


def _per_period(
    name: str, values: Sequence[float] | None, periods: int, missing: float
) -> npt.NDArray[np.float64]:
    if values is None:
        return np.full(periods, missing)
    result = np.asarray(values, dtype=np.float64)
    if result.shape != (periods,):
        raise InputError(f"{name} has {result.size} periods, hires has {periods}.")
    if not np.isfinite(result).all() or (result < 0).any():
        raise InputError(f"{name} must be numbers from 0 on.")
    return result
