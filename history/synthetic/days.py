"""Days as integers (days since 1970-01-01), from months as integers (year x 12 + month - 1)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

NEVER: Final = 2**31 - 1
"""A day or a month that does not come: open end, never cancelled."""

_EPOCH: Final = 1970 * 12


def day_in(month: npt.ArrayLike, day: npt.ArrayLike = 1) -> npt.NDArray[np.int64]:
    """Return the day number of a day of the month (1 to 28) in a month, elementwise."""
    months = (np.asarray(month, dtype=np.int64) - _EPOCH).astype("datetime64[M]")
    first: npt.NDArray[np.int64] = months.astype("datetime64[D]").astype(np.int64)
    return first + np.asarray(day, dtype=np.int64) - 1


def last_day(month: int) -> int:
    """Return the day number of the last day of a month."""
    return int(day_in(month + 1)) - 1


def dates(days: npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    """Return day numbers as dates, shape as given; `NEVER` becomes NaT."""
    result: npt.NDArray[np.datetime64] = days.astype(np.int64).astype("datetime64[D]")
    result = result.astype("datetime64[us]")
    result[days == NEVER] = np.datetime64("NaT")
    return result
