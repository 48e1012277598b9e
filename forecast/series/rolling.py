"""Rolling origins: what each candidate would have said in the past, and how it missed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .origins import Origins

Array = NDArray[np.float64]

MOST_ORIGINS = 8


def rolling_origins(length: int, horizon: int, season_length: int) -> tuple[int, ...]:
    """Numbers of known values at which forecasts are compared with what came, oldest first.

    At most eight, evenly spread over the last ``horizon`` months or two seasons, none earlier
    than a third of the series (half, if it is shorter than three seasons). A series of fewer
    than four values has none.

    Examples
    --------
    >>> rolling_origins(48, 12, 12)
    (36, 38, 39, 41, 42, 44, 45, 47)
    >>> rolling_origins(3, 12, 12)
    ()
    """
    if length < 4:
        return ()
    least = max(length // 3, min(2 * season_length, length // 2), 3)
    furthest = min(max(horizon, season_length), 2 * season_length + 6, length - least)
    if furthest < 1:
        return ()
    back = np.unique(np.round(np.linspace(1, furthest, MOST_ORIGINS)).astype(int))[::-1]
    return tuple(int(length - step) for step in back)


def misses(origins: Origins, forecasts: Array) -> Array:
    """Actual less forecast at each origin before the last, (origins - 1, horizon).

    Not a number where the future is not known.
    """
    known = np.full((len(origins.ends) - 1, origins.horizon), np.nan)
    for row, end in enumerate(origins.ends[:-1]):
        after = origins.data[end : end + origins.horizon]
        known[row, : len(after)] = after
    return known - forecasts[:-1]


def score(missed: Array, unit: float) -> float:
    """Mean absolute miss in units of ``unit``: every horizon counts once, however often seen."""
    if not missed.size or unit <= 0.0:
        return float("nan")
    absolute = np.abs(missed)
    seen = (~np.isnan(absolute)).any(axis=0)
    if not seen.any():
        return float("nan")
    by_horizon = np.nanmean(absolute[:, seen], axis=0)
    return float(by_horizon.mean() / unit)
