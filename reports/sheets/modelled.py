"""Sheet ARR model: ARR of every scenario as the workbook computes it, beside the engine's mean."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from xlsxwriter.utility import xl_col_to_name as letters
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from .. import style
from ..pack import Pack
from . import mechanics as model
from .base import Book, Sheet, dress_chart, line_chart

Floats = NDArray[np.float64]

NAME: Final = "ARR model"
_HEAD: Final = 3
_MODEL_FIRST: Final = 4  # column of the first month on the sheets Model


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    sheet = book.sheet(
        NAME, f"ARR by month, live: 12 x closing MRR of the sheets Model, {book.currency}",
        "By assumptions changed: how far the cells typed over have moved ARR from what arrcast "
        "computed. For intervals, read the assumptions back and run the scenario.",
    )  # fmt: skip
    names = list(pack.mechanics)
    months = pack.mechanics[names[0]].months
    others = [name for name in names if name != pack.against]
    heads = [
        "Month",
        *names,
        *(f"{name} less {pack.against}" for name in others),
        *(f"{name}: engine's mean" for name in names),
        *(f"{name}: by assumptions changed" for name in names),
    ]
    sheet.headings(_HEAD, heads)
    at = {name: column for column, name in enumerate(names, start=1)}
    closings = {name: one.played()["closing"] for name, one in pack.mechanics.items()}
    for m, month in enumerate(months):
        row = _HEAD + 1 + m
        sheet.month(row, 0, month)
        _month(sheet, pack, row, m, at, others, closings)
    last = _HEAD + len(months)
    for k, name in enumerate(names, start=1):
        column = letters(at[name], True)
        book.file.define_name(
            f"ARR_scenario_{k}", f"='{NAME}'!{column}${_HEAD + 2}:{column}${last + 1}"
        )
    _chart(book, sheet, pack, at, last)
    sheet.finish(freeze=(_HEAD + 1, 1), repeat=_HEAD, printed=(last + 22, len(heads) - 1))


def _month(
    sheet: Sheet,
    pack: Pack,
    row: int,
    m: int,
    at: dict[str, int],
    others: list[str],
    closings: dict[str, Floats],
) -> None:
    form, count = sheet.book.money, len(at)
    arr = {name: 12 * float(values[m].sum()) for name, values in closings.items()}
    closing = model.total_row("closing")
    for name, column in at.items():
        text = f"=12*'{model.sheet_name(pack, name)}'!{cell(closing, _MODEL_FIRST + m)}"
        look = {"bold": True} if name == pack.against else {}
        sheet.formula(row, column, text, arr[name], form, **look)
        engine = count + len(others) + column
        sheet.number(row, engine, arr[name], form, font_color=style.MUTED)
        text = f"=ROUND({cell(row, column)}-{cell(row, engine)},4)"
        sheet.formula(row, engine + count, text, 0.0, form)
    for k, name in enumerate(others, start=count + 1):
        text = f"={cell(row, at[name])}-{cell(row, at[pack.against])}"
        sheet.formula(row, k, text, arr[name] - arr[pack.against], form)


def _chart(book: Book, sheet: Sheet, pack: Pack, at: dict[str, int], last: int) -> None:
    chart = line_chart(book)
    looks = style.looks(pack.fans)
    for name, column in at.items():
        chart.add_series(
            {
                "name": [NAME, _HEAD, column],
                "categories": [NAME, _HEAD + 1, 0, last, 0],
                "values": [NAME, _HEAD + 1, column, last, column],
                "line": {"color": looks[name].colour, "width": 2.25},
            }
        )
    dress_chart(chart, "ARR by scenario, live", book.axis, dates=True)
    chart.set_size({"width": 900, "height": 400})
    sheet.raw.insert_chart(last + 2, 1, chart)
