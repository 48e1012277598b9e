"""What may be changed about a forecast: the levers, their units and bounds, and sets of them.

A `Levers` value holds for every lever an affine map of the forecast's own value,
``value' = scale * value + shift``, month by month and segment by segment. Affine maps are closed
under composition, so a chain of changes is one map, and a change that is phased in is one too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from history.errors import InputError, unknown_name

from .prospects import Prospect

Floats = NDArray[np.float64]
A = TypeVar("A", bound=NDArray[np.floating])


@dataclass(frozen=True)
class Lever:
    """One quantity that a scenario may change.

    Attributes
    ----------
    name : str
        As written in scenario files.
    unit : str
        Unit of the value, per month where it is a flow.
    lower, upper : float
        Bounds of the value, both allowed.
    meaning : str
        One sentence: what it is and how it acts.
    extensive : bool
        True where a company-wide amount is the sum over segments (and has to be spread over
        them), False where every segment takes the same value.
    """

    name: str
    unit: str
    lower: float
    upper: float
    meaning: str
    extensive: bool = False

    def clip(self, value: A, forecast: A) -> A:
        """Values pulled back to the bounds, or to the forecast where that lies outside them.

        Some segments are outside by nature: where customers move from plan to plan, the expansion
        of the plan they leave is negative.
        """
        if value.size and self.lower <= value.min() and value.max() <= self.upper:
            return value
        lower, upper = np.minimum(forecast, self.lower), np.maximum(forecast, self.upper)
        clipped: A = np.clip(value, lower, upper)
        return clipped

    def outside(self, value: A, forecast: A) -> int:
        """How many of the values `clip` would pull back."""
        return int((self.clip(value, forecast) != value).sum())

    def check(self, value: ArrayLike) -> None:
        """Raise `InputError` if any of the values is outside the bounds or not a number."""
        numbers = np.atleast_1d(np.asarray(value, dtype=float))
        bad = numbers[~np.isfinite(numbers) | (numbers < self.lower) | (numbers > self.upper)]
        if bad.size:
            raise InputError(
                f"{self.name}: {bad[0]:g} is outside its bounds "
                f"{self.lower:g} to {self.upper:g} ({self.unit}). Give a value within them."
            )


_ALL: Final = (
    Lever(
        "new_customers",
        "customers a month",
        0.0,
        1e9,
        "Customers won in the month; what they pay is new_arpa.",
        extensive=True,
    ),
    Lever("new_arpa", "MRR per new customer", 0.0, 1e12, "Average MRR of the customers won."),
    Lever(
        "churn",
        "share of opening a month",
        0.0,
        1.0,
        "Share of the opening customers, and of their MRR, lost in the month. Under contract the "
        "share is 0: a factor leaves it so, a shift or a set value does not.",
    ),
    Lever(
        "onboarding",
        "share of customers in their first three months lost a month",
        0.0,
        1.0,
        "The same for customers in the first three months after the one they came in, on top of "
        "what is changed about churn.",
    ),
    Lever(
        "annual_share",
        "share of new customers",
        0.0,
        1.0,
        "Share of the customers won who sign for twelve months or more: they can leave at "
        "renewals only. Their share of the MRR won moves along; a discount for it is new_arpa.",
    ),
    Lever(
        "expansion", "share of opening MRR a month", 0.0, 10.0, "Growth of paying customers' MRR."
    ),
    Lever(
        "contraction",
        "share of opening MRR a month",
        0.0,
        1.0,
        "Loss of MRR from customers who stay, as a positive share.",
    ),
    Lever(
        "reactivation",
        "share of lapsed customers a month",
        0.0,
        1.0,
        "Share of the customers who had left that come back.",
    ),
    Lever(
        "price",
        "index of existing customers' prices, 1 = today",
        0.01,
        100.0,
        "A step of the index is expansion (or contraction) of the opening MRR in that month; "
        "prices of new business are new_arpa.",
    ),
    Lever(
        "fx_index",
        "index of what existing MRR is worth by exchange rates, 1 = today",
        0.01,
        100.0,
        "A step of the index revalues the opening MRR, as the movement fx; what follows in the "
        "month is at the new rate. New business at other rates is new_arpa.",
    ),
    Lever(
        "one_off",
        "MRR won (+) or lost (-) in the month",
        -1e15,
        1e15,
        "A known single win or loss; it goes to new business or to churn. Forecast value: 0.",
        extensive=True,
    ),
    Lever(
        "acquired_customers",
        "customers a month",
        0.0,
        1e9,
        "Customers who come with a book of business that is bought; what they pay is acquired_mrr. "
        "They count as new, and leave like today's customers. Forecast value: 0.",
        extensive=True,
    ),
    Lever(
        "acquired_mrr",
        "MRR a month",
        0.0,
        1e15,
        "MRR that comes with a book of business that is bought. Forecast value: 0.",
        extensive=True,
    ),
    Lever(
        "acquired_churn",
        "share of acquired customers a month",
        0.0,
        1.0,
        "Share of the acquired customers, and of their MRR, lost in the month; as forecast it is "
        "the segment's of today's customers.",
    ),
    *(
        Lever(
            f"{flow}_mrr",
            "MRR a month",
            0.0,
            1e15,
            f"{meaning} of the month after all else, to be put to a number that is known better. "
            "It changes no number of customers.",
            extensive=True,
        )
        for flow, meaning in (
            ("new", "MRR won"),
            ("expansion", "Expansion"),
            ("contraction", "Contraction, as a positive amount,"),
            ("churn", "Churned MRR, as a positive amount,"),
            ("reactivation", "Reactivated MRR"),
        )
    ),
)

FROM_NOTHING: Final = ("one_off", "acquired_customers", "acquired_mrr")
"""Levers whose forecast is 0: a factor does nothing about them."""

BY_HAND: Final = ("new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr", "reactivation_mrr")
"""Levers that override what the others lead to."""

USUAL: Final = (
    "new_customers",
    "new_arpa",
    "churn",
    "onboarding",
    "expansion",
    "contraction",
    "reactivation",
    "price",
)
"""Levers that a company lives with in every month: those that a tornado turns."""

LEVERS: Final[Mapping[str, Lever]] = MappingProxyType({lever.name: lever for lever in _ALL})
"""Every lever by name, in the order in which reports list them."""


@dataclass(frozen=True, eq=False)
class Map:
    """An affine map: value' = scale * value + shift; both arrays (months, segments)."""

    scale: Floats
    shift: Floats

    def __call__(self, value: A) -> A:
        """Map values, array (months, segments) or (months, segments, paths), in their precision."""
        extra = (slice(None), slice(None)) + (None,) * (value.ndim - 2)
        # Rounded after the map and not before: a little more of a lever is a little more of all.
        mapped = self.scale[extra] * value
        mapped += self.shift[extra]
        return cast("A", mapped.astype(value.dtype, copy=False))


@dataclass(frozen=True, eq=False)
class Levers:
    """A set of changes: for every lever touched, an affine map by month and segment.

    Immutable; `then` returns a new set. A lever that is not in `maps` is left as forecast. Single
    wins that may come stand beside them, as `prospects` (`forecast.prospects`).

    Examples
    --------
    >>> import numpy as np
    >>> everywhere = np.ones((2, 1))                       # 2 months, 1 segment
    >>> levers = Levers.none().then("churn", times=0.5, weight=everywhere)
    >>> levers = levers.then("churn", plus=0.01, weight=everywhere)
    >>> levers.apply("churn", np.array([[0.04], [0.02]])).ravel().tolist()
    [0.03, 0.02]
    """

    maps: Mapping[str, Map] = field(default_factory=dict)
    prospects: tuple[Prospect, ...] = ()

    @classmethod
    def none(cls) -> Levers:
        """Nothing changed: the forecast as it is."""
        return cls()

    def then(
        self,
        name: str,
        *,
        times: ArrayLike | None = None,
        plus: ArrayLike | None = None,
        set: ArrayLike | None = None,  # noqa: A002 - the word of the scenario files
        weight: ArrayLike = 1.0,
    ) -> Levers:
        """Add a change after those already made.

        Parameters
        ----------
        name : str
            A key of `LEVERS`.
        times, plus, set : number or array (months, segments)
            Exactly one: a factor (0 or more), an amount added, or the new value.
        weight : array (months, segments) in [0, 1]
            How far the change is in force: ``value + weight * (changed - value)``.

        Returns
        -------
        Levers
            A new set; this one is unchanged.

        Raises
        ------
        InputError
            Unknown lever, not exactly one of the three, or a number outside the lever's bounds.
        """
        lever = _lever(name)
        scale, shift = _change(lever, times, plus, set)
        w = np.atleast_2d(np.asarray(weight, dtype=float))
        if not np.isfinite(w).all() or (w < 0).any() or (w > 1).any():
            raise InputError(f"{name}: weights must lie between 0 and 1.")
        before = self.maps.get(name)
        a = 1.0 if before is None else before.scale
        b = 0.0 if before is None else before.shift
        after = Map(
            *np.broadcast_arrays(
                (1.0 - w) * a + w * scale * a, (1.0 - w) * b + w * (scale * b + shift)
            )
        )
        return replace(self, maps={**self.maps, name: after})

    def with_prospects(self, prospects: Iterable[Prospect]) -> Levers:
        """Add prospects to those already there."""
        return replace(self, prospects=(*self.prospects, *prospects))

    def touches(self, name: str) -> bool:
        """Whether a change of this lever is in the set."""
        return _lever(name).name in self.maps

    def apply(self, name: str, value: Floats) -> Floats:
        """Give changed values, pulled back to the lever's bounds.

        `value` has the shape (months, segments) or (months, segments, paths); it comes back as
        it is, the very same array, where the lever is not touched.
        """
        found = self.maps.get(_lever(name).name)
        return value if found is None else LEVERS[name].clip(found(value), value)

    def clipped(self, name: str, value: Floats) -> int:
        """How many of the changed values would fall outside the lever's bounds."""
        found = self.maps.get(_lever(name).name)
        return 0 if found is None else LEVERS[name].outside(found(value), value)

    def fitted(self, months: int, segments: int) -> Levers:
        """Give the same set with every map of the shape (months, segments).

        Raises
        ------
        InputError
            A map has another number of months or segments than the projection.
        """
        fitted: dict[str, Map] = {}
        for name, found in self.maps.items():
            try:
                fitted[name] = Map(
                    np.broadcast_to(found.scale, (months, segments)),
                    np.broadcast_to(found.shift, (months, segments)),
                )
            except ValueError:
                raise InputError(
                    f"{name}: the change is given for {found.scale.shape} (months, segments), "
                    f"the projection has {(months, segments)}. Make the levers for these months."
                ) from None
        for one in self.prospects:
            if len(one.shares) != segments:
                raise InputError(
                    f"prospect {one.name!r} has shares of {len(one.shares)} segments, the "
                    f"projection has {segments}. Make the levers for these segments."
                )
        return Levers(fitted, self.prospects)

    def same_as(self, other: Levers, tolerance: float = 0.0) -> bool:
        """Whether both have the same maps, within a tolerance, and the same prospects."""
        if self.maps.keys() != other.maps.keys() or self.prospects != other.prospects:
            return False
        return all(
            np.allclose(mine.scale, other.maps[name].scale, rtol=tolerance, atol=tolerance)
            and np.allclose(mine.shift, other.maps[name].shift, rtol=tolerance, atol=tolerance)
            for name, mine in self.maps.items()
        )


def _lever(name: str) -> Lever:
    if name not in LEVERS:
        raise unknown_name("lever", name, LEVERS)
    return LEVERS[name]


def _change(
    lever: Lever, times: ArrayLike | None, plus: ArrayLike | None, value: ArrayLike | None
) -> tuple[Floats, Floats]:
    """Scale and shift of one change, its number checked against the lever's bounds."""
    given = [
        word for word, n in (("times", times), ("plus", plus), ("set", value)) if n is not None
    ]
    if len(given) != 1:
        raise InputError(
            f"{lever.name}: give exactly one of times, plus or set"
            f" (given: {', '.join(given) or 'none'})."
        )
    if times is not None:
        return _factor(lever, times), np.zeros(1)
    if plus is not None:
        return np.ones(1), _amount(lever, plus)
    lever.check(value if value is not None else 0.0)
    return np.zeros(1), np.asarray(value, dtype=float)


def _factor(lever: Lever, times: ArrayLike) -> Floats:
    factor = np.asarray(times, dtype=float)
    if lever.name in FROM_NOTHING:
        raise InputError(
            f"{lever.name}: its forecast is 0, so times does nothing. Use plus or set."
        )
    if not np.isfinite(factor).all() or (factor < 0).any():
        raise InputError(f"{lever.name}: times must be a number of 0 or more.")
    return factor


def _amount(lever: Lever, plus: ArrayLike) -> Floats:
    amount = np.asarray(plus, dtype=float)
    width = lever.upper - lever.lower
    if not np.isfinite(amount).all() or (np.abs(amount) > width).any():
        limit = "a finite number" if math.isinf(width) else f"at most {width:g} either way"
        raise InputError(f"{lever.name}: plus must be {limit} ({lever.unit}).")
    return amount
