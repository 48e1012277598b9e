"""Deals that a plan names, and which of them have come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from history.money import decimals
from history.months import month_of

from ..changes.drivers import NamedCustomer, Pipeline
from ..plans.figures import to_minor_units

if TYPE_CHECKING:
    from history import Ledger

    from ..plans.plan import Plan


@dataclass(frozen=True)
class PlannedDeal:
    """A deal or customer that a plan counts on by name.

    Attributes
    ----------
    name
        As in the plan.
    month
        In which it was to come.
    planned
        MRR at its chance, minor units.
    actual
        MRR that a customer of this name pays now, minor units; None: there is none.
    """

    name: str
    month: pd.Period
    planned: int
    actual: int | None


def deals_of(plan: Plan, ledger: Ledger) -> tuple[PlannedDeal, ...]:
    """Look for the plan's deals among those who pay now, by their names.

    Capitals and spaces at the ends make no difference.
    """
    scale = 10.0 ** decimals(plan.currency)
    named = [deal for deal in _named(plan) if deal[1] <= ledger.as_of]
    if not named:
        return ()
    paying = ledger.paying()
    mrr = paying.groupby(paying["customer"].astype(str).map(_plain))["mrr"].sum()
    found = []
    for name, month, value in named:
        actual = int(mrr[_plain(name)]) if _plain(name) in mrr.index else None
        planned = int(to_minor_units(np.array([value]), scale)[0])
        found.append(PlannedDeal(name, month, planned, actual))
    return tuple(found)


def _named(plan: Plan) -> Iterator[tuple[str, pd.Period, float]]:
    for change in plan.scenario.all_changes:
        if isinstance(change, Pipeline):
            for deal in change.deals:
                yield deal.name, month_of(deal.closes), change.chance(deal) * deal.value
        elif isinstance(change, NamedCustomer) and change.event == "win":
            month = month_of(str(change.months).partition("/")[0])
            yield change.customer, month, change.probability * (change.amount or 0.0)


def _plain(name: str) -> str:
    return name.strip().casefold()
