"""A curve with customers who never leave: a share is cured, the others follow a base form.

Boag (1949), Maximum likelihood estimates of the proportion of patients cured by cancer therapy;
Farewell (1982), The use of mixture models for the analysis of survival data with long-term
survivors. Whether a share is cured or merely very slow cannot be told from the ages at which
nobody has had the time to leave: `cured_fraction` gives the interval that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit, log_expit, logit

from .forms import FloatArray, Form

_LEAST, _MOST = -12.0, 7.0  # a share of six in a million, and of all but one in a thousand


@dataclass(frozen=True)
class Cured:
    """S(t) = cured + (1 - cured) S0(t), S0 the base form's; the last `phi` is logit(cured)."""

    base: Form

    @property
    def name(self) -> str:
        """The base form's name with the suffix that says what was added."""
        return f"{self.base.name}+cured"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The base form's parameters and the share that never leaves."""
        return (*self.base.parameters, "cured")

    @property
    def bounds(self) -> FloatArray:
        """The base form's bounds, and those of the share's logit."""
        return np.vstack([self.base.bounds, [_LEAST, _MOST]])

    def log_between(self, phi: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (rows, ages)."""
        return self._log_survival(phi, stop) - self._log_survival(phi, start)

    def steps(self, phi: FloatArray, ages: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log of the share kept over each period and its slopes."""
        kept, slopes = self.base.steps(phi[:, :-1], ages)
        logs, along = np.cumsum(kept, axis=1), np.cumsum(slopes, axis=1)
        mixed = _mixed(phi[:, -1:], logs)
        leaving = np.exp(log_expit(-phi[:, -1:]) + logs - mixed)
        # Of those left at an age, the cured beyond their share at the start.
        by_share = np.exp(log_expit(phi[:, -1:]) - mixed) - expit(phi[:, -1:])
        all_slopes = np.concatenate([leaving[..., None] * along, by_share[..., None]], axis=-1)
        return np.diff(mixed, axis=1, prepend=0.0), np.diff(all_slopes, axis=1, prepend=0.0)

    def starts(self, churned_share: FloatArray) -> FloatArray:
        """Start as the base form does, with few and with many cured and the others faster."""
        grid = ((0.05, 1.0), (0.4, 2.0))
        parts = []
        for share, faster in grid:
            base = self.base.starts(np.minimum(churned_share * faster, 0.9))
            parts.append(
                np.concatenate([base, np.full((*base.shape[:-1], 1), logit(share))], axis=-1)
            )
        return np.concatenate(parts)

    def natural(self, phi: FloatArray) -> FloatArray:
        """Give the base form's parameters and the share."""
        return np.concatenate([self.base.natural(phi[:, :-1]), expit(phi[:, -1:])], axis=1)

    def jacobian(self, phi: FloatArray) -> FloatArray:
        """Give the base form's derivatives, and the share's in its logit."""
        whole = np.zeros((len(phi), len(phi)))
        whole[:-1, :-1] = self.base.jacobian(phi[:-1])
        whole[-1, -1] = expit(phi[-1]) * expit(-phi[-1])
        return whole

    def _log_survival(self, phi: FloatArray, ages: FloatArray) -> FloatArray:
        return _mixed(phi[:, -1:], self.base.log_between(phi[:, :-1], np.zeros_like(ages), ages))


@dataclass(frozen=True)
class CuredAt:
    """The same with the share given: a form with the base form's parameters alone."""

    base: Form
    share: float

    @property
    def name(self) -> str:
        """The base form's name with the share."""
        return f"{self.base.name}+cured {self.share:g}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The base form's parameters."""
        return self.base.parameters

    @property
    def bounds(self) -> FloatArray:
        """The base form's bounds."""
        return self.base.bounds

    @cached_property
    def _logit(self) -> float:
        return float(logit(self.share))

    def log_between(self, phi: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (rows, ages)."""
        return Cured(self.base).log_between(self._with(phi), start, stop)

    def steps(self, phi: FloatArray, ages: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log of the share kept over each period and its slopes."""
        kept, slopes = Cured(self.base).steps(self._with(phi), ages)
        return kept, slopes[..., :-1]

    def starts(self, churned_share: FloatArray) -> FloatArray:
        """Start as the base form does, the others faster."""
        faster = churned_share / max(1.0 - self.share, 0.05)
        return self.base.starts(np.minimum(faster, 0.9))

    def natural(self, phi: FloatArray) -> FloatArray:
        """Give the base form's parameters."""
        return self.base.natural(phi)

    def jacobian(self, phi: FloatArray) -> FloatArray:
        """Give the base form's derivatives."""
        return self.base.jacobian(phi)

    def _with(self, phi: FloatArray) -> FloatArray:
        return np.concatenate([phi, np.full((len(phi), 1), self._logit)], axis=1)


def _mixed(share: FloatArray, logs: FloatArray) -> FloatArray:
    """Log of cured + (1 - cured) S0, for logit(cured) and log S0."""
    return np.asarray(np.logaddexp(log_expit(share), log_expit(-share) + logs), dtype=float)
