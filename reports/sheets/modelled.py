"""Sheet ARR model: ARR of every scenario as the workbook computes it, beside the engine's mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xlsxwriter.utility import xl_col_to_name as letters
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from history.language import marked, say

from .. import style
from ..pack import Pack
from . import mechanics as model
from .base import Book, Sheet, dress_chart, line_chart

Floats = NDArray[np.float64]

NAME: Final = marked("ARR model")
_HEAD: Final = 3
_MODEL_FIRST: Final = 4  # column of the first month on the sheets Model


def reference(book: Book, pack: Pack, scenario: str, month: pd.Period) -> str:
    """Give the cell with a scenario's live ARR of a month, for a formula of another sheet."""
    return f"{book.reference(NAME)}{cell(_row(pack, month), _Columns.of(pack).live(scenario))}"


def typed(book: Book, pack: Pack, scenario: str, month: pd.Period) -> str:
    """Give the cell with what inputs typed over have made of it."""
    return f"{book.reference(NAME)}{cell(_row(pack, month), _Columns.of(pack).typed(scenario))}"


def _row(pack: Pack, month: pd.Period) -> int:
    return _HEAD + 1 + pack.comparison.runs[pack.against].projection.at(month)


@dataclass(frozen=True)
class _Columns:
    """Where each scenario's figures stand: live, less the main one, the engine's, typed over."""

    names: tuple[str, ...]
    against: str

    @classmethod
    def of(cls, pack: Pack) -> _Columns:
        return cls(tuple(pack.mechanics), pack.against)

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name != self.against)

    def live(self, name: str) -> int:
        return 1 + self.names.index(name)

    def less(self, name: str) -> int:
        return 1 + len(self.names) + self.others.index(name)

    def engine(self, name: str) -> int:
        return len(self.names) + len(self.others) + self.live(name)

    def typed(self, name: str) -> int:
        return self.engine(name) + len(self.names)


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    sheet = book.sheet(
        NAME,
        say(
            "ARR by month, live: 12 x closing MRR of the sheets Model, {currency}",
            currency=book.currency,
        ),
        say(
            "By assumptions changed: how far the cells typed over have moved ARR from what arrcast "
            "computed. For intervals, read the assumptions back and run the scenario."
        ),
    )
    at = _Columns.of(pack)
    months = pack.comparison.months
    heads = [
        say("Month"),
        *at.names,
        *(say("{scenario} less {other}", scenario=n, other=pack.against) for n in at.others),
        *(say("{scenario}: engine's mean", scenario=name) for name in at.names),
        *(say("{scenario}: by assumptions changed", scenario=name) for name in at.names),
    ]
    sheet.headings(_HEAD, heads)
    closings = {name: one.played()["closing"] for name, one in pack.mechanics.items()}
    for m, month in enumerate(months):
        sheet.month(_HEAD + 1 + m, 0, month)
        _month(sheet, pack, m, at, closings)
    last = _HEAD + len(months)
    for k, name in enumerate(at.names, start=1):
        column = letters(at.live(name), True)
        book.file.define_name(
            f"ARR_scenario_{k}",
            f"={book.reference(NAME)}{column}${_HEAD + 2}:{column}${last + 1}",
        )
    _chart(book, sheet, pack, at, last)
    sheet.finish(freeze=(_HEAD + 1, 1), repeat=_HEAD, printed=(last + 22, len(heads) - 1))


def _month(sheet: Sheet, pack: Pack, m: int, at: _Columns, closings: dict[str, Floats]) -> None:
    row, form = _HEAD + 1 + m, sheet.book.money
    arr = {name: 12 * float(values[m].sum()) for name, values in closings.items()}
    closing = cell(model.total_row("closing"), _MODEL_FIRST + m)
    for name in at.names:
        live, engine = at.live(name), at.engine(name)
        text = f"=12*{model.reference(pack, name)}{closing}"
        look = {"bold": True} if name == pack.against else {}
        sheet.formula(row, live, text, arr[name], form, **look)
        sheet.number(row, engine, arr[name], form, font_color=style.MUTED)
        text = f"=ROUND({cell(row, live)}-{cell(row, engine)},4)"
        sheet.formula(row, at.typed(name), text, 0.0, form)
    for name in at.others:
        text = f"={cell(row, at.live(name))}-{cell(row, at.live(pack.against))}"
        sheet.formula(row, at.less(name), text, arr[name] - arr[pack.against], form)


def _chart(book: Book, sheet: Sheet, pack: Pack, at: _Columns, last: int) -> None:
    chart = line_chart(book)
    looks = style.looks(pack.fans)
    for name in at.names:
        column = at.live(name)
        chart.add_series(
            {
                "name": [sheet.name, _HEAD, column],
                "categories": [sheet.name, _HEAD + 1, 0, last, 0],
                "values": [sheet.name, _HEAD + 1, column, last, column],
                "line": {"color": looks[name].colour, "width": 2.25},
            }
        )
    dress_chart(chart, say("ARR by scenario, live"), book.axis, dates=True)
    chart.set_size({"width": 900, "height": 400})
    sheet.raw.insert_chart(last + 2, 1, chart)
