"""Tilt: what the cohorts expect of each flow, moved so that their total meets all views' mean.

The gap between both a year ahead is shared by new business, expansion and churn in proportion to
their variances: what is least sure gives way most, as in a reconciliation by minimal trace
(Wickramasuriya, Athanasopoulos and Hyndman 2019) with uncorrelated flows. Each gets one factor for
the year; beyond it, where no view was measured, the factors fade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TILTED: Final = ("new", "expansion", "churn")
"""The flows that give way."""

_YEAR: Final = 12
_FADE: Final = 0.94
_BOUNDS: Final = (0.5, 1.8)


@dataclass(frozen=True, eq=False)
class Tilt:
    """Factors on the expected flows.

    Attributes
    ----------
    factors : mapping of flow to float
        Of the first twelve months; 1 where a flow is not named.
    """

    factors: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def at(self, flow: str, months: int) -> Floats:
        """Factors of a flow for the months ahead, array (months,)."""
        beyond = np.maximum(np.arange(1, months + 1) - _YEAR, 0)
        return np.asarray(1.0 + (self.factors.get(flow, 1.0) - 1.0) * _FADE**beyond)

    def and_then(self, gap: float, flows: Mapping[str, Floats]) -> Tilt:
        """Give a tilt that closes a gap as well.

        Parameters
        ----------
        gap : float
            What the closing MRR of the last month should be higher by.
        flows : mapping of flow to array (paths, months)
            Signed flows of the company as they are with this tilt.
        """
        sums = {name: flows[name].sum(axis=1) for name in TILTED}
        variance = {name: float(total.var()) for name, total in sums.items()}
        whole = sum(variance.values())
        if whole <= 0:
            return self
        factors = {}
        for name, total in sums.items():
            mean = float(total.mean())
            more = 1.0 + gap * variance[name] / whole / mean if mean else 1.0
            factors[name] = float(np.clip(self.factors.get(name, 1.0) * more, *_BOUNDS))
        return Tilt(MappingProxyType(factors))
