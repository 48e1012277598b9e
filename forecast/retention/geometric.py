"""Geometric lifetimes: everybody leaves with the same probability at every age."""

from __future__ import annotations

import numpy as np

from .forms import FloatArray

# exp(-800) is 0 in float64: the rate that means "nobody is left", without infinities.
TOTAL_RATE = 800.0


class Geometric:
    """S(t) = (1 - theta)^t; `phi` is the log of the rate -log(1 - theta)."""

    name = "geometric"
    parameters = ("theta",)
    bounds = np.array([[-np.inf, np.log(TOTAL_RATE)]])

    def log_between(self, phi: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (rows, ages)."""
        return -np.exp(phi[:, :1]) * (stop - start)

    def steps(self, phi: FloatArray, ages: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log of the share kept over each period and its slopes."""
        kept = -np.exp(phi[:, :1]) * np.ones_like(ages)
        return kept, kept[:, :, None]

    def starts(self, churned_share: FloatArray) -> FloatArray:
        """Start at the maximum itself: lost over exposed."""
        with np.errstate(divide="ignore"):
            rate = np.minimum(-np.log1p(-churned_share), TOTAL_RATE)
            return np.log(rate)[None, :, None]

    def natural(self, phi: FloatArray) -> FloatArray:
        """`theta`, the share lost in each period."""
        return -np.expm1(-np.exp(phi))

    def jacobian(self, phi: FloatArray) -> FloatArray:
        """Give the derivative of `theta` in the log rate, (1, 1)."""
        return np.diag(np.exp(phi - np.exp(phi)))
