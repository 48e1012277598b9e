"""Sheet Assumptions: every lever of every scenario by segment and month, to be typed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from forecast.levers import FROM_NOTHING, LEVERS
from history.language import figure, language, marked, say
from scenarios import INPUTS, Mechanics

from ..assumed import CHECK, HEAD, NAME, RANGE, WAYS, check_of
from ..pack import Pack
from .base import Book, Sheet

_MOST_TIMES: Final = 20.0
LOOK: Final = {"bg_color": "#FFF7D6", "font_color": "#0B3D91"}
"""Of cells to be typed over."""
_STILL: Final = {"font_color": "#7A7A7A", "italic": True}


@dataclass(frozen=True)
class Place:
    """Where the inputs of a workbook stand.

    Attributes
    ----------
    first : int
        Column of the first month.
    rows : dict
        (scenario, position of the segment, lever, way) to the row.
    """

    first: int
    rows: dict[tuple[str, int, str, str], int]

    def cell(self, scenario: str, segment: int, lever: str, way: str, month: int) -> str:
        """Give the reference of one input."""
        row = self.rows[scenario, segment, lever, way]
        return f"{Book.reference(NAME)}{cell(row, self.first + month)}"


def place_of(pack: Pack) -> Place:
    """Say where the inputs will stand."""
    rows = {key: row for row, (key, _) in enumerate(_inputs(pack), start=HEAD + 1)}
    return Place(len(_heads(pack)), rows)


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    sheet = book.sheet(
        NAME,
        say("What each scenario assumes: the forecast's value x times + plus"),
        say(
            "Type over the shaded cells: ARR moves at once, on the sheets Model and ARR model. "
            "Grey rows act in arrcast only. `arrcast read-workbook` makes scenario files of it."
        ),
    )
    months = next(iter(pack.mechanics.values())).months
    heads = _heads(pack)
    sheet.headings(HEAD, heads, left=len(heads))
    for m, month in enumerate(months):
        sheet.month(HEAD, len(heads) + m, month, bold=True, bottom=1, align="right")
    sheet.headings(HEAD, [say(CHECK)], first=len(heads) + len(months), left=1)
    row = HEAD
    for row, (key, values) in enumerate(_inputs(pack), start=HEAD + 1):
        _row(sheet, row, pack, key, values)
    last = len(heads) + len(months) - 1
    sheet.raw.autofilter(HEAD, 0, row, len(heads) - 1)
    book.file.define_name(
        RANGE,
        f"={book.reference(NAME)}{cell(HEAD + 1, len(heads), True, True)}"
        f":{cell(row, last, True, True)}",
    )
    sheet.finish(
        freeze=(HEAD + 1, len(heads)),
        repeat=HEAD,
        printed=(row, last),
        widths=[(len(heads) - 2, 46)],
        wide=True,
    )


def _heads(pack: Pack) -> list[str]:
    return [say("Scenario"), *(pack.by or ("segment",)), say("Lever"), say("Unit"), say("Way")]


def _inputs(pack: Pack) -> Iterator[tuple[tuple[str, int, str, str], np.ndarray]]:
    """Give every row: where it belongs, and its numbers by month."""
    for name, mechanics in pack.mechanics.items():
        levers = [lever for lever in LEVERS if lever in INPUTS or mechanics.levers.touches(lever)]
        for s in range(len(mechanics.segments)):
            for lever in levers:
                found = mechanics.map(lever)
                for way, values in zip(WAYS, (found.scale[:, s], found.shift[:, s]), strict=True):
                    if way == "times" and lever in FROM_NOTHING:
                        continue
                    yield (name, s, lever, way), values


def _row(
    sheet: Sheet, row: int, pack: Pack, key: tuple[str, int, str, str], values: np.ndarray
) -> None:
    name, s, lever, way = key
    live = lever in INPUTS and not (lever == "reactivation" and way == "plus")
    mechanics: Mechanics = pack.mechanics[name]
    told = _FACTOR if way == "times" else LEVERS[lever].unit
    unit = say(told)
    texts = [name, *(mechanics.segments.keys[s] or ("total",)), lever, unit, way]
    for column, text in enumerate(texts):
        sheet.text(row, column, text, **({} if live else _STILL))
    form = "0.00##" if way == "times" or abs(values).max() < 1 else "#,##0.00"
    first, last = len(texts), len(texts) + len(values) - 1
    for column, value in enumerate(values, start=first):
        sheet.number(row, column, float(value), form, **(LOOK if live else _STILL))
    sheet.over(row, last + 1, check_of(values), **_STILL)
    if not live:
        return
    low, high = (0.0, _MOST_TIMES) if way == "times" else _bounds(lever)
    sheet.raw.data_validation(
        row, first, row, last,
        {
            "validate": "decimal", "criteria": "between", "minimum": low, "maximum": high,
            "error_title": f"{lever}, {way}",
            "error_message": say(
                "A number from {low} to {high} ({unit}).", low=_bound(low), high=_bound(high),
                unit=unit,
            )[:255],
        },
    )  # fmt: skip


def _bounds(lever: str) -> tuple[float, float]:
    found = LEVERS[lever]
    return found.lower - found.upper, found.upper - found.lower


def _bound(value: float) -> str:
    """Write a bound short, in the language of the pack where it is a plain number."""
    return f"{value:,g}" if language() == "en" or abs(value) >= 1e6 else figure(value, 0)


_FACTOR: Final = marked("factor")
_UNITS: Final = (
    marked("customers a month"),
    marked("MRR per new customer"),
    marked("share of opening a month"),
    marked("share of customers in their first three months lost a month"),
    marked("share of new customers"),
    marked("share of opening MRR a month"),
    marked("share of lapsed customers a month"),
    marked("index of existing customers' prices, 1 = today"),
    marked("index of what existing MRR is worth by exchange rates, 1 = today"),
    marked("MRR won (+) or lost (-) in the month"),
    marked("MRR a month"),
    marked("share of acquired customers a month"),
)
"""Units of levers, for the catalogues."""
