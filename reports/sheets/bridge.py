"""Sheet Bridge: from the main scenario to each other one, change by change; the end is a sum."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xlsxwriter.utility import xl_rowcol_to_cell as cell

from history.language import language, marked, retold, say

from .. import style
from ..format import shorten, span
from ..geometry import floor_of, waterfall
from ..pack import NotShownError, Pack
from . import modelled
from .base import Book, Sheet, dated, dress_chart, line_chart

NAME: Final = marked("Bridge")
_ROWS_OF_CHART: Final = 20
_CHART_AT: Final = 4
PARTS_AT: Final = 18
"""Column from which on stands what the charts draw."""


@dataclass(frozen=True)
class Row:
    """A level or a step of a bridge.

    Attributes
    ----------
    label : str
    value : float
        Major units.
    formula : str, optional
        That gives the value; without one it is a number.
    because : str
    """

    label: str
    value: float
    formula: str | None = None
    because: str = ""


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    names = pack.comparison.scenarios[1:]
    if not names:
        raise NotShownError(say("there is one scenario, so nothing to bridge to"))
    sheet = book.sheet(
        NAME,
        say(
            "ARR at {month}: from {start} to each scenario, {currency}",
            month=dated(pack.at), start=pack.against, currency=book.currency,
        ),
        say(
            "Means over all paths. Each change is run alone; interaction is what they do together. "
            "What the charts draw stands at the right of them."
        ),
    )  # fmt: skip
    row = 3
    for name in names:
        row = _scenario(sheet, row, pack, name)
    sheet.finish(freeze=(3, 0), widths=[(0, 44), (1, 18), (2, 50)], printed=(row, PARTS_AT - 2))


def _scenario(sheet: Sheet, row: int, pack: Pack, name: str) -> int:
    """Write the bridge to a scenario: it begins and ends with the live model."""
    way, book = pack.comparison.bridge(name, pack.at), sheet.book
    start = modelled.reference(book, pack, pack.against, pack.at)
    typed = [modelled.typed(book, pack, each, pack.at) for each in (name, pack.against)]
    steps = [
        Row(_told(step.label), step.amount, because=_told(step.because or "")) for step in way.steps
    ]
    title = say(
        "{start} to {end}, ARR at {month}", start=pack.against, end=name, month=dated(pack.at)
    )
    steps.append(Row(say("assumptions typed over"), 0.0, f"={typed[0]}-{typed[1]}"))
    return write_bridge(
        sheet, row, (title, way.unit), Row(way.start_label, way.start, f"={start}"), steps,
        Row(way.end_label, way.end),
    )  # fmt: skip


def _told(label: str) -> str:
    """Write a change's label in the language of the pack, with its months in words."""
    if language() == "en":
        return label
    spans = ((r"(\d{4}-\d\d) to (\d{4}-\d\d)", r"\1/\2"), (r"from (\d{4}-\d\d) on", r"\1/"))
    if label in _OWN:
        return say(label)
    told = retold(label)
    for pattern, written in spans:
        for found in re.finditer(pattern, told):
            told = told.replace(found.group(), span(found.expand(written)))
    return told


_OWN: Final = (marked("interaction"), marked("what the changes do together"))
"""Of the step that no user has named."""


def write_bridge(
    sheet: Sheet, row: int, told: tuple[str, str], start: Row, steps: Sequence[Row], end: Row
) -> int:
    """Write one bridge at a row, its end the sum; give the first row after it.

    Parameters
    ----------
    sheet : Sheet
    row : int
    told : (title, unit)
    start, steps, end : Row
        Without the end's formula.
    """
    title, unit = told
    sheet.over(row, 0, title, bold=True, font_size=12)
    sheet.headings(row + 1, [say("Step"), unit], left=1)
    if any(step.because for step in steps):
        sheet.headings(row + 1, [say("Because")], first=2)
    first = row + 2
    _row(sheet, first, start, bold=True)
    for at, step in enumerate(steps, start=first + 1):
        _row(sheet, at, step)
        sheet.over(at, 2, step.because, font_color=style.MUTED)
    last = first + 1 + len(steps)
    total = f"=SUM({cell(first, 1)}:{cell(last - 1, 1)})"
    _row(sheet, last, Row(end.label, end.value, total), bold=True, top=1)
    _draw(sheet, row, [start, *steps, end])
    return max(last + 2, row + _ROWS_OF_CHART + 1)


def _row(sheet: Sheet, at: int, row: Row, **look: object) -> None:
    sheet.over(at, 0, row.label, **look)
    if row.formula is None:
        sheet.number(at, 1, row.value, sheet.book.money, **look)
    else:
        sheet.formula(at, 1, row.formula, row.value, sheet.book.money, **look)


def _draw(sheet: Sheet, row: int, rows: Sequence[Row]) -> None:
    """Write what the chart draws, in formulas, and the chart."""
    first, last = row + 2, row + 1 + len(rows)
    sheet.headings(row + 1, [say(head) for head in _HEADS], first=PARTS_AT, left=1)
    levels = _levels(rows)
    for place, one in enumerate(rows):
        at = first + place
        sheet.over(at, PARTS_AT, shorten(one.label, 28), font_color=style.MUTED)
        total = place in (0, len(rows) - 1)
        before = levels[place] if total else levels[place - 1]
        for column, (text, value) in enumerate(
            _parts(at, before, levels[place], total=total), start=PARTS_AT + 1
        ):
            sheet.formula(at, column, text, value, sheet.book.whole, font_color=style.MUTED)
    chart = line_chart(sheet.book, "column", subtype="stacked")
    for column, colour in enumerate((None, style.TOTAL, style.RISE, style.FALL), start=_HIDDEN):
        fill: dict[str, object] = {"none": True} if colour is None else {"color": colour}
        series = {
            "name": [sheet.name, row + 1, column],
            "categories": [sheet.name, first, PARTS_AT, last, PARTS_AT],
            "values": [sheet.name, first, column, last, column],
            "fill": fill, "border": {"none": True}, "gap": 45,
        }  # fmt: skip
        if colour == style.FALL:
            series["pattern"] = {
                "pattern": "light_upward_diagonal",
                "fg_color": style.PAPER,
                "bg_color": colour,
            }
            del series["fill"]
        chart.add_series(series)
    bars = waterfall(*_ends(rows))
    dress_chart(
        chart, [sheet.name, row, 0], sheet.book.axis, dates=False, low=floor_of(bars) or None
    )
    chart.set_legend({"none": True})
    chart.set_size({"width": 760, "height": 370})
    sheet.raw.insert_chart(row, _CHART_AT, chart)


_HEADS: Final = (
    marked("Chart: bar"),
    marked("reached"),
    marked("hidden"),
    marked("level"),
    marked("rise"),
    marked("fall"),
)
_HIDDEN: Final = PARTS_AT + 2


def _levels(rows: Sequence[Row]) -> list[float]:
    """Give the level after each row."""
    reached = [rows[0].value]
    for step in rows[1:-1]:
        reached.append(reached[-1] + step.value)
    return [*reached, rows[-1].value]


def _parts(at: int, before: float, now: float, *, total: bool) -> list[tuple[str, float]]:
    """Give the formulas of one bar, and their values: reached, hidden, level, rise, fall."""
    amount, reached, hidden = (cell(at, column) for column in (1, PARTS_AT + 1, _HIDDEN))
    if total:
        return [(f"={amount}", now), ("=0", 0.0), (f"={amount}", now), ("=0", 0.0), ("=0", 0.0)]
    above = cell(at - 1, PARTS_AT + 1)
    foot, top = max(0.0, min(before, now)), max(0.0, before, now)
    height = f"MAX(0,{above},{reached})-{hidden}"
    return [
        (f"={above}+{amount}", now),
        (f"=MAX(0,MIN({above},{reached}))", foot),
        ("=0", 0.0),
        (f"=IF({amount}>=0,{height},0)", top - foot if now >= before else 0.0),
        (f"=IF({amount}<0,{height},0)", top - foot if now < before else 0.0),
    ]


def _ends(
    rows: Sequence[Row],
) -> tuple[tuple[str, float], list[tuple[str, float]], tuple[str, float]]:
    start, *steps, end = [(row.label, row.value) for row in rows]
    return start, steps, end
