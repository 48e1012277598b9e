"""Seasonal indices of one series, shrunk by how well they repeat from year to year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Season:
    """Additive seasonal indices by position in the season (month 0 of the series is 0).

    ``strength`` is the share of the raw indices that was kept: 0 no evidence of a season, 1 all.
    """

    indices: Array
    strength: float

    def at(self, months: NDArray[np.intp]) -> Array:
        """Index of each month counted from the series' first."""
        return self.indices[months % len(self.indices)]


_YEARLY_DECAY = 0.7


def no_season() -> Season:
    """Return the season of a series that has none."""
    return Season(np.zeros(1), 0.0)


def find_season(values: Array, season_length: int) -> Season:
    """Estimate seasonal indices around a moving trend.

    The indices are the mean departures from a centred moving average, shrunk towards 0 by
    ``1 - 1/F``, where F compares the spread of the indices with the error of their estimation
    (James and Stein; Miller and Williams 2003): a season that does not repeat vanishes.

    Parameters
    ----------
    values
        The series, oldest first, on a scale on which the season adds (logs if it multiplies).
    season_length
        Months of a season; fewer than two full seasons of values give no season.
    """
    length = len(values)
    if season_length < 2 or length < 2 * season_length:
        return no_season()
    departures = values - moving_trend(values, season_length)
    place = np.arange(length) % season_length
    # Seasons change over the years: an older year counts less.
    weight = _YEARLY_DECAY ** ((length - 1 - np.arange(length)) // season_length)
    total = np.bincount(place, weight, season_length)
    raw = np.bincount(place, weight * departures, season_length) / total
    raw = raw - raw.mean()
    residual = departures - raw[place]
    # The moving average takes season_length degrees' worth of trend out, once a season.
    freedom = max(1.0 - season_length / length - 1.0 / season_length, 0.1)
    variance = float(weight @ residual**2) / float(weight.sum()) / freedom
    share = np.bincount(place, weight**2, season_length) / total**2
    error = variance * float(share.mean())
    spread = float(raw @ raw) / (season_length - 1)
    if spread <= 0.0 or error >= spread:
        return Season(np.zeros(season_length), 0.0)
    strength = 1.0 - error / spread
    return Season(raw * strength, strength)


def moving_trend(values: Array, season_length: int) -> Array:
    """Centred moving average over one season, its ends carried on in a straight line."""
    kernel = np.full(season_length, 1.0 / season_length)
    if season_length % 2 == 0:
        kernel = np.convolve(kernel, [0.5, 0.5])
    half = len(kernel) // 2
    middle = np.convolve(values, kernel, "valid")
    if len(middle) == 1:
        slope_first = slope_last = 0.0
    else:
        reach = min(half, len(middle) - 1)
        slope_first = (middle[reach] - middle[0]) / reach
        slope_last = (middle[-1] - middle[-1 - reach]) / reach
    before = middle[0] - slope_first * np.arange(half, 0, -1)
    after = middle[-1] + slope_last * np.arange(1, half + 1)
    return np.concatenate([before, middle, after])
