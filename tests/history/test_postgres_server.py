"""The tests' own PostgreSQL: it runs, asks for the password, and databases are apart."""

from __future__ import annotations

import psycopg
import pytest
from postgres_server import PostgresServer


def test_databases_of_the_server_are_apart(postgres: PostgresServer) -> None:
    for name in ("one", "two"):
        assert postgres.new_database(name).endswith(f"/{name}?host={postgres.folder}")
    with postgres.connect("one") as connection:
        connection.execute("CREATE TABLE facts AS SELECT 1 AS value")
    with postgres.connect("two") as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM facts")


def test_the_server_asks_for_the_password(postgres: PostgresServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host=str(postgres.folder), user=postgres.user, password="wrong")
