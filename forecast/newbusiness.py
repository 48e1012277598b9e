"""New business: customers won by month and segment, and what they pay.

The number expected is a weighted mean of two views. One continues the average of the last twelve
months with part of the growth of the year before: the part is the larger, the less the counts
scatter. A young company has no year before: its growth within its months is carried on instead,
as far as it is believed. The other view is a monthly series model (`fit_series`), which knows
season and trend, and weighs more while history is short. On 176 series of simulated companies the
mean of both missed the next year's number by less than either; on 250 of less than eighteen months
the growth within them made the next year's error a fifth smaller than the series model's alone.

Around it, a month's number is a Poisson count with the noise and the drift that history shows. What
a new customer pays is a level that drifts slowly; the scatter of single deals is measured apart, so
that a month with few deals is as lumpy as it really is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.language import figure, kept

from .counts import poisson
from .luck import Luck, Normals
from .rates import Rates, fit_rates, relative_paths
from .record import Record
from .series import SeriesFit, fit_series

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_YEAR: Final = 12
_SHORTEST_SERIES: Final = 6
_FEW: Final = 1.0
"""Customers a month below which a series model is not tried."""

_GROWTH_KEPT: Final = 0.4
_GROWTH_PRIOR: Final = 0.25
_GROWTH_MOST: Final = 0.7
_GROWTH_ERROR: Final = 0.1
_FADE: Final = 0.95
_GROWTH_YOUNG: Final = 0.05
"""Standard deviation of young companies' growth a month, before their own months are seen."""

_YOUNG: Final = 18
"""Months below which growth is measured within them, for want of half a year before the last."""

_LUMPY: Final = 0.1
"""Relative noise of a month's number beside counting."""

_SERIES_WEIGHT: Final = 0.35
_SERIES_YOUNG: Final = 0.5
_NEWTON: Final = 12
_LEAST_RATIO: Final = 0.05
_LONG: Final = 30
_MIX_HALF_LIFE: Final = 12.0
_MIX_LEAN: Final = 0.02


@dataclass(frozen=True, eq=False)
class Trend:
    """Level and growth of a monthly count, arrays (segments,).

    Attributes
    ----------
    level : array
        Average a month over the last year; of a young company the number of the last month on the
        curve of its growth.
    since : array
        Months from the middle of that year (or from that month) to the last month.
    growth : array
        Logarithm of the growth a year that is carried on, after shrinking.
    error : array
        Standard error of that growth.
    """

    level: Floats
    since: Floats
    growth: Floats
    error: Floats

    def years(self, months: int) -> Floats:
        """Years of full growth since the middle of the span, fading, array (segments, months)."""
        ahead = self.since[:, None] + np.arange(1, months + 1)[None, :]
        return np.asarray((1.0 - _FADE**ahead) / (1.0 - _FADE**_YEAR))

    def path(self, months: int) -> Floats:
        """Give expected counts without season, array (segments, months)."""
        return np.asarray(self.level[:, None] * np.exp(self.growth[:, None] * self.years(months)))


@dataclass(frozen=True, eq=False)
class NewBusiness:
    """Fitted new business of all segments.

    Attributes
    ----------
    series : tuple of SeriesFit or None
        One a segment; None where there is too little for one.
    reasons : tuple of str
        Why a segment has no series model, empty where it has one.
    weight : array (segments,)
        Weight of the series model in the expected number.
    trend : Trend
        The other view: last year's average and part of its growth.
    level : Rates
        Season, drift and noise of the customers won.
    arpa : Rates
        MRR per customer won.
    share : float
        Customers of the company against the sum over segments (below 1 where customers buy in
        several segments).
    """

    series: tuple[SeriesFit | None, ...]
    reasons: tuple[str, ...]
    weight: Floats
    trend: Trend
    level: Rates
    arpa: Rates
    share: float = 1.0

    def expected(self, months: int, calendar: Whole) -> Floats:
        """Give expected customers won, array (segments, months).

        Beyond a year the series model's ratio to the trend is carried on by calendar month.
        """
        season = self.level.season[calendar][None, :]
        mean = self.trend.path(months) * season
        first = self.trend.path(_YEAR) * self.level.season[(calendar[0] + np.arange(_YEAR)) % 12]
        for s, fit in enumerate(self.series):
            if fit is not None and mean[s].max() > 0:
                ratio = np.maximum(fit.mean(_YEAR) / first[s], _LEAST_RATIO)
                mean[s] *= ratio[np.arange(months) % _YEAR] ** self.weight[s]
        return np.asarray(mean * self.share)

    def customers(self, luck: Luck, calendar: Whole, spread: float, factor: Floats) -> Normals:
        """Give customers won, whole numbers, array (segments, months, paths).

        `factor` (months,) multiplies the number expected.
        """
        paths = self.errors(luck, spread)
        paths *= (self.expected(luck.months, calendar) * factor).astype(np.float32)[:, :, None]
        return np.asarray(poisson(paths, luck.normals("new customers, count")), dtype=np.float32)

    def errors(self, luck: Luck, spread: float) -> Normals:
        """Give factors of mean 1 on the customers expected, array (segments, months, paths)."""
        paths = relative_paths(self.level, luck, "new customers", spread, self.level.level_sd)
        error = spread * self.trend.error[:, None] * self.trend.years(luck.months)
        growth = error.astype(np.float32)[:, :, None]
        tilt = luck.errors("new customers, growth", self.level.correlation)
        variance = np.log1p((spread * self.level.noise) ** 2).astype(np.float32)[:, None, None]
        noise = luck.related("new customers", self.level.correlation)
        noise *= np.sqrt(variance)
        noise += growth * tilt
        noise -= (variance + growth**2) / 2
        paths *= np.exp(noise, out=noise)
        return paths


def fit_new_business(record: Record, share: float = 1.0, *, quick: bool = False) -> NewBusiness:
    """Fit new customers and their MRR.

    Parameters
    ----------
    record : Record
        The history.
    share : float
        Customers of the company against the sum over segments.
    quick : bool
        Whether the series model is left out, or is exponential smoothing where it weighs much,
        for the many refits of a calibration.

    Returns
    -------
    NewBusiness
    """
    won, amounts = record.customers["new"], record.mrr["new"]
    begun = np.cumsum(won, axis=0) > 0
    trend = _fit_trend(won, begun)
    index = _index(trend, len(won))
    level = fit_rates(won, np.where(begun, index, np.nan), record.calendar, pooled=False)
    arpa = fit_rates(amounts, won, record.calendar, squares=record.squares["new"], counted=True)
    short = np.clip((_LONG - begun.sum(axis=0)) / (_LONG / 2.0), 0.0, 1.0)
    weight = _SERIES_WEIGHT + (_SERIES_YOUNG - _SERIES_WEIGHT) * short
    fits, reasons = [], []
    for s in range(won.shape[1]):
        fit, reason = _fit_customers(won[begun[:, s], s], float(weight[s]), quick)
        fits.append(fit)
        reasons.append(reason)
    return NewBusiness(tuple(fits), tuple(reasons), weight, trend, level, _flat_season(arpa), share)


def _fit_trend(won: Floats, begun: NDArray[np.bool_]) -> Trend:
    """Last year's average and the growth since the year before, shrunk by its own error."""
    columns = [_trend_of(won[begun[:, s], s]) for s in range(won.shape[1])]
    level, since, growth, error = np.array(columns).T
    return Trend(level, since, growth, error)


def _trend_of(won: Floats) -> tuple[float, float, float, float]:
    """Level, months since its middle, growth kept a year, and its error, of one segment."""
    last = won[-_YEAR:]
    if not len(last):
        return 0.0, 0.0, 0.0, _GROWTH_ERROR
    if len(won) < _YOUNG:
        return _young_trend(last)
    level, since = float(last.mean()), (_YEAR - 1) / 2.0
    before, after = won[-2 * _YEAR : -_YEAR], last
    if before.sum() <= 0 or after.sum() <= 0:
        return level, since, 0.0, 2.0 * _GROWTH_ERROR
    apart = (len(before) + len(after)) / 2.0 / _YEAR
    growth = float(np.log(after.mean() / before.mean()) / apart)
    variance = (1.0 / after.sum() + 1.0 / before.sum() + 0.01) / apart**2
    kept = _GROWTH_KEPT * _GROWTH_PRIOR**2 / (_GROWTH_PRIOR**2 + variance)
    growth = float(np.clip(growth, -_GROWTH_MOST, _GROWTH_MOST))
    return level, since, kept * growth, float(np.sqrt(_GROWTH_ERROR**2 + variance / 4.0))


def _young_trend(won: Floats) -> tuple[float, float, float, float]:
    """Give the same from the growth within the months given, shrunk by its own error.

    Growth is the slope of a Poisson regression with a log link, found by Newton's method.
    """
    back = np.arange(len(won)) - (len(won) - 1.0)
    if len(won) < 3 or won.sum() <= 0:
        return float(won.mean()), 0.0, 0.0, 2.0 * _GROWTH_ERROR
    slope, mean = 0.0, np.full(len(won), won.mean())
    for _ in range(_NEWTON):
        curve = np.exp(slope * back)
        mean = curve * won.sum() / curve.sum()
        centred = back - (mean * back).sum() / mean.sum()
        step = float((won * centred).sum() / (mean * centred**2).sum())
        slope += float(np.clip(step, -0.5, 0.5))
    information = float((mean * centred**2).sum())
    scatter = max(float(((won - mean) ** 2 / mean).sum()) / (len(won) - 2), 1.0)
    variance = scatter / information + _LUMPY**2 / float(((back - back.mean()) ** 2).sum())
    kept = _GROWTH_YOUNG**2 / (_GROWTH_YOUNG**2 + variance)
    level = float(won.sum() / np.exp(kept * slope * back).sum())
    year = _FADE * (1.0 - _FADE**_YEAR) / (1.0 - _FADE)  # months of full growth in a fading year
    error = np.hypot(_GROWTH_ERROR, year * np.sqrt(kept * variance))
    return level, 0.0, year * kept * slope, float(error)


def _index(trend: Trend, months: int) -> Floats:
    """Give the growth carried back into history, 1 in the last month, array (months, segments)."""
    back = np.arange(months)[::-1, None] / _YEAR
    return np.asarray(np.exp(-np.clip(trend.growth[None, :] * back, -1.5, 1.5)))


def _fit_customers(won: Floats, weight: float, quick: bool) -> tuple[SeriesFit | None, str]:
    """Give a series model, or the reason why there is none."""
    recent = float(won[-_YEAR:].mean()) if len(won) else 0.0
    if len(won) < _SHORTEST_SERIES:
        return None, kept("{n} months of new business: their average alone", n=len(won))
    if recent < _FEW:
        return None, kept(
            "{n} new customers a month: their average alone", n=partial(figure, recent, 1)
        )
    if quick and weight <= _SERIES_WEIGHT:
        return None, kept("left out of a quick fit")
    candidates = ["ets"] if quick else None
    return fit_series(won, season_length=12, horizon=_YEAR, candidates=candidates), ""


def _flat_season(rates: Rates) -> Rates:
    """Prices have no season; what looks like one is the mix of the deals."""
    return replace(rates, season=np.ones(12))


def mix_of_terms(cells: pd.DataFrame, standing: pd.DataFrame, segments: int) -> pd.DataFrame:
    """Terms of contract of new business: their shares of customers and MRR by segment.

    Measured on the lives that began in history, recent ones more; where none did, on today's
    customers. Thin segments lean on the company's mix.

    Parameters
    ----------
    cells : DataFrame
        Exposure of lives (`Lives.exposure`).
    standing : DataFrame
        Today's customers (`Lives.standing`).
    segments : int
        Number of segments.

    Returns
    -------
    DataFrame
        Columns segment, term, customers, mrr; both shares sum to 1 in every segment.
    """
    began = cells[(cells["age"] == 1) & ~cells["left_truncated"]]
    if began.empty:
        began = standing.rename(columns={"customers": "at_risk", "mrr": "open_mrr"})
    start = pd.PeriodIndex(began["start"], freq="M").asi8
    weight = 0.5 ** ((start.max() - start) / _MIX_HALF_LIFE) if len(began) else np.ones(0)
    terms, term = np.unique(began["term"].to_numpy(dtype=np.int64), return_inverse=True)
    if not len(terms):
        terms, term = np.array([1]), np.zeros(0, dtype=np.int64)
    shares = {}
    for name, column in (("customers", "at_risk"), ("mrr", "open_mrr")):
        table = np.zeros((segments, len(terms)))
        amount = began[column].to_numpy(dtype=float) * weight
        np.add.at(table, (began["segment"].to_numpy(dtype=np.int64), term), amount)
        shares[name] = _leaning_mix(table)
    segment, place = np.meshgrid(np.arange(segments), np.arange(len(terms)), indexing="ij")
    return pd.DataFrame(
        {
            "segment": segment.ravel(),
            "term": terms[place.ravel()],
            "customers": shares["customers"].ravel(),
            "mrr": shares["mrr"].ravel(),
        }
    )


def _leaning_mix(table: Floats) -> Floats:
    """Shares by row; a row with little leans a little on the shares of all."""
    total = table.sum()
    count = table.shape[1]
    common = table.sum(axis=0) / total if total > 0 else np.full(count, 1.0 / count)
    lean = _MIX_LEAN * (total / max(len(table), 1) if total > 0 else 1.0)
    own = table.sum(axis=1, keepdims=True)
    return np.asarray((table + lean * common) / (own + lean))
