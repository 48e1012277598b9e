"""The raw table: what a source says, cell by cell, with the row number as in the file."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from ..errors import unknown_name

__all__ = [
    "RAW", "SPACES", "OwnFolder", "RawTable", "as_text", "engine_path", "literal", "only_row",
    "quoted",
]  # fmt: skip

RAW = "reading_raw"
"""Name of the view over the source: columns "row", c0, c1, ..."""

_HEAD = 2000


def literal(text: str) -> str:
    """Write a text as an SQL literal.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Write a name as an SQL identifier.

    Examples
    --------
    >>> quoted("end")
    '"end"'
    """
    return '"' + name.replace('"', '""') + '"'


def only_row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """Run a query of one row and give it; the result is read to its end."""
    row: tuple[Any, ...] = connection.execute(query).fetchall()[0]
    return row


@dataclass(frozen=True)
class RawTable:
    """A table or view in the engine that holds a source's cells.

    Parameters
    ----------
    relation
        Its name in the engine. Column "row" (BIGINT) is the row number as in the file (the header
        is row 1 where nothing stands above it), c0, c1, ... are the cells.
    headers
        Column names as in the file.
    types
        DuckDB types of the cells; all VARCHAR for csv and xlsx.
    label
        What messages call the source.
    excel
        Whether a plain number may be a serial date.
    date1904
        Whether the workbook counts days from 1904.
    padded
        Positions of text columns in which cells are empty texts or have spaces around them; None
        where nobody looked (see `inspected`).
    first
        The first cells of each column as text, None where blank; empty where nobody looked.
    kept
        Whether the cells stay as they are in a file of our own, in types that need no parsing.
    """

    relation: str
    headers: tuple[str, ...]
    types: tuple[str, ...]
    label: str
    excel: bool = False
    date1904: bool = False
    padded: frozenset[int] | None = None
    first: tuple[tuple[str | None, ...], ...] = field(default=(), repr=False)
    kept: bool = False

    def inspected(self, connection: duckdb.DuckDBPyConnection) -> RawTable:
        """Give the table with its first cells and with what is known of its texts."""
        cells = ", ".join(self.text(header) for header in self.headers)
        rows = connection.execute(f"SELECT {cells} FROM {self.relation} LIMIT {_HEAD}").fetchall()
        first = tuple(zip(*rows, strict=True))
        return replace(self, first=first, padded=frozenset(self._padded(connection, first)))

    def _padded(
        self, connection: duckdb.DuckDBPyConnection, first: tuple[tuple[str | None, ...], ...]
    ) -> list[int]:
        looked = {
            i: f"(SELECT DISTINCT c{i} FROM {self.relation})"
            if len(set(first[i])) < len(first[i]) / 4
            else self.relation
            for i, type_ in enumerate(self.types)
            if type_ == "VARCHAR"
        }
        if not looked:
            return []
        # Nearly every cell is plain; this first look is several times faster than the exact one.
        suspect = "bool_or({0} <= '!' OR {0} > '~' OR reverse({0}) <= '!' OR reverse({0}) > '~')"
        found = self._any(connection, looked, suspect)
        blanks = ", ".join(literal(sign) for sign in ("", *SPACES))
        test = f"bool_or(left({{0}}, 1) IN ({blanks}) OR right({{0}}, 1) IN ({blanks}))"
        return self._any(connection, {i: looked[i] for i in found}, test) if found else []

    @staticmethod
    def _any(connection: duckdb.DuckDBPyConnection, looked: dict[int, str], test: str) -> list[int]:
        """Give the columns of which a test is true."""
        parts = [f"(SELECT {test.format(f'c{i}')} FROM {rows})" for i, rows in looked.items()]
        answers = only_row(connection, f"SELECT {', '.join(parts)}")
        return [i for i, answer in zip(looked, answers, strict=True) if answer]

    def cell(self, header: str) -> str:
        """Give the engine's name of a column.

        Raises
        ------
        UnknownNameError
            The file has no such column.
        """
        return f"c{self.position(header)}"

    def position(self, header: str) -> int:
        """Give a column's position, from 0."""
        if header not in self.headers:
            raise unknown_name("column", header, self.headers)
        return self.headers.index(header)

    def type_of(self, header: str) -> str:
        """Give the DuckDB type of a column."""
        return self.types[self.position(header)]

    def is_text(self, header: str) -> bool:
        """Say whether the column holds text (and so may be written in any way)."""
        return self.type_of(header) == "VARCHAR" or self.type_of(header).startswith("ENUM")

    def text(self, header: str, prefix: str = "") -> str:
        """Give an SQL expression of the cell as text, NULL where blank or only spaces.

        Parameters
        ----------
        header
            The column, by its name in the file.
        prefix
            What stands before the cell's name: "r." where the raw table is `r`.
        """
        position = self.position(header)
        sound = self.padded is not None and position not in self.padded
        if sound and self.types[position] == "VARCHAR":
            return f"{prefix}c{position}"
        return as_text(f"{prefix}c{position}", self.types[position])

    def sample(self, header: str, size: int = 500) -> list[str]:
        """Give the first values of a column, as text, blanks left out."""
        if not self.first:
            return []
        cells = self.first[self.position(header)]
        return [cell for cell in cells if cell is not None][:size]

    def count(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Give the number of rows."""
        return int(only_row(connection, f"SELECT count(*) FROM {self.relation}")[0])


def as_text(expression: str, type_: str) -> str:
    """Give an SQL expression of a cell as trimmed text, NULL where nothing stands.

    Whole floats lose their ".0" and booleans are written True and False, as in a csv.
    """
    if type_ == "BOOLEAN":
        return f"CASE WHEN {expression} THEN 'True' WHEN NOT {expression} THEN 'False' END"
    if type_ in {"DOUBLE", "FLOAT"}:
        return (
            f"CASE WHEN isnan({expression}) THEN NULL "
            f"ELSE regexp_replace(CAST({expression} AS VARCHAR), '\\.0$', '') END"
        )
    if type_ == "TIMESTAMP" or type_.startswith("TIMESTAMP_"):
        return f"regexp_replace(CAST({expression} AS VARCHAR), ' 00:00:00$', '')"
    cast = expression if type_ == "VARCHAR" else f"CAST({expression} AS VARCHAR)"
    return f"nullif(trim({cast}, {literal(SPACES)}), '')"


SPACES = " \t\r\n\u00a0\u202f\u2009\u200b\ufeff"
"""Characters that count as blank at either end of a cell."""


class OwnFolder:
    """A temporary folder that lives as long as this object, then goes without a word."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="arrcast-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def engine_path(path: Path, folder: Path) -> str:
    """Give a path that the engine takes as it is: `[`, `*` and `?` would be patterns to it."""
    if not any(sign in str(path) for sign in "*?[{"):
        return str(path)
    link = folder / f"source{path.suffix}"
    if not link.exists():
        link.symlink_to(path.resolve())
    return str(link)
