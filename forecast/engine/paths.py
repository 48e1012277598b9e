"""What came out: every path of every segment, put together only as far as it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..layers import LayerPlan

Floats = NDArray[np.float64]

FLOWS: Final = ("new", "reactivation", "expansion", "contraction", "churn", "fx")
"""Movements of MRR, signed: contraction and churn are 0 or less, fx is 0 unless a lever moves."""

COUNTS: Final = ("new_customers", "reactivated_customers", "churned_customers")
"""Movements of customers, 0 or more."""

CLOSINGS: Final = ("mrr", "customers")
"""What is there at each close."""

SegmentPaths = Mapping[str, NDArray[np.floating]]
"""One segment: array (months, paths) for each of `FLOWS`, `COUNTS` and `CLOSINGS`;
money in double, customers in single precision."""


@dataclass(frozen=True, eq=False)
class Paths:
    """All segments.

    Attributes
    ----------
    parts : sequence of SegmentPaths
        In the order of the segments.
    """

    parts: Sequence[SegmentPaths]
    _notes: Callable[[], tuple[str, ...]]
    _plan: Callable[[], LayerPlan]

    @cached_property
    def flows(self) -> Mapping[str, Floats]:
        """Signed movements of MRR by name, arrays (segments, months, paths)."""
        return Stacked(self.parts, FLOWS)

    @cached_property
    def counts(self) -> Mapping[str, Floats]:
        """Movements of customers by name, arrays (segments, months, paths)."""
        return Stacked(self.parts, COUNTS)

    @cached_property
    def closings(self) -> Mapping[str, Floats]:
        """`mrr` and `customers` at the closes, arrays (segments, months, paths)."""
        return Stacked(self.parts, CLOSINGS)

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What was pulled back to a lever's bounds."""
        return self._notes()

    @cached_property
    def plan(self) -> LayerPlan:
        """What was expected of the layers, by which the flows can be split."""
        return self._plan()

    def total(self, name: str, chosen: NDArray[np.bool_] | None = None) -> Floats:
        """Sum of one flow, count or closing over all or the chosen segments, (months, paths)."""
        parts = [
            part[name] for s, part in enumerate(self.parts) if chosen is None or bool(chosen[s])
        ]
        total = np.zeros(self.parts[0][name].shape)
        for part in parts:
            total += part
        return total


class Stacked(Mapping[str, Floats]):
    """Arrays of all segments by name, put together when they are first asked for."""

    def __init__(self, parts: Sequence[SegmentPaths], names: Sequence[str]) -> None:
        self._parts, self._names = parts, tuple(names)
        self._made: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            stacked = np.stack([part[name] for part in self._parts], dtype=np.float64)
            stacked.setflags(write=False)
            self._made[name] = stacked
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
