"""A dial: one lever that is turned while everything else of a scenario stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.levers import FROM_NOTHING, LEVERS
from history.errors import InputError, unknown_name

from ..changes.any_change import AnyChange
from ..changes.change import MOST_TIMES, WAYS, Change
from ..changes.drivers import DRIVERS
from ..changes.reach import inside
from .driver_dial import DriverDial, PlacedDial, numbers_of
from .lived import better

if TYPE_CHECKING:
    from ..run import Runs

Flags = NDArray[np.bool_]
Way = Literal["times", "plus", "set"]


@dataclass(frozen=True)
class Dial:
    """A lever with all that a change says of it but the number.

    Attributes
    ----------
    lever
        Name of a lever (`forecast.levers.LEVERS`).
    way
        ``times``, ``plus`` or ``set``, as in a change.
    months, ramp, where
        As in a change; None is the whole horizon, at once, and every segment.

    Examples
    --------
    >>> Dial("churn", months="2027-01/").turned(0.9).label
    'churn x 0.9, from 2027-01 on'
    """

    lever: str
    way: Way = "times"
    months: str | None = None
    ramp: int | None = None
    where: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.lever in DRIVERS:
            numbers = ", ".join(f"{self.lever}.{key}" for key in numbers_of(DRIVERS[self.lever]))
            raise InputError(f"{self.lever} is a driver: turn one of its numbers ({numbers})")
        if self.lever not in LEVERS:
            raise unknown_name("lever", self.lever, LEVERS)
        if self.way not in WAYS:
            raise unknown_name("way", self.way, WAYS)
        if self.lever in FROM_NOTHING and self.way == "times":
            raise InputError(
                f"{self.lever} starts from 0, so times changes nothing: turn it with plus"
            )

    def on(self, changes: Sequence[AnyChange]) -> Dial:
        """Give the dial on a scenario: a lever of the forecast is there in all of them."""
        del changes
        return self

    def turn(
        self, changes: Sequence[AnyChange], number: float, because: str | None = None
    ) -> tuple[AnyChange, ...]:
        """Give a scenario's changes with the lever so turned after them."""
        return (*changes, self.turned(number, because))

    def turned(self, number: float, because: str | None = None) -> Change:
        """Give the change that puts the dial to a number."""
        said = {"months": self.months, "ramp": self.ramp, "where": self.where, "because": because}
        return Change.model_validate({"lever": self.lever, self.way: number, **said})

    @property
    def better(self) -> int:
        """1 where more is better, -1 where less is."""
        return better(self.lever)

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest number that a change takes."""
        if self.way == "times":
            return 0.0, MOST_TIMES
        lever = LEVERS[self.lever]
        if self.way == "set":
            return lever.lower, lever.upper
        return lever.lower - lever.upper, lever.upper - lever.lower

    def segments(self, runs: Runs) -> Flags:
        """Segments that the dial touches, array (segments,)."""
        where = self.turned(self.bounds[1]).where
        wanted = None if where is None else {key: list(values) for key, values in where.items()}
        return np.asarray(runs.forecaster.segments.mask(wanted))

    def in_force(self, months: pd.PeriodIndex) -> Flags:
        """Months in which the dial acts, array (months,)."""
        return inside(self.months, months)


AnyDial = Dial | DriverDial
"""What can be turned: a lever of the forecast, or a number of a driver."""

Placed = Dial | PlacedDial
"""The same on a scenario."""


def dial_of(
    name: str,
    way: Way | None = None,
    months: str | None = None,
    where: Mapping[str, Any] | None = None,
) -> AnyDial:
    """Give the dial of a name: a lever, or a driver's number if it has a dot.

    Parameters
    ----------
    name
        ``churn``, or ``price_rise.uplift``.
    way
        None: a lever is turned by a factor, a driver's number is put to a value.
    months, where
        As the dials have them.
    """
    if "." in name:
        return DriverDial(name, way or "set", months, where)
    return Dial(name, way or "times", months, None, where)


def dials(
    given: str | AnyDial | Iterable[str | AnyDial],
    changes: Sequence[AnyChange] = (),
    way: Way | None = None,
) -> tuple[Placed, ...]:
    """Give one or several levers as dials on a scenario's changes.

    Raises
    ------
    InputError
        None, two of one lever, or a driver's number that the scenario does not have.
    """
    several = [given] if isinstance(given, (str, Dial, DriverDial)) else list(given)
    wanted = [dial_of(each, way) if isinstance(each, str) else each for each in several]
    found = tuple(dial.on(changes) for dial in wanted)
    names = [dial.lever for dial in found]
    if not names or len(set(names)) < len(names):
        raise InputError(f"levers {', '.join(names) or 'none'}: name at least one, and each once")
    places = [dial.place for dial in found if isinstance(dial, PlacedDial)]
    if len(set(places) - {None}) < len(places) - places.count(None):
        raise InputError(
            f"levers {', '.join(names)}: two numbers of one driver cannot be turned together"
        )
    return found
