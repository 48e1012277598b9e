"""PostgreSQL as an engine: what it leaves alone, what it refuses, what is left of a failure."""

import gc

import duckdb
import pandas as pd
import psycopg
import pytest
from engines_help import fresh_duck
from hypothesis import given, settings
from test_engines_equal import SLOWLY, agree
from test_history_properties import ledgers, policies

from history import CurrencyError, InputError, Ledger
from history.engines import DuckEngine, PostgresEngine
from history.errors import UnknownNameError

TABLE = """
CREATE TABLE billing (
    customer_id text, "start" date, "end" date, mrr numeric(12, 2), currency text, plan text
);
INSERT INTO billing VALUES
    ('A', '2025-01-01', NULL, 100, 'EUR', 'Pro'),
    ('B', '2025-02-10', '2025-03-01', 40.5, 'EUR', NULL);
"""
CALL = {"as_of": "2025-03", "currency": "EUR"}


@pytest.fixture
def connection(postgres):
    postgres.new_database("one_engine")
    with postgres.connect("one_engine") as opened:
        opened.execute(TABLE)
        yield opened


def mine(connection):
    """Names of the temporary tables of this session."""
    return connection.execute(
        "SELECT relname FROM pg_class WHERE relpersistence = 't' AND relkind IN ('r', 'v')"
    ).fetchall()


def everything_in(connection):
    """Names of all tables and schemas that stay."""
    return connection.execute(
        "SELECT n.nspname, c.relname FROM pg_namespace AS n LEFT JOIN pg_class AS c"
        " ON c.relnamespace = n.oid WHERE n.nspname NOT LIKE 'pg%' ORDER BY 1, 2"
    ).fetchall()


def test_a_ledger_leaves_nothing_in_the_database(connection):
    before = everything_in(connection)
    engine = PostgresEngine(connection)
    ledger = Ledger.on(engine, "billing", **CALL)
    ledger.lives("plan")
    assert ledger.movements().matrix("churn")["total"].tolist()[1:] == [0.0, -40.5]
    assert everything_in(connection) == before
    assert mine(connection)
    del ledger
    gc.collect()
    engine.columns("billing")
    assert mine(connection) == []


def test_the_right_to_read_and_to_make_temporary_tables_is_enough(connection, postgres):
    connection.execute(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
        "CREATE ROLE reader; GRANT SELECT ON billing TO reader"
    )
    with postgres.connect("one_engine") as opened:
        opened.execute("SET ROLE reader")
        ledger = Ledger.on(PostgresEngine(opened), "billing", **CALL)
        assert len(ledger.customer_movements()) == 3
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            opened.execute("INSERT INTO billing VALUES ('C')")
    connection.execute("DROP OWNED BY reader; DROP ROLE reader")


def test_a_ledger_stays_as_it_was_read(connection):
    ledger = Ledger.on(PostgresEngine(connection), "billing", **CALL)
    connection.execute("DELETE FROM billing WHERE customer_id = 'A'")
    assert ledger.at("2025-02").movements().closing_minor(pd.Period("2025-02", "M")) == 14050


def test_a_statement_that_fails_leaves_nothing_and_the_session_goes_on(connection):
    engine = PostgresEngine(connection)
    taken = engine.take('SELECT customer_id, mrr FROM "billing"', "taken")
    held = mine(connection)
    with pytest.raises(psycopg.errors.DivisionByZero):
        taken.make("broken", "SELECT CAST(1 AS INTEGER) // (line_id - line_id) AS x FROM taken")
    assert mine(connection) == held
    with pytest.raises(psycopg.errors.UndefinedTable):
        taken.frame("SELECT * FROM broken")
    assert len(taken.frame("SELECT * FROM taken")) == 2


def test_inside_a_transaction_of_the_user_nothing_of_his_is_lost(connection):
    with connection.transaction():
        connection.execute("SET LOCAL DateStyle = 'German'")
        connection.execute("INSERT INTO billing VALUES ('C', '2025-03-01', NULL, 5, 'EUR', 'Pro')")
        with pytest.raises(InputError, match="table nowhere cannot be read"):
            Ledger.on(PostgresEngine(connection), "nowhere", **CALL)
        ledger = Ledger.on(PostgresEngine(connection), "public.billing", **CALL)
        assert connection.execute("SHOW DateStyle").fetchone() == ("German, DMY",)
        assert connection.execute("SHOW enable_nestloop").fetchone() == ("on",)
        assert connection.execute("SHOW jit").fetchone() == ("on",)
    assert ledger.movements().matrix("new")["total"].iloc[-1] == 5.0
    assert connection.execute("SELECT COUNT(*) FROM billing").fetchone() == (3,)


@pytest.mark.parametrize("name", ["lines", "customers", "taken", "moves", "Ein Name"])
def test_a_table_may_be_called_as_one_of_ours(connection, name):
    connection.execute(f'ALTER TABLE billing RENAME TO "{name}"')
    first = Ledger.on(PostgresEngine(connection), name, **CALL)
    second = Ledger.on(PostgresEngine(connection), name, as_of="2025-02", currency="EUR")
    assert len(first.customer_movements()) == 3
    assert len(second.customer_movements()) == 2
    assert connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone() == (2,)


def test_texts_go_by_their_bytes_whatever_the_language_of_the_database(connection):
    names = ["a", "B", "ä", "Z", "_", "é", "A b", "Ab"]
    connection.execute("DELETE FROM billing")
    for name in names:
        connection.execute(
            "INSERT INTO billing VALUES (%s, '2025-01-01', NULL, 5, 'EUR', %s)", (name, name)
        )
    connection.execute('ALTER TABLE billing ALTER plan TYPE text COLLATE "en-x-icu"')
    ledger = Ledger.on(PostgresEngine(connection), "billing", **CALL)
    assert ledger.segments("plan").labels == sorted(names)
    assert ledger.customer_movements()["customer"].tolist() == sorted(names)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('ALTER TABLE billing ALTER "start" TYPE timestamptz', "a point in time, whose day hangs"),
        ("ALTER TABLE billing ALTER mrr TYPE text", r"mrr \(mrr\) is text and must be a number"),
        ("ALTER TABLE billing DROP customer_id", "it has no column customer_id"),
        ("ALTER TABLE billing DROP mrr", "no column amount"),
        ("ALTER TABLE billing ADD arr numeric", "mrr and arr are all prices"),
        ("UPDATE billing SET mrr = NULL", "has no usable row(.|\n)*amount-blank"),
        ("DELETE FROM billing", "has no usable row"),
        ('UPDATE billing SET "start" = \'2025-05-01\', "end" = NULL', "start after 2025-03"),
    ],
)
def test_what_is_no_ledger_is_refused(connection, change, message):
    connection.execute(change)
    with pytest.raises(InputError, match=message):
        Ledger.on(PostgresEngine(connection), "billing", **CALL)


def test_every_row_must_be_in_the_ledgers_currency(connection):
    connection.execute("UPDATE billing SET currency = 'usd' WHERE customer_id = 'B'")
    with pytest.raises(CurrencyError, match="holds USD in 1 row"):
        Ledger.on(PostgresEngine(connection), "billing", **CALL)


def test_infinite_dates_and_amounts(connection):
    connection.execute(
        "ALTER TABLE billing ALTER mrr TYPE numeric;"
        "INSERT INTO billing VALUES ('C', '-infinity', NULL, 5, 'EUR', NULL),"
        " ('D', '2025-01-01', 'infinity', 7, 'EUR', NULL),"
        " ('E', '2025-01-01', NULL, 'NaN', 'EUR', NULL),"
        " ('F', '2025-01-01', NULL, 'Infinity', 'EUR', NULL)"
    )
    ledger = Ledger.on(PostgresEngine(connection), "billing", **CALL)
    assert ledger.rejected[["customer_id", "reason"]].to_numpy().tolist() == [
        ["C", "date-out-of-range"], ["E", "amount-unreadable"], ["F", "amount-out-of-range"],
    ]  # fmt: skip
    assert ledger.lines()["customer"].tolist() == ["A", "B", "D"]
    assert ledger.lines()["end_date"].notna().tolist() == [False, True, False]


def test_columns_called_differently(connection):
    connection.execute("ALTER TABLE billing RENAME customer_id TO payer")
    connection.execute("ALTER TABLE billing ADD customer text DEFAULT 'x', ADD row integer")
    columns = {"customer_id": "payer", "status": ""}
    ledger = Ledger.on(PostgresEngine(connection), "billing", columns=columns, **CALL)
    assert ledger.mapping["customer_id"] == "payer"
    assert ledger.dimensions == ("plan", "customer_in_table", "row_in_table")
    with pytest.raises(UnknownNameError, match="unknown column 'payor'"):
        Ledger.on(PostgresEngine(connection), "billing", columns={"customer_id": "payor"}, **CALL)
    with pytest.raises(UnknownNameError, match="unknown field 'customer'"):
        Ledger.on(PostgresEngine(connection), "billing", columns={"customer": "payer"}, **CALL)


def test_an_address_opens_a_connection_and_its_password_is_never_told(connection, postgres):
    ledger = Ledger.on(PostgresEngine(postgres.url("one_engine")), "billing", **CALL)
    assert len(ledger.lines()) == 2
    with pytest.raises(InputError, match="does not answer") as error:
        PostgresEngine(postgres.url("one_engine", password="wr0ng-word"))
    assert "wr0ng" not in str(error.value)


def test_duckdb_tables_are_read_in_their_own_database_and_left_alone():
    connection = duckdb.connect(":memory:")
    connection.execute(
        "CREATE TABLE customers AS SELECT 'A' AS customer_id, DATE '2025-01-01' AS \"start\","
        " 100 AS mrr"
    )
    ledger = Ledger.on(DuckEngine(connection), "customers", **CALL)
    view = connection.execute("CREATE TEMP VIEW lines AS SELECT * FROM customers")
    again = Ledger.on(DuckEngine(view), "lines", **CALL)
    assert len(ledger.lines()) == len(again.lines()) == 1
    owned = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory'"
    assert connection.execute(owned).fetchall() == [("customers",)]
    del ledger, again
    gc.collect()
    attached = (
        "SELECT database_name FROM duckdb_databases() WHERE starts_with(database_name, 'arr')"
    )
    assert connection.execute(attached).fetchall() == []
    with pytest.raises(InputError, match="table nowhere cannot be read"):
        Ledger.on(DuckEngine(connection), "nowhere", **CALL)


def test_a_table_of_invoices_is_refused_unless_told():
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE bills AS SELECT 'A' AS customer_id, DATE '2025-01-01' AS start, 10 AS mrr,"
        " 'I1' AS invoice_id"
    )
    call = {"as_of": "2025-02", "currency": "EUR"}
    with pytest.raises(InputError, match="has a column invoice_id"):
        Ledger.on(DuckEngine(connection), "bills", **call)
    told = Ledger.on(DuckEngine(connection), "bills", columns={"invoice_id": ""}, **call)
    assert told.dimensions == ("invoice_id",)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=SLOWLY)
@given(lines=ledgers, policy=policies)
def test_any_ledger_is_the_same_on_postgres(connection, lines, policy):
    agree({"duck": fresh_duck(), "postgres": connection}, lines, policy, ["duck", "postgres"])
