"""Commentary: what a controller would say of a period, each sentence with its line and number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from history.language import figure, marked, month_told, say

from ..plans.figures import Ints
from ..plans.verification import known_closing, opening_of
from .bands import bands_of
from .lines import ACTUAL_MOVEMENTS, NET, VARIANCE_LINES, Driver
from .places import place_of
from .signals import FALSE_ALARMS, Signal, amount_of, signals_of
from .spans import Span
from .timing import timing_of
from .words import Sentence, judged, money, of_whole, percent

if TYPE_CHECKING:
    from .variance import Variance

NAMES: Final = {
    NET: marked("Net new MRR"),
    "new": marked("New business"),
    "reactivation": marked("Reactivation"),
    "expansion": marked("Expansion"),
    "contraction": marked("Contraction"),
    "churn": marked("Churn"),
    "closing": marked("Closing MRR"),
}
_RATED: Final = {
    "expansion": marked("Expansion"),
    "contraction": marked("Contraction"),
    "churn": marked("Churn"),
    "voluntary churn": marked("Voluntary churn"),
    "involuntary churn": marked("Involuntary churn"),
    "unknown churn": marked("Unknown churn"),
}
_SIGNALS: Final = {
    ("above", "run"): marked("{line} is above plan {n} months in a row ({amount}): {rarity}."),
    ("below", "run"): marked("{line} is below plan {n} months in a row ({amount}): {rarity}."),
    ("above", "drift"): marked(
        "{line} is above plan {n} months taken together ({amount}): {rarity}."
    ),
    ("below", "drift"): marked(
        "{line} is below plan {n} months taken together ({amount}): {rarity}."
    ),
}
_SIGNALS_OF_LOSSES: Final = {  # signed: above is less lost
    ("above", "run"): marked(
        "{line} was lower than planned {n} months in a row ({amount}): {rarity}."
    ),
    ("below", "run"): marked(
        "{line} was higher than planned {n} months in a row ({amount}): {rarity}."
    ),
    ("above", "drift"): marked(
        "{line} was lower than planned {n} months taken together ({amount}): {rarity}."
    ),
    ("below", "drift"): marked(
        "{line} was higher than planned {n} months taken together ({amount}): {rarity}."
    ),
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
        told = {
            "line": say(NAMES[line]),
            "amount": f"{self._money(abs(gap))}{share}",
            "period": self._period,
            "place": self._place(line),
        }
        if line in _LOSSES and gap < 0:
            said = say("{line} took {amount} more than planned in {period}{place}.", **told)
        elif line in _LOSSES:
            said = say("{line} took {amount} less than planned in {period}{place}.", **told)
        elif gap > 0:
            said = say("{line} is {amount} above plan in {period}{place}.", **told)
        else:
            said = say("{line} is {amount} below plan in {period}{place}.", **told)
        return self._sentence(said, (line, ""), gap)

    @property
    def _period(self) -> str:
        month = self.variance.months[self.span.last]
        return month_told(month) if self.span.label == str(month) else self.span.label

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
        told = {"what": self._what(driver), "amount": self._money(whole, signed=True)}
        if whole * net > 0 and abs(whole) <= abs(net):
            told["share"] = of_whole(whole, net)
        if self.variance.segments.by and driver[1] != "mix":
            column = max(
                range(len(amounts) - 1), key=lambda i: amounts[i] * (1 if whole > 0 else -1)
            )
            if amounts[column] * whole > 0:
                told["segment"] = self.variance.segments.labels[column]
                told["part"] = self._money(amounts[column], signed=True)
        return self._sentence(_of_driver(told), driver, whole)

    def _what(self, driver: Driver) -> str:
        """Name a driver with the figures behind it."""
        line, part = driver
        plan, actual, unit = self.variance.measures(self.span).of(driver)
        then, now = float(plan[-1]), float(actual[-1])
        if part == "volume":
            counts = {"now": figure(now), "then": figure(then, 1)}
            return say("New customers: {now} instead of {then}", **counts)
        if part == "mix" and line == "new":
            return say("Another mix of new customers over segments")
        if part == "mix":
            return say("Another mix of the base ({line}) over segments", line=say(line))
        if part == "price" and self._gains(driver):
            return say("New customers pay more than planned")
        if part == "price":
            return say("New customers pay less than planned")
        if part == "exposure":
            return say(
                "{line} of another opening MRR ({now} {unit} instead of {then})",
                line=say(NAMES[line]),
                now=figure(now),
                unit=unit,
                then=figure(then),
            )
        reason, _, kind = part.rpartition(" ")
        name = say(_RATED[f"{reason} {line}".strip()])
        if kind == "size":
            return say(
                "{line}: the lost pay {now} x the average instead of {then} x",
                line=name,
                now=figure(now, 2),
                then=figure(then, 2),
            )
        return say(
            "{line} of {now} a month instead of {then} ({points} pp)",
            line=name,
            now=percent(now, 2),
            then=percent(then, 2),
            points=figure(100 * (now - then), 2, signed=True),
        )

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
                said = say(
                    "The past was restated by {amount} of MRR since the sealing.", amount=amount
                )
                yield self._sentence(said, ("restatement", ""), moved)
            if apart:
                amount = self._money(apart, signed=True)
                said = say(
                    "The plan opens {amount} from where the ledger had closed.", amount=amount
                )
                yield self._sentence(said, ("restatement", ""), -apart)
        if gap := missed["policy"][1]:
            amount = self._money(gap, signed=True)
            said = say(
                "Other definitions than the plan's make {amount} of the closing.", amount=amount
            )
            yield self._sentence(said, ("policy", ""), gap)
        plan, gap = missed["fx"]
        if gap:
            told = {"amount": self._money(plan + gap, signed=True), "period": self._period}
            if plan:
                said = say(
                    "Exchange rates moved MRR by {amount} in {period}; {plan} is planned.",
                    plan=self._money(plan, signed=True),
                    **told,
                )
            else:
                said = say(
                    "Exchange rates moved MRR by {amount} in {period}; none is planned.", **told
                )
            yield self._sentence(said, ("fx", ""), gap)

    def signals(self) -> Iterator[Sentence]:
        variance = self.variance
        if self.span.last != variance.closed - 1:
            return
        for found in signals_of(variance, by_segment=False):
            if not found.flagged:
                continue
            amount = amount_of(variance, found)
            texts = _SIGNALS_OF_LOSSES if found.line in _LOSSES else _SIGNALS
            said = say(
                texts[found.side, found.rule],
                line=say(NAMES.get(found.line, found.line)),
                n=found.months,
                amount=self._money(amount, signed=True),
                rarity=self._rarity(found),
            )
            yield self._sentence(said, (found.line, ""), amount, "signals")

    def _rarity(self, found: Signal) -> str:
        whole = of_whole(found.together, 1)
        if self.variance.plan.manifest.paths_kept:
            return say(
                "{share} of the plan's paths do so, {whole} do anything as rare in any line",
                share=of_whole(found.chance, 1),
                whole=whole,
            )
        return say(
            "by luck at most {whole} of the plans that are right do so in any line", whole=whole
        )

    def bands(self) -> Iterator[Sentence]:
        """Say how many movements lie outside the band, beside how many do by luck."""
        found = bands_of(self.variance, self.span)
        if found is None or not found.outside:
            return
        told = {
            "outside": len(found.outside),
            "lines": found.lines,
            "expected": figure(found.expected, 1),
            "share": of_whole(found.chance, 1),
        }
        if found.chance <= FALSE_ALARMS:
            said = say(
                "Movements outside the 80 % band: {outside} of {lines}, where {expected} is to be "
                "expected; {share} of the plan's paths have as many, so this is more than luck.",
                **told,
            )
        else:
            said = say(
                "Movements outside the 80 % band: {outside} of {lines}, where {expected} is to be "
                "expected; {share} of the plan's paths have as many, so it may be luck.",
                **told,
            )
        amount = sum(self._missed[name][1] for name in found.outside)
        yield self._sentence(said, (NET, ""), amount, "bands")

    def timing(self) -> Iterator[Sentence]:
        variance = self.variance
        if self.span.last != variance.closed - 1:
            return
        found = timing_of(variance)
        for part in ("open", "permanent"):
            short = np.minimum(getattr(found, part), 0)
            if not (amount := int(short.sum())):
                continue
            told = {
                "amount": self._money(-amount),
                "window": found.window,
                "whose": self._whose(short),
            }
            if part == "open":
                said = say(
                    "{amount} of new business that was planned is not made up yet, and may still "
                    "be in time (window of {window} months){whose}.",
                    **told,
                )
            else:
                said = say(
                    "{amount} of new business that was planned was not made up in time (window of "
                    "{window} months){whose}. {claims}.",
                    claims=str(found),
                    **told,
                )
            yield self._sentence(said, ("new", ""), amount, "timing")

    def _whose(self, short: Ints) -> str:
        """Name the segments of shortfalls (months, segments), and the deals of these months."""
        variance = self.variance
        segments = ""
        if variance.segments.by:
            sums = short.sum(axis=0)
            most = [int(i) for i in np.argsort(sums, kind="stable") if sums[i] < 0]
            each = [f"{variance.segments.labels[i]} {self._money(int(-sums[i]))}" for i in most]
            segments = _some(each)
        months = variance.months[np.flatnonzero((short < 0).any(axis=1))]
        slipped = [
            f"{deal.name} ({month_told(deal.month)})"
            for deal in variance.deals
            if deal.actual is None and deal.month in months
        ]
        if segments and slipped:
            return say(": {segments}; by name {deals}", segments=segments, deals=_some(slipped))
        if slipped:
            return say("; by name {deals}", deals=_some(slipped))
        return say(": {segments}", segments=segments) if segments else ""

    def deals(self) -> Iterator[Sentence]:
        last = self.variance.months[self.span.last]
        due = [deal for deal in self.variance.deals if deal.month <= last]
        missing = [deal for deal in due if deal.actual is None]
        if not missing:
            return
        amount = -sum(deal.planned for deal in missing)
        net = self._missed[NET][1]
        told = {
            "last": month_told(last),
            "missing": len(missing),
            "due": len(due),
            "deals": _some([deal.name for deal in missing]),
            "amount": self._money(-amount),
        }
        if net <= amount < 0:
            said = say(
                "Of the deals that the plan names by {last}, {missing} of {due} pay nothing yet: "
                "{deals}, worth {amount} of MRR at their chance ({share} of the difference).",
                share=of_whole(amount, net),
                **told,
            )
        else:
            said = say(
                "Of the deals that the plan names by {last}, {missing} of {due} pay nothing yet: "
                "{deals}, worth {amount} of MRR at their chance.",
                **told,
            )
        yield self._sentence(said, ("new", ""), amount, "deals")

    def _place(self, line: str) -> str:
        found = judged(float(place_of(self.variance, self.span, line)[-1]))
        redefined = found and line == "closing" and self._missed["policy"][1]
        return say("{place} (by the plan's definitions)", place=found) if redefined else found

    def _money(self, minor: int, *, signed: bool = False) -> str:
        return money(minor, self.variance.currency, signed=signed)

    def _sentence(
        self, text: str, driver: Driver, amount: int, source: str = "drivers"
    ) -> Sentence:
        company = self.variance.key(len(self.variance.segments))
        return Sentence(text, *driver, company, amount, source)


def _of_driver(told: Mapping[str, str]) -> str:
    if "share" in told and "segment" in told:
        return say(
            "{what}: {amount}, {share} of the difference in net new MRR; {segment} has {part}.",
            **told,
        )
    if "share" in told:
        return say("{what}: {amount}, {share} of the difference in net new MRR.", **told)
    if "segment" in told:
        return say("{what}: {amount}; {segment} has {part}.", **told)
    return say("{what}: {amount}.", **told)


def _some(names: Sequence[str]) -> str:
    first = ", ".join(names[:_MOST])
    more = len(names) - _MOST
    return say("{names} and {n} more", names=first, n=more) if more > 0 else first
