"""Sheet Bridge: from the main scenario to each other one, change by change; the end is a sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xlsxwriter.utility import xl_rowcol_to_cell as cell

from .. import style
from ..geometry import Bar, floor_of, waterfall
from ..pack import NotShownError, Pack
from .base import Book, Sheet, dress_chart, line_chart, safe

if TYPE_CHECKING:
    from scenarios import Bridge

NAME: Final = "Bridge"
_ROWS_OF_CHART: Final = 20
_CHART_AT: Final = 4
PARTS_AT: Final = 18
"""Column from which on stands what the charts draw."""


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    names = pack.comparison.scenarios[1:]
    if not names:
        raise NotShownError("there is one scenario, so nothing to bridge to")
    sheet = book.sheet(
        NAME, f"ARR at {pack.at}: from {pack.against} to each scenario, {book.currency}",
        "Means over all paths. Each change is run alone; interaction is what they do together. "
        "What the charts draw stands at the right of them.",
    )  # fmt: skip
    row = 3
    for name in names:
        row = write_bridge(sheet, row, pack.comparison.bridge(name, pack.at), chart=True)
    sheet.finish(freeze=(3, 0), widths=[(0, 44), (1, 18), (2, 50)], printed=(row, PARTS_AT - 2))


def write_bridge(sheet: Sheet, row: int, way: Bridge, *, chart: bool) -> int:
    """Write one bridge at a row, its end a formula; give the first row after it."""
    form = sheet.book.money
    sheet.over(row, 0, way.title, bold=True, font_size=12)
    sheet.headings(row + 1, ["Step", f"{way.unit}", "Because"], left=1)
    first = row + 2
    sheet.over(first, 0, way.start_label, bold=True)
    sheet.number(first, 1, way.start, form, bold=True)
    at = first + 1
    for step in way.steps:
        sheet.over(at, 0, step.label)
        sheet.number(at, 1, step.amount, form)
        sheet.over(at, 2, step.because or "", font_color=style.MUTED)
        at += 1
    sheet.over(at, 0, way.end_label, bold=True, top=1)
    sheet.formula(
        at, 1, f"=SUM({cell(first, 1)}:{cell(at - 1, 1)})", way.end, form, bold=True, top=1
    )
    if not chart:
        return at + 2
    _draw(sheet, row, first, at, way)
    return max(at + 2, row + _ROWS_OF_CHART + 1)


def _draw(sheet: Sheet, row: int, first: int, last: int, way: Bridge) -> None:
    bars = waterfall(
        (way.start_label, way.start),
        [(step.label, step.amount) for step in way.steps],
        (way.end_label, way.end),
    )
    head = ["Chart: bar", "hidden", "level", "rise", "fall"]
    sheet.headings(row + 1, head, first=PARTS_AT, left=1)
    for place, bar in enumerate(bars, start=first):
        sheet.over(place, PARTS_AT, safe(bar.label)[:28], font_color=style.MUTED)
        for column, value in enumerate(_parts(bar), start=PARTS_AT + 1):
            sheet.number(place, column, value, sheet.book.whole, font_color=style.MUTED)
    chart = line_chart(sheet.book, "column", subtype="stacked")
    looks = (None, style.TOTAL, style.RISE, style.FALL)
    for column, colour in enumerate(looks, start=PARTS_AT + 1):
        fill: dict[str, object] = {"none": True} if colour is None else {"color": colour}
        series = {
            "name": head[column - PARTS_AT],
            "categories": [sheet.name, first, PARTS_AT, last, PARTS_AT],
            "values": [sheet.name, first, column, last, column],
            "fill": fill, "border": {"none": True}, "gap": 45,
        }  # fmt: skip
        if colour == style.FALL:
            series["pattern"] = {
                "pattern": "light_upward_diagonal",
                "fg_color": style.PAPER,
                "bg_color": colour,
            }
            del series["fill"]
        chart.add_series(series)
    dress_chart(
        chart, [sheet.name, row, 0], sheet.book.axis, dates=False, low=floor_of(bars) or None
    )
    chart.set_legend({"none": True})
    chart.set_size({"width": 760, "height": 370})
    sheet.raw.insert_chart(row, _CHART_AT, chart)


def _parts(bar: Bar) -> tuple[float, float, float, float]:
    hidden, above, below = bar.parts()
    height = above + below
    return (
        hidden,
        height if bar.kind == "total" else 0.0,
        height if bar.kind == "rise" else 0.0,
        height if bar.kind == "fall" else 0.0,
    )
