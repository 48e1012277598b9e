"""Movements and cohorts from 100,000 customers to 5 million: time, memory, growth.

    python -m benchmarks.history_size [--customers 100000 1000000] [--repeat 1] [--limit 2GB]

Each way runs in a process of its own on one parquet file; what is timed is reading the file with
every check, and computing the movements and the cohorts (also shown apart). With a limit the
program runs a second time, holding at most that much in its engine. All ways must give the same
figures to the cent.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from .history_movements import measured_alone

PROGRAM, BY_HAND, DENSE = "arrcast", "DuckDB by hand, no checks", "dense pandas"
_DENSE_TO = 1_000_000
"""Beyond it the dense table of customers x months is not computed: it needs some GB a million."""

Runs = dict[str, dict[str, float]]


def _runs(path: Path, customers: int, limit: str, repeat: int) -> tuple[Runs, bool]:
    ways = [(PROGRAM, PROGRAM, {}), (BY_HAND, BY_HAND, {})]
    if limit:
        ways.insert(1, (f"arrcast, at most {limit}", PROGRAM, {"ARRCAST_MEMORY_LIMIT": limit}))
    if customers <= _DENSE_TO:
        ways.append((DENSE, DENSE, {}))
    done: dict[str, list[dict[str, Any]]] = {name: [] for name, *_ in ways}
    for _ in range(repeat):
        for name, way, settings in ways:
            done[name].append(measured_alone(way, path, settings))
    same = len({run["figures"] for runs in done.values() for run in runs}) == 1
    medians = {
        name: {
            what: statistics.median(run[what] for run in runs)
            for what in ("wall", "compute", "cpu", "peak")
        }
        for name, runs in done.items()
    }
    return medians, same


def _print(runs: Runs) -> None:
    best, dense = runs[BY_HAND], runs.get(DENSE)
    print(f"{'':<69}{'of hand:':<20}of dense:")
    head = ("wall s", "computing", "cpu s", "peak MB", *2 * ("wall", "computing"), "memory")
    print(f"{'way':<29}" + "".join(f"{word:>10}" for word in head))
    for name, run in runs.items():
        cells = [f"{run[w]:.1f}" for w in ("wall", "compute", "cpu")] + [f"{run['peak']:.0f}"]
        cells += [f"{run[w] / best[w]:.2f}" for w in ("wall", "compute")]
        cells += [f"{run[w] / dense[w]:.2f}" if dense else "" for w in ("wall", "compute", "peak")]
        print(f"{name:<29}" + "".join(f"{cell:>10}" for cell in cells), flush=True)


def main() -> int:
    """Run every size, print the tables and the growth; 1 if figures differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--limit", default="", help="a memory limit for a second run, as 2GB")
    given = parser.parse_args()
    from history.synthetic import large_company

    first: tuple[int, dict[str, float]] | None = None
    equal = True
    with tempfile.TemporaryDirectory() as folder:
        for customers in given.customers:
            path = Path(folder) / f"lines_{customers}.parquet"
            # In a process of its own: the peak memory of a child is never below its parent's.
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
                lines = apart.submit(large_company, path, customers=customers).result()
            runs, same = _runs(path, customers, given.limit, given.repeat)
            equal &= same
            print(f"\n{customers:,} customers, {lines:,} lines; load {os.getloadavg()[0]:.1f}")
            _print(runs)
            print(f"figures of all ways {'equal' if same else 'DIFFER'}")
            path.unlink()
            if first is None:
                first = customers, runs[PROGRAM]
            else:
                more = customers / first[0]
                growth = runs[PROGRAM]["wall"] / first[1]["wall"] / more
                print(f"arrcast: {more:g} times the customers, {growth:.2f} x linear in time")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
