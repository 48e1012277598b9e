"""How long customers stay, and how much of that lies beyond what anybody has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from history.errors import InputError

from .curve import RetentionCurve


@dataclass(frozen=True)
class Lifetime:
    """Expected paying periods of a customer within a horizon, with their uncertainty.

    Attributes
    ----------
    periods
        Expected number; discounted where a discount was given.
    standard_error
        By draws of the curve.
    low, high, level
        Interval of the draws.
    beyond
        Share of `periods` that lies past the oldest age of the data, 0-1: this part is the
        curve's belief, not observation.
    """

    periods: float
    standard_error: float
    low: float
    high: float
    level: float
    beyond: float


def lifetime(
    curve: RetentionCurve,
    horizon: int,
    *,
    age: int = 0,
    discount: float = 0.0,
    level: float = 0.8,
    draws: int = 2_000,
    seed: int = 0,
) -> Lifetime:
    """Return the expected paying periods in the next `horizon` of a customer alive at `age`.

    A customer pays at the begin of each period, the first time at once: the sum over
    k = 0..horizon - 1 of survival_given(age)(k) / (1 + discount)^k.

    Parameters
    ----------
    curve
        Of customers; times MRR a customer and margin the sum is a lifetime value.
    horizon
        Periods of the curve, from 1 up. A horizon is asked for, because a heavy tail may have no
        finite lifetime.
    age
        Of the customer now.
    discount
        By period, 0-1.
    level
        Of the interval, 0-1.
    draws, seed
        How many curves are drawn, and from which stream.

    Returns
    -------
    Lifetime
        Of the curve alone: without the chance of a single customer.

    Raises
    ------
    InputError
        If an argument is out of its bounds.

    Examples
    --------
    >>> import pandas as pd
    >>> from forecast.retention import fit_retention, lifetime
    >>> curve = fit_retention(pd.DataFrame([[1000, 900, 810, 729]]), "geometric")
    >>> found = lifetime(curve, 12)
    >>> round(found.periods, 2), round(found.beyond, 2)
    (7.18, 0.52)
    """
    if horizon < 1 or age < 0 or not 0 <= discount < 1 or not 0 < level < 1 or draws < 2:
        raise InputError(
            "a lifetime needs a horizon from 1 up, an age from 0 up, a discount in [0, 1), a level "
            f"in (0, 1) and at least 2 draws, not {horizon}, {age}, {discount}, {level}, {draws}."
        )
    ahead = np.arange(horizon)
    ages, worth = age + ahead, (1.0 + discount) ** -ahead.astype(float)
    expected = np.asarray(curve.survival_given(age)(ahead)) * worth
    drawn = curve.sample_survival(ages, draws, np.random.default_rng(seed))
    with np.errstate(divide="ignore", invalid="ignore"):
        given = np.where(drawn[:, :1] > 0, drawn / drawn[:, :1], ahead == 0)
    sums = given @ worth
    low, high = np.quantile(sums, [0.5 - level / 2, 0.5 + level / 2])
    return Lifetime(
        periods=float(expected.sum()),
        standard_error=float(sums.std()),
        low=float(low),
        high=float(high),
        level=level,
        beyond=float(expected[ages > curve.oldest_age].sum() / expected.sum()),
    )


def interval(
    curve: RetentionCurve,
    ages: list[int] | range,
    *,
    level: float = 0.8,
    draws: int = 2_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Survival at ages with its interval by draws of the curve.

    Returns
    -------
    DataFrame
        Index the ages; columns survival, low, high, and extrapolated (past the oldest age of the
        data).
    """
    if not 0 < level < 1:
        raise InputError(f"a level lies between 0 and 1, not {level}.")
    at = np.asarray(list(ages), dtype=float)
    drawn = curve.sample_survival(at, draws, np.random.default_rng(seed))
    low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    return pd.DataFrame(
        {
            "survival": np.asarray(curve.survival(at)),
            "low": low,
            "high": high,
            "extrapolated": at > curve.oldest_age,
        },
        index=pd.Index(list(ages), name="age"),
    )
