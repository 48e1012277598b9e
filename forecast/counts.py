"""Whole-number draws from given standard normals: binomial and Poisson by their quantiles.

A library's own generator would use the stream differently as soon as a rate changes, and two
scenarios would differ by dice. Here the normal is fixed beforehand and only its image moves, so a
count grows with the rate at equal luck. Small variances are inverted exactly, by adding
up the probabilities; from `EXACT_BELOW` on, the normal is corrected for skewness (Cornish and
Fisher 1938), which is right to about one count in the tails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

Floats = NDArray[np.floating]

EXACT_BELOW: Final = 2.0
"""Variance up to which the distribution is inverted exactly."""

_MOST_STEPS: Final = 80
_SAFE_STEPS: Final = 8


def binomial(n: ArrayLike, p: ArrayLike, z: ArrayLike, u: Floats | None = None) -> Floats:
    """Give counts out of `n` with probability `p` each, at the standard normals `z`.

    Parameters
    ----------
    n : array
        Whole numbers, 0 or more.
    p : array
        Probabilities, 0 to 1.
    z : array
        Standard normals; the result grows with them.
    u : array, optional
        The normal distribution function at `z`, where it is known already.

    Returns
    -------
    array
        Whole numbers between 0 and `n`, of the broadcast shape; in single precision if all is.

    Examples
    --------
    >>> binomial([10, 10, 10], [0.0, 0.5, 1.0], 0.0).tolist()
    [0.0, 5.0, 10.0]
    """
    trials, chance, normal = _alike(n, p, z)
    if chance.max(initial=0.0) <= 0.5:
        return _lower_half(trials, chance, normal, u)
    flip = chance > 0.5
    small = np.where(flip, 1.0 - chance, chance)
    count = _lower_half(trials, small, np.where(flip, -normal, normal), None)
    return np.where(flip, trials - count, count)


def poisson(mean: ArrayLike, z: ArrayLike) -> Floats:
    """Give counts with the given mean, at the standard normals `z`; whole numbers, 0 or more.

    Examples
    --------
    >>> poisson([0.0, 100.0], 0.0).tolist()
    [0.0, 100.0]
    """
    rate, normal = _alike(mean, z)
    result = _skewed(rate, rate, np.ones_like(rate), normal)
    exact = rate < EXACT_BELOW
    if exact.any():
        few = rate[exact]
        result[exact] = _add_up(np.exp(-few), ndtr(normal[exact]), few, None)
    return np.maximum(result, 0.0)


def _alike(*values: ArrayLike) -> tuple[Floats, ...]:
    """Arrays of one shape and one precision, double unless all are single."""
    arrays = [np.asarray(value) for value in values]
    single = all(array.dtype == np.float32 for array in arrays)
    kind = np.float32 if single else np.float64
    arrays = [array.astype(kind, copy=False) for array in arrays]
    if all(array.shape == arrays[0].shape for array in arrays):
        return tuple(arrays)
    return tuple(np.broadcast_arrays(*arrays))


def _lower_half(n: Floats, p: Floats, z: Floats, u: Floats | None) -> Floats:
    """Binomial quantiles for p up to one half."""
    mean = n * p
    variance = mean - mean * p
    exact = variance < EXACT_BELOW
    few = np.count_nonzero(exact)
    if 2 * few < exact.size:
        result = _bent(n, p, mean, variance, z)
        if few:
            some = np.flatnonzero(exact)
            trials, chance, place = _some((n, p, z if u is None else u), some)
            place = ndtr(place) if u is None else place
            result.ravel()[some] = _exactly(trials, chance, place)
        return result
    place = ndtr(z) if u is None else u
    if few == exact.size:
        return _exactly(n, p, place)
    result = _exactly(n, p, place * exact)  # at 0 the others are done at once
    others = np.flatnonzero(~exact)
    result.ravel()[others] = _bent(*_some((n, p, mean, variance, z), others))
    return result


def _some(arrays: tuple[Floats, ...], places: NDArray[np.intp]) -> Iterator[Floats]:
    """Give the values at some places of arrays of one shape, counted row by row."""
    return (array.ravel().take(places) for array in arrays)


def _bent(n: Floats, p: Floats, mean: Floats, variance: Floats, z: Floats) -> Floats:
    """Binomial quantiles by the corrected normal, pulled back to 0 and n."""
    result = _skewed(mean, variance, 1.0 - 2.0 * p, z)
    if result.min(initial=0.0) < 0.0:
        np.maximum(result, 0.0, out=result)
    return np.asarray(np.minimum(result, n, order="C"))


def _exactly(n: Floats, p: Floats, u: Floats) -> Floats:
    """Binomial quantiles at probabilities u."""
    first = np.exp(n * np.log1p(-p))
    return np.asarray(np.minimum(_add_up(first, u, n, p / (1.0 - p)), n, order="C"))


def _skewed(mean: Floats, variance: Floats, asymmetry: Floats, z: Floats) -> Floats:
    """Quantiles by the normal with a correction for skewness, rounded (skewness = a / sd)."""
    raw = np.sqrt(variance)
    raw *= z
    raw += mean
    bent = z * z
    bent -= 1.0
    bent *= asymmetry
    bent *= 1.0 / 6.0
    raw += bent
    raw += 0.5
    return np.asarray(np.floor(raw))


def _add_up(first: Floats, u: Floats, size: Floats, odds: Floats | None) -> Floats:
    """Smallest k whose cumulated probability reaches u, element by element.

    `first`, which is overwritten, is the probability of 0. That of k + 1 against k is
    (size - k) / (k + 1) x odds, or size / (k + 1) without odds. All elements take all steps:
    picking those that are not there yet takes longer.
    """
    count = np.zeros(first.shape, dtype=np.int8)
    term, total = first, first.copy()
    ratio = size.copy() if odds is None else size * odds
    more = np.empty(first.shape, dtype=bool)
    smallest = np.finfo(first.dtype).eps
    for step in range(_MOST_STEPS):
        np.greater(u, total, out=more)
        if step > _SAFE_STEPS:
            # A term that no longer changes the total would not be missed in the tail either.
            more &= term > smallest
        if not more.any():
            break
        count += more.view(np.int8)
        term *= ratio
        term *= 1.0 / (step + 1.0)
        total += term
        if odds is not None:
            ratio -= odds
    return count.astype(first.dtype)
