"""Beliefs: retention curves, series models, the forecaster, its projections and its own error."""

from .backtest import Backtest
from .calibration import Calibration
from .engine import COUNTS, FLOWS
from .explain import Explanation
from .forecaster import Forecaster
from .layers import LAYERS, Layers
from .levers import LEVERS, Lever, Levers
from .projection import MEASURES, Projection
from .quantiles import QUANTILES
from .retention import RetentionCurve, fit_exposure, fit_retention
from .retention_adjusted import RetentionAdjusted
from .series import SeriesFit, fit_series, forecast_series
from .streams import stream

__all__ = [
    "COUNTS",
    "FLOWS",
    "LAYERS",
    "LEVERS",
    "MEASURES",
    "QUANTILES",
    "Backtest",
    "Calibration",
    "Explanation",
    "Forecaster",
    "Layers",
    "Lever",
    "Levers",
    "Projection",
    "RetentionAdjusted",
    "RetentionCurve",
    "SeriesFit",
    "fit_exposure",
    "fit_retention",
    "fit_series",
    "forecast_series",
    "stream",
]
