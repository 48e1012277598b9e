"""Sheets Model 1, Model 2, ...: each scenario's mean path month by month, in live formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from forecast.engine import FLOWS
from forecast.levers import Map
from history.language import marked, say
from history.segments import Segments
from scenarios import INPUTS, RATES, Mechanics

from .. import style
from ..pack import Pack
from .assumptions import Place, place_of
from .base import RATE, Book, Sheet

_HEAD: Final = 3
_FIRST: Final = 4
"""Column of the first month."""

_LABELS: Final = {
    "new_customers": marked("Customers won"),
    "new_arpa": marked("MRR of a new customer"),
    "churn": marked("Churn rate"),
    "expansion": marked("Expansion rate"),
    "contraction": marked("Contraction rate"),
    "reactivation": marked("Reactivated MRR"),
    "price": marked("Price index"),
    "fx_index": marked("Exchange rate index"),
    "one_off": marked("Single wins and losses"),
}
_FLOWS: Final = {
    "opening": marked("Opening MRR"),
    "new": marked("New"),
    "reactivation": marked("Reactivation"),
    "expansion": marked("Expansion"),
    "contraction": marked("Contraction"),
    "churn": marked("Churn"),
    "fx": marked("Exchange rates"),
    "closing": marked("Closing MRR"),
}


def sheet_name(pack: Pack, scenario: str) -> str:
    """Give the name of a scenario's sheet, in the language of the pack."""
    return say("Model {number}", number=list(pack.mechanics).index(scenario) + 1)


def reference(pack: Pack, scenario: str) -> str:
    """Give what a formula puts before a cell of a scenario's sheet."""
    return f"'{sheet_name(pack, scenario)}'!"


def segment_label(segments: Segments, position: int) -> str:
    """Name a segment; the one of a company that is not cut is called total."""
    return segments.labels[position] if segments.by else say("total")


def total_row(line: str) -> int:
    """Give the row of the company's opening, a movement, or closing."""
    return _HEAD + 2 + list(_FLOWS).index(line)


def write(book: Book, pack: Pack) -> None:
    """Write one sheet a scenario."""
    place = place_of(pack)
    for name, mechanics in pack.mechanics.items():
        sheet = book.sheet(
            sheet_name(pack, name),
            say("{scenario}: mean MRR by month, {currency}", scenario=name, currency=book.currency),
            say(
                "Used = forecast x times + plus (sheet Assumptions); movement = used rate x "
                "opening MRR, and what the engine adds: contracts, ages, whole customers."
            ),
        )
        heads = (say("Segment"), say("Line"), say("Unit"), say("What it is"))
        sheet.headings(_HEAD, heads, left=len(heads))
        for m, month in enumerate(mechanics.months):
            sheet.month(_HEAD, _FIRST + m, month, bold=True, bottom=1, align="right")
        played = mechanics.played()
        blocks = [
            _Block(sheet, place, name, mechanics, played, s) for s in range(len(mechanics.segments))
        ]
        _totals(sheet, mechanics, played, blocks)
        for block in blocks:
            block.write()
        last = (blocks[-1].row("rest", FLOWS[-1]), _FIRST + len(mechanics.months) - 1)
        sheet.finish(
            freeze=(_HEAD + 1, _FIRST), repeat=_HEAD, printed=last, widths=[(2, 18)], wide=True
        )


_WHAT: Final = {
    "flow": marked("formula"),
    "used": marked("forecast x times + plus"),
    "forecast": marked("forecast without changes"),
    "rest": marked("what the engine adds"),
}
_PARTS: Final = (
    *(("flow", line) for line in _FLOWS),
    *(("used", lever) for lever in INPUTS),
    *(("forecast", lever) for lever in INPUTS if lever in ("new_customers", "new_arpa", *RATES)),
    ("forecast", "reactivation"),
    *(("rest", flow) for flow in FLOWS),
)
"""Lines of a block."""

_PLACES: Final = {part: place for place, part in enumerate(_PARTS)}


@dataclass(frozen=True)
class _Block:
    """One segment of one scenario."""

    sheet: Sheet
    place: Place
    name: str
    mechanics: Mechanics
    played: Mapping[str, np.ndarray]
    segment: int

    def row(self, part: str, line: str) -> int:
        """Give the row of a line."""
        top = total_row("closing") + 2 + self.segment * (len(_PARTS) + 2)
        return top + 1 + _PLACES[part, line]

    def at(self, part: str, line: str, m: int) -> str:
        """Give the cell of a line in a month."""
        return str(cell(self.row(part, line), _FIRST + m))

    def write(self) -> None:
        """Write all lines."""
        mechanics, s = self.mechanics, self.segment
        label = segment_label(mechanics.segments, s)
        self.sheet.text(self.row("flow", "opening") - 1, 0, label, bold=True, font_size=12)
        for part, line in _PARTS:
            self._heads(part, line, label)
        for lever in INPUTS:
            found = mechanics.map(lever)
            for m in range(len(mechanics.months)):
                self._used(lever, found, m)
        for m in range(len(mechanics.months)):
            self._flows(m)
            for flow in FLOWS:
                value = float(mechanics.rest[flow][m, s])
                self._number("rest", flow, m, value, _form(self.sheet, flow, rest=True))

    def _heads(self, part: str, line: str, label: str) -> None:
        row, book = self.row(part, line), self.sheet.book
        flow = part in ("flow", "rest")
        rate = line in RATES or line == "fx" if part == "rest" else line in RATES
        unit = say("share of opening") if rate and part != "flow" else book.currency
        if not flow and line in ("new_customers", "price", "fx_index"):
            unit = say("customers") if line == "new_customers" else say("1 = today")
        bold = {"bold": True} if part == "flow" and line in ("opening", "closing") else {}
        texts = (label, say((_FLOWS if flow else _LABELS)[line]), unit, say(_WHAT[part]))
        for column, text in enumerate(texts):
            self.sheet.text(row, column, text, **bold, **_shade(part))

    def _number(self, part: str, line: str, m: int, value: float, form: str) -> None:
        self.sheet.number(self.row(part, line), _FIRST + m, value, form, **_shade(part))

    def _used(self, lever: str, found: Map, m: int) -> None:
        s = self.segment
        form = _form(self.sheet, lever, rest=False)
        base = self.mechanics.forecast[lever][m, s]
        plus = self.place.cell(self.name, s, lever, "plus", m)
        if lever == "one_off":
            text, value = f"={plus}", found.shift[m, s]
        else:
            times = self.place.cell(self.name, s, lever, "times", m)
            index = lever in ("price", "fx_index")
            if not index:
                self._number("forecast", lever, m, float(base), form)
            start = times if index else f"{self.at('forecast', lever, m)}*{times}"
            text, value = f"={start}", found.scale[m, s] * base
            if lever != "reactivation":
                text, value = f"{text}+{plus}", value + found.shift[m, s]
        row = self.row("used", lever)
        self.sheet.formula(row, _FIRST + m, text, float(value), form, **_shade("used"))

    def _flows(self, m: int) -> None:
        def used(lever: str) -> str:
            return self.at("used", lever, m)

        def rest(flow: str) -> str:
            return self.at("rest", flow, m)

        def step(lever: str) -> str:
            return (
                f"({used(lever)}/{self.at('used', lever, m - 1)}-1)" if m else f"({used(lever)}-1)"
            )

        opening = self.at("flow", "opening", m)
        texts = {
            "new": f"={used('new_customers')}*{used('new_arpa')}+MAX({used('one_off')},0)"
            f"+{rest('new')}",
            "reactivation": f"={used('reactivation')}+{rest('reactivation')}",
            "expansion": f"=({used('expansion')}+MAX({step('price')},0)+{rest('expansion')})"
            f"*{opening}",
            "contraction": f"=-({used('contraction')}+MAX(-{step('price')},0)"
            f"+{rest('contraction')})*{opening}",
            "churn": f"=-({used('churn')}+{rest('churn')})*{opening}-MAX(-{used('one_off')},0)",
            "fx": f"=({step('fx_index')}+{rest('fx')})*{opening}",
            "closing": f"=SUM({opening}:{self.at('flow', 'fx', m)})",
        }
        s, form = self.segment, self.sheet.book.money
        if m:
            value = self.played["closing"][m - 1, s]
            text = f"={self.at('flow', 'closing', m - 1)}"
            self.sheet.formula(
                self.row("flow", "opening"), _FIRST + m, text, value, form, bold=True
            )
        else:
            value = float(self.mechanics.opening[s])
            self.sheet.number(self.row("flow", "opening"), _FIRST, value, form, bold=True)
        for line, text in texts.items():
            look = {"bold": True, "top": 1} if line == "closing" else {}
            value = float(self.played[line][m, s])
            self.sheet.formula(self.row("flow", line), _FIRST + m, text, value, form, **look)


def _totals(
    sheet: Sheet, mechanics: Mechanics, played: Mapping[str, np.ndarray], blocks: list[_Block]
) -> None:
    """Write the company's opening, movements and closing: sums over the segments."""
    flows = {name: value.sum(axis=1) for name, value in played.items()}
    flows["opening"] = np.r_[mechanics.opening.sum(), flows["closing"][:-1]]
    sheet.text(_HEAD + 1, 0, say("Company"), bold=True, font_size=12)
    for line, label in _FLOWS.items():
        row = total_row(line)
        look = {"bold": True} if line in ("opening", "closing") else {}
        texts = (say("total"), say(label), sheet.book.currency, say("sum of the segments"))
        for column, text in enumerate(texts):
            sheet.text(row, column, text, **look)
        for m in range(len(mechanics.months)):
            text = "=" + "+".join(block.at("flow", line, m) for block in blocks)
            value = float(flows[line][m])
            sheet.formula(row, _FIRST + m, text, value, sheet.book.money, **look)


def _form(sheet: Sheet, line: str, *, rest: bool) -> str:
    if line in RATES or (rest and line == "fx"):
        return RATE
    if line == "new_customers":
        return "#,##0.00_)"
    return "0.0000" if line in ("price", "fx_index") else sheet.book.money


def _shade(part: str) -> dict[str, object]:
    return {} if part == "flow" else {"font_color": style.MUTED}
