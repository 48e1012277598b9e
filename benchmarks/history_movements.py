"""Movements and cohorts of a large ledger: the program beside the dense computation in pandas.

    python -m benchmarks.history_movements [--customers 100000] [--repeat 5] [--data FILE]

Each way runs in processes of its own, one after the other in turn, on one parquet file; what is
timed is reading the file (the program checks every cell of it, the others none) and computing the
movements and the cohorts, not the start of Python and the imports. All ways must give the same
figures to the cent, or the benchmark fails.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

AS_OF = "2026-06"
_MONTH = 2026 * 12 + 5
_TARGET = 1 / 3
_REFERENCE = "dense pandas"

Tables = tuple[Any, Any]
Read = Callable[[], Any]
Compute = Callable[[Any], Tables]


def _program(path: Path) -> tuple[Read, Compute]:
    from history import Ledger

    def compute(ledger: Any) -> Tables:
        moves, cohorts = ledger.movements().minor, ledger.cohorts().minor
        moves = moves[~moves["movement"].isin(["opening", "fx"])]
        moves = moves.assign(month=_numbers(moves["month"]))
        cohorts = cohorts.assign(cohort=_numbers(cohorts["cohort"]))
        return moves[moves["month"] > moves["month"].min()], cohorts

    return (lambda: Ledger.read(path, as_of=AS_OF, currency="EUR")), compute


def _dense(path: Path, way: str) -> tuple[Read, Compute]:
    from . import dense_pandas as dense

    def compute(lines: Any) -> Tables:
        closing = getattr(dense, way)(lines, _MONTH)
        return dense.movements(closing), dense.cohorts(closing)

    return (lambda: dense.read_lines(path, _MONTH)), compute


def _by_hand(path: Path) -> tuple[Read, Compute]:
    from . import duckdb_by_hand as hand

    return (lambda: hand.read_lines(path)), (lambda engine: hand.tables(engine, _MONTH))


WAYS: dict[str, Callable[[Path], tuple[Read, Compute]]] = {
    "arrcast": _program,
    _REFERENCE: lambda path: _dense(path, "explode"),
    "DuckDB by hand, no checks": _by_hand,
    "dense pandas, change points": lambda path: _dense(path, "scatter"),
}


def _numbers(months: Any) -> Any:
    return months.dt.year * 12 + months.dt.month - 1


def _hash(tables: Tables) -> str:
    keys = (
        ["month", "movement", "customers", "mrr"],
        ["cohort", "age", "customers", "mrr", "kept_customers", "kept_mrr"],
    )
    digest = hashlib.sha256()
    for table, columns in zip(tables, keys, strict=True):
        rows = table[columns].sort_values(columns[:2])
        digest.update(rows.to_csv(index=False).encode())
    return digest.hexdigest()


def _measure(way: str, path: Path) -> dict[str, Any]:
    """Run one way in this process: wall and cpu seconds, peak megabytes, hash of the figures."""
    read, compute = WAYS[way](path)
    wall, cpu = time.perf_counter(), time.process_time()
    lines = read()
    reading = time.perf_counter() - wall
    tables = compute(lines)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "wall": wall,
        "read": reading,
        "compute": wall - reading,
        "cpu": cpu,
        "peak": peak,
        "figures": _hash(tables),
    }


def measured_alone(
    way: str, path: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Run one way in a process of its own, with these environment variables."""
    command = [sys.executable, "-m", "benchmarks.history_movements", "--way", way]
    done = subprocess.run(
        [*command, "--data", str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **settings},
    )
    if done.returncode:
        raise SystemExit(f"{way} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


_COLUMNS = {
    "wall": ("wall s", ".2f"),
    "read": ("reading", ".2f"),
    "compute": ("computing", ".2f"),
    "cpu": ("cpu s", ".2f"),
    "peak": ("peak MB", ".0f"),
}


def _table(runs: dict[str, list[dict[str, Any]]]) -> str:
    shares = ("wall", "compute", "cpu", "peak")
    head = [name for name, _ in _COLUMNS.values()] + ["wall", "computing", "cpu", "memory"]
    lines = [f"{'':<79}{'of ' + _REFERENCE + ':'}", f"{'way':<29}" + _row(head)]
    for way, done in runs.items():
        cells = [f"{_median(done, what):{form}}" for what, (_, form) in _COLUMNS.items()]
        cells += [f"{_share(runs, way, what):.2f}" for what in shares]
        lines.append(f"{way:<29}" + _row(cells))
    return "\n".join(lines)


def _median(runs: list[dict[str, Any]], what: str) -> float:
    return statistics.median(run[what] for run in runs)


def _share(runs: dict[str, list[dict[str, Any]]], way: str, what: str) -> float:
    """Give the median of a way as a share of the reference's."""
    return _median(runs[way], what) / _median(runs[_REFERENCE], what)


def _row(cells: list[str]) -> str:
    return "".join(f"{cell:>10}" for cell in cells)


def _data(path: Path | None, folder: str, customers: int) -> Path:
    if path is not None:
        return path
    from history.synthetic import large_company

    made = Path(folder) / "lines.parquet"
    lines = large_company(made, customers=customers)
    print(f"{customers:,} customers, {lines:,} lines, 60 months to {AS_OF}", flush=True)
    return made


def main() -> int:
    """Run every way in turn, print the medians; 1 if figures differ or the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--data", type=Path, help="a parquet file made by large_company")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(_measure(given.way, given.data)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = _data(given.data, folder, given.customers)
        runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
        for _ in range(given.repeat):
            for way, done in runs.items():
                done.append(measured_alone(way, path))
    print(f"median of {given.repeat} runs each, in turn; load {os.getloadavg()[0]:.1f}")
    print(_table(runs))
    same = len({run["figures"] for done in runs.values() for run in done}) == 1
    share, whole = (_share(runs, "arrcast", what) for what in ("compute", "wall"))
    print(f"figures of all ways {'equal' if same else 'DIFFER'}")
    print(f"movements and cohorts: {share:.2f} of {_REFERENCE} (target: below {_TARGET:.2f});")
    print(f"with the reading and all its checks: {whole:.2f} of it")
    return 0 if same and share < _TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
