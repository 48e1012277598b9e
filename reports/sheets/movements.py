"""Sheet Movements: a row a month; closing is a formula that foots with the ledger."""

from __future__ import annotations

from typing import Final

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from history.language import marked, say

from .. import style
from ..digest.history import LABELS, STEPS
from ..pack import NotShownError, Pack
from .base import COUNT, Book, Sheet, dress_chart, line_chart

NAME: Final = marked("Movements")
_HEAD: Final = 3
_FIRST: Final = _HEAD + 1
_COLUMNS: Final = ("opening", *STEPS, "closing")
_COUNTED: Final = {
    "opening": marked("Opening customers"),
    "new": marked("New customers"),
    "reactivation": marked("Reactivation customers"),
    "churn": marked("Churn customers"),
    "closing": marked("Closing customers"),
}
_CUSTOMERS_AT: Final = len(_COLUMNS) + 3


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    mrr = {name: pack.movements.matrix(name).sum(axis=1) for name in STEPS}
    closing = pack.movements.matrix("closing").sum(axis=1)
    people = {name: pack.movements.matrix(name, value="customers").sum(axis=1) for name in _COUNTED}
    sheet = book.sheet(
        NAME,
        say("MRR movements by month, {currency}", currency=book.currency),
        say(
            "Closing = opening + movements. Check: this sheet's closing less the ledger's; 0 when "
            "it foots. The first month of history has no computable movements."
        ),
    )
    labels = [say(LABELS[name]) for name in _COLUMNS]
    sheet.headings(_HEAD, [say("Month"), *labels, say("Check")])
    counted = [say(text) for text in _COUNTED.values()]
    sheet.headings(_HEAD, counted, first=_CUSTOMERS_AT, left=0)
    for place, month in enumerate(closing.index):
        row = _FIRST + place
        sheet.month(row, 0, month)
        if place == 0:
            sheet.number(row, len(_COLUMNS), closing[month], book.money, bold=True)
            sheet.number(row, _CUSTOMERS_AT + len(_COUNTED) - 1, people["closing"][month], COUNT)
            continue
        before = closing.iloc[place - 1]
        sheet.formula(row, 1, f"={cell(row - 1, len(_COLUMNS))}", before, book.money)
        for column, name in enumerate(STEPS, start=2):
            sheet.number(row, column, mrr[name][month], book.money)
        _closing(sheet, row, closing[month], book.money)
        _customers(sheet, row, people, place)
    _total(sheet, mrr, closing)
    _chart(book, sheet, len(closing))
    below = _FIRST + len(closing) + 2
    sheet.finish(freeze=(_FIRST, 1), repeat=_HEAD, breaks=[below] if len(closing) > 20 else ())


def _closing(sheet: Sheet, row: int, closing: float, form: str) -> None:
    last = len(_COLUMNS)
    sheet.formula(
        row, last, f"=SUM({cell(row, 1)}:{cell(row, last - 1)})", closing, form, bold=True
    )
    text = f"=ROUND({cell(row, last)}-{_literal(closing)},4)"
    sheet.formula(row, last + 1, text, 0.0, form, font_color=style.MUTED)


def _literal(value: float) -> str:
    return repr(round(float(value), 4))


def _customers(sheet: Sheet, row: int, people: dict[str, pd.Series], place: int) -> None:
    at, last = _CUSTOMERS_AT, _CUSTOMERS_AT + len(_COUNTED) - 1
    values = {name: float(series.to_numpy()[place]) for name, series in people.items()}
    before = float(people["closing"].iloc[place - 1])
    sheet.formula(row, at, f"={cell(row - 1, last)}", before, COUNT)
    for column, name in enumerate(("new", "reactivation", "churn"), start=at + 1):
        sheet.number(row, column, values[name], COUNT)
    formula = f"={cell(row, at)}+{cell(row, at + 1)}+{cell(row, at + 2)}-{cell(row, at + 3)}"
    reached = before + values["new"] + values["reactivation"] - values["churn"]
    if reached == values["closing"]:
        sheet.formula(row, last, formula, reached, COUNT, bold=True)
    else:
        sheet.number(row, last, values["closing"], COUNT, bold=True)


def _total(sheet: Sheet, mrr: dict[str, pd.Series], closing: pd.Series) -> None:
    if len(closing) < 2:
        return
    row, first, last = _FIRST + len(closing), _FIRST + 1, _FIRST + len(closing) - 1
    look = {"bold": True, "top": 1}
    form = sheet.book.money
    sheet.text(row, 0, say("All months"), **look)
    sheet.formula(row, 1, f"={cell(first, 1)}", closing.iloc[0], form, **look)
    for column, name in enumerate(STEPS, start=2):
        text = f"=SUM({cell(first, column)}:{cell(last, column)})"
        sheet.formula(row, column, text, float(mrr[name].iloc[1:].sum()), form, **look)
    end = len(_COLUMNS)
    sheet.formula(
        row, end, f"=SUM({cell(row, 1)}:{cell(row, end - 1)})", closing.iloc[-1], form, **look
    )
    sheet.formula(row, end + 1, f"=ROUND({cell(row, end)}-{cell(last, end)},4)", 0.0, form, **look)


def _chart(book: Book, sheet: Sheet, months: int) -> None:
    if months < 3:
        return
    chart = line_chart(book, "column", subtype="stacked")
    first, last = max(_FIRST + 1, _FIRST + months - 24), _FIRST + months - 1
    colours = {"new": "blue", "reactivation": "sky", "expansion": "green",
               "contraction": "orange", "churn": "vermillion", "fx": "purple"}  # fmt: skip
    for column, name in enumerate(STEPS, start=2):
        chart.add_series(
            {
                "name": [sheet.name, _HEAD, column],
                "categories": [sheet.name, first, 0, last, 0],
                "values": [sheet.name, first, column, last, column],
                "fill": {"color": style.OKABE_ITO[colours[name]]},
                "gap": 40,
            }
        )
    title = say("MRR movements, last {n} months", n=last - first + 1)
    dress_chart(chart, title, book.axis, dates=True)
    chart.set_size({"width": 900, "height": 380})
    sheet.raw.insert_chart(_FIRST + months + 2, 0, chart)


SEGMENT_NAME: Final = marked("Movements by segment")


def write_segments(book: Book, pack: Pack) -> None:
    """Write the sheet with a row a month and segment."""
    if not pack.by:
        raise NotShownError(
            say("the forecast has one segment, so sheet {sheet} is all there is", sheet=say(NAME))
        )
    moves = pack.ledger.movements(by=list(pack.by))
    sheet = book.sheet(
        SEGMENT_NAME,
        say(
            "MRR movements by month and {dimensions}, {currency}",
            dimensions=", ".join(pack.by), currency=book.currency,
        ),
        say("Segments add up to sheet Movements. A move between segments nets to zero there."),
    )  # fmt: skip
    matrices = {name: moves.matrix(name) for name in _COLUMNS}
    head = [say("Month"), *pack.by, *(say(LABELS[name]) for name in _COLUMNS)]
    sheet.headings(_HEAD, head, left=1 + len(pack.by))
    row = _FIRST
    for place, month in enumerate(moves.months):
        for column, key in enumerate(moves.segments.keys):
            sheet.month(row, 0, month)
            for at, value in enumerate(key, start=1):
                sheet.text(row, at, value)
            values = [float(matrices[name].to_numpy()[place, column]) for name in _COLUMNS]
            _segment_row(sheet, row, 1 + len(key), values, known=place > 0)
            row += 1
    sheet.raw.autofilter(_HEAD, 0, row - 1, len(head) - 1)
    sheet.finish(freeze=(_FIRST, 1 + len(pack.by)), repeat=_HEAD)


def _segment_row(sheet: Sheet, row: int, at: int, values: list[float], *, known: bool) -> None:
    form, end = sheet.book.money, at + len(values) - 1
    if not known:
        sheet.number(row, end, values[-1], form, bold=True)
        return
    for column, value in enumerate(values[:-1], start=at):
        sheet.number(row, column, value, form)
    sheet.formula(
        row, end, f"=SUM({cell(row, at)}:{cell(row, end - 1)})", values[-1], form, bold=True
    )
