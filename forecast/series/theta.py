"""The Theta method on a grid: exponential smoothing with a share of the linear trend.

Assimakopoulos and Nikolopoulos (2000); the dynamic optimised form follows Fiorucci, Pellegrini,
Louzada, Petropoulos and Koehler (2016): the trend line is fitted anew each month, and theta is
estimated together with the smoothing parameter, here by averaging over a grid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .origins import Origins

Array = NDArray[np.float64]

ALPHAS = np.array([0.03, 0.08, 0.15, 0.22, 0.3, 0.38, 0.46, 0.55, 0.65, 0.75, 0.85, 0.95])
SHARES = np.array([0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9])  # 1 - 1/theta; 0.5 is the classic one


def theta_forecasts(origins: Origins) -> Array:
    """Forecast from each origin by the averaged Theta models, (origins, horizon).

    The season is taken out before and put back after.
    """
    data, ends, horizon = origins.adjusted, np.asarray(origins.ends), origins.horizon
    slopes = running_slopes(data)
    # By how much a level that started on a line lags behind it: slope * lag, (months, alphas).
    lag = (1.0 - (1.0 - ALPHAS) ** np.arange(ends[-1] + 1)[:, None]) / ALPHAS
    level = np.repeat(data[:, :1], len(ALPHAS), axis=1)
    squares = np.zeros((len(ends), len(SHARES), len(ALPHAS)))
    out = np.empty((len(ends), horizon))
    share = SHARES[None, :, None]
    for month in range(1, int(ends[-1]) + 1):
        done = np.flatnonzero(ends == month)
        if len(done):
            slope = slopes[done, month - 1]
            out[done] = _ahead(squares[done], level[done], slope, lag[month], month, horizon)
        if month == ends[-1]:
            break
        gap = data[:, month, None] - level
        drift = slopes[:, month - 1, None] * lag[month]
        error = gap[:, None] - share * drift[:, None]
        if month > 1:
            squares += error * error
        level += ALPHAS * gap
    return out + origins.season_ahead


def running_slopes(values: Array) -> Array:
    """Slope of the least-squares line through the first t values of each row, 0 for one value."""
    months = values.shape[1]
    count = np.arange(1.0, months + 1.0)
    total = np.cumsum(values, axis=1)
    moment = np.cumsum(values * np.arange(months), axis=1)
    spread = np.maximum(count * (count * count - 1.0) / 12.0, 1.0)
    slopes = (moment - (count - 1.0) / 2.0 * total) / spread
    slopes[:, 0] = 0.0
    return np.asarray(slopes, dtype=np.float64)


def _ahead(
    squares: Array, level: Array, slope: Array, lag: Array, known: int, horizon: int
) -> Array:
    """Averaged forecasts (rows, horizon) after ``known`` months."""
    flat = squares.reshape(len(squares), -1)
    top = flat.max(axis=1, keepdims=True)
    score = -0.5 * max(known - 2, 0) * np.log(np.maximum(flat, 1e-12 * top) + (top == 0.0))
    weights = np.exp(score - score.max(axis=1, keepdims=True))
    weights = (weights / weights.sum(axis=1, keepdims=True)).reshape(squares.shape)
    first = np.einsum("rsa,ra->r", weights, level)
    first = first + slope * np.einsum("rsa,s,a->r", weights, SHARES, lag)
    rise = slope * np.einsum("rsa,s->r", weights, SHARES)
    return np.asarray(first[:, None] + rise[:, None] * np.arange(horizon), dtype=np.float64)
