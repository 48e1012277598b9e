"""The re-forecast walk: from the previous forecast to the new one, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from history.errors import InputError
from history.money import to_major
from history.months import month_of

from ..changes.any_change import AnyChange
from ..comparing.bridge import Bridge, Step
from ..plans.figures import Floats, Ints, planned
from ..run import Run, run
from ..scenario import Scenario
from .books import Books
from .carried import carried
from .outlook import check, check_opening, widened
from .planned import planned_books

if TYPE_CHECKING:
    from .variance import Variance


def reforecast_walk(
    variance: Variance, new: Run, *, at: str | pd.Period | None = None, measure: str = "arr"
) -> Bridge:
    """Give the way from a plan's figure of a month to that of a new forecast.

    Parameters
    ----------
    variance
        The previous forecast (a plan) laid against the ledger.
    new
        The new forecast: a scenario run on a forecaster of that ledger, by the plan's segments.
    at
        A month that both forecast; None for the last one.
    measure
        ``arr`` (12 x closing MRR) or ``mrr``.

    Returns
    -------
    Bridge
        Steps, each worked out with all those before it in force: restatement and definitions (where
        there are any), actuals (the base as it is now, with the plan's rates and new business
        from there on), refit (the new forecaster's rates of growth and loss, its reactivation),
        new business (its new business), new levers (the new scenario in the place of the plan's).
        It adds up to the minor unit.

    Raises
    ------
    InputError
        The month is not one of both, or the forecast does not follow on the actuals.

    Notes
    -----
    The plan's levers go on as they were sealed. What stands in the actuals does not come twice:
    months that are past, deals that were due, and the part of an index (a price, a currency) that
    has come; its further steps, and its end, go on from there. The step new levers names all that,
    deals that were due and are not there, and what the new scenario has more or less.
    """
    if measure not in {"arr", "mrr"}:
        raise InputError(f"a walk is in arr or mrr, not in {measure!r}")
    check(variance, new.projection)
    last = _month(variance, new, at)
    wide = widened(variance, new.projection.segments)
    missing = dict.fromkeys(deal.name for deal in variance.deals if deal.actual is None)
    goes_on = carried(variance.plan, new, missing)
    count = (last - variance.as_of).n
    stages = _stages(wide, new, goes_on.kept, count)
    factor = 12 if measure == "arr" else 1
    because = {"new levers": goes_on.beside(new.scenario.all_changes) or None}
    values = list(stages.values())
    steps = tuple(
        Step(name, to_major(factor * (now - then), variance.currency), because.get(name))
        for name, then, now in zip(list(stages)[1:], values[:-1], values[1:], strict=True)
        if now != then or name not in {"restatement", "definitions"}
    )
    unit = measure.upper()
    return Bridge(
        to_major(factor * values[0], variance.currency),
        steps,
        to_major(factor * values[-1], variance.currency),
        unit=f"{variance.currency} {unit}",
        title=f"{variance.plan.name} to {new.name} of {variance.as_of}, {unit} at {last}",
        start_label="previous forecast",
        end_label="new forecast",
    )


def _month(variance: Variance, new: Run, at: str | pd.Period | None) -> pd.Period:
    last = min(variance.plan.months[-1], new.projection.months[-1])
    month = last if at is None else month_of(at)
    if not variance.as_of < month <= last:
        raise InputError(
            f"{month} is not forecast by both: choose a month from {variance.as_of + 1} to {last}"
        )
    return month


@dataclass(frozen=True, eq=False)
class _Course:
    """How MRR goes on from any opening: rates on the base, and what comes beside it."""

    rates: Floats
    beside: Floats
    new: Floats

    @classmethod
    def of(cls, books: Books) -> _Course:
        """Give the course that a forecast takes, (months, segments); from its opening it is its."""
        base = books.openings.astype(np.float64)
        new, back = (books.movement(name).astype(np.float64) for name in ("new", "reactivation"))
        rest = books.flows.sum(axis=1) - new - back
        rates = np.divide(rest, base, out=np.zeros_like(base), where=base > 0)
        return cls(rates, back + rest - rates * base, new)

    def after(self, months: int) -> _Course:
        """Give the course without its first months."""
        return _Course(self.rates[months:], self.beside[months:], self.new[months:])

    def closing(self, opening: Ints, count: int) -> float:
        """MRR of the company after so many months, minor units."""
        level = opening.astype(np.float64)
        for month in range(count):
            level = level * (1.0 + self.rates[month]) + self.beside[month] + self.new[month]
        return float(level.sum())


def _stages(
    variance: Variance, new: Run, kept: tuple[AnyChange, ...], count: int
) -> dict[str, int]:
    """MRR of the month after each step, minor units; first and last as the forecasts have them."""
    plan, segments = variance.plan, variance.segments
    ones = np.ones((2, 1), dtype=np.int64)
    whole = planned_books(plan.figures, plan.segments, variance.closed + count, segments, ones)
    old = _Course.of(whole).after(variance.closed)
    carried_on, wanted = (_forecast(variance, each, count) for each in (_again(new, kept), new))
    check_opening(variance, carried_on)
    refit = _Course.of(carried_on)
    restated = whole.closings[variance.closed - 1] + variance.restatement
    defined = restated + variance.policy[variance.closed - 1]
    actual = variance.actual.closings[variance.closed - 1] + variance.policy[variance.closed - 1]
    return {
        "previous forecast": int(whole.closings[-1].sum()),
        "restatement": round(old.closing(restated, count)),
        "definitions": round(old.closing(defined, count)),
        "actuals": round(old.closing(actual, count)),
        "refit": round(_Course(refit.rates, refit.beside, old.new).closing(actual, count)),
        "new business": int(carried_on.closings[-1].sum()),
        "new levers": int(wanted.closings[-1].sum()),
    }


def _again(new: Run, kept: tuple[AnyChange, ...]) -> Run:
    """Run the plan's levers on the new forecaster, on the same random streams."""
    if kept == new.scenario.all_changes:
        return new
    scenario = Scenario("The plan's levers", changes=kept)
    again = run(
        scenario, new.forecaster, months=len(new.projection.months), paths=new.paths, seed=new.seed
    )
    return again[scenario.name]


def _forecast(variance: Variance, of: Run, count: int) -> Books:
    ones = np.ones((2, 1), dtype=np.int64)
    figures = planned(of.projection)
    return planned_books(figures, of.projection.segments, count, variance.segments, ones)
