"""The width of the intervals: the model's own errors, corrected by what was seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .errors import ErrorLaw, mixing_matrix, tail
from .ets import Smoothed
from .origins import Origins
from .rolling import misses
from .scale import Scale

Array = NDArray[np.float64]

# Measured on the M1 and Tourism monthly series: the error of the combination at horizon h is the
# smoothing model's own one times FIRST + SLOPE * log(h), before the series' own misses are seen;
# those count as much as PRIOR_MISSES of the model's, each at most MOST of its standard deviations.
# A series of n months misses by a factor 1 + SHORT[0]/n + SHORT[1]/n^2 more.
FIRST, SLOPE = 0.86, -0.03
SHORT = 1.2, 4.0
PRIOR_MISSES, MOST = 8.0, 2.0
_NODES, _HALVINGS = 31, 40
_LEAST_SHARE = 1e-3  # a series of positive values stays above this share of its smallest


def make_law(
    plain: Origins, paths: Array, smoothed: Smoothed, scale: Scale, *, bounded: bool
) -> ErrorLaw:
    """Put the errors around a forecast.

    Parameters
    ----------
    plain
        The series and its origins, the last of which is now.
    paths
        Forecasts at the origins and now, (origins, horizon).
    smoothed
        What exponential smoothing said of its own errors at the origins, on ``scale``.
    scale
        Scale of ``smoothed``; errors are symmetric on its square root if it is the logarithm.
    bounded
        Whether values below 0 are impossible.
    """
    floor = _LEAST_SHARE * float(plain.data.min()) if bounded else None
    width = smoothed.sigma[:, None] * smoothed.growth * by_horizon(plain.horizon)
    ends = np.asarray(plain.ends)[:, None]
    width = width * (1.0 + SHORT[0] / ends + SHORT[1] / ends**2)
    spread = width[-1] * _seen(plain, paths, width[:-1], scale, floor)
    mean = paths[-1] if floor is None else np.maximum(paths[-1], floor)
    if floor is not None and scale.power != 0.5:
        # Symmetric on logs would put the mean of the paths far above the forecast; symmetric on
        # the level would put the lower half of them below 0.
        scale, spread = Scale(0.5), _root_spread(spread, mean, scale)
    return ErrorLaw(
        scale=scale,
        centre=centred(mean, spread, scale),
        spread=spread,
        mixing=mixing_matrix(smoothed.impulse[-1]),
        floor=floor,
    )


def _root_spread(spread: Array, mean: Array, scale: Scale) -> Array:
    """Half-width on the square root for one on the logarithm or the level."""
    if scale.power == 0.0:
        return np.asarray(spread * np.sqrt(mean) / 2.0, dtype=np.float64)
    # Near 0 a root changes ever faster: there it is the variance that is kept.
    base = np.maximum(np.maximum(mean, spread / 4.0), np.finfo(float).tiny)
    return np.asarray(spread / np.sqrt(base) / 2.0, dtype=np.float64)


def centred(mean: Array, spread: Array, scale: Scale) -> Array:
    """Centre on the scale at which the expectation on the original one is ``mean``.

    Parameters
    ----------
    mean, spread
        (horizon,) expectation wanted, and half-width on the scale.
    scale
        Level or square root.
    """
    if scale.power == 1.0:
        return mean
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    errors, weights = tail(nodes), weights / weights.sum()
    high = np.asarray(scale.forward(mean), dtype=np.float64)
    low = high - 5.0 * spread - np.sqrt(np.finfo(float).tiny)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        reached = scale.back(middle[:, None] + spread[:, None] * errors) @ weights < mean
        low, high = np.where(reached, middle, low), np.where(reached, high, middle)
    return np.asarray((low + high) / 2.0, dtype=np.float64)


def by_horizon(horizon: int) -> Array:
    """Correction of the smoothing model's own errors, (horizon,)."""
    factors = FIRST + SLOPE * np.log(np.arange(1.0, horizon + 1.0))
    return np.asarray(np.maximum(factors, FIRST / 2.0), dtype=np.float64)


def _seen(plain: Origins, paths: Array, width: Array, scale: Scale, floor: float | None) -> float:
    """By how much the misses at the origins were larger than expected, drawn towards 1."""
    known, past = misses(plain, paths), paths[:-1]
    seen = ~np.isnan(known) & (width > 0.0)
    if not seen.any():
        return 1.0
    missed = _forward(past + known, scale, floor) - _forward(past, scale, floor)
    squares = np.minimum((missed[seen] / width[seen]) ** 2, MOST**2)
    count = float(np.sqrt(seen.sum() * seen.any(axis=1).sum()))
    return float(np.sqrt((PRIOR_MISSES + count * squares.mean()) / (PRIOR_MISSES + count)))


def _forward(values: Array, scale: Scale, floor: float | None) -> Array:
    least = 0.0 if floor is None else max(floor, 1e-12 if scale.power == 0.0 else 0.0)
    return scale.forward(values if scale.power == 1.0 else np.maximum(values, least))
