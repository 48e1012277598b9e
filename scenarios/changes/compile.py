"""From a scenario's changes to the levers of one projection: month by month, segment by segment."""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import pandas as pd

from forecast.levers import Levers
from history.errors import InputError, UnknownNameError

from ..files.places import problem
from ..files.yamltext import Problem, refuse
from ..scenario import Scenario
from .any_change import AnyChange

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
        Changes lie outside the months, or name a segment that is not there: all of them, each
        with its file, line and key, or with the scenario and the number of the change.
    """
    return compile_all([scenario], forecaster, months)[scenario.name]


def compile_all(
    scenarios: Iterable[Scenario], forecaster: "Forecaster", months: pd.PeriodIndex
) -> dict[str, Levers]:
    """Give the levers of several scenarios by name, or every problem of all; as `compile_levers`.

    A change that cannot be carried is left out while the ones after it are looked at.
    """
    levers: dict[str, Levers] = {}
    problems: dict[Problem, InputError] = {}
    for scenario in scenarios:
        here = Levers.none()
        for member in scenario.chain:
            for position, change in enumerate(member.changes, 1):
                try:
                    here = change.apply(here, forecaster, months)
                except InputError as error:
                    problems.setdefault(problem(member, position, str(error), error.at), error)
        levers[scenario.name] = here
    if problems:
        unknown = all(isinstance(error, UnknownNameError) for error in problems.values())
        refused = refuse(list(problems))
        raise UnknownNameError(*refused.args) if unknown else refused
    return levers


def compile_changes(
    changes: Iterable[AnyChange], forecaster: "Forecaster", months: pd.PeriodIndex
) -> Levers:
    """Give the levers of a list of changes, applied in their order; as `compile_levers`."""
    levers = Levers.none()
    for change in changes:
        levers = change.apply(levers, forecaster, months)
    return levers


def carried(
    changes: Iterable[AnyChange], forecaster: "Forecaster", months: pd.PeriodIndex
) -> tuple[AnyChange, ...]:
    """Give those of a list of changes that can be carried after one another.

    Of all changes of a scenario that ran these are all; of a part of them a change may be left out
    that needs another one, such as churn put to a number in a segment that is not launched.
    """
    kept, levers = [], Levers.none()
    for change in changes:
        with suppress(InputError):
            levers = change.apply(levers, forecaster, months)
            kept.append(change)
    return tuple(kept)
