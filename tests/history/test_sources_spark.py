"""A Spark frame as a source: Spark itself, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reading_help import read

from history import Ledger
from history.reading.streams import is_spark


def test_a_spark_frame_is_exact_and_at_utc(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("history.reading.streams.BATCH", 2)
    frame = spark.sql("""
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
    spark: Any, billing: Path, example_ledger: Ledger
) -> None:
    frame = spark.read.csv(str(billing), header=True)
    ledger = Ledger.read(frame, as_of="2026-06")
    assert ledger.movements("size").minor.equals(example_ledger.movements("size").minor)
