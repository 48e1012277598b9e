"""Three views of the company's MRR, and what they say together.

The cohorts (who stays, who comes, how they grow) see the most and can be wrong in more ways. Two
plain views look from above: the rates and amounts of the last year carried on, and the average net
new MRR of the last eighteen months as a straight line. The mean of different views misses by less
than each of them in most fields (Clemen 1989), and most where something has just changed: the
cohorts carry a slump or a boom on, the line forgets it slowly.

How much each counts leans on fixed shares, found on simulated companies, and moves with the
errors of the views at earlier months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from history.language import marked

from .baselines import carried_rates
from .engine import FLOWS, simulate
from .levers import Levers
from .model import Model
from .record import Record
from .tilt import Tilt

Floats = NDArray[np.float64]

VIEWS: Final = (marked("cohorts"), marked("flow rates"), marked("line"))
"""Names of the views, in the order of their weights."""

_SHARES: Final = (0.45, 0.05, 0.5)
_LEAN: Final = 2.0
"""Independent spans of measured error that the fixed shares are worth."""

_SHARP: Final = 2.0
"""Power of a view's mean squared error by which its weight falls.

On 90 tuning histories nothing between a fixed weight and this made a difference of more than 0.1
points a year ahead; a company that grows into its limit, where the line is far off, needs it.
"""

_YEAR: Final = 12
_LINE: Final = 18
_PATHS: Final = 300
_SEED: Final = 20_17
_ROUNDS: Final = 3
_CLOSE: Final = 0.001


@dataclass(frozen=True, eq=False)
class Look:
    """The next year as all views see it, from one month.

    Attributes
    ----------
    draws : array (paths, 12)
        The company's MRR by the cohorts, not calibrated.
    flows : mapping of flow to array (paths, 12)
        Its signed movements.
    paths : array (views, 12)
        What each view expects.
    """

    draws: Floats
    flows: dict[str, Floats]
    paths: Floats

    @classmethod
    def of(cls, model: Model) -> Look:
        """Look ahead from a model's month."""
        played = simulate(model.beliefs(_YEAR, _PATHS, _SEED), Levers.none())
        flows = {name: played.total(name).T for name in FLOWS}
        draws = played.total("mrr").T
        above = seen_from_above(model.record, model.expansion.jumps, _YEAR)
        return cls(draws, flows, np.vstack([draws.mean(axis=0), above]))


def combined(model: Model, weights: Floats) -> Model:
    """Give the model with its flows tilted to the weighted mean of all views in a year.

    Parameters
    ----------
    model : Model
        Fitted; a tilt that it has is replaced.
    weights : array (views,)
        Adding up to 1.
    """
    model = replace(model, tilt=Tilt())
    look = Look.of(model)
    target = max(float(weights @ look.paths[:, -1]), 0.0)
    for _ in range(_ROUNDS):
        gap = target - float(look.draws[:, -1].mean())
        if abs(gap) <= _CLOSE * target:
            break
        model = replace(model, tilt=model.tilt.and_then(gap, look.flows))
        look = Look.of(model)
    return model


def usual_weights(months: int) -> Floats:
    """Give the views' weights before anything is measured, array (views,); they add up to 1.

    Parameters
    ----------
    months
        Months of movements. Up to a year the cohorts stand alone: averages over a young company's
        months lag behind its growth.
    """
    weights = np.array(_SHARES)
    weights[1:] *= np.clip((months - _YEAR) / (_LINE - _YEAR), 0.0, 1.0)
    weights[0] = 1.0 - weights[1:].sum()
    return weights


def measured_weights(months: int, squares: Floats, spans: float) -> Floats:
    """Give the weights after the views' errors were measured, array (views,).

    With many independent spans a view with twice the mean squared error of all counts a quarter;
    with few its weight stays near the usual one.

    Parameters
    ----------
    months
        Months of movements.
    squares : array (views,)
        Mean squared relative errors.
    spans
        Independent spans over which they were measured.
    """
    usual = usual_weights(months)
    typical = float((usual * squares).sum())
    if typical <= 0 or spans <= 0:
        return usual
    weights = usual * ((_LEAN + spans) / (_LEAN + spans * squares / typical)) ** _SHARP
    return np.asarray(weights / weights.sum())


def seen_from_above(record: Record, steps: Sequence[tuple[int, int]], horizon: int) -> Floats:
    """Forecast the company's MRR by the views that need no customers, array (views - 1, horizon).

    Parameters
    ----------
    record : Record
        The history.
    steps : sequence of (row, segment)
        Months of the history whose expansion was a price step: the usual one stands for it.
    horizon : int
        Months ahead.
    """
    return np.stack(
        [carried_rates(record, horizon, _YEAR), _line(record, _usual_net(record, steps), horizon)]
    )


def _line(record: Record, net: Floats, horizon: int) -> Floats:
    """Average net new MRR carried on."""
    step = float(net[-_LINE:].mean())
    return np.asarray(np.maximum(record.total[-1] + step * np.arange(1, horizon + 1), 0.0))


def _usual_net(record: Record, steps: Sequence[tuple[int, int]]) -> Floats:
    """Net new MRR by month, a price step replaced by the segment's usual expansion, (months,)."""
    net = np.diff(record.total)
    grown = record.mrr["expansion"]
    stepped = np.zeros(grown.shape, dtype=bool)
    for row, segment in steps:
        stepped[row, segment] = True
    amount, base = (np.where(stepped, 0.0, a).sum(axis=0) for a in (grown, record.opening))
    usual = record.opening * np.divide(amount, base, out=np.zeros_like(base), where=base > 0)
    return np.asarray(net - np.where(stepped, grown - usual, 0.0).sum(axis=1))
