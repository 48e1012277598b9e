"""Tables and queries of databases: exact, read-only, in batches, and no word of a password."""

from __future__ import annotations

import sqlite3
import traceback
from pathlib import Path

import pytest
from postgres_server import PASSWORD, PostgresServer
from reading_help import found, read

from history import InputError, Ledger, UnknownNameError
from history.reading import database, stored
from history.reading.database import has_password, is_address

SCHEMA = """
CREATE SCHEMA sales;
CREATE TABLE sales.lines (
    customer_id text, subscription_id uuid DEFAULT gen_random_uuid(), started_at timestamptz,
    ended_at date, mrr numeric, quantity integer, region text);
CREATE VIEW sales.eu AS SELECT * FROM sales.lines WHERE region = 'EU';
INSERT INTO sales.lines (customer_id, started_at, ended_at, mrr, quantity, region) VALUES
    ('A', '2024-01-31 23:30:00+00', NULL, 0.105, 3, 'EU'),
    ('B', '2024-02-01 00:30:00+02', '2024-05-01', 9007199254740.995, 1, 'US'),
    ('C', '2024-02-10 12:00:00+00', NULL, 100.10, NULL, 'EU');
"""


@pytest.fixture(scope="module")
def address(postgres: PostgresServer) -> str:
    """A database of our own with a table of lines and a view."""
    url = postgres.new_database("billing")
    with postgres.connect("billing") as connection:
        connection.execute(SCHEMA)
    return url


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    path = tmp_path / "billing.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE lines (customer_id TEXT, start TEXT, mrr NUMERIC, currency TEXT)"
        )
        connection.executemany(
            "INSERT INTO lines VALUES (?, ?, ?, 'EUR')",
            [("A", "2024-01-01", 100), ("B", "2024-02-10", 99.5)],
        )
    return f"sqlite:///{path}"


def test_numeric_never_meets_a_float(address: str) -> None:
    _, lines = read(address, table="sales.lines", currency="EUR")
    # Half a cent to even, and more digits than a float holds.
    assert lines["mrr"].tolist() == [10, 900_719_925_474_100, 10010]
    assert lines["start_date"].dt.strftime("%m-%d").tolist() == ["01-31", "01-31", "02-10"]
    assert lines["region"].tolist() == ["EU", "US", "EU"]
    assert lines["row"].tolist() == [2, 3, 4]


def test_query_and_view(address: str) -> None:
    query = "SELECT customer_id, started_at, mrr FROM sales.lines WHERE region || ':1%' = 'EU:1%'"
    _, lines = read(address, query=query, currency="EUR")
    assert lines["customer"].tolist() == ["A", "C"]
    _, view = read(address, table="sales.eu", currency="EUR")
    assert view["customer"].tolist() == ["A", "C"]


def test_ledger_of_a_database_equals_that_of_its_csv(
    postgres: PostgresServer, billing: Path, example_ledger: Ledger
) -> None:
    url = postgres.new_database("example")
    with postgres.connect("example") as connection:
        header = billing.read_text(encoding="utf-8").split("\n", 1)[0].strip().split(",")
        kinds = {"start": "date", "end": "date", "term_end": "date", "quantity": "integer"}
        kinds |= dict.fromkeys(("amount", "unit_price", "list_price"), "numeric(12,2)")
        columns = ", ".join(f'"{name}" {kinds.get(name, "text")}' for name in header)
        connection.execute(f"CREATE TABLE lines ({columns})")
        copy = connection.cursor().copy("COPY lines FROM STDIN WITH (FORMAT csv, HEADER)")
        with copy as stream:
            stream.write(billing.read_bytes())
    ledger = Ledger.read(url, table="lines", as_of="2026-06")
    assert ledger.movements("size").minor.equals(example_ledger.movements("size").minor)
    assert ledger.fingerprint() == example_ledger.fingerprint()


def test_rows_come_in_batches_through_a_cursor_of_the_server(
    address: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BATCH", 7)
    sizes: list[int] = []
    insert = stored._insert

    def watched(connection, cells, columns, before):  # type: ignore[no-untyped-def]
        sizes.append(len(columns[0]))
        insert(connection, cells, columns, before)

    monkeypatch.setattr(stored, "_insert", watched)
    query = """SELECT 'C' || n AS customer_id, DATE '2024-01-01' AS start, n AS mrr
        FROM generate_series(1, 20) AS n;"""
    _, lines = read(address, query=query, currency="EUR")
    assert sizes == [7, 7, 6]
    assert lines["mrr"].tolist() == [100 * n for n in range(1, 21)]


def test_nothing_can_be_written(address: str, postgres: PostgresServer, sqlite: str) -> None:
    for query in (
        "WITH gone AS (DELETE FROM sales.lines RETURNING *) SELECT * FROM gone",
        "DELETE FROM sales.lines",
        "DROP TABLE sales.lines",
        "SELECT * FROM sales.lines; COMMIT; DELETE FROM sales.lines",
    ):
        with pytest.raises(InputError, match="the query to the postgresql database billing"):
            read(address, query=query, currency="EUR")
    with postgres.connect("billing") as connection:
        assert connection.execute("SELECT count(*) FROM sales.lines").fetchone() == (3,)
    with pytest.raises(InputError, match="readonly database"):
        read(sqlite, query="DELETE FROM lines", currency="EUR")
    assert len(read(sqlite, table="lines")[1]) == 2


def test_sqlite_table_and_its_numbers(sqlite: str) -> None:
    reading, lines = read(sqlite, table="lines")
    assert lines["mrr"].tolist() == [10000, 9950]
    assert reading.label == "table lines of the sqlite database billing.db"


def test_password_from_the_environment(
    address: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = postgres.url("billing", "")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert len(read(bare, table="sales.lines", currency="EUR")[1]) == 3
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("BILLING_PASSWORD", PASSWORD)
    named = postgres.url("billing", "${BILLING_PASSWORD}")
    assert len(read(named, table="sales.lines", currency="EUR")[1]) == 3
    monkeypatch.setenv("BILLING_URL", address)
    assert len(read("${BILLING_URL}", table="sales.lines", currency="EUR")[1]) == 3
    with pytest.raises(InputError, match=r"names \$\{NO_SUCH\}, which is not set"):
        read("postgresql://me:${NO_SUCH}@/x", table="t", currency="EUR")


SECRET = "p@ss/w%rd"  # noqa: S105


@pytest.mark.parametrize("case", ["wrong", "query", "table", "host", "port"])
def test_the_password_is_in_no_message(
    case: str, postgres: PostgresServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_WORD", SECRET)
    url, options = {
        "wrong": (postgres.url("billing", "p%40ss%2Fw%25rd"), {"table": "sales.lines"}),
        "query": (address, {"query": f"SELECT nothing /* {PASSWORD} */ FROM nowhere"}),
        "table": (address, {"table": "sales.liens"}),
        "host": ("postgresql://me:${SECRET_WORD}@127.0.0.1:1/x", {"table": "t"}),
        "port": ("postgresql://me:p%40ss%2Fw%25rd@host:port/x", {"table": "t"}),
    }[case]
    with pytest.raises(InputError) as caught:
        read(url, currency="EUR", **options)
    said = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    for word in (SECRET, "p%40ss%2Fw%25rd", PASSWORD):
        # The traceback shows this test's own lines, in which no password stands as such.
        assert word not in said


def test_the_password_is_nowhere_in_a_ledger(address: str) -> None:
    ledger = Ledger.read(address, table="sales.eu", currency="EUR", as_of="2024-06")
    everything = f"{ledger!r} {ledger.findings} {ledger.mapping} {ledger.fingerprint()!r}"
    assert PASSWORD not in everything


def test_a_name_that_does_not_exist_has_neighbours(address: str) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown table 'liens'. Did you mean 'lines'"):
        read(address, table="sales.liens", currency="EUR")
    with pytest.raises(UnknownNameError, match=r"unknown schema 'sale'. Did you mean 'sales'"):
        read(address, table="sale.lines", currency="EUR")


def test_messages(address: str, tmp_path: Path) -> None:
    for source, options, said in [
        (address, {}, "either a table or a query"),
        (address, {"table": "t", "query": "SELECT 1"}, "either a table or a query"),
        (address, {"query": "SELECT 1 AS mrr WHERE false"}, "columns but no rows"),
        (address, {"query": "SELECT 1, 2"}, "looks like data|no name|same name"),
        (address, {"query": "SELECT 'x' AS a, 'y' AS a"}, "the same name twice"),
        (f"sqlite:///{tmp_path}/none.db", {"table": "t"}, "does not exist"),
        ("nosuchdb://x/y", {"table": "t"}, "knows no such database"),
        ("postgresql+nosuch://x/y", {"table": "t"}, "knows no such database"),
        (tmp_path / "a.csv", {"table": "t"}, "query and table are for databases"),
    ]:
        with pytest.raises(InputError, match=said):
            read(source, currency="EUR", **options)


def test_a_number_that_is_none_is_reported(address: str) -> None:
    query = """SELECT * FROM (VALUES ('A', DATE '2024-01-01', 5, 'NaN'::numeric),
        ('B', DATE '2024-01-01', 6, 7)) AS v (customer_id, start, mrr, quantity)"""
    reading, lines = read(address, query=query, currency="EUR")
    assert found(reading, "number-unreadable") == [(2, "quantity", "NaN")]
    assert lines["mrr"].tolist() == [500, 600]


def test_values_of_every_kind_come_back(postgres: PostgresServer, address: str) -> None:
    query = """SELECT 'A' AS customer_id, DATE '2024-01-01' AS start,
        12345678901.123456::numeric(20,6) AS mrr, TIMESTAMP '2024-02-01 10:00' AS "end",
        true AS is_trial, NULL AS empty, 1.5::float8 AS rate, ARRAY[1, 2] AS list,
        '{"a": 1}'::jsonb AS json
        UNION ALL SELECT 'B', '2024-01-02', 1, NULL, false, NULL, 2, NULL, NULL"""
    _, lines = read(address, query=query, currency="EUR")
    assert lines["mrr"].tolist() == [1_234_567_890_112, 100]
    assert lines["rate"].tolist() == ["1.5", "2"]
    assert lines["status"].tolist() == ["trial", "active"]


def test_what_is_an_address() -> None:
    assert is_address("sqlite:///a.db")
    assert not is_address("a.csv")
    assert not is_address(7)
    assert has_password("postgresql://me@db/x?password=secret")
    assert not has_password("postgresql://me@db/x?password=${WORD}")
    assert not has_password("postgresql://me@db:5432/x?host=/tmp:1")
