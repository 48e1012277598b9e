"""Filling: whole minor units by line, month and segment, so that they add up."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from history.money import decimals, half_even, to_decimal
from history.months import text
from history.segments import Segments
from history.wording import counted

from .amounts import FLOWS, Amounts
from .known import History
from .words import NET


class Figures:
    """Whole minor units by line, month and segment.

    Parameters
    ----------
    found
        The amounts of the file; their keys name segments by `by`.
    known
        The ledger as known at `as_of` (index of a month).
    segments
        Those of the file and of the ledger.
    first, last
        Indices of the file's months.
    assumptions
        Gets what is assumed.
    """

    def __init__(
        self,
        found: Amounts,
        known: History,
        segments: Segments,
        *,
        currency: str,
        as_of: int,
        span: tuple[int, int],
        assumptions: list[str],
    ) -> None:
        self.found, self.known, self.segments, self.as_of = found, known, segments, as_of
        self.currency, self.by, self.assumptions = currency, segments.by, assumptions
        self.first, self.last = span
        self.opening: dict[int, int] = {}
        self.flows: dict[str, dict[tuple[int, int], int]] = {line: {} for line in FLOWS}
        self.customers: dict[str, dict[tuple[int, int], float]] = {}
        self._beyond: dict[int, dict[int, int]] = {}

    def fill(
        self,
        own: Sequence[tuple[str, ...]],
        openings: dict[tuple[str, ...], Fraction | None],
    ) -> None:
        """Fill every month of every segment of the file, and the months before it."""
        told = []
        for place, key in enumerate(self.segments.keys):
            closed = self.known.closing.get(key, 0)
            self.opening[place] = closed
            if key not in own:
                continue
            start = openings[key]
            begins = closed if start is None else half_even(start)
            if self.first > self.as_of + 1:
                self._gap(place, closed, begins)
            else:
                self.opening[place] = begins
            if begins != closed:
                told.append((key, begins, closed))
            self._months(place, key, begins, start)
        self._tell(told)
        self._tell_beyond()
        self._count(own)

    def _tell(self, told: Sequence[tuple[tuple[str, ...], int, int]]) -> None:
        currency = self.currency
        if self.first > self.as_of + 1:
            self.assumptions.append(
                f"{text(self.as_of + 1)} to {text(self.first - 1)} are not in the file: they lead "
                f"evenly from the ledger's closing to the budget's opening"
            )
        for key, begins, closed in told:
            where = f" of {' / '.join(key)}" if key else ""
            self.assumptions.append(
                f"the budget{where} opens at {to_decimal(begins, currency):,}, the ledger closed "
                f"{text(self.as_of)} at {to_decimal(closed, currency):,}"
            )
        if not told and not any(k[0] == "opening" for k in self.found.rows):
            self.assumptions.append(f"it opens as the ledger closed {text(self.as_of)}")

    def _gap(self, place: int, closed: int, begins: int) -> None:
        months = range(self.as_of + 1, self.first)
        level = closed
        for done, month in enumerate(months, start=1):
            target = half_even(closed + Fraction(done * (begins - closed), len(months)))
            self._put(month, place, self._split(month, place, level, target - level))
            level = target

    def _months(
        self, place: int, key: tuple[str, ...], begins: int, exact: Fraction | None
    ) -> None:
        segment = tuple(zip(self.by, key, strict=True))
        rows = self.found.rows
        flows = {line: rows[k] for line in FLOWS if (k := (line, False, segment)) in rows}
        closing = rows.get(("closing", False, segment), {})
        net = rows.get((NET, False, segment), {})
        level, running = begins, Fraction(begins) if exact is None else exact
        sums = dict.fromkeys(flows, Fraction(0))
        for month in range(self.first, self.last + 1):
            if flows:
                moved = {}
                for line, months in flows.items():
                    before = half_even(sums[line])
                    sums[line] += self._minor(months.get(month, Fraction(0)))
                    moved[line] = half_even(sums[line]) - before
            else:
                if month in closing:
                    running = self._minor(closing[month])
                else:
                    running += self._minor(net.get(month, Fraction(0)))
                moved = self._split(month, place, level, half_even(running) - level)
            self._put(month, place, moved)
            level += sum(moved.values())

    def _split(self, month: int, place: int, level: int, net: int) -> dict[str, int]:
        """Split what a level moves, and keep what rates and new business cannot make of it."""
        key = self.segments.keys[place]
        if (left := net - sum(self.known.at_rates(key, level).values())) < 0:
            self._beyond.setdefault(place, {})[month] = left
        return self.known.split(key, level, net)

    def _tell_beyond(self) -> None:
        for place, months in self._beyond.items():
            where = f" of {self.segments.labels[place]}" if self.by else ""
            amount = to_decimal(-sum(months.values()), self.currency)
            first, last = text(min(months)), text(max(months))
            when = f"in {first}" if len(months) == 1 else f"{first} to {last}"
            self.assumptions.append(
                f"the level{where} falls by more than the ledger's rates make of it in "
                f"{counted(len(months), 'month')} ({when}): {amount:,} {self.currency} of MRR "
                "beyond them are put into churn, and no new business is planned there"
            )

    def _put(self, month: int, place: int, moved: dict[str, int]) -> None:
        for line, amount in moved.items():
            if amount:
                self.flows[line][month, place] = amount

    def _count(self, own: Sequence[tuple[str, ...]]) -> None:
        """Take counts of customers where every segment of the file has them."""
        for line in ("opening", "new", "reactivation", "churn", "closing"):
            keys = [(line, True, tuple(zip(self.by, key, strict=True))) for key in own]
            if all(key in self.found.rows for key in keys):
                self.customers[line] = {
                    (month, self.segments.keys.index(own[i])): float(abs(count))
                    for i, key in enumerate(keys)
                    for month, count in self.found.rows[key].items()
                }

    def _minor(self, amount: Fraction) -> Fraction:
        return amount * Fraction(10 ** decimals(self.currency))
