"""Hazards by age times effects of single cells: a discrete-time hazard regression.

The hazard of a cell is 1 - exp(-exp(a + x b)): `a` is free at every age, `b` are effects on the log
of the hazard's rate (complementary log-log link), so a cohort with effect x b keeps S(t)^exp(x b)
of its customers. Allison (1982), Discrete-time methods for the analysis of event histories;
Prentice and Gloeckler (1978). The ages are taken out of each scoring step exactly (Schur
complement), so any number of them costs little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .exposure import Exposure, beyond_chance
from .forms import FloatArray

_ITERATIONS = 60
_LARGEST_STEP = 1.5
_ARRIVED = 1e-9
_LOWEST, _HIGHEST = -30.0, 3.0  # hazards of 1e-13 and of 1 - 2e-9


@dataclass(frozen=True, eq=False)
class Cells:
    """What is known of each cohort at each age, flat, arrays (cells,).

    Only ages at which some but not all were lost: the others say nothing about effects.
    """

    cohort: npt.NDArray[np.int64]
    age: npt.NDArray[np.int64]
    at_risk: FloatArray
    churned: FloatArray

    @classmethod
    def of(cls, at_risk: FloatArray, churned: FloatArray) -> Cells:
        """Give the cells of tables (cohorts, ages) that say something, NaN where unknown."""
        total, lost = np.nansum(at_risk, axis=0), np.nansum(churned, axis=0)
        cohort, age = np.nonzero((at_risk > 0) & (lost > 0) & (lost < total))
        return cls(cohort, age, at_risk[cohort, age], churned[cohort, age])


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted hazard regression.

    Attributes
    ----------
    ages
        Log rate by age, (ages,); NaN where no cell is.
    effects
        (effects,).
    covariance
        Of the effects, times the dispersion, (effects, effects).
    dispersion
        Pearson's statistic over its degrees of freedom, 1 where it is not above chance.
    rate
        Fitted log rate, (cells,).
    weight
        What each cell tells about its log rate if customers were independent, (cells,).
    residual
        Working residual: observed less fitted, on the scale of the log rate, (cells,).
    """

    cells: Cells
    x: FloatArray
    ages: FloatArray
    effects: FloatArray
    covariance: FloatArray
    dispersion: float
    rate: FloatArray
    weight: FloatArray
    residual: FloatArray
    pearson: float
    free: int

    def score_tests(self, candidates: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Estimate what further effects would be, one at a time, without refitting.

        Parameters
        ----------
        candidates
            (cells, candidates).

        Returns
        -------
        tuple
            Standard score of each (its square is Rao's statistic over the dispersion that would
            be left with the effect in), and the information about it; 0 where it cannot be told
            from the ages and effects that are in.
        """
        columns = np.concatenate([self.x, candidates], axis=1)
        _, whole, gradient = _parts(self.cells, columns, self.weight, self.residual)
        k = self.x.shape[1]
        inner, cross = whole[:k, :k], whole[:k, k:]
        carried = np.linalg.solve(inner, cross) if k else np.zeros((0, whole.shape[0]))
        raw = (self.weight[:, None] * candidates**2).sum(axis=0)
        information = np.diag(whole)[k:] - (cross * carried).sum(axis=0)
        information = np.where(information > 1e-6 * raw, information, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.where(information > 0, gradient[k:] ** 2 / information, 0.0)
        left = np.maximum(self.pearson - gain, 0.0)
        dispersion = np.array([beyond_chance(x, self.free - 1) for x in left])
        return np.sign(gradient[k:]) * np.sqrt(gain / dispersion), information


def regress(cells: Cells, x: FloatArray) -> Regression | None:
    """Fit the effects of x, (cells, effects), besides a free rate at every age.

    Returns
    -------
    Regression or None
        None if the effects cannot be told from the ages, or the search does not arrive.
    """
    ages = int(cells.age.max()) + 1
    lost = np.bincount(cells.age, cells.churned, ages)
    total = np.bincount(cells.age, cells.at_risk, ages)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_age = np.log(-np.log1p(-lost / total))
    effects = np.zeros(x.shape[1])
    for _ in range(_ITERATIONS):
        rate = np.clip(by_age[cells.age] + x @ effects, _LOWEST, _HIGHEST)
        weight, residual = _working(cells, rate)
        (level, slope, pull), whole, gradient = _parts(cells, x, weight, residual)
        if x.shape[1] and np.linalg.eigvalsh(_scaled(whole, x, weight))[0] < 1e-8:
            return None
        step = np.linalg.solve(whole, gradient) if x.shape[1] else np.zeros(0)
        with np.errstate(divide="ignore", invalid="ignore"):
            along = (pull - slope @ step) / level
        longest = max(np.abs(step).max(initial=0.0), np.nanmax(np.abs(along)))
        shrink = min(1.0, _LARGEST_STEP / longest) if longest > 0 else 1.0
        effects, by_age = effects + shrink * step, by_age + shrink * along
        if longest < _ARRIVED:
            return _regression(cells, x, by_age, effects)
    return None


def without_effects(exposure: Exposure, found: Regression, offset: float = 0.0) -> Exposure:
    """Give exposures that would have told the same without the effects.

    A cell with an effect tells about the rate of its age what so many customers without the
    effect would, and misses the fit by as much on the scale of the log rate.

    Parameters
    ----------
    exposure
        What the regression was fitted on.
    found
        The regression.
    offset
        Added to the log rates: the effect at which all are put.
    """
    cells = found.cells
    base = np.clip(found.rate - found.x @ found.effects + offset, _LOWEST, _HIGHEST)
    hazard, slope = -np.expm1(-np.exp(base)), np.exp(base - np.exp(base))
    at_risk, churned = exposure.at_risk.copy(), exposure.churned.copy()
    count = found.weight * hazard * (1.0 - hazard) / slope**2
    at_risk[cells.cohort, cells.age] = count
    churned[cells.cohort, cells.age] = count * (hazard + slope * found.residual)
    return Exposure(at_risk, churned, exposure.notes)


def _regression(cells: Cells, x: FloatArray, by_age: FloatArray, effects: FloatArray) -> Regression:
    rate = np.clip(by_age[cells.age] + x @ effects, _LOWEST, _HIGHEST)
    weight, residual = _working(cells, rate)
    _, whole, _ = _parts(cells, x, weight, residual)
    free = len(rate) - len(np.unique(cells.age)) - x.shape[1]
    pearson = float((weight * residual**2).sum())
    dispersion = beyond_chance(pearson, free)
    covariance = np.asarray(np.linalg.inv(whole) * dispersion, dtype=float)
    return Regression(
        cells, x, by_age, effects, covariance, dispersion, rate, weight, residual, pearson, free
    )


def _working(cells: Cells, rate: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Information of each cell about its log rate, and its working residual."""
    hazard = -np.expm1(-np.exp(rate))
    slope = np.exp(rate - np.exp(rate))
    weight = cells.at_risk * slope**2 / (hazard * (1.0 - hazard))
    return weight, (cells.churned / cells.at_risk - hazard) / slope


def _parts(
    cells: Cells, x: FloatArray, weight: FloatArray, residual: FloatArray
) -> tuple[tuple[FloatArray, FloatArray, FloatArray], FloatArray, FloatArray]:
    """Sum by age, and give the information and gradient of the effects with the ages taken out."""
    ages = int(cells.age.max()) + 1
    level, pull = np.zeros(ages), np.zeros(ages)
    np.add.at(level, cells.age, weight)
    np.add.at(pull, cells.age, weight * residual)
    slope = np.zeros((ages, x.shape[1]))
    np.add.at(slope, cells.age, weight[:, None] * x)
    inverse = np.divide(1.0, level, out=np.zeros_like(level), where=level > 0)
    weighted = x * weight[:, None]
    information = weighted.T @ x - (slope * inverse[:, None]).T @ slope
    gradient = weighted.T @ residual - slope.T @ (inverse * pull)
    return (level, slope, pull), information, gradient


def _scaled(information: FloatArray, x: FloatArray, weight: FloatArray) -> FloatArray:
    """Information as a share of what it would be if the ages were known."""
    size = np.sqrt((weight[:, None] * x**2).sum(axis=0))
    size = np.where(size > 0, size, 1.0)
    return np.asarray(information / np.outer(size, size))
