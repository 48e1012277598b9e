"""From a scenario's changes to the levers of one projection: month by month, segment by segment."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.levers import LEVERS, Levers
from history.errors import InputError, UnknownNameError
from history.months import index_of, span

from .change import Change
from .scenario import Scenario

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster

Floats = NDArray[np.float64]


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
                levers = add_change(levers, change, forecaster, months)
            except InputError as error:
                said = f"scenario {member.name!r}, change {position} ({change.label}): {error}"
                kind = UnknownNameError if isinstance(error, UnknownNameError) else InputError
                raise kind(said) from None
    return levers


def compile_changes(
    changes: Iterable[Change], forecaster: "Forecaster", months: pd.PeriodIndex
) -> Levers:
    """Give the levers of a list of changes, applied in their order; as `compile_levers`."""
    levers = Levers.none()
    for change in changes:
        levers = add_change(levers, change, forecaster, months)
    return levers


def add_change(
    levers: Levers, change: Change, forecaster: "Forecaster", months: pd.PeriodIndex
) -> Levers:
    """Give the levers with one more change.

    A lever that counts a total takes the number of plus and set as the company's: it is spread
    over the selected segments by the forecaster's shares. All other levers take the number in
    each selected segment.

    Raises
    ------
    InputError
        No month of the change is projected, or its segments are not there.
    """
    where = None if change.where is None else {k: list(v) for k, v in change.where.items()}
    if where and not forecaster.segments.by:
        raise InputError(
            f"it holds for {_words(where)}, but the forecast has no segments: fit it by "
            f"{', '.join(where)}"
        )
    chosen = forecaster.segments.mask(where)
    if not chosen.any():
        raise InputError(f"no segment is {_words(where)}: {', '.join(forecaster.segments.labels)}")
    weight = phase(change, months)[:, None] * chosen[None, :]
    number: float | Floats = change.number
    if LEVERS[change.lever].extensive and change.way != "times":
        number = change.number * _spread(forecaster.shares(change.lever), chosen)
    if change.way == "times":
        return levers.then(change.lever, times=number, weight=weight)
    if change.way == "plus":
        return levers.then(change.lever, plus=number, weight=weight)
    return levers.then(change.lever, set=number, weight=weight)


def phase(change: Change, months: pd.PeriodIndex) -> Floats:
    """How far a change is in force, by month: 0 outside its span, 1/ramp, 2/ramp ... 1 inside.

    Parameters
    ----------
    change
        The change.
    months
        The months of the projection.

    Returns
    -------
    array (months,)
        Shares 0 to 1.

    Raises
    ------
    InputError
        No month of the change is projected.

    Examples
    --------
    >>> months = pd.period_range("2026-07", "2026-12", freq="M")
    >>> phase(Change(lever="churn", times=0.9, months="2026-08/2026-11", ramp=2), months).tolist()
    [0.0, 0.5, 1.0, 1.0, 1.0, 0.0]
    """
    index = np.array([index_of(month) for month in months], dtype=np.int64)
    first, last = (None, None) if change.months is None else span(change.months)
    start = int(index[0]) if first is None else first
    inside = (index >= start) & (index <= (int(index[-1]) if last is None else last))
    if not inside.any():
        raise InputError(
            f"none of its months ({change.months}) is projected: the months are {months[0]} to "
            f"{months[-1]}; project further, or take the change out if its time is past"
        )
    ramp = max(1, change.ramp or 1)
    return np.asarray(np.where(inside, np.clip((index - start + 1) / ramp, 0.0, 1.0), 0.0))


def _spread(shares: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Shares of the selected segments, summing to 1; even where none of them has any."""
    selected = np.where(chosen, shares, 0.0)
    total = float(selected.sum())
    return selected / total if total > 0 else chosen / chosen.sum()


def _words(where: dict[str, list[str]] | None) -> str:
    return " and ".join(f"{key} {' or '.join(values)}" for key, values in (where or {}).items())
