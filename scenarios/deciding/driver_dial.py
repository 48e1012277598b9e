"""A dial of a driver: one number of a price rise, a team, a budget, turned in its place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from history.errors import InputError, unknown_name
from history.months import span, text

from ..changes.any_change import AnyChange
from ..changes.change import MOST_TIMES, WAYS
from ..changes.drivers import DRIVERS, Driver
from ..changes.reach import inside
from ..files.fields import is_span
from .whole import rounded

if TYPE_CHECKING:
    from ..run import Runs

Flags = NDArray[np.bool_]
Way = Literal["times", "plus", "set"]
Numbers = float | Mapping[str, float]

_NO_BOUND: Final = 1e12
_HAIR: Final = 1e-9
_SEEN_IN: Final = {"price": "expansion"}
"""Levers that movements do not show by themselves, and the movement in which they are found."""


@dataclass(frozen=True)
class DriverDial:
    """One number of a driver, which is turned while everything else stays.

    The driver is the one that the scenario has; its number is turned where the driver stands. One
    that the scenario does not have is added to it, if it needs no other number (a price rise).

    Attributes
    ----------
    name
        ``driver.key``, as ``price_rise.uplift``; of several drivers of a kind the place among
        them stands between, from 1: ``price_rise.2.uplift``.
    way
        ``set``, ``times`` or ``plus``: the number is put to a value, multiplied, or added to.
    months
        Of amounts by month: those that are turned, a month or a closed span; None are those that
        the driver names. Of a driver that is added: its months.
    where
        Segments of a driver that is added.

    Examples
    --------
    >>> from scenarios import PriceRise, SalesCapacity
    >>> dial = DriverDial("price_rise.uplift").on([PriceRise(uplift=0.06, months="2027-01/")])
    >>> dial.turned(0.08).label
    'prices of existing customers +8 %, from 2027-01 on'
    >>> team = SalesCapacity(reps=7, hires={"2026-10": 2})
    >>> dial = DriverDial("sales_capacity.hires", months="2026-10/2026-11").on([team])
    >>> dict(dial.turned(3).hires)
    {'2026-10': 3.0, '2026-11': 3.0}
    """

    name: str
    way: Way = "set"
    months: str | None = None
    where: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise unknown_name("way", self.way, WAYS)
        driver, _, _ = parts_of(self.name)
        if self.lever not in DRIVERS:
            raise unknown_name("driver", driver, DRIVERS)
        if self.key not in numbers_of(DRIVERS[driver]):
            raise unknown_name(f"number of {driver}", self.key, numbers_of(DRIVERS[driver]))

    @property
    def lever(self) -> str:
        """Name of the driver."""
        return parts_of(self.name)[0]

    @property
    def key(self) -> str:
        """Name of the number."""
        return parts_of(self.name)[2]

    def on(self, changes: Sequence[AnyChange]) -> PlacedDial:
        """Find the driver among a scenario's changes, or the place of one to be added.

        Raises
        ------
        InputError
            It is not there and cannot be added, several are there and none is named, or the
            number cannot be turned in this way.
        """
        place = parts_of(self.name)[1]
        there = [at for at, change in enumerate(changes) if change.lever == self.lever]
        if place is None and len(there) > 1:
            named = "; ".join(
                f"{self.lever}.{i}.{self.key} ({changes[at].label})"
                for i, at in enumerate(there, 1)
            )
            raise InputError(f"{self.name}: the scenario has {len(there)} of them: say {named}")
        if not there and place is None:
            return PlacedDial(self, None, self._added())
        if place is not None and not 1 <= place <= len(there):
            raise InputError(f"{self.name}: the scenario has {len(there)} {self.lever}")
        at = there[(place or 1) - 1]
        if self.where is not None:
            raise InputError(f"{self.name}: its segments are those of the driver: leave out where")
        placed = PlacedDial(self, at, changes[at].as_dict())
        placed.check()
        return placed

    def _added(self) -> dict[str, Any]:
        """Give the keys of a driver to be added."""
        needed = [
            name
            for name, about in DRIVERS[self.lever].model_fields.items()
            if about.is_required() and name != self.key
        ]
        if needed or self.way != "set" or self.key in by_month(DRIVERS[self.lever]):
            how = ", which can be set alone" if self.way != "set" and not needed else ""
            raise InputError(
                f"{self.name}: the scenario has no {self.lever}{how}: add one to it, as docs/levers"
                ".md tells, or turn a lever"
            )
        where = None if self.where is None else dict(self.where)
        given = {"lever": self.lever, "months": self.months, "where": where}
        return {key: value for key, value in given.items() if value is not None}


@dataclass(frozen=True, eq=False)
class PlacedDial:
    """A dial of a driver on the changes of a scenario.

    Attributes
    ----------
    dial
        What is turned.
    place
        Place of the driver among the changes; None where it is added at their end.
    given
        The driver's keys.
    whole
        Whether it turns to whole numbers alone; see `in_whole`.
    """

    dial: DriverDial
    place: int | None
    given: Mapping[str, Any]
    whole: bool = False

    @property
    def lever(self) -> str:
        """The dial's name: ``price_rise.uplift``."""
        return self.dial.name

    @property
    def way(self) -> Way:
        """How it is turned."""
        return self.dial.way

    @property
    def months(self) -> str | None:
        """Span in which its driver acts."""
        return self.driver.months

    @property
    def driver(self) -> Driver:
        """The driver as it is; one that is added has its number at the nearest to nothing."""
        if self.place is None:
            low, high = self.bounds
            return self.turned(min(max(0.0, low), high))
        return DRIVERS[self.dial.lever].model_validate(dict(self.given))

    @property
    def number(self) -> float | None:
        """The number as it is, of amounts by month their mean; None where there is none."""
        now = self._now()
        if isinstance(now, Mapping):
            return math.fsum(now.get(month, 0.0) for month in self._months()) / len(self._months())
        return now

    @property
    def start(self) -> tuple[float, float]:
        """Where the dial stands, and what a step of 100 % is."""
        if self.way == "times":
            return 1.0, 1.0
        present = self.number or 0.0
        return (present if self.way == "set" else 0.0), abs(present) or 1.0

    @property
    def better(self) -> int:
        """1 where more is better, -1 where less is."""
        kind = DRIVERS[self.dial.lever]
        sign = -1 if self.dial.key in kind.less_is_better else 1
        return -sign if self.way == "times" and (self.number or 0.0) < 0 else sign

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest number to which it can be turned."""
        low, high = numbers_of(DRIVERS[self.dial.lever])[self.dial.key]
        now = self._now()
        values = list(now.values()) if isinstance(now, Mapping) else [0.0 if now is None else now]
        if self.way == "set":
            return low, high
        if self.way == "plus":
            return low - min(values), high - max(values)
        ends = [sorted((low / value, high / value)) for value in values if value]
        return max(0.0, *(end[0] for end in ends)), min(MOST_TIMES, *(end[1] for end in ends))

    @property
    def seen_in(self) -> str:
        """Lever of the forecast in which history shows what it does."""
        drives = self.driver.drives
        return _SEEN_IN.get(drives[0], drives[0]) if drives else self.lever

    def check(self) -> None:
        """Raise `InputError` where the number cannot be turned in this way, or in these months."""
        now = self._now()
        if isinstance(now, Mapping):
            self._months()
        elif self.dial.months is not None:
            raise InputError(
                f"{self.lever}: it is turned in the months of the driver: leave out months"
            )
        if self.way == "times" and not self.number:
            said = "is 0" if self.number == 0 else "is not there"
            raise InputError(f"{self.lever} {said}, so times changes nothing: set it")
        if self.way == "plus" and now is None:
            raise InputError(f"{self.lever} is not there, so there is nothing to add to: set it")

    def turned(self, number: float, because: str | None = None) -> Driver:
        """Give the driver with the number so turned.

        Raises
        ------
        InputError
            The driver does not take it.
        """
        now = self._now()
        value: Numbers
        if isinstance(now, Mapping):
            changed = {month: self._put(now.get(month, 0.0), number) for month in self._months()}
            value = {**now, **changed}
        else:
            value = self._put(now or 0.0, number)
        given = {**self.given, self.dial.key: value}
        if because is not None:
            given["because"] = because
        try:
            return DRIVERS[self.dial.lever].model_validate(given)
        except ValidationError as error:
            said = "; ".join(problem["msg"] for problem in error.errors())
            raise InputError(f"{self.lever} at {number:g}: {said}") from None

    def turn(
        self, changes: Sequence[AnyChange], number: float, because: str | None = None
    ) -> tuple[AnyChange, ...]:
        """Give a scenario's changes with the number so turned."""
        turned = self.turned(number, because)
        if self.place is None:
            return (*changes, turned)
        return (*changes[: self.place], turned, *changes[self.place + 1 :])

    def segments(self, runs: Runs) -> Flags:
        """Segments that its driver touches, array (segments,)."""
        where = self.driver.where
        wanted = None if where is None else {key: list(values) for key, values in where.items()}
        return np.asarray(runs.forecaster.segments.mask(wanted))

    def in_force(self, months: pd.PeriodIndex) -> Flags:
        """Months in which its driver acts, array (months,)."""
        return inside(self.driver.months, months)

    def _now(self) -> Numbers | None:
        """Give the number as it stands: one, or by month."""
        kind = DRIVERS[self.dial.lever]
        if self.place is None:
            return None
        found = self.given.get(self.dial.key, kind.model_fields[self.dial.key].get_default())
        if found is None and self.dial.key in by_month(kind):
            return {}
        return found if isinstance(found, Mapping) or found is None else float(found)

    def _months(self) -> list[str]:
        """Months whose amounts are turned."""
        now = self._now()
        named = list(now) if isinstance(now, Mapping) else []
        if self.dial.months is None:
            if not named:
                raise InputError(f"{self.lever}: no month is named: say in which (2026-10)")
            return named
        if not is_span(self.dial.months):
            raise InputError(f"{self.lever}: {self.dial.months!r} is no month or span of months")
        first, last = span(self.dial.months)
        if first is None or last is None:
            raise InputError(
                f"{self.lever}: amounts by month need a month or a closed span, not "
                f"{self.dial.months}"
            )
        return [text(month) for month in range(first, last + 1)]

    def _put(self, now: float, number: float) -> float:
        amount = {"set": number, "times": now * number, "plus": now + number}[self.way]
        return rounded(self, amount) if self.whole else amount


def main_dials(changes: Sequence[AnyChange]) -> Iterator[DriverDial]:
    """Give the main number of each driver that a scenario uses, turned by a factor.

    Examples
    --------
    >>> from scenarios import Change, PriceRise
    >>> changes = [PriceRise(uplift=0.05), Change(lever="churn", times=0.9), PriceRise(uplift=0.03)]
    >>> [dial.name for dial in main_dials(changes)]
    ['price_rise.1.uplift', 'price_rise.2.uplift']
    """
    for at, change in enumerate(changes):
        if not isinstance(change, Driver):
            continue
        key = next((key for key in change.main if getattr(change, key)), None)
        same = [other for other, one in enumerate(changes) if one.lever == change.lever]
        if key is not None:
            place = f".{same.index(at) + 1}" if len(same) > 1 else ""
            yield DriverDial(f"{change.lever}{place}.{key}", "times")


def parts_of(name: str) -> tuple[str, int | None, str]:
    """Part the name of a dial: driver, place among its kind or None, key.

    Examples
    --------
    >>> parts_of("price_rise.uplift"), parts_of("price_rise.2.uplift")
    (('price_rise', None, 'uplift'), ('price_rise', 2, 'uplift'))
    """
    driver, *place, key = name.split(".") if "." in name else (name, "")
    if not place:
        return driver, None, key
    if len(place) > 1 or not place[0].isdecimal():
        raise InputError(f"{name}: write driver.number (price_rise.uplift, price_rise.2.uplift)")
    return driver, int(place[0]), key


@cache
def numbers_of(kind: type[Driver]) -> Mapping[str, tuple[float, float]]:
    """Give the numbers of a driver that can be turned, with their bounds; counts of months cannot.

    Examples
    --------
    >>> from scenarios import PaymentRecovery
    >>> numbers_of(PaymentRecovery)["then"]
    (0, 1)
    """
    found = {}
    for key, about in kind.model_json_schema()["properties"].items():
        for each in about.get("anyOf", about.get("oneOf", [about])):
            number = next(iter(each.get("patternProperties", {}).values()), each)
            if number.get("type") == "number":
                found[key] = _bounds(number)
    return found


def by_month(kind: type[Driver]) -> tuple[str, ...]:
    """Give the numbers of a driver that are amounts by month and nothing else."""
    return tuple(
        key
        for key, about in kind.model_json_schema()["properties"].items()
        if any("patternProperties" in each for each in about.get("anyOf", ()))
    )


def _bounds(about: Mapping[str, float]) -> tuple[float, float]:
    """Bounds of a number from its JSON Schema, whether in its words or in pydantic's."""
    low = about.get("minimum", about.get("ge"))
    high = about.get("maximum", about.get("le"))
    above = about.get("exclusiveMinimum", about.get("gt"))
    below = about.get("exclusiveMaximum", about.get("lt"))
    if low is None:
        low = -_NO_BOUND if above is None else above + _HAIR
    if below is not None:
        high = below - _HAIR
    return low, _NO_BOUND if high is None else high
