"""Text files: encoding, delimiter, records; fast where the file is sound, careful where not."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .problems import Problems
from .rules import CHARACTERS, NUL, QUOTES

__all__ = [
    "LONGEST_LINE", "Record", "Survey", "delimiter_of", "physical_lines", "records", "survey",
    "to_utf8",
]  # fmt: skip

LONGEST_LINE = 1 << 24
"""Bytes that a line of a text file may have (16 MiB): one line is held in memory at a time."""

_BLOCK = 1 << 22
_LONGEST_RECORD = 1_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Survey:
    """What one pass over the bytes of a text file shows."""

    lines: int
    utf8: bool
    nul: bool
    blank_lines: bool
    bare_returns: bool
    newlines: bool
    longest: int

    @property
    def sound(self) -> bool:
        """Whether the engine's own reader may be trusted with it."""
        return self.utf8 and not (self.nul or self.blank_lines or self.bare_returns)


def survey(path: Path) -> Survey:
    """Look at every byte of a file once, in blocks; line breaks at its very end do not count."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, nul, blank, bare, lines, last = True, False, False, False, 0, b"\n"
    longest = open_ = 0
    for block in _blocks(path):
        utf8 = utf8 and _decodes(decoder, block)
        nul = nul or b"\0" in block
        seen = last[-2:] + block
        blank = blank or b"\n\n" in seen or b"\n\r\n" in seen
        returns = block.count(b"\r") - (last[-1:] + block).count(b"\r\n")
        bare = bare or returns > (1 if block.endswith(b"\r") else 0)
        lines += block.count(b"\n")
        last = block[-2:]
        breaks = [block.find(sign) for sign in (b"\n", b"\r") if sign in block]
        longest = max(longest, open_ + min(breaks, default=len(block)))
        rest = len(block) - 1 - max(block.rfind(b"\n"), block.rfind(b"\r"))
        open_ = rest if breaks else open_ + rest
    utf8 = utf8 and _decodes(decoder, b"", final=True)
    return Survey(lines + 1, utf8, nul, blank, bare, lines > 0, max(longest, open_))


def _blocks(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file without a byte order mark and without breaks at its end."""
    with path.open("rb") as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, size - 65_536))
        end = stream.read()
        left = size - (len(end) - len(end.rstrip(b"\r\n")))
        stream.seek(0)
        if stream.read(3) != codecs.BOM_UTF8:
            stream.seek(0)
        while block := stream.read(max(0, min(_BLOCK, left - stream.tell()))):
            yield block


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def to_utf8(
    path: Path, folder: Path, encoding: str | None, problems: Problems
) -> tuple[Path, Survey]:
    """Give the same text in UTF-8 with newlines (the file itself where it is so), surveyed.

    Parameters
    ----------
    path
        The text file.
    folder
        Where a converted copy may be written.
    encoding
        As told by the caller; None to find out.
    problems
        Gets a warning with the lines that are not UTF-8 and were read as cp1252.

    Raises
    ------
    InputError
        The told encoding is unknown or wrong, the file is UTF-16 without a byte order mark, or a
        line is longer than `LONGEST_LINE`.
    """
    utf8, seen = _in_utf8(path, folder, encoding, problems)
    _refuse_long(seen, path)
    return utf8, seen


def _refuse_long(seen: Survey, path: Path) -> None:
    if seen.longest > LONGEST_LINE:
        raise InputError(
            f"{path.name} has a line of {seen.longest:,} bytes; {LONGEST_LINE:,} are allowed. Is "
            "it a table with one row a line?"
        )


def _in_utf8(
    path: Path, folder: Path, encoding: str | None, problems: Problems
) -> tuple[Path, Survey]:
    with path.open("rb") as stream:
        head = stream.read(4096)
    marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    told = encoding or (marked if marked != "utf-8-sig" else None)
    if told is not None:
        copy = _converted(path, folder, told)
        return copy, survey(copy)
    if marked is None and _looks_like_utf16(head):
        raise InputError(
            f"{path.name} looks like UTF-16 without a byte order mark: say "
            "encoding='utf-16-le' (or 'utf-16-be'), or save it as UTF-8."
        )
    seen = survey(path)
    _refuse_long(seen, path)
    if seen.utf8 and (seen.newlines or not seen.bare_returns):
        return path, seen
    if seen.bare_returns and not seen.newlines:
        path = _with_newlines(path, folder)
    copy = _line_by_line(path, folder, problems)
    return copy, survey(copy)


def _with_newlines(path: Path, folder: Path) -> Path:
    """Give a copy of a file whose lines end with returns alone, with newlines instead."""
    target = folder / "newlines.txt"
    with path.open("rb") as source, target.open("wb") as copy:
        while block := source.read(_BLOCK):
            copy.write(block.replace(b"\r", b"\n"))
    return target


def _looks_like_utf16(head: bytes) -> bool:
    half = max(1, len(head) // 2)
    return max(head[::2].count(0), head[1::2].count(0)) > 0.4 * half


def _converted(path: Path, folder: Path, encoding: str) -> Path:
    target = folder / "utf8.txt"
    try:
        with (
            path.open(encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as copy,
        ):
            while block := source.read(_BLOCK):
                copy.write(block.lstrip("\ufeff") if copy.tell() == 0 else block)
    except LookupError:
        raise InputError(
            f"the encoding {encoding!r} is unknown; write for example utf-8, cp1252 or utf-16"
        ) from None
    except UnicodeError as error:
        line = _line_of_fault(path, encoding)
        raise InputError(f"{path.name} is not {encoding}: {error} (line {line})") from None
    return target


def _line_of_fault(path: Path, encoding: str) -> str:
    line = 1
    try:
        with path.open(encoding=encoding, newline="\n") as source:
            for _ in source:
                line += 1
    except UnicodeError:
        return f"about {line}"
    return "unknown"


def _line_by_line(path: Path, folder: Path, problems: Problems) -> Path:
    """Read each line as UTF-8, and as cp1252 where that fails; returns alone become newlines."""
    target = folder / "utf8.txt"
    strange: list[int] = []
    with path.open("rb") as source, target.open("wb") as copy:
        for number, line in enumerate(_raw_lines(source), start=1):
            text, sound = _decoded(line)
            if not sound:
                strange.append(number)
            copy.write(text.encode("utf-8"))
    for number in strange:
        problems.add(CHARACTERS, "line read as cp1252", "warning", row=None, value=f"line {number}")
    return target


def _raw_lines(source: Iterator[bytes]) -> Iterator[bytes]:
    for line in source:
        if b"\r" in line[:-2] and not line.endswith(b"\n"):
            yield from line.replace(b"\r", b"\n").splitlines(keepends=True)
        else:
            yield line


def _decoded(line: bytes) -> tuple[str, bool]:
    try:
        return line.decode("utf-8"), True
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace"), False


@dataclass(frozen=True)
class Record:
    """One record of a text file.

    Parameters
    ----------
    number
        Its number, from 1; a record with line breaks inside quotes is one.
    lines
        Physical lines that it takes.
    cells
        Its cells; for a damaged record the cells as far as they can be told.
    fault
        Rule that it breaks, "" for a sound one.
    text
        The record as it stands.
    """

    number: int
    lines: int
    cells: list[str]
    fault: str
    text: str


def records(path: Path, delimiter: str, width: int | None = None) -> Iterator[Record]:
    """Read a UTF-8 file record by record, without losing its way at a damaged one.

    A quote that is never closed, or closed where the record would get another number of cells,
    damages its own line only; the next line is read afresh.

    Parameters
    ----------
    path
        The file.
    delimiter
        One character.
    width
        Cells of the header, where known.
    """
    with path.open(encoding="utf-8-sig", newline="\n") as stream:
        source = _Lines(stream)
        number = 0
        while (line := source.next()) is not None:
            number += 1
            if "\0" in line:
                yield Record(number, 1, line.split(delimiter), NUL, line)
            elif '"' not in line:
                yield Record(number, 1, line.split(delimiter), "", line)
            else:
                yield _quoted_record(number, line, source, delimiter, width)


class _Lines:
    """Lines that can be put back."""

    def __init__(self, stream: Iterator[str]) -> None:
        self._stream = stream
        self._back: deque[str] = deque()

    def next(self) -> str | None:
        if self._back:
            return self._back.popleft()
        line = next(self._stream, None)
        return None if line is None else line.removesuffix("\n").removesuffix("\r")

    def put_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))


def _quoted_record(
    number: int, line: str, source: _Lines, delimiter: str, width: int | None
) -> Record:
    cells, open_ = _parsed(line, delimiter)
    if cells is not None:
        return Record(number, 1, cells, "", line)
    if open_:
        taken = _until_closed(line, source)
        cells, _ = _parsed("\n".join([line, *taken]), delimiter)
        if cells is not None and (width is None or len(cells) == width):
            return Record(number, 1 + len(taken), cells, "", "\n".join([line, *taken]))
        source.put_back(taken)
    return Record(number, 1, line.split(delimiter), QUOTES, line)


def _until_closed(line: str, source: _Lines) -> list[str]:
    taken: list[str] = []
    quotes, size = line.count('"'), len(line)
    while quotes % 2 and len(taken) < _LONGEST_RECORD and size < LONGEST_LINE:
        following = source.next()
        if following is None:
            break
        taken.append(following)
        size += len(following)
        quotes += following.count('"')
    return taken


def _parsed(text: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """Give the cells, or None and whether a quote was left open."""
    reader = csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        return next(reader), False
    except csv.Error as error:
        return None, "unexpected end of data" in str(error)
    except StopIteration:
        return [], False


def delimiter_of(path: Path) -> tuple[str, int]:
    """Find the delimiter of a text file, and how many lines stand before its first record.

    A first line `sep=;`, as spreadsheet programs write it, decides. Otherwise it is the one of
    `,` `;` tab `|` that cuts most of the first lines into the same number of cells.
    """
    with path.open(encoding="utf-8-sig", newline="\n") as stream:
        head = [line.rstrip("\r\n") for _, line in zip(range(50), stream, strict=False)]
    if head and head[0].lower().startswith("sep=") and len(head[0]) == 5:
        return head[0][4], 1
    filled = [line for line in head if line.strip()]
    return max(",;\t|", key=lambda sign: _evenness(filled, sign)), 0


def _evenness(lines: list[str], delimiter: str) -> float:
    widths = [len(_parsed(line, delimiter)[0] or line.split(delimiter)) for line in lines]
    wide = [width for width in widths if width > 1]
    if not wide:
        return 0.0
    most = max(set(wide), key=lambda width: (wide.count(width), width))
    return wide.count(most) / len(widths) + most / 1_000


def physical_lines(found: list[Record]) -> int:
    """Give how many physical lines some records take together."""
    return sum(record.lines for record in found)
