"""Tables of other libraries: relations, Arrow streams and Spark frames."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from reading_help import read

from history import InputError, Ledger
from history.reading.stored import store_values
from history.reading.streams import is_stream

LINES = """
SELECT 'C' || i AS customer_id, DATE '2024-01-01' + CAST(i AS INTEGER) AS start,
    CAST(0.105 + i AS DECIMAL(20,3)) AS mrr, 'EUR' AS currency, i % 2 = 0 AS is_trial
FROM range(5) AS t(i)
"""


class Stream:
    """A table of another library: all that is known of it is the protocol."""

    def __init__(self, query: str, *, once: bool = False) -> None:
        self._connection = duckdb.connect()
        self._relation = self._connection.sql(query)
        self._left = 1 if once else 1000

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        self._left -= 1
        if self._left < 0:
            raise RuntimeError("this stream has flowed")
        return self._relation.__arrow_c_stream__(requested_schema)


def test_relation_of_another_connection() -> None:
    connection = duckdb.connect()
    reading, lines = read(connection.sql(LINES))
    assert lines["mrr"].tolist() == [10, 110, 210, 310, 410]
    assert lines["row"].tolist() == [2, 3, 4, 5, 6]
    assert reading.label == "the relation"


@pytest.mark.parametrize("once", [False, True])
def test_anything_with_an_arrow_stream(once: bool) -> None:
    stream = Stream(LINES, once=once)
    assert is_stream(stream)
    _, lines = read(stream)
    assert lines["mrr"].tolist() == [10, 110, 210, 310, 410]
    assert lines["status"].tolist() == ["trial", "active"] * 2 + ["trial"]


def test_a_relation_gives_the_ledger_of_its_file(billing: Any, example_ledger: Ledger) -> None:
    connection = duckdb.connect()
    relation = connection.read_csv(str(billing))
    ledger = Ledger.read(relation, as_of="2026-06")
    assert ledger.movements("size").minor.equals(example_ledger.movements("size").minor)


def test_messages() -> None:
    connection = duckdb.connect()
    for query, said in [
        ("SELECT 'A' AS a WHERE false", "columns but no rows"),
        ("SELECT 1 AS mrr, 2 AS mrr_1, error('broken') AS x", "cannot be read: .*broken"),
    ]:
        with pytest.raises(InputError, match=said):
            read(connection.sql(query), currency="EUR")


def test_values_that_do_not_go_together_are_texts() -> None:
    from history.reading.problems import Problems

    connection = duckdb.connect()
    rows = [("A", 1, "x"), ("B", 2.5, 7), ("C", Decimal("3.250"), None)]
    table = store_values(
        connection,
        ["name", "number", "mixed"],
        [rows[:1], rows[1:]],
        label="rows",
        named=frozenset(),
        problems=Problems(),
    )
    assert table.types == ("VARCHAR", "VARCHAR", "VARCHAR")
    stored = connection.execute(f"SELECT * FROM {table.relation}").fetchall()
    assert stored == [(2, "A", "1", "x"), (3, "B", "2.5", "7"), (4, "C", "3.250", None)]


def test_numbers_beyond_any_amount_are_refused() -> None:
    from history.reading.problems import Problems

    with pytest.raises(InputError, match="too large to be an amount"):
        store_values(
            duckdb.connect(),
            ["mrr"],
            [[(10**40,)]],
            label="rows",
            named=frozenset(),
            problems=Problems(),
        )


def test_importing_the_readers_imports_no_library_of_the_sources() -> None:
    code = (
        "import sys, history\n"
        "print([n for n in ('sqlalchemy', 'psycopg', 'pyspark', 'pyarrow') if n in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert printed.stdout.strip() == "[]", printed.stderr
