"""What the other modules need of an engine: little, so that a server or a cluster can be one."""

from __future__ import annotations

from typing import Protocol

import pandas as pd

__all__ = ["Engine"]


class Engine(Protocol):
    """Runs SQL over the tables of one ledger; texts are in DuckDB's words, ``:names`` are numbers.

    Tables are named as in the texts (``lines``, ``facts``, ``moves``); where they really stand is
    the engine's business, and nobody else sees them.
    """

    def share(self, table: str, text: str) -> None:
        """Make a table of a query's rows that every later fork sees."""

    def make(self, table: str, text: str, **numbers: int) -> None:
        """Make a table of this fork (replacing one of that name) of a query's rows."""

    def see(self, view: str, text: str) -> None:
        """Let a name of this fork (replacing one of that name) stand for a query."""

    def frame(self, text: str, **numbers: int) -> pd.DataFrame:
        """Run a query and give its rows."""

    def number(self, table: str, name: str) -> None:
        """Make a view of a table with a ``line_id`` of its own for every row."""

    def fork(self) -> Engine:
        """Give an engine over the same rows with tables of its own."""
