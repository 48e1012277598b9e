"""One table on three engines, and everything that a ledger says, laid side by side."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from pandas.testing import assert_frame_equal

from history import Ledger
from history.engines import DuckEngine, PostgresEngine, SparkEngine

ENGINES = ("duck", "postgres", "spark")

_PLAIN = {"object": "text", "str": "text", "float64": "float", "int64": "integer"}
_NAMES = {
    "duck": {"text": "VARCHAR", "float": "DOUBLE", "integer": "BIGINT"},
    "postgres": {"text": "text", "float": "double precision", "integer": "bigint"},
    "spark": {"text": "string", "float": "double", "integer": "bigint"},
}


def spark_session(folder: Path) -> Any:
    """Start the one Spark session of the tests: small, quiet, on the loopback alone.

    Its settings are for tables of a few rows, which make no parts (:func:`in_parts` does); a time
    zone with summer time shows what hangs on it.
    """
    from pyspark.sql import SparkSession

    settings = {
        "spark.broadcast.compress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.driver.memory": "1g",
        "spark.local.dir": str(folder / "local"),
        "spark.log.level": "ERROR",
        "spark.shuffle.compress": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.autoBroadcastJoinThreshold": "-1",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.codegen.wholeStage": "false",
        # Each step of the planner would be checked by a second look at the whole plan.
        "spark.sql.lightweightPlanChangeValidation": "false",
        "spark.sql.session.timeZone": "Europe/Berlin",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[1]").appName("arrcast tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return builder.getOrCreate()


@contextmanager
def in_parts(session: Any, parts: int) -> Iterator[None]:
    """Let every shuffle make so many parts: what is computed must not hang on them."""
    session.conf.set("spark.sql.shuffle.partitions", str(parts))
    try:
        yield
    finally:
        session.conf.set("spark.sql.shuffle.partitions", "1")


def put(engine: str, place: Any, table: str, frame: pd.DataFrame, types: Mapping[str, str]) -> None:
    """Write a frame as a table of one of the engines.

    Parameters
    ----------
    engine
        One of :data:`ENGINES`.
    place
        A DuckDB or psycopg connection, or a Spark session.
    types
        Column -> "date", "numeric(p, s)" or any other word that all three know; the others follow
        the frame.
    """
    words = {name: types.get(name) or _PLAIN[str(frame[name].dtype)] for name in frame.columns}
    typed = {name: _NAMES[engine].get(word, word) for name, word in words.items()}
    cells = frame.astype(object).where(frame.notna(), None)
    for name, word in words.items():
        if word == "date":
            cells[name] = [
                None if pd.isna(day) else pd.Timestamp(day).date() for day in cells[name]
            ]
    rows = list(cells.itertuples(index=False, name=None))
    if engine == "spark":
        schema = ", ".join(f"`{name}` {word}" for name, word in typed.items())
        place.createDataFrame(rows, schema).createOrReplaceTempView(table)
        return
    place.execute(f'DROP TABLE IF EXISTS "{table}"')
    columns = ", ".join(f'"{name}" {word}' for name, word in typed.items())
    place.execute(f'CREATE TABLE "{table}" ({columns})')
    if engine == "duck":
        marks = ", ".join("?" for _ in typed)
        if rows:
            place.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
        return
    with place.cursor() as cursor, cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def engine_of(engine: str, place: Any) -> Any:
    """Give the engine over a place."""
    return {"duck": DuckEngine, "postgres": PostgresEngine, "spark": SparkEngine}[engine](place)


def everything(ledger: Ledger, *dimensions: str | list[str]) -> dict[str, Any]:
    """Give every table of a ledger, in total and by dimensions."""
    told: dict[str, Any] = {
        "as_of": (str(ledger.as_of), str(ledger.first_month), ledger.currency, ledger.dimensions),
        "fingerprint": astuple_of(ledger),
        "lines": ledger.lines(),
        "customer movements": ledger.customer_movements(),
        "rejected": ledger.rejected,
        "findings": [astuple(item) for item in ledger.findings],
        "reconciled": ledger.reconcile({str(ledger.as_of): "1.00"}).rows,
    }
    for by in (None, *dimensions):
        moves, cohorts, lives = ledger.movements(by), ledger.cohorts(by), ledger.lives(by)
        renewals, future = ledger.renewals(by=by), ledger.future_mrr(by=by)
        moves.verify()
        told |= {
            f"movements by {by}": moves.minor,
            f"squares by {by}": moves.matrix("closing", "squares"),
            f"cohorts by {by}": cohorts.minor,
            f"exposure by {by}": lives.exposure,
            f"standing by {by}": lives.standing,
            f"metrics by {by}": ledger.metrics(3, by),
            f"spread by {by}": ledger.retention_spread(3, by),
            f"due by {by}": renewals.due,
            f"largest due by {by}": renewals.largest,
            f"came up by {by}": renewals.past,
            f"future by {by}": future.minor,
            f"quarters by {by}": ledger.cohorts(by, every="quarter").minor,
            f"churn reasons by {by}": ledger.churn_reasons(by).minor,
            f"price and volume by {by}": ledger.price_volume(by).minor,
            f"stages by {by}": ledger.stages(by, boundaries=(3, 12)).minor,
            f"paying by {by}": ledger.paying(by),
        }
    return told


def astuple_of(ledger: Ledger) -> tuple[object, ...]:
    """Give all of a ledger's fingerprint."""
    known = ledger.fingerprint()
    return (known.digest, dict(known.months), known.ahead)


def assert_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Every table equal, to the minor unit, the type of each column and the order of rows."""
    assert one.keys() == other.keys()
    for name, table in one.items():
        if isinstance(table, pd.DataFrame):
            assert_frame_equal(table, other[name], check_exact=True, obj=name)
        else:
            assert table == other[name], name


def fresh_duck() -> duckdb.DuckDBPyConnection:
    """Give an empty database."""
    return duckdb.connect(":memory:")
