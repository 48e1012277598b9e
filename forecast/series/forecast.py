"""One plain series in, a table of forecasts and bounds out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .fit import fit_series


def forecast_series(
    y: ArrayLike,
    horizon: int,
    season_length: int = 12,
    levels: Sequence[float] = (80, 95),
) -> pd.DataFrame:
    """Forecast one monthly series with prediction intervals.

    The forecast is the mean of exponential smoothing, Theta and ARIMA models on suitable scales,
    unless one of the candidates was clearly better at past origins. A series that was never
    negative stays so; one that was always positive has positive bounds.

    Parameters
    ----------
    y
        Values, oldest first; an array or a Series (its index is not read).
    horizon
        Months to forecast.
    season_length
        Months of a season, 1 for none.
    levels
        Coverage of the intervals in percent, each above 0 and below 100.

    Returns
    -------
    One row a step 1..horizon: ``step``, ``mean``, and for each level ``lo_80``, ``hi_80``, in the
    unit of the series.

    Raises
    ------
    ValueError
        If values are missing or infinite (positions are named), or the horizon or a level is out
        of bounds.

    Examples
    --------
    >>> table = forecast_series([12.0, 15.0, 14.0, 16.0, 18.0, 17.0, 19.0], horizon=3)
    >>> list(table.columns)
    ['step', 'mean', 'lo_80', 'hi_80', 'lo_95', 'hi_95']
    >>> bool((table.lo_95 <= table.lo_80).all() and (table.hi_80 <= table.hi_95).all())
    True
    """
    wrong = [level for level in levels if not 0 < level < 100]
    if wrong:
        raise ValueError(f"levels are percentages between 0 and 100; got {wrong}.")
    fit = fit_series(y, season_length=season_length, horizon=horizon)
    columns: dict[str, object] = {
        "step": np.arange(1, horizon + 1),
        "mean": fit.mean(horizon),
    }
    for level in levels:
        outside = (1.0 - level / 100.0) / 2.0
        columns[f"lo_{level:g}"] = fit.quantile(outside, horizon)
        columns[f"hi_{level:g}"] = fit.quantile(1.0 - outside, horizon)
    return pd.DataFrame(columns)
