"""The raw table: what a source says, cell by cell, with the row number as in the file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from ..errors import unknown_name

__all__ = [
    "RAW", "SPACES", "RawTable", "as_text", "engine_path", "literal", "only_row",
    "quoted",
]  # fmt: skip

RAW = "reading_raw"
"""Name of the view over the source: columns "row", c0, c1, ..."""

_HEAD = 500

_SUSPECT = ("{0} NOT BETWEEN '\"' AND '~'", "reverse({0}) NOT BETWEEN '\"' AND '~'")
"""Whether a text may need trimming: nearly none does, and this is several times faster to see."""


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
    padded, plain
        Positions of text columns in which cells are empty texts or have spaces around them, and of
        those in which none is; in neither where nobody looked (see `inspected` and `looked`).
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
    padded: frozenset[int] = frozenset()
    plain: frozenset[int] = frozenset()
    first: tuple[tuple[str | None, ...], ...] = field(default=(), repr=False)
    kept: bool = False

    def inspected(self, connection: duckdb.DuckDBPyConnection) -> RawTable:
        """Give the table with its first cells and, where it is no file, what is known of its texts.

        In a file nothing is looked at before it is needed: see `looked`.
        """
        texts = self._texts()
        cells = ", ".join(
            f"c{i}" if i in texts else as_text(f"c{i}", type_) for i, type_ in enumerate(self.types)
        )
        rows = connection.execute(f"SELECT {cells} FROM {self.relation} LIMIT {_HEAD}").fetchall()
        first = tuple(
            tuple((cell or "").strip(SPACES) or None for cell in column) if i in texts else column
            for i, column in enumerate(zip(*rows, strict=True))
        )
        table = replace(self, first=first)
        return table if self.kept else table.looked(connection, self.headers)

    def looked(self, connection: duckdb.DuckDBPyConnection, headers: Collection[str]) -> RawTable:
        """Give the table with what is known of these columns' texts."""
        unseen = {
            i: f"(SELECT DISTINCT c{i} FROM {self.relation})"
            if len(set(self.first[i])) < len(self.first[i]) / 4
            else self.relation
            for i in self._texts()
            if self.headers[i] in headers and i not in self.padded | self.plain
        }
        return self._having_looked(connection, unseen)

    def looked_in(self, connection: duckdb.DuckDBPyConnection, header: str, texts: str) -> RawTable:
        """Give the table with what is known of one column by a relation of its distinct texts."""
        return self._having_looked(connection, {self.position(header): texts})

    def knowing(self, other: RawTable) -> RawTable:
        """Give the table with what is known of its texts in another copy as well."""
        return replace(self, padded=self.padded | other.padded, plain=self.plain | other.plain)

    def is_plain(self, header: str) -> bool:
        """Say whether a column is known to hold texts that need no trimming."""
        return self.position(header) in self.plain

    def _texts(self) -> list[int]:
        return [i for i, type_ in enumerate(self.types) if type_ == "VARCHAR"]

    def _having_looked(
        self, connection: duckdb.DuckDBPyConnection, places: dict[int, str]
    ) -> RawTable:
        """Look at columns, each in a relation of its cells."""
        if not places:
            return self
        suspect = " OR ".join(f"bool_or({side})" for side in _SUSPECT)
        found = self._any(connection, places, suspect)
        if found:
            blanks = ", ".join(literal(sign) for sign in ("", *SPACES))
            test = f"bool_or(left({{0}}, 1) IN ({blanks}) OR right({{0}}, 1) IN ({blanks}))"
            found = self._any(connection, {i: places[i] for i in found}, test)
        return replace(
            self, padded=self.padded | set(found), plain=self.plain | (places.keys() - set(found))
        )

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
        cell = f"{prefix}c{position}"
        if position in self.plain:
            return cell
        trimmed = as_text(cell, self.types[position])
        if self.kept and position in self._texts() and position not in self.padded:
            return f"CASE WHEN {' OR '.join(_SUSPECT).format(cell)} THEN {trimmed} ELSE {cell} END"
        return trimmed

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


def engine_path(path: Path, folder: Path) -> str:
    """Give a path that the engine takes as it is: `[`, `*` and `?` would be patterns to it."""
    if not any(sign in str(path) for sign in "*?[{"):
        return str(path)
    link = folder / f"source{path.suffix}"
    if not link.exists():
        link.symlink_to(path.resolve())
    return str(link)
