"""Newer and older cohorts, good and bad months: what moves hazards besides the age.

Age, cohort and calendar month are tied (month = cohort + age), so of three straight trends only
two can be told. Here the age is free, the cohorts have a straight trend in the log of the hazard,
and the calendar has single months that stand out, no trend: what grows worse evenly over the
calendar is seen as newer cohorts being worse.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from history.errors import InputError, NotEnoughHistoryError

from .curve import RetentionCurve
from .fitting import fitted
from .forms import FloatArray
from .regression import Cells, Regression, regress, without_effects
from .triangle import Triangle

Whole = npt.NDArray[np.int64]

_FALSE_ALARMS = 0.05  # chance of any month standing out in a company without shocks
_ENOUGH = 5.0  # independent customers that a month is expected to lose before it is judged
_MOST = 4  # at most every fourth month can stand out


@dataclass(frozen=True)
class Trend:
    """How the log of the hazard changes from one cohort to the next.

    Attributes
    ----------
    per_cohort
        Change from one cohort to the next; below 0 newer cohorts stay longer. Times 12: a year.
    standard_error
        Of `per_cohort`.
    believed
        Share of it that is applied, 0-1: max(0, 1 - 1 / z^2), nothing below one standard error.
    """

    per_cohort: float
    standard_error: float

    @property
    def z(self) -> float:
        """The trend in standard errors."""
        return self.per_cohort / self.standard_error

    @property
    def believed(self) -> float:
        """Share of the trend that is applied, 0-1."""
        return max(0.0, 1.0 - self.z**-2) if self.z else 0.0


@dataclass(frozen=True, eq=False)
class CohortEffects:
    """A curve for every cohort, and the months that stood out.

    Attributes
    ----------
    trend
        From cohort to cohort.
    shocks
        Index the calendar months that stand out; columns hazard_ratio (times as many lost as at
        other times), log_error (standard error of its log), z, extra_lost (customers or MRR lost
        beyond what age and cohort say; below 0 in a good month).
    calendar
        Every month: lost, expected (by age and cohort), z (in standard errors), shock, and judged
        (False where too few are expected to be lost to tell).
    cohorts
        Every cohort: lost, expected (by age and month, as of an average cohort), factor (what the
        believed trend multiplies hazards by) and log_error.
    dispersion
        Scatter of the cells over that of independent customers, at least 1; errors include it.
    notes
        What was remarkable, in words.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from forecast.retention import fit_effects
    >>> ages, cohorts = np.arange(24), np.arange(24)[:, None]
    >>> left = 1000 * 0.95 ** (ages * np.exp(-0.02 * cohorts))  # each cohort 2 % better
    >>> effects = fit_effects(pd.DataFrame(np.where(ages + cohorts < 24, left, np.nan)))
    >>> round(effects.trend.per_cohort, 3), len(effects.shocks)
    (-0.02, 0)
    >>> [round(effects.curve(cohort).survival(12), 3) for cohort in (0, 23)]
    [0.541, 0.677]
    """

    trend: Trend
    shocks: pd.DataFrame
    calendar: pd.DataFrame
    cohorts: pd.DataFrame
    dispersion: float
    notes: tuple[str, ...]
    _average: RetentionCurve = field(repr=False)
    _triangle: Triangle = field(repr=False)

    def curve(self, cohort: object | None = None) -> RetentionCurve:
        """Curve of one cohort, by its label in the triangle's index; None is the newest.

        It has no shock in it. Its errors and draws hold those of the trend.

        Raises
        ------
        InputError
            If there is no such cohort.
        """
        label = self.cohorts.index[-1] if cohort is None else cohort
        if label not in self.cohorts.index:
            first, last = self.cohorts.index[0], self.cohorts.index[-1]
            raise InputError(f"there is no cohort {label!r}: they go from {first} to {last}.")
        place = self.cohorts.index.get_loc(label)
        factor, error = self.cohorts[["factor", "log_error"]].to_numpy()[place]
        return self._average.times(float(factor), log_error=float(error))

    def average(self) -> RetentionCurve:
        """Curve of an average cohort (weighted by what it tells), without the shocks."""
        return self._average

    def project(self, n: int) -> pd.DataFrame:
        """Survivors 1..n periods after each cohort's last known cell, each by its own curve."""
        if n < 1:
            raise InputError(f"project needs at least 1 period ahead, not {n}.")
        last, counts = self._triangle.newest()
        ahead = np.arange(1, n + 1)
        shares = np.array([self._average.survival_given(age)(ahead) for age in np.nan_to_num(last)])
        shares = shares ** self.cohorts["factor"].to_numpy()[:, None]
        return pd.DataFrame(counts[:, None] * shares, index=self._triangle.index, columns=ahead)


def fit_effects(triangle: pd.DataFrame, model: str | None = None) -> CohortEffects:
    """Tell newer from older cohorts, and months that stand out, from the effect of age.

    Parameters
    ----------
    triangle
        As for `fit_retention`, oldest cohort first; where its index is a PeriodIndex or holds whole
        numbers these say when a cohort began, otherwise one row follows the other.
    model
        Form of the curve, as in `fit_retention`; None weighs them.

    Returns
    -------
    CohortEffects
        The trend is applied as far as it is believed; future cohorts are best taken as the newest.

    Raises
    ------
    InputError
        If cells are no counts, or the cohorts are not in order.
    NotEnoughHistoryError
        If cohorts and ages overlap too little to tell a trend.

    Notes
    -----
    Months are found one at a time: of those expected to lose at least five independent customers,
    the one with the largest standard score comes in if a company without shocks had a chance of
    5 % over all months to show such a one (Bonferroni), then all is fitted anew; at most every
    fourth month.
    """
    read = Triangle.read(triangle)
    exposure = read.exposure()
    exposure.oldest_age  # noqa: B018 - refuses a triangle that tells nothing
    starts = _starts(read.index)
    cells = Cells.of(exposure.at_risk, exposure.churned)
    if not len(cells.age):
        raise NotEnoughHistoryError("no age at which some but not all were lost: no effect to see.")
    vintage, month = starts[cells.cohort], starts[cells.cohort] + cells.age + 1
    months = np.unique(month)
    dummies = (month[:, None] == months).astype(float)
    plain = _regressed(cells, (vintage - vintage.mean())[:, None])
    found, used = _with_shocks(cells, plain, dummies)
    # Around the mean by weight, the trend's error and the curve's are independent.
    middle = float(np.average(vintage, weights=found.weight))
    trend = Trend(float(found.effects[0]), float(np.sqrt(found.covariance[0, 0])))
    offset = trend.per_cohort * (middle - float(vintage.mean()))
    usual = without_effects(exposure, found, offset)
    average = fitted(usual, model, dispersion=found.dispersion)
    notes = [*average.notes, *_remarks(trend)]
    labels = _calendar_labels(read.index, starts, months)
    calendar = _calendar(found, dummies, used, labels)
    return CohortEffects(
        trend=trend,
        shocks=_shocks(found, used, calendar),
        calendar=calendar,
        cohorts=_cohorts(read, found, trend, np.asarray(starts - middle, dtype=float)),
        dispersion=found.dispersion,
        notes=tuple(notes),
        _average=average,
        _triangle=read,
    )


def _starts(index: pd.Index) -> Whole:
    """When each cohort began, in whole periods."""
    if isinstance(index, pd.PeriodIndex):
        starts = np.asarray(index.asi8, dtype=np.int64)
    elif pd.api.types.is_integer_dtype(index):
        starts = index.to_numpy(dtype=np.int64)
    else:
        return np.arange(len(index))
    if (np.diff(starts) <= 0).any():
        raise InputError("cohorts must be in order, the oldest first, each once.")
    return starts


def _regressed(cells: Cells, x: FloatArray) -> Regression:
    found = regress(cells, x)
    if found is None:
        raise NotEnoughHistoryError(
            "a trend over the cohorts cannot be told from the age: it takes cohorts that are known "
            "at the same ages, and losses in them."
        )
    return found


def _with_shocks(
    cells: Cells, found: Regression, dummies: FloatArray
) -> tuple[Regression, list[int]]:
    """Bring in the months that stand out, one after the other; and which they are."""
    used: list[int] = []
    while len(used) < dummies.shape[1] // _MOST:
        scores, judged = _scores(found, dummies)
        asked = judged.sum() + len(used)
        limit = -ndtri(_FALSE_ALARMS / 2 / max(asked, 1))
        size = np.where(judged, np.abs(scores), 0.0)
        size[used] = 0.0
        best = int(np.argmax(size))
        if size[best] <= limit:
            break
        wider = regress(cells, np.column_stack([found.x, dummies[:, best]]))
        if wider is None:
            break
        found, used = wider, [*used, best]
    return found, used


def _scores(found: Regression, dummies: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Score every month, and say whether enough is expected to be lost to judge it."""
    scores, information = found.score_tests(dummies)
    expected = (found.cells.at_risk * -np.expm1(-np.exp(found.rate))) @ dummies
    return scores, (information > 0) & (expected / found.dispersion >= _ENOUGH)


def _calendar(
    found: Regression, dummies: FloatArray, used: list[int], labels: pd.Index
) -> pd.DataFrame:
    usual = found.rate - found.x[:, 1:] @ found.effects[1:]
    expected = found.cells.at_risk * -np.expm1(-np.exp(usual))
    scores, judged = _scores(found, dummies)
    shock = np.isin(np.arange(dummies.shape[1]), used)
    scores[used] = found.effects[1:] / np.sqrt(np.diag(found.covariance)[1:])
    return pd.DataFrame(
        {
            "lost": found.cells.churned @ dummies,
            "expected": expected @ dummies,
            "z": np.where(judged | shock, scores, np.nan),
            "shock": shock,
            "judged": judged | shock,
        },
        index=labels,
    )


def _shocks(found: Regression, used: list[int], calendar: pd.DataFrame) -> pd.DataFrame:
    rows = calendar.iloc[used]
    return pd.DataFrame(
        {
            "hazard_ratio": np.exp(found.effects[1:]),
            "log_error": np.sqrt(np.diag(found.covariance)[1:]),
            "z": rows["z"],
            "extra_lost": rows["lost"] - rows["expected"],
        },
        index=rows.index,
    ).sort_index()


def _cohorts(read: Triangle, found: Regression, trend: Trend, distance: FloatArray) -> pd.DataFrame:
    cells, count = found.cells, len(read.index)
    alike = found.rate - trend.per_cohort * distance[cells.cohort]
    expected = cells.at_risk * -np.expm1(-np.exp(alike))
    return pd.DataFrame(
        {
            "lost": np.bincount(cells.cohort, cells.churned, count),
            "expected": np.bincount(cells.cohort, expected, count),
            "factor": np.exp(trend.believed * trend.per_cohort * distance),
            "log_error": trend.standard_error * np.abs(distance),
        },
        index=read.index,
    )


def _calendar_labels(index: pd.Index, starts: Whole, months: Whole) -> pd.Index:
    if isinstance(index, pd.PeriodIndex):
        return pd.PeriodIndex(index[0] + (months - starts[0]), name="month")
    return pd.Index(months, name="month")


def _remarks(trend: Trend) -> list[str]:
    if trend.believed == 0.0:
        return ["newer customers stay neither longer nor shorter, as far as can be seen"]
    change = np.expm1(trend.per_cohort)
    side = "less" if change < 0 else "more"
    said = f"newer customers leave {side}: by {abs(change):.2%} from one cohort to the next"
    return [f"{said} ({abs(trend.z):.1f} standard errors), {trend.believed:.0%} of it is applied"]
