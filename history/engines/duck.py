"""The embedded engine: DuckDB."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Mapping
from itertools import count

import duckdb
import pandas as pd

from ..errors import InputError
from ..own_folder import OwnFolder
from .engine import Kind
from .names import quoted, quoted_table
from .texts import bound

__all__ = ["MEMORY_LIMIT", "DuckEngine", "out_of_memory"]

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

MEMORY_LIMIT = "ARRCAST_MEMORY_LIMIT"
"""The environment variable that bounds the engine's memory."""


class DuckEngine:
    """The embedded engine: one DuckDB, shared by all forks.

    Parameters
    ----------
    connection
        An open connection; None opens a new database in memory. Then the environment variable
        ``ARRCAST_MEMORY_LIMIT`` ("2GB") says how much of it the engine may hold: the rest waits in
        temporary files. Without it the limit is four fifths of the machine's memory.
    files
        What the rows are read from; it must stay as long as the engine does.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection | None = None, files: object = None
    ) -> None:
        self.files = files
        self._spill: OwnFolder | None = None
        if connection is None:
            self._spill = OwnFolder()
            connection = _opened(self._spill)
        self.connection = connection
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
        self._run(f"CREATE OR REPLACE TABLE {table} AS {bound(text, **numbers)}")

    def make(self, table: str, text: str, **numbers: int) -> None:
        """Make a temporary table (replacing one of that name) of a query's rows."""
        self._run(f"CREATE OR REPLACE TEMP TABLE {table} AS {bound(text, **numbers)}")

    def see(self, view: str, text: str, **numbers: int) -> None:
        """Make a temporary view (replacing one of that name)."""
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {bound(text, **numbers)}")

    def frame(self, text: str, **numbers: int) -> pd.DataFrame:
        """Run a query and give its rows."""
        return self._run(bound(text, **numbers)).df()

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        try:
            return self.connection.execute(statement)
        except duckdb.OutOfMemoryException as error:
            raise out_of_memory(error) from None
        except duckdb.Error as error:
            if self.files is None:
                raise
            said = str(error).splitlines()[0]
            raise InputError(
                f"the parquet file of the ledger is damaged: {said}. Write it again."
            ) from None

    def number(self, table: str, name: str) -> None:
        """Make a view of a table with a ``line_id`` of its own for every row."""
        own = "rowid" if self._home is None else '"row"'
        self.connection.execute(f"CREATE VIEW {name} AS SELECT {own} AS line_id, * FROM {table}")

    def forget(self, table: str) -> None:
        """Drop a table that was shared and is needed no more."""
        self.connection.execute(f"DROP TABLE {table}")

    def apart(self) -> DuckEngine:
        """Give an engine over an empty attached database, in memory, that holds on to this one."""
        other = self._at(_Home(self.connection))
        other.files = self
        return other

    def place(self, table: str) -> str:
        """Give the name by which engines over other databases know a shared table."""
        here = self.connection.execute("SELECT current_database(), current_schema()").fetchall()
        return ".".join(quoted(str(part)) for part in (*here[0], table))

    def fork(self) -> DuckEngine:
        """Give an engine over the same rows with temporary tables of its own."""
        return self._at(self._home)

    def _at(self, home: _Home | None) -> DuckEngine:
        other = DuckEngine(self.connection.cursor(), self.files)
        other._spill = self._spill
        other._home = home
        if home is not None:
            other.connection.execute(f"USE {home.name}")
        return other


def out_of_memory(error: duckdb.Error) -> InputError:
    """Say that the memory limit is too small for this ledger."""
    said = str(error).splitlines()[0]
    return InputError(
        f"the memory limit is too small for this ledger ({said}); set {MEMORY_LIMIT} higher: some "
        "100 MB for each million lines are enough"
    )


def _opened(spill: OwnFolder) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that writes what exceeds the limit to a folder of its own."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(spill.path / "spill")
    }
    if limit := os.environ.get(MEMORY_LIMIT, "").strip():
        config["memory_limit"] = limit
    try:
        return duckdb.connect(":memory:", config=config)
    except duckdb.Error as error:
        raise InputError(
            f"{MEMORY_LIMIT} is {limit!r}, which is no amount of memory ({error}); write 2GB"
        ) from None


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
