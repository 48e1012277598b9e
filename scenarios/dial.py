"""A dial: one lever that is turned while everything else of a scenario stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.levers import FROM_NOTHING, LEVERS
from history.errors import InputError, unknown_name

from .change import MOST_TIMES, WAYS, Change
from .lived import better
from .reach import inside

if TYPE_CHECKING:
    from .run import Runs

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
        if self.lever not in LEVERS:
            raise unknown_name("lever", self.lever, LEVERS)
        if self.way not in WAYS:
            raise unknown_name("way", self.way, WAYS)
        if self.lever in FROM_NOTHING and self.way == "times":
            raise InputError(
                f"{self.lever} starts from 0, so times changes nothing: turn it with plus"
            )

    @classmethod
    def of(cls, given: str | Dial) -> Dial:
        """Give a dial for the name of a lever, turned by a factor."""
        return given if isinstance(given, Dial) else cls(given)

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


def dials(given: str | Dial | Iterable[str | Dial]) -> tuple[Dial, ...]:
    """Give one or several levers as dials.

    Raises
    ------
    InputError
        None, or two of one lever.
    """
    several = [given] if isinstance(given, (str, Dial)) else list(given)
    found = tuple(Dial.of(each) for each in several)
    names = [dial.lever for dial in found]
    if not names or len(set(names)) < len(names):
        raise InputError(f"levers {names}: name at least one, and each once")
    return found
