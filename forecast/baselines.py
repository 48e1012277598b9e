"""Plain forecasts of the company's MRR: what a better method has to beat."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from history.language import marked

from .record import Record

Floats = NDArray[np.float64]

_TRAILING: Final = 3
_SHORTEST_ETS: Final = 10


def last_value(record: Record, horizon: int) -> Floats:
    """Give the MRR of today for ever, array (horizon,)."""
    return np.full(horizon, record.total[-1])


def drift(record: Record, horizon: int) -> Floats:
    """Give the straight line from the first close through the last one, array (horizon,)."""
    total = record.total
    step = (total[-1] - total[0]) / (len(total) - 1)
    return np.asarray(total[-1] + step * np.arange(1, horizon + 1))


def trailing_rates(record: Record, horizon: int) -> Floats:
    """Carry on the last three months' movements, as planning products do, array (horizon,)."""
    return carried_rates(record, horizon, _TRAILING)


def carried_rates(record: Record, horizon: int, months: int) -> Floats:
    """Give the movements of the last `months` carried on, array (horizon,).

    New and returning MRR stay at their average amount; expansion, contraction and churn at their
    average share of the opening MRR.
    """
    window = slice(-months, None)
    opening = record.opening[window].sum()
    rates = sum(record.flow(name)[window].sum() for name in ("expansion", "contraction", "churn"))
    growth = 1.0 + (rates / opening if opening > 0 else 0.0)
    won = np.mean(record.flow("new")[window] + record.flow("reactivation")[window])
    result = np.empty(horizon)
    level = float(record.total[-1])
    for step in range(horizon):
        level = max(level * growth, 0.0) + float(won)
        result[step] = level
    return result


def damped_ets(record: Record, horizon: int) -> Floats:
    """Exponential smoothing of the total with a damped trend (statsmodels), array (horizon,).

    With fewer than ten months, or where the fit is not finite, the drift is given instead.
    """
    total = record.total
    if len(total) < _SHORTEST_ETS or np.ptp(total) == 0:
        return drift(record, horizon)
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    scale = float(np.abs(total).mean())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = ExponentialSmoothing(total / scale, trend="add", damped_trend=True)
            found = np.asarray(model.fit().forecast(horizon), dtype=float) * scale
    except (ValueError, np.linalg.LinAlgError):
        return drift(record, horizon)
    return found if np.isfinite(found).all() else drift(record, horizon)


BASELINES: Final[Mapping[str, Callable[[Record, int], Floats]]] = MappingProxyType(
    {
        marked("last value"): last_value,
        marked("drift"): drift,
        marked("trailing three months"): trailing_rates,
        marked("damped ETS"): damped_ets,
    }
)
"""The baselines of every backtest, by name."""
