"""The embedded engine: DuckDB."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Mapping
from itertools import count

import duckdb
import pandas as pd

from ..errors import InputError
from .engine import Kind
from .names import quoted, quoted_table
from .texts import bound

__all__ = ["DuckEngine"]

_TYPES: Mapping[str, Kind] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "integer"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    "DECIMAL": "decimal",
    "FLOAT": "float",
    "DOUBLE": "float",
    "DATE": "date",
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "timestamp"),
    "TIMESTAMP WITH TIME ZONE": "zoned",
    "VARCHAR": "text",
    "ENUM": "text",
    "BOOLEAN": "boolean",
}
_HOMES = count(1)


class DuckEngine:
    """The embedded engine: one DuckDB, shared by all forks.

    Parameters
    ----------
    connection
        An open connection; None opens a new database in memory.
    files
        What the rows are read from; it must stay as long as the engine does.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection | None = None, files: object = None
    ) -> None:
        self.connection = connection if connection is not None else duckdb.connect(":memory:")
        self.files = files
        self._home: _Home | None = None

    def columns(self, table: str) -> Mapping[str, Kind]:
        """Say what the columns of one of the user's own tables hold, in their order."""
        try:
            found = self.connection.execute(f"DESCRIBE SELECT * FROM {quoted_table(table)}")
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise InputError(f"table {table} cannot be read: {said}") from None
        return {
            str(name): _TYPES.get(str(type_).partition("(")[0], "other")
            for name, type_, *_ in found.fetchall()
        }

    def take(self, text: str, table: str) -> DuckEngine:
        """Run a query over the user's own tables and keep its rows as ``table``, numbered.

        They stand in an attached database of their own, in memory.
        """
        home = _Home(self.connection)
        order = ", ".join(f"ordered.{name} NULLS FIRST" for name in _names(self.connection, text))
        self.connection.execute(
            f"CREATE TABLE {home.name}.main.{table} AS "
            f"SELECT ROW_NUMBER() OVER (ORDER BY {order}) AS line_id, ordered.* "
            f"FROM ({text}) AS ordered"
        )
        return self._at(home)

    def share(self, table: str, text: str, **numbers: int) -> None:
        """Make a table (replacing one of that name) of a query's rows that every fork sees."""
        self.connection.execute(f"CREATE OR REPLACE TABLE {table} AS {bound(text, **numbers)}")

    def make(self, table: str, text: str, **numbers: int) -> None:
        """Make a temporary table (replacing one of that name) of a query's rows."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {bound(text, **numbers)}")

    def see(self, view: str, text: str, **numbers: int) -> None:
        """Make a temporary view (replacing one of that name)."""
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {bound(text, **numbers)}")

    def frame(self, text: str, **numbers: int) -> pd.DataFrame:
        """Run a query and give its rows."""
        return self.connection.execute(bound(text, **numbers)).df()

    def number(self, table: str, name: str) -> None:
        """Make a view of a table with a ``line_id`` of its own for every row."""
        own = "rowid" if self._home is None else '"row"'
        self.connection.execute(f"CREATE VIEW {name} AS SELECT {own} AS line_id, * FROM {table}")

    def forget(self, table: str) -> None:
        """Drop a table that was shared and is needed no more."""
        self.connection.execute(f"DROP TABLE {table}")

    def fork(self) -> DuckEngine:
        """Give an engine over the same rows with temporary tables of its own."""
        return self._at(self._home)

    def _at(self, home: _Home | None) -> DuckEngine:
        other = DuckEngine(self.connection.cursor(), self.files)
        other._home = home
        if home is not None:
            other.connection.execute(f"USE {home.name}")
        return other


class _Home:
    """An attached database in memory, as long as anybody works in it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.name = f"arrcast_{next(_HOMES)}"
        connection.execute(f"ATTACH ':memory:' AS {self.name}")
        leave = weakref.finalize(self, _detach, connection, self.name)
        leave.atexit = False


def _detach(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    with contextlib.suppress(duckdb.Error):  # the user may have closed the connection
        connection.cursor().execute(f"DETACH {name}")


def _names(connection: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    described = connection.execute(f"DESCRIBE {text}").fetchall()
    return [quoted(str(name)) for name, *_ in described]
