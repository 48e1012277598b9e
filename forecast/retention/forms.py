"""The shape of a retention curve: what every parametric model has to answer.

A form works on rows of parameters at once (one row a fit, a start or a draw) and in an unbounded
parametrisation, `phi`, mostly logarithms; `natural` gives the numbers of the papers. It answers in
log survival, because everything else (hazard, conditional survival, likelihood) is a difference
of log survivals and stays exact where the survival itself is tiny.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class Form(Protocol):
    """A family of survival curves with its analytic derivatives.

    Shapes: `phi` is (rows, parameters), `ages` is (ages,).
    """

    @property
    def name(self) -> str:
        """Name by which a caller asks for the model."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the natural parameters."""

    @property
    def bounds(self) -> FloatArray:
        """Lower and upper bound of each `phi`, (parameters, 2)."""

    def log_between(self, phi: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
        """Log of S(stop) / S(start) for ages start <= stop, (rows, ages)."""

    def steps(self, phi: FloatArray, ages: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log of the share kept over each period, and its slopes in `phi`.

        Parameters
        ----------
        phi
            (rows, parameters).
        ages
            Ages at the ends of the periods: 1, 2, ... without a gap, (ages,).

        Returns
        -------
        tuple
            log S(age) / S(age - 1), (rows, ages), and its derivatives (rows, ages, parameters).
        """

    def starts(self, churned_share: FloatArray) -> FloatArray:
        """Where the search begins, (starts, rows, parameters), for overall hazards (rows,)."""

    def natural(self, phi: FloatArray) -> FloatArray:
        """Parameters as the papers print them, (rows, parameters)."""

    def jacobian(self, phi: FloatArray) -> FloatArray:
        """Give the derivatives of the natural parameters in `phi`, (parameters, parameters).

        For one set of parameters, (parameters,).
        """


def stack(*columns: FloatArray | float) -> FloatArray:
    """Columns of parameters side by side, (rows, parameters)."""
    return np.stack(np.broadcast_arrays(*(np.asarray(c, dtype=float) for c in columns)), axis=-1)
