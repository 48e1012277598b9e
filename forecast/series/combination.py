"""The members that are averaged, and the names by which models are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .arima import adjusted_arima_forecasts, arima_forecasts
from .baselines import drift_forecasts, mean_forecasts, naive_forecasts, seasonal_naive_forecasts
from .ets import ets_forecasts
from .oracles import sarimax_forecasts, statsmodels_ets_forecasts, statsmodels_theta_forecasts
from .origins import Model, Origins
from .scale import Scale
from .theta import theta_forecasts

Array = NDArray[np.float64]

MODELS: Mapping[str, Model] = {
    "ets": ets_forecasts,
    "theta": theta_forecasts,
    "arima": arima_forecasts,
    "adjusted_arima": adjusted_arima_forecasts,
    "naive": naive_forecasts,
    "seasonal_naive": seasonal_naive_forecasts,
    "drift": drift_forecasts,
    "mean": mean_forecasts,
    "statsmodels_ets": statsmodels_ets_forecasts,
    "statsmodels_theta": statsmodels_theta_forecasts,
    "sarimax": sarimax_forecasts,
}
MEMBERS = ("ets", "theta", "arima", "adjusted_arima")
BASELINES = ("naive", "seasonal_naive", "drift", "mean")


def on_scales(name: str, views: Sequence[tuple[Scale, Origins]], plain: Origins) -> Array:
    """Forecast by one model on each scale and average on the original one; (origins, horizon).

    Parameters
    ----------
    name
        A name in :data:`MODELS`.
    views
        The series on each of its scales.
    plain
        The series on its original scale, on which the baselines are computed.
    """
    model = MODELS[name]
    if name in BASELINES:
        return model(plain)
    return np.asarray(np.mean([scale.back(model(view)) for scale, view in views], axis=0))
