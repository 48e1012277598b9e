"""Backtest: forecasts made in earlier months from what was known then, against what came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError, NotEnoughHistoryError
from history.language import kept

from .baselines import BASELINES
from .calibration import SHORTEST, Fits, calibrate
from .engine import simulate
from .levers import Levers

if TYPE_CHECKING:
    from .model import Model

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

_PATHS: Final = 1000
_SEED: Final = 7
_QUANTILES: Final = {"p2_5": 0.025, "p10": 0.1, "p50": 0.5, "p90": 0.9, "p97_5": 0.975}
_FEWEST: Final = 5
"""Origins below which a coverage is not printed."""


@dataclass(frozen=True, eq=False)
class Backtest:
    """Error, bias, coverage and skill of the forecast of the company's MRR, by horizon.

    Attributes
    ----------
    table : DataFrame
        One row a horizon: `horizon` (months), `n` (origins), `error` (mean absolute error of the
        mean, over the actual), `rmsse` (root mean squared error over that of last month's value
        within history), `bias` (mean of forecast / actual - 1), `coverage_80`, `coverage_95`
        (shares; blank with fewer than five origins), `interval_score` (of the 80 % interval, over
        the actual; Gneiting and Raftery 2007, equation 43), and for each baseline `skill_...`:
        1 - error / the baseline's error.
    records : DataFrame
        One row an origin and horizon: `origin`, `horizon`, `month`, `actual`, `mean`, quantiles,
        and each baseline's forecast.
    calibrated : DataFrame
        One row an origin: `origin`, `spread` (factor used) and `reason`.
    notes : tuple of str
        What could not be measured, and why.
    """

    table: pd.DataFrame
    records: pd.DataFrame
    calibrated: pd.DataFrame
    notes: tuple[str, ...]

    def __str__(self) -> str:
        shares = [c for c in self.table.columns if c not in ("horizon", "n", "rmsse")]
        shown = self.table.rename(columns={"horizon": "months ahead", "n": "origins"})
        for column in shares:
            shown[column] = ["" if np.isnan(v) else f"{v:.1%}" for v in self.table[column]]
        shown["rmsse"] = ["" if np.isnan(v) else f"{v:.2f}" for v in self.table["rmsse"]]
        words = {c: c.replace("skill_", "skill vs ").replace("_", " ") for c in shown.columns}
        lines = [shown.rename(columns=words).to_string(index=False), *self.notes]
        return "\n".join(lines)


def run_backtest(
    fits: Fits, horizon: int, origins: int, progress: Progress | None = None
) -> Backtest:
    """Forecast from earlier months and compare; see `Forecaster.backtest`.

    Raises
    ------
    InputError
        A horizon or a number of origins below 1.
    NotEnoughHistoryError
        No earlier month has enough history before it.
    """
    if horizon < 1 or origins < 1:
        raise InputError(f"horizon={horizon}, origins={origins}: both must be 1 or more.")
    today = fits.ledger.as_of
    actual = _actual(fits)
    first = today - (len(actual) - 1)
    months = choose_origins(today, first, horizon, origins)
    if not months:
        raise NotEnoughHistoryError(
            f"history has {len(actual)} closes ({first} to {today}). A backtest goes back to "
            f"months with {SHORTEST} months of movements before them and one after: it needs "
            f"{SHORTEST + 2} closes. The forecast's error cannot be measured yet."
        )
    rows: list[dict[str, object]] = []
    used: list[dict[str, object]] = []
    for done, origin in enumerate(months, start=1):
        found = calibrate(fits, origin)
        model = found.apply(fits.at(origin))
        used.append({"origin": origin, "spread": found.spread, "reason": found.reason})
        rows += _compare(model, found.spread, actual[(origin - first).n + 1 :][:horizon])
        if progress is not None:
            progress(done, len(months))
    records = pd.DataFrame(rows)
    scale = float(np.sqrt(np.mean(np.diff(actual) ** 2)))
    table = _table(records, scale)
    return Backtest(
        table, records, pd.DataFrame(used), _notes(table, horizon, len(months), origins)
    )


def choose_origins(
    today: pd.Period, first: pd.Period, horizon: int, origins: int
) -> list[pd.Period]:
    """Months to forecast from, oldest first.

    All have the full horizon ahead of them where history is long enough: the newest lies
    `horizon` months back, the others every three, two or one months before it, as far apart as
    history allows. In a short history the horizon is cut for the newest ones instead.
    """
    oldest = first + SHORTEST
    room = (today - horizon - oldest).n
    if room >= origins - 1:
        step = min(3, room // (origins - 1)) if origins > 1 else 1
        return [today - horizon - step * k for k in reversed(range(origins))]
    newest = today - 1
    room = (newest - oldest).n
    if room < 0:
        return []
    step = max(1, room // (origins - 1)) if origins > 1 else 1
    step = min(3, step)
    found = [newest - step * k for k in reversed(range(origins))]
    return [origin for origin in found if origin >= oldest]


def _actual(fits: Fits) -> Floats:
    """Give closing MRR of the company as known today, first month of history first."""
    closing = fits.ledger.movements().matrix("closing")
    return np.asarray(closing.to_numpy(dtype=float).sum(axis=1))


def _compare(model: Model, spread: float, known: Floats) -> list[dict[str, object]]:
    """One row a horizon for one origin."""
    horizon = len(known)
    played = simulate(model.beliefs(horizon, _PATHS, _SEED, spread), Levers.none())
    draws = played.total("mrr")
    quantiles = np.quantile(draws, list(_QUANTILES.values()), axis=1)
    plain = {name: forecast(model.record, horizon) for name, forecast in BASELINES.items()}
    return [
        {
            "origin": model.as_of,
            "horizon": h + 1,
            "month": model.as_of + h + 1,
            "actual": float(known[h]),
            "mean": float(draws[h].mean()),
            **{name: float(q[h]) for name, q in zip(_QUANTILES, quantiles, strict=True)},
            **{name: float(path[h]) for name, path in plain.items()},
        }
        for h in range(horizon)
    ]


def _table(records: pd.DataFrame, scale: float) -> pd.DataFrame:
    rows = []
    for horizon, group in records.groupby("horizon"):
        rows.append({"horizon": int(str(horizon)), **_measures(group, scale)})
    return pd.DataFrame(rows)


def _measures(group: pd.DataFrame, scale: float) -> dict[str, float]:
    """Error, bias, coverage and skill of one horizon."""
    actual = group["actual"].to_numpy()
    size = np.where(actual > 0, actual, np.nan)
    error = np.abs(group["mean"].to_numpy() - actual)
    enough = len(group) >= _FEWEST
    measures = {
        "n": len(group),
        "error": _mean(error / size),
        "rmsse": float(np.sqrt(np.mean(error**2))) / scale if scale > 0 else np.nan,
        "bias": _mean(group["mean"].to_numpy() / size - 1.0),
        "coverage_80": _inside(group, "p10", "p90") if enough else np.nan,
        "coverage_95": _inside(group, "p2_5", "p97_5") if enough else np.nan,
        "interval_score": _mean(_interval_score(group) / size),
    }
    for name in BASELINES:
        plain = float(np.abs(group[name].to_numpy() - actual).sum())
        skill = 1.0 - float(error.sum()) / plain if plain > 0 else np.nan
        measures[f"skill_{name.replace(' ', '_')}"] = skill
    return measures


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _inside(group: pd.DataFrame, low: str, high: str) -> float:
    return float(((group["actual"] >= group[low]) & (group["actual"] <= group[high])).mean())


def _interval_score(group: pd.DataFrame) -> Floats:
    """Width of the 80 % interval plus 10 times what the actual lies outside it."""
    low, high, actual = (group[c].to_numpy() for c in ("p10", "p90", "actual"))
    outside = np.maximum(low - actual, 0.0) + np.maximum(actual - high, 0.0)
    return np.asarray(high - low + 10.0 * outside)


def _notes(table: pd.DataFrame, horizon: int, found: int, asked: int) -> tuple[str, ...]:
    notes = []
    if found < asked:
        notes.append(
            kept(
                "History holds {found} of the {asked} origins asked for.", found=found, asked=asked
            )
        )
    few = table.loc[table["n"] < _FEWEST, "horizon"]
    if len(few):
        notes.append(
            kept(
                "Coverage at {horizons} months is blank: fewer than {fewest} origins measure it.",
                horizons=", ".join(map(str, few)),
                fewest=_FEWEST,
            )
        )
    if int(table["horizon"].max()) < horizon:
        longest = int(table["horizon"].max())
        notes.append(
            kept("History is too short to measure beyond {longest} months ahead.", longest=longest)
        )
    notes.append(
        kept(
            "Spans of neighbouring origins overlap, so they are fewer independent trials than "
            "origins."
        )
    )
    return tuple(notes)
