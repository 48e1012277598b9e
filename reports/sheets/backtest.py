"""Sheet Backtest: error, bias, coverage and skill by horizon, and every forecast behind them."""

from __future__ import annotations

from typing import Final

import pandas as pd

from history.language import marked, say

from ..pack import NotShownError, Pack
from .base import COUNT, PERCENT, RATIO, Book, Sheet, dress_chart, line_chart

NAME: Final = marked("Backtest")
_HEAD: Final = 3
_PLAIN: Final = {"horizon": COUNT, "n": COUNT, "rmsse": RATIO}


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    backtest = pack.backtest
    if backtest is None:
        raise NotShownError(say("no backtest was given"))
    table = backtest.table
    sheet = book.sheet(
        NAME,
        say("The forecast measured on the company's own past"),
        say(
            "By months ahead. Error: mean absolute error / actual. Bias above 0: forecast too "
            "high. Skill: 1 - error / the baseline's error."
        ),
    )
    sheet.headings(_HEAD, [heading(str(name)) for name in table.columns], left=0)
    for row, (_, record) in enumerate(table.iterrows(), start=_HEAD + 1):
        for column, (name, value) in enumerate(record.items()):
            sheet.number(row, column, float(value), _PLAIN.get(str(name), PERCENT))
    last = _HEAD + len(table)
    _chart(book, sheet, table, last)
    row = last + 20
    for note in getattr(backtest, "notes", ()):
        sheet.over(row, 0, note)
        row += 1
    _records(sheet, getattr(backtest, "records", None), row + 1)
    sheet.finish(freeze=(_HEAD + 1, 1), breaks=[row + 1])


def heading(name: str) -> str:
    """Name a column of the backtest for a reader.

    Examples
    --------
    >>> heading("skill_last_value"), heading("coverage_80")
    ('Skill vs last value', '80% interval held')
    """
    if name.startswith("skill_"):
        baseline = name.removeprefix("skill_").replace("_", " ")
        return say("Skill vs {baseline}", baseline=say(baseline))
    if name.startswith("coverage_"):
        return say("{share}% interval held", share=name.removeprefix("coverage_"))
    plain = name.replace("_", " ").capitalize()
    return say(_HEADINGS.get(name, plain))


_HEADINGS: Final = {"horizon": marked("Months ahead"), "n": marked("Forecasts")}
_PLAIN_HEADINGS: Final = (
    *(marked("Error"), marked("Bias"), marked("Rmsse"), marked("Origin"), marked("Month")),
    *(marked("Actual"), marked("Mean"), marked("Forecast"), marked("Last value")),
    *(marked("Drift"), marked("Trailing three months"), marked("Damped ets")),
)
"""Other columns, for the catalogues."""

_BASELINES: Final = (
    *(marked("last value"), marked("drift"), marked("trailing three months")),
    *(marked("trailing rates"), marked("damped ets"), marked("damped ETS")),
)
"""What a forecast is measured by, for the catalogues."""


def _chart(book: Book, sheet: Sheet, table: pd.DataFrame, last: int) -> None:
    chart = line_chart(book)
    column = list(table.columns).index("error")
    chart.add_series(
        {
            "name": say("Mean absolute error"),
            "categories": [sheet.name, _HEAD + 1, 0, last, 0],
            "values": [sheet.name, _HEAD + 1, column, last, column],
            "line": {"color": "#0072B2", "width": 2.25},
        }
    )
    dress_chart(chart, say("Error by months ahead"), "0.0%", dates=False, low=0)
    chart.set_size({"width": 640, "height": 330})
    chart.set_legend({"none": True})
    sheet.raw.insert_chart(last + 1, 0, chart)


def _records(sheet: Sheet, records: pd.DataFrame | None, row: int) -> None:
    if records is None or records.empty:
        return
    told = say("Every forecast, MRR in {currency}", currency=sheet.book.currency)
    sheet.over(row, 0, told, bold=True, font_size=12)
    sheet.headings(row + 1, [heading(str(name)) for name in records.columns], left=0)
    for place, (_, record) in enumerate(records.iterrows(), start=row + 2):
        for column, (name, value) in enumerate(record.items()):
            if isinstance(value, pd.Period):
                sheet.month(place, column, value)
            else:
                form = COUNT if name == "horizon" else sheet.book.money
                sheet.number(place, column, float(value), form)
