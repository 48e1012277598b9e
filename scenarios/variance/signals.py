"""Signals: several months on one side of a plan, told from noise by the plan's own paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.money import to_major

from ..plans.figures import Floats, segment_columns
from .lines import ACTUAL_MOVEMENTS, NET

if TYPE_CHECKING:
    from .variance import Variance

FALSE_ALARMS: Final = 0.05
"""Share of months in which a plan that is right raises a flag all the same, a line and rule."""

SHORTEST: Final = 3
"""Closed months from which on a drift is looked for."""

COLUMNS: Final = ("line", "rule", "side", "months", "since", "variance", "chance", "flagged")


@dataclass(frozen=True)
class Signal:
    """The last months of one line, or of all movements together, beside the plan.

    Attributes
    ----------
    column
        Position of the segment; the last is the company.
    line
        The movement, or ``net new``.
    rule
        ``run``: the last months all lie on one side of the plan's median. ``drift``: places among
        the plan's paths, added up over all closed months, lie further from the middle than luck has
        it.
    side
        ``above`` or ``below``.
    months
        How many months.
    chance
        Share of the plan's own paths of which the same can be said: how often the rule is wrong
        about a plan that is right.
    """

    column: int
    line: str
    rule: str
    side: str
    months: int
    chance: float

    @property
    def flagged(self) -> bool:
        """Whether a plan that is right would show it in 5 % of the cases at most."""
        return self.chance <= FALSE_ALARMS


def signals_of(variance: Variance, *, by_segment: bool) -> list[Signal]:
    """Look for runs and drifts in every line, flagged or not, of the company or segments too."""
    columns = variance.paths.columns if by_segment else variance.paths.columns[-1:]
    return [found for column in columns for found in _signals(variance, column)]


def _signals(variance: Variance, column: int) -> Iterator[Signal]:
    closed, paths = slice(0, variance.closed), variance.paths
    here, at = variance.segments_of(column), list(paths.columns).index(column)
    for line in (NET, *ACTUAL_MOVEMENTS):
        if (line, "") not in paths.flows:
            continue
        # In whole minor units, for the paths are kept in single precision: equal is a tie.
        actual, plan = (
            side.movement(line)[closed][:, here].sum(axis=1).astype(float)
            for side in (variance.actual, variance.planned)
        )
        draws = np.rint(paths.flows[line, ""][:, closed, at] / paths.smallest)
        yield from _of_line(column, line, actual, plan, draws)


def _of_line(
    column: int, line: str, actual: Floats, plan: Floats, draws: Floats
) -> Iterator[Signal]:
    middle = np.median(draws, axis=0) if len(draws) else plan
    sides = np.sign(actual - middle)
    run = int(_runs(sides[None, :])[0])
    if run:
        chance = (
            float((_runs(np.sign(draws - middle)) >= run).mean())
            if len(draws)
            else 2.0 ** (1 - run)
        )
        yield Signal(column, line, "run", _side(sides[-1]), run, chance)
    if len(draws) and len(actual) >= SHORTEST:
        moved = float(_scores(actual[None, :], draws).sum())
        own = np.abs(_scores(draws, draws).sum(axis=1))
        if moved:
            chance = float((own >= abs(moved) - 1e-12).mean())
            yield Signal(column, line, "drift", _side(moved), len(actual), chance)


def _runs(sides: NDArray[np.float64]) -> NDArray[np.int64]:
    """Length of the last run of equal sides, (paths, months); 0 where the last is on none."""
    same = (sides == sides[:, -1:]) & (sides[:, -1:] != 0)
    backwards = same[:, ::-1]
    return np.asarray(np.cumprod(backwards, axis=1).sum(axis=1))


def _scores(values: Floats, draws: Floats) -> Floats:
    """Places among the draws by month, -0.5 to 0.5, (paths, months)."""
    found = np.empty_like(values)
    for month in range(values.shape[1]):
        ordered = np.sort(draws[:, month])
        below = np.searchsorted(ordered, values[:, month], side="left")
        upto = np.searchsorted(ordered, values[:, month], side="right")
        found[:, month] = (below + upto) / (2.0 * len(ordered)) - 0.5
    return found


def _side(value: float) -> str:
    return "above" if value > 0 else "below"


def signals_table(variance: Variance, *, by_segment: bool) -> pd.DataFrame:
    """Give one row a signal; ``variance`` is that of its months, major units."""
    shown = by_segment and bool(variance.segments.by)
    rows = []
    for found in signals_of(variance, by_segment=shown):
        amount = to_major(amount_of(variance, found), variance.currency)
        since = variance.months[variance.closed - found.months]
        key = variance.key(found.column) if shown else ()
        rows.append(
            (*key, found.line, found.rule, found.side, found.months, since, amount,
             found.chance, found.flagged)
        )  # fmt: skip
    by = segment_columns(variance.segments.by, COLUMNS) if shown else []
    return pd.DataFrame(rows, columns=[*by, *COLUMNS])


def amount_of(variance: Variance, found: Signal) -> int:
    """Give the variance of a signal's months in minor units."""
    months = slice(variance.closed - found.months, variance.closed)
    here = variance.segments_of(found.column)
    both = (
        side.movement(found.line)[months][:, here] for side in (variance.planned, variance.actual)
    )
    plan, actual = (int(values.sum()) for values in both)
    return actual - plan
