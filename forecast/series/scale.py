"""On which scale a series is modelled: level, square root or logarithm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Averages of roots fall far below the root of the average where many months are empty.
_MANY_ZEROS = 0.1
_LARGEST_LOG = 600.0  # exp of more overflows soon


@dataclass(frozen=True)
class Scale:
    """A power transformation: ``power`` 1 is the level, 0.5 the square root, 0 the logarithm.

    Examples
    --------
    >>> float(Scale(0.5).back(Scale(0.5).forward(9.0)))
    9.0
    """

    power: float

    @property
    def name(self) -> str:
        """Word for the scale."""
        return {0.0: "log", 0.5: "square root", 1.0: "level"}[self.power]

    def forward(self, values: Array | float) -> Array:
        """Transform values: any for the level, >= 0 for the root, > 0 for the logarithm."""
        given = np.asarray(values, dtype=np.float64)
        if self.power == 0.0:
            return np.asarray(np.log(given), dtype=np.float64)
        return np.asarray(np.sqrt(given), dtype=np.float64) if self.power == 0.5 else given

    def back(self, values: Array) -> Array:
        """Undo :meth:`forward`; a root below 0 is 0."""
        if self.power == 0.0:
            return np.asarray(np.exp(np.clip(values, -_LARGEST_LOG, _LARGEST_LOG)))
        if self.power == 0.5:
            return np.asarray(np.square(np.maximum(values, 0.0)), dtype=np.float64)
        return values


def usable_scales(
    values: Array, *, nonnegative: bool, tolerance: float = 12.0
) -> tuple[Scale, ...]:
    """Scales on which the series' changes are about equally large, the most transformed first.

    A scale is left out if a random walk on it is less likely than on the best scale by more than
    ``tolerance`` (log likelihood, on the values themselves). Series that may be negative, or
    are, have the level only, and so do those with many zeros.
    """
    if not nonnegative or values.min() < 0.0 or values.max() <= 0.0:
        return (Scale(1.0),)
    if np.mean(values == 0.0) > _MANY_ZEROS:
        return (Scale(1.0),)
    scales = [Scale(0.5), Scale(1.0)]
    if values.min() > 0.0:
        scales.insert(0, Scale(0.0))
    scored = [(_likelihood(values, scale), scale) for scale in scales]
    best = max(score for score, _ in scored)
    kept = [scale for score, scale in scored if score >= best - tolerance]
    # The level alone would let a positive series run below zero; the root is beside it.
    if kept == [Scale(1.0)]:
        kept = [Scale(0.5), Scale(1.0)]
    return tuple(kept[:2])


def _likelihood(values: Array, scale: Scale) -> float:
    if len(values) < 3:
        return 0.0
    usual = float(values.mean())
    relative = np.maximum(values / usual, 1e-6)
    change = np.diff(scale.forward(relative))
    spread = max(float(np.mean(change**2)), 1e-12)
    # Derivative of the transformation, with its constant.
    slope = {0.0: 0.0, 0.5: float(np.log(0.5)), 1.0: 0.0}[scale.power]
    jacobian = float(np.sum((scale.power - 1.0) * np.log(relative[1:]) + slope))
    return -0.5 * (len(values) - 1) * float(np.log(spread)) + jacobian
