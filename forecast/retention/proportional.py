"""A fitted curve whose hazards are all multiplied: S(t)^factor, with an error of the factor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .fit import Fit
from .forms import FloatArray

FACTOR = "hazard_factor"


@dataclass(frozen=True, eq=False)
class ProportionalFit:
    """Another fit with its cumulative hazard times a factor.

    Attributes
    ----------
    base
        What is multiplied.
    log_factor, error
        Log of the factor and its standard error, taken as independent of the base's.
    """

    base: Fit
    log_factor: float
    error: float

    @property
    def name(self) -> str:
        """Name of the base."""
        return self.base.name

    @property
    def dispersion(self) -> float:
        """Scatter of the cells over that of independent customers, at least 1."""
        return self.base.dispersion

    @property
    def factor(self) -> float:
        """What the cumulative hazard is multiplied by."""
        return float(np.exp(self.log_factor))

    def log_between(self, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (ages,)."""
        return self.factor * self.base.log_between(start, stop)

    def parameters(self) -> dict[str, float]:
        """Parameters of the base, and `hazard_factor`."""
        return {**self.base.parameters(), FACTOR: self.factor}

    def standard_errors(self) -> dict[str, float]:
        """Give standard errors by the same names."""
        return {**self.base.standard_errors(), FACTOR: self.factor * self.error}

    def survival_error(self, ages: FloatArray) -> FloatArray:
        """Delta method over the base's error and the factor's, (ages,)."""
        logs = self.base.log_between(np.zeros_like(ages), ages)
        survival = np.exp(self.factor * logs)
        with np.errstate(divide="ignore", invalid="ignore"):
            by_base = self.factor * survival * self.base.survival_error(ages) / np.exp(logs)
            by_factor = survival * self.factor * logs * self.error
        return np.hypot(np.nan_to_num(by_base), np.nan_to_num(by_factor))

    def sample_parameters(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draws of the parameters, one row a draw."""
        drawn = self.base.sample_parameters(n, rng)
        return drawn.assign(**{FACTOR: self._factors(n, rng)})

    def sample_survival(self, ages: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
        """Survival at the ages by draw, (n, ages)."""
        drawn = self.base.sample_survival(ages, n, rng)
        return np.asarray(drawn ** self._factors(n, rng)[:, None], dtype=float)

    def _factors(self, n: int, rng: np.random.Generator) -> FloatArray:
        return np.exp(self.log_factor + self.error * rng.standard_normal(n))
