"""Retention curves as a board reads them: of those who began, the share still there by age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from history import InputError

if TYPE_CHECKING:
    from forecast.retention import Lifetime
    from forecast.retention.effects import Trend
    from history import Cohorts

ALL: Final = "All"
_FEWEST: Final = 3  # cohorts that an age rests on


def retention_curves(cohorts: Cohorts, most: int = 5, longest: int = 48) -> pd.DataFrame:
    """Give the share of new customers still there by age, of the company and its segments.

    Each step from one age to the next is that of all cohorts that have made it (chain ladder), so
    that young cohorts count where they are known and the curve does not jump where they end.
    Customers of the first month of history are in no cohort: their age is not known.

    Parameters
    ----------
    cohorts : Cohorts
        By segment or of the company.
    most : int
        Segments shown, those with most customers.
    longest : int
        The oldest age, months.

    Returns
    -------
    DataFrame
        Index age in months from 0, columns `All` and segment labels, shares 0-1 (above 1 where
        customers came back); NaN at ages that fewer than three cohorts have reached. Empty where
        the history is too short for any curve.
    """
    labels = list(cohorts.segments.labels) if cohorts.segments.by else []
    sizes = {label: float(_known(cohorts, label)[0].sum()) for label in labels}
    largest = sorted(labels, key=lambda label: -sizes[label])[:most]
    found = {ALL: _curve(_known(cohorts, None), longest)}
    found |= {label: _curve(_known(cohorts, label), longest) for label in largest}
    known = {label: curve for label, curve in found.items() if len(curve) > 1}
    return pd.DataFrame(known) if ALL in known else pd.DataFrame()


def staying(cohorts: Cohorts, horizon: int = 60) -> tuple[Lifetime, Trend] | None:
    """Give a new customer's paying months, and whether newer customers stay longer.

    Returns
    -------
    (Lifetime, Trend) or None
        Of the first `horizon` months of a life; None where the cohorts are too few to say.
    """
    from forecast.retention import fit_effects, fit_retention, lifetime

    try:
        triangle = _known(cohorts, None)
        return lifetime(fit_retention(triangle), horizon), fit_effects(triangle).trend
    except InputError:
        return None


def _known(cohorts: Cohorts, label: str | None) -> pd.DataFrame:
    """Triangle of customers whose first month is known, from the second month of history on."""
    triangle: pd.DataFrame = cohorts.triangle(label, "customers").iloc[1:]
    return triangle


def _curve(triangle: pd.DataFrame, longest: int) -> pd.Series:
    shares = {0: 1.0}
    for age in range(1, min(longest, triangle.shape[1] - 1) + 1):
        reached = triangle[triangle[age].notna() & (triangle[0] > 0)]
        before = float(reached[age - 1].sum())
        if len(reached) < _FEWEST or before <= 0:
            break
        shares[age] = shares[age - 1] * float(reached[age].sum()) / before
    return pd.Series(shares)
