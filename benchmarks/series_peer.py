"""Automatic ETS by statsmodels, the peer of the series benchmarks.

All admissible forms are fitted (Hyndman, Koehler, Ord and Snyder 2008: additive or multiplicative
errors and seasons, trends none, additive or damped; no multiplicative season with additive
errors), with estimated initial states, and the one with the lowest AICc is kept: six forms, fifteen
where all values are positive.
"""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_PATHS = 1000


def forms(history: Array, season_length: int) -> list[dict[str, Any]]:
    """Arguments of `ETSModel` for every admissible form."""
    positive = bool(history.min() > 0)
    seasons = [None, "add", "mul"] if len(history) >= 2 * season_length else [None]
    return [
        {
            "error": error,
            "trend": trend,
            "damped_trend": damped,
            "seasonal": season,
            "seasonal_periods": season_length if season else None,
        }
        for error, (trend, damped), season in product(
            ("add", "mul"), ((None, False), ("add", False), ("add", True)), seasons
        )
        if (error == "add" and season != "mul") or (error == "mul" and positive)
    ]


def automatic_ets(history: Array, season_length: int) -> Any:
    """Fit every admissible form, return the results with the lowest AICc."""
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    series, best = pd.Series(history), None  # it predicts nothing without an index
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for form in forms(history, season_length):
            try:
                fit = ETSModel(series, **form).fit(disp=False)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError):
                continue
            if np.isfinite(fit.aicc) and (best is None or fit.aicc < best.aicc):
                best = fit
    if best is None:
        raise ValueError("no form could be fitted.")
    return best


def path_and_bounds(fit: Any, horizon: int, levels: tuple[int, ...]) -> tuple[Array, list[Array]]:
    """Forecast (horizon,) and for each level in percent its bounds (horizon, 2)."""
    months = len(fit.model.endog)
    linear = fit.model.error == "add"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        more = {} if linear else {"simulate_repetitions": _PATHS, "rng": months}
        ahead = fit.get_prediction(
            start=months,
            end=months + horizon - 1,
            method="exact" if linear else "simulated",
            **more,
        )
        bounds = [np.asarray(ahead.pred_int(alpha=1 - level / 100)) for level in levels]
        return np.asarray(fit.forecast(horizon)), bounds
