"""The width of the intervals: the model's own errors, corrected by what was seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .errors import ErrorLaw, mixing_matrix
from .ets import Smoothed
from .origins import Origins
from .rolling import misses
from .scale import Scale

Array = NDArray[np.float64]

# Measured on the M1 and Tourism monthly series: the error of the combination at horizon h is the
# smoothing model's own one times FIRST + SLOPE * log(h), before the series' own misses are seen.
FIRST, SLOPE = 1.0, 0.0
PRIOR_MISSES = 12.0
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
        Scale on which errors are symmetric.
    bounded
        Whether values below 0 are impossible.
    """
    floor = _LEAST_SHARE * float(plain.values.min()) if bounded else None
    width = smoothed.sigma[:, None] * smoothed.growth * by_horizon(plain.horizon)
    ratio = _seen(plain, paths, width[:-1], scale, floor)
    return ErrorLaw(
        scale=scale,
        centre=_forward(paths[-1], scale, floor),
        spread=width[-1] * ratio,
        mixing=mixing_matrix(smoothed.impulse[-1]),
        floor=floor,
    )


def by_horizon(horizon: int) -> Array:
    """Correction of the smoothing model's own errors, (horizon,)."""
    return FIRST + SLOPE * np.log(np.arange(1.0, horizon + 1.0))


def _seen(plain: Origins, paths: Array, width: Array, scale: Scale, floor: float | None) -> float:
    """By how much the misses at the origins were larger than expected, drawn towards 1."""
    known, past = misses(plain, paths), paths[:-1]
    seen = ~np.isnan(known) & (width > 0.0)
    if not seen.any():
        return 1.0
    missed = _forward(past + known, scale, floor) - _forward(past, scale, floor)
    squares = np.minimum((missed[seen] / width[seen]) ** 2, 16.0)
    count = float(np.sqrt(seen.sum() * seen.any(axis=1).sum()))
    return float(np.sqrt((PRIOR_MISSES + count * squares.mean()) / (PRIOR_MISSES + count)))


def _forward(values: Array, scale: Scale, floor: float | None) -> Array:
    least = 0.0 if floor is None else max(floor, 1e-12 if scale.power == 0.0 else 0.0)
    return scale.forward(values if scale.power == 1.0 else np.maximum(values, least))
