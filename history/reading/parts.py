"""The parts of a workbook: unpacked within bounds and looked through, before any of them is read.

What reads a workbook makes room for the whole rectangle of a sheet, and writes a text once for each
cell that refers to it: a file of a few kB can ask for more memory than any machine has. So a copy
is made of the parts that are read, each no longer than it says; only the copy is opened.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import InputError

__all__ = ["LARGEST_SHEET", "LARGEST_WORKBOOK", "MOST_PACKED", "unpacked_workbook"]

LARGEST_WORKBOOK = 1 << 30
"""Bytes that the parts of a workbook may have when they are unpacked (1 GiB), and its texts too."""

LARGEST_SHEET = 1 << 24
"""Cells of the rectangle from A1 to the last used row and column of a sheet (16.8 million)."""

MOST_PACKED = 500
"""Times that a part above 1 MiB may be larger than what it is packed into: real ones stay at 50."""

_MOST_PARTS = 10_000
_BLOCK = 1 << 20
_LONGEST = 1 << 24
_TEXTS = "xl/sharedstrings.xml"
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]*)(\d+)")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
_TEXT = re.compile(rb"<(?:\w+:)?si[\s>/]")
_SHARED = re.compile(rb"t\s*=\s*[\"']s[\"']")
_POSITION = re.compile(rb"t\s*=\s*[\"']s[\"'][^<>]*>\s*<(?:\w+:)?v>\s*(\d{1,9})\s*<")


def unpacked_workbook(path: Path, folder: Path, label: str) -> Path:
    """Give a copy of a workbook that holds only what is read of it, unpacked and bounded.

    Parameters
    ----------
    path
        The workbook.
    folder
        A temporary folder for the copy.
    label
        What messages call the file.

    Raises
    ------
    InputError
        The file is damaged, or larger than `LARGEST_WORKBOOK`, `LARGEST_SHEET` and `MOST_PACKED`
        allow; the message names the part and its size.
    """
    target = folder / "workbook.xlsx"
    with _damage_told(label), zipfile.ZipFile(target, "w") as copy:
        _refuse_many_parts(path, label)
        with zipfile.ZipFile(path) as archive:
            left = LARGEST_WORKBOOK
            for item in _read_parts(archive, label):
                left = _copied(archive, item, copy, left, label)
    _look_through(target, label)
    return target


@contextmanager
def _damage_told(label: str) -> Iterator[None]:
    try:
        yield
    except (
        zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError,
        ValueError, struct.error,
    ) as error:  # fmt: skip
        raise InputError(f"{label} is damaged: {error}. Save it again.") from None


def _refuse_many_parts(path: Path, label: str) -> None:
    """Refuse a directory of very many parts, which would fill the memory before it is read."""
    with path.open("rb") as stream:
        parts = sum(block.count(b"PK\1\2") for block in iter(lambda: stream.read(_BLOCK), b""))
    if parts > _MOST_PARTS:
        raise InputError(f"{label} has {parts} parts; a workbook has some dozens. Save it again.")


def _read_parts(archive: zipfile.ZipFile, label: str) -> list[zipfile.ZipInfo]:
    """Give the parts that are read, or refuse what they say of themselves."""
    parts = [i for i in archive.infolist() if i.filename.lower().endswith((".xml", ".rels"))]
    names = [item.filename.lower() for item in parts]
    for item in parts:
        if names.count(item.filename.lower()) > 1:
            raise InputError(f"{label} is damaged: it has {item.filename} twice. Save it again.")
        if item.file_size > max(_BLOCK, MOST_PACKED * item.compress_size):
            raise InputError(
                f"{label}: its part {item.filename} says to unpack {item.compress_size:,} bytes "
                f"into {item.file_size:,}, which no workbook does. Save it again as csv."
            )
    total = sum(item.file_size for item in parts)
    if total > LARGEST_WORKBOOK:
        largest = max(parts, key=lambda item: item.file_size)
        raise _too_large(label, largest.filename, f"{total:,} bytes")
    return parts


def _too_large(label: str, part: str, size: str) -> InputError:
    return InputError(
        f"{label}: its part {part} brings it to {size} when unpacked; {LARGEST_WORKBOOK:,} "
        "are allowed. Save it as csv or parquet."
    )


def _copied(
    archive: zipfile.ZipFile, item: zipfile.ZipInfo, copy: zipfile.ZipFile, left: int, label: str
) -> int:
    """Copy a part, unpacked; give the bytes that are left for others.

    No more is unpacked than the part says, and its checksum is compared at its end.
    """
    with archive.open(item) as packed, copy.open(item.filename, "w") as plain:
        while block := packed.read(_BLOCK):
            left -= plain.write(block)
            if left < 0:
                raise _too_large(label, item.filename, f"more than {LARGEST_WORKBOOK:,} bytes")
    return left


def _look_through(path: Path, label: str) -> None:
    """Refuse a sheet, or texts, that would need too much room when they are read."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        texts = [_sizes(archive, name, label) for name in names if name.lower() == _TEXTS]
        sizes = texts[0] if texts else np.zeros(0, dtype=np.int64)
        for name in names:
            if name.lower() != _TEXTS:
                _refuse_room(archive, name, sizes, label)


def _pieces(archive: zipfile.ZipFile, name: str, label: str) -> Iterator[bytes]:
    """Give a part in pieces that end before a tag; nothing in it is longer than `_LONGEST`."""
    rest = b""
    with archive.open(name) as stream:
        while block := stream.read(_BLOCK):
            piece = rest + block
            cut = piece.rfind(b"<")
            if cut > 0:
                yield piece[:cut]
                piece = piece[cut:]
            if len(piece) > _LONGEST:
                raise InputError(
                    f"{label}: its part {name} has a text of more than {_LONGEST:,} bytes; a cell "
                    "holds at most 32,767 characters. Save it again as csv."
                )
            rest = piece
    yield rest


def _sizes(archive: zipfile.ZipFile, name: str, label: str) -> npt.NDArray[np.int64]:
    """Give the bytes that each shared text takes, its tags included."""
    starts: list[int] = []
    done = 0
    for piece in _pieces(archive, name, label):
        starts += [done + match.start() for match in _TEXT.finditer(piece)]
        done += len(piece)
        _refuse_many(len(starts), "texts", name, label)
    return np.diff([*starts, done]) if starts else np.zeros(0, dtype=np.int64)


def _refuse_many(count: int, what: str, name: str, label: str) -> None:
    if count > LARGEST_SHEET:
        raise InputError(
            f"{label}: its part {name} has {what} for {count:,} cells; {LARGEST_SHEET:,} are "
            "allowed. Remove what stands far below or beside the table, or save it as csv or "
            "parquet."
        )


@dataclass
class _Room:
    """How far a sheet reaches, as far as it was looked through."""

    cells: int = 0
    last_row: int = 0
    last_column: int = 0
    open_row: int = 0  # cells of the row that is not yet at its end
    text: int = 0

    def see(self, piece: bytes, sizes: npt.NDArray[np.int64]) -> None:
        """Take what a piece of the sheet adds."""
        found = _REFERENCE.findall(piece)
        if found:
            self.last_row = max(self.last_row, *(int(number[:12]) for _, number in found))
            columns = {letters for letters, _ in found}
            self.last_column = max(self.last_column, *map(_column, columns))
        self.cells += len(found)
        if sum(piece.count(tag) for tag in (b"<c", b":c", b"<row", b":row")) > len(found):
            self._count(piece)
        self.text += _text_of(piece, sizes)

    def _count(self, piece: bytes) -> None:
        """Count cells and rows, of which some do not say where they stand."""
        cells = [len(_CELL.findall(row)) for row in _ROW.split(piece)]
        self.cells += sum(cells)
        self.last_row += len(cells) - 1
        cells[0] += self.open_row
        self.open_row = cells[-1]
        self.last_column = max(self.last_column, *cells)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters[:8].upper():
        number = number * 26 + letter - 64
    return number


def _text_of(piece: bytes, sizes: npt.NDArray[np.int64]) -> int:
    """Give the bytes of the shared texts that the cells of a piece refer to."""
    shared = len(_SHARED.findall(piece))
    longest = int(sizes.max(initial=0))
    if shared * longest <= 4 * len(piece):
        return 0
    positions = np.array(_POSITION.findall(piece), dtype=np.int64)
    return int(sizes[positions[positions < len(sizes)]].sum()) + longest * (shared - len(positions))


def _refuse_room(
    archive: zipfile.ZipFile, name: str, sizes: npt.NDArray[np.int64], label: str
) -> None:
    """Refuse a sheet that would need too much room; other parts have neither rows nor cells."""
    room, begun = _Room(), False
    for piece in _pieces(archive, name, label):
        begun = begun or b"sheetData" in piece
        if not begun:
            continue
        room.see(piece, sizes)
        _refuse_many(room.cells, "values", name, label)
        _refuse_many(
            room.last_row * room.last_column,
            f"{room.last_row:,} rows and {room.last_column:,} columns, room",
            name,
            label,
        )
        if room.text > LARGEST_WORKBOOK:
            raise _too_large(label, name, f"more than {LARGEST_WORKBOOK:,} bytes of text")
