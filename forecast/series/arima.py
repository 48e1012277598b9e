"""Small ARIMA models on a grid of coefficients, averaged by their likelihood.

With a season the models are ARIMA(1,1,1)(0,1,1), the airline model (Box and Jenkins 1970) and its
neighbours; without, ARIMA(1,1,1). Conditional sums of squares are computed for all grid points
and origins in one pass.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from .origins import Origins

Array = NDArray[np.float64]

AR = (-0.3, 0.0, 0.3, 0.6)
MA = (-0.9, -0.75, -0.6, -0.45, -0.3, -0.15, 0.0, 0.2)
SEASONAL_MA = (-0.95, -0.8, -0.6, -0.4, -0.2, 0.0)
_CLEAR_SEASON = 0.3  # strength from which the season is differenced


def arima_forecasts(origins: Origins) -> Array:
    """Forecast by the airline model's family where a season is found, (origins, horizon).

    Elsewhere, and with hardly more than two seasons, as :func:`adjusted_arima_forecasts`.
    """
    out = adjusted_arima_forecasts(origins)
    enough = 2 * origins.season_length + 2
    rows = [
        row
        for row, (end, season) in enumerate(zip(origins.ends, origins.seasons, strict=True))
        if end >= enough and season.strength > _CLEAR_SEASON
    ]
    if rows:
        data = np.repeat(origins.data[None, :], len(rows), axis=0)
        ends = np.asarray(origins.ends)[rows]
        out[rows] = _run(data, ends, origins.horizon, origins.season_length)
    return out


def adjusted_arima_forecasts(origins: Origins) -> Array:
    """Forecast the seasonally adjusted series by ARIMA(1,1,1), (origins, horizon)."""
    ahead = _run(origins.adjusted, np.asarray(origins.ends), origins.horizon, 1)
    return ahead + origins.season_ahead


def _run(data: Array, ends: NDArray[np.intp], horizon: int, period: int) -> Array:
    """Forecast each row of ``data`` after ``ends[row]`` months; ``period`` 1 has no season."""
    seasonal = SEASONAL_MA if period > 1 else (0.0,)
    phi, theta, big = np.array(list(product(AR, MA, seasonal))).T
    both = theta * big
    lost = period + 1 if period > 1 else 1
    data = data[:, : ends.max()]
    change = _difference(data, period)
    # errors[t] belongs to month t; the first `lost` are 0.
    errors = np.zeros((int(ends[-1]) + horizon, len(ends), len(phi)))
    for month in range(lost, int(ends[-1])):
        now = month - lost
        error = errors[month]
        error += change[:, now, None]
        if now:
            error -= phi * change[:, now - 1, None]
        error -= theta * errors[month - 1]
        if period > 1:
            error -= big * errors[month - period]
            error -= both * errors[month - lost]
    known = np.arange(len(errors))[:, None] < ends
    errors *= known[:, :, None]
    weights = _weights(
        np.einsum("trp,trp->rp", errors, errors), ends - lost, (phi == 0) & (theta == 0)
    )
    return _ahead(data, change, errors, ends, (phi, theta, big, weights), horizon, period)


def _difference(data: Array, period: int) -> Array:
    change = np.diff(data, axis=1)
    return change[:, period:] - change[:, :-period] if period > 1 else change


def _weights(squares: Array, count: NDArray[np.intp], plain: NDArray[np.bool_]) -> Array:
    """Likelihood weights, (rows, points); the random walk where nothing can be compared."""
    top = squares.max(axis=1, keepdims=True)
    score = -0.5 * count[:, None] * np.log(np.maximum(squares, 1e-12 * top) + (top == 0.0))
    weights = np.exp(score - score.max(axis=1, keepdims=True))
    weights = np.where((count[:, None] < 2) | (top == 0.0), plain[None, :], weights)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)


def _ahead(
    data: Array,
    change: Array,
    errors: Array,
    ends: NDArray[np.intp],
    model: tuple[Array, Array, Array, Array],
    horizon: int,
    period: int,
) -> Array:
    phi, theta, big, weights = model
    rows = np.arange(len(ends))
    lost = data.shape[1] - change.shape[1]
    place = np.maximum(ends - lost - 1, 0)
    last = change[rows, place] if change.shape[1] else np.zeros(len(ends))
    step_change = np.repeat(np.where(ends > lost, last, 0.0)[:, None], len(phi), axis=1)
    path = np.concatenate([data, np.zeros((len(ends), horizon))], axis=1)
    for step in range(horizon):
        month = ends + step
        step_change = phi * step_change + theta * errors[month - 1, rows]
        if period > 1:
            older = big * errors[month - period, rows] + theta * big * errors[month - lost, rows]
            step_change = step_change + older
        # Undoing the differences is linear, so averaging first is the same.
        path[rows, month] = path[rows, month - 1] + (step_change * weights).sum(axis=1)
        if period > 1:
            path[rows, month] += path[rows, month - period] - path[rows, month - lost]
    return np.asarray(path[rows[:, None], ends[:, None] + np.arange(horizon)], dtype=np.float64)
