"""The amounts of a file on their way to a budget: segments, opening, and whether all is sound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pandas as pd

from history.errors import InputError
from history.money import decimals, half_even, to_decimal
from history.months import index_of, month_of, period, text
from history.segments import Segments

from .amounts import FLOWS, LOSSES, Amounts, Segment, called, refuse
from .filling import Figures
from .footing import wrong_sums
from .known import History
from .layout import Layout
from .words import NET

if TYPE_CHECKING:
    from history import Ledger

LINES: Final = ("opening", *FLOWS, "closing")

_FARTHEST: Final = 4
"""Times by which the budget's opening may lie apart from the ledger's closing."""

_FARTHEST_MOVED: Final = 100
"""Times by which its movements may lie apart from the ledger's: less than thousands are off."""

_TOLD_APART: Final = 3
"""Times from which on it is said."""


class Reading:
    """The amounts of a file on their way to a budget."""

    def __init__(
        self, label: str, found: Amounts, layout: Layout, ledger: Ledger, by: tuple[str, ...]
    ) -> None:
        self.label, self.found, self.layout, self.ledger = label, found, layout, ledger
        self.by = by
        self._narrow()
        self.keys: list[Segment] = sorted({key[2] for key in found.rows if key[2]})
        if not self.keys:
            self.by = ()
        lines = {key[0] for key in found.rows if not key[1] and key[2]}
        whole = {key[0] for key in found.rows if not key[1] and not key[2]}
        if self.keys and (whole - lines) & set(FLOWS):
            self._leave_segments(sorted((whole - lines) & set(FLOWS)))
        self.assumptions = layout.assumptions
        months = sorted({month for months in found.rows.values() for month in months})
        self.first, self.last = months[0], months[-1]
        if months != list(range(self.first, self.last + 1)):
            gone = sorted(set(range(self.first, self.last + 1)) - set(months))
            said = ", ".join(text(month) for month in gone)
            raise InputError(f"{label}: no column or row for {said}: add these months")
        blank = [text(month) for month in layout.months if not self.first <= month <= self.last]
        if blank:
            self.assumptions.append(f"{', '.join(blank)} have no amounts and are not planned")

    def _narrow(self) -> None:
        """Keep the dimensions asked for; amounts of part of them are subtotals, not used."""
        for key in list(self.found.rows):
            named = {name for name, _ in key[2]}
            wanted = tuple((name, value) for name in self.by for n, value in key[2] if n == name)
            if wanted == key[2]:
                continue
            months, cells = self.found.rows.pop(key), self.found.cells.pop(key)
            if key[2] and set(self.by) <= named and self.by:
                kept = (key[0], key[1], wanted)
                if kept in self.found.rows:
                    raise InputError(
                        f"{self.label}: {next(iter(cells.values()))} is {called(key)}, and "
                        f"{called(kept)} stands there as well: say --by"
                    )
                self.found.rows[kept], self.found.cells[kept] = months, cells
            else:
                why = f"{called(key)} is of no segment by {', '.join(self.by) or 'nothing'}"
                self.layout.unused += [(cell, "", why) for cell in cells.values()]

    def _leave_segments(self, lines: Sequence[str]) -> None:
        why = f"{', '.join(lines)} stands there for the whole company only"
        for key in [key for key in self.found.rows if key[2]]:
            cells = self.found.cells[key].values()
            self.layout.unused += [(cell, "", why) for cell in cells]
            del self.found.rows[key]
        self.keys, self.by = [], ()

    def check(self) -> None:
        """Refuse wrong sums, and levels with holes."""
        problems = wrong_sums(self.found, self.keys)
        for key, months in self.found.rows.items():
            if key[0] == "closing" and not key[1]:
                for month in sorted(set(range(self.first, self.last + 1)) - set(months)):
                    problems.append(f"{called(key)} of {text(month)} is blank")
        refuse(self.label, problems)
        if self.found.off:
            said = f"{float(self.found.off):,.2f} {self.ledger.currency}"
            self.assumptions.append(f"sums are off by up to {said} of MRR, taken as rounding")

    def figures(self, as_of: pd.Period, *, sure: bool, no_losses: bool) -> Figures:
        """Put the amounts into figures.

        Parameters
        ----------
        as_of
            The last month known.
        sure
            Whether unit and scale were told, so that no size is doubted.
        no_losses
            Whether it was told that nothing is planned to be lost.

        Raises
        ------
        InputError
            The size is another one than the ledger's, a segment of the ledger is not there, or
            no losses are.
        """
        known = History.of(self.ledger.at(as_of), self.by)
        own = self.own
        for key in own:
            if key not in known.closing:
                self.assumptions.append(f"the segment {' / '.join(key)} is new to the ledger")
        segments = Segments(self.by, tuple(sorted({*own, *known.closing})))
        openings = {key: self._opening(key) for key in own}
        self._check_size(openings, known, sure=sure)
        self._check_losses(known, told=no_losses)
        self._absent(own, known, segments)
        made = Figures(
            self.found,
            known,
            segments,
            currency=self.ledger.currency,
            as_of=index_of(as_of),
            span=(self.first, self.last),
            assumptions=self.assumptions,
        )
        made.fill(own, openings)
        self._lines()
        self._counts(made)
        return made

    @property
    def own(self) -> list[tuple[str, ...]]:
        """The segments of the file; the whole company where it has none."""
        return [tuple(value for _, value in key) for key in self.keys] or [()]

    @property
    def given(self) -> tuple[str, ...]:
        """The lines of a plan that stand in the file."""
        lines = {key[0] for key in self.found.rows if not key[1]}
        return tuple(name for name in LINES if name in lines)

    def given_in(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """Give the lines of a plan that stand in the file for one segment."""
        segment = tuple(zip(self.by, key, strict=True))
        return tuple(n for n in LINES if (n, False, segment) in self.found.rows)

    @property
    def by_segment(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] | None:
        """Segments with the lines that stand in the file for each; None where all have the same."""
        found = tuple((key, self.given_in(key)) for key in self.own)
        return found if len({lines for _, lines in found}) > 1 else None

    def _lines(self) -> None:
        """Say which movements are planned as 0, and which were assumed."""
        absent: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        levels = []
        for key in self.own:
            given = self.given_in(key)
            if not set(given) & set(FLOWS):
                levels.append(key)
            elif gone := tuple(n for n in FLOWS if n not in given and n != "fx"):
                absent.setdefault(gone, []).append(key)
        if levels:
            whole = len(levels) == len(self.own)
            of = "the file has" if whole else f"of {_named(levels)} the file has levels and"
            self.assumptions.append(
                f"{of} no movements: reactivation, expansion, contraction and churn are put at the "
                "ledger's rates of the last 12 months, new business is what remains; these lines "
                "are not scored"
            )
        for gone, keys in absent.items():
            of = "" if len(keys) == len(self.own) else f" of {_named(keys)}"
            self.assumptions.append(f"no {', no '.join(gone)}{of} in the file: planned as 0")

    def _counts(self, made: Figures) -> None:
        """Name the counts of customers that are not used."""
        for key, cells in self.found.cells.items():
            if key[1] and key[0] not in made.customers and key in self.found.rows:
                why = "customers are counted, but not for every segment of the line"
                self.layout.unused += [(cell, "", why) for cell in cells.values()]

    def as_of(self, told: str | None) -> pd.Period:
        """Give the last month known: as told, or the ledger's before the budget begins.

        Raises
        ------
        InputError
            The month told is not before the budget.
        """
        before = period(self.first - 1)
        if told is not None:
            month = month_of(told)
            if month > before:
                raise InputError(f"as_of={told}: the budget begins in {text(self.first)} already")
            return month
        if self.ledger.as_of < before:
            return self.ledger.as_of
        if self.ledger.as_of > before:
            self.assumptions.append(
                f"what was known is the ledger as of {before}, the month before the budget begins"
            )
        return before

    def _opening(self, key: tuple[str, ...]) -> Fraction | None:
        """Give the opening of the first month as the file has it, minor units."""
        segment = tuple(zip(self.by, key, strict=True))
        rows = self.found.rows
        if (start := rows.get(("opening", False, segment), {}).get(self.first)) is not None:
            return self._minor(start)
        closing = rows.get(("closing", False, segment), {}).get(self.first)
        flows = [rows[k] for line in (*FLOWS, NET) if (k := (line, False, segment)) in rows]
        if closing is None or not flows:
            return None
        lines = [rows[k] for line in FLOWS if (k := (line, False, segment)) in rows]
        moved = sum((f.get(self.first, Fraction(0)) for f in lines or flows), Fraction(0))
        return self._minor(closing - moved)

    def _minor(self, amount: Fraction) -> Fraction:
        return amount * Fraction(10 ** decimals(self.ledger.currency))

    def _check_size(
        self, openings: dict[tuple[str, ...], Fraction | None], known: History, *, sure: bool
    ) -> None:
        """Refuse a budget whose unit seems to be another one; say where it opens elsewhere."""
        closed = sum(known.closing.values())
        starts = list(openings.values())
        if any(start is None for start in starts):
            levels = [
                self._minor(months[self.first])
                for (line, heads, segment), months in self.found.rows.items()
                if line == "closing" and not heads and bool(segment) == bool(self.keys)
            ]
            start = sum(levels, Fraction(0))
        else:
            start = sum((each or Fraction(0) for each in starts), Fraction(0))
        if start and closed and not sure:
            ratio = float(start / closed)
            if not 1 / _FARTHEST <= ratio <= _FARTHEST:
                raise InputError(self._size_said(half_even(start), closed))
        if not start:
            self._check_movements(known, sure=sure)

    def _check_movements(self, known: History, *, sure: bool) -> None:
        """Lay movements without any level beside the ledger's; refuse what is thousands off."""
        moved = [
            (key[0], abs(amount))
            for key, months in self.found.rows.items()
            if key[0] in FLOWS and not key[1] and bool(key[2]) == bool(self.keys)
            for amount in months.values()
        ]
        lines = [line for line in FLOWS if line in {line for line, _ in moved}]
        planned = self._minor(sum((amount for _, amount in moved), Fraction(0)))
        monthly = planned / (self.last - self.first + 1)
        came = sum((known.monthly.get(line, Fraction(0)) for line in lines), Fraction(0))
        if not (monthly and came):
            return
        ratio = float(monthly / came)
        if 1 / _TOLD_APART <= ratio <= _TOLD_APART:
            return
        currency, measure, scale = self.ledger.currency, self.found.measure, self.found.scale
        here, there = (
            f"{to_decimal(half_even(m), currency):,} {currency}" for m in (monthly, came)
        )
        said = (
            f"{', '.join(lines)} of the budget come to {here} of MRR a month, {ratio:.2g} times "
            f"what the ledger had in its last 12 months ({there})"
        )
        if sure or 1 / _FARTHEST_MOVED < ratio < _FARTHEST_MOVED:
            self.assumptions.append(said)
            return
        likely = max(1, round(scale * 10.0 ** (-3 * round(math.log10(ratio) / 3))))
        cure = f"if they are in units of {likely:,}, say --measure {measure} --scale {likely}"
        if likely == scale:
            cure = "look at the amounts (in cents? of a year?)"
        raise InputError(
            f"{self.label}: {said}. It was read as {measure.upper()} in units of {scale:,}: {cure};"
            f" if it is right as read, say --measure {measure} --scale {scale}"
        )

    def _check_losses(self, known: History, *, told: bool) -> None:
        """Refuse movements without any losses, where the ledger has some, unless it was told."""
        given = set(self.given)
        if told or not given & set(FLOWS) or given & set(LOSSES):
            return
        lost = sum((known.monthly.get(line, Fraction(0)) for line in LOSSES), Fraction(0))
        if not lost:
            return
        rows = dict.fromkeys(
            why.partition(" is no line")[0] for _, _, why in self.layout.unused if "' is no" in why
        )
        unread = f" Rows that are not used: {', '.join(rows)}." if rows else ""
        amount = f"{to_decimal(half_even(lost), self.ledger.currency):,} {self.ledger.currency}"
        raise InputError(
            f"{self.label}: nothing is lost in this budget: it has no churn and no contraction, "
            f"and the ledger lost {amount} of MRR a month in its last 12 months.{unread} Name the "
            "rows of its losses (churn, contraction); if it is meant so, say --no-losses "
            "(no_losses=True)"
        )

    def _size_said(self, start: int, closed: int) -> str:
        currency, measure, scale = self.ledger.currency, self.found.measure, self.found.scale
        begins, there = (f"{to_decimal(each, currency):,} {currency}" for each in (start, closed))
        return (
            f"{self.label}: the budget begins at {begins} of MRR, {start / closed:.3g} times what "
            f"the ledger closed at ({there}). Is it {measure.upper()}, in units of {scale:,}? If "
            f"so, say both: --measure {measure} --scale {scale}"
        )

    def _absent(self, own: Sequence[tuple[str, ...]], known: History, segments: Segments) -> None:
        gone = [key for key in segments.keys if key not in own and known.closing.get(key)]
        if gone:
            said = ", ".join(" / ".join(key) for key in gone)
            raise InputError(
                f"{self.label}: no row for {said}, which the ledger has MRR of: add it, or import "
                "a budget of the whole company"
            )


def _named(keys: Sequence[tuple[str, ...]]) -> str:
    return ", ".join(" / ".join(key) for key in keys)
