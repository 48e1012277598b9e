"""Calibration: how wide the intervals have to be, measured by going back in time.

At a few earlier months the model is fitted on what was known then and projected to today. Where
the truth fell, in standard deviations of the projection, says by how much the spread of the random
parts was too small or too large. With few origins the answer leans on 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import NotEnoughHistoryError
from history.language import figure, kept

from .fitting import fit_model
from .model import Model
from .views import VIEWS, Look, combined, measured_weights, usual_weights

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
_LEAN: Final = 10.0
_BOUNDS: Final = (0.7, 2.0)
_LARGEST_SCORE: Final = 4.0


@dataclass(frozen=True)
class Calibration:
    """What was measured, and what follows.

    Attributes
    ----------
    spread : float
        Factor on every standard deviation of a projection; 1 leaves them.
    weights : tuple of float
        Of the views (`VIEWS`); they add up to 1.
    errors : tuple of float
        Root mean squared error of each view, against that of the usual mean of all; empty where
        nothing was measured.
    origins : tuple of str
        The months gone back to.
    scores : tuple of (months ahead, score)
        Truth minus median, in standard deviations of the projection.
    reason : str
        In words, also why nothing was measured.
    """

    spread: float
    weights: tuple[float, ...]
    errors: tuple[float, ...]
    origins: tuple[str, ...]
    scores: tuple[tuple[int, float], ...]
    reason: str

    @classmethod
    def none(cls, months: int, reason: str) -> Calibration:
        """Nothing measured in a history of so many months of movements."""
        return cls(1.0, tuple(usual_weights(months)), (), (), (), reason)

    def apply(self, model: Model) -> Model:
        """Give the model tilted to the mean of all views; the spread is for its `beliefs`."""
        return combined(model, np.array(self.weights))


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
        self._looks: dict[int, Look | None] = {}

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

    def look(self, month: pd.Period) -> Look | None:
        """Give the year ahead as it looked in a month, from a quick fit; None if too early."""
        if month.ordinal not in self._looks:
            try:
                self._looks[month.ordinal] = Look.of(self._fit(month, quick=True))
            except NotEnoughHistoryError:
                self._looks[month.ordinal] = None
        return self._looks[month.ordinal]

    def _fit(self, month: pd.Period, *, quick: bool) -> Model:
        ledger = self.ledger if month == self.ledger.as_of else self.ledger.at(month)
        return fit_model(ledger, self.by, quick=quick)


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
            len(total) - 1,
            kept(
                "not calibrated: {closes} closes, an earlier origin with {months} months of "
                "movements before it needs {needed}",
                closes=len(total),
                months=SHORTEST,
                needed=SHORTEST + 1 + _STEP,
            ),
        )
    trials: list[_Trial] = []
    for done, origin in enumerate(origins, start=1):
        look = fits.look(origin)
        if look is not None:
            trials.append(_Trial(look, total[(origin - first).n + 1 :]))
        if progress is not None:
            progress(done, len(origins))
    if not trials:
        return Calibration.none(
            len(total) - 1, kept("not calibrated: nothing earlier can be projected")
        )
    weights, errors = _weigh(trials, len(total) - 1)
    return _conclude(trials, weights, errors, [str(origin) for origin in origins])


def origins_of(as_of: pd.Period, first: pd.Period) -> list[pd.Period]:
    """Months to go back to: every third one, newest first, each with a year of movements."""
    steps = range(1, _MOST_ORIGINS + 1)
    found = [as_of - _STEP * k for k in steps]
    return [origin for origin in found if (origin - first).n >= SHORTEST]


@dataclass(frozen=True, eq=False)
class _Trial:
    """A look ahead from an earlier month, and what came, array (months since,)."""

    look: Look
    known: Floats

    def misses(self, ahead: int) -> Floats | None:
        """Relative errors of the views so many months ahead, (views,); None if not yet known."""
        if ahead > len(self.known) or self.known[ahead - 1] <= 0:
            return None
        return np.asarray(self.look.paths[:, ahead - 1] / self.known[ahead - 1] - 1.0)

    def score(self, ahead: int, weights: Floats) -> float | None:
        """Truth minus the views' mean in standard deviations; None if not yet known."""
        if ahead > len(self.known):
            return None
        low, middle, high = np.quantile(self.look.draws[:, ahead - 1], [0.1, 0.5, 0.9])
        sd = (high - low) / (2 * 1.2816)
        if sd <= 0:
            return None
        paths = self.look.paths[:, ahead - 1]
        centre = middle + weights @ paths - paths[0]
        score = (self.known[ahead - 1] - centre) / sd
        return float(np.clip(score, -_LARGEST_SCORE, _LARGEST_SCORE))


def _weigh(trials: Sequence[_Trial], months: int) -> tuple[Floats, Floats]:
    """Give the views' weights, and their errors against that of the usual mean, (views,) each."""
    usual = usual_weights(months)
    squares, whole, spans = np.zeros(len(VIEWS)), 0.0, 0.0
    for ahead in _AHEAD:
        misses = [miss for trial in trials if (miss := trial.misses(ahead)) is not None]
        if misses:
            found = np.array(misses)
            apart = _apart(len(found), ahead)
            squares += apart * np.mean(found**2, axis=0)
            whole += apart * float(np.mean((found @ usual) ** 2))
            spans += apart
    if whole <= 0:
        return usual, np.full(len(VIEWS), np.nan)
    weights = measured_weights(months, squares / spans, spans / len(_AHEAD))
    return weights, np.sqrt(squares / whole)


def _apart(origins: int, ahead: int) -> float:
    """Spans side by side: errors of overlapping ones are nearly the same error."""
    return min(float(origins), (origins - 1) * _STEP / ahead + 1.0)


def _conclude(
    trials: Sequence[_Trial], weights: Floats, errors: Floats, origins: Sequence[str]
) -> Calibration:
    """Put together what the trials say."""
    scores = [
        (ahead, score)
        for ahead in _AHEAD
        for trial in trials
        if (score := trial.score(ahead, weights)) is not None
    ]
    spread, off = _spread(scores)
    return Calibration(
        spread,
        tuple(map(float, weights)),
        tuple(map(float, errors)) if np.isfinite(errors).all() else (),
        tuple(origins),
        tuple(scores),
        kept(
            "at {n} earlier months the truth lay {off} standard deviations off (1 is right): "
            "every spread is multiplied by {spread}",
            n=len(origins),
            off=partial(figure, off, 2),
            spread=partial(figure, spread, 2),
        ),
    )


def _spread(scores: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """Give the factor on every spread, and how far off the truth was in standard deviations.

    It is the root mean square of the scores, leaning on 1.
    """
    weight, square = 0.0, 0.0
    for ahead in _AHEAD:
        mine = [score for horizon, score in scores if horizon == ahead]
        if mine:
            apart = _apart(len(mine), ahead)
            weight += apart
            square += apart * float(np.mean(np.square(mine)))
    spread = float(np.sqrt((square + _LEAN) / (weight + _LEAN)))
    return float(np.clip(spread, *_BOUNDS)), float(np.sqrt(square / weight)) if weight else 1.0
