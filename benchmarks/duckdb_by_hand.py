"""Movements and cohorts in DuckDB's own SQL, as fast as we know to write it by hand.

For this one file and these two tables alone: no check of any row, no other question possible. What
the program costs beyond it is the price of reading any file, with every check.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

MOVEMENTS = ["new", "reactivation", "expansion", "contraction", "churn"]
VALUES = ["customers", "mrr", "kept_customers", "kept_mrr"]


def read_lines(path: Path) -> duckdb.DuckDBPyConnection:
    """Give an engine with the lines: customer number, cents a month, first and last + 1 month."""
    engine = duckdb.connect()
    engine.execute(f"""
CREATE TABLE known AS SELECT customer_id AS name, CAST(row_number() OVER () AS INTEGER) AS customer
FROM (SELECT DISTINCT customer_id FROM read_parquet('{path}'))""")
    engine.execute(f"""
CREATE TABLE lines AS SELECT customer,
    CAST(year(start) * 12 + month(start) - 1 AS INTEGER) AS first,
    CAST(year("end") * 12 + month("end") - 1 AS INTEGER) AS stop,
    CAST(round_even(CAST(amount * 100 AS BIGINT)
        / CASE interval WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 ELSE 12 END, 0) AS BIGINT) AS mrr
FROM read_parquet('{path}') INNER JOIN known ON name = customer_id""")
    return engine


def tables(engine: duckdb.DuckDBPyConnection, as_of: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give movements (from the second month on) and cohorts of an engine with lines."""
    _moves(engine, as_of)
    return _movements(engine, as_of), _cohorts(engine, as_of)


def _moves(engine: duckdb.DuckDBPyConnection, as_of: int) -> None:
    engine.execute(f"""
CREATE TABLE changes AS SELECT customer, month, CAST(sum(delta) AS BIGINT) AS delta FROM (
    SELECT customer, first AS month, mrr AS delta FROM lines
    WHERE first <= {as_of} AND (stop IS NULL OR stop > first)
    UNION ALL
    SELECT customer, stop, -mrr FROM lines WHERE stop > first AND stop <= {as_of}
) GROUP BY ALL HAVING sum(delta) <> 0""")
    engine.execute("""
CREATE TABLE balances AS SELECT customer, month, delta,
    CAST(sum(delta) OVER (PARTITION BY customer ORDER BY month) AS BIGINT) AS after
FROM changes""")
    engine.execute("""
CREATE TABLE firsts AS SELECT customer, min(month) FILTER (after > 0) AS cohort,
    min(month) FILTER (after <= 0 AND after > delta) AS left_in,
    arg_min(after, month) FILTER (after > 0) AS at_first
FROM balances GROUP BY customer""")
    engine.execute("""
CREATE TABLE moves AS SELECT month, after - delta AS before, after, cohort, left_in, at_first
FROM balances INNER JOIN firsts USING (customer)""")


def _movements(engine: duckdb.DuckDBPyConnection, as_of: int) -> pd.DataFrame:
    found = engine.execute("""
SELECT month, CASE WHEN before <= 0 AND after > 0
        THEN CASE WHEN month = cohort THEN 'new' ELSE 'reactivation' END
    WHEN before > 0 AND after <= 0 THEN 'churn'
    WHEN after > before THEN 'expansion' ELSE 'contraction' END AS movement,
    count(*) AS customers, CAST(sum(after - before) AS BIGINT) AS mrr,
    CAST(sum(CAST(after > 0 AS INTEGER) - CAST(before > 0 AS INTEGER)) AS BIGINT) AS paying
FROM moves GROUP BY ALL""").df()
    months = range(int(found["month"].min()), as_of + 1)
    wide = found.set_index(["month", "movement"])[["customers", "mrr"]].unstack(fill_value=0)
    wide = wide.reindex(months, fill_value=0).stack().reset_index()
    level = found.groupby("month")[["paying", "mrr"]].sum().reindex(months, fill_value=0).cumsum()
    level = level.rename(columns={"paying": "customers"}).reset_index().assign(movement="closing")
    table = pd.concat([wide, level])
    return table[table["month"] > months[0]]


def _cohorts(engine: duckdb.DuckDBPyConnection, as_of: int) -> pd.DataFrame:
    found = engine.execute("""
SELECT cohort, month,
    CAST(sum(CAST(after > 0 AS INTEGER) - CAST(was > 0 AS INTEGER)) AS BIGINT) AS customers,
    CAST(sum(after - was) AS BIGINT) AS mrr,
    CAST(sum(CAST(month = cohort AS INTEGER) - coalesce(CAST(month = left_in AS INTEGER), 0))
        AS BIGINT) AS kept_customers,
    CAST(sum(greatest(least(after, at_first), 0) - greatest(least(was, at_first), 0)) AS BIGINT)
        AS kept_mrr
FROM (SELECT *, CASE WHEN month = cohort THEN 0 ELSE before END AS was FROM moves)
WHERE month >= cohort GROUP BY ALL""").df()
    months = range(int(found["cohort"].min()), as_of + 1)
    wide = found.set_index(["cohort", "month"]).unstack(fill_value=0)
    levels = {
        name: wide[name].reindex(columns=months, fill_value=0).cumsum(axis=1).stack()
        for name in VALUES
    }
    table = pd.DataFrame(levels).rename_axis(["cohort", "month"]).reset_index()
    table = table.assign(age=table["month"] - table["cohort"])
    return table.loc[table["age"] >= 0, ["cohort", "age", *VALUES]]
