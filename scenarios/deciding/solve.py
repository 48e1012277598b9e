"""Solving: the value of one or several levers at which a target is just reached."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError
from history.money import decimals
from history.months import month_of

from ..changes.any_change import AnyChange
from ..changes.compile import compile_changes
from ..scenario import Scenario
from .dial import AnyDial, Dial, Placed, dials
from .driver_dial import PlacedDial
from .evidence import Evidence, evidence
from .lived import ahead
from .roots import Bracket, bracket, close_in
from .target import Target
from .whole import in_whole, settled

if TYPE_CHECKING:
    from forecast.projection import Projection

    from ..run import Runs

Floats = NDArray[np.float64]

_WIDTH: Final = 1e-8
_HAIR: Final = 8e-6
"""How exactly the place of a jump must be known that is much larger than what is near it."""

_NEAR: Final = 1e-7
"""Share of the target, a euro in ten million, within which a figure that jumps hits it."""

_HALVINGS: Final = 60
_SHARE_TOLERANCE: Final = 1e-8
_COUNT_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Solution:
    """What must be true for a target, or how near one gets.

    Attributes
    ----------
    target, at, probability
        What was asked: the figure, the month, and with which probability (None: on average).
    dials, numbers
        The levers that were turned, and the number of each in its `way`.
    reached
        Whether the target can be reached by turning them.
    scenario
        The scenario with the levers so turned; it can be written as a file.
    changes
        The levers so turned, as changes.
    before
        The figure in the scenario as it was: the mean, or what is reached with the probability.
    score
        The same with the levers turned.
    chance
        Share of the paths that reach the target with the levers turned.
    evidence
        What each number means beside the company's own history.
    bound
        In words, where the levers ended, when the target is out of reach.
    exact
        The levers at the fraction of a person or customer at which the target is just reached,
        where they are rounded to whole ones; else None.
    projections
        How many were run.
    """

    target: Target
    at: pd.Period
    probability: float | None
    dials: tuple[Placed, ...]
    numbers: tuple[float, ...]
    reached: bool
    scenario: Scenario
    changes: tuple[AnyChange, ...]
    before: float
    score: float
    chance: float
    evidence: tuple[Evidence, ...]
    bound: str | None
    projections: int = field(compare=False)
    exact: tuple[AnyChange, ...] | None = None

    def write(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the answer as a scenario file."""
        return self.scenario.write(path, force=force)

    def as_dict(self) -> dict[str, Any]:
        """Give the answer as plain values, for JSON."""
        return {
            "target": {self.target.name: self.target.value},
            "at": str(self.at),
            "probability": self.probability,
            "reached": self.reached,
            "bound": self.bound,
            "before": self.before,
            "score": self.score,
            "chance": self.chance,
            "exact": None if self.exact is None else [change.effect for change in self.exact],
            "levers": [
                {"lever": dial.lever, dial.way: number, **each.as_dict()}
                for dial, number, each in zip(self.dials, self.numbers, self.evidence, strict=True)
            ],
        }

    def __str__(self) -> str:
        how = "on average" if self.probability is None else f"with {self.probability:.0%} chance"
        lines = [f"{self.target.words()} at {self.at}, {how}"]
        now = self.target.words(self.before)
        slack = (self.before >= self.target.value) and self.reached
        if not self.reached:
            lines.append(f"  out of reach: the nearest is {self.target.words(self.score)}, with")
        elif slack:
            lines.append(f"  reached already ({now}); it still is with")
        else:
            lines.append(f"  now {now}; it takes")
        lines += [f"    {change.label}" for change in self.changes]
        if self.exact is not None:
            exact = ", ".join(change.effect for change in self.exact)
            reached = self.target.words(self.score)
            lines.append(f"  (in whole ones, which reach {reached}; {exact} would just do)")
        if self.bound:
            lines.append(f"  ({self.bound})")
        lines += [f"  {line}" for each in self.evidence for line in each.lines()]
        lines.append(f"  {self.chance:.0%} of the paths then reach it")
        return "\n".join(lines)


def solve(
    runs: Runs,
    name: str,
    levers: str | AnyDial | Iterable[str | AnyDial],
    target: Target | str,
    *,
    at: str | pd.Period | None = None,
    probability: float | None = None,
) -> Solution:
    """Find the value of one or several levers at which a target is just reached.

    The levers are turned on top of the scenario, and numbers of its drivers in their place, all
    on the same random streams. Several are
    turned together, each by the same percentage for the better (churn and contraction down, all
    others up); one that has come to its bound stays there while the others go on. Where the
    target is reached already, they are turned for the worse, to where it just still is.

    Parameters
    ----------
    runs
        What `run` returned; its months, paths and seed are used.
    name
        The scenario to start from.
    levers
        Names of levers, turned by a factor; numbers of drivers (``price_rise.uplift``), put to a
        value where the driver stands; or dials that say which months, segments and way.
    target
        What is to be reached; the name of another scenario is its mean ARR.
    at
        The month; None for the last.
    probability
        None: the mean reaches the target. A share p: at least p of the paths reach it.

    Returns
    -------
    Solution
        For a mean, the target is hit to the cent as far as the forecast moves without jumps (a
        count of customers jumps); beyond that, and for a probability, it is a value on the side on
        which the target is reached, within a ten-millionth of it or next to where it jumps.

    Raises
    ------
    InputError
        An unknown lever, month or segment, or a probability outside 0 to 1.
    """
    month = runs.months[-1] if at is None else month_of(at)
    if isinstance(target, str):
        target = _level(runs, target, "arr", month)
    turned = dials(levers, runs[name].scenario.all_changes)
    return _Search.of(runs, name, turned, target, month, probability).solution()


def break_even(
    runs: Runs,
    name: str,
    lever: str | AnyDial,
    *,
    against: str | None = None,
    target: Target | None = None,
    at: str | pd.Period | None = None,
    measure: str = "arr",
) -> Solution:
    """Find the value of a lever at which a scenario ties with another one, or with a target.

    Parameters
    ----------
    runs, name, lever, at
        As in `solve`; the lever is turned in this scenario alone.
    against
        The other scenario, whose mean is the target.
    target
        Instead of `against`.
    measure
        ``arr``, ``mrr`` or ``customers``, with `against`.

    Raises
    ------
    InputError
        Not exactly one of `against` and `target`.
    """
    if (against is None) == (target is None):
        raise InputError("break_even needs exactly one of against (a scenario) and target")
    month = runs.months[-1] if at is None else month_of(at)
    wanted = _level(runs, str(against), measure, month) if target is None else target
    return solve(runs, name, lever, wanted, at=month)


def _level(runs: Runs, name: str, measure: str, month: pd.Period) -> Target:
    projection = runs[name].projection
    return Target(**{measure: float(projection.draws(measure)[:, projection.at(month)].mean())})


@dataclass
class _Search:
    """One question: the score by how far the dials are turned, each step projected once."""

    runs: Runs
    scenario: Scenario
    dials: tuple[Placed, ...]
    units: tuple[float, ...]
    origins: tuple[float, ...]
    bounds: tuple[tuple[float, float], ...]
    target: Target
    at: pd.Period
    probability: float | None
    scores: dict[float, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        runs: Runs,
        name: str,
        turned: tuple[Placed, ...],
        target: Target,
        month: pd.Period,
        probability: float | None,
    ) -> _Search:
        if probability is not None and not 0 < probability <= 1:
            raise InputError(f"probability={probability}: a share above 0, at most 1 (0.8 = 80 %)")
        runs[name].projection.at(month)
        for dial in turned:
            if not (dial.in_force(runs.months) & np.asarray(runs.months <= month)).any():
                late = f"{dial.lever} is turned in {dial.months}, after {month}"
                raise InputError(f"{late}: it cannot move the target; turn it earlier")
        starts = [_start(runs, name, dial) for dial in turned]
        origins, units = zip(*starts, strict=True)
        bounds = tuple(
            _bounds(runs, name, dial, origin) for dial, origin in zip(turned, origins, strict=True)
        )
        scenario = runs[name].scenario
        return cls(runs, scenario, turned, units, origins, bounds, target, month, probability)

    @property
    def _turning(self) -> Iterator[tuple[Placed, float, float, tuple[float, float]]]:
        return zip(self.dials, self.origins, self.units, self.bounds, strict=True)

    def numbers(self, step: float) -> tuple[float, ...]:
        """Give the number of each dial, turned so far for the better (or, below 0, the worse)."""
        return tuple(
            settled(dial, float(np.clip(origin + dial.better * step * unit, *bounds)))
            for dial, origin, unit, bounds in self._turning
        )

    def limit(self, side: int) -> float:
        """How far the dials can be turned to a side until the last one is at its bound."""
        room = [
            abs(bounds[1 if dial.better * side > 0 else 0] - origin) / unit
            for dial, origin, unit, bounds in self._turning
        ]
        return side * max(room)

    def gap(self, step: float) -> float:
        if step not in self.scores:
            self.scores[step] = self.score(self.project(step)) - self.target.value
        return self.scores[step]

    def project(self, step: float) -> Projection:
        return self.runs.projection_of(self.changes(step) if step else self.scenario.all_changes)

    def changes(self, step: float, because: str | None = None) -> tuple[AnyChange, ...]:
        """Give the scenario's changes with the dials turned."""
        changes = self.scenario.all_changes
        for dial, number in zip(self.dials, self.numbers(step), strict=True):
            changes = dial.turn(changes, number, because)
        return changes

    def turned(self, step: float, because: str) -> tuple[AnyChange, ...]:
        """Give the changes alone that the dials make."""
        numbers = self.numbers(step)
        return tuple(d.turned(n, because) for d, n in zip(self.dials, numbers, strict=True))

    def _solved(self, changes: tuple[AnyChange, ...], because: str) -> Scenario:
        """Give the scenario of the answer, based on as much of the chain as is not turned."""
        before = self.scenario.all_changes
        same = next((i for i, one in enumerate(before) if changes[i] != one), len(before))
        base, count = None, 0
        for member in self.scenario.chain:
            if count + len(member.changes) > same:
                break
            base, count = member, count + len(member.changes)
        costs = None if base == self.scenario else self.scenario.costs_in_force
        name = f"{self.scenario.name}, solved"
        return Scenario(name, base, because, changes=changes[count:], costs=costs)

    def score(self, projection: Projection) -> float:
        """Give the mean, or the figure that the asked share of the paths reaches."""
        if self.probability is None:
            return self.target.mean(projection, self.runs, self.at)
        values = np.sort(self.target.reached_on(projection, self.runs, self.at))
        # At least p of the paths reach X just when the k-th largest of them does.
        needed = math.ceil(self.probability * len(values) - 1e-9)
        return float(values[len(values) - needed])

    def solution(self) -> Solution:
        start = self.gap(0.0)
        limits = (self.limit(1), self.limit(-1))
        found = bracket(self.gap, start, limits if start < 0 else limits[::-1])
        if found is None:
            return self._answer(self._nearest(start), reached=start >= 0)
        step = self._closed(found).there[0]
        whole = replace(self, dials=tuple(map(in_whole, self.dials)), scores={0.0: start})
        exact = self.turned(step, "exact")
        if exact == whole.turned(step, "exact"):
            return self._answer(step, reached=True)
        answer = whole._answer(step, reached=True)  # noqa: SLF001 - the same question
        return replace(answer, exact=exact)

    def _closed(self, found: Bracket) -> Bracket:
        name = self.target.name
        money = 0.4 * 10.0 ** -decimals(self.runs.currency)
        others = {"growth": _SHARE_TOLERANCE, "rule_of_40": _SHARE_TOLERANCE}
        tolerance = {**others, "customers": _COUNT_TOLERANCE}.get(name, money)
        near = _NEAR * abs(self.target.value)
        return close_in(self.gap, found, tolerance, _WIDTH, _HAIR, near)

    def _nearest(self, start: float) -> float:
        """Give the step that comes nearest: the best one tried, or the last still there."""
        if start < 0:
            return max(self.scores, key=lambda step: (self.scores[step], -abs(step)))
        return self.limit(-1)

    def _answer(self, step: float, *, reached: bool) -> Solution:
        at_bound = step in (self.limit(1), self.limit(-1))
        bound = None
        if at_bound or not reached:
            ends = ", ".join(change.effect for change in self.turned(step, "bound"))
            bound = f"{ends} is the bound" if at_bound else f"no value does better than {ends}"
        how = "on average" if self.probability is None else f"with {self.probability:.0%} chance"
        reason = f"solved for {self.target} at {self.at}, {how}"
        because = reason if reached else f"{reason}: out of reach, this is the nearest"
        scenario = self._solved(self.changes(step, reason), because)
        projection = self.project(step)
        values = self.target.reached_on(projection, self.runs, self.at)
        return Solution(
            target=self.target,
            at=self.at,
            probability=self.probability,
            dials=self.dials,
            numbers=self.numbers(step),
            reached=reached,
            scenario=scenario,
            changes=self.turned(step, reason),
            before=self.scores[0.0] + self.target.value,
            score=self.gap(step) + self.target.value,
            chance=float((values >= self.target.value).mean()),
            evidence=tuple(
                evidence(self.runs, dial, number, self.scenario, scenario, self.at)
                for dial, number in zip(self.dials, self.numbers(step), strict=True)
            ),
            bound=bound,
            projections=len(self.scores),
        )


def _bounds(runs: Runs, name: str, dial: Placed, origin: float) -> tuple[float, float]:
    """How far a dial can be turned: to its bounds, or to where a driver takes no more."""
    low, high = dial.bounds
    if isinstance(dial, Dial):
        return low, high
    return _last_taken(runs, name, dial, origin, low), _last_taken(runs, name, dial, origin, high)


def _last_taken(runs: Runs, name: str, dial: PlacedDial, there: float, bound: float) -> float:
    """Give the number nearest to a bound that the driver and the company can carry, by halving."""

    def taken(number: float) -> bool:
        try:
            changes = dial.turn(runs[name].scenario.all_changes, number)
            compile_changes(changes, runs.forecaster, runs.months)
        except InputError:
            return False
        return True

    if there == bound or taken(bound):
        return bound
    beyond = bound
    for _ in range(_HALVINGS):
        middle = (there + beyond) / 2
        there, beyond = (middle, beyond) if taken(middle) else (there, middle)
    return there


def _start(runs: Runs, name: str, dial: Placed) -> tuple[float, float]:
    """Where a dial stands in a scenario, and what a step of 1 (100 %) is for it."""
    dial.segments(runs)
    if isinstance(dial, PlacedDial):
        return dial.start
    if dial.way == "times":
        return 1.0, 1.0
    present = _present(runs, name, dial)
    opening = float(runs[name].projection.opening[dial.segments(runs)].sum())
    unit = abs(present) if present else opening
    return (0.0 if dial.way == "plus" else present), unit or 1.0


def _present(runs: Runs, name: str, dial: Dial) -> float:
    """Give a lever's mean value in a scenario, or its forecast where movements do not show it."""
    run = runs[name]
    means = runs.means_of(run.scenario.all_changes)
    chosen, months = dial.segments(runs), dial.in_force(runs.months)
    found = ahead(means, dial.lever, run.projection.opening, chosen, months)
    if found is not None:
        return found
    return {"price": 1.0, "reactivation": 0.01}.get(dial.lever, 0.0)
