"""Changes: the levers of some segments, in the engine's order of axes (segments, months, ...)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ..levers import LEVERS, Levers, Map
from ..prospects import Prospect

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
A = TypeVar("A", bound=NDArray[np.floating])

ONBOARDING: Final = 3
"""Months after the one they came in that count as onboarding."""


@dataclass(frozen=True, eq=False)
class Changes:
    """What is changed in some segments.

    Attributes
    ----------
    maps : mapping of lever to Map
        Scale and shift, arrays (segments, months); levers that change nothing are left out.
    prospects : tuple of Prospect
        Those that may come to these segments.
    first : int
        Place of the first of these segments among all.
    """

    maps: dict[str, Map]
    prospects: tuple[Prospect, ...] = ()
    first: int = 0

    @classmethod
    def of(cls, levers: Levers, segments: slice) -> Changes:
        """Give the changes of a run of segments; `levers` fit the projection."""
        found = {
            name: Map(one.scale[:, segments].T, one.shift[:, segments].T)
            for name, one in levers.maps.items()
        }
        prospects = tuple(one for one in levers.prospects if any(one.shares[segments]))
        some = {name: one for name, one in found.items() if not _nothing(one)}
        return cls(some, prospects, segments.start)

    def of_segment(self, s: int) -> Changes:
        """Give the changes of one of the segments."""
        found = {
            name: Map(one.scale[s : s + 1], one.shift[s : s + 1]) for name, one in self.maps.items()
        }
        prospects = tuple(one for one in self.prospects if one.shares[self.first + s])
        some = {name: one for name, one in found.items() if not _nothing(one)}
        return Changes(some, prospects, self.first + s)

    def touches(self, name: str) -> bool:
        """Whether a lever is moved in any of the segments."""
        return name in self.maps

    def __call__(self, name: str, value: A) -> A:
        """Give changed values, pulled back to the lever's bounds; array (segments, months, ...)."""
        if name not in self.maps:
            return value
        return LEVERS[name].clip(self.maps[name](value), value)

    def constant(self, name: str, base: float, months: int) -> Floats | None:
        """Give changed values of a lever whose forecast is one number; None if untouched."""
        if name not in self.maps:
            return None
        return self(name, np.full((len(self.maps[name].scale), months), base))

    def hazards(self, hazard: Floats, segment: Whole, age: Whole) -> Floats:
        """Give hazards (rows, months) after the levers on leaving of each row's segment.

        `age` (rows, months) counts the months since the one they came in: 1 is the first.
        """
        if "churn" in self.maps:
            found = self.maps["churn"]
            hazard = found.scale[segment] * hazard + found.shift[segment]
        if "onboarding" in self.maps:
            found = self.maps["onboarding"]
            changed = found.scale[segment] * hazard + found.shift[segment]
            hazard = np.where(age <= ONBOARDING, changed, hazard)
        return np.asarray(np.clip(hazard, 0.0, 1.0))

    def amounts(self, flow: str, value: A, m: int) -> A:
        """Give a month's positive amounts (segments, paths) of a flow, if they are put by hand."""
        name = f"{flow}_mrr"
        if name not in self.maps:
            return value
        found = self.maps[name]
        scale, shift = (part[:, m, None] for part in (found.scale, found.shift))
        return cast("A", np.maximum(scale * value + shift, 0.0))

    def outside(self, name: str, value: A) -> int:
        """How many changed values have to be pulled back to the lever's bounds."""
        if name not in self.maps:
            return 0
        return LEVERS[name].outside(self.maps[name](value), value)

    def key(self, *names: str) -> bytes:
        """Bytes that are equal where the same is changed of these.

        Prospects are told with `one_off`, and by themselves as `prospects`: they bring customers.
        """
        parts = [
            part
            for name in names
            if name in self.maps
            for part in (
                name.encode(),
                self.maps[name].scale.tobytes(),
                self.maps[name].shift.tobytes(),
            )
        ]
        if self.prospects and not {"one_off", "prospects"}.isdisjoint(names):
            parts += [one.key for one in self.prospects]
        return b"\0".join(parts)


def _nothing(found: Map) -> bool:
    return bool((found.scale == 1.0).all() and (found.shift == 0.0).all())
