"""Chain ladder with Mack's standard errors: what the triangle alone says, free of any curve.

Mack (1993), Distribution-free calculation of the standard error of chain ladder reserve estimates,
ASTIN Bulletin 23(2). Its cohorts are accident years and its amounts claims; here they are cohorts
of customers and what is left (or has become) of their number or MRR. The factors are those of
Kaplan-Meier (`fit_retention(triangle, "kaplan_meier")`); the errors are taken from the scatter of
the cohorts around them, so amounts of money need no assumption about single customers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from history.errors import InputError, unknown_name

from .forms import FloatArray
from .kaplan_meier import tail_length
from .triangle import Triangle

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Steps:
    """Factors from one age to the next, and of the tail in the last place, arrays (ages + 1,).

    `variance` is Mack's alpha squared, `error` the standard error of the factor.
    """

    factor: FloatArray
    variance: FloatArray
    error: FloatArray
    cohorts: Whole

    def walk(self, last: Whole, latest: FloatArray, stop: int) -> tuple[FloatArray, FloatArray]:
        """Amounts from each cohort's last age on, and their variance by chance alone.

        Returns
        -------
        tuple
            Arrays (cohorts, ages 0..stop); before the last known age the latest amount stands.
        """
        amount, chance = np.tile(latest, (stop + 1, 1)), np.zeros((stop + 1, len(last)))
        for age in range(1, stop + 1):
            place, new = min(age, len(self.factor)) - 1, last < age
            factor, variance = self.factor[place], self.variance[place]
            spread = factor**2 * chance[age - 1] + variance * amount[age - 1]
            amount[age] = np.where(new, factor * amount[age - 1], latest)
            chance[age] = np.where(new, spread, 0.0)
        return amount.T, chance.T

    def slopes(self, last: Whole, ages: Whole) -> FloatArray:
        """Relative change of each cohort's amount at an age per unit of each factor.

        Returns
        -------
        array (cohorts, ages + 1)
            How often the way from the last known age uses a factor, over the factor.
        """
        oldest = len(self.factor) - 1
        inside = (last[:, None] <= np.arange(oldest)) & (np.arange(oldest) < ages[:, None])
        beyond = np.maximum(ages - np.maximum(last, oldest), 0)
        uses = np.column_stack([inside, beyond]).astype(float)
        return np.asarray(uses / np.where(self.factor > 0, self.factor, np.inf), dtype=float)


@dataclass(frozen=True, eq=False)
class ChainLadder:
    """Factors by age, the completed triangle, and how sure it is.

    Attributes
    ----------
    factors
        Index the age that is reached, 1..A; columns factor (what an amount becomes over the
        period, volume-weighted), standard_error, sigma (Mack's alpha: the scatter of single
        cohorts), cohorts (how many it rests on).
    tail
        The same of the period after the oldest age, pooled over the oldest quarter of the ages
        (at least three, at most twelve), as Kaplan-Meier's tail.
    completed
        The triangle, index and ages as given, with its blanks filled by the factors.
    standard_errors
        Of `completed`, 0 where the cell is known.
    notes
        What was remarkable about the data, in words.

    Examples
    --------
    >>> import pandas as pd
    >>> from forecast.retention import chain_ladder
    >>> mrr = pd.DataFrame([[100, 90, 85], [120, 110, None], [150, None, None]])
    >>> found = chain_ladder(mrr)
    >>> found.completed.round(1).iloc[2].tolist()
    [150.0, 136.4, 128.8]
    >>> found.ahead(1).round(2).loc[1].tolist()
    [318.4, 3.03]
    """

    factors: pd.DataFrame
    tail: pd.Series
    completed: pd.DataFrame
    standard_errors: pd.DataFrame
    notes: tuple[str, ...]
    _steps: _Steps = field(repr=False)
    _last: Whole = field(repr=False)
    _latest: FloatArray = field(repr=False)

    @property
    def cohorts(self) -> pd.DataFrame:
        """Each cohort at the oldest age, in the triangle's unit.

        Columns latest_age, latest, ultimate (expected at the oldest age), change (ultimate less
        latest; Mack's reserve), standard_error (of ultimate and of change).
        """
        ultimate = self.completed.iloc[:, -1]
        return pd.DataFrame(
            {
                "latest_age": self._last,
                "latest": self._latest,
                "ultimate": ultimate,
                "change": ultimate - self._latest,
                "standard_error": self.standard_errors.iloc[:, -1],
            }
        )

    @property
    def total(self) -> pd.Series:
        """All cohorts together at the oldest age: latest, ultimate, change, standard_error.

        The cohorts share the factors, so their errors do not cancel: the standard error is more
        than the root of the cohorts' summed squares.
        """
        cohorts = self.cohorts
        found = {name: float(cohorts[name].sum()) for name in ("latest", "ultimate", "change")}
        oldest = np.full_like(self._last, self.completed.shape[1] - 1)
        return pd.Series({**found, "standard_error": self._total_error(oldest)})

    def project(self, n: int) -> pd.DataFrame:
        """Amounts 1..n periods after each cohort's last known cell, with the triangle's index.

        Past the oldest age the factor of the tail goes on.

        Raises
        ------
        InputError
            If n is below 1.
        """
        if n < 1:
            raise InputError(f"project needs at least 1 period ahead, not {n}.")
        ahead = np.arange(1, n + 1)
        amount, _ = self._steps.walk(self._last, self._latest, int(self._last.max()) + n)
        at = np.take_along_axis(amount, self._last[:, None] + ahead, axis=1)
        return pd.DataFrame(at, index=self.completed.index, columns=ahead)

    def ahead(self, n: int) -> pd.DataFrame:
        """All cohorts together 1..n periods ahead.

        Returns
        -------
        DataFrame
            Index 1..n; columns expected and standard_error, in the triangle's unit: the error of
            the sum, chance and factors together.
        """
        expected = self.project(n).sum()
        errors = [self._total_error(self._last + h) for h in expected.index]
        return pd.DataFrame({"expected": expected, "standard_error": errors})

    def _total_error(self, ages: Whole) -> float:
        """Error of the sum of all cohorts, each at its own age."""
        walked = self._steps.walk(self._last, self._latest, int(ages.max()))
        amount, chance = (np.take_along_axis(x, ages[:, None], axis=1) for x in walked)
        seen = ~np.isnan(self._latest)
        slopes = (amount * self._steps.slopes(self._last, ages))[seen].sum(axis=0)
        return float(np.sqrt(chance[seen].sum() + _squares(slopes, self._steps.error)))


def chain_ladder(
    triangle: pd.DataFrame, *, scatter: Literal["mack", "pooled"] = "mack"
) -> ChainLadder:
    """Fill a triangle by volume-weighted factors, with Mack's standard errors.

    Parameters
    ----------
    triangle
        One row a cohort; in columns customers or MRR (or claims paid so far) at age 0, 1, 2, ...,
        blank after the newest diagonal, as for `fit_retention`. Amounts may rise: with the MRR of
        `Cohorts.triangle(value="mrr")` the factors are net revenue retention from month to month.
    scatter
        `mack`: of each age by itself, as in the paper. `pooled`: of each age and as many younger
        ones as it takes for ten degrees of freedom; the paper's is too small where few cohorts
        are old (docs/retention.md has the coverage of both).

    Returns
    -------
    ChainLadder
        Factors, completed triangle and errors by cohort, in total and by period ahead. With one
        cohort there is no scatter to see: errors are NaN and `notes` says so.

    Raises
    ------
    InputError
        If cells are no amounts, or blank between known ones: all are listed.
    NotEnoughHistoryError
        If no cohort is known at two ages.
    UnknownNameError
        If `scatter` is neither.

    Notes
    -----
    With `mack` a factor known of one cohort only takes its scatter from the two before it, as in
    the paper: the smaller of both, and of what they give when extrapolated.
    """
    if scatter not in _SCATTERS:
        raise unknown_name("scatter", scatter, list(_SCATTERS))
    read = Triangle.read(triangle)
    read.exposure().oldest_age  # noqa: B018 - refuses a triangle that tells nothing
    cells = read.survivors
    steps, notes = _fit(cells, _SCATTERS[scatter])
    known_age, latest = read.newest()
    blank = np.asarray(np.isnan(cells).all(axis=1))
    last = np.where(blank, cells.shape[1] - 1, known_age).astype(np.int64)
    if blank.any():
        notes.append(f"cohorts without any known cell: {', '.join(map(str, read.index[blank]))}")
    ages = np.arange(cells.shape[1])
    filled, errors = _completed(cells, steps, last, latest)
    columns = triangle.columns
    table = _table(steps)
    return ChainLadder(
        factors=table.iloc[:-1].set_axis(pd.RangeIndex(1, len(ages), name="age"), axis=0),
        tail=table.iloc[-1].rename("tail"),
        completed=pd.DataFrame(filled, index=read.index, columns=columns),
        standard_errors=pd.DataFrame(errors, index=read.index, columns=columns),
        notes=tuple(notes),
        _steps=steps,
        _last=last,
        _latest=latest,
    )


def _fit(cells: FloatArray, scatter: _Scatter) -> tuple[_Steps, list[str]]:
    """Factors, their scatter and errors from all pairs of adjacent known cells."""
    before, after = cells[:, :-1], cells[:, 1:]
    known = ~np.isnan(after) & ~np.isnan(before)
    used = known & (before > 0)
    opened, closed = np.where(known, before, 0.0), np.where(known, after, 0.0)
    volume, cohorts = opened.sum(axis=0), used.sum(axis=0)
    notes = []
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = closed.sum(axis=0) / volume
        squares = opened * (after / before - factor) ** 2
    unknown = volume <= 0
    if unknown.any():
        ages = ", ".join(str(age + 1) for age in np.flatnonzero(unknown))
        notes.append(f"nobody was left to go on to age {ages}: the factor is taken as 1")
        factor[unknown] = 1.0
    variance = scatter(np.where(used, squares, 0.0).sum(axis=0), cohorts)
    if np.isnan(variance).any():
        notes.append("no age is known of two cohorts: there is no scatter to take errors from")
    seen = np.flatnonzero(~unknown)
    pooled = seen[-tail_length(len(seen)) :]
    weight = volume[pooled]
    factor = np.append(factor, closed[:, pooled].sum() / weight.sum())
    variance = np.append(variance, (variance[pooled] * weight).sum() / weight.sum())
    volume = np.append(volume, weight.sum())
    cohorts = np.append(cohorts, used[:, pooled].any(axis=1).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.where(volume > 0, variance / volume, 0.0))
    return _Steps(factor, variance, error, cohorts), notes


_Scatter = Callable[[FloatArray, Whole], FloatArray]


def _mack(squares: FloatArray, cohorts: Whole) -> FloatArray:
    """Scatter of each age; known of fewer than two cohorts, from the ages before (Mack's rule)."""
    found = np.where(cohorts >= 2, squares / np.maximum(cohorts - 1, 1), np.nan)
    for age in np.flatnonzero(cohorts < 2):
        near = found[max(0, age - 2) : age]
        if len(near) == 2 and near[0] > 0:
            found[age] = min(near[1] ** 2 / near[0], near[0], near[1])
        elif len(near):
            found[age] = near.min()
    return found


def pooled_scatter(squares: FloatArray, cohorts: Whole) -> FloatArray:
    """Scatter of each age and of the younger ones that it takes for ten degrees of freedom."""
    free = np.maximum(cohorts - 1, 0)
    found = np.full(len(squares), np.nan)
    for age in range(len(squares)):
        reach = np.cumsum(free[age::-1])
        first = age - int(np.argmax(reach >= _FREE)) if reach[-1] >= _FREE else 0
        if reach[-1] > 0:
            found[age] = squares[first : age + 1].sum() / free[first : age + 1].sum()
    return found


_SCATTERS: Mapping[str, _Scatter] = {"mack": _mack, "pooled": pooled_scatter}
_FREE = 10


def _completed(
    cells: FloatArray, steps: _Steps, last: Whole, latest: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Cells with the blanks after the newest diagonal filled, and their standard errors."""
    ages = np.arange(cells.shape[1])
    amount, chance = steps.walk(last, latest, int(ages[-1]))
    by_factors = [
        _squares(steps.slopes(last, np.full_like(last, age)), steps.error) for age in ages
    ]
    later = ages > last[:, None]
    errors = np.where(later, np.sqrt(chance + amount**2 * np.transpose(by_factors)), 0.0 * cells)
    return np.where(later, amount, cells), errors


def _squares(slopes: FloatArray, errors: FloatArray) -> FloatArray:
    """Sum of squared slopes times errors; a factor that is not used adds nothing (not NaN)."""
    return np.asarray((np.where(slopes != 0, slopes * errors, 0.0) ** 2).sum(axis=-1))


def _table(steps: _Steps) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "factor": steps.factor,
            "standard_error": steps.error,
            "sigma": np.sqrt(steps.variance),
            "cohorts": steps.cohorts,
        }
    )
