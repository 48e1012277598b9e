"""Shifted beta-geometric lifetimes (Fader and Hardie 2007, Journal of Interactive Marketing 21)."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from .forms import FloatArray, stack

# Beyond this the customers are as good as alike and the curve is the geometric one.
LARGEST = 1e5
SMALLEST = 1e-5


def log_gamma_ratio(z: FloatArray, a: FloatArray) -> FloatArray:
    """Log of gamma(z) / gamma(z + a), without the cancellation of two huge logarithms.

    Stirling's series from z = 16 on (its error is below 1e-13 there), gammaln below.
    """
    big = np.maximum(z, 16.0)
    upper = big + a
    ratio = -(big - 0.5) * np.log1p(a / big) - a * np.log(upper) + a
    ratio += _stirling_rest(big) - _stirling_rest(upper)
    small = z < 16.0
    if small.any():
        low, extra = z[small], np.broadcast_to(a, z.shape)[small]
        ratio[small] = gammaln(low) - gammaln(low + extra)
    return np.asarray(ratio, dtype=float)


def _stirling_rest(z: FloatArray) -> FloatArray:
    inverse = 1.0 / z
    square = inverse * inverse
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))


def shapes(phi: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give alpha and beta, each (rows, 1), for `phi` that begins with log(alpha/beta), log beta."""
    beta = np.exp(phi[:, 1:2])
    return beta * np.exp(phi[:, :1]), beta


class ShiftedBetaGeometric:
    """S(t) = B(alpha, beta + t) / B(alpha, beta): each customer has his own constant churn.

    The churn probabilities of the customers are beta distributed with mean
    alpha / (alpha + beta); the hazard of the cohort falls with age because those who leave
    easily leave first: alpha / (alpha + beta + t - 1), equation 7 of the paper. `phi` is
    log(alpha / beta) and log beta: where customers are nearly alike only the first can be told,
    and the search is not lost on the ridge.
    """

    name = "sbg"
    parameters = ("alpha", "beta")
    bounds = np.log(np.array([[1e-8, 1e8], [SMALLEST, LARGEST]]))

    def log_between(self, phi: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (rows, ages); fractional ages by the beta function."""
        alpha, beta = shapes(phi)
        return log_gamma_ratio(beta + stop, alpha) - log_gamma_ratio(beta + start, alpha)

    def steps(self, phi: FloatArray, ages: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log of the share kept over each period and its slopes."""
        alpha, beta = shapes(phi)
        staying = beta + ages - 1.0
        by_ratio = -alpha / (alpha + staying)
        by_size = by_ratio * (ages - 1.0) / staying
        return -np.log1p(alpha / staying), np.stack([by_ratio, by_size], axis=-1)

    def starts(self, churned_share: FloatArray) -> FloatArray:
        """From the overall hazard, with customers very unlike and nearly alike."""
        share = np.clip(churned_share, 1e-6, 1 - 1e-6)
        ratio = share / (1 - share)
        grid = ((2.0, 1.3), (30.0, 1.0))
        return np.log(np.stack([stack(ratio * lift, size) for size, lift in grid]))

    def natural(self, phi: FloatArray) -> FloatArray:
        """`alpha` and `beta` of the beta distribution of churn probabilities."""
        return np.concatenate(shapes(phi), axis=1)

    def jacobian(self, phi: FloatArray) -> FloatArray:
        """Give the derivatives of alpha and beta, (2, 2)."""
        alpha, beta = np.exp(phi[0] + phi[1]), np.exp(phi[1])
        return np.array([[alpha, alpha], [0.0, beta]])
