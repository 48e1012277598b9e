"""The same families by statsmodels: slower, independent, for comparison and on request.

statsmodels is imported on the first call only; the import alone takes seconds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .origins import Origins

Array = NDArray[np.float64]


def statsmodels_ets_forecasts(origins: Origins) -> Array:
    """Damped additive ETS with estimated initial states; (origins, horizon)."""

    def one(known: Array) -> Array:
        return np.asarray(
            fit_statsmodels_ets(known, origins.season_length).forecast(origins.horizon)
        )

    return _each(origins, one)


def statsmodels_theta_forecasts(origins: Origins) -> Array:
    """Classic Theta with additive seasonal adjustment; (origins, horizon)."""

    def one(known: Array) -> Array:
        from statsmodels.tsa.forecasting.theta import ThetaModel

        seasonal = origins.season_length > 1 and len(known) >= 2 * origins.season_length
        model = ThetaModel(
            known,
            period=origins.season_length if seasonal else 1,
            deseasonalize=seasonal,
            method="additive",
        )
        return np.asarray(model.fit().forecast(origins.horizon))

    return _each(origins, one)


def sarimax_forecasts(origins: Origins) -> Array:
    """ARIMA(0,1,1)(0,1,1), or (1,1,1) without two full seasons and more; (origins, horizon)."""

    def one(known: Array) -> Array:
        from statsmodels.tsa.statespace.sarimax import SARIMAX

        seasonal = origins.season_length > 1 and len(known) >= 2 * origins.season_length + 2
        order = (0, 1, 1) if seasonal else (1, 1, 1)
        season = (0, 1, 1, origins.season_length) if seasonal else (0, 0, 0, 0)
        model = SARIMAX(known, order=order, seasonal_order=season, concentrate_scale=True)
        return np.asarray(model.fit(disp=False, cov_type="none").forecast(origins.horizon))

    return _each(origins, one)


def fit_statsmodels_ets(values: Array, season_length: int) -> Any:
    """Fit statsmodels' damped additive ETS, seasonal from two full seasons on."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    seasonal = season_length > 1 and len(values) >= 2 * season_length
    model = ETSModel(
        values,
        error="add",
        trend="add",
        damped_trend=True,
        seasonal="add" if seasonal else None,
        seasonal_periods=season_length if seasonal else None,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(disp=False)


def _each(origins: Origins, one: Callable[[Array], Array]) -> Array:
    """Fit every origin by itself; an origin whose fit fails is not a number."""
    out = np.full((len(origins.ends), origins.horizon), np.nan)
    for row, end in enumerate(origins.ends):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                out[row] = one(origins.data[:end])
            except (ValueError, np.linalg.LinAlgError, IndexError):
                continue
    return out
