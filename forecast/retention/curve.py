"""A fitted retention curve: what share of a cohort is left at each age, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from history.errors import InputError

from .fit import Fit
from .forms import FloatArray
from .proportional import ProportionalFit
from .triangle import Triangle

Number = float | int | np.integer | np.floating


@dataclass(frozen=True, eq=False)
class RetentionCurve:
    """Survival by age of the customers (or of the MRR) of a cohort.

    Age 0 is the whole cohort, `survival(0) == 1`; age is counted in periods of the triangle it
    was fitted on, or in months where `period` says how many months an age of the data is. Every
    age from 0 on is answered, also past the oldest and between whole ages: parametric models by
    their formula, Kaplan-Meier with a level hazard within each age; with a `period` above 1 the
    loss falls on the renewal, so the curve is level between two renewals.

    Attributes
    ----------
    log_likelihood
        Of the counts given, survivors censored, without the multinomial constant.
    oldest_age
        Oldest age of the data; beyond it the curve is an extrapolation.
    period
        Months an age of the data is long.
    notes
        What was remarkable about the data and the fit, in words.

    Examples
    --------
    >>> import pandas as pd
    >>> from forecast.retention import fit_retention
    >>> curve = fit_retention(pd.DataFrame([[1000, 869, 743, 653, 593]]), "sbg")
    >>> round(curve.survival(1), 3), round(curve.survival_given(4)(4), 3)
    (0.859, 0.69)
    """

    log_likelihood: float
    oldest_age: int
    _fit: Fit = field(repr=False)
    _table: pd.DataFrame = field(repr=False)
    period: int = 1
    notes: tuple[str, ...] = ()
    _triangle: Triangle | None = field(default=None, repr=False)

    @property
    def model(self) -> str:
        """Name of the model, as `fit_retention` takes it."""
        return self._fit.name

    @property
    def parameters(self) -> Mapping[str, float]:
        """Parameters by the names of the papers: `theta`; `alpha`, `beta`; `theta`, `c`; ..."""
        return self._fit.parameters()

    @property
    def standard_errors(self) -> Mapping[str, float]:
        """Standard errors by observed information; NaN at a bound or where nothing tells."""
        return self._fit.standard_errors()

    @property
    def dispersion(self) -> float:
        """Scatter of the cells over that of independent customers; 1 where it is not above chance.

        Standard errors and draws are widened by it.
        """
        return self._fit.dispersion

    @property
    def choice(self) -> pd.DataFrame:
        """Candidates with log-likelihood, held-out score, weight, status and reason."""
        return self._table.copy()

    @overload
    def survival(self, age: Number) -> float: ...
    @overload
    def survival(self, age: npt.ArrayLike) -> FloatArray: ...
    def survival(self, age: npt.ArrayLike) -> float | FloatArray:
        """Share of the whole cohort left at an age, 0-1; a number gives a float, an array an array.

        Raises
        ------
        InputError
            If an age is negative, infinite or not a number.
        """
        return self._between(0.0, age)

    def survival_given(self, age: npt.ArrayLike) -> Callable[[npt.ArrayLike], float | FloatArray]:
        """Share left `ahead` periods later of those who are alive at `age`.

        `survival_given(age)(ahead)` is S(age + ahead) / S(age). Arrays are broadcast.
        """
        return partial(self._between, age)

    @overload
    def hazard(self, age: Number) -> float: ...
    @overload
    def hazard(self, age: npt.ArrayLike) -> FloatArray: ...
    def hazard(self, age: npt.ArrayLike) -> float | FloatArray:
        """Share of those alive at age - 1 that is lost by the age, 0-1, for ages from 1 on."""
        later = _ages(age)
        if (later < 1).any():
            raise InputError("a hazard belongs to ages from 1 on: it is the loss since age - 1.")
        return _as_given(age, -np.expm1(self._log_between(later - 1.0, later)))

    def survival_error(self, age: npt.ArrayLike) -> float | FloatArray:
        """Give the standard error of the survival at an age; Greenwood's for Kaplan-Meier."""
        flat = np.floor(_ages(age) / self.period) if self.period > 1 else _ages(age)
        return _as_given(age, self._fit.survival_error(flat.ravel()).reshape(flat.shape))

    def sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """`n` draws of the parameters in proportion to their likelihood, one row a draw."""
        return self._fit.sample_parameters(n, rng)

    def sample_survival(self, ages: npt.ArrayLike, n: int, rng: np.random.Generator) -> FloatArray:
        """Survival curves of `n` draws of the parameters, (n, ages).

        What an age shares with another one within a row is the same draw, so ratios of columns
        are draws of the conditional survival. It is the uncertainty of the curve alone, without
        the chance of the single customers.
        """
        at = _ages(ages).ravel()
        return self._fit.sample_survival(self._data_age(at), n, rng)

    def times(self, factor: float, *, log_error: float = 0.0) -> RetentionCurve:
        """Give the curve with its cumulative hazard multiplied: S(t) to the power of `factor`.

        Parameters
        ----------
        factor
            Above 1 for more churn; 1.1 is a tenth more of it at every age.
        log_error
            Standard error of the factor's log, which errors and draws then contain.

        Raises
        ------
        InputError
            If the factor is not a finite number above 0, or the error below 0.

        Examples
        --------
        >>> import pandas as pd
        >>> from forecast.retention import fit_retention
        >>> curve = fit_retention(pd.DataFrame([[1000, 900, 810]]), "geometric")
        >>> round(curve.times(2.0).survival(1), 3)
        0.81
        """
        if not (np.isfinite([factor, log_error]).all() and factor > 0 and log_error >= 0):
            raise InputError(
                f"a curve is multiplied by a number above 0 with an error from 0 up, not by "
                f"{factor} with {log_error}."
            )
        return replace(self, _fit=ProportionalFit(self._fit, float(np.log(factor)), log_error))

    def project(self, n: int) -> pd.DataFrame:
        """Survivors 1..n periods after each cohort's last known cell, with the triangle's index.

        Raises
        ------
        InputError
            If the curve was fitted on exposures: there are no cohorts to project then.
        """
        if self._triangle is None:
            raise InputError(
                "this curve was fitted on exposures, it has no cohorts to project: multiply the "
                "customers at an age by survival_given(age)(ahead)."
            )
        if n < 1:
            raise InputError(f"project needs at least 1 period ahead, not {n}.")
        last, counts = self._triangle.newest()
        ahead = np.arange(1, n + 1)
        start = np.broadcast_to(last[:, None], (len(last), n))
        shares = np.exp(self._log_between(start, start + ahead))
        return pd.DataFrame(counts[:, None] * shares, index=self._triangle.index, columns=ahead)

    def _between(self, age: npt.ArrayLike, ahead: npt.ArrayLike) -> float | FloatArray:
        start, later = np.broadcast_arrays(_ages(age), _ages(ahead))
        values = np.exp(self._log_between(start, start + later))
        return float(values) if values.ndim == 0 else values

    def _log_between(self, start: FloatArray, stop: FloatArray) -> FloatArray:
        first, last = self._data_age(start).ravel(), self._data_age(stop).ravel()
        return self._fit.log_between(first, last).reshape(np.shape(stop))

    def _data_age(self, age: FloatArray) -> FloatArray:
        return np.floor(age / self.period) if self.period > 1 else age


def _ages(age: npt.ArrayLike) -> FloatArray:
    ages = np.asarray(age, dtype=float)
    if not (np.isfinite(ages) & (ages >= 0)).all():
        raise InputError(f"an age is a number of periods from 0 up, not {age!r}.")
    return ages


def _as_given(age: npt.ArrayLike, values: FloatArray) -> float | FloatArray:
    return float(values) if np.ndim(age) == 0 else values
