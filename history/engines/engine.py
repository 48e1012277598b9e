"""What the other modules need of an engine: little, so that a server or a cluster can be one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import pandas as pd

__all__ = ["Engine", "Kind"]

Kind = Literal[
    "integer", "decimal", "float", "date", "timestamp", "zoned", "text", "boolean", "other"
]
"""What a column holds; ``zoned`` is a point in time, whose day depends on a time zone."""


class Engine(Protocol):
    """Runs SQL over the tables of one ledger; texts are in DuckDB's words, ``:names`` are numbers.

    Tables are named as in the texts (``lines``, ``facts``, ``moves``); where they really stand is
    the engine's business, and nobody else sees them.
    """

    def columns(self, table: str) -> Mapping[str, Kind]:
        """Say what the columns of one of the user's own tables hold, in their order.

        Raises
        ------
        InputError
            There is no such table, or it may not be read.
        """

    def take(self, text: str, table: str) -> Engine:
        """Run a query over the user's own tables and keep its rows as ``table``, numbered.

        Gives an engine that holds this one table and sees none of the user's. Its ``line_id``
        counts the rows from 1 in the order of all their columns (blanks first, texts by bytes),
        so that the same rows have the same numbers on every engine.
        """

    def share(self, table: str, text: str, **numbers: int) -> None:
        """Make a table of a query's rows that every later fork sees."""

    def make(self, table: str, text: str, **numbers: int) -> None:
        """Make a table of this fork (replacing one of that name) of a query's rows."""

    def see(self, view: str, text: str, **numbers: int) -> None:
        """Let a name of this fork (replacing one of that name) stand for a query."""

    def frame(self, text: str, **numbers: int) -> pd.DataFrame:
        """Run a query and give its rows."""

    def number(self, table: str, name: str) -> None:
        """Make a view of a table with a ``line_id`` of its own for every row."""

    def forget(self, table: str) -> None:
        """Drop a table that was shared and is needed no more."""

    def fork(self) -> Engine:
        """Give an engine over the same rows with tables of its own."""
