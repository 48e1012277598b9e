"""Sources: what was given, what a file really is, and how its cells come into the engine."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from shutil import copyfile

import duckdb
import pandas as pd

from ..errors import InputError
from .database import is_address, read_database
from .delimited import read_delimited
from .folder import read_folder
from .frame import read_frame
from .header import checked_header, refuse_blank_names
from .parts import MOST_PACKED
from .problems import NothingInsideError, Problems
from .rules import ENDING
from .streams import is_spark, is_stream, read_spark, read_stream
from .table import RAW, RawTable, literal, quoted
from .workbook import read_workbook

__all__ = ["LARGEST_TEXT", "is_parquet", "open_source"]

LARGEST_TEXT = 32 << 30
"""Bytes that a compressed text file may have when it is unpacked (32 GiB)."""

_UNSUSPECTED = 1 << 24

_KINDS = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".gz": "gzip",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_NAMES = {
    "text": "plain text",
    "gzip": "a gzip file",
    "xlsx": "an Excel workbook",
    "zip": "a zip archive",
    "xls": "an old Excel workbook (xls)",
    "parquet": "a parquet file",
    "pdf": "a PDF",
    "duckdb": "a DuckDB database",
    "sqlite": "an SQLite database",
}
_CURES = {
    "text": "Rename it to .csv",
    "gzip": "Rename it to .csv.gz",
    "xlsx": "Rename it to .xlsx",
    "parquet": "Rename it to .parquet",
    "xls": "Save it as .xlsx",
    "zip": "Unpack it",
    "duckdb": "Give a relation of it from Python, or export the table as parquet",
    "sqlite": "Give its address (sqlite:///FILE) with a table or a query",
}


def open_source(
    source: object,
    connection: duckdb.DuckDBPyConnection,
    *,
    folder: Path,
    encoding: str | None,
    sheet: str | int | None,
    named: frozenset[str],
    problems: Problems,
    query: str | None = None,
    table: str | None = None,
) -> RawTable:
    """Bring a source into the raw table.

    Parameters
    ----------
    source
        Path of a csv, csv.gz, xlsx or parquet file or of a folder of them, the address of a
        database, a pandas DataFrame, a Spark DataFrame, a DuckDB relation, or anything with an
        Arrow stream (a table of pyarrow or polars).
    connection
        The engine. The raw table is a view over the file (parquet), the frame, or stored cells.
    folder
        A temporary folder that lives as long as the raw table is read.
    encoding, sheet
        As told by the caller.
    named
        Columns that the caller named in a mapping.
    problems
        Gets what is found.
    query, table
        What is read of a database.

    Raises
    ------
    InputError
        The file is missing, empty, damaged, or not what its ending says; or the source is none.
    """
    if isinstance(source, str) and is_address(source):
        opened = read_database(
            source, connection, query=query, table=table, named=named, problems=problems
        )
        return opened.inspected(connection)
    if query is not None or table is not None:
        raise InputError("query and table are for databases: give the address of one")
    if isinstance(source, str | Path):
        files = _Files(connection, folder, encoding, sheet, named)
        opened = files.at(Path(source).expanduser(), problems)
    else:
        opened = _object(source, connection, named, problems)
    return opened.inspected(connection)


def _object(
    source: object,
    connection: duckdb.DuckDBPyConnection,
    named: frozenset[str],
    problems: Problems,
) -> RawTable:
    """Open what is in memory or in another engine."""
    if isinstance(source, pd.DataFrame):
        return _with_rows(read_frame(source, connection, named), connection)
    if is_spark(source):
        return read_spark(source, connection, named=named, problems=problems)
    if is_stream(source):
        return read_stream(source, connection, named=named)
    raise InputError(
        f"a ledger cannot be read from {type(source).__name__}; give a path of a csv, xlsx or "
        "parquet file or of a folder of them, the address of a database, a frame of pandas, "
        "polars, pyarrow or Spark, or a DuckDB relation"
    )


@dataclass(frozen=True)
class _Files:
    """How files are opened in one call."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    encoding: str | None
    sheet: str | int | None
    named: frozenset[str]

    def at(self, path: Path, problems: Problems) -> RawTable:
        """Open a file, or all files of a folder."""
        if not path.is_dir():
            return self.file(path, problems)
        numbers = count(1)

        def open_file(file: Path, found: Problems) -> RawTable:
            inner = self.folder / f"part-{next(numbers)}"
            inner.mkdir()
            columns = frozenset[str]()  # a named column may stand in some of the files only
            return replace(self, folder=inner, named=columns).file(file, found)

        return read_folder(path, self.connection, open_file, problems)

    def file(self, path: Path, problems: Problems) -> RawTable:
        """Open one file."""
        path = _existing(path)
        kind = _kind(path, problems)
        if kind == "parquet":
            return _parquet(path, self.connection, self.folder, self.named)
        if kind == "xlsx":
            return read_workbook(
                path,
                self.connection,
                folder=self.folder,
                label=path.name,
                sheet=self.sheet,
                named=self.named,
                problems=problems,
            )
        return read_delimited(
            _unpacked(path, self.folder) if kind == "gzip" else path,
            self.connection,
            folder=self.folder,
            label=path.name,
            encoding=self.encoding,
            named=self.named,
            problems=problems,
        )


def is_parquet(source: object) -> bool:
    """Say whether a source is a parquet file, whose cells are only read when they are needed."""
    if not isinstance(source, str | Path):
        return False
    path = Path(source).expanduser()
    return path.is_file() and _real_kind(path) == "parquet"


def _existing(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"{path} does not exist")
    if not path.is_file():
        raise InputError(
            f"{path} is a pipe or a device, which can be read once only; write it to a file first"
        )
    try:
        with path.open("rb") as stream:
            if not stream.read(1):
                raise NothingInsideError(f"{path.name} is empty: there is no header and no row.")
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror}") from None
    return path


def _kind(path: Path, problems: Problems) -> str:
    """Give what a file is, and refuse one that is not what its ending says."""
    real = _real_kind(path)
    said = _KINDS.get(path.suffix.lower())
    if said == real:
        return real
    cure = _CURES.get(real, "Export it as csv, xlsx or parquet")
    if said is None and real in {"text", "gzip", "xlsx", "parquet"}:
        problems.add(ENDING, f"read as {_NAMES[real]}", "note", value=path.suffix)
        return real
    raise InputError(
        f"{path.name} is {_NAMES[real]}"
        + (f", not what its ending {path.suffix} says" if said else "")
        + f". {cure}."
    )


def _real_kind(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(16)
        parts = head + stream.read(1 << 16) if head.startswith(b"PK\x03\x04") else b""
    if parts:
        spread = path.suffix.lower() in {".xlsx", ".xlsm"} or b"xl/" in parts
        return "xlsx" if spread or b"[Content_Types].xml" in parts else "zip"
    marks = {
        b"PAR1": "parquet",
        b"\x1f\x8b": "gzip",
        b"\xd0\xcf\x11\xe0": "xls",
        b"%PDF": "pdf",
        b"SQLite format 3": "sqlite",
    }
    if head[8:12] == b"DUCK":  # behind a checksum
        return "duckdb"
    return next((kind for mark, kind in marks.items() if head.startswith(mark)), "text")


def _unpacked(path: Path, folder: Path) -> Path:
    target = folder / "unpacked.csv"
    written = 0
    try:
        with gzip.open(path, "rb") as packed, target.open("wb") as plain:
            while block := packed.read(1 << 22):
                written += plain.write(block)
                if written > _UNSUSPECTED + MOST_PACKED * path.stat().st_size:
                    raise InputError(
                        f"{path.name} unpacks to more than {MOST_PACKED} times its size, which no "
                        "table does. Fetch it again, unpacked."
                    )
                if written > LARGEST_TEXT:
                    raise InputError(
                        f"{path.name} is larger than {LARGEST_TEXT >> 30} GiB when unpacked"
                    )
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(f"{path.name} is damaged: {error}. Fetch it again.") from None
    if written == 0:
        raise NothingInsideError(f"{path.name} is empty: there is no header and no row.")
    if _real_kind(target) != "text":
        inside = _NAMES[_real_kind(target)]
        raise InputError(f"{path.name} holds {inside}, not text. Unpack it and name it so.")
    return target


def _parquet(
    path: Path, connection: duckdb.DuckDBPyConnection, folder: Path, named: frozenset[str]
) -> RawTable:
    """Make the raw view over a copy of the file: what happens to the file later changes nothing."""
    file = literal(str(copyfile(path, folder / "source.parquet")))
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({file})").fetchall()
        headers = checked_header([row[0] for row in described], named, path.name, 1)
        refuse_blank_names([i for i, name in enumerate(headers) if not name], path.name, 1)
        columns = ", ".join(f"{quoted(row[0])} AS c{i}" for i, row in enumerate(described))
        types = tuple(str(row[1]) for row in described)
        own_number = any(row[0].casefold() == "file_row_number" for row in described)
        if own_number:
            number, option = "row_number() OVER () + 1", ""
        else:
            number, option = "file_row_number + 2", ", file_row_number=true"
        connection.execute(
            f'CREATE OR REPLACE VIEW {RAW} AS SELECT {number} AS "row", {columns} '
            f"FROM read_parquet({file}{option})"
        )
        table = RawTable(RAW, tuple(headers), types, path.name, kept=not own_number)
        return _with_rows(table, connection)
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise InputError(f"{path.name} cannot be read as parquet: {said}") from None


def _with_rows(table: RawTable, connection: duckdb.DuckDBPyConnection) -> RawTable:
    if table.count(connection) == 0:
        raise NothingInsideError(
            f"{table.label} has a header but no rows. Nothing can be read from it."
        )
    return table
