"""Sheet Comparison: scenarios side by side at each year's end, and what they assume."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from .. import style
from ..pack import Pack
from .base import PERCENT, RATIO, Book, Sheet, dress_chart, line_chart

NAME: Final = "Comparison"
_HEAD: Final = 3
_FIGURES: Final = ("p10", "p50", "p90", "mean")


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    table = pack.comparison.table(measures=["arr", "mrr"], every="year")
    sheet = book.sheet(
        NAME, f"Scenarios at each year's end, against {pack.against}, {book.currency}",
        "Above: share of the paths on which the scenario is higher, on the same random draws.",
    )  # fmt: skip
    sheet.headings(
        _HEAD,
        [
            "Month",
            "Measure",
            "Scenario",
            "P10",
            "P50",
            "P90",
            "Mean",
            "Difference of means",
            "Difference, %",
            "Above",
        ],
        left=3,
    )
    row, base = _HEAD + 1, _HEAD + 1
    for record in table.to_dict("records"):
        if record["scenario"] == pack.against:
            base = row
        _row(sheet, row, base, record, against=record["scenario"] == pack.against)
        row += 1
    _chart(book, sheet, pack, table, row + 1)
    row = _inputs(sheet, pack.comparison.inputs(), row + 21)
    sheet.finish(freeze=(_HEAD + 1, 3), repeat=_HEAD, widths=[(0, 24), (1, 12)])


def _row(sheet: Sheet, row: int, base: int, record: dict[Hashable, Any], *, against: bool) -> None:
    form = sheet.book.money
    sheet.month(row, 0, record["month"])
    sheet.text(row, 1, str(record["measure"]).upper())
    sheet.text(row, 2, record["scenario"], bold=True)
    for column, name in enumerate(_FIGURES, start=3):
        sheet.number(row, column, float(record[name]), form)
    if against:
        return
    difference, mean = float(record["difference"]), float(record["mean"])
    sheet.formula(row, 7, f"={cell(row, 6)}-{cell(base, 6)}", difference, form)
    if mean - difference:
        share = difference / (mean - difference)
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
                "categories": [NAME, first, 2, last, 2],
                "values": [NAME, first, column, last, column],
                "fill": {"color": style.blend(style.OKABE_ITO["blue"], share)},
                "gap": 80,
            }
        )
    dress_chart(chart, f"ARR at {pack.at}: P10, P50, P90", book.axis, dates=False, low=0)
    chart.set_size({"width": 760, "height": 360})
    sheet.raw.insert_chart(row, 2, chart)


def _inputs(sheet: Sheet, inputs: pd.DataFrame, row: int) -> int:
    sheet.over(row, 0, "What the scenarios change", bold=True, font_size=12)
    if inputs.empty:
        sheet.over(row + 1, 0, "nothing")
        return row + 2
    names = [
        "Scenario",
        "Side",
        "Stated in",
        "Lever",
        "Way",
        "Number",
        "Unit",
        "Months",
        "Ramp",
        "Where",
        "Because",
    ]
    sheet.headings(row + 1, names, left=len(names))
    for place, record in enumerate(inputs.to_dict("records"), start=row + 2):
        for column, value in enumerate(record.values()):
            if value is None or value != value:
                continue
            if column == 5:
                sheet.number(place, column, float(value), RATIO)
            else:
                sheet.over(place, column, value)
    return row + 2 + len(inputs)
