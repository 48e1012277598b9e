"""How sure the parameters are: observed information, and draws from the likelihood."""

from __future__ import annotations

import numpy as np

from .forms import FloatArray, Form
from .scoring import Prior, log_likelihood, score

_WIDEST = 1.5  # standard deviation in `phi` of a direction that the data leave open
_LEAST_PROPOSALS = 1000


def covariance(
    form: Form,
    phi: FloatArray,
    ages: FloatArray,
    at_risk: FloatArray,
    churned: FloatArray,
    prior: Prior | None = None,
) -> FloatArray:
    """Inverse of the observed information in `phi`, (parameters, parameters).

    The second derivatives are central differences of the analytic gradient. NaN for parameters
    that stand at a bound, or where the likelihood is flat.
    """
    size = len(phi)
    spread = 1e-5 * np.eye(size)
    around = np.concatenate([phi + spread, phi - spread])
    rows = (len(around), 1)
    _, gradient, _ = score(
        form, around, ages, np.tile(at_risk, rows), np.tile(churned, rows), prior
    )
    information = -(gradient[:size] - gradient[size:]) / 2e-5
    information = (information + information.T) / 2
    free = (phi > form.bounds[:, 0] + 1e-4) & (phi < form.bounds[:, 1] - 1e-4)
    result = np.full((size, size), np.nan)
    inner = information[np.ix_(free, free)]
    if free.any() and np.isfinite(inner).all() and np.linalg.eigvalsh(inner)[0] > 1e-8:
        result[np.ix_(free, free)] = np.linalg.inv(inner)
    return result


def draws(
    form: Form,
    phi: FloatArray,
    ages: FloatArray,
    at_risk: FloatArray,
    churned: FloatArray,
    *,
    count: int,
    rng: np.random.Generator,
    prior: Prior | None = None,
) -> FloatArray:
    """Parameters drawn in proportion to their likelihood (times prior), (count, parameters).

    Proposals come from a normal around the maximum, with the expected information's covariance;
    they are resampled by likelihood over proposal density, so ridges and skew are kept. A
    direction that the data leave open is as wide as a standard deviation of 1.5 in `phi`.
    """
    _, _, information = score(form, phi[None], ages, at_risk[None], churned[None], prior)
    values, vectors = np.linalg.eigh(information[0])
    spread = 1.0 / np.sqrt(np.maximum(values, 1.0 / _WIDEST**2)) * 1.2
    normals = rng.standard_normal((max(_LEAST_PROPOSALS, 2 * count), len(phi)))
    place = rng.random()
    proposals = np.clip(phi + (normals * spread) @ vectors.T, form.bounds[:, 0], form.bounds[:, 1])
    kept = np.diff(form.log_between(proposals, np.zeros(1), np.append(0.0, ages)), axis=1)
    weight = log_likelihood(kept, at_risk, churned) + 0.5 * (normals**2).sum(axis=1)
    if prior is not None:
        weight = weight + prior.log_density(proposals)
    weight = np.where(np.isfinite(weight), weight, -np.inf)
    edges = np.cumsum(np.exp(weight - weight.max()))
    picked = np.searchsorted(edges / edges[-1], (np.arange(count) + place) / count)
    return rng.permutation(proposals[np.minimum(picked, len(proposals) - 1)], axis=0)


def rate_draws(
    at_risk: float, churned: float, *, count: int, rng: np.random.Generator
) -> FloatArray:
    """Log rates of a level hazard, drawn from its beta distribution (Jeffreys), (count, 1).

    It is honest where nobody was lost yet: the hazard is then about half a customer in all those
    at risk, not nought.
    """
    hazard = rng.beta(churned + 0.5, at_risk - churned + 0.5, size=(count, 1))
    hazard = np.clip(hazard, 1e-300, 1 - 1e-16)
    return np.log(-np.log1p(-hazard))
