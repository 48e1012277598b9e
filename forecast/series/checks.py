"""What a series must be before anything is fitted to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_SHOWN = 10


def as_values(y: ArrayLike) -> Array:
    """Return the series as floats, oldest first, (months,).

    Raises
    ------
    ValueError
        If it is empty, not one-dimensional, or not numbers throughout; positions count from 0.
    """
    values = np.array(y, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(
            "a series must be one-dimensional with at least one value, oldest first; "
            f"this one has the shape {values.shape}."
        )
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        shown = ", ".join(str(int(place)) for place in bad[:_SHOWN])
        more = f" and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
        raise ValueError(
            f"the series has missing or infinite values at positions {shown}{more} (counted from "
            "0); fill them in, or begin after them."
        )
    return values


def check_horizon(horizon: int) -> None:
    """Raise a ValueError unless the horizon is a whole number of months, at least 1."""
    if isinstance(horizon, bool) or int(horizon) != horizon or horizon < 1:
        raise ValueError(f"horizon must be a whole number of months, at least 1; got {horizon!r}.")
