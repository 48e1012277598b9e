"""Sheet Variance: plan and actuals by month, line and segment, with sums as formulas."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import xl_rowcol_to_cell as cell

from .. import style
from ..digest.plan import LINE_LABELS
from ..pack import NotShownError, Pack
from .base import PERCENT, Book, Sheet
from .bridge import PARTS_AT, write_bridge

if TYPE_CHECKING:
    from scenarios import Variance

NAME: Final = "Variance"


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    variance = pack.variance
    if variance is None:
        raise NotShownError("no plan was given")
    plan = variance.plan
    sheet = book.sheet(
        NAME, f"Plan '{plan.name}' and actuals, MRR in {variance.currency}",
        "Opening + restatement + movements = closing; variance = actual - plan. "
        "Reading: inside the plan's 80 % band a difference is noise.",
    )  # fmt: skip
    row = write_bridge(sheet, 3, variance.bridge(variance.months[-1], measure="arr"), chart=True)
    row = _notes(sheet, variance, row)
    row = _lines(sheet, row, variance, by_segment=False)
    if variance.segments.by:
        row = _lines(sheet, row + 1, variance, by_segment=True)
    sheet.finish(widths=[(0, 30)], printed=(row, PARTS_AT - 2))


def _notes(sheet: Sheet, variance: Variance, row: int) -> int:
    for text in variance.sentences(variance.months[-1]):
        sheet.over(row, 0, text)
        row += 1
    return row + 1


def _lines(sheet: Sheet, row: int, variance: Variance, *, by_segment: bool) -> int:
    by = list(variance.segments.by) if by_segment else []
    table = variance.table(by_segment=by_segment)
    if by:
        table = table[~(table[by] == "total").all(axis=1)]
    title = f"By month and {', '.join(by)}" if by else "By month, whole company"
    sheet.over(row, 0, title, bold=True, font_size=12)
    names = ["Month", *by, "Line", "Plan", "Actual", "Variance", "Of plan", "Percentile", "Reading"]
    sheet.headings(row + 1, names, left=2 + len(by))
    at = first = row + 2
    for record in table.to_dict("records"):
        if record["line"] == "opening":
            first = at
        _line(sheet, at, first, by, record)
        at += 1
    return at + 1


def _line(sheet: Sheet, row: int, first: int, by: list[str], record: dict[Hashable, Any]) -> None:
    form, column = sheet.book.money, 1 + len(by)
    total = record["line"] in ("opening", "closing")
    look: dict[str, object] = {"bold": total}
    if record["line"] == "closing":
        look["bottom"] = 4
    sheet.month(row, 0, record["month"], **look)
    for place, dimension in enumerate(by, start=1):
        sheet.text(row, place, record[dimension], **look)
    sheet.text(row, column, LINE_LABELS[str(record["line"])], **look)
    for place, name in ((column + 1, "plan"), (column + 2, "actual")):
        value = float(record[name])
        if record["line"] == "closing":
            text = f"=SUM({cell(first, place)}:{cell(row - 1, place)})"
            sheet.formula(row, place, text, value, form, **look)
        else:
            sheet.number(row, place, value, form, **look)
    text = f"={cell(row, column + 2)}-{cell(row, column + 1)}"
    sheet.formula(row, column + 3, text, float(record["variance"]), form, **look)
    sheet.number(row, column + 4, float(record["variance_share"]), PERCENT, **look)
    sheet.number(row, column + 5, float(record["percentile"]), "0", **look)
    sheet.text(row, column + 6, record["reading"] or "", **{**look, "font_color": style.MUTED})
