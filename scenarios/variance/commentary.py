"""Commentary: what a controller would say of a period, each sentence with its line and number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..plans.figures import Ints
from ..plans.verification import known_closing, opening_of
from .bands import bands_of
from .lines import ACTUAL_MOVEMENTS, NET, VARIANCE_LINES, Driver
from .places import place_of
from .signals import FALSE_ALARMS, Signal, amount_of, signals_of
from .spans import Span
from .timing import timing_of
from .words import Sentence, judged, money, of_whole

if TYPE_CHECKING:
    from .variance import Variance

NAMES: Final = {
    NET: "Net new MRR",
    "new": "New business",
    "reactivation": "Reactivation",
    "expansion": "Expansion",
    "contraction": "Contraction",
    "churn": "Churn",
    "closing": "Closing MRR",
}
_LOSSES: Final = ("contraction", "churn")
_MOST: Final = 3  # drivers, segments or deals told
_LEAST: Final = 0.1  # of the period's variances, all without sign, to be worth a sentence


def commentary(variance: Variance, span: Span) -> tuple[Sentence, ...]:
    """Say what became of the plan in a period.

    Returns
    -------
    tuple of Sentence
        The closing and net new MRR first, then the largest drivers with their segment, each
        movement with its place, how many lie outside the band, restatement, definitions and rates,
        runs and drifts, timing, and deals that have not come. Nothing is said of what does not
        differ.
    """
    told = _Told(variance, span)
    return (
        *told.whole(),
        *told.drivers(),
        *told.movements(),
        *told.bands(),
        *told.levels(),
        *told.signals(),
        *told.timing(),
        *told.deals(),
    )


@dataclass(frozen=True, eq=False)
class _Told:
    variance: Variance
    span: Span

    @property
    def _missed(self) -> dict[str, tuple[int, int]]:
        """Plan and variance of the company by line, and of all movements together."""
        plan, actual = (side[:, -1].tolist() for side in self.variance.cells.lines(self.span))
        found = {
            name: (then, now - then)
            for name, then, now in zip(VARIANCE_LINES, plan, actual, strict=True)
        }
        net = [found[name] for name in ACTUAL_MOVEMENTS]
        found[NET] = sum(then for then, _ in net), sum(gap for _, gap in net)
        return found

    def whole(self) -> Iterator[Sentence]:
        for line in ("closing", NET):
            if self._missed[line][1]:
                yield self._line(line)

    def movements(self) -> Iterator[Sentence]:
        names = [name for name in ACTUAL_MOVEMENTS if name != "fx" and self._missed[name][1]]
        for name in sorted(names, key=lambda name: -abs(self._missed[name][1])):
            yield self._line(name)

    def _line(self, line: str) -> Sentence:
        plan, gap = self._missed[line]
        share = f" ({of_whole(abs(gap), abs(plan))})" if plan else ""
        amount = f"{self._money(abs(gap))}{share}"
        if line in _LOSSES:
            side = f"took {amount} {'more' if gap < 0 else 'less'} than planned"
        else:
            side = f"is {amount} {'above' if gap > 0 else 'below'} plan"
        said = f"{NAMES[line]} {side} in {self.span.label}{self._place(line)}."
        return self._sentence(said, (line, ""), gap)

    def drivers(self) -> Iterator[Sentence]:
        """Name the largest of what made net new MRR differ, each with the segment that has most."""
        cells = self.variance.cells
        made = cells.explained(self.span)
        rows = [
            (driver, made[i]) for i, driver in enumerate(cells.drivers) if driver[1] and made[i, -1]
        ]
        every = sum(abs(int(row[-1])) for _, row in rows)
        ranked = sorted(rows, key=lambda row: -abs(int(row[1][-1])))[:_MOST]
        for driver, row in ranked:
            if abs(int(row[-1])) >= _LEAST * every:
                yield self._driver(driver, [int(amount) for amount in row])

    def _driver(self, driver: Driver, amounts: list[int]) -> Sentence:
        whole, net = amounts[-1], self._missed[NET][1]
        said = f"{self._what(driver)}: {self._money(whole, signed=True)}"
        if whole * net > 0 and abs(whole) <= abs(net):
            said += f", {of_whole(whole, net)} of the difference in net new MRR"
        if self.variance.segments.by and driver[1] != "mix":
            column = max(
                range(len(amounts) - 1), key=lambda i: amounts[i] * (1 if whole > 0 else -1)
            )
            if amounts[column] * whole > 0:
                label = self.variance.segments.labels[column]
                said += f"; {label} has {self._money(amounts[column], signed=True)}"
        return self._sentence(f"{said}.", driver, whole)

    def _what(self, driver: Driver) -> str:
        """Name a driver with the figures behind it."""
        line, part = driver
        plan, actual, unit = self.variance.measures(self.span).of(driver)
        then, now = float(plan[-1]), float(actual[-1])
        if part == "volume":
            return f"New customers: {now:,.0f} instead of {then:,.1f}"
        if part == "mix":
            where = "new customers" if line == "new" else f"the base ({line})"
            return f"Another mix of {where} over segments"
        if part == "price":
            return f"New customers pay {'more' if self._gains(driver) else 'less'} than planned"
        if part == "exposure":
            size = f"{now:,.0f} {unit} instead of {then:,.0f}"
            return f"{NAMES[line]} of another opening MRR ({size})"
        reason, _, kind = part.rpartition(" ")
        name = f"{reason} {line}".strip().capitalize()
        if kind == "size":
            return f"{name}: the lost pay {now:.2f} x the average instead of {then:.2f} x"
        rates = f"{100 * now:.2f} % a month instead of {100 * then:.2f} %"
        return f"{name} of {rates} ({100 * (now - then):+.2f} pp)"

    def _gains(self, driver: Driver) -> bool:
        cells = self.variance.cells
        return int(cells.explained(self.span)[cells.drivers.index(driver), -1]) > 0

    def levels(self) -> Iterator[Sentence]:
        missed = self._missed
        if gap := missed["restatement"][1]:
            sealed = self.variance.plan
            apart = int((opening_of(sealed) - known_closing(sealed)).sum())
            if moved := gap + apart:
                amount = self._money(moved, signed=True)
                said = f"The past was restated by {amount} of MRR since the sealing."
                yield self._sentence(said, ("restatement", ""), moved)
            if apart:
                amount = self._money(apart, signed=True)
                said = f"The plan opens {amount} from where the ledger had closed."
                yield self._sentence(said, ("restatement", ""), -apart)
        if gap := missed["policy"][1]:
            amount = self._money(gap, signed=True)
            said = f"Other definitions than the plan's make {amount} of the closing."
            yield self._sentence(said, ("policy", ""), gap)
        plan, gap = missed["fx"]
        if gap:
            side = f"{self._money(plan, signed=True)} is planned" if plan else "none is planned"
            amount = self._money(plan + gap, signed=True)
            said = f"Exchange rates moved MRR by {amount} in {self.span.label}; {side}."
            yield self._sentence(said, ("fx", ""), gap)

    def signals(self) -> Iterator[Sentence]:
        variance = self.variance
        if self.span.last != variance.closed - 1:
            return
        for found in signals_of(variance, by_segment=False):
            if not found.flagged:
                continue
            amount = amount_of(variance, found)
            how = "in a row" if found.rule == "run" else "taken together"
            side = f"is {found.side} plan"
            if found.line in _LOSSES:  # signed: above is less lost
                side = f"was {'lower' if found.side == 'above' else 'higher'} than planned"
            said = (
                f"{NAMES.get(found.line, found.line)} {side} {found.months} months "
                f"{how} ({self._money(amount, signed=True)}): {self._rarity(found)}."
            )
            yield self._sentence(said, (found.line, ""), amount, "signals")

    def _rarity(self, found: Signal) -> str:
        if self.variance.plan.manifest.paths_kept:
            does = of_whole(found.chance, 1)
            whole = of_whole(found.together, 1)
            return f"{does} of the plan's paths do so, {whole} do anything as rare in any line"
        whole = of_whole(found.together, 1)
        return f"by luck at most {whole} of the plans that are right do so in any line"

    def bands(self) -> Iterator[Sentence]:
        """Say how many movements lie outside the band, beside how many do by luck."""
        found = bands_of(self.variance, self.span)
        if found is None or not found.outside:
            return
        many = found.chance <= FALSE_ALARMS
        said = (
            f"Movements outside the 80 % band: {len(found.outside)} of {found.lines}, where "
            f"{found.expected:.1f} is to be expected; {of_whole(found.chance, 1)} of the plan's "
            f"paths have as many, so {'this is more than luck' if many else 'it may be luck'}."
        )
        amount = sum(self._missed[name][1] for name in found.outside)
        yield self._sentence(said, (NET, ""), amount, "bands")

    def timing(self) -> Iterator[Sentence]:
        variance = self.variance
        if self.span.last != variance.closed - 1:
            return
        found = timing_of(variance)
        for part, said in (
            ("open", "is not made up yet, and may still be in time"),
            ("permanent", "was not made up in time"),
        ):
            short = np.minimum(getattr(found, part), 0)
            if amount := int(short.sum()):
                text = (
                    f"{self._money(-amount)} of new business that was planned {said} "
                    f"(window of {found.window} months){self._whose(short)}"
                )
                claims = f". {found}" if part == "permanent" else ""
                yield self._sentence(f"{text}{claims}.", ("new", ""), amount, "timing")

    def _whose(self, short: Ints) -> str:
        """Name the segments of shortfalls (months, segments), and the deals of these months."""
        variance = self.variance
        said = ""
        if variance.segments.by:
            sums = short.sum(axis=0)
            most = [int(i) for i in np.argsort(sums, kind="stable") if sums[i] < 0]
            each = [f"{variance.segments.labels[i]} {self._money(int(-sums[i]))}" for i in most]
            said = f": {_some(each)}"
        months = variance.months[np.flatnonzero((short < 0).any(axis=1))]
        slipped = [
            f"{deal.name} ({deal.month})"
            for deal in variance.deals
            if deal.actual is None and deal.month in months
        ]
        return f"{said}; by name {_some(slipped)}" if slipped else said

    def deals(self) -> Iterator[Sentence]:
        last = self.variance.months[self.span.last]
        due = [deal for deal in self.variance.deals if deal.month <= last]
        missing = [deal for deal in due if deal.actual is None]
        if not missing:
            return
        amount = -sum(deal.planned for deal in missing)
        net = self._missed[NET][1]
        share = f" ({of_whole(amount, net)} of the difference)" if net <= amount < 0 else ""
        said = (
            f"Of the deals that the plan names by {last}, {len(missing)} of {len(due)} pay nothing "
            f"yet: {_some([deal.name for deal in missing])}, worth {self._money(-amount)} of MRR "
            f"at their chance{share}."
        )
        yield self._sentence(said, ("new", ""), amount, "deals")

    def _place(self, line: str) -> str:
        found = judged(float(place_of(self.variance, self.span, line)[-1]))
        redefined = found and line == "closing" and self._missed["policy"][1]
        return f"{found} (by the plan's definitions)" if redefined else found

    def _money(self, minor: int, *, signed: bool = False) -> str:
        return money(minor, self.variance.currency, signed=signed)

    def _sentence(
        self, text: str, driver: Driver, amount: int, source: str = "drivers"
    ) -> Sentence:
        company = self.variance.key(len(self.variance.segments))
        return Sentence(text, *driver, company, amount, source)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
