"""Sheet Plan and actuals: both sides of a plan by segment and month, the variance in formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from history.language import marked, say

from .. import style
from ..pack import NotShownError, Pack
from .assumptions import LOOK
from .base import COUNT, RATE, Book, Sheet
from .mechanics import segment_label
from .plan_formulas import Formulas
from .plan_grid import COUNTS, FIRST, HEAD, NAME, Grid, Part
from .plan_words import label_of, unit_of, what_of

__all__ = ["NAME", "write"]


def write(book: Book, pack: Pack) -> None:
    """Write the sheet."""
    if pack.variance is None:
        raise NotShownError(say("no plan was given"))
    grid = Grid(pack.variance)
    sheet = book.sheet(
        NAME,
        say(
            "Plan '{plan}' and actuals by segment and month, MRR in {currency}",
            plan=pack.variance.plan.name,
            currency=book.currency,
        ),
        say(
            "Type over the shaded cells: variance, its parts and the sheet Variance follow at "
            "once. The plan is sealed and stays as it is."
        ),
    )
    sheet.headings(HEAD, [say(head) for head in _HEADS], left=FIRST)
    for m, month in enumerate(pack.variance.months):
        sheet.month(HEAD, FIRST + m, month, bold=True, bottom=1, align="right")
    spans = [say("Year to date"), say("Since the plan began")]
    sheet.headings(HEAD, spans, first=FIRST + grid.months, left=0)
    for block in range(grid.company + 1):
        _Block(sheet, Formulas(grid, block)).write()
    sheet.finish(
        freeze=(HEAD + 1, FIRST),
        repeat=HEAD,
        printed=(grid.last, grid.columns - 1),
        widths=[(1, 44), (2, 12), (3, 20)],
        wide=True,
    )


_HEADS: Final = (marked("Segment"), marked("Line"), marked("Unit"), marked("What it is"))


@dataclass(frozen=True)
class _Block:
    """One segment, or the company, which is the sum of the segments."""

    sheet: Sheet
    formulas: Formulas

    def write(self) -> None:
        """Write all rows."""
        grid, block, whole = self.formulas.grid, self.formulas.block, self.formulas.whole
        label = say("total") if whole else segment_label(grid.variance.segments, block)
        parts = grid.parts[whole]
        head = grid.row(block, next(iter(parts))) - 1
        self.sheet.text(head, 0, say("Company") if whole else label, bold=True, font_size=12)
        for part in parts:
            self._heads(part, label)
            typed = [self._cell(part, column) for column in range(grid.months + 2)]
            if not whole and part[0] == "actual" and any(typed):
                self._validate(part, FIRST, FIRST + typed.count(True) - 1)

    def _heads(self, part: Part, label: str) -> None:
        row = self.formulas.row(part)
        texts = (label, label_of(part), unit_of(part, self.sheet.book.currency), what_of(part))
        for column, text in enumerate(texts):
            self.sheet.text(row, column, text, **_look(part))

    def _cell(self, part: Part, column: int) -> bool:
        """Write a cell; tell whether it is a number."""
        side, what, _ = part
        formulas, row = self.formulas, self.formulas.row(part)
        value = float(formulas.grid.figures[part][column, formulas.block])
        form = self.sheet.book.money
        if what in COUNTS:
            value, form = round(value, _COUNTED), COUNT if side == "actual" else _SOME
        elif what in ("rate", "share"):
            form = RATE
        text = formulas.of(part, column)
        if text is not None:
            self.sheet.formula(row, FIRST + column, text, value, form, **_look(part))
            return False
        look = LOOK if side == "actual" else _look(part)
        self.sheet.number(row, FIRST + column, value, form, **look)
        return True

    def _validate(self, part: Part, first: int, last: int) -> None:
        """Let actual cells take numbers only."""
        row = self.formulas.row(part)
        self.sheet.raw.data_validation(
            row, first, row, last,
            {
                "validate": "decimal", "criteria": "between", "minimum": -_MOST, "maximum": _MOST,
                "error_title": label_of(part)[:_TITLE],
                "error_message": say("Give a number."),
            },
        )  # fmt: skip


_COUNTED: Final = 6
"""Decimals in which a plan keeps numbers of customers."""

_TITLE: Final = 32
_SOME: Final = "#,##0.00_);(#,##0.00);0.00_)"
_MOST: Final = 1e15


def _look(part: Part) -> dict[str, Any]:
    side, what, detail = part
    if what == "line":
        bold: dict[str, Any] = {"bold": True} if detail in ("opening", "closing") else {}
        return {**bold, "top": 1} if detail == "closing" else bold
    return {} if side == "driver" else {"font_color": style.MUTED}
