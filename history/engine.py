"""The engine: where the ledger's rows live and the SQL texts run.

What the other modules need of an engine is small (:class:`Engine`), so that a server or a
cluster can stand in for the embedded DuckDB: the texts in ``history/sql`` are portable.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Protocol

import duckdb
import pandas as pd

__all__ = ["DuckEngine", "Engine", "bound", "sql_text"]

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")


class Engine(Protocol):
    """Runs SQL over the tables of one ledger."""

    def make(self, table: str, text: str, **numbers: int) -> None:
        """Make a temporary table (replacing one of that name) of a query's rows."""

    def frame(self, text: str, **numbers: int) -> pd.DataFrame:
        """Run a query and give its rows."""

    def execute(self, text: str) -> None:
        """Run a statement."""

    def number(self, table: str, name: str) -> None:
        """Make a view of a table with a ``line_id`` of its own for every row."""

    def fork(self) -> Engine:
        """Give an engine over the same rows with temporary tables of its own."""


@cache
def sql_text(name: str) -> str:
    """Read one of the SQL texts, without its closing semicolon.

    Examples
    --------
    >>> sql_text("changes").startswith("-- Change points")
    True
    """
    return (files("history") / "sql" / f"{name}.sql").read_text("utf-8").strip().rstrip(";")


def bound(text: str, **numbers: int) -> str:
    """Put integers in the place of a text's ``:names``.

    Raises
    ------
    KeyError
        The text names a number that is not given.

    Examples
    --------
    >>> bound("SELECT x FROM t WHERE month <= :as_of", as_of=24305)
    'SELECT x FROM t WHERE month <= 24305'
    """
    return _PARAMETER.sub(lambda match: str(int(numbers[match[1]])), text)


class DuckEngine:
    """The embedded engine: one in-memory DuckDB, shared by all forks.

    Parameters
    ----------
    connection
        An open connection; None opens a new database in memory.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection | None = None) -> None:
        self.connection = connection if connection is not None else duckdb.connect(":memory:")

    def make(self, table: str, text: str, **numbers: int) -> None:
        """Make a temporary table (replacing one of that name) of a query's rows."""
        self.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {bound(text, **numbers)}")

    def frame(self, text: str, **numbers: int) -> pd.DataFrame:
        """Run a query and give its rows."""
        return self.connection.execute(bound(text, **numbers)).df()

    def execute(self, text: str) -> None:
        """Run a statement."""
        self.connection.execute(text)

    def number(self, table: str, name: str) -> None:
        """Make a view of a table with a ``line_id`` of its own for every row."""
        self.execute(f"CREATE VIEW {name} AS SELECT rowid AS line_id, * FROM {table}")

    def fork(self) -> DuckEngine:
        """Give an engine over the same rows with temporary tables of its own."""
        return DuckEngine(self.connection.cursor())
