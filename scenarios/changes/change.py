"""One change of one lever: by how much, when, where and why."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
from pydantic import Field, field_validator

from forecast.lever_words import lever_told
from forecast.levers import FROM_NOTHING, LEVERS
from history.errors import unknown_name
from history.language import spelt
from history.months import span

from ..files.fields import Number, figure, is_span
from .any_change import AnyChange, Floats
from .drivers import DRIVERS
from .reach import chosen, phase, spread

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers

WAYS = ("times", "plus", "set")
MOST_TIMES = 20.0
LONGEST_RAMP = 120


class Change(AnyChange):
    """One lever, changed in one way.

    Attributes
    ----------
    lever
        Name of a lever (`forecast.levers.LEVERS`).
    times, plus, set
        Exactly one of them: the lever's value is multiplied by it, raised by it, or put to it, in
        the lever's unit. For a lever that counts a total (``new_customers``, ``one_off``) plus and
        set are the company's number, spread over the selected segments by the forecaster's shares.
    months
        Span in which it holds, both ends included: ``2026-10/2027-06``, ``2026-10/``,
        ``/2027-06``, or ``2026-10`` for that month alone. None is the whole horizon.
    ramp
        Months over which it phases in: with 3 it has a third of its effect in the first month of
        the span, two thirds in the second, all of it from the third on. Without a first month the
        span begins with the first month ahead. None, 0 and 1 mean at once.
    where
        Segments it touches: dimension to one or several values. None is all of them.
    because
        The reason, in a sentence.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> Change(lever="churn", times=0.9, months="2026-10/", ramp=3).label
    'churn x 0.9, from 2026-10 on, phased in over 3 months'
    """

    times: Number | None = None
    plus: Number | None = None
    set: Number | None = None
    ramp: Annotated[int, Field(strict=True, ge=0, le=LONGEST_RAMP)] | None = None

    @field_validator("lever")
    @classmethod
    def _known(cls, name: str) -> str:
        if name in DRIVERS:
            kind = DRIVERS[name].__name__
            raise ValueError(f"{name} is a driver with keys of its own: add {kind}(...)")
        if name not in LEVERS:
            raise ValueError(str(unknown_name("lever", name, [*LEVERS, *DRIVERS])))
        return name

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        return cross_problems(self.model_dump(exclude_none=True))

    @property
    def way(self) -> str:
        """How the lever moves: ``times``, ``plus`` or ``set``."""
        return next(way for way in WAYS if getattr(self, way) is not None)

    @property
    def number(self) -> float:
        """By how much, in the sense of `way`."""
        return float(getattr(self, self.way))

    @property
    def effect(self) -> str:
        """The lever and its number: ``churn x 0.9``, ``price = 1.05``, ``one_off -5,000``."""
        lever = lever_told(self.lever)
        if self.way == "times":
            return f"{lever} x {spelt(f'{self.number:g}')}"
        if self.way == "set":
            return f"{lever} = {figure(self.number)}"
        sign = "+" if self.number >= 0 else "-"
        return f"{lever} {sign}{figure(abs(self.number))}"

    def told(self) -> dict[str, object]:
        """Give `way`, `number` and `unit` for a table of inputs."""
        unit = "factor" if self.way == "times" else LEVERS[self.lever].unit
        return {"way": self.way, "number": self.number, "unit": unit}

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with this change after those already made.

        A lever that counts a total takes the number of plus and set as the company's: it is spread
        over the selected segments by the forecaster's shares. All other levers take the number in
        each selected segment.
        """
        segments = chosen(self.where, forecaster)
        in_force = phase(self, months)[:, None] * segments[None, :]
        number: float | Floats = self.number
        if LEVERS[self.lever].extensive and self.way != "times":
            number = self.number * spread(forecaster.shares(self.lever), segments)
        if self.way == "times":
            return levers.then(self.lever, times=number, weight=in_force)
        if self.way == "plus":
            return levers.then(self.lever, plus=number, weight=in_force)
        return levers.then(self.lever, set=number, weight=in_force)


def cross_problems(change: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Problems of a change that concern several of its keys.

    Parameters
    ----------
    change
        Key to value as in a file; single values may themselves be wrong.

    Returns
    -------
    list of (key, message)
        Empty when there is none.
    """
    given = [way for way in WAYS if change.get(way) is not None]
    if len(given) != 1:
        said = "none is given" if not given else f"{' and '.join(given)} are given"
        return [(given[-1] if given else "lever", f"needs exactly one of times, plus, set: {said}")]
    way = given[0]
    name, number = change.get("lever"), change[way]
    problems = []
    plain = isinstance(number, (int, float)) and not isinstance(number, bool)
    if name in LEVERS and plain and (message := _out_of_bounds(str(name), way, float(number))):
        problems.append((way, message))
    if name in FROM_NOTHING and not _closed(change.get("months")):
        message = (
            f"{name} needs the month it happens in (months: 2026-10) or a closed span; the amount "
            "counts in each month of the span"
        )
        problems.append(("months" if change.get("months") else "lever", message))
    return problems


def _out_of_bounds(name: str, way: str, number: float) -> str | None:
    lever = LEVERS[name]
    if way == "times":
        if name in FROM_NOTHING:
            return f"{name} starts from 0, so times changes nothing: use plus"
        if not 0 <= number <= MOST_TIMES:
            return f"times {number:g} is outside 0 to {MOST_TIMES:g}: 80 % is written 0.80"
        return None
    low, high = lever.lower, lever.upper
    if way == "plus":
        low, high = low - high, high - low
    if not low <= number <= high:
        return (
            f"{way} {number:g} is outside {low:g} to {high:g}, the bounds of {name} ({lever.unit})"
        )
    return None


def _closed(months: object) -> bool:
    if not isinstance(months, str) or not is_span(months):
        # A malformed span has its own message; none at all is not closed.
        return months is not None
    return None not in span(months)
