"""A Spark frame as a source: Spark itself, on this machine."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reading_help import read

from history import Ledger
from history.reading.streams import is_spark


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session whose zone is not UTC; the one of other tests is used if it runs."""
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.local.dir": str(tmp_path_factory.mktemp("spark")),
        "spark.log.level": "ERROR",
        "spark.sql.session.timeZone": "Europe/Berlin",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[1]").appName("arrcast sources")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = builder.getOrCreate()
    yield made
    made.stop()


def test_a_spark_frame_is_exact_and_at_utc(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("history.reading.streams.BATCH", 2)
    frame = session.sql("""
        SELECT 'C' || id AS customer_id, TIMESTAMP '2024-01-31 23:30:00+00:00' AS start,
            CAST(9007199254740.995 AS DECIMAL(20, 3)) + id AS mrr, 'EUR' AS `the currency`,
            id % 2 = 0 AS is_trial, TIMESTAMP_NTZ '2024-05-01 00:00:00' AS `end`
        FROM range(0, 5, 1, 2)""")
    assert is_spark(frame)
    _, lines = read(frame, columns={"currency": "the currency"})
    assert lines["mrr"].tolist() == [900_719_925_474_100 + 100 * i for i in range(5)]
    assert lines["start_date"].dt.strftime("%m-%d").tolist() == ["01-31"] * 5
    assert lines["end_date"].dt.strftime("%m-%d").tolist() == ["05-01"] * 5
    assert lines["status"].tolist() == ["trial", "active"] * 2 + ["trial"]


def test_a_spark_frame_gives_the_ledger_of_its_file(
    session: Any, billing: Path, example_ledger: Ledger
) -> None:
    frame = session.read.csv(str(billing), header=True)
    ledger = Ledger.read(frame, as_of="2026-06")
    assert ledger.movements("size").minor.equals(example_ledger.movements("size").minor)
