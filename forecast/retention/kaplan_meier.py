"""The product-limit curve, which for cohorts is the volume-weighted chain ladder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .forms import FloatArray


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """Hazards by age as observed, pooled over cohorts; a level hazard beyond the oldest age.

    `phi` holds the hazards at age 1..A and then the hazard of the tail, as they are. Between two
    whole ages the hazard is level. Beyond the oldest age the pooled hazard of the oldest quarter
    of the ages (at least three, at most twelve) goes on: a stated extrapolation and no more.

    Attributes
    ----------
    at_risk, churned
        By age 1..A, (ages,).
    """

    at_risk: FloatArray
    churned: FloatArray
    name: str = "kaplan_meier"

    @property
    def parameters(self) -> tuple[str, ...]:
        """`hazard_1`, `hazard_2`, ... and `tail_hazard`."""
        return (*(f"hazard_{age}" for age in range(1, len(self.at_risk) + 1)), "tail_hazard")

    def estimate(self) -> FloatArray:
        """Give the hazards, (ages + 1,); where nobody was at risk, between the neighbours'."""
        seen = self.at_risk > 0
        ages = np.arange(len(self.at_risk))
        with np.errstate(divide="ignore", invalid="ignore"):
            observed = self.churned / self.at_risk
        hazards = np.interp(ages, ages[seen], observed[seen])
        at_risk, churned = self.tail
        return np.append(hazards, churned / at_risk)

    @property
    def tail(self) -> tuple[float, float]:
        """At risk and lost over the ages that the tail's hazard is taken from."""
        seen = np.flatnonzero(self.at_risk > 0)
        last = seen[-tail_length(len(seen)) :]
        return float(self.at_risk[last].sum()), float(self.churned[last].sum())

    def variances(self, phi: FloatArray) -> FloatArray:
        """Greenwood's variance of each hazard, h (1 - h) / n, (ages + 1,)."""
        weights = np.append(self.at_risk, self.tail[0])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(phi * (1.0 - phi) / weights, dtype=float)

    def draws(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Hazards drawn from their beta distributions (Jeffreys), (count, ages + 1)."""
        at_risk = np.append(self.at_risk, self.tail[0])
        churned = np.append(self.churned, self.tail[1])
        return rng.beta(churned + 0.5, at_risk - churned + 0.5, size=(count, len(at_risk)))

    def log_between(self, phi: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (rows, ages); -inf only if a hazard of 1 lies between."""
        everybody = phi >= 1.0
        logs = np.log1p(-np.where(everybody, 0.0, phi))
        finite = _along(logs, stop) - _along(logs, start)
        ends = _along(everybody.astype(float), stop) - _along(everybody.astype(float), start)
        return np.asarray(np.where(ends > 1e-12, -np.inf, finite), dtype=float)


def tail_length(ages: int) -> int:
    """Over how many of the oldest ages a tail is pooled: a quarter, at least 3, at most 12."""
    return min(max(3, ages // 4), 12)


def _along(steps: FloatArray, age: FloatArray) -> FloatArray:
    """Sum of the steps up to an age, whole or not, the last one going on, (rows, ages)."""
    oldest = steps.shape[1] - 1
    total = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps[:, :-1], axis=1)], axis=1)
    whole = np.minimum(np.floor(age), oldest).astype(int)
    return np.asarray(total[:, whole] + (age - whole) * steps[:, whole], dtype=float)
