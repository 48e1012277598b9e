"""Small segments lean on the company: a parent's curve counts as so many customers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from history.errors import InputError

from .forms import FloatArray

if TYPE_CHECKING:
    from .curve import RetentionCurve

SPREADS = np.geomspace(0.02, 2.0, 80)
USUAL_SPREAD = 0.3


def pseudo_customers(parent: RetentionCurve, strength: float) -> tuple[FloatArray, FloatArray]:
    """At risk and lost by age of `strength` customers who follow the parent exactly.

    They are followed to the parent's oldest age, so a young segment leans on the parent also for
    the ages that it has not seen.

    Returns
    -------
    tuple
        At risk and lost, each (ages of the parent,), in ages of the data.
    """
    if not (np.isfinite(strength) and strength >= 0):
        raise InputError(f"the strength of a parent is a number of customers, not {strength}.")
    ages = np.arange(1, parent.oldest_age // parent.period + 1) * parent.period
    at_risk = strength * parent.survival(ages - parent.period)
    return at_risk, at_risk - strength * parent.survival(ages)


def pooling_strength(
    parent: RetentionCurve, segments: Iterable[tuple[FloatArray, FloatArray]]
) -> float:
    """As how many customers the parent's curve should count for each of these segments.

    Empirical Bayes on the level: a segment's total losses are Poisson around a multiple of what
    the parent expects, the multiples are gamma distributed around 1, and their spread is estimated
    from the negative binomial likelihood of the segments under a half-normal belief with scale
    0.3. Segments that differ more than chance make the parent count less.

    Parameters
    ----------
    parent
        Curve of all segments together.
    segments
        At risk and lost by age of each, both (ages,) in ages of the data.

    Returns
    -------
    float
        Customers.
    """
    ages = np.arange(1, parent.oldest_age // parent.period + 1) * parent.period
    pairs = []
    for at_risk, churned in segments:
        own = np.arange(1, len(at_risk) + 1) * parent.period
        before, after = parent.survival(own - parent.period), parent.survival(own)
        with np.errstate(divide="ignore", invalid="ignore"):
            hazard = np.where(before > 0, 1.0 - after / before, 1.0)
        pairs.append((float(churned.sum()), float((at_risk * hazard).sum())))
    lost, expected = (np.array(x)[:, None] for x in zip(*pairs, strict=True))
    lost, expected = lost[expected[:, 0] > 0], expected[expected[:, 0] > 0]
    shape = SPREADS**-2
    likelihood = (
        gammaln(shape + lost)
        - gammaln(shape)
        - (shape + lost) * np.log1p(expected / shape)
        + lost * np.log(expected / shape)
    ).sum(axis=0)
    belief = likelihood - 0.5 * (SPREADS / USUAL_SPREAD) ** 2 + np.log(SPREADS)
    weight = np.exp(belief - belief.max())
    variance = float((weight * SPREADS**2).sum() / weight.sum())
    leaving = float(1.0 - parent.survival(int(ages[-1])))
    return 1.0 / variance / max(leaving, 1e-6)
