"""Quantiles of draws: which are printed, and how they are taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

QUANTILES: Final[Mapping[str, float]] = {
    "p2_5": 0.025,
    "p10": 0.10,
    "p25": 0.25,
    "p50": 0.50,
    "p75": 0.75,
    "p90": 0.90,
    "p97_5": 0.975,
}
"""Columns of the tables and their probabilities."""

TOTAL: Final = "total"
"""What stands in the segment columns of the company's rows."""


def quantile(ordered: Floats, probability: float) -> Floats:
    """Quantiles along the last axis of values that are sorted along it (linear between them)."""
    place = probability * (ordered.shape[-1] - 1)
    low = int(place)
    high = min(low + 1, ordered.shape[-1] - 1)
    return np.asarray(ordered[..., low] + (place - low) * (ordered[..., high] - ordered[..., low]))
