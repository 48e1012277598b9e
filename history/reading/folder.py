"""A folder of files of one shape, read as one table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ..errors import InputError
from ..findings import rule
from ..wording import counted
from .problems import FILE_STEP, NothingInsideError, Part, Problems
from .synonyms import squashed
from .table import RAW, RawTable, as_text, only_row

__all__ = ["read_folder"]

FOLDER_FILE = rule("folder-file", "The ledger is a folder of files.", "Nothing to do.")
FOLDER_OTHER = rule(
    "folder-other", "Something in the folder is no table.", "Move it out of the folder."
)
FOLDER_EMPTY = rule("folder-empty", "A file of the folder has no rows.", "Export it again.")
FOLDER_TWICE = rule(
    "folder-twice", "A file of the folder is the copy of another.", "Remove one of them."
)
FOLDER_COLUMNS = rule(
    "folder-columns", "Files of the folder have different columns.", "Export all of them alike."
)

_ENDINGS = (".csv", ".tsv", ".txt", ".gz", ".xlsx", ".xlsm", ".parquet", ".pq")
_ALIKE = 0.5
"""Share of its columns that a file has in common with the first one, at least."""

OpenFile = Callable[[Path, Problems], RawTable]


@dataclass(frozen=True)
class _Opened:
    """One file of the folder, its cells stored in a table of its own."""

    path: Path
    table: RawTable
    number: int

    def header_of(self, key: str) -> str | None:
        """Give the column of a name, capitals and signs apart."""
        exact = [header for header in self.table.headers if header == key]
        alike = [header for header in self.table.headers if squashed(header) == squashed(key)]
        return next(iter(exact or alike), None)


def read_folder(
    folder: Path,
    connection: duckdb.DuckDBPyConnection,
    open_file: OpenFile,
    problems: Problems,
) -> RawTable:
    """Bring all files of a folder into one raw table: the union of their columns, by name.

    Files are taken by name; hidden ones (``.x``, ``_x``, ``~$x``) are passed over. Every file is
    said in a finding; what is no table, empty or a copy of another file is left out and said.

    Parameters
    ----------
    folder
        The folder; folders inside it are left out, and said.
    connection
        The engine.
    open_file
        Brings one file into the raw view.
    problems
        Gets what is found, the file named beside each row.

    Raises
    ------
    InputError
        The folder has no table, a file of it cannot be read, or two files have little in common.
    """
    opened: list[_Opened] = []
    for path in _tables(folder, problems):
        found = Problems()
        try:
            table = open_file(path, found)
            number = len(opened) + 1
            opened.append(_stored(connection, path, table, found, problems, number))
        except NothingInsideError:
            problems.add(FOLDER_EMPTY, "left out", "warning", value=path.name)
            continue
        except InputError as error:
            raise InputError(f"in the folder {folder.name}: {error}") from None
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise InputError(
                f"in the folder {folder.name}: {path.name} cannot be read: {said}"
            ) from None
    if not opened:
        raise NothingInsideError(
            f"the folder {folder} has no table in it; put csv, csv.gz, xlsx or parquet files there"
        )
    for part in opened[1:]:
        _refuse_another_shape(opened[0], part)
    headers = _headers(opened)
    _tell_columns(opened, headers, problems)
    return _united(connection, opened, headers, folder.name)


def _tables(folder: Path, problems: Problems) -> list[Path]:
    """Give the files to be read, and say what else is there."""
    known: dict[str, Path] = {}
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_", "~$")):
            continue
        if path.is_dir() or not path.name.lower().endswith(_ENDINGS):
            what = "folder left out" if path.is_dir() else "left out"
            problems.add(FOLDER_OTHER, what, "warning", value=path.name)
            continue
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        twin = known.setdefault(digest, path)
        if twin != path and path.stat().st_size:
            problems.add(FOLDER_TWICE, f"left out; equals {twin.name}", "warning", value=path.name)
            continue
        found.append(path)
    return found


def _stored(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    table: RawTable,
    found: Problems,
    problems: Problems,
    number: int,
) -> _Opened:
    """Keep a file's cells, their rows numbered among those of all files."""
    name = f"reading_part_{number}"
    connection.execute(
        f'CREATE OR REPLACE TABLE {name} AS SELECT * REPLACE ("row" + {number * FILE_STEP} '
        f'AS "row") FROM {table.relation}'
    )
    rows, last = only_row(connection, f'SELECT count(*), max("row") FROM {name}')
    damaged = max(found.damaged, default=0)
    problems.adopt(found, Part(path.name, max(int(last) - number * FILE_STEP, damaged)))
    problems.add(FOLDER_FILE, f"{counted(rows, 'row')} read", "note", value=path.name)
    kept = RawTable(
        name, table.headers, table.types, path.name, excel=table.excel, date1904=table.date1904
    )
    return _Opened(path, kept, number)


def _refuse_another_shape(first: _Opened, other: _Opened) -> None:
    headers = other.table.headers
    shared = [header for header in headers if first.header_of(header)]
    if len(shared) < _ALIKE * max(len(headers), len(first.table.headers)):
        raise InputError(
            f"{other.path.name} and {first.path.name} are tables of different kinds: they share "
            f"{counted(len(shared), 'column')} ({', '.join(shared) or 'none'}). Move one of them "
            f"out of the folder, or name the file. {other.path.name} has {', '.join(headers)}."
        )
    if other.table.excel and first.table.excel and other.table.date1904 != first.table.date1904:
        raise InputError(
            f"{other.path.name} counts days from another year than {first.path.name} (1900 and "
            "1904): save one of them as csv with dates like 2026-01-31."
        )


def _headers(opened: Sequence[_Opened]) -> list[str]:
    """Give the columns of all files, each once, as the first file spells it."""
    headers: list[str] = []
    for part in opened:
        for header in part.table.headers:
            if not any(header in (known, part.header_of(known)) for known in headers):
                headers.append(header)
    return headers


def _tell_columns(opened: Sequence[_Opened], headers: Sequence[str], problems: Problems) -> None:
    for header in headers:
        without = [part.path.name for part in opened if part.header_of(header) is None]
        if without:
            action = f"read as blank in {', '.join(without)}"
            problems.add(FOLDER_COLUMNS, action, "warning", column=header)
        for part in opened:
            spelled = part.header_of(header)
            if spelled is not None and spelled != header:
                action = f"{spelled!r} in {part.path.name} read as {header!r}"
                problems.add(FOLDER_COLUMNS, action, "note", column=header)


def _united(
    connection: duckdb.DuckDBPyConnection,
    opened: Sequence[_Opened],
    headers: Sequence[str],
    label: str,
) -> RawTable:
    """Make the raw view over all files; columns of different types are read as text."""
    types = [_type_of(opened, header) for header in headers]
    selects = []
    for part in opened:
        cells = ", ".join(
            f"{_cell(part, header, type_)} AS c{i}"
            for i, (header, type_) in enumerate(zip(headers, types, strict=True))
        )
        selects.append(f'SELECT "row", {cells} FROM {part.table.relation}')
    connection.execute(f"CREATE OR REPLACE VIEW {RAW} AS {' UNION ALL '.join(selects)}")
    excel = [part.table for part in opened if part.table.excel]
    return RawTable(
        RAW,
        tuple(headers),
        tuple(types),
        f"the folder {label}",
        excel=bool(excel),
        date1904=any(table.date1904 for table in excel),
    )


def _type_of(opened: Sequence[_Opened], header: str) -> str:
    spelled = [(part, part.header_of(header)) for part in opened]
    types = {part.table.type_of(name) for part, name in spelled if name is not None}
    return types.pop() if len(types) == 1 else "VARCHAR"


def _cell(part: _Opened, header: str, type_: str) -> str:
    name = part.header_of(header)
    if name is None:
        return f"CAST(NULL AS {type_})"
    cell, own = part.table.cell(name), part.table.type_of(name)
    return cell if own == type_ else as_text(cell, own)
