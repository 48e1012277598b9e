"""Small tidy tables made from results, as slides, sheets and figures need them.

Selection, grouping and rounding only: no figure is estimated here.
"""

from __future__ import annotations

from typing import Any


def value(data: Any, *place: object) -> float:
    """Read one cell of a Series or frame by its labels; NaN where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> value(pd.Series([1.5], index=pd.period_range("2026-01", periods=1, freq="M")), "2026-01")
    1.5
    """
    try:
        found = data.loc[place if len(place) > 1 else place[0]]
    except KeyError:
        return float("nan")
    return float("nan") if found is None else float(found)
