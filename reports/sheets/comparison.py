"""Sheet Comparison: scenarios side by side at each year's end, and what they assume."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from history.language import language, marked, say

from .. import style
from ..format import span
from ..pack import Pack
from . import modelled
from .base import PERCENT, RATIO, Book, Sheet, dated, dress_chart, line_chart

NAME: Final = marked("Comparison")
_HEAD: Final = 3
_QUANTILES: Final = ("p10", "p50", "p90")


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    table = pack.comparison.table(measures=["arr", "mrr"], every="year")
    sheet = book.sheet(
        NAME,
        say(
            "Scenarios at each year's end, against {scenario}, {currency}",
            scenario=pack.against, currency=book.currency,
        ),
        say(
            "Above: share of the paths on which the scenario is higher, on the same random draws. "
            "Means follow the sheet Assumptions; quantiles and shares are arrcast's."
        ),
    )  # fmt: skip
    sheet.headings(_HEAD, [say(head) for head in _HEADS], left=3)
    row, base = _HEAD + 1, _HEAD + 1
    for record in table.to_dict("records"):
        if record["scenario"] == pack.against:
            base = row
        _row(sheet, row, base, record, pack)
        row += 1
    _chart(book, sheet, pack, table, row + 1)
    row = _inputs(sheet, pack.comparison.inputs(), row + 21)
    sheet.finish(freeze=(_HEAD + 1, 3), repeat=_HEAD, widths=[(0, 24), (1, 12)])


_HEADS: Final = (
    marked("Month"),
    marked("Measure"),
    marked("Scenario"),
    marked("P10"),
    marked("P50"),
    marked("P90"),
    marked("Mean"),
    marked("Difference of means"),
    marked("Difference, %"),
    marked("Above"),
)


def _row(sheet: Sheet, row: int, base: int, record: dict[Hashable, Any], pack: Pack) -> None:
    form, name = sheet.book.money, str(record["scenario"])
    sheet.month(row, 0, record["month"])
    sheet.text(row, 1, str(record["measure"]).upper())
    sheet.text(row, 2, record["scenario"], bold=True)
    for column, figure in enumerate(_QUANTILES, start=3):
        sheet.number(row, column, float(record[figure]), form)
    live = modelled.reference(sheet.book, pack, name, record["month"])
    mean = f"={live}" if record["measure"] == "arr" else f"={live}/12"
    sheet.formula(row, 6, mean, float(record["mean"]), form)
    if name == pack.against:
        return
    difference = float(record["difference"])
    sheet.formula(row, 7, f"={cell(row, 6)}-{cell(base, 6)}", difference, form)
    before = float(record["mean"]) - difference
    if before:
        share = difference / before
        sheet.formula(row, 8, f"={cell(row, 7)}/{cell(base, 6)}", share, PERCENT)
    sheet.number(row, 9, float(record["probability_above"]), PERCENT)


def _chart(book: Book, sheet: Sheet, pack: Pack, table: pd.DataFrame, row: int) -> None:
    at = table.reset_index(drop=True)
    chosen = at.index[(at["month"] == pack.at) & (at["measure"] == "arr")]
    if not len(chosen):
        return
    first, last = _HEAD + 1 + int(chosen[0]), _HEAD + 1 + int(chosen[-1])
    chart = line_chart(book, "column")
    for column, (title, share) in enumerate((("P10", 0.4), ("P50", 1.0), ("P90", 0.65)), start=3):
        chart.add_series(
            {
                "name": title,
                "categories": [sheet.name, first, 2, last, 2],
                "values": [sheet.name, first, column, last, column],
                "fill": {"color": style.blend(style.OKABE_ITO["blue"], share)},
                "gap": 80,
            }
        )
    dress_chart(
        chart,
        say("ARR at {month}: P10, P50, P90", month=dated(pack.at)),
        book.axis,
        dates=False,
        low=0,
    )
    chart.set_size({"width": 760, "height": 360})
    sheet.raw.insert_chart(row, 2, chart)


def _inputs(sheet: Sheet, inputs: pd.DataFrame, row: int) -> int:
    sheet.over(row, 0, say("What the scenarios change"), bold=True, font_size=12)
    if inputs.empty:
        sheet.over(row + 1, 0, say("nothing"))
        return row + 2
    sheet.headings(row + 1, [say(head) for head in _CHANGED], left=len(_CHANGED))
    for place, record in enumerate(inputs.to_dict("records"), start=row + 2):
        for column, (name, value) in enumerate(record.items()):
            if value is None or value != value:
                continue
            if name == "number":
                sheet.number(place, column, float(value), RATIO)
            else:
                sheet.over(place, column, _told(str(name), value))
    return row + 2 + len(inputs)


def _told(name: str, value: object) -> object:
    """Give a cell of this table as the language has it; what a user has typed stays."""
    if name in ("side", "unit"):
        return say(str(value))
    return span(value) if name == "months" and language() != "en" else value


_SIDES: Final = (marked("added"), marked("left out"))
"""Of changes, for the catalogues."""

_CHANGED: Final = (
    marked("Scenario"),
    marked("Side"),
    marked("Stated in"),
    marked("Lever"),
    marked("Way"),
    marked("Number"),
    marked("Unit"),
    marked("Months"),
    marked("Ramp"),
    marked("Where"),
    marked("Because"),
)
