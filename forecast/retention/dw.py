"""Discrete Weibull lifetimes (Nakagawa and Osaki 1975): a hazard that falls or rises with age."""

from __future__ import annotations

import numpy as np

from .forms import FloatArray, stack
from .geometric import TOTAL_RATE


class DiscreteWeibull:
    """S(t) = (1 - theta)^(t^c); c < 1 is a falling hazard, c = 1 the geometric.

    `phi` is the log of the rate -log(1 - theta), and log c.
    """

    name = "dw"
    parameters = ("theta", "c")
    bounds = np.array([[np.log(1e-10), np.log(TOTAL_RATE)], [np.log(0.02), np.log(8.0)]])

    def log_between(self, phi: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (rows, ages)."""
        rate, shape = np.exp(phi[:, :1]), np.exp(phi[:, 1:])
        return -rate * (stop**shape - start**shape)

    def steps(self, phi: FloatArray, ages: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log of the share kept over each period and its slopes."""
        rate, shape = np.exp(phi[:, :1]), np.exp(phi[:, 1:])
        before = ages - 1.0
        log_before = np.log(np.maximum(before, 1.0))  # 0^c log 0 is 0
        upper, lower = ages**shape, before**shape
        kept = -rate * (upper - lower)
        bend = -rate * shape * (upper * np.log(ages) - lower * log_before)
        return kept, np.stack([kept, bend], axis=-1)

    def starts(self, churned_share: FloatArray) -> FloatArray:
        """From the overall hazard with falling, level and rising shapes."""
        level = np.log(-np.log1p(-np.clip(churned_share, 1e-8, 1 - 1e-8)))
        return np.stack(
            [stack(level + lift, np.log(c)) for c, lift in ((0.6, 0.5), (1.0, 0.0), (1.4, -1.0))]
        )

    def natural(self, phi: FloatArray) -> FloatArray:
        """`theta`, the share lost in the first period, and `c`."""
        return stack(-np.expm1(-np.exp(phi[:, 0])), np.exp(phi[:, 1]))

    def jacobian(self, phi: FloatArray) -> FloatArray:
        """Give the derivatives of `theta` and `c` in their logs, (2, 2)."""
        return np.diag(np.exp([phi[0] - np.exp(phi[0]), phi[1]]))
