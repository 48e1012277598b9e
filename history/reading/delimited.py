"""Delimited text files brought into a raw table."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from ..wording import counted
from .header import HEADER_ROWS, checked_header, find_header, refuse_blank_names
from .problems import NothingInsideError, Problems
from .rules import BLANK_ROWS, RAGGED
from .table import RAW, RawTable, engine_path, literal, only_row
from .text import Record, Survey, delimiter_of, physical_lines, records, to_utf8

__all__ = ["named_view", "note_blank_rows", "read_delimited", "store_rows"]

_CELLS = "reading_cells"
_LONGEST_LINE = 1 << 26


@dataclass(frozen=True)
class _Layout:
    """How a text file is to be cut."""

    path: Path
    delimiter: str
    header: int  # number of the header's record; the spreadsheet's row number
    lines_above: int  # physical lines up to and including the header
    names: tuple[str, ...]


def read_delimited(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    *,
    folder: Path,
    label: str,
    encoding: str | None,
    named: frozenset[str],
    problems: Problems,
) -> RawTable:
    """Bring a delimited text file into the raw table, every cell as text.

    The engine's own reader takes a file that is sound (UTF-8, one kind of newline, no blank
    lines, each record one line of the same number of cells); any other is read record by record,
    and each damaged record becomes a rejected row.

    Parameters
    ----------
    path
        The file, uncompressed.
    connection
        The engine.
    folder
        Where a copy in UTF-8 may be written.
    label
        What messages call the file.
    encoding
        As told; None to find out.
    named
        Columns that the caller named in a mapping.
    problems
        Gets what is found.

    Raises
    ------
    InputError
        The file is empty, has a header only, or its header cannot be used.
    """
    utf8, seen = to_utf8(path, folder, encoding, problems)
    layout = _layout(utf8, label, named, problems)
    fast = seen.sound and _by_engine(connection, layout, seen, folder)
    if not fast:
        _by_record(connection, layout, folder, problems)
    return _finished(connection, layout, label, fast=fast)


def _layout(path: Path, label: str, named: frozenset[str], problems: Problems) -> _Layout:
    delimiter, above = delimiter_of(path)
    head = list(islice(records(path, delimiter), above + HEADER_ROWS))
    if not head:
        raise NothingInsideError(f"{label} is empty: there is no header and no row.")
    rows = [[] if i < above else record.cells for i, record in enumerate(head)]
    until = head[: find_header(rows, named, label, problems) + 1]
    header = until[-1]
    names = checked_header(header.cells, named, label, header.number)
    return _Layout(path, delimiter, header.number, physical_lines(until), tuple(names))


def _by_engine(
    connection: duckdb.DuckDBPyConnection, layout: _Layout, seen: Survey, folder: Path
) -> bool:
    """Let the engine read the file; say whether each line became one row."""
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(layout.names)))
    path = literal(engine_path(layout.path, folder))
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE {_CELLS} AS SELECT * FROM read_csv({path}, "
            f"auto_detect=false, header=false, skip={layout.lines_above}, "
            f"delim={literal(layout.delimiter)}, quote='\"', escape='\"', "
            f"columns={{{columns}}}, strict_mode=true, null_padding=false)"
        )
    except duckdb.Error:
        return False
    counted = int(only_row(connection, f"SELECT count(*) FROM {_CELLS}")[0])
    return counted == seen.lines - layout.lines_above


def _by_record(
    connection: duckdb.DuckDBPyConnection, layout: _Layout, folder: Path, problems: Problems
) -> None:
    found = records(layout.path, layout.delimiter, len(layout.names))
    rows = _sound_rows(islice(found, layout.header, None), layout.names, problems)
    store_rows(connection, rows, len(layout.names), folder)


def _sound_rows(
    found: Iterator[Record], names: Sequence[str], problems: Problems
) -> Iterator[tuple[int, Sequence[str]]]:
    width = len(names)
    least = max((i + 1 for i, name in enumerate(names) if name), default=0)
    blank: list[int] = []
    last = 0
    for record in found:
        cells = record.cells
        if not record.fault and not any(cell.strip() for cell in cells):
            blank.append(record.number)
            continue
        last = record.number
        surplus = any(cell.strip() for cell in cells[width:])
        fault = record.fault or (RAGGED if surplus or len(cells) < least else "")
        if fault:
            shown = record.text.replace("\0", "\\0")[:200]
            said = f"{counted(len(cells), 'cell')}, {width} in the header: {shown}"
            clean = [cell.replace("\0", "\\0") for cell in cells]
            problems.reject_damaged(record.number, fault, clean, said if fault == RAGGED else shown)
        else:
            yield record.number, [*cells[:width], *[""] * (width - len(cells))]
    note_blank_rows([row for row in blank if row < last], problems)


def note_blank_rows(rows: Sequence[int], problems: Problems) -> None:
    """Keep a note for each row without any value."""
    for row in rows:
        problems.add(BLANK_ROWS, "passed over", "note", row=row)


def store_rows(
    connection: duckdb.DuckDBPyConnection,
    rows: Iterator[tuple[int, Sequence[str]]],
    width: int,
    folder: Path,
) -> None:
    """Bring rows of text into the raw cells, by way of a sound csv that the engine reads fast."""
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([row, *cells] for row, cells in rows)
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(width))
    connection.execute(
        f"CREATE OR REPLACE TABLE {_CELLS} AS SELECT * FROM read_csv({literal(str(path))}, "
        f"auto_detect=false, header=false, delim=',', quote='\"', escape='\"', "
        # Told, for a guess is misled by line breaks inside a cell.
        f"new_line='\\n', max_line_size={_LONGEST_LINE}, "
        f"columns={{'row': 'BIGINT', {columns}}}, parallel=false)"
    )


def _finished(
    connection: duckdb.DuckDBPyConnection, layout: _Layout, label: str, *, fast: bool
) -> RawTable:
    number = f'rowid + {layout.header + 1} AS "row"' if fast else '"row"'
    return named_view(connection, layout.names, number, label, layout.header)


def named_view(
    connection: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    number: str,
    label: str,
    header: int,
) -> RawTable:
    """Make the raw view over the stored cells; drop blank columns that have no name.

    Raises
    ------
    InputError
        A column has values but no name, or there is no row.
    """
    unnamed = [i for i, name in enumerate(names) if not name]
    used = [i for i in unnamed if _has_values(connection, f"c{i}")]
    refuse_blank_names(used, label, header)
    kept = [i for i in range(len(names)) if i not in set(unnamed)]
    cells = ", ".join(f"nullif(c{i}, '') AS c{new}" for new, i in enumerate(kept))
    connection.execute(f"CREATE OR REPLACE VIEW {RAW} AS SELECT {number}, {cells} FROM {_CELLS}")
    table = RawTable(RAW, tuple(names[i] for i in kept), ("VARCHAR",) * len(kept), label)
    if table.count(connection) == 0:
        raise NothingInsideError(f"{label} has a header but no rows. Nothing can be read from it.")
    return table


def _has_values(connection: duckdb.DuckDBPyConnection, cell: str) -> bool:
    query = f"SELECT count(*) FROM {_CELLS} WHERE trim({cell}) <> ''"
    return int(only_row(connection, query)[0]) > 0
