"""Fit one monthly series: candidates tried at rolling origins, a choice, and its error law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from history.language import marked

from .baselines import naive_forecasts
from .calibration import make_law
from .checks import as_values, check_horizon
from .combination import BASELINES, MEMBERS, MODELS, on_scales
from .errors import ErrorLaw
from .ets import Smoothed, smooth
from .origins import Origins
from .rolling import misses, rolling_origins, score
from .scale import Scale, usable_scales

Array = NDArray[np.float64]

COMBINATION = marked("combination")
DEFAULT = (COMBINATION, *MEMBERS, *BASELINES)

# A single candidate replaces the combination only if it was clearly better in the past.
_CLEARLY = 0.5
_RANGES = 4.0  # furthest plausible forecast, in ranges of the recent values
_JUDGED = 18  # values from which past origins may overrule the combination
_SHORT = 8  # below this many values only exponential smoothing and the baselines are tried


@dataclass(frozen=True)
class SeriesFit:
    """A fitted monthly series; made by :func:`fit_series`.

    Attributes
    ----------
    model
        Name of the model in use.
    choice
        One row a candidate: ``candidate``, ``score`` (mean absolute miss at rolling origins over
        all horizons seen, in units of the seasonal naive's; blank without origins), ``status``
        (``chosen``, ``member``, ``beaten``, ``rejected``) and ``reason``.
    season_length, nonnegative
        As given.
    law
        Distribution of the months ahead.
    series
        The values that were fitted.
    point
        (horizon,) forecast of the months ahead.
    """

    model: str
    choice: pd.DataFrame = field(repr=False)
    season_length: int
    nonnegative: bool
    law: ErrorLaw = field(repr=False)
    series: Array = field(repr=False)
    point: Array = field(repr=False)

    def mean(self, horizon: int) -> Array:
        """Forecast of the next months, (horizon,), in the unit of the series."""
        return self._covering(horizon).point[:horizon].copy()

    def quantile(self, probability: float, horizon: int) -> Array:
        """Quantile of each of the next months, (horizon,)."""
        return self._covering(horizon).law.quantile(probability)[:horizon]

    def simulate(self, horizon: int, z: ArrayLike) -> Array:
        """Paths of the next months from standard normals drawn by the caller.

        Parameters
        ----------
        horizon
            Months ahead.
        z
            (paths, horizon) standard normals; each path increases with each of its numbers.

        Returns
        -------
        (paths, horizon), months correlated as the errors of the model are; the marginal quantiles
        are those of :meth:`quantile`.
        """
        normals = np.asarray(z, dtype=np.float64)
        if normals.ndim != 2 or normals.shape[1] != horizon:
            raise ValueError(
                f"z must have the shape (paths, {horizon}), one standard normal for each path and "
                f"month; it has the shape {normals.shape}."
            )
        return self._covering(horizon).law.paths(normals)

    def refit(self, y: ArrayLike) -> SeriesFit:
        """Fit the same model to another series (or a longer one), without choosing again."""
        return fit_series(
            y,
            season_length=self.season_length,
            horizon=self.law.horizon,
            nonnegative=self.nonnegative,
            candidates=(self.model,),
        )

    def _covering(self, horizon: int) -> SeriesFit:
        check_horizon(horizon)
        if horizon <= self.law.horizon:
            return self
        return fit_series(
            self.series,
            season_length=self.season_length,
            horizon=horizon,
            nonnegative=self.nonnegative,
            candidates=(self.model,),
        )


def fit_series(
    y: ArrayLike,
    *,
    season_length: int = 12,
    horizon: int = 12,
    nonnegative: bool = True,
    candidates: Sequence[str] | None = None,
) -> SeriesFit:
    """Fit a monthly series and its distribution of errors.

    Every candidate forecasts from up to eight past origins; the combination (mean of the members)
    is used unless a candidate was clearly better there. A candidate whose forecast is not finite
    or not plausible beside the naive one is rejected, visibly in ``choice``.

    Parameters
    ----------
    y
        Values, oldest first, at least one; no missing ones.
    season_length
        Months of a season, 1 for none. A season is used only from two full ones on, and only as
        far as it repeats.
    horizon
        Months for which the fit is prepared; more can be asked for later.
    nonnegative
        Whether the series cannot fall below 0; ignored if it does in ``y``.
    candidates
        Names to choose from (see :data:`forecast.series.MODELS`, and ``combination``); None tries
        the usual ones. One name fixes the model.

    Raises
    ------
    ValueError
        If values are missing or infinite (their positions are named), there are none, or a
        candidate is unknown.

    Examples
    --------
    >>> fit = fit_series([100, 102, 104, 106, 108, 110, 112, 114], season_length=1, horizon=2)
    >>> bool(114 < fit.mean(2)[0] < 118)
    True
    """
    values = as_values(y)
    check_horizon(horizon)
    names = _names(candidates)
    bounded = nonnegative and bool(values.min() >= 0.0)
    largest = float(np.abs(values).max()) or 1.0
    unit = values / largest
    period = max(1, season_length)
    scales = usable_scales(unit, nonnegative=bounded)
    ends = (*rolling_origins(len(unit), horizon, period), len(unit))
    plain = Origins(unit, ends, horizon, period)
    views = [(scale, Origins(scale.forward(unit), ends, horizon, period)) for scale in scales]
    tried = _forecasts(names, views, plain)
    chosen, table, paths = _choose(names, plain, tried)
    law = make_law(plain, paths, tried.smoothed, scales[0], bounded=bounded)
    return SeriesFit(
        model=chosen,
        choice=table,
        season_length=season_length,
        nonnegative=nonnegative,
        law=law.times(largest),
        series=values,
        point=np.maximum(paths[-1], -np.inf if law.floor is None else law.floor) * largest,
    )


def _names(candidates: Sequence[str] | None) -> tuple[str, ...]:
    known = (COMBINATION, *MODELS)
    names = DEFAULT if candidates is None else tuple(candidates)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(f"unknown series models: {unknown}. Known are: {', '.join(known)}.")
    return names


@dataclass(frozen=True)
class _Tried:
    forecasts: dict[str, Array]  # name -> (origins and now, horizon)
    rejected: dict[str, str]
    smoothed: Smoothed  # on the scale of the error law


def _forecasts(
    names: Sequence[str], views: Sequence[tuple[Scale, Origins]], plain: Origins
) -> _Tried:
    """Forecasts of all candidates from all origins, the implausible ones apart."""
    smoothed = [smooth(view) for _, view in views]
    ready = [scale.back(one.forecasts) for (scale, _), one in zip(views, smoothed, strict=True)]
    forecasts: dict[str, Array] = {}
    rejected: dict[str, str] = {}
    for name in _wanted(names, plain):
        paths = np.mean(ready, axis=0) if name == "ets" else on_scales(name, views, plain)
        reason = _implausible(paths[-1], plain)
        if reason:
            rejected[name] = reason
        else:
            forecasts[name] = np.asarray(paths, dtype=np.float64)
    return _Tried(forecasts, rejected, smoothed[0])


def _members(plain: Origins) -> tuple[str, ...]:
    """Return what the combination is made of: simpler, the less is known."""
    if len(plain.data) < _SHORT:
        return ("ets", "mean")
    if len(plain.data) < 2 * plain.season_length:
        return (*MEMBERS, "mean")
    return MEMBERS


def _wanted(names: Sequence[str], plain: Origins) -> list[str]:
    """Models to be run: the members of the combination too, few of them on a short series."""
    wanted = [name for name in names if name != COMBINATION]
    if COMBINATION in names:
        wanted = list(dict.fromkeys((*wanted, *_members(plain))))
    if len(plain.data) < _SHORT:
        wanted = [name for name in wanted if name in ("ets", *BASELINES)] or ["ets"]
    return wanted


def _implausible(path: Array, plain: Origins) -> str:
    if not np.isfinite(path).all():
        return "the forecast is not finite"
    recent = plain.data[-max(3 * plain.season_length, 12) :]
    reach = _RANGES * float(recent.max() - recent.min()) + 1e-9 * float(np.abs(recent).max())
    if path.max() > recent.max() + reach or path.min() < recent.min() - reach:
        return f"the forecast leaves the recent values by more than {_RANGES:g} of their ranges"
    return ""


def _choose(names: Sequence[str], plain: Origins, tried: _Tried) -> tuple[str, pd.DataFrame, Array]:
    """Return the model, the table of candidates, its forecasts at the origins and now."""
    forecasts = dict(tried.forecasts)
    members = [name for name in _members(plain) if name in forecasts]
    if COMBINATION in names and members:
        forecasts[COMBINATION] = np.mean([forecasts[name] for name in members], axis=0)
    if not forecasts:
        forecasts["naive"] = naive_forecasts(plain)
    yardstick = _usual_miss(plain.data, plain.season_length)
    scores = {name: score(misses(plain, paths), yardstick) for name, paths in forecasts.items()}
    order = [name for name in dict.fromkeys((*names, *forecasts)) if name in forecasts]
    judged = len(plain.data) >= _JUDGED or COMBINATION not in forecasts
    chosen = _best(scores, order) if judged else COMBINATION
    rows = []
    for name in dict.fromkeys((*names, *forecasts, *tried.rejected)):
        status, reason = _status(name, chosen, members, forecasts, tried)
        rows.append((name, scores.get(name, float("nan")), status, reason))
    table = pd.DataFrame(rows, columns=["candidate", "score", "status", "reason"])
    return chosen, table, forecasts[chosen]


def _usual_miss(unit: Array, period: int) -> float:
    lag = period if len(unit) > period else 1
    if len(unit) <= lag:
        return float(np.abs(unit).max())
    usual = float(np.mean(np.abs(unit[lag:] - unit[:-lag])))
    return usual if usual > 0.0 else float(np.abs(unit).max()) or 1.0


def _best(scores: dict[str, float], order: Sequence[str]) -> str:
    """Return the first of the names unless another was clearly better in the past."""
    first = order[0]
    known = {name: scores[name] for name in order if not np.isnan(scores[name])}
    if first not in known:
        return first
    best = min(known, key=lambda name: (known[name], order.index(name)))
    clearly = _CLEARLY if first == COMBINATION else 1.0
    return best if known[best] < clearly * known[first] else first


def _status(
    name: str, chosen: str, members: Sequence[str], forecasts: dict[str, Array], tried: _Tried
) -> tuple[str, str]:
    if name in tried.rejected:
        return "rejected", tried.rejected[name]
    if name not in forecasts:
        return "not tried", "too few values"
    if name == chosen:
        return "chosen", _why(name, forecasts)
    if chosen == COMBINATION and name in members:
        return "member", "averaged in the combination"
    return "beaten", ""


def _why(chosen: str, forecasts: dict[str, Array]) -> str:
    if COMBINATION in forecasts and chosen != COMBINATION:
        return "clearly better than the combination at past origins"
    if len(forecasts) == 1 and chosen in BASELINES:
        return "the only plausible one"
    return ""
