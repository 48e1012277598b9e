"""Beta-discrete-Weibull lifetimes.

Fader, Hardie, Liu, Davin and Steenburgh (2018), "How to Project Customer Retention" Revisited:
The Role of Duration Dependence, Journal of Interactive Marketing 43.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma

from .forms import FloatArray, stack
from .sbg import ShiftedBetaGeometric, log_gamma_ratio, shapes


class BetaDiscreteWeibull:
    """S(t) = B(alpha, beta + t^c) / B(alpha, beta): unlike customers whose churn changes with age.

    c = 1 is the shifted beta-geometric; alpha and beta without end is the discrete Weibull.
    `phi` is log(alpha / beta), log beta and log c.
    """

    name = "bdw"
    parameters = ("alpha", "beta", "c")
    bounds = np.vstack([ShiftedBetaGeometric.bounds, np.log([0.05, 8.0])])

    def log_between(self, phi: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (rows, ages)."""
        (alpha, beta), shape = shapes(phi), np.exp(phi[:, 2:])
        return log_gamma_ratio(beta + stop**shape, alpha) - log_gamma_ratio(
            beta + start**shape, alpha
        )

    def steps(self, phi: FloatArray, ages: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log of the share kept over each period and its slopes."""
        (alpha, beta), shape = shapes(phi), np.exp(phi[:, 2:])
        times = np.append(0.0, ages)
        power = times**shape
        log_kept = log_gamma_ratio(beta + power, alpha)
        outer = -digamma(alpha + beta + power)
        inner = digamma(beta + power) + outer
        by_shape = shape * power * np.log(np.maximum(times, 1.0)) * inner
        slopes = np.stack([alpha * outer, alpha * outer + beta * inner, by_shape], axis=-1)
        return np.diff(log_kept, axis=1), np.diff(slopes, axis=1)

    def starts(self, churned_share: FloatArray) -> FloatArray:
        """From the overall hazard, unlike and alike, falling and rising."""
        share = np.clip(churned_share, 1e-6, 1 - 1e-6)
        ratio = share / (1 - share)
        grid = ((2.0, 1.0), (2.0, 1.6), (30.0, 0.7), (30.0, 1.2))
        return np.log(np.stack([stack(ratio, size, c) for size, c in grid]))

    def natural(self, phi: FloatArray) -> FloatArray:
        """`alpha` and `beta` of the beta distribution and the Weibull shape `c`."""
        return np.concatenate([*shapes(phi), np.exp(phi[:, 2:])], axis=1)

    def jacobian(self, phi: FloatArray) -> FloatArray:
        """Give the derivatives of alpha, beta and c, (3, 3)."""
        alpha, beta, c = np.exp(phi[0] + phi[1]), np.exp(phi[1]), np.exp(phi[2])
        return np.array([[alpha, alpha, 0.0], [0.0, beta, 0.0], [0.0, 0.0, c]])
