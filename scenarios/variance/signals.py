"""Signals: several months on one side of a plan, told from noise by the plan's own paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.money import to_major

from ..plans.figures import Floats, Ints, segment_columns
from .lines import ACTUAL_MOVEMENTS, NET

if TYPE_CHECKING:
    from .variance import Variance

FALSE_ALARMS: Final = 0.05
"""Share of closes in which a plan that is right raises any flag, in a segment or the company."""

SHORTEST: Final = 3
"""Closed months from which on a drift is looked for."""

COLUMNS: Final = (
    *("line", "rule", "side", "months", "since", "variance", "chance", "together", "flagged"),
)

_NOBODY: Final[Ints] = np.zeros(0, dtype=np.int64)


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
        Share of the plan's own paths of which the same can be said: how often this rule is wrong
        about this line of a plan that is right.
    together
        Share of the plan's own paths of which anything as rare can be said, in any of the lines by
        either rule. All of them are looked at in each close, so this is what counts.
    """

    column: int
    line: str
    rule: str
    side: str
    months: int
    chance: float
    together: float

    @property
    def flagged(self) -> bool:
        """Whether a plan that is right would show anything as rare in 5 % of the closes at most."""
        return self.together <= FALSE_ALARMS


@dataclass(frozen=True, eq=False)
class Look:
    """One rule on one line.

    Attributes
    ----------
    line, rule, side, months
        As in `Signal`.
    beyond
        How many of the others go at least as far: first the actuals among the plan's paths, then
        every path among the others and the actuals. Blank without paths.
    chance
        As in `Signal`.
    """

    line: str
    rule: str
    side: str
    months: int
    beyond: Ints
    chance: float


def signals_of(variance: Variance, *, by_segment: bool) -> list[Signal]:
    """Look for runs and drifts in every line, flagged or not, of the company or segments too."""
    columns = variance.paths.columns if by_segment else variance.paths.columns[-1:]
    return [found for column in columns for found in signals(column, _looks(variance, column))]


def signals(column: int, looks: Iterable[Look]) -> list[Signal]:
    """Judge all that was looked at in one segment together.

    Beside the rarity of each look stands how often the rarest look of a path is as rare, the
    actuals counted as one more path: the single-step minP rule of Westfall and Young 1993.
    """
    family = list(looks)
    bare = sum(not len(look.beyond) for look in family)
    # Where no path tells how the lines hang together: Bonferroni's bound.
    rarest = np.min([look.beyond for look in family], axis=0) if family and not bare else None
    return [
        Signal(
            column,
            look.line,
            look.rule,
            look.side,
            look.months,
            look.chance,
            min(1.0, bare * look.chance)
            if rarest is None
            else float((rarest <= look.beyond[0]).mean()),
        )
        for look in family
        if look.side
    ]


def _looks(variance: Variance, column: int) -> Iterator[Look]:
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
        yield from looks_at(line, actual, plan, draws)


def looks_at(line: str, actual: Floats, plan: Floats, draws: Floats) -> Iterator[Look]:
    """Look at one line by both rules.

    Parameters
    ----------
    line
        Its name.
    actual, plan
        By closed month.
    draws
        The plan's paths, (paths, months).
    """
    middle = np.median(draws, axis=0) if len(draws) else plan
    pool = np.vstack([actual[None, :], draws])
    sides = np.sign(pool - middle)
    runs = _runs(sides)
    side = _side(sides[0, -1])
    if not len(draws):
        yield Look(line, "run", side, int(runs[0]), _NOBODY, min(1.0, 2.0 ** (1 - int(runs[0]))))
        return
    beyond = _beyond(runs)
    yield Look(line, "run", side, int(runs[0]), beyond, beyond[0] / len(draws))
    if len(actual) >= SHORTEST:
        moved = _scores(pool).sum(axis=1).round(9)
        beyond = _beyond(np.abs(moved))
        yield Look(line, "drift", _side(moved[0]), len(actual), beyond, beyond[0] / len(draws))


def _beyond(sizes: NDArray[Any]) -> Ints:
    """How many of the others are at least as large, each."""
    return np.asarray(len(sizes) - 1 - np.searchsorted(np.sort(sizes), sizes, side="left"))


def _runs(sides: NDArray[np.float64]) -> NDArray[np.int64]:
    """Length of the last run of equal sides, (paths, months); 0 where the last is on none."""
    same = (sides == sides[:, -1:]) & (sides[:, -1:] != 0)
    backwards = same[:, ::-1]
    return np.asarray(np.cumprod(backwards, axis=1).sum(axis=1))


def _scores(values: Floats) -> Floats:
    """Places among all by month, -0.5 to 0.5, (paths, months)."""
    found = np.empty_like(values)
    for month in range(values.shape[1]):
        ordered = np.sort(values[:, month])
        below = np.searchsorted(ordered, values[:, month], side="left")
        upto = np.searchsorted(ordered, values[:, month], side="right")
        found[:, month] = (below + upto) / (2.0 * len(ordered)) - 0.5
    return found


def _side(value: float) -> str:
    """Name the side; blank on none."""
    if not value:
        return ""
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
             found.chance, found.together, found.flagged)
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
