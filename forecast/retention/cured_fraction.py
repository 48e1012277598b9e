"""The share of a cohort that never leaves, and whether the data can tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from history.errors import InputError, NotEnoughHistoryError, unknown_name

from .cured import Cured, CuredAt
from .exposure import Exposure
from .forms import FloatArray, Form
from .models import FORMS, check_ages, estimate
from .triangle import Triangle
from .uncertainty import covariance

BASES: Final = ("geometric", "sbg", "dw")
"""Forms that those may follow who do leave."""

_EXACT = 1e-4  # of the interval's ends


@dataclass(frozen=True)
class CuredFraction:
    """The share that never leaves, with its interval by profile likelihood.

    Attributes
    ----------
    share
        Most likely share, 0-1.
    standard_error
        By observed information; NaN at a bound. The interval is better: near 0 and where the
        oldest age is young the likelihood is far from symmetric.
    low, high, level
        Shares that the data do not contradict at this level (likelihood ratio).
    p_value
        Chance of such evidence for a cured share if nobody were cured (likelihood ratio, half a
        chi square at the bound).
    base
        What the others follow.
    left
        Survival at the oldest age by the same curve: the share is what of it stays for ever.
    oldest_age
        Oldest age of the data.
    """

    share: float
    standard_error: float
    low: float
    high: float
    level: float
    p_value: float
    base: str
    left: float
    oldest_age: int


def cured_fraction(
    triangle: pd.DataFrame, base: str = "dw", *, level: float = 0.95
) -> CuredFraction:
    """Estimate which share of a cohort never leaves.

    Parameters
    ----------
    triangle
        As for `fit_retention`.
    base
        What those follow who do leave: `geometric`, `sbg` or `dw`. The freer the base, the wider
        the interval: a heavy tail of slow leavers is nearly the same as a cured share.
    level
        Of the interval, 0-1.

    Returns
    -------
    CuredFraction
        Cells that scatter more than independent customers would count for less.

    Raises
    ------
    UnknownNameError
        If there is no such base.
    NotEnoughHistoryError
        If fewer ages are known than there are parameters, or nobody, or everybody, was lost.

    Examples
    --------
    >>> import pandas as pd
    >>> from forecast.retention import cured_fraction
    >>> alive = [1000 * (0.3 + 0.7 * 0.8**age) for age in range(13)]
    >>> found = cured_fraction(pd.DataFrame([alive]), "geometric")
    >>> round(found.share, 3), round(found.low, 2), round(found.high, 2), found.p_value < 0.001
    (0.3, 0.26, 0.34, True)
    """
    if base not in BASES:
        raise unknown_name("base of a cured fraction", base, list(BASES))
    if not 0 < level < 1:
        raise InputError(f"a level lies between 0 and 1, not {level}.")
    exposure = Triangle.read(triangle).exposure()
    oldest = exposure.oldest_age
    exposure = Exposure(exposure.at_risk[:, :oldest], exposure.churned[:, :oldest])
    at_risk, churned = exposure.pooled()
    with np.errstate(invalid="ignore"):
        dispersion = exposure.dispersion(churned / at_risk)
    form = Cured(FORMS[base])
    check_ages(form, at_risk)
    if not 0 < churned.sum() < at_risk.sum():
        raise NotEnoughHistoryError("nobody or everybody was lost: no share that stays to be told.")
    return _Profile(FORMS[base], at_risk / dispersion, churned / dispersion).result(level)


@dataclass(frozen=True, eq=False)
class _Profile:
    """The likelihood of the share, the base's parameters being the best for each."""

    base: Form
    at_risk: FloatArray
    churned: FloatArray

    def result(self, level: float) -> CuredFraction:
        form = Cured(self.base)
        found = estimate(form, self.at_risk[None], self.churned[None])
        none = self._value(0.0)
        top, phi = float(found.log_likelihood[0]), found.phi[0]
        share = float(form.natural(found.phi)[0, -1])
        if none >= top:
            top, share = none, 0.0
        floor = top - 0.5 * ndtri(0.5 + level / 2) ** 2
        ages = np.arange(1.0, len(self.at_risk) + 1)
        slope = form.jacobian(phi)[-1, -1]
        variance = covariance(form, phi, ages, self.at_risk, self.churned)[-1, -1]
        kept = form.log_between(phi[None], np.zeros(1), ages[-1:])
        return CuredFraction(
            share=share,
            standard_error=float(slope * np.sqrt(variance)),
            low=0.0 if none >= floor else self._edge(0.0, share, floor),
            high=self._edge(1.0, share, floor),
            level=level,
            p_value=float(ndtr(-np.sqrt(2 * max(top - none, 0.0)))),
            base=self.base.name,
            left=float(np.exp(kept[0, 0])),
            oldest_age=len(self.at_risk),
        )

    def _value(self, share: float) -> float:
        form: Form = CuredAt(self.base, share) if share > 0 else self.base
        found = estimate(form, self.at_risk[None], self.churned[None])
        return float(found.log_likelihood[0])

    def _edge(self, outside: float, inside: float, floor: float) -> float:
        """Share at which the profile crosses the floor, by halving."""
        while abs(outside - inside) > _EXACT:
            middle = (outside + inside) / 2
            if self._value(middle) >= floor:
                inside = middle
            else:
                outside = middle
        return (outside + inside) / 2
