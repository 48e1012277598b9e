"""Revenue by age, net and gross: who is left, times what those who are left have come to pay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from history.errors import InputError

from .chain_ladder import pooled_scatter
from .curve import Number, RetentionCurve
from .fitting import fit_retention
from .forms import FloatArray
from .kaplan_meier import tail_length
from .triangle import Triangle

_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class RevenueByAge:
    """Net and gross MRR by age, as shares of a cohort's MRR at age 0, and what they are made of.

    Attributes
    ----------
    observed
        Index age 0..A; columns customers (share left), size (MRR of a customer who is left, 1 at
        age 0), net (= customers x size, exactly), and with kept MRR gross and expansion
        (= net - gross). Volume-weighted, as the chain ladder.
    growth
        Index age 1..A; columns factor (what the mean MRR of those left becomes over the period:
        their expansion and contraction, and whether small or large customers left),
        log_error (standard error of its log), cohorts.
    tail
        The same beyond the oldest age, pooled over the oldest quarter of the ages; it fades by
        half every `fade` periods.
    customers
        Curve of the customers.
    kept
        Curve of gross retention (MRR, of each customer at most what it paid at age 0); None where
        no such triangle was given.
    """

    observed: pd.DataFrame
    growth: pd.DataFrame
    tail: pd.Series
    customers: RetentionCurve
    kept: RetentionCurve | None
    fade: float
    _logs: FloatArray = field(repr=False)
    _variances: FloatArray = field(repr=False)

    @overload
    def net(self, age: Number) -> float: ...
    @overload
    def net(self, age: npt.ArrayLike) -> FloatArray: ...
    def net(self, age: npt.ArrayLike) -> float | FloatArray:
        """MRR at an age as a share of that at age 0: survival times the size of those left."""
        values = np.asarray(self.customers.survival(age)) * np.exp(self._growth(age)[0])
        return float(values) if np.ndim(age) == 0 else values

    def net_error(self, age: npt.ArrayLike) -> float | FloatArray:
        """Give the standard error of `net`, those of survival and size taken as independent."""
        survival, net = np.asarray(self.customers.survival(age)), np.asarray(self.net(age))
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(survival > 0, self.customers.survival_error(age) / survival, 0.0)
        values = net * np.sqrt(relative**2 + self._growth(age)[1])
        return float(values) if np.ndim(age) == 0 else values

    @overload
    def gross(self, age: Number) -> float: ...
    @overload
    def gross(self, age: npt.ArrayLike) -> FloatArray: ...
    def gross(self, age: npt.ArrayLike) -> float | FloatArray:
        """MRR that is left of what was there at age 0, without expansion, as a share of it.

        Raises
        ------
        InputError
            If no triangle of kept MRR was given.
        """
        if self.kept is None:
            raise InputError(
                "gross retention needs the triangle of kept MRR: "
                'cohorts.triangle(value="kept_mrr") as the third argument.'
            )
        return self.kept.survival(age)

    def sample_net(self, ages: npt.ArrayLike, n: int, rng: np.random.Generator) -> FloatArray:
        """Net shares of `n` draws of survival and growth, (n, ages)."""
        at = np.asarray(ages, dtype=float).ravel()
        steps = self._uses(at)
        logs = steps @ self._logs + rng.standard_normal((n, len(self._logs))) @ (
            steps * np.sqrt(self._variances)
        ).T  # fmt: skip
        return np.asarray(self.customers.sample_survival(at, n, rng) * np.exp(logs))

    def _growth(self, age: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Log of the size at an age, and its variance."""
        steps = self._uses(np.asarray(age, dtype=float).ravel())
        shape = np.shape(age)
        return (steps @ self._logs).reshape(shape), (steps**2 @ self._variances).reshape(shape)

    def _uses(self, age: FloatArray) -> FloatArray:
        """How often each factor, the tail's last, is in the size at an age, (ages, factors)."""
        oldest = len(self._logs) - 1
        inside = np.clip(age[:, None] - np.arange(oldest), 0.0, 1.0)
        kept = 0.5 ** (1.0 / self.fade)
        beyond = np.maximum(age - oldest, 0.0)
        return np.column_stack([inside, kept * (1.0 - kept**beyond) / (1.0 - kept)])


def revenue_by_age(
    customers: pd.DataFrame,
    mrr: pd.DataFrame,
    kept_mrr: pd.DataFrame | None = None,
    *,
    model: str | None = None,
    fade: float = 12.0,
) -> RevenueByAge:
    """Split the MRR of cohorts by age into who is left and what those who are left pay.

    Parameters
    ----------
    customers, mrr
        Triangles of the same cohorts and ages, as `Cohorts.triangle()` and
        `Cohorts.triangle(value="mrr")` give them.
    kept_mrr
        `Cohorts.triangle(value="kept_mrr")`, for gross retention.
    model
        Of the curves, as in `fit_retention`.
    fade
        Periods in which the growth of those left halves beyond the oldest age; what is assumed
        there, not measured.

    Returns
    -------
    RevenueByAge
        Errors of the sizes are those of a ratio of sums over cohorts (linearised), their scatter
        pooled with younger ages where fewer than eleven cohorts are known; NaN with one cohort.

    Raises
    ------
    InputError
        If the triangles differ in their cohorts, ages or known cells, MRR stands where no customer
        is left, or more is kept than there is: the cohorts are named.

    Examples
    --------
    >>> import pandas as pd
    >>> from forecast.retention import revenue_by_age
    >>> customers = pd.DataFrame([[100, 90, 81], [200, 180, None]])
    >>> mrr = pd.DataFrame([[1000, 990, 980.1], [4000, 3960, None]])
    >>> found = revenue_by_age(customers, mrr, model="geometric")
    >>> found.observed.round(3).loc[2].tolist()
    [0.81, 1.21, 0.98]
    """
    if not fade > 0:
        raise InputError(f"fade is a number of periods above 0, not {fade}.")
    count, amount, kept = _same(customers, mrr, kept_mrr)
    logs, variances, cohorts = _growth(count, amount)
    shares = {"customers": _linked(count), "size": np.exp(np.append(0.0, np.cumsum(logs[:-1])))}
    observed = pd.DataFrame(shares, index=pd.RangeIndex(count.shape[1], name="age"))
    observed["net"] = observed["customers"] * observed["size"]
    if kept is not None:
        observed["gross"] = _linked(kept)
        observed["expansion"] = observed["net"] - observed["gross"]
    columns = {"factor": np.exp(logs), "log_error": np.sqrt(variances), "cohorts": cohorts}
    table = pd.DataFrame(columns)
    return RevenueByAge(
        observed=observed,
        growth=table.iloc[:-1].set_axis(pd.RangeIndex(1, len(logs), name="age"), axis=0),
        tail=table.iloc[-1].rename("tail"),
        customers=fit_retention(customers, model),
        kept=None if kept_mrr is None else fit_retention(kept_mrr, model),
        fade=float(fade),
        _logs=logs,
        _variances=variances,
    )


def _same(
    customers: pd.DataFrame, mrr: pd.DataFrame, kept_mrr: pd.DataFrame | None
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Check that the triangles speak of the same, and give their cells."""
    count, amount = Triangle.read(customers), Triangle.read(mrr)
    kept = None if kept_mrr is None else Triangle.read(kept_mrr)
    for other, name in ((amount, "MRR"), (kept, "kept MRR")):
        if other is None:
            continue
        same = other.survivors.shape == count.survivors.shape and other.index.equals(count.index)
        if not same or (np.isnan(other.survivors) != np.isnan(count.survivors)).any():
            raise InputError(
                f"the triangles of customers and {name} differ in their cohorts, ages or known "
                "cells: take both from the same Cohorts."
            )
    _refuse(count, (count.survivors <= 0) & (amount.survivors > 0), "MRR without customers")
    if kept is not None:
        more = kept.survivors > amount.survivors * (1 + _ROUNDING) + _ROUNDING
        _refuse(count, more, "more MRR kept than there is")
    return count.survivors, amount.survivors, None if kept is None else kept.survivors


def _refuse(triangle: Triangle, bad: npt.NDArray[np.bool_], what: str) -> None:
    if bad.any():
        cells = ", ".join(f"{triangle.index[row]} / {age}" for row, age in np.argwhere(bad))
        raise InputError(f"{what} at cohort / age {cells}.")


def _sums(cells: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the sums at the begin and the end of each period, of cohorts known at both."""
    known = ~(np.isnan(cells[:, :-1]) | np.isnan(cells[:, 1:]))
    opened = np.where(known, cells[:, :-1], 0.0).sum(axis=0)
    return opened, np.where(known, cells[:, 1:], 0.0).sum(axis=0)


def _linked(cells: FloatArray) -> FloatArray:
    """Product of the volume-weighted links, 1 at age 0; 0 once nothing is left."""
    opened, closed = _sums(cells)
    links = np.divide(closed, opened, out=np.zeros_like(closed), where=opened > 0)
    return np.append(1.0, np.cumprod(links))


def _growth(
    count: FloatArray, amount: FloatArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """Log growth of those left by age, its variance and cohorts; the tail in the last place."""
    sums = [side for cells in (amount, count) for side in _sums(cells)]
    alive = np.all([side > 0 for side in sums], axis=0)
    safe = [np.where(alive, side, 1.0) for side in sums]
    logs = np.log(safe[1]) - np.log(safe[0]) - np.log(safe[3]) + np.log(safe[2])
    known = ~(np.isnan(count[:, :-1]) | np.isnan(count[:, 1:])) & alive
    # What each cohort adds to the log of the ratio of sums; the sum over cohorts is 0.
    own = (
        amount[:, 1:] / safe[1] - amount[:, :-1] / safe[0]
        - count[:, 1:] / safe[3] + count[:, :-1] / safe[2]
    )  # fmt: skip
    cohorts = (known & (count[:, :-1] > 0)).sum(axis=0)
    volume = safe[0]
    squares = volume * cohorts * np.where(known, own**2, 0.0).sum(axis=0)
    scatter = pooled_scatter(squares, cohorts)
    seen = np.flatnonzero(alive)
    last = seen[-tail_length(len(seen)) :]
    weight = volume[last]
    total = float(weight.sum()) or 1.0  # where nobody is left there is no growth to go on
    tail = (logs[last] @ weight) / total
    tail_variance = (scatter[last] @ weight) / total**2
    variance = np.where(alive, scatter / volume, 0.0)
    members = int((known[:, last] & (count[:, :-1][:, last] > 0)).any(axis=1).sum())
    return np.append(logs, tail), np.append(variance, tail_variance), np.append(cohorts, members)
