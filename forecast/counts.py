"""Whole-number draws from given standard normals: binomial and Poisson by their quantiles.

A library's own generator would use the stream differently as soon as a rate changes, and two
scenarios would differ by dice. Here the normal is fixed beforehand and only its image moves, so a
count grows with the rate at equal luck. Small variances are inverted exactly, by adding
up the probabilities; from `EXACT_BELOW` on, the normal is corrected for skewness (Cornish and
Fisher 1938), which is right to about one count in the tails.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

EXACT_BELOW: Final = 2.0
"""Variance up to which the distribution is inverted exactly."""


def binomial(n: ArrayLike, p: ArrayLike, z: ArrayLike) -> Floats:
    """Give counts out of `n` with probability `p` each, at the standard normals `z`.

    Parameters
    ----------
    n : array
        Whole numbers, 0 or more.
    p : array
        Probabilities, 0 to 1.
    z : array
        Standard normals; the result grows with them.

    Returns
    -------
    array
        Whole numbers between 0 and `n`, of the broadcast shape.

    Examples
    --------
    >>> binomial([10, 10, 10], [0.0, 0.5, 1.0], 0.0).tolist()
    [0.0, 5.0, 10.0]
    """
    trials, chance, normal = np.broadcast_arrays(
        np.asarray(n, dtype=float), np.asarray(p, dtype=float), np.asarray(z, dtype=float)
    )
    flip = chance > 0.5
    small = np.where(flip, 1.0 - chance, chance)
    count = _lower_half(trials, small, np.where(flip, -normal, normal))
    return np.where(flip, trials - count, count)


def poisson(mean: ArrayLike, z: ArrayLike) -> Floats:
    """Give counts with the given mean, at the standard normals `z`; whole numbers, 0 or more.

    Examples
    --------
    >>> poisson([0.0, 100.0], 0.0).tolist()
    [0.0, 100.0]
    """
    rate, normal = np.broadcast_arrays(np.asarray(mean, dtype=float), np.asarray(z, dtype=float))
    result = np.asarray(_skewed(rate, rate, np.ones_like(rate), normal))
    exact = rate < EXACT_BELOW
    if exact.any():
        lam = rate[exact]
        result[exact] = _add_up(
            np.exp(-lam), ndtr(normal[exact]), lambda k, i: lam[i] / (k + 1.0), np.inf
        )
    return np.maximum(result, 0.0)


def _lower_half(n: Floats, p: Floats, z: Floats) -> Floats:
    """Binomial quantiles for p up to one half."""
    mean = n * p
    variance = mean * (1.0 - p)
    result = np.asarray(np.minimum(np.maximum(_skewed(mean, variance, 1.0 - 2.0 * p, z), 0.0), n))
    exact = np.flatnonzero(variance < EXACT_BELOW)
    if exact.size:
        trials, chance = n.ravel().take(exact), p.ravel().take(exact)
        stay = np.log1p(-chance)
        odds = chance / (1.0 - chance)
        result.ravel()[exact] = _add_up(
            np.exp(trials * stay),
            ndtr(z.ravel().take(exact)),
            lambda k, i: (trials.take(i) - k) / (k + 1.0) * odds.take(i),
            float(trials.max(initial=0.0)),
        )
    return result


def _skewed(mean: Floats, variance: Floats, asymmetry: Floats, z: Floats) -> Floats:
    """Quantiles by the normal with a correction for skewness, rounded (skewness = a / sd)."""
    raw = mean + np.sqrt(variance) * z + asymmetry * (z * z - 1.0) / 6.0
    return np.floor(raw + 0.5)


def _add_up(first: Floats, u: Floats, ratio: object, most: float) -> Floats:
    """Smallest k whose cumulated probability reaches u, element by element.

    `first` is the probability of 0, `ratio(k, elements)` that of k + 1 against k.
    """
    k = np.zeros_like(first)
    open_ = np.flatnonzero((u > first) & (most > 0))
    term, total = first[open_].copy(), first[open_].copy()
    step = 0.0
    while open_.size and step < most and step < 80.0:
        term = term * ratio(step, open_)  # type: ignore[operator]
        total = total + term
        step += 1.0
        k[open_] = step
        left = (u[open_] > total) & (term > 1e-300)
        open_, term, total = open_[left], term[left], total[left]
    return k
