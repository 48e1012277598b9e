"""Calibration: how wide the intervals have to be, measured by going back in time.

At a few earlier months the model is fitted on what was known then and projected to today. Where
the truth fell, in standard deviations of the projection, says by how much the spread of the random
parts was too small or too large. With few origins the answer leans on 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import NotEnoughHistoryError

from .fitting import fit_model
from .levers import Levers
from .model import Model
from .simulate import simulate

if TYPE_CHECKING:
    from history import Ledger

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
"""Called with how many steps are done, and how many there are."""

SHORTEST: Final = 12
"""Months of movements that an origin needs."""

_AHEAD: Final = (1, 3, 6, 12)
_STEP: Final = 3
_MOST_ORIGINS: Final = 6
_PATHS: Final = 300
_SEED: Final = 20_17
_LEAN: Final = 10.0
_BOUNDS: Final = (0.7, 2.0)
_LARGEST_SCORE: Final = 4.0


@dataclass(frozen=True)
class Calibration:
    """What was measured, and the factor that follows.

    Attributes
    ----------
    spread : float
        Factor on every standard deviation of a projection; 1 leaves them.
    origins : tuple of str
        The months gone back to.
    scores : tuple of (months ahead, score)
        Truth minus median, in standard deviations of the projection.
    reason : str
        In words, also why nothing was measured.
    """

    spread: float
    origins: tuple[str, ...]
    scores: tuple[tuple[int, float], ...]
    reason: str

    @classmethod
    def none(cls, reason: str) -> Calibration:
        """Nothing measured, nothing changed."""
        return cls(1.0, (), (), reason)


class Fits:
    """Models of one ledger at different months, each fitted once.

    Parameters
    ----------
    ledger : Ledger
        The history, as it is known at its `as_of`.
    by : tuple of str
        Dimensions to segment by.
    """

    def __init__(self, ledger: Ledger, by: tuple[str, ...]) -> None:
        self.ledger = ledger
        self.by = by
        self._models: dict[int, Model] = {}
        self._totals: dict[int, Floats | None] = {}

    def at(self, month: pd.Period) -> Model:
        """Give the model as it would have been fitted in a month.

        Raises
        ------
        NotEnoughHistoryError
            One month of history only, or nobody ever paid.
        """
        if month.ordinal not in self._models:
            self._models[month.ordinal] = self._fit(month, quick=False)
        return self._models[month.ordinal]

    def totals(self, month: pd.Period, months: int) -> Floats | None:
        """Paths of the company's MRR from a month on, not calibrated, array (paths, months).

        From a quick fit; None where there was too little history.
        """
        if month.ordinal not in self._totals:
            self._totals[month.ordinal] = self._simulated(month, max(months, _AHEAD[-1]))
        found = self._totals[month.ordinal]
        return None if found is None else found[:, :months]

    def _simulated(self, month: pd.Period, months: int) -> Floats | None:
        try:
            return _totals(self._fit(month, quick=True), months)
        except NotEnoughHistoryError:
            return None

    def _fit(self, month: pd.Period, *, quick: bool) -> Model:
        ledger = self.ledger if month == self.ledger.as_of else self.ledger.at(month)
        return fit_model(ledger, self.by, quick=quick)


def _totals(model: Model, months: int) -> Floats:
    paths = simulate(model.beliefs(months, _PATHS, _SEED), Levers.none())
    net = sum(paths.flows.values(), start=np.zeros(()))
    closing = model.opening[:, None, None] + np.cumsum(net, axis=1)
    return np.asarray(closing.sum(axis=0).T)


def calibrate(fits: Fits, as_of: pd.Period, progress: Progress | None = None) -> Calibration:
    """Measure the spread at earlier origins, as it could have been done in the month `as_of`.

    Parameters
    ----------
    fits : Fits
        Models by month; the truth is the history up to `as_of`.
    as_of : Period
        Nothing later is looked at.
    progress : callable, optional
        Called after every origin.

    Returns
    -------
    Calibration
    """
    total = fits.at(as_of).record.total
    first = as_of - (len(total) - 1)
    origins = origins_of(as_of, first)
    if not origins:
        return Calibration.none(
            f"not calibrated: {len(total)} closes, an earlier origin with "
            f"{SHORTEST} months of movements before it needs {SHORTEST + 1 + _STEP}"
        )
    scores: list[tuple[int, float]] = []
    for done, origin in enumerate(origins, start=1):
        ahead = (as_of - origin).n
        draws = fits.totals(origin, min(ahead, _AHEAD[-1]))
        if draws is not None:
            known = total[(origin - first).n + 1 :]
            scores += _scores(draws, known)
        if progress is not None:
            progress(done, len(origins))
    return _conclude(scores, [str(origin) for origin in origins])


def origins_of(as_of: pd.Period, first: pd.Period) -> list[pd.Period]:
    """Months to go back to: every third one, newest first, each with a year of movements."""
    steps = range(1, _MOST_ORIGINS + 1)
    found = [as_of - _STEP * k for k in steps]
    return [origin for origin in found if (origin - first).n >= SHORTEST]


def _scores(draws: Floats, known: Floats) -> list[tuple[int, float]]:
    """Truth minus median in standard deviations, at the horizons that are looked at."""
    scores = []
    for ahead in _AHEAD:
        if ahead > min(draws.shape[1], len(known)):
            continue
        low, middle, high = np.quantile(draws[:, ahead - 1], [0.1, 0.5, 0.9])
        sd = (high - low) / (2 * 1.2816)
        if sd > 0:
            score = (known[ahead - 1] - middle) / sd
            scores.append((ahead, float(np.clip(score, -_LARGEST_SCORE, _LARGEST_SCORE))))
    return scores


def _conclude(scores: Sequence[tuple[int, float]], origins: Sequence[str]) -> Calibration:
    """Give the factor: root mean square of the scores, leaning on 1.

    Errors of overlapping spans are nearly the same error; a horizon counts for as many origins
    as there are spans side by side.
    """
    if not scores:
        return Calibration.none("not calibrated: no earlier origin could be projected")
    weight, square = 0.0, 0.0
    for ahead in _AHEAD:
        mine = [score for horizon, score in scores if horizon == ahead]
        if mine:
            apart = min(float(len(mine)), (len(mine) - 1) * _STEP / ahead + 1.0)
            weight += apart
            square += apart * float(np.mean(np.square(mine)))
    spread = float(np.sqrt((square + _LEAN) / (weight + _LEAN)))
    spread = float(np.clip(spread, *_BOUNDS))
    return Calibration(
        spread,
        tuple(origins),
        tuple(scores),
        f"at {len(origins)} earlier months the truth lay {np.sqrt(square / weight):.2f} standard "
        f"deviations off (1 is right): every spread is multiplied by {spread:.2f}",
    )
