"""How far forecasts miss: by horizon, from month to month, and in the tails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .scale import Scale

Array = NDArray[np.float64]

# Shape of the standardised errors, measured on the M1 and Tourism monthly series.
TAIL = 0.05
_TURN = 3.0  # beyond it the tail is a straight line, so that every moment exists


def tail(normal: Array | float) -> Array:
    """Standardised error for a standard normal: odd, increasing, with heavier tails."""
    given = np.asarray(normal, dtype=np.float64)
    inside = np.clip(given, -_TURN, _TURN)
    slope = 1.0 + 3.0 * TAIL * _TURN**2
    return np.asarray(inside * (1.0 + TAIL * inside**2) + slope * 0.25 * (given - inside))


@dataclass(frozen=True)
class ErrorLaw:
    """Distribution of the coming months around their forecast.

    Every month's marginal is ``scale.back(centre + spread * tail(u))`` with ``u`` standard normal;
    the months' ``u`` are joined by ``mixing``, whose rows have length 1.

    Attributes
    ----------
    scale
        Scale on which the errors are symmetric: level or square root.
    centre, spread
        (horizon,) median and half-width on that scale.
    mixing
        (horizon, horizon) lower triangular, entries >= 0, rows of unit length.
    floor
        Smallest value that may come out, or None.
    """

    scale: Scale
    centre: Array
    spread: Array
    mixing: Array
    floor: float | None

    @property
    def horizon(self) -> int:
        """Number of months covered."""
        return len(self.centre)

    def quantile(self, probability: float) -> Array:
        """Quantile of each month, (horizon,)."""
        from scipy.special import ndtri

        return self._values(np.full(self.horizon, float(ndtri(probability))))

    def paths(self, z: Array) -> Array:
        """Paths from standard normals (paths, horizon): increasing in each of them."""
        return self._values(z @ self.mixing[: z.shape[1], : z.shape[1]].T)

    def times(self, factor: float) -> ErrorLaw:
        """Return the law of the series multiplied by a positive number."""
        stretch = factor**self.scale.power
        floor = None if self.floor is None else self.floor * factor
        return ErrorLaw(
            self.scale, self.centre * stretch, self.spread * stretch, self.mixing, floor
        )

    def _values(self, normal: Array) -> Array:
        months = normal.shape[-1]
        out = self.scale.back(self.centre[:months] + self.spread[:months] * tail(normal))
        return out if self.floor is None else np.maximum(out, self.floor)


def mixing_matrix(impulse: Array) -> Array:
    """Weights of the months' shocks in each month's error, rows of unit length.

    Parameters
    ----------
    impulse
        (horizon,) what is left of a shock 0, 1, 2, ... months later.
    """
    horizon = len(impulse)
    lag = np.arange(horizon)[:, None] - np.arange(horizon)[None, :]
    weights = np.where(lag >= 0, np.maximum(impulse, 0.0)[np.abs(lag)], 0.0)
    return np.asarray(weights / np.linalg.norm(weights, axis=1, keepdims=True))
