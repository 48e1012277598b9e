"""A curve with contract anniversaries: more customers leave when a year is up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .forms import FloatArray, Form


@dataclass(frozen=True)
class Anniversary:
    """A base form whose log survival steps are multiplied at every twelfth age.

    The step over the period that ends at an age divisible by `every` is `anniversary` >= 1 times
    the base form's. Between two whole ages the base form holds; the extra loss falls on the
    anniversary itself. The last `phi` is the log of the multiplier.
    """

    base: Form
    every: int = 12

    @property
    def name(self) -> str:
        """The base form's name with the suffix that says what was added."""
        return f"{self.base.name}+anniversary"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The base form's parameters and the multiplier."""
        return (*self.base.parameters, "anniversary")

    @property
    def bounds(self) -> FloatArray:
        """The base form's bounds; the multiplier is between 1 and 3,000."""
        return np.vstack([self.base.bounds, [0.0, 8.0]])

    def log_between(self, phi: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start), (rows, ages)."""
        plain = self.base.log_between(phi[:, :-1], start, stop)
        first, last = np.floor(start / self.every), np.floor(stop / self.every)
        count = int(np.max(last, initial=0.0))
        if count == 0:
            return plain
        at = self.every * np.arange(1.0, count + 1)
        extra = np.expm1(phi[:, -1:]) * self.base.log_between(phi[:, :-1], at - 1.0, at)
        total = np.concatenate([np.zeros((len(phi), 1)), np.cumsum(extra, axis=1)], axis=1)
        added = total[:, last.astype(int)] - total[:, first.astype(int)]
        return np.asarray(plain + added, dtype=float)

    def steps(self, phi: FloatArray, ages: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log of the share kept over each period and its slopes."""
        kept, slopes = self.base.steps(phi[:, :-1], ages)
        due = ages % self.every == 0
        factor = np.where(due, np.exp(phi[:, -1:]), 1.0)
        kept = kept * factor
        return kept, np.concatenate([slopes * factor[..., None], (kept * due)[..., None]], axis=-1)

    def starts(self, churned_share: FloatArray) -> FloatArray:
        """Start as the base form does at a lower level; the anniversaries carry the rest."""
        base = self.base.starts(churned_share * 0.6)
        return np.concatenate([base, np.full((*base.shape[:-1], 1), np.log(4.0))], axis=-1)

    def natural(self, phi: FloatArray) -> FloatArray:
        """Give the base form's parameters and the multiplier."""
        return np.concatenate([self.base.natural(phi[:, :-1]), np.exp(phi[:, -1:])], axis=1)

    def jacobian(self, phi: FloatArray) -> FloatArray:
        """Give the base form's derivatives, and the multiplier's in its log."""
        base = self.base.jacobian(phi[:-1])
        whole = np.zeros((len(phi), len(phi)))
        whole[:-1, :-1], whole[-1, -1] = base, np.exp(phi[-1])
        return whole
