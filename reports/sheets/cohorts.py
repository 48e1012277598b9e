"""Sheet Cohorts: customers, their share of the first close, and MRR, by cohort and age."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from history.language import marked, say

from ..pack import NotShownError, Pack
from .base import COUNT, Book, Sheet, dated

NAME: Final = marked("Cohorts")
_SHARE: Final = "0%"


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    customers = pack.cohorts.triangle(value="customers")
    if customers.empty:
        raise NotShownError(say("there is no cohort"))
    sheet = book.sheet(
        NAME,
        say("Cohorts by the month of a customer's first close with MRR above 0"),
        say(
            "Age 0 is that close. The first cohort ({month}) is everyone who was there "
            "when the records begin, of whatever age.",
            month=dated(customers.index[0]),
        ),
    )
    row = _block(sheet, 3, say("Customers paying"), customers, COUNT)
    shares_at = row
    row = _shares(sheet, row, customers, first=5)
    mrr = pack.cohorts.triangle(value="mrr")
    _block(sheet, row, say("MRR, {currency}", currency=book.currency), mrr, book.whole)
    sheet.finish(
        freeze=(3, 1),
        wide=True,
        widths=[(c, 7.5) for c in range(1, mrr.shape[1] + 1)],
        breaks=[shares_at, row] if len(mrr) > 12 else (),
    )


def _head(sheet: Sheet, row: int, title: str, triangle: pd.DataFrame) -> None:
    sheet.over(row, 0, title, bold=True, font_size=12)
    sheet.headings(row + 1, [say("Cohort"), *(str(age) for age in triangle.columns)])


def _block(sheet: Sheet, row: int, title: str, triangle: pd.DataFrame, form: str) -> int:
    _head(sheet, row, title, triangle)
    cells = triangle.to_numpy(float)
    for place, cohort in enumerate(triangle.index):
        sheet.month(row + 2 + place, 0, cohort)
        for age in range(cells.shape[1]):
            if np.isfinite(cells[place, age]):
                sheet.number(row + 2 + place, 1 + age, cells[place, age], form)
    return row + 4 + len(triangle)


def _shares(sheet: Sheet, row: int, triangle: pd.DataFrame, *, first: int) -> int:
    _head(sheet, row, say("Share of the first close"), triangle)
    cells = triangle.to_numpy(float)
    for place, cohort in enumerate(triangle.index):
        at = row + 2 + place
        sheet.month(at, 0, cohort)
        start = cells[place, 0]
        for age in range(cells.shape[1]):
            if np.isfinite(cells[place, age]) and start > 0:
                text = f"={cell(first + place, 1 + age)}/{cell(first + place, 1, col_abs=True)}"
                sheet.formula(at, 1 + age, text, cells[place, age] / start, _SHARE)
    sheet.raw.conditional_format(
        row + 2, 1, row + 1 + len(triangle), triangle.shape[1],
        {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#56B4E9",
         "min_type": "num", "max_type": "num", "min_value": 0, "max_value": 1},
    )  # fmt: skip
    return row + 4 + len(triangle)
