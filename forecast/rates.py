"""Rates by month and segment: their level now, how it drifts, and how it scatters.

One model serves every flow: an amount that arises from a base (expansion from opening MRR,
churned customers from expected churned customers, the MRR of new customers from their number, new
customers from a month). With rate = amount / base::

    rate_t = season_t * level_t * (1 + noise_t),     level_t = level_{t-1} * (1 + drift_t)
    Var(amount | level) = size * mean + noise**2 * mean**2

The first term of the variance is sampling: an amount made of few independent pieces scatters the
more, the larger the pieces (`size` = sum of squares / sum of the pieces; 1 for counts). So the
noise of a small past company is not carried over to a large one. How fast the level drifts and how
strong the common noise is are averaged over a grid by likelihood (a local level model, Harvey
1989, ch. 2, by the Kalman filter); with little history the prior stands.

Months in which an amount jumps once (a price rise) are left out of the level and reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .luck import Luck, Normals

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DRIFTS: Final = np.array([0.0, 0.01, 0.02, 0.04, 0.07, 0.12])
"""Candidate standard deviations of a month's relative change of the level."""

NOISES: Final = np.array([0.0, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0])
"""Candidate standard deviations of a month's relative noise, beside sampling."""

_DRIFT_PRIOR: Final = 0.03
_NOISE_PRIOR: Final = 0.3
_JUMP_SIGMAS: Final = 5.0
_FREAK_SIGMAS: Final = 8.0
_SKEW: Final = 0.4  # a sixth of the skewness of sums of pieces of unequal size
_JUMP_FACTOR: Final = 2.5
_JUMP_SHARE: Final = 0.01
_SEASON_P: Final = 0.01


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates of one flow, every array of shape (segments,) unless said otherwise.

    Attributes
    ----------
    level : array
        Rate expected now, season apart.
    level_sd : array
        Relative standard error of the level.
    drift : array
        Relative standard deviation of the level's change in a month.
    noise : array
        Relative standard deviation of a month's noise beside sampling.
    size : array
        Sampling variance per unit of mean amount (1 for counts).
    season : array (12,)
        Factors for January to December, mean 1; all 1 without evidence.
    correlation : float
        Of the noise between segments, 0 to 1.
    used : array
        Months that the estimate rests on.
    jumps : tuple of (row, segment)
        Positions of the months left out as one-off jumps.
    outliers : tuple of (row, segment)
        Positions of the months far above what is usual, pulled in to its bound.
    """

    level: Floats
    level_sd: Floats
    drift: Floats
    noise: Floats
    size: Floats
    season: Floats
    correlation: float
    used: NDArray[np.int64]
    jumps: tuple[tuple[int, int], ...] = ()
    outliers: tuple[tuple[int, int], ...] = ()

    @property
    def seasonal(self) -> bool:
        """Whether the evidence was enough for a season."""
        return bool((self.season != 1.0).any())

    def mean(self, calendar: NDArray[np.int64]) -> Floats:
        """Give expected rate, array (segments, months), for calendar months 0 (January) to 11."""
        return self.level[:, None] * self.season[calendar][None, :]


def fit_rates(
    amount: Floats,
    base: Floats,
    calendar: NDArray[np.int64],
    *,
    squares: Floats | None = None,
    pooled: bool = True,
    jumps: bool = False,
    counted: bool = False,
) -> Rates:
    """Fit the rates amount / base of all segments.

    Parameters
    ----------
    amount, base : array (months, segments)
        Amounts and what they arise from, same unit or not. Months with a base of 0 or a blank
        count nothing. Amounts may be negative where a segment loses to another one.
    calendar : array (months,)
        0 for January to 11 for December.
    squares : array (months, segments), optional
        Sums of the squared pieces of the amounts; amounts are counts if omitted.
    pooled : bool
        Whether rates of segments are comparable, so that thin ones lean on the company's.
    counted : bool
        Whether the base is the number of the pieces, so that only their sizes scatter.
    jumps : bool
        Whether single months far above the rest are left out of the level (price steps). Otherwise
        they are pulled in to the bound of what is usual, and widen the noise.

    Returns
    -------
    Rates

    Examples
    --------
    >>> import numpy as np
    >>> base = np.full((24, 1), 1000.0)
    >>> rates = fit_rates(0.02 * base, base, np.arange(24) % 12)
    >>> round(float(rates.level[0]), 3)
    0.02
    """
    valid = np.isfinite(amount) & np.isfinite(base) & (base > 0)
    amount = np.where(valid, amount, 0.0)
    base = np.where(valid, base, 0.0)
    size = _sizes(np.abs(amount), np.where(valid, squares, 0.0) if squares is not None else None)
    season = _season(amount.sum(axis=1), base.sum(axis=1), calendar)
    seen = base * season[calendar][:, None]
    centre = _centre(np.abs(amount), seen, size, pooled)
    if counted:
        size = np.maximum(size - centre, 0.05 * size)
    sigmas = _JUMP_SIGMAS if jumps else _FREAK_SIGMAS
    bound = _bound(amount, seen, size, centre, valid, sigmas)
    above = amount > bound
    out = _recurring_apart(above & jumps, calendar)
    kept = np.minimum(amount, bound) if not jumps else amount
    valid = valid & ~out
    level, sd, drift, noise, errors = _local_level(kept, seen, valid, centre, size, pooled)
    return Rates(
        level=level,
        level_sd=sd,
        drift=drift,
        noise=noise,
        size=size,
        season=season,
        correlation=_correlation(errors),
        used=valid.sum(axis=0),
        jumps=_positions(out),
        outliers=_positions(above & (not jumps)),
    )


def _positions(flags: Flags) -> tuple[tuple[int, int], ...]:
    return tuple((int(row), int(column)) for row, column in np.argwhere(flags))


def _sizes(amount: Floats, squares: Floats | None) -> Floats:
    """Sum of squares over sum, by segment, leaning on the company's with five pieces."""
    count = amount.shape[1]
    if squares is None:
        return np.ones(count)
    total = amount.sum()
    if total <= 0:
        return np.zeros(count)
    common = squares.sum() / total
    lean = 5.0 * common
    sizes: Floats = (squares.sum(axis=0) + lean * common) / (amount.sum(axis=0) + lean)
    return sizes


def _centre(amount: Floats, base: Floats, size: Floats, pooled: bool) -> Floats:
    """Typical recent rate by segment, only to scale variances; above 0 where any amount is."""
    weight = 0.5 ** (np.arange(len(amount))[::-1] / 18.0)[:, None]
    top, bottom = (weight * amount).sum(axis=0), (weight * base).sum(axis=0)
    if not pooled:
        return np.asarray(np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0))
    if top.sum() <= 0:
        return np.zeros(amount.shape[1])
    common = top.sum() / bottom.sum()
    lean = 2.0 * size
    centre: Floats = (top + lean) / (bottom + lean / common)
    return centre


def _bound(
    amount: Floats, base: Floats, size: Floats, centre: Floats, valid: Flags, sigmas: float
) -> Floats:
    """Largest amount by month and segment that is still usual; infinite without a scale."""
    bound = np.full(amount.shape, np.inf)
    for s in range(amount.shape[1]):
        rows = valid[:, s] & (base[:, s] > 0)
        if rows.sum() < 6:
            continue
        rate = amount[rows, s] / base[rows, s]
        middle = float(np.median(rate))
        typical = max(middle, float(centre[s]) * (middle == 0))
        if typical <= 0:
            continue
        spread = (1.4826 * float(np.median(np.abs(rate - middle)))) ** 2
        piece = size[s] / base[rows, s]
        sigma = np.sqrt(piece * typical + spread)
        usual = typical + sigmas * sigma + _SKEW * (sigmas**2 - 1.0) * piece
        usual = np.maximum(usual, _JUMP_FACTOR * typical)
        usual = np.maximum(usual, typical + _JUMP_SHARE)
        bound[rows, s] = usual * base[rows, s]
    return bound


def _recurring_apart(out: Flags, calendar: NDArray[np.int64]) -> Flags:
    """Jumps that come back in the same calendar month of most years are a season, not jumps."""
    result = out.copy()
    for month in np.unique(calendar):
        rows = calendar == month
        often = (out[rows].sum(axis=0) >= 2) & (out[rows].mean(axis=0) >= 0.5)
        result[np.ix_(rows, often)] = False
    return result


def _season(amount: Floats, base: Floats, calendar: NDArray[np.int64]) -> Floats:
    """Monthly factors of the company's rate, shrunk, where an F test finds them (two years)."""
    flat = np.ones(12)
    rows = (base > 0) & (np.arange(len(base)) >= 0)
    if rows.sum() < 24 or amount[rows].sum() <= 0:
        return flat
    smooth = _around(amount) / np.maximum(_around(base), 1e-300)
    relative = np.divide(amount, base * smooth, out=np.ones_like(amount), where=base * smooth > 0)
    relative = np.minimum(relative[rows], 4.0)
    month = calendar[rows]
    counts = np.bincount(month, minlength=12)
    if (counts < 2).any():
        return flat
    means = np.bincount(month, weights=relative, minlength=12) / counts
    within = ((relative - means[month]) ** 2).sum() / (len(relative) - 12)
    between = (counts * (means - relative.mean()) ** 2).sum() / 11.0
    if within <= 0:
        return np.asarray(means / means.mean()) if between > 1e-12 else flat
    ratio = between / within
    if _f_tail(ratio, 11, len(relative) - 12) > _SEASON_P:
        return flat
    factors = np.maximum(1.0 + (1.0 - 1.0 / ratio) * (means / relative.mean() - 1.0), 0.05)
    return np.asarray(factors / factors.mean())


def _around(values: Floats) -> Floats:
    """Give averages over the thirteen months around each (half weight at the ends)."""
    kernel = np.r_[0.5, np.ones(11), 0.5]
    total = np.convolve(values, kernel, mode="same")
    weight = np.convolve(np.ones_like(values), kernel, mode="same")
    return np.asarray(total / weight)


def _f_tail(ratio: float, between: int, within: int) -> float:
    from scipy.special import fdtrc

    return float(fdtrc(between, within, ratio))


def _local_level(
    amount: Floats, base: Floats, valid: Flags, centre: Floats, size: Floats, pooled: bool
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Level, its relative error, drift, noise (segments,), and one-step errors (months, segments).

    The filter runs for every pair of drift and noise at once; the results are averaged with the
    pairs' posterior weights.
    """
    months, count = amount.shape
    drift, noise = (grid.reshape(-1, 1) for grid in np.meshgrid(DRIFTS, NOISES))
    pairs = len(drift)
    scale = np.where(centre > 0, centre, 1.0)
    start = centre.copy()
    if pooled and base.sum() > 0:
        start[:] = amount.sum() / base.sum()
    level = np.broadcast_to(start / scale, (pairs, count)).copy()
    variance = np.full((pairs, count), 1.0 if pooled else 4.0)
    fit = -(drift / _DRIFT_PRIOR) - 0.5 * (noise / _NOISE_PRIOR) ** 2 + np.zeros((1, count))
    errors = np.full((months, pairs, count), np.nan)
    for t in range(months):
        use = valid[t] & (base[t] > 0)
        variance = variance + drift**2
        if not use.any():
            continue
        divisor = np.where(use, base[t], 1.0)
        seen = amount[t] / divisor / scale
        spread = variance + size / (divisor * scale) + noise**2 + 1e-6
        error = np.where(use, seen - level, 0.0)
        gain = np.where(use, variance / spread, 0.0)
        errors[t] = np.where(use, error / np.sqrt(spread), np.nan)
        fit = fit - np.where(use, 0.5 * (np.log(spread) + error**2 / spread), 0.0)
        level = level + gain * error
        variance = variance * (1.0 - gain)
    weight = np.exp(fit - fit.max(axis=0))
    weight /= weight.sum(axis=0)
    mean = (weight * level).sum(axis=0)
    second = (weight * (variance + (level - mean) ** 2)).sum(axis=0)
    mean = np.where(mean < 0, np.minimum(mean, -0.02), np.maximum(mean, 0.02))
    best = errors[:, weight.argmax(axis=0), np.arange(count)]
    return (
        np.where(centre > 0, mean * scale, 0.0),
        np.minimum(np.sqrt(second) / np.abs(mean), 2.0),
        (weight * drift).sum(axis=0),
        np.sqrt((weight * noise**2).sum(axis=0)),
        best,
    )


def _correlation(errors: Floats) -> float:
    """Average correlation between segments, leaning on 0.3 with a year's worth of months."""
    known = errors[np.isfinite(errors).all(axis=1)]
    count = errors.shape[1]
    if count < 2 or len(known) < 6:
        return 0.3
    centred = known - known.mean(axis=0)
    scaled = centred / np.maximum(centred.std(axis=0), 1e-12)
    product = (scaled.sum(axis=1) ** 2 - (scaled**2).sum(axis=1)).mean()
    found = product / (count * (count - 1))
    return float(np.clip((len(known) * found + 12 * 0.3) / (len(known) + 12), 0.0, 0.95))


def rate_paths(
    rates: Rates, luck: Luck, name: str, calendar: NDArray[np.int64], spread: float
) -> Normals:
    """Paths of a rate ahead: error of its level and drift, without monthly noise, mean kept.

    Parameters
    ----------
    rates : Rates
        The fitted rates.
    luck : Luck
        The draws.
    name : str
        Name of the source.
    calendar : array (months,)
        Calendar months ahead, 0 to 11.
    spread : float
        Factor on every standard deviation.

    Returns
    -------
    array (segments, months, paths)
    """
    paths = relative_paths(rates, luck, name, spread, rates.level_sd)
    paths *= rates.mean(calendar).astype(np.float32)[:, :, None]
    return paths


def relative_paths(rates: Rates, luck: Luck, name: str, spread: float, error: Floats) -> Normals:
    """Factors with mean 1 for an error of the level (relative, (segments,)) and for drift."""
    fixed = np.log1p((spread * error) ** 2).astype(np.float32)[:, None, None]
    step = (spread * rates.drift).astype(np.float32)[:, None, None]
    ahead = np.arange(1, luck.months + 1, dtype=np.float32)[None, :, None]
    exponent = luck.walk(f"{name}, drift", rates.correlation)
    exponent *= step
    exponent += np.sqrt(fixed) * luck.errors(f"{name}, level", rates.correlation)
    exponent -= (fixed + step**2 * ahead) / 2
    return np.asarray(np.exp(exponent, out=exponent))
