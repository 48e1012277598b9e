"""The lines in the engine: stored once, or read from cells that are kept, without bad rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pandas as pd

from ..engines import DuckEngine
from ..tables import load
from .checks import broken, flags_of
from .lines import LineQuery
from .table import only_row

__all__ = ["Lines"]

_STORED = "stored_lines"
_LEFT_OUT = "reading_left_out"
_OF_FACTS = (
    "row", "customer", "start_date", "end_date", "term_end", "mrr", "interval_months", "kind",
    "status",
)  # fmt: skip
"""The columns that the facts are made of."""


class Lines:
    """The lines of one reading, the view `numbered`, and the rows left out of them.

    Cells that are kept in a file of our own stay there, and a question reads only the columns
    that it needs: the texts of millions of lines are never copied. Other cells are understood
    once, into a table.

    Parameters
    ----------
    connection
        The engine.
    query
        How lines are made of cells.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, query: LineQuery) -> None:
        self.connection = connection
        self.query = query
        self.table = query.table
        connection.execute(f"DROP TABLE IF EXISTS {_LEFT_OUT}")
        if not self.table.kept:
            connection.execute(
                f"CREATE OR REPLACE TABLE {_STORED} AS "
                + query.select(f", {flags_of(query.checks)} AS flags")
            )
        self._see()

    def sound(self) -> bool:
        """Load the lines if no row breaks any check and all have an amount; say whether.

        Cells that are kept are looked at once: while they are loaded, a row that breaks a check
        has no amount.
        """
        if self.table.kept:
            told = self.query.select(f", {broken(self.query.checks)} AS broken", only=_OF_FACTS)
            checked = (
                'SELECT "row" AS line_id, * EXCLUDE (broken) '
                "REPLACE (CASE WHEN broken THEN NULL ELSE mrr END AS mrr) "
                f"FROM ({told}) AS told"
            )
            load(DuckEngine(self.connection), known=self.query.named, lines=checked)
            loaded = only_row(self.connection, "SELECT count(mrr) FROM facts")[0]
            return bool(loaded == self.table.count(self.connection))
        test = f"SELECT bit_or(flags) = 0 AND count(mrr) = count(*) FROM {_STORED}"
        if only_row(self.connection, test)[0]:
            self.load()
            return True
        return False

    def load(self) -> None:
        """Make the tables of the lines that all questions need."""
        load(DuckEngine(self.connection))

    def flags(self) -> int:
        """Give the checks that any row breaks, as bits."""
        flags, where = "flags", _STORED
        if self.table.kept:
            flags, where = flags_of(self.query.checks), self._understood
        return int(only_row(self.connection, f"SELECT bit_or({flags}) FROM {where}")[0] or 0)

    def flagged(self, flags: int, shown: Sequence[str]) -> list[tuple[Any, ...]]:
        """Give the rows that break some of these checks: row, flags, and these cells as text."""
        cells = "".join(f", {self.table.text(column)}" for column in shown)
        return self.connection.execute(
            f'SELECT "row", f{cells} FROM (SELECT *, {flags_of(self.query.checks, flags)} AS f '
            f'FROM {self._understood}) AS flagged WHERE f <> 0 ORDER BY "row"'
        ).fetchall()

    def leave_out_flagged(self, flags: int) -> None:
        """Leave out the rows that break one of these checks."""
        if not self.table.kept:
            self.connection.execute(f"DELETE FROM {_STORED} WHERE flags & {flags} <> 0")
            return
        flagged = f"{flags_of(self.query.checks, flags)} <> 0"
        self._leave_out(f'SELECT "row" FROM {self._understood} WHERE {flagged}')

    def leave_out(self, rows: Sequence[int]) -> None:
        """Leave out these rows, also of what was made of the lines."""
        if not rows:
            return
        self.connection.register("reading_rows", pd.DataFrame({"row": rows}))
        self.connection.execute(
            'DELETE FROM facts WHERE line_id IN (SELECT line_id FROM numbered WHERE "row" IN '
            '(SELECT "row" FROM reading_rows))'
        )
        if self.table.kept:
            self._leave_out('SELECT "row" FROM reading_rows')
        else:
            self.connection.execute(
                f'DELETE FROM {_STORED} WHERE "row" IN (SELECT "row" FROM reading_rows)'
            )
        self.connection.unregister("reading_rows")

    def without_rate(self) -> list[tuple[Any, ...]]:
        """Give currency, month and first row of the lines for which there is no rate."""
        return self.connection.execute(
            "SELECT currency, CAST(year(start_date) * 12 + month(start_date) - 1 AS INTEGER), "
            'min("row") FROM numbered WHERE mrr IS NULL GROUP BY 1, 2 ORDER BY 1, 2'
        ).fetchall()

    def _leave_out(self, rows: str) -> None:
        """Leave out rows of the cells that are kept."""
        self.connection.execute(f'CREATE TABLE IF NOT EXISTS {_LEFT_OUT} ("row" BIGINT)')
        self.connection.execute(f"INSERT INTO {_LEFT_OUT} {rows}")
        self._see(f'ANTI JOIN {_LEFT_OUT} USING ("row")')

    def _see(self, left_out: str = "") -> None:
        """Let `numbered` be the lines that are not left out."""
        lines = f"SELECT rowid AS line_id, * EXCLUDE (flags) FROM {_STORED}"
        if self.table.kept:
            lines = f'SELECT "row" AS line_id, * FROM ({self.query.select()}) AS kept {left_out}'
        self.connection.execute(f"CREATE OR REPLACE VIEW numbered AS {lines}")

    @property
    def _understood(self) -> str:
        return f"({self.query.understood}) AS understood"
