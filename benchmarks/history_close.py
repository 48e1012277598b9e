"""Closing a month: the whole export read again beside the month's lines put to a known ledger.

    python -m benchmarks.history_close [--customers 100000] [--repeat 3] [--format parquet|csv]

The company's export as of May is read and its movements and cohorts computed; this is not timed.
June comes as a whole export, and as the lines that began or ended in June (and a few of closed
months, corrected). Timed are, each in a process of its own, reading June's export, its movements
and its cohorts, and the close with the same tables. Other figures, or other hashes of the past
than those of the whole, are a failure (exit code 1).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LAST, AS_OF = "2026-05", "2026-06"
_DAY = "DATE '2026-06-01'"
_WAYS = ("whole export", "close")


def _files(folder: Path, customers: int, ending: str) -> dict[str, int]:
    """Write the three files; give their numbers of lines."""
    import duckdb

    from history.synthetic import large_company

    large_company(folder / "lines.parquet", customers=customers)
    unknown = f'CASE WHEN "end" < {_DAY} THEN "end" END'
    corrected = "CASE WHEN hash(subscription_id) % 5000 = 0 THEN amount + 1 ELSE amount END"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW lines AS FROM '{folder}/lines.parquet'")
        connection.execute(
            f"CREATE VIEW june AS SELECT * REPLACE ({corrected} AS amount) FROM lines"
        )
        connection.execute(
            f'CREATE VIEW may AS SELECT * REPLACE ({unknown} AS "end") FROM lines'
            f' WHERE "start" < {_DAY}'
        )
        connection.execute("CREATE VIEW added AS FROM june EXCEPT FROM may")
        counts = {}
        for name in ("may", "june", "added"):
            target = f"{folder}/{name}.{ending}"
            connection.execute(f"COPY (FROM {name}) TO '{target}'")
            found = connection.execute(f"SELECT count(*) FROM {name}").fetchall()
            counts[name] = int(found[0][0])
    return counts


def _figures(ledger: Any, by: str | None) -> str:
    """Hash movements and cohorts."""
    digest = hashlib.sha256()
    for table in (ledger.movements(by).minor, ledger.cohorts(by).minor):
        digest.update(table.to_csv(index=False).encode())
    return digest.hexdigest()


def _measure(way: str, folder: Path, ending: str, by: str | None) -> dict[str, Any]:
    """Run one way in this process."""
    from history import Ledger

    if way == "close":
        known = Ledger.read(folder / f"may.{ending}", as_of=LAST, currency="EUR")
        _figures(known, by)
    wall, cpu = time.perf_counter(), time.process_time()
    if way == "close":
        ledger = known.close(folder / f"added.{ending}", as_of=AS_OF)
    else:
        ledger = Ledger.read(folder / f"june.{ending}", as_of=AS_OF, currency="EUR")
    read = time.perf_counter() - wall
    figures = _figures(ledger, by)
    return {
        "wall": time.perf_counter() - wall,
        "read": read,
        "cpu": time.process_time() - cpu,
        "figures": figures,
        "past": ledger.fingerprint().digest,
    }


def _child(way: str, folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.history_close", "--way", way]
    command += ["--folder", str(folder), "--format", given.format]
    command += ["--by", given.by] if given.by else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> int:
    """Run both ways in turn and print the medians; 1 if a figure differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--format", choices=["parquet", "csv"], default="parquet")
    parser.add_argument("--by", help="a dimension: size, region or plan")
    parser.add_argument("--way", choices=_WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(_measure(given.way, given.folder, given.format, given.by)))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counts = _files(folder, given.customers, given.format)
        print(
            f"{given.customers:,} customers, {counts['june']:,} lines, {given.format};"
            f" {counts['added']:,} lines added or changed",
            flush=True,
        )
        runs = {way: [_child(way, folder, given)] for way in _WAYS}
        for _ in range(given.repeat - 1):
            for way in _WAYS:
                runs[way].append(_child(way, folder, given))
    return _told(runs)


def _told(runs: dict[str, list[dict[str, Any]]]) -> int:
    def median(way: str, what: str) -> float:
        return statistics.median(float(run[what]) for run in runs[way])

    print(f"{'':<14}{'wall s':>9}{'ledger s':>10}{'cpu s':>9}")
    for way in _WAYS:
        values = [median(way, what) for what in ("wall", "read", "cpu")]
        print(f"{way:<14}{values[0]:>9.2f}{values[1]:>10.2f}{values[2]:>9.2f}")
    whole, close = _WAYS
    for what in ("wall", "cpu"):
        print(f"{what}: the close takes 1/{median(whole, what) / median(close, what):.1f}")
    told = [(run["figures"], run["past"]) for way in _WAYS for run in runs[way]]
    print("figures and fingerprints:", "equal" if len(set(told)) == 1 else "DIFFERENT")
    return int(len(set(told)) > 1)


if __name__ == "__main__":
    raise SystemExit(main())
