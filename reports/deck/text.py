"""Text that fits its box: widths measured in Helvetica's metrics, which Arial shares.

PowerPoint neither wraps nor shrinks when a file is written, so what is written must fit.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import Final

from ..format import plain

LINE: Final = 1.2  # height of a line over its size
_POINTS_AN_INCH: Final = 72.0

# Advance widths of the characters 32 to 126, in thousandths of the size (Adobe font metrics).
_REGULAR: Final = (
    278, 278, 355, 556, 556, 889, 667, 222, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 222, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_BOLD: Final = (
    278, 333, 474, 556, 556, 889, 722, 278, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 278, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
)  # fmt: skip


# As wide as these; other letters that are no ASCII are taken to be wide.
_LIKE: Final = {"\xa0": " ", "\u202f": " ", "’": "'", "‘": "'", "«": "0", "»": "0", "–": "0",
                "€": "0", "£": "0", "±": "+", "×": "+", "·": ".", "“": '"', "”": '"'}  # fmt: skip


def width(text: str, points: float, *, bold: bool = False) -> float:
    """Width of one line of text, in inches.

    Examples
    --------
    >>> round(width("ARR", 72), 3)
    2.111
    """
    return _thousandths(text, bold) / 1000 * points / _POINTS_AN_INCH


@functools.lru_cache(maxsize=4096)
def _thousandths(text: str, bold: bool) -> int:
    table = _BOLD if bold else _REGULAR
    return sum(_advance(letter, table) for letter in text)


def _advance(letter: str, table: tuple[int, ...]) -> int:
    code = ord(letter)
    if 32 <= code <= 126:
        return table[code - 32]
    if letter in _LIKE:
        return table[ord(_LIKE[letter]) - 32]
    if letter == "…" or unicodedata.east_asian_width(letter) in "WF":
        return 1000
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
        return 0
    base = unicodedata.normalize("NFD", letter)[0]
    if base != letter:
        return _advance(base, table)
    return 1000 if code > 0xFFFF else 700


def lines(text: str, points: float, inches: float, *, bold: bool = False) -> list[str]:
    """Break a text into the lines that a box of this width gives it.

    A word longer than the line is cut, as PowerPoint does.

    Examples
    --------
    >>> lines("one two three", 72, 3)
    ['one', 'two', 'three']
    """
    rows: list[str] = []
    row, used = "", 0.0
    blank = width(" ", points, bold=bold)
    for word in plain(text).split(" "):
        wide = width(word, points, bold=bold)
        if row and used + blank + wide <= inches:
            row, used = f"{row} {word}", used + blank + wide
            continue
        if row:
            rows.append(row)
        *whole, row = [word] if wide <= inches else _pieces(word, points, inches, bold)
        rows += whole
        used = width(row, points, bold=bold)
    return [*rows, row]


def _pieces(word: str, points: float, inches: float, bold: bool) -> list[str]:
    pieces, piece, used = [], "", 0.0
    for letter in word:
        wide = width(letter, points, bold=bold)
        if piece and used + wide > inches:
            pieces.append(piece)
            piece, used = "", 0.0
        piece, used = piece + letter, used + wide
    return [*pieces, piece]


def fitted(text: str, points: float, inches: float, rows: int = 1, *, bold: bool = False) -> str:
    """Cut a text so that it takes at most so many lines; the cut is shown by an ellipsis.

    Examples
    --------
    >>> fitted("Enterprise North and South", 12, 1.5)
    'Enterprise North…'
    """
    line = plain(text)
    if len(lines(line, points, inches, bold=bold)) <= rows:
        return line
    low, high = 0, len(line)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        cut = line[:middle].rstrip() + "…"
        if len(lines(cut, points, inches, bold=bold)) <= rows:
            low = middle
        else:
            high = middle - 1
    return line[:low].rstrip() + "…"


def size_for(
    text: str, inches: float, height: float, sizes: tuple[float, ...], *, bold: bool = False
) -> float:
    """Choose the largest of the sizes at which a text fits its box, else the smallest."""
    for points in sizes:
        rows = len(lines(text, points, inches, bold=bold))
        if rows * points * LINE / _POINTS_AN_INCH <= height:
            return points
    return sizes[-1]
