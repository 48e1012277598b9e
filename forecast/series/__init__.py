"""Forecasts of single monthly series: models, their combination, and their errors."""

from .combination import BASELINES, MEMBERS, MODELS
from .fit import SeriesFit, fit_series
from .forecast import forecast_series

__all__ = [
    "BASELINES",
    "MEMBERS",
    "MODELS",
    "SeriesFit",
    "fit_series",
    "forecast_series",
]
