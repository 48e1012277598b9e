"""Luck: the standard normals of a projection, drawn by name before anything is computed.

Each source of randomness and each segment has a stream of its own, and months are drawn one after
the other. So neither another segment, nor a longer horizon, nor a scenario changes the luck of
what was there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .planes import planes, stacked
from .streams import stream

Reals = NDArray[np.floating]
Normals = NDArray[np.float32]
"""Single precision is enough for luck (a millionth of a result) and halves time and memory."""

_STEP: Final = 3
"""Months between two draws of a walk; between them it moves in a straight line."""


@dataclass(frozen=True)
class Luck:
    """Sources of standard normals of a fixed shape (segments, months, paths).

    Attributes
    ----------
    seed : int
        The one seed.
    labels : sequence of str
        Names of the segments.
    months, paths : int
        Shape of the draws.
    """

    seed: int
    labels: Sequence[str]
    months: int
    paths: int

    def normals(self, name: str, months: int | None = None) -> Normals:
        """Independent standard normals, array (segments, months, paths)."""
        rows = self.months if months is None else months
        drawn = planes((len(self.labels), rows, self.paths), np.float32)
        for label, segment in zip(self.labels, drawn, strict=True):
            generator = stream(self.seed, f"{name}/{label}")
            for out in segment:
                generator.standard_normal(out=out, dtype=np.float32)
        return drawn

    def uniforms(self, name: str) -> Normals:
        """Independent uniforms in [0, 1), array (segments, months, paths)."""
        shape = (self.months, self.paths)
        streams = [stream(self.seed, f"{name}/{label}") for label in self.labels]
        return stacked([one.random(shape, dtype=np.float32) for one in streams])

    def related(self, name: str, correlation: float) -> Normals:
        """Give normals with one correlation between segments, (segments, months, paths)."""
        return self._mixed(name, correlation, self.months)

    def errors(self, name: str, correlation: float) -> Normals:
        """One standard normal a segment and path, array (segments, 1, paths)."""
        return self._mixed(name, correlation, 1)

    def walk(self, name: str, correlation: float) -> Normals:
        """Random walks with a variance of 1 a month, array (segments, months, paths)."""
        knots = -(-self.months // _STEP)
        steps = self._mixed(name, correlation, knots)
        steps *= np.float32(np.sqrt(_STEP))
        path = planes((len(self.labels), self.months, self.paths), np.float32)
        for m in range(self.months):
            knot, after = divmod(m, _STEP)
            np.multiply(steps[:, knot], np.float32((after + 1) / _STEP), out=path[:, m])
            if knot:
                path[:, m] += path[:, knot * _STEP - 1]
        return path

    def _mixed(self, name: str, correlation: float, months: int) -> Normals:
        own = self.normals(name, months)
        if len(self.labels) == 1 or correlation <= 0:
            return own
        shares = np.sqrt(np.array([correlation, 1.0 - correlation], dtype=np.float32))
        common = self._drawn(f"{name}, all", months)
        common *= shares[0]
        own *= shares[1]
        own += common
        return own

    def _drawn(self, name: str, months: int) -> Normals:
        generator = stream(self.seed, name)
        return generator.standard_normal((months, self.paths), dtype=np.float32)


def scattered(variance: Reals, z: Normals) -> Normals:
    """Positive factors with mean 1 and the given variance (lognormal), at standard normals."""
    sigma2 = np.log1p(variance, dtype=np.float32)
    exponent = np.sqrt(sigma2)
    exponent *= z
    sigma2 *= np.float32(0.5)
    exponent -= sigma2
    return np.asarray(np.exp(exponent, out=exponent))
