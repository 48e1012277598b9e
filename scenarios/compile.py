"""From a scenario's changes to the levers of one projection: month by month, segment by segment."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from forecast.levers import Levers
from history.errors import InputError, UnknownNameError

from .any_change import AnyChange
from .scenario import Scenario

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster


def compile_levers(scenario: Scenario, forecaster: "Forecaster", months: pd.PeriodIndex) -> Levers:
    """Give the levers of a scenario's whole chain of changes.

    Parameters
    ----------
    scenario
        The scenario.
    forecaster
        Whose segments and shares are used.
    months
        The months of the projection.

    Returns
    -------
    Levers
        Affine maps of the shape (months, segments).

    Raises
    ------
    InputError
        A change lies outside the months, or names a segment that is not there; it says which
        scenario and which change.
    """
    levers = Levers.none()
    for member in scenario.chain:
        for position, change in enumerate(member.changes, 1):
            try:
                levers = change.apply(levers, forecaster, months)
            except InputError as error:
                said = f"scenario {member.name!r}, change {position} ({change.label}): {error}"
                kind = UnknownNameError if isinstance(error, UnknownNameError) else InputError
                raise kind(said) from None
    return levers


def compile_changes(
    changes: Iterable[AnyChange], forecaster: "Forecaster", months: pd.PeriodIndex
) -> Levers:
    """Give the levers of a list of changes, applied in their order; as `compile_levers`."""
    levers = Levers.none()
    for change in changes:
        levers = change.apply(levers, forecaster, months)
    return levers
