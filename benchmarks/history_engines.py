"""One ledger on three engines: are all its tables equal, and how long does each take?

    python -m benchmarks.history_engines [--customers 20000] [--engines duck postgres spark]
                                         [--postgres ADDRESS] [--spark-master local[2]]

The same made-up table is laid into DuckDB, PostgreSQL (a server of its own is started without
``--postgres``) and Spark; ``Ledger.on`` computes there what the other floors ask for. Printed are
seconds by step, the rows that came to Python, and one hash over all tables; the benchmark fails if
the hashes differ.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

AS_OF = "2026-06"
BY = "size"
STEPS: dict[str, Callable[[Any], list[Any]]] = {
    "movements": lambda ledger: [ledger.movements().minor, ledger.movements(BY).minor],
    "cohorts": lambda ledger: [ledger.cohorts().minor, ledger.cohorts(BY).minor],
    "lives": lambda ledger: [ledger.lives(BY).exposure, ledger.lives(BY).standing],
    "metrics": lambda ledger: [*map(astuple, ledger.metrics(by=BY))],
    "spread": lambda ledger: [*map(astuple, ledger.retention_spread(by=BY))],
    "future": lambda ledger: [ledger.future_mrr(by=BY).minor, ledger.renewals(by=BY).due],
    "fingerprint": lambda ledger: [ledger.fingerprint().digest],
    "earlier": lambda ledger: [ledger.at("2024-12").movements().minor],
}


@contextmanager
def on_duck(path: Path, _: argparse.Namespace) -> Iterator[tuple[Any, str]]:
    """Lay the table into DuckDB."""
    from history.engines import DuckEngine

    connection = duckdb.connect(":memory:")
    connection.execute(f"CREATE TABLE billing AS SELECT * FROM read_parquet('{path}')")
    yield DuckEngine(connection), "billing"


@contextmanager
def on_postgres(path: Path, told: argparse.Namespace) -> Iterator[tuple[Any, str]]:
    """Lay the table into PostgreSQL."""
    import psycopg

    from history.engines import PostgresEngine

    with _server(told.postgres) as address, psycopg.connect(address, autocommit=True) as opened:
        csv = path.with_suffix(".csv")
        duckdb.execute(f"COPY (FROM read_parquet('{path}')) TO '{csv}' (HEADER false)")
        opened.execute(
            'CREATE TEMPORARY TABLE billing (customer_id text, subscription_id text, "start" date,'
            ' "end" date, amount numeric(18, 2), "interval" text, currency text, size text,'
            " region text, plan text)"
        )
        with opened.cursor() as cursor, cursor.copy("COPY billing FROM STDIN (FORMAT csv)") as copy:
            copy.write(csv.read_bytes())
        yield PostgresEngine(opened), "billing"


@contextmanager
def _server(address: str | None) -> Iterator[str]:
    if address:
        yield address
        return
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "history"))
    from postgres_server import running_postgres

    with running_postgres() as server:
        yield server.url().replace("postgresql+psycopg", "postgresql")


@contextmanager
def on_spark(path: Path, told: argparse.Namespace) -> Iterator[tuple[Any, str]]:
    """Lay the table into a Spark session of this machine."""
    from pyspark.sql import SparkSession

    from history.engines import SparkEngine

    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "4g",
        "spark.local.dir": str(path.parent / "spark"),
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(path.parent / "warehouse"),
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(told.spark_master).appName("arrcast benchmark")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.read.parquet(str(path)).createOrReplaceTempView("billing")
    yield SparkEngine(session), "billing"
    session.stop()


ENGINES = {"duck": on_duck, "postgres": on_postgres, "spark": on_spark}


def measure(engine: Any, table: str) -> tuple[dict[str, float], int, str]:
    """Give the seconds of every step, the rows that came to Python, and the hash of all tables."""
    from history import Ledger

    seconds: dict[str, float] = {}
    known = hashlib.sha256()
    rows = 0
    started = time.perf_counter()
    ledger = Ledger.on(engine, table, as_of=AS_OF, currency="EUR")
    seconds["lines"] = time.perf_counter() - started
    for step, make in STEPS.items():
        started = time.perf_counter()
        for told in make(ledger):
            if isinstance(told, pd.DataFrame):
                rows += len(told)
                known.update(told.to_csv(index=False).encode())
            else:
                known.update(json.dumps(told, default=str).encode())
        seconds[step] = time.perf_counter() - started
    return seconds, rows, known.hexdigest()


def main() -> int:
    """Run the engines one after the other."""
    from history.synthetic import large_company

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--engines", nargs="+", choices=[*ENGINES], default=[*ENGINES])
    parser.add_argument("--postgres", metavar="ADDRESS", help="of a server that runs already")
    parser.add_argument("--spark-master", default="local[2]")
    told = parser.parse_args()
    warnings.simplefilter("ignore")
    found: dict[str, tuple[dict[str, float], int, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "billing.parquet"
        lines = large_company(path, customers=told.customers)
        print(f"{told.customers:,} customers, {lines:,} lines, 60 months\n")
        for name in told.engines:
            started = time.perf_counter()
            with ENGINES[name](path, told) as (engine, table):
                laid = time.perf_counter() - started
                found[name] = measure(engine, table)
            found[name][0]["(start, table)"] = laid
    print(f"{'seconds':<16}" + "".join(f"{name:>12}" for name in found))
    for step in ("(start, table)", "lines", *STEPS):
        print(f"{step:<16}" + "".join(f"{found[name][0][step]:>12.2f}" for name in found))
    print(f"{'rows pulled':<16}" + "".join(f"{found[name][1]:>12,}" for name in found))
    print(f"{'all tables':<16}" + "".join(f"{found[name][2][:10]:>12}" for name in found))
    equal = len({digest for _, _, digest in found.values()}) == 1
    print("\nall tables are equal" if equal else "\nTHE TABLES DIFFER")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
