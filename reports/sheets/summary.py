"""Sheet Summary: the headline figures, the scenarios, ARR in one chart, what was left out."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from history.language import marked, say

from .. import style
from ..digest import value
from ..digest.outlook import joined
from ..digest.retention import RATE_LABELS
from ..pack import Pack
from . import modelled
from .base import COUNT, PERCENT, Book, Sheet, dated, dress_chart, line_chart

NAME: Final = marked("Summary")
_CHART_AT: Final = 9  # column of the chart's data
_PAST: Final = 36


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    sheet = book.sheet(
        NAME, say("{company}: results as of {month}", company=pack.name, month=dated(pack.as_of)),
        say(
            "All amounts in {currency}. ARR = 12 x MRR at the close of the month.",
            currency=book.currency,
        ),
    )  # fmt: skip
    row = _levels(sheet, pack, 3)
    row = _rates(sheet, pack, row + 1)
    row = _outlook(sheet, pack, row + 1)
    _chart(book, sheet, pack, row + 1)
    sheet.finish(widths=[(0, 34)], printed=(row + 23, _CHART_AT - 2))


def _levels(sheet: Sheet, pack: Pack, row: int) -> int:
    arr, before = pack.arr, pack.as_of - 12
    then = value(arr, before)
    heads = [
        say("Level"),
        dated(pack.as_of),
        dated(before),
        say("Change in a year"),
        say("Change, %"),
    ]
    sheet.headings(row, heads)
    now = float(arr.iloc[-1])
    _change(sheet, row + 1, say("ARR"), now, then, sheet.book.money)
    people = pack.movements.matrix("closing", value="customers").sum(axis=1)
    paying = say("Paying customers")
    _change(sheet, row + 2, paying, float(people.iloc[-1]), value(people, before), COUNT)
    return row + 3


def _change(sheet: Sheet, row: int, label: str, now: float, then: float, form: str) -> None:
    sheet.text(row, 0, label, bold=True)
    sheet.number(row, 1, now, form, bold=True)
    sheet.number(row, 2, then, form)
    if math.isfinite(then):
        sheet.formula(row, 3, f"={cell(row, 1)}-{cell(row, 2)}", now - then, form)
        if then:
            sheet.formula(row, 4, f"={cell(row, 3)}/{cell(row, 2)}", now / then - 1, PERCENT)


def _rates(sheet: Sheet, pack: Pack, row: int) -> int:
    rates = pack.rates
    if rates.empty or pack.as_of not in rates.index:
        return row - 1
    months = [dated(month) for month in (pack.as_of, pack.as_of - 12)]
    sheet.headings(row, [say("Over twelve months"), *months, say("Change, pp")])
    for at, name in enumerate(rates.columns, start=row + 1):
        now, then = value(rates, pack.as_of, name), value(rates, pack.as_of - 12, name)
        sheet.text(at, 0, say(RATE_LABELS[str(name)]), bold=True)
        sheet.number(at, 1, now, PERCENT, bold=True)
        sheet.number(at, 2, then, PERCENT)
        if math.isfinite(then - now):
            text = f"=100*({cell(at, 1)}-{cell(at, 2)})"
            sheet.formula(at, 3, text, 100 * (now - then), "0.0_);(0.0);0.0_)")
    return row + 1 + len(rates.columns)


def _outlook(sheet: Sheet, pack: Pack, row: int) -> int:
    table = pack.outlook
    sheet.headings(
        row,
        [
            say("ARR at {month}", month=dated(pack.at)),
            say("P10"),
            say("P50"),
            say("P90"),
            say("Mean"),
            say("Mean vs {scenario}", scenario=pack.against),
            say("Above {scenario}", scenario=pack.against),
        ],
    )
    form, base = sheet.book.money, row + 1
    for at, (name, record) in enumerate(table.iterrows(), start=row + 1):
        sheet.over(at, 0, name, bold=True)
        for column, figure in enumerate(("p10", "p50", "p90"), start=1):
            sheet.number(at, column, float(record[figure]), form)
        live = modelled.reference(sheet.book, pack, str(name), pack.at)
        sheet.formula(at, 4, f"={live}", float(record["mean"]), form)
        if name != pack.against:
            text = f"={cell(at, 4)}-{cell(base, 4)}"
            sheet.formula(at, 5, text, float(record["difference"]), form)
            sheet.number(at, 6, float(record["probability_above"]), "0%")
    return row + 1 + len(table)


def _chart(book: Book, sheet: Sheet, pack: Pack, row: int) -> None:
    past, fans = pack.arr.tail(_PAST), pack.fans
    names = list(fans)
    head = [say("Chart: month"), say("ARR to date"), *names]
    if len(names) == 1:
        head += [say("P10"), say("P90")]
    sheet.headings(3, head, first=_CHART_AT)
    months = past.index.union(fans[names[0]].index)
    for at, month in enumerate(months, start=4):
        sheet.month(at, _CHART_AT, month, font_color=style.MUTED)
        for column, series in enumerate(_series(past, fans), start=_CHART_AT + 1):
            if month in series.index:
                sheet.number(at, column, float(series[month]), book.whole, font_color=style.MUTED)
    chart = line_chart(book)
    looks = style.looks(names)
    lines = [(style.INK, "solid"), *((looks[n].colour, _DASH[looks[n].dash]) for n in names)]
    if len(names) == 1:
        lines += [(style.MUTED, "round_dot"), (style.MUTED, "round_dot")]
    last = 3 + len(months)
    for place, (colour, dash) in enumerate(lines, start=_CHART_AT + 1):
        chart.add_series(
            {
                "name": [sheet.name, 3, place],
                "categories": [sheet.name, 4, _CHART_AT, last, _CHART_AT],
                "values": [sheet.name, 4, place, last, place],
                "line": {"color": colour, "width": 2.25, "dash_type": dash},
            }
        )
    dress_chart(
        chart,
        say("ARR to date and the median (P50) of each scenario"),
        book.axis,
        dates=True,
        low=_low(past, fans),
    )
    chart.show_blanks_as("gap")
    chart.set_size({"width": 800, "height": 400})
    sheet.raw.insert_chart(row, 0, chart)


_DASH: Final = {
    "solid": "solid",
    "dash": "dash",
    "dot": "round_dot",
    "dash_dot": "dash_dot",
    "long_dash": "long_dash",
}


def _series(past: pd.Series, fans: dict[str, pd.DataFrame]) -> list[pd.Series]:
    lines = [joined(past, fan["p50"]) for fan in fans.values()]
    if len(fans) == 1:
        (only,) = fans.values()
        lines += [only["p10"], only["p90"]]
    return [past, *lines]


def _low(past: pd.Series, fans: dict[str, pd.DataFrame]) -> float | None:
    lowest = min(float(past.min()), *(float(fan["p50"].min()) for fan in fans.values()))
    return 0.0 if lowest >= 0 else None
