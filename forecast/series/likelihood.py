"""Damped additive exponential smoothing by maximum likelihood, many series at once.

Initial states are concentrated out by least squares (variable projection); the smoothing
parameters follow by Levenberg-Marquardt on the one-step errors, all series and starting points in
one pass over the months. The averaged models of :mod:`forecast.series.ets` forecast better; this
is the single best model, the one that statistics packages report.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEPS = 30
_KEPT_STARTS = 3
_EDGE = 1e-4  # nearest that a share comes to 0 and 1, as in statsmodels
_NUDGE = 1e-5
_LONGEST = 0.3  # step in a share
_WORTH = 1e-5  # share of the squares that a step must promise
_PHI_LEAST, _PHI_MOST = 0.8, 0.98


@dataclass(frozen=True)
class DampedFit:
    """Most likely damped additive smoothing of each series; arrays over the series.

    Attributes
    ----------
    alpha, beta, phi, gamma
        Smoothing of level, trend and season, and damping: ``0 < beta < alpha < 1``,
        ``0.8 <= phi <= 0.98``, ``0 < gamma < 1 - alpha`` (0 without a season).
    start
        (series, states) level, trend and seasonal states before the first month.
    squares
        Sum of squared one-step errors.
    log_likelihood
        Gaussian, ``-n/2 (log(2 pi squares / n) + 1)``.
    """

    alpha: Array
    beta: Array
    phi: Array
    gamma: Array
    start: Array
    squares: Array
    log_likelihood: Array


def fit_damped(values: Array, season_length: int = 1) -> DampedFit:
    """Fit ETS(A,Ad,N), or ETS(A,Ad,A) with a season, to each row.

    Parameters
    ----------
    values
        (series, months), oldest first, all of one length.
    season_length
        Months of the season, 1 for none; with one, two full seasons are needed.

    Raises
    ------
    ValueError
        If there are fewer than four months, or less than two seasons.

    Examples
    --------
    >>> fit = fit_damped(np.array([[10.0, 12.0, 11.0, 13.0, 12.5, 14.0, 13.0, 15.0]]))
    >>> fit.alpha.shape, bool(fit.squares[0] < 10)
    ((1,), True)
    """
    data = np.asarray(values, dtype=np.float64)
    if data.ndim != 2 or data.shape[1] < max(4, 2 * season_length if season_length > 1 else 0):
        raise ValueError(
            "values must be (series, months) with at least four months and two seasons; "
            f"the shape is {data.shape} with a season of {season_length}."
        )
    offset = data[:, :1]
    unit = np.std(data, axis=1, keepdims=True)
    unit = np.where(unit > 0.0, unit, 1.0)
    scaled = (data - offset) / unit
    shares = _starts(scaled, season_length)
    many = np.repeat(scaled, _KEPT_STARTS, axis=0)
    shares, squares = _improve(many, shares, season_length)
    best = squares.reshape(-1, _KEPT_STARTS).argmin(axis=1)
    best = best + np.arange(len(data)) * _KEPT_STARTS
    errors, start = _errors(scaled, shares[best], season_length)
    total = (errors**2).sum(axis=1) * unit[:, 0] ** 2
    start = start * unit
    start[:, 0] += offset[:, 0]
    alpha, beta, phi, gamma = _parameters(shares[best], season_length)
    months = data.shape[1]
    with np.errstate(divide="ignore"):
        likelihood = -months / 2.0 * (np.log(2.0 * np.pi * total / months) + 1.0)
    return DampedFit(alpha, beta, phi, gamma, start, total, likelihood)


def _parameters(shares: Array, season_length: int) -> tuple[Array, Array, Array, Array]:
    alpha = shares[:, 0]
    phi = _PHI_LEAST + (_PHI_MOST - _PHI_LEAST) * shares[:, 2]
    gamma = shares[:, 3] * (1.0 - alpha) if season_length > 1 else np.zeros_like(alpha)
    return alpha, alpha * shares[:, 1], phi, gamma


def _starts(data: Array, season_length: int) -> Array:
    """Best few of a coarse grid for each series, (series * kept, parameters)."""
    seasonal = ((0.05,), (0.5,)) if season_length > 1 else ((),)
    grid = [
        (alpha, beta, phi, *gamma)
        for alpha, beta, phi, gamma in product(
            (0.05, 0.4, 0.7, 0.95), (0.02, 0.5), (0.5, 0.95), seasonal
        )
    ]
    points = np.array(grid)
    many = np.repeat(data, len(points), axis=0)
    errors, _ = _errors(many, np.tile(points, (len(data), 1)), season_length)
    squares = (errors**2).sum(axis=1).reshape(len(data), len(points))
    kept = np.argsort(squares, axis=1)[:, :_KEPT_STARTS]
    return np.asarray(points[kept.ravel()], dtype=np.float64)


def _improve(data: Array, shares: Array, season_length: int) -> tuple[Array, Array]:
    """Levenberg-Marquardt on every row; rows that have arrived take no further steps."""
    shares = shares.copy()
    errors, _ = _errors(data, shares, season_length)
    squares = np.einsum("rt,rt->r", errors, errors)
    damping = np.full(len(shares), 1e-2)
    under_way = np.arange(len(shares))
    for _ in range(_STEPS):
        rows = under_way
        trial, promise = _step(data[rows], shares[rows], errors[rows], damping[rows], season_length)
        trial_errors, _ = _errors(data[rows], trial, season_length)
        trial_squares = np.einsum("rt,rt->r", trial_errors, trial_errors)
        better = trial_squares < squares[rows]
        moved = rows[better]
        shares[moved], errors[moved] = trial[better], trial_errors[better]
        damping[rows] *= np.where(better, 1.0 / 4.0, 6.0)
        under_way = rows[np.abs(promise) > _WORTH * squares[rows]]
        squares[moved] = trial_squares[better]
        if not len(under_way):
            break
    return shares, squares


def _step(
    data: Array, shares: Array, errors: Array, damping: Array, season_length: int
) -> tuple[Array, Array]:
    """Where the damped Gauss-Newton step of each row leads, and how much it promises."""
    rows, size = shares.shape
    moved = shares[:, None, :] + _NUDGE * np.eye(size)
    around, _ = _errors(np.repeat(data, size, axis=0), moved.reshape(-1, size), season_length)
    slope = (around.reshape(rows, size, -1) - errors[:, None]) / _NUDGE
    pull = np.einsum("rpt,rt->rp", slope, errors)
    # A share that lies at its bound and is pulled beyond it stays there.
    free = np.where(pull > 0.0, shares > _EDGE, shares < 1.0 - _EDGE)
    slope *= free[:, :, None]
    curve = slope @ slope.transpose(0, 2, 1)
    ridge = damping[:, None] * np.einsum("rpp->rp", curve) + 1e-9
    step = np.linalg.solve(curve + np.eye(size) * ridge[:, :, None], (pull * free)[:, :, None])[
        ..., 0
    ]
    step *= _LONGEST / np.maximum(np.abs(step).max(axis=1, keepdims=True), _LONGEST)
    trial = np.clip(shares - step, _EDGE, 1.0 - _EDGE)
    return trial, np.einsum("rp,rp->r", pull, shares - trial)


def _errors(data: Array, shares: Array, season_length: int) -> tuple[Array, Array]:
    """One-step errors (rows, months) at the best initial states, and those states."""
    rows, months = data.shape
    alpha, beta, phi, gamma = (one[:, None] for one in _parameters(shares, season_length))
    states = 2 + (season_length if season_length > 1 else 0)
    level, trend = np.zeros((rows, 1 + states)), np.zeros((rows, 1 + states))
    season = np.zeros((season_length, rows, 1 + states))
    level[:, 1], trend[:, 2] = 1.0, 1.0
    for month in range(season_length if season_length > 1 else 0):
        season[month, :, 3 + month] = 1.0
    out = np.empty((months, rows, 1 + states))
    for month in range(months):
        trend *= phi
        level += trend
        error = out[month]
        np.negative(level, out=error)
        error[:, 0] += data[:, month]
        if season_length > 1:
            error -= season[month % season_length]
            season[month % season_length] += gamma * error
        level += alpha * error
        trend += beta * error
    raw, response = out[:, :, 0].T, out[:, :, 1:].transpose(1, 2, 0)
    gram = response @ response.transpose(0, 2, 1)
    # Level and seasonal states overlap; the ridge picks one of the equal solutions.
    ridge = 1e-11 * np.einsum("rii->r", gram)[:, None, None] * np.eye(states)
    cross = np.einsum("rit,rt->ri", response, raw)
    start = -np.linalg.solve(gram + ridge, cross[:, :, None])[..., 0]
    return raw + np.einsum("rit,ri->rt", response, start), start
