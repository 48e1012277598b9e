"""A turned lever beside the company's own history: better than any month, 1.3 x the best year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from ..scenario import Scenario
from .dial import Dial, Placed
from .lived import Lived, Rolling, Side, ahead, better, figure

if TYPE_CHECKING:
    from history import Movements

    from ..run import Runs

_SAME: Final = 0.005
_LENGTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Evidence:
    """What a turned lever means, in its own unit.

    Attributes
    ----------
    lever
        Its name; of a driver's number the lever in which history shows what it does.
    now, then
        Its mean value over the months in which it is turned, before and after; None where
        movements do not show it.
    months, as_good
        Months of history that count, and how many of them were at least as good as `then` (at
        least as bad, where the lever is turned for the worse).
    extremes
        The best (or worst) month, quarter and year: length, value a month, span.
    factor
        What the lever is multiplied by, where it is a factor at once; `then` / `now` differs from
        it where the levers turned make other customers a part of the whole.
    """

    lever: str
    now: float | None
    then: float | None
    months: int = 0
    as_good: int = 0
    extremes: tuple[tuple[str, float, str], ...] = ()
    factor: float | None = None

    @property
    def side(self) -> Side:
        """``best`` where the lever is turned for the better, else ``worst``."""
        if self.now is None or self.then is None:
            return "best"
        return "best" if better(self.lever) * (self.then - self.now) >= 0 else "worst"

    def lines(self) -> list[str]:
        """Say it in one or two lines."""
        name = self.lever.replace("_", " ")
        if self.now is None or self.then is None:
            return [f"{name}: history does not show it"]
        found = [
            f"{name}: {figure(self.lever, self.then)} instead of {figure(self.lever, self.now)}"
        ]
        found[0] += self._of_another_mix()
        if not self.months:
            return found
        kind = "good" if self.side == "best" else "bad"
        found[0] += (
            f"; {'better' if kind == 'good' else 'worse'} than any of your {self.months} months"
            if self.as_good == 0
            else f"; {self.as_good} of your {self.months} months "
            f"{'was' if self.as_good == 1 else 'were'} as {kind}"
        )
        parts = [
            f"{self.then / value:.2f} x that of your {self.side} {length} ({span})"
            for length, value, span in self.extremes
            if value > 0 and length != "month"
        ]
        return [*found, f"  {', '.join(parts)}"] if parts else found

    def _of_another_mix(self) -> str:
        """Say why the value has not moved by its factor, where it has not."""
        if self.factor is None or not self.now or self.then is None:
            return ""
        seen = self.then / self.now
        if abs(seen - self.factor) <= _SAME * max(self.factor, _SAME):
            return ""
        return (
            f" (x {seen:.3g} in all where each customer's is x {self.factor:.3g}, since other "
            "customers make up the whole then)"
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "seen_in": self.lever,
            "now": self.now,
            "then": self.then,
            "factor": self.factor,
            "months_of_history": self.months,
            f"months_as_{'good' if self.side == 'best' else 'bad'}": self.as_good,
            self.side: [
                {"length": length, "value": value, "months": span}
                for length, value, span in self.extremes
            ],
        }


def evidence(
    runs: Runs, dial: Placed, number: float, before: Scenario, after: Scenario, at: pd.Period
) -> Evidence:
    """Compare a dial's number with what the company has lived.

    Parameters
    ----------
    runs
        The runs, for the projections and the history.
    dial
        What was turned.
    number
        To what.
    before, after
        The scenario without and with it.
    at
        Months after it are left out.
    """
    chosen = dial.segments(runs)
    months = dial.in_force(runs.months) & np.asarray(runs.months <= at)
    opening = runs[before.name].projection.opening
    lever = dial.lever if isinstance(dial, Dial) else dial.seen_in
    if lever == "price":
        return Evidence(lever, None, None)
    now, then = (
        ahead(runs.means_of(one.all_changes), lever, opening, chosen, months)
        for one in (before, after)
    )
    at_once = isinstance(dial, Dial) and dial.way == "times" and (dial.ramp or 0) <= 1
    bare = Evidence(lever, now, then, factor=number if at_once else None)
    movements: Movements | None = runs.forecaster.movements
    if movements is None or now is None or then is None:
        return bare
    lived = Lived(movements, chosen)
    monthly = lived.rolling(lever, 1)
    if monthly is None or not len(monthly):
        return bare
    sign = better(lever) * (1 if bare.side == "best" else -1)
    as_good = int((sign * monthly.figures >= sign * then).sum())
    extremes = tuple(
        _extreme(word, window, bare.side)
        for word, length in _LENGTHS.items()
        if (window := lived.rolling(lever, length)) is not None and len(window)
    )
    return replace(bare, months=len(monthly), as_good=as_good, extremes=extremes)


def _extreme(word: str, window: Rolling, side: Side) -> tuple[str, float, str]:
    place = window.pick(side)
    return word, float(window.figures[place]), window.span(place)
