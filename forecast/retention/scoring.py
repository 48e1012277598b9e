"""Maximum likelihood of many hazard curves at once: damped Fisher scoring.

The data of a fit are the customers at risk and those lost, by age. Lives that are observed from a
later age on, or no further than some age, simply do not count outside: that is the likelihood with
survivors censored and starts truncated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .forms import FloatArray, Form

_LARGEST_STEP = 2.0
_MOST_DAMPED = 1e12
_ITERATIONS = 200
_TOLERANCE = 2e-8  # of the Newton decrement, in units of log-likelihood


@dataclass(frozen=True, eq=False)
class Prior:
    """Independent normal beliefs about `phi`; a precision of 0 says nothing.

    Attributes
    ----------
    mean, precision
        (parameters,).
    """

    mean: FloatArray
    precision: FloatArray

    def log_density(self, phi: FloatArray) -> FloatArray:
        """Log density by row, without constants."""
        squares = (phi - self.mean) ** 2 * self.precision
        return np.asarray(-0.5 * squares.sum(axis=-1), dtype=float)


@dataclass(frozen=True, eq=False)
class Maxima:
    """The best parameters of each row of data.

    Attributes
    ----------
    phi
        (rows, parameters).
    log_likelihood
        Of the data alone, without the prior, (rows,).
    converged
        Whether the Newton decrement fell below the tolerance, (rows,).
    """

    phi: FloatArray
    log_likelihood: FloatArray
    converged: npt.NDArray[np.bool_]


def log_likelihood(kept: FloatArray, at_risk: FloatArray, churned: FloatArray) -> FloatArray:
    """Log-likelihood by row, from log kept shares, at risk and lost (each rows x ages).

    >>> import numpy as np
    >>> step = np.log([[0.5, 0.5]])
    >>> round(float(log_likelihood(step, np.array([[4.0, 2.0]]), np.array([[2.0, 1.0]]))[0]), 4)
    -4.1589
    """
    by_age = log_likelihood_by_age(kept, at_risk, churned)
    return np.asarray(by_age.sum(axis=-1), dtype=float)


def log_likelihood_by_age(kept: FloatArray, at_risk: FloatArray, churned: FloatArray) -> FloatArray:
    """Log-likelihood by row and age; a term with weight nought is nought."""
    stayed = at_risk - churned
    with np.errstate(divide="ignore", invalid="ignore"):
        lost_part = np.where(churned > 0, churned * np.log(-np.expm1(kept)), 0.0)
        kept_part = np.where(stayed > 0, stayed * kept, 0.0)
    return np.asarray(lost_part + kept_part, dtype=float)


def score(
    form: Form,
    phi: FloatArray,
    ages: FloatArray,
    at_risk: FloatArray,
    churned: FloatArray,
    prior: Prior | None = None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log-likelihood (with the prior's), its gradient and the expected information, by row."""
    kept, slopes = form.steps(phi, ages)
    hazard = np.maximum(-np.expm1(kept), 1e-300)
    gradient = np.einsum("ra,rap->rp", at_risk - churned / hazard, slopes)
    weight = at_risk * np.exp(kept) / hazard
    information = np.einsum("ra,rap,raq->rpq", weight, slopes, slopes)
    value = log_likelihood(kept, at_risk, churned)
    if prior is None:
        return value, gradient, information
    return (
        value + prior.log_density(phi),
        gradient - (phi - prior.mean) * prior.precision,
        information + np.diag(prior.precision),
    )


def maximise(
    form: Form,
    ages: FloatArray,
    at_risk: FloatArray,
    churned: FloatArray,
    *,
    prior: Prior | None = None,
) -> Maxima:
    """Fit each row of (at_risk, churned), (rows, ages), from all starts of the form.

    Rows without any loss, or where all at risk are lost, must be kept out by the caller: their
    maximum lies at infinity.
    """
    share = churned.sum(axis=1) / at_risk.sum(axis=1)
    begin = form.starts(share)
    starts, rows, _ = begin.shape
    phi = np.clip(begin.reshape(starts * rows, -1), form.bounds[:, 0], form.bounds[:, 1])
    at_risk, churned = np.tile(at_risk, (starts, 1)), np.tile(churned, (starts, 1))
    phi, value, converged = _climb(form, phi, ages, at_risk, churned, prior)
    reached = np.where(np.isfinite(value), value, -np.inf).reshape(starts, rows)
    best = np.argmax(reached, axis=0) * rows + np.arange(rows)
    if prior is not None:
        value = value - prior.log_density(phi)
    return Maxima(phi[best], value[best], converged[best])


def _climb(
    form: Form,
    phi: FloatArray,
    ages: FloatArray,
    at_risk: FloatArray,
    churned: FloatArray,
    prior: Prior | None,
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Levenberg-damped scoring inside the bounds, each row until it has arrived."""
    phi = phi.copy()
    damping = np.full(len(phi), 1e-3)
    value, gradient, information = score(form, phi, ages, at_risk, churned, prior)
    converged = np.zeros(len(phi), dtype=bool)
    active = np.arange(len(phi))
    for _ in range(_ITERATIONS):
        step, decrement = _step(
            form, phi[active], gradient[active], information[active], damping[active]
        )
        arrived = decrement < _TOLERANCE + 1e-13 * np.abs(value[active])
        converged[active[arrived]] = True
        going = ~arrived & (damping[active] < _MOST_DAMPED)
        active, step = active[going], step[going]
        if not len(active):
            break
        trial = np.clip(phi[active] + step, form.bounds[:, 0], form.bounds[:, 1])
        found = score(form, trial, ages, at_risk[active], churned[active], prior)
        gain = np.where(np.isfinite(found[0]), found[0] - value[active], -np.inf)
        promised = _promise(gradient[active], information[active], trial - phi[active])
        better = gain >= -1e-13 * np.abs(value[active])
        taken = active[better]
        phi[taken] = trial[better]
        value[taken], gradient[taken], information[taken] = (x[better] for x in found)
        # The expected information can be far from the curvature where a model fits badly: the
        # steps would then go to and fro across the maximum unless damped.
        damping[active] *= np.select(
            [gain > 0.75 * promised, gain > 0.4 * promised], [0.2, 1.0], 6.0
        )
    return phi, value, converged


def _promise(gradient: FloatArray, information: FloatArray, step: FloatArray) -> FloatArray:
    """Gain that the quadratic picture promises for a step."""
    bend = np.einsum("rp,rpq,rq->r", step, information, step)
    return np.asarray((gradient * step).sum(axis=1) - 0.5 * bend, dtype=float)


def _step(
    form: Form,
    phi: FloatArray,
    gradient: FloatArray,
    information: FloatArray,
    damping: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Next step, and the gain that an undamped step still promises (Newton decrement)."""
    lower, upper = form.bounds[:, 0], form.bounds[:, 1]
    held = ((phi <= lower) & (gradient < 0)) | ((phi >= upper) & (gradient > 0))
    free = ~held
    gradient = np.where(free, gradient, 0.0)
    size = gradient.shape[1]
    eye = np.eye(size)
    information = information * (free[:, :, None] & free[:, None, :])
    diagonal = np.einsum("rpp->rp", information)
    ridge = np.where(free, 1e-10 * diagonal.max(axis=1, keepdims=True) + 1e-300, 1.0)
    firm = information + ridge[:, :, None] * eye
    decrement = np.einsum("rp,rp->r", gradient, np.linalg.solve(firm, gradient[..., None])[..., 0])
    damped = firm + (damping[:, None] * (diagonal + ridge))[:, :, None] * eye
    step = np.linalg.solve(damped, gradient[..., None])[..., 0]
    longest = np.abs(step).max(axis=1, keepdims=True)
    step *= np.minimum(1.0, _LARGEST_STEP / np.maximum(longest, 1e-300))
    return step, decrement
