"""One series seen from several points in time: what every model is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .season import Season, find_season

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Origins:
    """A series, the origins from which it is forecast, and how far.

    Attributes
    ----------
    data
        (months,) oldest first, on a scale on which season and error add.
    ends
        Origins in increasing order: numbers of first values that are known, each at least 1.
    horizon
        Months to forecast from each origin.
    season_length
        Months of a season, 1 for none.
    """

    data: Array
    ends: tuple[int, ...]
    horizon: int
    season_length: int

    @cached_property
    def seasons(self) -> tuple[Season, ...]:
        """Seasonal indices as known at each origin."""
        return tuple(find_season(self.data[:end], self.season_length) for end in self.ends)

    @cached_property
    def adjusted(self) -> Array:
        """Series without the season known at each origin, (origins, months), 0 after the origin."""
        months = np.arange(self.ends[-1])
        out = np.zeros((len(self.ends), len(months)))
        for row, (end, season) in enumerate(zip(self.ends, self.seasons, strict=True)):
            out[row, :end] = self.data[:end] - season.at(months[:end])
        return out

    @cached_property
    def season_ahead(self) -> Array:
        """Seasonal index of the months to come, (origins, horizon)."""
        steps = np.arange(self.horizon)
        return np.stack([s.at(end + steps) for end, s in zip(self.ends, self.seasons, strict=True)])


Model = Callable[[Origins], Array]
"""A model: forecasts, (origins, horizon), of a series from its origins."""
