"""The embedded engine: DuckDB, in memory."""

from __future__ import annotations

import duckdb
import pandas as pd

from .texts import bound

__all__ = ["DuckEngine"]


class DuckEngine:
    """The embedded engine: one in-memory DuckDB, shared by all forks.

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

    def share(self, table: str, text: str) -> None:
        """Make a table (replacing one of that name) of a query's rows that every fork sees."""
        self.connection.execute(f"CREATE OR REPLACE TABLE {table} AS {text}")

    def make(self, table: str, text: str, **numbers: int) -> None:
        """Make a temporary table (replacing one of that name) of a query's rows."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {bound(text, **numbers)}")

    def see(self, view: str, text: str) -> None:
        """Make a temporary view (replacing one of that name)."""
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {text}")

    def frame(self, text: str, **numbers: int) -> pd.DataFrame:
        """Run a query and give its rows."""
        return self.connection.execute(bound(text, **numbers)).df()

    def number(self, table: str, name: str) -> None:
        """Make a view of a table with a ``line_id`` of its own for every row."""
        self.connection.execute(f"CREATE VIEW {name} AS SELECT rowid AS line_id, * FROM {table}")

    def fork(self) -> DuckEngine:
        """Give an engine over the same rows with temporary tables of its own."""
        return DuckEngine(self.connection.cursor(), self.files)
