"""Sheet Forecast: every scenario by month; the mean path foots, the quantiles stand beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from history.language import decimal_mark, figure, marked, say

from .. import style
from ..digest import value
from ..digest.history import LABELS
from ..digest.outlook import fan
from ..pack import Pack
from .base import COUNT, Book, Sheet

if TYPE_CHECKING:
    from forecast import Projection

NAME: Final = marked("Forecast")
HEAD: Final = 3
FLOWS: Final = ("new", "reactivation", "expansion", "contraction", "churn", "fx")
QUANTILES: Final = ("p2_5", "p10", "p25", "p50", "p75", "p90", "p97_5")
_CLOSING: Final = 3 + len(FLOWS)
_ARR: Final = _CLOSING + 1
_CUSTOMERS: Final = _ARR + 1 + len(QUANTILES)


def quantile_label(name: str) -> str:
    """Name a quantile's column for a reader.

    Examples
    --------
    >>> quantile_label("p2_5")
    'P2.5'
    """
    return name.upper().replace("_", decimal_mark())


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    runs = pack.comparison.runs
    paths = next(iter(runs.values())).projection.paths
    sheet = book.sheet(
        NAME,
        say("Forecast by scenario and month, {currency}", currency=book.currency),
        say(
            "MRR: means over {paths} paths, closing = opening + movements; ARR = 12 x closing. "
            "Quantiles are of the paths; they do not add up over months or segments.",
            paths=figure(paths),
        ),
    )
    head = [
        say("Scenario"),
        say("Month"),
        say("Opening MRR"),
        *(say(LABELS[name]) for name in FLOWS),
        say("Closing MRR"),
        say("ARR, mean"),
    ]
    head += [say("ARR, {quantile}", quantile=quantile_label(name)) for name in QUANTILES]
    head.append(say("Customers, mean"))
    head += [
        say("Customers, {quantile}", quantile=quantile_label(name))
        for name in ("p10", "p50", "p90")
    ]
    sheet.headings(HEAD, head, left=2)
    row = HEAD + 1
    for name in pack.comparison.scenarios:
        row = _scenario(sheet, row, name, runs[name].projection)
    sheet.raw.autofilter(HEAD, 0, row - 1, len(head) - 1)
    sheet.finish(freeze=(HEAD + 1, 2), repeat=HEAD, widths=[(0, 24)], wide=True)


def _scenario(sheet: Sheet, row: int, name: str, projection: Projection) -> int:
    measures = {m: fan(projection, m) for m in ("arr", "mrr", "customers", *FLOWS)}
    opening = float(projection.opening.sum())
    form = sheet.book.money
    first = row
    for month in measures["arr"].index:
        sheet.text(row, 0, name)
        sheet.month(row, 1, month)
        if row == first:
            sheet.number(row, 2, opening, form)
        else:
            sheet.formula(row, 2, f"={cell(row - 1, _CLOSING)}", opening, form)
        for column, flow in enumerate(FLOWS, start=3):
            sheet.number(row, column, value(measures[flow], month, "mean"), form)
        closing = value(measures["mrr"], month, "mean")
        text = f"=SUM({cell(row, 2)}:{cell(row, _CLOSING - 1)})"
        sheet.formula(row, _CLOSING, text, closing, form, bold=True)
        sheet.formula(row, _ARR, f"=12*{cell(row, _CLOSING)}", 12 * closing, form, bold=True)
        _quantiles(sheet, row, measures, month)
        opening = closing
        row += 1
    return row


def _quantiles(sheet: Sheet, row: int, measures: dict[str, pd.DataFrame], month: pd.Period) -> None:
    for column, name in enumerate(QUANTILES, start=_ARR + 1):
        sheet.number(row, column, value(measures["arr"], month, name), sheet.book.money)
    for column, name in enumerate(("mean", "p10", "p50", "p90"), start=_CUSTOMERS):
        sheet.number(
            row, column, value(measures["customers"], month, name), COUNT, font_color=style.INK
        )
