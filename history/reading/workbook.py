"""Excel workbooks brought into a raw table."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import duckdb

from ..errors import ArrcastError, InputError, unknown_name
from .delimited import named_view, note_blank_rows, store_rows
from .header import checked_header, find_header
from .parts import unpacked_workbook
from .problems import NothingInsideError, Problems
from .rules import FORMULA_BLANK, SHEET
from .table import RawTable

__all__ = ["read_workbook", "visible_sheets"]

_ERROR_CELL = re.compile(
    # Bounded: a formula has at most 8,192 characters, and a search to the end takes for ever.
    rb'<(?:\w+:)?c\s+r="([A-Z]+)(\d+)"[^>]*?\bt="e"[^>]*>.{0,50000}?<(?:\w+:)?v>([^<]*)<',
    re.DOTALL,
)
_FORMULA_ONLY = re.compile(
    rb'<(?:\w+:)?c\s+r="([A-Z]+)(\d+)"[^>]*>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)'
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_SHEET = re.compile(rb'<(?:\w+:)?sheet\s[^>]*?name="([^"]*)"[^>]*?\w+:id="([^"]*)"')
_TARGET = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")


def read_workbook(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    *,
    folder: Path,
    label: str,
    sheet: str | int | None,
    named: frozenset[str],
    problems: Problems,
) -> RawTable:
    """Bring one sheet of a workbook into the raw table, every cell as text.

    Dates become ISO text, whole numbers lose their ".0", error values stay as they are (#N/A). A
    cell whose formula has no stored value is blank, with a finding.

    Parameters
    ----------
    path
        The workbook (xlsx or xlsm).
    connection
        The engine.
    folder
        A temporary folder.
    label
        What messages call the file.
    sheet
        Name of the sheet, or its position from 0; None takes the first visible one with values.
    named
        Columns that the caller named in a mapping.
    problems
        Gets what is found.

    Raises
    ------
    InputError
        The workbook is damaged, protected, empty, or too large (see `unpacked_workbook`).
    UnknownNameError
        It has no such sheet.
    """
    from python_calamine import CalamineWorkbook

    path = unpacked_workbook(path, folder, label)
    with _faults_told(label):
        book = CalamineWorkbook.from_path(str(path))
        position, rows = _chosen_rows(book, sheet, label, problems)
    faults, date1904 = _faulty_cells(path, position)
    _put_errors(rows, faults)
    head = [[_text(cell) for cell in row] for row in rows[:20]]
    header = find_header(head, named, label, problems)
    names = checked_header(head[header], named, label, header + 1)
    _note_faults(faults, names, header, problems)
    stored = _records(rows, header, problems)
    store_rows(connection, stored, len(names), folder)
    table = named_view(connection, names, '"row"', label, header + 1)
    return RawTable(table.relation, table.headers, table.types, label, True, date1904)


def visible_sheets(path: Path, folder: Path, label: str) -> list[tuple[str, list[list[str]]]]:
    """Give name and cells, as text, of every sheet that is not hidden.

    An error value stands as it is (#N/A); so does a formula without a stored value, as #FORMULA!.

    Raises
    ------
    InputError
        The workbook is damaged, protected or too large.
    """
    from python_calamine import CalamineWorkbook

    path = unpacked_workbook(path, folder, label)
    with _faults_told(label):
        book = CalamineWorkbook.from_path(str(path))
        names, states = book.sheet_names, [str(meta.visible) for meta in book.sheets_metadata]
        found = []
        for position, state in enumerate(states):
            if not state.endswith("Visible"):
                continue
            rows = _rows(book, position)
            faults, _ = _faulty_cells(path, position)
            _put_errors(rows, {at: value or "#FORMULA!" for at, value in faults.items()})
            found.append((names[position], [[_text(cell) for cell in row] for row in rows]))
    return found


@contextmanager
def _faults_told(label: str) -> Iterator[None]:
    """Say what makes a workbook unreadable; the reader of workbooks panics at some of it."""
    try:
        yield
    except ArrcastError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        said = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(
            f"{label} cannot be read as a workbook: {said}. Save it again, or as csv."
        ) from None


def _chosen_rows(
    book: object, sheet: str | int | None, label: str, problems: Problems
) -> tuple[int, list[list[object]]]:
    names: list[str] = list(book.sheet_names)  # type: ignore[attr-defined]
    if sheet is not None:
        position = _position(names, sheet)
        return position, _rows(book, position)
    hidden = [str(meta.visible) for meta in book.sheets_metadata]  # type: ignore[attr-defined]
    visible = [i for i, state in enumerate(hidden) if state.endswith("Visible")]
    for position in visible or range(len(names)):
        rows = _rows(book, position)
        if any(cell not in {"", None} for row in rows for cell in row):
            if len(names) > 1:
                problems.add(
                    SHEET, f"sheet {names[position]!r} read", "note", value=", ".join(names)
                )
            return position, rows
    raise NothingInsideError(f"{label} is empty: no sheet has a value.")


def _position(names: list[str], sheet: str | int) -> int:
    if isinstance(sheet, int) and 0 <= sheet < len(names):
        return sheet
    if str(sheet) not in names:
        raise unknown_name("sheet", sheet, names)
    return names.index(str(sheet))


def _rows(book: object, position: int) -> list[list[object]]:
    sheet = book.get_sheet_by_index(position)  # type: ignore[attr-defined]
    rows: list[list[object]] = sheet.to_python(skip_empty_area=False)
    return rows


def _faulty_cells(path: Path, position: int) -> tuple[dict[tuple[int, int], str], bool]:
    """Give the cells (row, column from 0) with an error value or a formula without a value."""
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml")
        date1904 = re.search(rb'date1904="(1|true)"', book) is not None
        name = _sheet_part(archive, book, position)
        xml = archive.read(name) if name else b""
    found: dict[tuple[int, int], str] = {}
    if b't="e"' in xml:
        for match in _ERROR_CELL.finditer(xml):
            found[int(match[2]) - 1, _column(match[1])] = match[3].decode("utf-8", "replace")
    if b"<f" in xml or b":f" in xml:
        for match in _FORMULA_ONLY.finditer(xml):
            found[int(match[2]) - 1, _column(match[1])] = ""
    return found, date1904


def _sheet_part(archive: zipfile.ZipFile, book: bytes, position: int) -> str | None:
    sheets = _SHEET.findall(book)
    names = set(archive.namelist())
    if position >= len(sheets) or "xl/_rels/workbook.xml.rels" not in names:
        return None
    for tag in _TARGET.findall(archive.read("xl/_rels/workbook.xml.rels")):
        if b'Id="' + sheets[position][1] + b'"' in tag:
            target = re.search(rb'Target="([^"]*)"', tag)
            part = target[1].decode() if target else ""
            part = part.removeprefix("/") if part.startswith("/") else f"xl/{part}"
            return part if part in names else None
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _put_errors(rows: list[list[object]], faults: dict[tuple[int, int], str]) -> None:
    for (row, column), value in faults.items():
        if value and row < len(rows) and column < len(rows[row]):
            rows[row][column] = value


def _note_faults(
    faults: dict[tuple[int, int], str], names: Sequence[str], header: int, problems: Problems
) -> None:
    for (row, column), value in sorted(faults.items()):
        if row > header and column < len(names):
            problems.add(
                FORMULA_BLANK,
                "kept as it is" if value else "read as blank",
                "warning",
                row=row + 1,
                column=names[column],
                value=value,
            )


def _records(
    rows: list[list[object]], header: int, problems: Problems
) -> Iterator[tuple[int, list[str]]]:
    blank: list[int] = []
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        cells = [_text(cell) for cell in row]
        if any(cell.strip() for cell in cells):
            yield number, cells
        else:
            blank.append(number)
    note_blank_rows(blank, problems)


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool) or cell is None:
        return "" if cell is None else str(cell)
    if isinstance(cell, int | float):
        return _number(float(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ").removesuffix(" 00:00:00")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _number(value: float) -> str:
    """Write a number so that it can be read in one way only, whatever the file's decimal sign."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    return text + "0" if re.fullmatch(r"-?\d+\.\d{3}", text) else text
