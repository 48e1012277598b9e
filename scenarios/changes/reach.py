"""Which months and segments a change reaches, and how far it is in force there."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError
from history.months import index_of, span

from .any_change import AnyChange

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Where = Mapping[str, tuple[str, ...]]


def chosen(where: Where | None, forecaster: "Forecaster") -> Flags:
    """Say which segments are meant, array (segments,).

    Raises
    ------
    InputError
        The forecast has no such segments.
    """
    wanted = None if where is None else {key: list(values) for key, values in where.items()}
    if wanted and not forecaster.segments.by:
        raise InputError(
            f"it holds for {_words(wanted)}, but the forecast has no segments: {segmented(wanted)}",
            at=("where",),
        )
    found = forecaster.segments.mask(wanted)
    if not found.any():
        known = ", ".join(forecaster.segments.labels)
        raise InputError(f"no segment is {_words(wanted)}: {known}", at=("where",))
    return found


def segmented(dimensions: Iterable[str]) -> str:
    """Say how a forecast gets segments.

    Examples
    --------
    >>> segmented(["size"])
    'segment it by size (--by size, or by: [size] in arrcast.yaml)'
    """
    names = list(dimensions)
    options = " ".join(f"--by {name}" for name in names)
    listed = ", ".join(names)
    return f"segment it by {listed} ({options}, or by: [{listed}] in arrcast.yaml)"


def inside(months_text: str | None, months: pd.PeriodIndex) -> Flags:
    """Say which of the projected months lie in a span, array (months,).

    Raises
    ------
    InputError
        None of them does.
    """
    index = _indices(months)
    first, last = (None, None) if months_text is None else span(months_text)
    low = index[0] if first is None else first
    found = (index >= low) & (index <= (index[-1] if last is None else last))
    if not found.any():
        raise InputError(
            f"none of its months ({months_text}) is projected: the months are {months[0]} to "
            f"{months[-1]}; project further, or take the change out if its time is past",
            at=("months",),
        )
    return np.asarray(found)


def phase(change: AnyChange, months: pd.PeriodIndex) -> Floats:
    """How far a change is in force, by month: 0 outside its span, 1/ramp, 2/ramp ... 1 inside.

    Parameters
    ----------
    change
        The change; one without a ramp is in force at once.
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
    >>> from scenarios import Change
    >>> months = pd.period_range("2026-07", "2026-12", freq="M")
    >>> phase(Change(lever="churn", times=0.9, months="2026-08/2026-11", ramp=2), months).tolist()
    [0.0, 0.5, 1.0, 1.0, 1.0, 0.0]
    """
    reached = inside(change.months, months)
    index = _indices(months)
    first = None if change.months is None else span(change.months)[0]
    start = int(index[0]) if first is None else first
    given = getattr(change, "ramp", None)
    ramp = max(1, given) if isinstance(given, int) else 1
    return np.asarray(np.where(reached, np.clip((index - start + 1) / ramp, 0.0, 1.0), 0.0))


def weight(change: AnyChange, forecaster: "Forecaster", months: pd.PeriodIndex) -> Floats:
    """How far a change is in force, by month and segment, array (months, segments)."""
    segments = chosen(change.where, forecaster)
    return np.asarray(phase(change, months)[:, None] * segments[None, :])


def spread(shares: Floats, segments: Flags) -> Floats:
    """Shares of the selected segments, summing to 1; even where none of them has any."""
    selected = np.where(segments, shares, 0.0)
    total = float(selected.sum())
    return selected / total if total > 0 else segments / segments.sum()


def _indices(months: pd.PeriodIndex) -> NDArray[np.int64]:
    return np.array([index_of(month) for month in months], dtype=np.int64)


def _words(where: Mapping[str, list[str]] | None) -> str:
    return " and ".join(f"{key} {' or '.join(values)}" for key, values in (where or {}).items())
