"""The layout of a budget: where its months are, and what each cell with a number belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from history.errors import InputError
from history.months import index_of, text
from history.reading.grid import Grid, cell_name
from history.reading.synonyms import MONTHS, month_of_header, plain, squashed

from .words import Label, label_of

_NUMBER: Final = re.compile(
    r"(?:[A-Z]{3}\s?)?[^A-Za-z]*\d[\d.,'’\s]*(?:[eE][-+]?\d+)?[^A-Za-z]*(?:\s?[A-Z]{3})?"
    r"|[-–—]+|[nN]/?[aA]\.?|#[A-Z/0!?]+"
)
_YEAR: Final = re.compile(r"\b(20\d{2})\b")
_DATE: Final = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_PARTS: Final = re.compile(r"\s*[-–—:/|,]\s+|\s+[-–—:/|]\s*|\s*[()]\s*")


Values = Mapping[str, Mapping[str, str]]
"""Segment values of a ledger: dimension to squashed value to value."""


@dataclass(frozen=True)
class Entry:
    """One cell with a number, and what it belongs to.

    Parameters
    ----------
    cell
        Its name, as in the spreadsheet.
    said
        What stands there.
    month
        Index of the month; None in a column of totals.
    label
        Line, unit and whether it is a total.
    segment
        Dimension to value, as far as the sheet says it.
    row
        What its row is called, for messages.
    place
        Position along the months, for totals beside them.
    """

    cell: str
    said: str
    month: int | None
    label: Label
    segment: tuple[tuple[str, str], ...]
    row: str
    place: int


@dataclass
class Layout:
    """What was understood of a sheet.

    Parameters
    ----------
    grid
        The sheet, turned so that months run along a row.
    turned
        Whether it was turned.
    entries
        The cells with numbers.
    unused
        Cells that belong to nothing: name, what stands there, why.
    assumptions
        What was assumed, in words.
    above
        Texts that stand outside the table, such as a title: name and text.
    telling
        Names of those that were used.
    months
        Indices of the months that have a column.
    """

    grid: Grid
    turned: bool
    entries: list[Entry] = field(default_factory=list)
    unused: list[tuple[str, str, str]] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    above: list[tuple[str, str]] = field(default_factory=list)
    telling: set[str] = field(default_factory=set)
    months: list[int] = field(default_factory=list)

    def leave(self) -> None:
        """Put the texts outside the table that said nothing to what is not used."""
        for where, said in self.above:
            if where not in self.telling:
                self.unused.append((where, said, "a text that says nothing of the amounts"))

    def name(self, row: int, column: int) -> str:
        """Give a cell's name as in the spreadsheet."""
        return cell_name(column, row) if self.turned else cell_name(row, column)


def layout_of(grid: Grid, values: Values, first: str | None) -> Layout | None:
    """Understand a sheet, or give None where no months run along a row or a column.

    Parameters
    ----------
    grid
        The sheet.
    values
        Segment values of the ledger: dimension to squashed value to value.
    first
        The month of the first column, as told, where the sheet names months without a year.
    """
    across = _Turned(grid, turned=False, first=first)
    down = _Turned(_transposed(grid), turned=True, first=first)
    best = max((across, down), key=lambda each: len(each.months))
    if len(best.months) < 1:
        return None
    return best.read(values)


def _transposed(grid: Grid) -> Grid:
    return replace(grid, rows=tuple(zip(*grid.rows, strict=True)))


class _Turned:
    """A sheet whose months run along a row."""

    def __init__(self, grid: Grid, *, turned: bool, first: str | None) -> None:
        self.layout = Layout(grid, turned)
        self.rows = grid.rows
        self.months: dict[int, int] = {}
        self.at = -1
        for r, row in enumerate(grid.rows):
            found = {c: month for c, cell in enumerate(row) if (month := _month(cell)) is not None}
            if _better(found, self.months):
                self.at, self.months = r, found
        if not self.months:
            self._without_years(first)

    def _without_years(self, first: str | None) -> None:
        """Find a row of names of months that say no year."""
        for r, row in enumerate(self.rows):
            named = [(c, MONTHS[w]) for c, cell in enumerate(row) if (w := _bare(cell)) in MONTHS]
            if len(named) < 3 or len(named) <= len(self.months):
                continue
            start = index_of(first) if first else self._year_said(r) * 12 + named[0][1] - 1
            if start % 12 + 1 != named[0][1]:
                raise InputError(
                    f"{self.layout.name(r, named[0][0])} is {row[named[0][0]]!r}, not the month "
                    f"{first} that was told to be the first"
                )
            months, month = {}, start
            for i, (c, number) in enumerate(named):
                month += (number - named[i - 1][1]) % 12 if i else 0
                months[c] = month
            self.at, self.months = r, months
            where = self.layout.name(r, named[0][0])
            self.layout.assumptions.append(
                f"the months from {where} on have no year: {where} is {text(start)}"
            )

    def _year_said(self, row: int) -> int:
        said = [y for line in self.rows[: row + 1] for cell in line for y in _YEAR.findall(cell)]
        years = {int(year) for year in [*said, *_YEAR.findall(self.layout.grid.sheet)]}
        if len(years) != 1:
            raise InputError(
                "the months have no year: say which the first one is, such as --first 2027-01 "
                "(first='2027-01')"
            )
        return years.pop()

    def read(self, values: Values) -> Layout:
        """Go through the rows, and give every cell with a number its meaning."""
        start = min(self.months)
        self.layout.months = sorted(set(self.months.values()))
        keys = self._column_keys(values)
        headers = self._headers(start)
        self._note_text(self.at, self.rows[self.at][:start], told=True)
        context, filled = _Meaning(), [""] * start
        for r, row in enumerate(self.rows):
            if r == self.at or r in keys:
                continue
            numbers = [c for c in range(start, len(row)) if row[c] and _NUMBER.fullmatch(row[c])]
            if not any(c in self.months for c in numbers):
                heading = _meaning(row[:start], [""] * start, values)
                if r > self.at and any(row[:start]):
                    context = heading
                self._note_text(r, row, told=r > self.at and heading != _Meaning())
                continue
            filled = _filled(filled, row[:start])
            meaning = _meaning(filled, headers, values)
            own = [cell for cell in row[:start] if cell]
            if meaning.label.total and not any(self.rows[r - 1]):
                context = _Meaning()
            self._take(r, row, numbers, meaning.over(context), " / ".join(own), keys, values)
        used = {entry.place for entry in self.layout.entries}
        for c in range(start, len(self.rows[self.at])):
            if (said := self.rows[self.at][c]) and c not in self.months and c not in used:
                why = "a text that says nothing of the amounts"
                self.layout.unused.append((self.layout.name(self.at, c), said, why))
        return self.layout

    def _headers(self, start: int) -> list[str]:
        """Give what stands above the columns of labels."""
        near = self.rows[self.at][:start]
        over = self.rows[self.at - 1][:start] if self.at else [""] * start
        return [a or b for a, b in zip(near, over, strict=True)]

    def _column_keys(self, values: Values) -> dict[int, str]:
        """Give the rows that say a segment or a line for each column, and what they hold."""
        found = {}
        for r, row in enumerate(self.rows):
            cells = [row[c] for c in self.months if row[c]]
            texts = [cell for cell in cells if not _NUMBER.fullmatch(cell)]
            if r == self.at or len(texts) < max(1, len(self.months) // 2):
                continue
            known = [t for t in texts if _piece(t, values) != _Meaning()]
            head = next((cell for cell in row[: min(self.months)] if cell), "")
            if len(known) * 2 >= len(texts) or squashed(head) in {squashed(d) for d in values}:
                found[r] = head
        return found

    def _note_text(self, r: int, row: Sequence[str], *, told: bool) -> None:
        for c, cell in enumerate(row):
            if cell:
                self.layout.above.append((self.layout.name(r, c), cell))
                if told:
                    self.layout.telling.add(self.layout.name(r, c))

    def _take(
        self,
        r: int,
        row: Sequence[str],
        numbers: Sequence[int],
        meaning: _Meaning,
        called: str,
        keys: dict[int, str],
        values: Values,
    ) -> None:
        start = min(self.months)
        for c in range(start, len(row)):
            if not row[c]:
                continue
            where, own = self.layout.name(r, c), meaning
            for key, head in keys.items():
                if self.rows[key][c]:
                    own = _piece(self.rows[key][c], values, head).over(own)
            side = self.rows[self.at][c]
            if c not in self.months and not side:
                self.layout.unused.append((where, row[c], "it stands in a column without a month"))
                continue
            if c not in self.months and c not in numbers:
                self.layout.unused.append((where, row[c], "a text beside the months"))
                continue
            month = self.months.get(c)
            self.layout.entries.append(
                Entry(where, row[c], month, own.label, tuple(own.segment), called or side, c)
            )
        for c in range(start):
            if row[c] and _NUMBER.fullmatch(row[c]):
                why = "a number before the months"
                self.layout.unused.append((self.layout.name(r, c), row[c], why))


@dataclass(frozen=True)
class _Meaning:
    """What labels say together."""

    label: Label = field(default_factory=Label)
    segment: tuple[tuple[str, str], ...] = ()

    def over(self, outer: _Meaning) -> _Meaning:
        """Give this meaning, filled up from one around it."""
        own, around = self.label, outer.label
        taken = {name for name, _ in self.segment}
        # "Total" alone is over the segments; "Total MRR" in a segment's block is that segment's.
        over = own.total and own.line is None
        more = [] if over else [pair for pair in outer.segment if pair[0] not in taken]
        label = Label(
            line=own.line or around.line,
            unit=own.unit or around.unit,
            total=own.total or (around.total and not self.segment),
            heads=own.heads or (around.heads and own.unit is None),
            other=own.other or around.other,
            either=own.either or around.either,
        )
        return _Meaning(label, (*self.segment, *more))


def _meaning(cells: Sequence[str], headers: Sequence[str], values: Values) -> _Meaning:
    found = _Meaning()
    for cell, head in zip(cells, headers, strict=True):
        if cell and not _NUMBER.fullmatch(cell):
            found = _piece(cell, values, head).over(found)
    return found


def _piece(said: str, values: Values, head: str = "") -> _Meaning:
    """Understand one label: whole, or in its parts."""
    for dimension, known in values.items():
        if squashed(head) == squashed(dimension):
            if label_of(said).total:
                return _Meaning(Label(total=True))
            return _Meaning(segment=((dimension, known.get(squashed(said), said)),))
    pairs = _values_called(said, values)
    if pairs:
        return _Meaning(segment=tuple(pairs))
    whole = label_of(said)
    if whole != Label():
        return _Meaning(whole)
    return _in_parts(said, values)


def _in_parts(said: str, values: Values) -> _Meaning:
    """Understand a label that names a segment and a line, such as "SMB - New MRR"."""
    parts = [part for part in _PARTS.split(said) if part]
    cuts = [parts] if len(parts) > 1 else []
    words = said.split()
    cuts += [[" ".join(words[:i]), " ".join(words[i:])] for i in range(1, len(words))]
    for cut in cuts:
        found = _Meaning()
        for part in cut:
            pairs = _values_called(part, values)
            found = _Meaning(label_of(part) if not pairs else Label(), tuple(pairs)).over(found)
        if found.segment and (found.label.line or found.label.unit):
            return found
    return _Meaning()


def _values_called(said: str, values: Values) -> list[tuple[str, str]]:
    name = squashed(said)
    return [(dimension, known[name]) for dimension, known in values.items() if name in known]


def _filled(before: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Fill blank cells to the left of a label from the row above, as merged cells leave them."""
    last = max((i for i, cell in enumerate(cells) if cell), default=-1)
    return [cell or (before[i] if i < last else "") for i, cell in enumerate(cells)]


def _better(found: dict[int, int], best: dict[int, int]) -> bool:
    return len(found) > len(best)


def _month(cell: str) -> int | None:
    name = month_of_header(cell.removesuffix(" 00:00:00"))
    if name is None and (match := _DATE.fullmatch(cell)):
        one, two, year = map(int, match.groups())
        # The first or the last day of a month can be read one way only, unless it is 1/1.
        if (one in {28, 29, 30, 31} and two <= 12) or ("." in cell and two <= 12):
            return year * 12 + two - 1
        if two in {28, 29, 30, 31} and one <= 12:
            return year * 12 + one - 1
        return None
    return None if name is None else index_of(name)


def _bare(cell: str) -> str:
    return plain(cell).rstrip(".")
