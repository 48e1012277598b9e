"""Spark as an engine: what stays on the cluster, what is refused, what is left behind."""

import gc

import pandas as pd
import pytest
from engines_help import put

from history import InputError, Ledger
from history.engines import SparkEngine

CALL = {"as_of": "2025-06", "currency": "EUR"}


@pytest.fixture(scope="module")
def billing(spark):
    """Three hundred customers with two lines each."""
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{at % 300}" for at in range(600)],
            "start": pd.to_datetime(["2025-01-01"] * 300 + ["2025-04-01"] * 300),
            "end": pd.to_datetime(["2025-03-15"] * 300 + [None] * 300),
            "mrr": [float(at) for at in range(600)],
            "plan": ["a", "b", "c"] * 200,
        }
    )
    put("spark", spark, "billing", frame, {"start": "date", "end": "date"})
    return frame


class Watched:
    """A session that remembers how many rows it has given."""

    def __init__(self, session):
        self.session = session
        self.most = 0

    def __getattr__(self, name):
        return getattr(self.session, name)

    def frame(self, query):
        rows = self.session.frame(query)
        self.most = max(self.most, len(rows))
        return rows


def test_neither_lines_nor_customers_come_to_python(spark, billing, monkeypatch):
    engine = SparkEngine(spark)
    watched = Watched(engine._session)
    monkeypatch.setattr(engine, "_session", watched)
    ledger = Ledger.on(engine, "billing", **CALL)
    ledger.lives("plan")
    ledger.metrics(3)
    ledger.fingerprint()
    ledger.cohorts("plan")
    assert 0 < watched.most < 60
    moves = ledger.movements("plan")
    assert moves.closing_minor(pd.Period("2025-06")) == sum(range(300, 600)) * 100
    assert watched.most < 60


def test_rows_are_numbered_in_the_order_of_all_columns(spark, billing):
    engine = SparkEngine(spark)
    taken = engine.take('SELECT CAST(mrr AS VARCHAR) AS a, "customer_id" AS b FROM "billing"', "t")
    rows = taken.frame("SELECT * FROM t ORDER BY line_id")
    assert rows["line_id"].tolist() == list(range(1, 601))
    wanted = sorted(zip(billing["mrr"].astype(str), billing["customer_id"], strict=True))
    assert list(zip(rows["a"], rows["b"], strict=True)) == wanted
    empty = engine.take('SELECT "mrr" AS a FROM "billing" WHERE mrr < 0', "t")
    assert empty.frame("SELECT COUNT(*) AS n FROM t")["n"].tolist() == [0]


def test_nothing_is_left_of_a_ledger_that_is_forgotten(spark, billing):
    def ours():
        return spark.sql("SHOW VIEWS LIKE 'arrcast*'").collect()

    engine = SparkEngine(spark)
    gc.collect()
    engine.columns("billing")
    before = ours()
    ledger = Ledger.on(engine, "billing", **CALL)
    assert len(ours()) > len(before)
    del ledger
    gc.collect()
    engine.columns("billing")
    assert ours() == before
    assert spark.table("billing").count() == 600


def test_reliable_checkpoints_stand_in_their_directory(spark, billing, tmp_path):
    spark.sparkContext.setCheckpointDir(str(tmp_path))
    ledger = Ledger.on(SparkEngine(spark, checkpoint="reliable"), "billing", **CALL)
    assert len(ledger.movements().months) == 6
    assert list(tmp_path.rglob("part-*"))


def test_a_session_that_lets_sums_overflow_is_refused(spark):
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        with pytest.raises(InputError, match=r"set spark\.sql\.ansi\.enabled"):
            SparkEngine(spark)
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "true")
    with pytest.raises(InputError, match="write 'local' or 'reliable'"):
        SparkEngine(spark, checkpoint="often")
    with pytest.raises(InputError, match="table nowhere cannot be read"):
        Ledger.on(SparkEngine(spark), "nowhere", **CALL)


def test_points_in_time_with_a_zone_are_refused(spark):
    spark.sql(
        "SELECT 'A' AS customer_id, TIMESTAMP '2025-01-01 23:30:00' AS start, 1 AS mrr"
    ).createOrReplaceTempView("zoned")
    with pytest.raises(InputError, match="a point in time, whose day hangs on a time zone"):
        Ledger.on(SparkEngine(spark), "zoned", **CALL)
    spark.sql(
        "SELECT 'A' AS customer_id, TIMESTAMP_NTZ '2025-01-31 23:30:00' AS start, 1 AS mrr"
    ).createOrReplaceTempView("local_time")
    ledger = Ledger.on(SparkEngine(spark), "local_time", **CALL)
    assert ledger.first_month == pd.Period("2025-01", "M")
