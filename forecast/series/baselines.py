"""The simple forecasts that every other one must beat; each returns (origins, horizon)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .origins import Origins

Array = NDArray[np.float64]


def naive_forecasts(origins: Origins) -> Array:
    """Repeat the last value."""
    last = origins.data[np.asarray(origins.ends) - 1]
    return np.repeat(last[:, None], origins.horizon, axis=1)


def seasonal_naive_forecasts(origins: Origins) -> Array:
    """Repeat the last season; the last value where there is no full season."""
    out = naive_forecasts(origins)
    length = origins.season_length
    steps = np.arange(origins.horizon) % length
    for row, end in enumerate(origins.ends):
        if end >= length:
            out[row] = origins.data[end - length : end][steps]
    return out


def drift_forecasts(origins: Origins) -> Array:
    """Carry on the line from the first to the last value."""
    ends = np.asarray(origins.ends)
    last = origins.data[ends - 1]
    slope = (last - origins.data[0]) / np.maximum(ends - 1, 1)
    return np.asarray(last[:, None] + slope[:, None] * np.arange(1, origins.horizon + 1))


def mean_forecasts(origins: Origins) -> Array:
    """Mean of the last season, of the last six values if the season is shorter."""
    window = max(origins.season_length, 6)
    means = [origins.data[max(0, end - window) : end].mean() for end in origins.ends]
    return np.repeat(np.array(means)[:, None], origins.horizon, axis=1)
