"""Sheet Metrics: every metric with its definition, by segment, and the rates over time."""

from __future__ import annotations

from typing import Final

import pandas as pd

from history.language import marked, say

from .. import style
from ..digest.retention import RATE_LABELS
from ..meanings import definition
from ..pack import Pack
from .base import COUNT, PERCENT, RATIO, Book, Sheet, dated, dress_chart, line_chart

NAME: Final = marked("Metrics")
_HEAD: Final = 3
_SHARES: Final = (
    "nrr",
    "grr",
    "logo_retention",
    "logo_churn",
    "gross_mrr_churn",
    "net_mrr_churn",
    "mrr_growth",
)
_RATIOS: Final = ("quick_ratio", "quick_ratio_with_reactivation")


def form_of(name: str, money: str) -> str:
    """Choose the number format of a metric by its name."""
    if name in _SHARES:
        return PERCENT
    if name in _RATIOS:
        return RATIO
    return COUNT if name.endswith("customers") else money


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    by = list(pack.by)
    metrics = pack.ledger.metrics(period=12, by=by or None)
    sheet = book.sheet(
        NAME,
        say("Metrics as of {month}", month=dated(pack.as_of)),
        say("Shares are over the months in column Months; blank where not computable."),
    )
    sheet.headings(_HEAD, [*by, say("Metric"), say("Months"), say("Value")], left=1 + len(by))
    sheet.headings(_HEAD, [f" {say('Definition')}"], first=3 + len(by))
    for row, metric in enumerate(metrics, start=_HEAD + 1):
        for column, dimension in enumerate(by):
            sheet.text(row, column, metric.segment.get(dimension, say("total")))
        at = len(by)
        sheet.text(row, at, metric.name)
        if metric.period is not None:
            sheet.number(row, at + 1, metric.period, COUNT)
        value = float("nan") if metric.value is None else metric.value
        sheet.number(row, at + 2, value, form_of(metric.name, book.money))
        sheet.over(row, at + 3, definition(metric), font_color=style.MUTED, indent=1)
    last = _HEAD + max(1, len(metrics))
    sheet.raw.autofilter(_HEAD, 0, last, len(by) + 2)
    _rates(book, pack, sheet, last + 2)
    sheet.finish(freeze=(_HEAD + 1, 0), breaks=[last + 2], widths=[(len(by) + 3, 80)])


def _rates(book: Book, pack: Pack, sheet: Sheet, row: int) -> None:
    rates = pack.rates
    if len(rates) < 2:
        return
    sheet.over(row, 0, say("Twelve-month rates by month"), bold=True, font_size=12)
    sheet.headings(row + 1, [say("Month"), *(say(RATE_LABELS[name]) for name in rates.columns)])
    figures = rates.to_numpy(float)
    for place, month in enumerate(pd.PeriodIndex(rates.index)):
        sheet.month(row + 2 + place, 0, month)
        for column, share in enumerate(figures[place], start=1):
            sheet.number(row + 2 + place, column, share, PERCENT)
    chart = line_chart(book)
    first, last = row + 2, row + 1 + len(rates)
    for column, (name, dash) in enumerate(
        zip(("blue", "vermillion", "green"), ("solid", "dash", "round_dot"), strict=True), start=1
    ):
        chart.add_series(
            {
                "name": [sheet.name, row + 1, column],
                "categories": [sheet.name, first, 0, last, 0],
                "values": [sheet.name, first, column, last, column],
                "line": {"color": style.OKABE_ITO[name], "width": 2.25, "dash_type": dash},
            }
        )
    dress_chart(chart, say("Retention over twelve months"), "0%", dates=True)
    chart.set_size({"width": 720, "height": 340})
    sheet.raw.insert_chart(last + 2, 0, chart)
