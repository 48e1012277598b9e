"""What is to be reached at a month: an ARR, a growth rate, a rule of 40."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError

if TYPE_CHECKING:
    from forecast.projection import Projection

    from ..run import Runs

Floats = NDArray[np.float64]
Margin = float | Callable[["Projection"], Floats]

_SHARES: Final = ("growth", "rule_of_40")
_YEAR: Final = 12


@dataclass(frozen=True)
class Target:
    """A figure to be reached; exactly one is given.

    Attributes
    ----------
    arr, mrr
        In major units, at the close of the month.
    customers
        Paying at the close of the month.
    growth
        Of ARR over the twelve months to the month, a share (0.3 = 30 %).
    rule_of_40
        Growth plus profit margin, both as shares (0.4 = 40 %); needs `margin`.
    margin
        The margin of those twelve months as a share, or a function that gives it for each path of
        a projection: this program knows no costs.

    Raises
    ------
    InputError
        Not exactly one figure, one that is not finite, or a rule of 40 without a margin.

    Examples
    --------
    >>> print(Target(arr=12e6), "|", Target(growth=0.3), "|", Target(customers=3_400))
    ARR of 12,000,000 | ARR growth of 30.00% | 3,400 customers
    """

    arr: float | None = None
    mrr: float | None = None
    customers: float | None = None
    growth: float | None = None
    rule_of_40: float | None = None
    margin: Margin | None = None

    def __post_init__(self) -> None:
        names = [field.name for field in fields(self) if field.name != "margin"]
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise InputError(f"a target is exactly one of {', '.join(names)}; given: {said}")
        if not np.isfinite(self.value):
            raise InputError(f"{given[0]}={self.value}: give a finite number")
        if (self.rule_of_40 is None) != (self.margin is None):
            raise InputError(
                "the rule of 40 is growth plus margin: give rule_of_40 and margin together, the "
                "margin as a share or as a function of the projection"
            )

    @property
    def name(self) -> str:
        """Which figure it is."""
        names = (field.name for field in fields(self))
        return next(name for name in names if getattr(self, name) is not None)

    @property
    def value(self) -> float:
        """The figure to be reached."""
        return float(getattr(self, self.name))

    def words(self, value: float | None = None) -> str:
        """Name the target, or a figure that was reached instead."""
        number = self.value if value is None else value
        text = f"{number:.2%}" if self.name in _SHARES else f"{number:,.0f}"
        if self.name == "customers":
            return f"{text} customers"
        named = {"arr": "ARR", "mrr": "MRR", "growth": "ARR growth", "rule_of_40": "a rule of 40"}
        return f"{named.get(self.name, self.name)} of {text}"

    def __str__(self) -> str:
        return self.words()

    def reached_on(self, projection: Projection, runs: Runs, at: pd.Period) -> Floats:
        """Give the figure on every path, array (paths,)."""
        place = projection.at(at)
        if self.name in {"arr", "mrr", "customers"}:
            return projection.draws(self.name)[:, place]
        growth = self._now(projection, place) / self._before(projection, runs, at) - 1.0
        return growth + self._margins(projection)

    def mean(self, projection: Projection, runs: Runs, at: pd.Period) -> float:
        """Give the figure of the mean path: growth is that of the mean ARR."""
        if self.name in {"arr", "mrr", "customers"}:
            return float(self.reached_on(projection, runs, at).mean())
        now = self._now(projection, projection.at(at)).mean()
        before = np.mean(self._before(projection, runs, at))
        return float(now / before - 1.0 + np.mean(self._margins(projection)))

    def _now(self, projection: Projection, place: int) -> Floats:
        return projection.draws("arr")[:, place]

    def _before(self, projection: Projection, runs: Runs, at: pd.Period) -> Floats:
        """ARR a year earlier, array (paths,): projected, or known."""
        earlier = at - _YEAR
        if earlier > projection.as_of:
            found = self._now(projection, projection.at(earlier))
        elif earlier == projection.as_of:
            found = np.full(projection.paths, 12.0 * projection.opening.sum())
        else:
            closing = runs.forecaster.movements.matrix("closing").sum(axis=1)
            if earlier not in closing.index:
                raise InputError(f"growth to {at} needs the ARR of {earlier}: history begins later")
            found = np.full(
                projection.paths, 12.0 * closing.to_numpy()[closing.index.get_loc(earlier)]
            )
        if not (found > 0).all():
            raise InputError(f"growth to {at} is not defined: on a path ARR at {earlier} is 0")
        return found

    def _margins(self, projection: Projection) -> Floats:
        if self.margin is None:
            return np.zeros(projection.paths)
        found = self.margin(projection) if callable(self.margin) else self.margin
        return np.broadcast_to(np.asarray(found, dtype=np.float64), (projection.paths,))
