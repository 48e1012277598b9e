"""Exponential smoothing on a whole grid of parameters at once, in plain numpy.

For fixed smoothing parameters every additive exponential smoothing model is linear in its initial
states. One pass over the months therefore gives, for all points of a parameter grid and for all
given series together, the one-step errors; the initial states follow by least squares, and no
optimiser can fail to converge. The responses to the initial states do not depend on the data and
are kept between calls.

Notation (Hyndman, Koehler, Ord and Snyder 2008, chapter 2): level ``l``, trend ``b`` damped by
``phi``, season ``s``; ``e = y - l - phi b - s``, ``l += phi b + alpha e``, ``b = phi b + beta e``,
``s += gamma e``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BLOCK = 48  # lengths are rounded up to this, so that few sets of responses are kept


@dataclass(frozen=True)
class Point:
    """Smoothing parameters of one model: ``0 <= beta <= alpha``, ``phi = 0`` means no trend."""

    alpha: float
    beta: float = 0.0
    phi: float = 0.0
    gamma: float = 0.0


@dataclass(frozen=True, eq=False)  # told apart by identity: hashing hundreds of points is slow
class Grid:
    """Points that are run together, all with the same season length (1: none).

    ``trend`` and ``season`` are the prior standard deviations of the initial trend and of the
    initial seasonal states, in units of the series' scale; 0 switches the state off.
    """

    points: tuple[Point, ...]
    season_length: int = 1
    trend: float = 0.03
    season: float = 1.5

    @property
    def states(self) -> int:
        """Number of initial states: level, trend, and one for each month of the season."""
        return 2 + (self.season_length if self.season_length > 1 else 0)

    @cached_property
    def alpha(self) -> Array:
        """Smoothing of the level at each point."""
        return np.array([point.alpha for point in self.points])

    @cached_property
    def beta(self) -> Array:
        """Smoothing of the trend at each point."""
        return np.array([point.beta for point in self.points])

    @cached_property
    def phi(self) -> Array:
        """Damping of the trend at each point."""
        return np.array([point.phi for point in self.points])

    @cached_property
    def gamma(self) -> Array:
        """Smoothing of the season at each point."""
        return np.array([point.gamma for point in self.points])


@dataclass(frozen=True)
class GridFit:
    """What a grid says about several series at several origins: (series, origins, points, ...).

    ``evidence`` is the log marginal likelihood with the initial states integrated out, up to a
    constant that all points share; ``squares`` the sum of squared one-step errors at the
    estimated initial states plus what the prior takes for those, in squared units;
    ``forecasts`` has the horizon as its last axis.
    """

    evidence: Array
    squares: Array
    forecasts: Array


def run_grid(values: Array, ends: Sequence[int], units: Array, grid: Grid, horizon: int) -> GridFit:
    """Fit every point of a grid to the first ``ends[k]`` values of every series, for every k.

    The series are passed over once, whatever the number of origins.

    Parameters
    ----------
    values
        (series, months), oldest first, beginning near 0.
    ends
        Origins in increasing order: numbers of first values that are known, each at least 1.
    units
        (series, origins) usual monthly change as known at the origin, > 0: the unit of the prior
        of the initial states and of everything that is returned.
    grid
        The points.
    horizon
        Months to forecast, at least 1.
    """
    last = int(ends[-1])
    raw, finals = _filter(values[:, :last], ends, grid)
    unit = _responses(grid, -(-last // _BLOCK) * _BLOCK)
    series, points = values.shape[0], len(grid.points)
    cross = np.zeros((points, series, grid.states))
    squares = np.zeros((series, points))
    evidence = np.empty((series, len(ends), points))
    total = np.empty_like(evidence)
    forecasts = np.empty((series, len(ends), points, horizon))
    begin = 0
    for k, end in enumerate(ends):
        part = raw[begin:end]
        cross += np.matmul(part.transpose(2, 1, 0), unit.errors[:, begin:end])
        squares += np.einsum("tsg,tsg->sg", part, part)
        begin = end
        solver = _solver(grid, int(end))
        size = units[:, k]
        start = -np.matmul(cross, solver.inverse)  # (points, series, states)
        gain = np.einsum("gsi,gsi->sg", start, cross)
        total[:, k] = np.maximum((squares + gain) / (size * size)[:, None], 1e-12)
        freedom = max(end - 1.0, 1.0)
        evidence[:, k] = -0.5 * (freedom * np.log(total[:, k]) + solver.log_determinant)
        state = finals[k] + np.matmul(start, solver.states.transpose(0, 2, 1))
        forecasts[:, k] = _extrapolate(state, int(end), grid, horizon) / size[:, None, None]
    return GridFit(evidence, total, forecasts)


@lru_cache(maxsize=32)
def impulse(grid: Grid, horizon: int) -> Array:
    """How much of a shock stays h months later: (points, horizon), the first column is 1."""
    alpha, beta, phi, gamma = grid.alpha, grid.beta, grid.phi, grid.gamma
    weights = np.ones((len(alpha), horizon))
    kept = np.zeros_like(alpha)
    power = np.ones_like(alpha)
    for step in range(1, horizon):
        power = power * phi
        kept = kept + power
        seasonal = gamma if grid.season_length > 1 and step % grid.season_length == 0 else 0.0
        weights[:, step] = alpha + beta * kept + seasonal
    return weights


def mix(evidence: Array) -> Array:
    """Posterior weights of the points along the last axis, each row summing to 1."""
    weights = np.exp(evidence - evidence.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True), dtype=np.float64)


@lru_cache(maxsize=32)
def damped_grid(season_length: int = 1) -> Grid:
    """Points from no trend to a lasting one; with a season fewer of them, each with ``gamma``."""
    alphas: tuple[float, ...] = (0.03, 0.08, 0.15, 0.25, 0.35, 0.5, 0.65, 0.8, 1.0)
    shares: tuple[float, ...] = (0.0, 0.05, 0.2)
    phis: tuple[float, ...] = (0.85, 0.93, 0.98, 1.0)
    gammas: tuple[float, ...] = (0.0,)
    if season_length > 1:
        alphas, shares = (0.04, 0.12, 0.25, 0.45, 0.7, 0.95), (0.0, 0.1)
        phis, gammas = (0.93, 1.0), (0.0, 0.05, 0.15, 0.35)
    points = []
    for alpha, gamma in product(alphas, gammas):
        free = gamma * (1.0 - alpha)
        points.append(Point(alpha, gamma=free))
        points.extend(
            Point(alpha, alpha * share, phi, free) for share, phi in product(shares, phis)
        )
    return Grid(tuple(points), season_length)


@dataclass(frozen=True)
class _Responses:
    errors: Array  # (points, months, states)
    slow: Array  # (months + 1, points, 2, states): level and trend after so many months


@dataclass(frozen=True)
class _Solver:
    inverse: Array  # (points, states, states), symmetric
    states: Array  # (points, states at the end, states at the start)
    log_determinant: Array  # (points,)


def _filter(data: Array, ends: Sequence[int], grid: Grid) -> tuple[Array, list[Array]]:
    """Run all points from zero states: errors (months, series, points), states at each end."""
    series, months = data.shape
    alpha, beta, phi, gamma = grid.alpha, grid.beta, grid.phi, grid.gamma
    count, length = len(alpha), grid.season_length
    level, trend = np.zeros((series, count)), np.zeros((series, count))
    season = np.zeros((length, series, count))
    errors = np.empty((months, series, count))
    finals = []
    stops = set(ends)
    for month in range(months):
        trend *= phi
        level += trend
        error = errors[month]
        np.subtract(data[:, month, None], level, out=error)
        if length > 1:
            error -= season[month % length]
            season[month % length] += gamma * error
        level += alpha * error
        trend += beta * error
        if month + 1 in stops:
            parts = [level[None], trend[None], *([season] if length > 1 else [])]
            finals.append(np.concatenate(parts).transpose(2, 1, 0))
    return errors, finals


@lru_cache(maxsize=8)
def _responses(grid: Grid, months: int) -> _Responses:
    """Response of errors and states to a unit of each initial state, from month 0."""
    alpha, beta = grid.alpha[:, None], grid.beta[:, None]
    phi, gamma = grid.phi[:, None], grid.gamma[:, None]
    count, size, length = len(grid.points), grid.states, grid.season_length
    state = np.zeros((size, count, size))
    for index in range(size):
        state[index, :, index] = 1.0
    errors = np.empty((count, months, size))
    slow = np.empty((months + 1, count, 2, size))
    slow[0] = state[:2].transpose(1, 0, 2)
    for month in range(months):
        state[1] *= phi
        state[0] += state[1]
        error = -state[0]
        if length > 1:
            place = 2 + month % length
            error = error - state[place]
            state[place] += gamma * error
        state[0] += alpha * error
        state[1] += beta * error
        errors[:, month] = error
        slow[month + 1] = state[:2].transpose(1, 0, 2)
    return _Responses(errors, slow)


@lru_cache(maxsize=96)  # half a megabyte each with a season
def _solver(grid: Grid, length: int) -> _Solver:
    """Regression of the errors of the first ``length`` months on the initial states."""
    unit = _responses(grid, -(-length // _BLOCK) * _BLOCK)
    errors = unit.errors[:, :length]
    gram = np.matmul(errors.transpose(0, 2, 1), errors)
    spread = np.full(grid.states, max(float(grid.season), 1e-6))
    spread[0], spread[1] = 1e3, max(grid.trend, 1e-6)
    precision = gram + np.diag(spread**-2.0)
    factor = np.linalg.cholesky(precision)
    # With the constant of the prior, so that models with more states are comparable.
    log_determinant = 2.0 * np.log(np.einsum("gii->gi", factor)).sum(axis=1)
    log_determinant = log_determinant + 2.0 * np.log(spread).sum()
    states = np.empty_like(gram)
    states[:, :2] = unit.slow[length]
    if grid.season_length > 1:
        gamma = grid.gamma[:, None]
        for month in range(grid.season_length):
            moved = errors[:, month :: grid.season_length].sum(axis=1)
            states[:, 2 + month] = gamma * moved
            states[:, 2 + month, 2 + month] += 1.0
    return _Solver(np.linalg.inv(precision), states, log_determinant)


@lru_cache(maxsize=32)
def _kept_trend(grid: Grid, horizon: int) -> Array:
    """Sum of the damping over the steps ahead, (points, horizon)."""
    return np.cumsum(grid.phi[:, None] ** np.arange(1, horizon + 1), axis=1)


def _extrapolate(state: Array, end: int, grid: Grid, horizon: int) -> Array:
    """Forecasts (series, points, horizon) from states (points, series, states)."""
    kept = _kept_trend(grid, horizon)
    forecasts = state[:, :, :1] + state[:, :, 1:2] * kept[:, None, :]
    if grid.season_length > 1:
        place = 2 + (end + np.arange(horizon)) % grid.season_length
        forecasts = forecasts + state[:, :, place]
    return np.asarray(forecasts.transpose(1, 0, 2), dtype=np.float64)
