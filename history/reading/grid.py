"""Grids: the sheets of a spreadsheet cell by cell, as they stand, and exact numbers from texts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from ..errors import InputError
from .amounts import read_amounts
from .parsed import State
from .problems import Problems
from .table import SPACES, RawTable
from .text import to_utf8
from .workbook import visible_sheets

__all__ = ["LARGEST_GRID", "Grid", "Number", "cell_name", "exact_numbers", "read_grids"]

LARGEST_GRID = 200_000
"""Cells that a sheet may have to be read as a grid."""

_LARGEST_FILE = 16 << 20
_DELIMITERS = (";", "\t", ",", "|")


@dataclass(frozen=True)
class Grid:
    """A sheet: rows of equal length, every cell as trimmed text, "" where blank.

    Parameters
    ----------
    sheet
        Its name; "" for a text file.
    rows
        The cells. Dates are ISO text, numbers of a workbook plain digits with a point.
    typed
        Whether a plain number is one, whatever the decimal sign of the texts (workbooks).
    """

    sheet: str
    rows: tuple[tuple[str, ...], ...]
    typed: bool

    def cells(self) -> Iterator[tuple[int, int, str]]:
        """Give row, column and text of all cells that are not blank."""
        for r, row in enumerate(self.rows):
            for c, text in enumerate(row):
                if text:
                    yield r, c, text


@dataclass(frozen=True)
class Number:
    """What a text says: its exact value, None where it is no number, and the currency sign.

    Blank words (n/a, -) have no value and are `blank`.
    """

    value: Fraction | None
    blank: bool = False
    sign: str | None = None


def cell_name(row: int, column: int) -> str:
    """Write a position, from 0, as spreadsheets do.

    Examples
    --------
    >>> cell_name(0, 0), cell_name(11, 27)
    ('A1', 'AB12')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def read_grids(path: Path) -> list[Grid]:
    """Read the visible sheets of a workbook, or a text file, as they stand.

    Raises
    ------
    InputError
        The file is missing, empty, damaged, too large, or neither a workbook nor a text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(content) > _LARGEST_FILE:
        raise InputError(f"{path.name} has {len(content):,} bytes; {_LARGEST_FILE:,} are allowed")
    with TemporaryDirectory(prefix="arrcast-") as folder:
        if content.startswith(b"PK\x03\x04"):
            sheets = visible_sheets(path, Path(folder), path.name)
            grids = [_grid(name, rows, path.name, typed=True) for name, rows in sheets]
        elif content.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"PAR1")):
            raise InputError(
                f"{path.name} is neither a workbook nor a text: save it as xlsx or csv"
            )
        else:
            grids = [_grid("", _text_rows(path, Path(folder)), path.name, typed=False)]
    found = [grid for grid in grids if any(True for _ in grid.cells())]
    if not found:
        raise InputError(f"{path.name} is empty: no cell has a value")
    return found


def _grid(sheet: str, rows: Sequence[Sequence[str]], label: str, *, typed: bool) -> Grid:
    width = max((len(row) for row in rows), default=0)
    if width * len(rows) > LARGEST_GRID:
        raise InputError(
            f"{label} {sheet}: {width * len(rows):,} cells; a table of months has {LARGEST_GRID:,} "
            "at most"
        )
    clean = [[text.strip(SPACES) for text in row] for row in rows]
    return Grid(sheet, tuple((*row, *[""] * (width - len(row))) for row in clean), typed)


def _text_rows(path: Path, folder: Path) -> list[list[str]]:
    utf8, _ = to_utf8(path, folder, None, Problems())
    text = utf8.read_text(encoding="utf-8-sig")

    def cut(delimiter: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))

    def agreement(delimiter: str) -> int:
        widths = Counter(len(row) for row in cut(delimiter) if len(row) > 1)
        return max((width * times for width, times in widths.items()), default=0)

    try:
        return cut(max(_DELIMITERS, key=agreement))
    except csv.Error as error:
        raise InputError(f"{path.name} cannot be read as a table: {error}") from None


def exact_numbers(
    texts: Sequence[str], *, label: str, decimal: str | None, typed: bool
) -> tuple[list[Number], str]:
    """Read amounts as the ledgers' are read: exact, and refused where they mislead.

    Parameters
    ----------
    texts
        Cells that are not blank.
    label
        What messages call them.
    decimal
        The decimal sign as told, or None to find it out from all of them.
    typed
        Whether a plain number is one as it stands.

    Returns
    -------
    tuple
        A number for each text, and the decimal sign.

    Raises
    ------
    InputError
        All can be read in two ways, or two decimal signs occur.
    """
    connection = duckdb.connect()
    try:
        frame = pd.DataFrame({"row": range(1, len(texts) + 1), "c0": list(texts)})
        connection.register("reading_given", frame)
        connection.execute(
            'CREATE TABLE reading_numbers AS SELECT CAST("row" AS BIGINT) AS "row", '
            "CAST(c0 AS VARCHAR) AS c0 FROM reading_given"
        )
        table = RawTable("reading_numbers", (label,), ("VARCHAR",), label, excel=typed)
        table = table.inspected(connection)
        problems = Problems()
        amounts = read_amounts(connection, table, label, decimal=decimal, problems=problems)
        problems.raise_refused()
        parsed = amounts.parsed
        rows = connection.execute(
            f"SELECT {parsed.value}, {parsed.state}, {parsed.extra} FROM reading_numbers AS r "
            f'{parsed.join} ORDER BY r."row"'
        ).fetchall()
    finally:
        connection.close()
    blank = {State.BLANK, State.NULL_WORD}
    scale = 10**amounts.scale
    numbers = [
        Number(
            Fraction(int(value), scale) if state == State.OK else None,
            State(state) in blank,
            sign,
        )
        for value, state, sign in rows
    ]
    return numbers, amounts.sign or "."
