"""Customers at risk and lost, by cohort and age: all that a hazard curve is fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from history.errors import InputError, NotEnoughHistoryError

from .forms import FloatArray


@dataclass(frozen=True, eq=False)
class Exposure:
    """At risk and lost, (cohorts, ages 1..A), NaN where nothing is known yet.

    Attributes
    ----------
    at_risk
        Customers (or MRR) alive at age - 1 of each cohort.
    churned
        Of these, lost by that age; below zero where more came back than left.
    notes
        What was remarkable about the data, in words.
    """

    at_risk: FloatArray
    churned: FloatArray
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, at_risk: npt.ArrayLike, churned: npt.ArrayLike) -> Exposure:
        """Check arrays by age, or by cohort and age, and hold them.

        Raises
        ------
        InputError
            If the shapes differ or a number is negative, infinite or larger than those at risk.
        """
        risk, lost = (np.atleast_2d(np.asarray(x, dtype=float)) for x in (at_risk, churned))
        if risk.shape != lost.shape or risk.ndim != 2:
            raise InputError(
                f"at_risk has shape {risk.shape} and churned {lost.shape}: give both by age 1, 2, "
                "... or both by cohort and age, of the same shape."
            )
        known = ~(np.isnan(risk) | np.isnan(lost))
        bad = known & ~(np.isfinite(risk) & np.isfinite(lost) & (risk >= 0) & (lost <= risk))
        bad |= known & (lost < 0)
        if bad.any():
            where = ", ".join(
                f"row {r} age {a + 1}: at risk {risk[r, a]:g}, lost {lost[r, a]:g}"
                for r, a in np.argwhere(bad)
            )
            raise InputError(
                f"lost must lie between 0 and at risk, both finite; it does not at {where}."
            )
        return cls(np.where(known, risk, np.nan), np.where(known, lost, np.nan))

    @property
    def oldest_age(self) -> int:
        """Oldest age at which anybody was at risk."""
        ages = np.flatnonzero(np.nansum(self.at_risk, axis=0) > 0)
        if not len(ages):
            raise NotEnoughHistoryError(
                "no cohort is known at two adjacent ages: a retention curve needs the survivors "
                "at age 0 and at age 1 of at least one cohort that is not empty."
            )
        return int(ages[-1]) + 1

    def pooled(self, without: int = 0) -> tuple[FloatArray, FloatArray]:
        """At risk and lost by age, summed over cohorts, without the newest diagonals.

        Parameters
        ----------
        without
            How many of each cohort's newest known cells are left out.

        Returns
        -------
        tuple
            At risk and lost, each (ages,). Returned customers are set against the lost of the
            same age; where they outnumber them the loss is 0.
        """
        return self._summed(~self._newest(without))

    def newest(self, diagonals: int) -> tuple[FloatArray, FloatArray]:
        """At risk and lost by age in the newest diagonals only."""
        return self._summed(self._newest(diagonals))

    def _newest(self, diagonals: int) -> npt.NDArray[np.bool_]:
        known = ~np.isnan(self.at_risk)
        after = np.cumsum(known[:, ::-1], axis=1)[:, ::-1]
        return known & (after <= diagonals)

    def _summed(self, cells: npt.NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
        cells = cells & ~np.isnan(self.at_risk)
        at_risk = np.where(cells, self.at_risk, 0.0).sum(axis=0)
        churned = np.where(cells, self.churned, 0.0).sum(axis=0)
        return at_risk, np.clip(churned, 0.0, at_risk)

    def dispersion(self, hazard: FloatArray) -> float:
        """How much more the cells scatter around the hazards than independent customers would.

        Pearson's statistic over its degrees of freedom; 1 unless it is above the 95 % point of
        chance, so that plain counts keep their plain standard errors. Amounts of money (a
        triangle of MRR) get the errors that their scatter shows.
        """
        expected = self.at_risk * hazard
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = (self.churned - expected) ** 2 / (expected * (1.0 - hazard))
        used = np.isfinite(terms) & (expected > 0)
        free = int(used.sum()) - int(used.any(axis=0).sum())
        return beyond_chance(float(terms[used].sum()), free)


def beyond_chance(pearson: float, free: int) -> float:
    """Pearson's statistic over its degrees of freedom; 1 where it is not above chance (95 %)."""
    if free < 3:
        return 1.0
    ratio = pearson / free
    return ratio if ratio > 1.0 + 1.645 * np.sqrt(2.0 / free) else 1.0
