"""What was fitted: a parametric form, the product-limit curve, or a weighted mean of forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logsumexp

from history.language import marked

from .forms import FloatArray, Form
from .geometric import Geometric
from .kaplan_meier import KaplanMeier
from .scoring import Prior
from .uncertainty import covariance, draws, rate_draws


class Fit(Protocol):
    """Everything a retention curve needs to answer, in ages of the data."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def dispersion(self) -> float:
        """Scatter of the cells over that of independent customers, at least 1."""

    def log_between(self, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (ages,)."""

    def parameters(self) -> dict[str, float]:
        """Natural parameters by name."""

    def standard_errors(self) -> dict[str, float]:
        """Give standard errors by the same names."""

    def survival_error(self, ages: FloatArray) -> FloatArray:
        """Give the standard error of the survival, (ages,)."""

    def sample_parameters(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draws of the parameters, one row a draw."""

    def sample_survival(self, ages: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
        """Survival at the ages by draw, (n, ages)."""


@dataclass(frozen=True, eq=False)
class ParametricFit:
    """One form with its parameters and the exposures that they were fitted on.

    Attributes
    ----------
    phi
        (parameters,).
    at_risk, churned
        By age 1..A, with the parent's pseudo-customers where there is a parent, divided by the
        dispersion: the independent customers that the data are worth, (ages,).
    prior
        What was believed beforehand; None for plain maximum likelihood.
    """

    form: Form
    phi: FloatArray
    at_risk: FloatArray
    churned: FloatArray
    dispersion: float = 1.0
    prior: Prior | None = None

    @property
    def name(self) -> str:
        """Name of the form."""
        return self.form.name

    @property
    def level(self) -> bool:
        """Whether only a level hazard is to be told from the data."""
        lost = self.churned.sum()
        return isinstance(self.form, Geometric) or lost <= 0 or lost >= self.at_risk.sum()

    def log_between(self, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (ages,)."""
        return np.asarray(self.form.log_between(self.phi[None], start, stop)[0])

    def parameters(self) -> dict[str, float]:
        """Natural parameters by name."""
        return _named(self.form, self.form.natural(self.phi[None])[0])

    def standard_errors(self) -> dict[str, float]:
        """By observed information of the independent customers that the data are worth."""
        slopes = self.form.jacobian(self.phi)
        # A parameter without an error (NaN) must not take it to those that do not depend on it.
        inside = np.where(slopes[:, :, None] * slopes[:, None, :] != 0, self._covariance(), 0.0)
        variances = np.einsum("ij,ijk,ik->i", slopes, inside, slopes)
        return _named(self.form, np.sqrt(variances))

    def survival_error(self, ages: FloatArray) -> FloatArray:
        """Delta method on the observed information, (ages,)."""
        step = 1e-5 * np.eye(len(self.phi))
        origin = np.zeros_like(ages)
        around = np.concatenate([self.phi + step, self.phi - step])
        survival = np.exp(self.form.log_between(around, origin, ages))
        slopes = (survival[: len(step)] - survival[len(step) :]) / 2e-5
        variance = np.einsum("pa,pq,qa->a", slopes, self._covariance(), slopes)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)), dtype=float)

    def sample_parameters(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draws of the natural parameters, one row a draw."""
        form, phi = self._drawn(n, rng)
        return pd.DataFrame(form.natural(phi), columns=list(form.parameters))

    def sample_survival(self, ages: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
        """Survival at the ages by draw, (n, ages)."""
        form, phi = self._drawn(n, rng)
        return np.exp(form.log_between(phi, np.zeros(1), ages))

    def _drawn(self, n: int, rng: np.random.Generator) -> tuple[Form, FloatArray]:
        if self.level:
            total, lost = float(self.at_risk.sum()), float(self.churned.sum())
            return Geometric(), rate_draws(total, lost, count=n, rng=rng)
        ages = np.arange(1.0, len(self.at_risk) + 1)
        phi = draws(
            self.form, self.phi, ages, self.at_risk, self.churned,
            count=n, rng=rng, prior=self.prior,
        )  # fmt: skip
        return self.form, phi

    def _covariance(self) -> FloatArray:
        lost = self.churned.sum()
        if lost <= 0 or lost >= self.at_risk.sum():
            return np.full((len(self.phi), len(self.phi)), np.nan)
        ages = np.arange(1.0, len(self.at_risk) + 1)
        return covariance(self.form, self.phi, ages, self.at_risk, self.churned, self.prior)


@dataclass(frozen=True, eq=False)
class ProductLimitFit:
    """The hazards as observed, with Greenwood's errors.

    Attributes
    ----------
    limit
        Over exposures divided by the dispersion.
    """

    limit: KaplanMeier
    phi: FloatArray
    dispersion: float = 1.0

    @property
    def name(self) -> str:
        """`kaplan_meier`."""
        return self.limit.name

    def log_between(self, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (ages,)."""
        return np.asarray(self.limit.log_between(self.phi[None], start, stop)[0])

    def parameters(self) -> dict[str, float]:
        """Hazard by age and in the tail."""
        return dict(zip(self.limit.parameters, map(float, self.phi), strict=True))

    def standard_errors(self) -> dict[str, float]:
        """Binomial errors of the hazards."""
        errors = np.sqrt(self.limit.variances(self.phi))
        return dict(zip(self.limit.parameters, map(float, errors), strict=True))

    def survival_error(self, ages: FloatArray) -> FloatArray:
        """Greenwood's standard error of the survival, (ages,); the tail's own error beyond."""
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = self.limit.variances(self.phi) / (1.0 - self.phi) ** 2
        terms = np.where(self.phi < 1.0, terms, 0.0)
        oldest = len(self.phi) - 1
        inside = np.concatenate([[0.0], np.cumsum(terms[:-1])])
        known = np.interp(ages, np.arange(oldest + 1.0), inside)
        beyond = np.maximum(ages - oldest, 0.0) ** 2 * terms[-1]
        survival = np.exp(self.log_between(np.zeros_like(ages), ages))
        return np.asarray(survival * np.sqrt(known + beyond), dtype=float)

    def sample_parameters(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draws of the hazards, one row a draw."""
        values = self.limit.draws(n, rng)
        return pd.DataFrame(values, columns=list(self.limit.parameters))

    def sample_survival(self, ages: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
        """Survival at the ages by draw, (n, ages)."""
        phi = self.limit.draws(n, rng)
        return np.exp(self.limit.log_between(phi, np.zeros(1), ages))


@dataclass(frozen=True, eq=False)
class StackFit:
    """Several curves, each believed as far as its weight; survival is their weighted mean.

    Attributes
    ----------
    parts
        The curves.
    weights
        One each, adding up to 1.
    """

    parts: tuple[ParametricFit, ...]
    weights: FloatArray
    dispersion: float = 1.0
    name: str = marked("stack")

    def log_between(self, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (ages,)."""
        origin = np.zeros_like(start)
        to_start = np.stack([part.log_between(origin, start) for part in self.parts])
        onward = np.stack([part.log_between(start, stop) for part in self.parts])
        weight = np.log(self.weights)[:, None] + to_start
        # Given alive at `start` the weights are those of the curves that kept more until then;
        # the largest is taken out so that ages at which all are nearly gone stay exact.
        weight = weight - weight.max(axis=0)
        return np.asarray(
            logsumexp(weight + onward, axis=0) - logsumexp(weight, axis=0), dtype=float
        )

    def parameters(self) -> dict[str, float]:
        """Weight and natural parameters of each part, as `sbg_weight`, `sbg_alpha`, ..."""
        found: dict[str, float] = {}
        for part, weight in zip(self.parts, self.weights, strict=True):
            found[f"{part.name}_weight"] = float(weight)
            found |= {f"{part.name}_{name}": x for name, x in part.parameters().items()}
        return found

    def standard_errors(self) -> dict[str, float]:
        """Errors of each part's parameters; the weights have none (NaN)."""
        found: dict[str, float] = {}
        for part in self.parts:
            found[f"{part.name}_weight"] = float("nan")
            found |= {f"{part.name}_{name}": x for name, x in part.standard_errors().items()}
        return found

    def survival_error(self, ages: FloatArray) -> FloatArray:
        """Root of the mean squared error of the parts and of their disagreement, (ages,)."""
        origin = np.zeros_like(ages)
        survival = np.exp(np.stack([part.log_between(origin, ages) for part in self.parts]))
        errors = np.stack([np.nan_to_num(part.survival_error(ages)) for part in self.parts])
        mean = self.weights @ survival
        return np.sqrt(self.weights @ (errors**2 + (survival - mean) ** 2))

    def sample_parameters(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draws of the parameters, NaN for the parts that a draw does not use."""
        frames = []
        for part, rows in self._shares(n, rng):
            drawn = part.sample_parameters(len(rows), rng).set_axis(rows)
            frames.append(drawn.add_prefix(f"{part.name}_"))
        return pd.concat(frames).sort_index()

    def sample_survival(self, ages: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
        """Survival at the ages by draw, each draw from one part, (n, ages)."""
        result = np.empty((n, len(ages)))
        for part, rows in self._shares(n, rng):
            result[rows] = part.sample_survival(ages, len(rows), rng)
        return result

    def _shares(
        self, n: int, rng: np.random.Generator
    ) -> list[tuple[ParametricFit, npt.NDArray[np.int64]]]:
        picked = rng.choice(len(self.parts), size=n, p=self.weights)
        found = [(part, np.flatnonzero(picked == k)) for k, part in enumerate(self.parts)]
        return [(part, rows) for part, rows in found if len(rows)]


def _named(form: Form, values: FloatArray) -> dict[str, float]:
    return dict(zip(form.parameters, map(float, values), strict=True))
