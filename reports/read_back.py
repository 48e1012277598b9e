"""Reading a workbook's assumptions back as scenarios."""

from __future__ import annotations

import html
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.levers import LEVERS
from history.errors import InputError, unknown_name
from history.language import LANGUAGES, say, speaking
from scenarios import Change, Scenario

from .assumed import HEAD, NAME, RANGE, WAYS, check_of

Floats = NDArray[np.float64]
Where = Mapping[str, str]


@dataclass(frozen=True)
class ReadBack:
    """A scenario as its assumptions now stand in a workbook.

    Attributes
    ----------
    name : str
        Its name in the workbook.
    scenario : Scenario
        Called ``name, edited``: all its assumptions as plain levers.
    edited : tuple of str
        The rows typed over, in words; empty when none was.
    """

    name: str
    scenario: Scenario
    edited: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    number: int
    scenario: str
    where: tuple[tuple[str, str], ...]
    lever: str
    way: str
    numbers: Floats
    check: str

    @property
    def told(self) -> str:
        """Where it stands and what it is."""
        place = ", ".join(value for _, value in self.where)
        return f"row {self.number}: {self.lever} {self.way}" + (f", {place}" if place else "")


def read_assumptions(path: str | os.PathLike[str]) -> tuple[ReadBack, ...]:
    """Read the sheet Assumptions of a results workbook, in whatever language it is.

    Parameters
    ----------
    path : path
        A workbook written by `workbook`, edited and saved by any spreadsheet.

    Returns
    -------
    tuple of ReadBack
        One a scenario, in the workbook's order.

    Raises
    ------
    InputError
        Not such a workbook, or cells that are no numbers within the lever's bounds; the message
        names sheet and cell rows.
    """
    name = Path(path).name
    sheet, rows, months = _table(Path(path))
    found = []
    for scenario in dict.fromkeys(row.scenario for row in rows):
        mine = [row for row in rows if row.scenario == scenario]
        edited = tuple(row.told for row in mine if row.check != check_of(row.numbers))
        try:
            changes = tuple(_changes(mine, months))
        except ValueError as error:
            raise InputError(f"{name}, sheet {sheet}, {scenario}: {error}") from None
        because = f"assumptions of {scenario} as edited in {name}"
        found.append(
            ReadBack(
                scenario, Scenario(f"{scenario}, edited", because=because, changes=changes), edited
            )
        )
    return tuple(found)


def _table(path: Path) -> tuple[str, list[_Row], pd.PeriodIndex]:
    """Give the sheet's name, its rows, and the months."""
    sheet, cells = _cells(path)
    heads = cells[HEAD] if len(cells) > HEAD else []
    first = next((at for at, head in enumerate(heads) if isinstance(head, date)), 0)
    last = max((at for at, head in enumerate(heads) if str(head).strip()), default=0)
    if first < _BEFORE or last <= first or isinstance(heads[last], date):
        raise InputError(
            f"{path.name}: the sheet {sheet} has not the headings that arrcast writes "
            f"(scenario, ..., way, months, as written) in row {HEAD + 1}: give a workbook of "
            "arrcast report, with its rows and columns as they were"
        )
    months = pd.PeriodIndex([_month(cell, path, sheet) for cell in heads[first:last]], freq="M")
    by = [str(head).strip() for head in heads[1 : first - 3]]
    rows, problems = [], []
    for number, line in enumerate(cells[HEAD + 1 :], start=HEAD + 2):
        if not any(str(cell).strip() for cell in line):
            continue
        try:
            rows.append(_row(number, line, by, first, last))
        except InputError as error:
            problems.append(f"row {number}: {error}")
    if problems:
        raise InputError(f"{path.name}, sheet {sheet}: " + "; ".join(problems))
    return sheet, rows, months


_BEFORE: Final = 5
"""Columns before the months: scenario, one dimension or more, lever, unit, way."""


def _cells(path: Path) -> tuple[str, list[list[object]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = _sheet(path, book.sheet_names)
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        return sheet, [list(row) for row in rows]
    except (CalamineError, OSError) as error:
        raise InputError(f"{path}: cannot be read as a workbook: {error}") from None


def _sheet(path: Path, names: Sequence[str]) -> str:
    """Find the sheet by the name of its range; where a program has lost that, by its own."""
    said = []
    for spoken in LANGUAGES:
        with speaking(spoken):
            said.append(say(NAME))
    for name in (*_named(path), *said):
        if name in names:
            return name
    raise InputError(f"{path.name} has no sheet {NAME}: give a workbook of arrcast report")


def _named(path: Path) -> Iterator[str]:
    """Give the sheet to which the range of the inputs belongs."""
    try:
        with ZipFile(path) as parts:
            content = parts.read("xl/workbook.xml").decode()
    except (BadZipFile, KeyError, UnicodeDecodeError):
        return
    pattern = rf'<(?:\w+:)?definedName\b[^>]*\bname="{RANGE}"[^>]*>([^<]+)!'
    for found in re.findall(pattern, content):
        yield html.unescape(found).strip("'").replace("''", "'")


def _month(cell: object, path: Path, sheet: str) -> pd.Period:
    if not isinstance(cell, date):
        raise InputError(
            f"{path.name}, sheet {sheet}, row {HEAD + 1}: {cell!r} is not a month's date"
        )
    return pd.Period(cell, "M")


def _row(number: int, line: Sequence[object], by: Sequence[str], first: int, last: int) -> _Row:
    texts = [_text(cell) for cell in line[:first]]
    lever, way = texts[first - 3], texts[first - 1]
    if lever not in LEVERS:
        raise unknown_name("lever", lever, LEVERS)
    if way not in WAYS:
        raise unknown_name("way", way, WAYS)
    values = [_number(cell, column) for column, cell in enumerate(line[first:last], start=first)]
    # A company that is not cut has one segment, with no dimension to name.
    keys = zip(by, texts[1 : first - 3], strict=True)
    where = tuple((name, key) for name, key in keys if by != ["segment"] or key != "total")
    check = _text(line[last])
    return _Row(number, texts[0], where, lever, way, np.array(values), check)


def _text(cell: object) -> str:
    """Give a text as it was before it was made safe to open."""
    text = str(cell)
    return text.removeprefix("'")


def _number(cell: object, column: int) -> float:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and math.isfinite(cell):
        return float(cell)
    from xlsxwriter.utility import xl_col_to_name

    raise InputError(f"column {xl_col_to_name(column)}: {cell!r} is not a number")


def _changes(rows: Sequence[_Row], months: pd.PeriodIndex) -> Iterator[Change]:
    """Give a scenario's rows as changes, first the factors of a lever, then what is added."""
    for lever in LEVERS:
        mine = [row for row in rows if row.lever == lever]
        segments = {row.where for row in mine}
        for way in WAYS:
            of_way = [row for row in mine if row.way == way]
            alike = all(np.array_equal(row.numbers, of_way[0].numbers) for row in of_way)
            # An amount added is the company's, spread over segments: only a factor is the same.
            whole = alike and len(of_way) == len(segments) and not _spread(lever, way)
            for row in of_way[:1] if whole else of_way:
                where = None if whole or not row.where else dict(row.where)
                yield from _spans(row, months, where)


def _spread(lever: str, way: str) -> bool:
    return LEVERS[lever].extensive and way == "plus"


def _spans(row: _Row, months: pd.PeriodIndex, where: Where | None) -> Iterator[Change]:
    """Give a change for each span of months with one number, but for those that change nothing."""
    nothing = 1.0 if row.way == "times" else 0.0
    start = 0
    for value, group in groupby(row.numbers.tolist()):
        end = start + len(list(group)) - 1
        if value != nothing:
            span = f"{months[start]}/{months[end]}"
            yield Change(lever=row.lever, months=span, where=where, **{row.way: value})
        start = end + 1
