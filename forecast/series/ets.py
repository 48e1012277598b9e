"""Exponential smoothing, averaged over a grid of parameters, with and without season.

Damped, lasting and no trend, additive season or none: every point of the grid is fitted with its
initial states integrated out under a weak prior, and the forecasts are averaged by the evidence.
Against the single most likely model this lowered the error on the M1 and Tourism competitions'
monthly series by about a tenth, and it cannot fail to converge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .origins import Origins
from .smoothing import Grid, damped_grid, impulse, mix, run_grid

Array = NDArray[np.float64]

# A trend that never flattens is rarer than one that does.
_LASTING_TREND = -1.0
# Monthly business series with two full seasons have a season unless they say otherwise.
_NO_SEASON = -5.0
_EMPTY = -1e9
_NOTHING = 1e-12  # changes below this share of the largest value are none


@dataclass(frozen=True)
class Smoothed:
    """Averaged forecasts of some origins, and what the errors look like.

    Attributes
    ----------
    forecasts
        (origins, horizon).
    sigma
        (origins,) standard deviation of one-step errors.
    impulse
        (origins, horizon) share of a shock that is left h-1 months later; the first is 1.
    growth
        (origins, horizon) standard deviation of the h-step error in units of ``sigma``, the
        uncertainty of the parameters included.
    seasonal
        (origins,) probability that there is a season.
    """

    forecasts: Array
    sigma: Array
    impulse: Array
    growth: Array
    seasonal: Array


def ets_forecasts(origins: Origins) -> Array:
    """Forecast from each origin by averaged exponential smoothing; (origins, horizon)."""
    return smooth(origins).forecasts


def smooth(origins: Origins) -> Smoothed:
    """Average exponential smoothing models as known at each origin.

    Origins with less than two seasons have no season.
    """
    values, ends, horizon = origins.data, np.asarray(origins.ends), origins.horizon
    usual = np.array([usual_change(values[:end]) for end in ends])
    flat = usual <= _NOTHING * float(np.abs(values).max())
    unit = np.where(flat, 1.0, usual)
    moved = (values - values[0])[None, :]
    grids, fits, evidence = [], [], []
    for length in (1, origins.season_length) if origins.season_length > 1 else (1,):
        known = ends >= 2 * length
        if length > 1 and not known.any():
            continue
        grid = damped_grid(length)
        fit = run_grid(moved, origins.ends, unit[None], grid, horizon)
        possible = known[:, None] | (length == 1)
        grids.append(grid)
        fits.append(fit)
        evidence.append(np.where(possible, fit.evidence[0] + _log_prior(grid), _EMPTY))
    weights = mix(np.concatenate(evidence, axis=1))
    paths = np.concatenate([fit.forecasts[0] for fit in fits], axis=1)
    squares = np.concatenate([fit.squares[0] for fit in fits], axis=1)
    pulses = np.concatenate([impulse(grid, horizon) for grid in grids])
    mean = np.einsum("bg,bgh->bh", weights, paths)
    between = np.einsum("bg,bgh->bh", weights, (paths - mean[:, None]) ** 2)
    # A series that is hit exactly still has some error left.
    variance = np.maximum((weights * squares).sum(axis=1) / np.maximum(ends - 1.0, 1.0), 1e-8)
    growth = weights @ np.cumsum(pulses**2, axis=1) + between / variance[:, None]
    return Smoothed(
        forecasts=values[0] + np.where(flat[:, None], 0.0, mean * unit[:, None]),
        sigma=np.where(flat, 0.0, np.sqrt(variance) * unit),
        impulse=weights @ pulses,
        growth=np.sqrt(growth),
        seasonal=weights[:, len(grids[0].points) :].sum(axis=1),
    )


def _log_prior(grid: Grid) -> Array:
    prior = np.where(grid.phi == 1.0, _LASTING_TREND, 0.0)
    prior = prior - np.log(np.exp(prior).sum())
    return np.asarray(prior + (_NO_SEASON if grid.season_length == 1 else 0.0))


def usual_change(values: Array) -> float:
    """Robust size of the change from month to month; 0 for a constant series or one value."""
    change = np.abs(np.diff(values))
    if not len(change):
        return 0.0
    usual = 1.4826 * float(np.median(change))
    # Where most months repeat the last one, the median says nothing about the others.
    return max(usual, 0.1 * float(np.sqrt(np.mean(change**2))))
