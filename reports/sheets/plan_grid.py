"""Where plan and actuals stand on their sheet, and what arrcast has computed of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from xlsxwriter.utility import xl_col_to_name as letters

from history.language import marked
from history.money import to_major
from scenarios.variance.lines import LEVELS, VARIANCE_LINES

from .base import Book

if TYPE_CHECKING:
    from scenarios import Variance
    from scenarios.variance.books import Books

Floats = NDArray[np.float64]
Part = tuple[str, str, str]
"""A row of a block: side (plan, actual, variance, driver), what, and what of it."""

NAME: Final = marked("Plan and actuals")
HEAD: Final = 3
FIRST: Final = 4
"""Column of the first month."""

SIDES: Final = ("plan", "actual")
COUNTS: Final = ("customers", "won", "lost")
"""Numbers of customers: at the opening, new ones, those who left."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Where everything stands: a block for the company and one a segment, months side by side.

    Attributes
    ----------
    variance : Variance
    """

    variance: Variance

    @cached_property
    def months(self) -> int:
        """Number of months; behind them stand the year to date and all since the plan began."""
        return len(self.variance.months)

    @cached_property
    def columns(self) -> int:
        """Number of columns."""
        return FIRST + self.months + 2

    @cached_property
    def company(self) -> int:
        """Position of the company's block, behind those of the segments."""
        return len(self.variance.segments)

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Reasons of churn; one blank where none are told apart."""
        return self.variance.reasons

    @cached_property
    def counted(self) -> frozenset[str]:
        """Which numbers of customers either side has."""
        books = self.variance.planned, self.variance.actual
        return frozenset(
            name for name in COUNTS if any(np.isfinite(getattr(side, name)).any() for side in books)
        )

    @cached_property
    def parts(self) -> dict[bool, dict[Part, int]]:
        """Rows of a block by part, from 0: of the company's (True) and of a segment's."""
        return {
            whole: {part: place for place, part in enumerate(self._parts(whole))}
            for whole in (True, False)
        }

    def _parts(self, whole: bool) -> Iterator[Part]:
        for side in SIDES:
            yield from ((side, "line", line) for line in VARIANCE_LINES)
            yield from ((side, *part) for part in self._behind_parts(whole))
        yield from (("variance", "line", line) for line in VARIANCE_LINES)
        yield from (("driver", *each) for each in self.drivers if whole or each[1] != "mix")
        yield "check", "", ""
        if whole:
            yield "check", "typed", ""

    def _behind_parts(self, whole: bool) -> Iterator[tuple[str, str]]:
        """Give what stands behind the lines of a side: numbers of customers, churn by reason."""
        counted, apart = self.counted, self.reasons != ("",)
        yield from ((name, "") for name in ("customers", "won") if name in counted)
        yield from (("churn", reason) for reason in self.reasons if apart)
        yield from (("lost", reason) for reason in self.reasons if "lost" in counted)
        if "won" in counted:
            yield "each", ""
        yield from (("rate", line) for line in ("expansion", "contraction"))
        yield from (("rate", reason or "churn") for reason in self.reasons)
        if not whole and {"lost", "customers"} <= counted:
            yield from (("share", reason) for reason in self.reasons)

    @cached_property
    def drivers(self) -> tuple[tuple[str, str], ...]:
        """Drivers of the movements, rounding last."""
        return self.variance.cells.drivers[len(LEVELS) :]

    def row(self, block: int, part: Part) -> int:
        """Give the row of a part."""
        if block == self.company:
            return HEAD + 2 + self.parts[True][part]
        of_company, of_segment = self._heights
        return HEAD + 2 + of_company + block * of_segment + self.parts[False][part]

    @cached_property
    def _heights(self) -> tuple[int, int]:
        return len(self.parts[True]) + 2, len(self.parts[False]) + 2

    @property
    def last(self) -> int:
        """The last row."""
        return self.row(self.company - 1, ("check", "", ""))

    def at(self, block: int, part: Part, column: int) -> str:
        """Give the cell of a part in a month, or behind them in a sum over months."""
        return f"{letters(FIRST + column)}{self.row(block, part) + 1}"

    def reference(self, book: Book, block: int, part: Part, column: int) -> str:
        """Give the same as a formula of another sheet writes it."""
        return book.reference(NAME) + self.at(block, part, column)

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """First and last month of each column: the months, the year to date, all."""
        found = [(m, m) for m in range(self.months)]
        (year,) = self.variance.spans("year_to_date", self.variance.months[-1])
        return [*found, (year.first, year.last), (0, self.months - 1)]

    @cached_property
    def figures(self) -> dict[Part, Floats]:
        """What arrcast has computed of every part, (columns, segments and the company)."""
        return dict(self._figures())

    def _figures(self) -> Iterator[tuple[Part, Floats]]:
        variance, currency = self.variance, self.variance.currency
        spans = [*variance.spans("month"), *variance.spans("year_to_date")[-1:]]
        spans += variance.spans("to_date")[-1:]
        lines = [
            np.asarray(to_major(np.stack(variance.cells.lines(span)), currency)) for span in spans
        ]
        sides = dict(zip(SIDES, np.stack(lines, axis=1), strict=True))
        for side, amounts in sides.items():
            for i, line in enumerate(VARIANCE_LINES):
                yield (side, "line", line), amounts[:, i]
            books = variance.planned if side == "plan" else variance.actual
            yield from self._behind(side, books, amounts)
        for i, line in enumerate(VARIANCE_LINES):
            yield ("variance", "line", line), sides["actual"][:, i] - sides["plan"][:, i]
        parts = np.stack([to_major(variance.cells.explained(span), currency) for span in spans])
        for i, (line, part) in enumerate(self.drivers, start=len(LEVELS)):
            yield ("driver", line, part), parts[:, i]
        for name in ("", "typed"):
            yield ("check", name, ""), np.zeros(parts[:, 0].shape)

    def _behind(self, side: str, books: Books, lines: Floats) -> Iterator[tuple[Part, Floats]]:
        """Give numbers of customers, churn by reason, and what follows from them."""
        customers = self._spread(books.customers, first=True)
        won = self._spread(books.won)
        yield (side, "customers", ""), customers
        yield (side, "won", ""), won
        amounts = dict(zip(VARIANCE_LINES, lines.transpose(1, 0, 2), strict=True))
        base = amounts["opening"] + amounts["restatement"]
        yield (side, "each", ""), _ratio(amounts["new"], won)
        for line in ("expansion", "contraction"):
            yield (side, "rate", line), _ratio(amounts[line], base)
        for r, reason in enumerate(self.reasons):
            churn = self._spread(np.asarray(to_major(books.churn[:, r], self.variance.currency)))
            lost = self._spread(books.lost[:, r])
            yield (side, "churn", reason), churn
            yield (side, "lost", reason), lost
            yield (side, "rate", reason or "churn"), _ratio(churn, base)
            yield (side, "share", reason), _ratio(lost, customers)

    def _spread(self, monthly: Floats, *, first: bool = False) -> Floats:
        """Give months and spans of (months, segments) with the company; of a level the first."""
        whole = np.concatenate([monthly, np.nansum(monthly, axis=1, keepdims=True)], axis=1)
        rows = [whole[a] if first else whole[a : b + 1].sum(axis=0) for a, b in self.spans]
        return np.stack(rows)

    def known(self, month: int, segment: int, reason: int) -> bool:
        """Tell whether both sides count who was there and who left."""
        return all(
            np.isfinite(side.customers[month, segment])
            and np.isfinite(side.lost[month, reason, segment])
            for side in (self.variance.planned, self.variance.actual)
        )


def _ratio(part: Floats, whole: Floats) -> Floats:
    found = np.zeros(whole.shape)
    np.divide(part, whole, out=found, where=whole > 0)
    return found
