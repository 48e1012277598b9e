"""What goes on of a plan's changes in a later forecast, and what of them is in the actuals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from history.errors import InputError
from history.months import index_of, month_of, span, text

from ..changes.any_change import AnyChange
from ..changes.change import Change
from ..changes.drivers import CurrencyMove, NamedCustomer, Pipeline, PriceRise

if TYPE_CHECKING:
    from forecast.levers import Levers

    from ..plans.plan import Plan
    from ..run import Run

_INDICES: Final = ("price", "fx_index")
"""Levers that are 1 today: what has moved by the new forecast's month is its 1."""


@dataclass(frozen=True)
class Carried:
    """A plan's changes, seen from a later month.

    Attributes
    ----------
    kept
        What goes on, each as a change of the later forecast.
    past
        Labels of those that are in the actuals, with what of them goes on, or does not.
    beyond
        Labels of those of which no month is forecast, or whose segments are gone.
    missing
        Names of deals that were due and pay nothing: they are not carried on.
    """

    kept: tuple[AnyChange, ...]
    past: tuple[str, ...]
    beyond: tuple[str, ...]
    missing: tuple[str, ...] = ()

    def beside(self, new: Sequence[AnyChange]) -> str:
        """Say what makes the difference to the changes of a new scenario."""
        kept, wanted = ([each.label for each in side] for side in (self.kept, new))
        parts = {
            "no longer": [label for label in kept if label not in wanted],
            "new": [label for label in wanted if label not in kept],
            "in the actuals": self.past,
            "due and not there": self.missing,
            "not in the new forecast's months and segments": self.beyond,
        }
        return ". ".join(f"{name}: {'; '.join(said)}" for name, said in parts.items() if said)


def carried(plan: Plan, new: Run, missing: Collection[str] = ()) -> Carried:
    """Say what goes on of a plan's changes in a later forecast.

    Parameters
    ----------
    plan
        The sealed plan.
    new
        A run of the later forecaster, of whose months it is asked.
    missing
        Names of deals and customers that were due and pay nothing.
    """
    as_of, first = new.forecaster.as_of, plan.months[0]
    kept: list[AnyChange] = []
    past: list[str] = []
    beyond: list[str] = []
    for change in plan.scenario.all_changes:
        rest, said = rest_of(change, first, as_of, missing)
        reached = [each for each in rest if _reaches(each, new)]
        kept += reached
        if said is not None:
            past.append(f"{change.label}{said}")
        elif not reached and not _is_missing(change, missing):
            (past if _over(change, as_of) else beyond).append(change.label)
    return Carried(tuple(kept), tuple(past), tuple(beyond), tuple(missing))


def rest_of(
    change: AnyChange, first: pd.Period, as_of: pd.Period, missing: Collection[str] = ()
) -> tuple[tuple[AnyChange, ...], str | None]:
    """Give what of a change is still to come, and how to say what has come.

    Parameters
    ----------
    change
        Of the plan.
    first
        The plan's first month, in which a change without months begins.
    as_of
        The last month closed.
    missing
        Names of deals that were due and pay nothing.

    Returns
    -------
    changes, words
        The words are None where nothing has come that would come twice; blank where all has.
    """
    if isinstance(change, Pipeline):
        deals = tuple(deal for deal in change.deals if month_of(deal.closes) > as_of)
        if len(deals) == len(change.deals):
            return (change,), None
        rest = (change.model_copy(update={"deals": deals}),) if deals else ()
        out = [deal.name for deal in change.deals if deal in deals or deal.name in missing]
        if len(out) == len(change.deals):
            return rest, None
        return rest, f", but for {', '.join(out)}" if out else ""
    if isinstance(change, NamedCustomer) and change.event == "win" and change.customer in missing:
        return (), None
    begins, ends = (None, None) if change.months is None else span(change.months)
    begins = index_of(first) if begins is None else begins
    begun = index_of(as_of) - begins + 1
    if begun <= 0:
        return (change,), None
    if isinstance(change, PriceRise) and change.when == "date":
        return _rise(change, index_of(as_of))
    if (isinstance(change, Change) and change.lever in _INDICES) or isinstance(
        change, CurrencyMove
    ):
        return _index(change, begun, ends, as_of)
    if change.lever == "launch":
        return (), "; it goes on as the new forecaster has it, not as the plan has"
    return (change,), None


def _index(
    change: Change | CurrencyMove, begun: int, ends: int | None, as_of: pd.Period
) -> tuple[tuple[AnyChange, ...], str]:
    """Give the rest of an index: its further steps, and its way back where it ends."""
    now, ramp = index_of(as_of), max(1, change.ramp or 1)
    if ends is not None and ends < now:
        return (), ""
    whole = _factor(change)
    share = min(begun / ramp, 1.0)
    here = 1.0 + (whole - 1.0) * share
    if here <= 0:
        return (), "; its rest is not carried on"
    rest: list[AnyChange] = []
    said = []
    if share < 1.0 and (ends is None or ends > now):
        last = "" if ends is None else text(ends)
        rest.append(_moved(change, whole / here, f"{text(now + 1)}/{last}", ramp - begun))
        said.append(f", {begun} of {ramp} months of it: the rest goes on")
    if ends is not None:
        rest.append(_moved(change, 1.0 / here, f"{text(ends + 1)}/", None))
        said.append(f", and ends after {text(ends)}")
    return tuple(rest), "".join(said)


def _factor(change: Change | CurrencyMove) -> float:
    """By what an index is multiplied in the end."""
    if isinstance(change, CurrencyMove):
        return 1.0 + change.change
    return 1.0 + change.number if change.way == "plus" else change.number


def _moved(
    change: Change | CurrencyMove, factor: float, months: str, ramp: int | None
) -> AnyChange:
    new = {"months": months, "ramp": ramp}
    if isinstance(change, CurrencyMove):
        return change.model_copy(update={**new, "change": factor - 1.0})
    return change.model_copy(update={**new, "times": factor, "plus": None, "set": None})


def _rise(change: PriceRise, now: int) -> tuple[tuple[AnyChange, ...], str]:
    """Give the rest of a rise on a date: those not asked yet, and what new customers pay."""
    first, ends = span(str(change.months))
    assert first is not None  # noqa: S101 - a rise has a first month
    rest: list[AnyChange] = []
    said = []
    if change.who != "existing":
        update = {"who": "new", "share": 1.0, "exempt_before": None, "churn_per_percent": 0.0,
                  "churn_months": 0, "downgrade": 0.0, "downgrade_loss": 0.0,
                  "months": f"{text(first)}/"}  # fmt: skip
        rest.append(change.model_copy(update=update))
        said.append("; new customers go on to pay it")
    steps, begun = 1 if ends is None else ends - first + 1, now - first + 1
    if change.who != "new" and ends is not None and begun < steps:
        here = 1.0 + change.uplift * change.share * begun / steps
        share = change.share * (steps - begun) / steps / here
        update = {"who": "existing", "share": share, "months": f"{text(now + 1)}/{text(ends)}"}
        rest.append(change.model_copy(update=update))
        said.append(f", {begun} of {steps} months of it: the rest goes on")
    return tuple(rest), "".join(said)


def _is_missing(change: AnyChange, missing: Collection[str]) -> bool:
    """Whether all that a change has is deals that are told as missing."""
    if isinstance(change, NamedCustomer):
        return change.event == "win" and change.customer in missing
    return isinstance(change, Pipeline) and all(deal.name in missing for deal in change.deals)


def _over(change: AnyChange, as_of: pd.Period) -> bool:
    """Whether the months of a change have passed."""
    ends = None if change.months is None else span(change.months)[1]
    return ends is not None and ends <= index_of(as_of)


def _reaches(change: AnyChange, new: Run) -> bool:
    from forecast.levers import Levers as Maps

    nothing: Levers = Maps.none()
    forecaster = new.forecaster
    try:
        if (newcomer := change.newcomer(forecaster)) is not None:
            forecaster = forecaster.joined_by([newcomer])
        change.apply(nothing, forecaster, new.projection.months)
    except InputError:
        return False
    return True
