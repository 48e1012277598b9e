"""Chances over several scenarios: their mixture, and how likely each is above a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.quantiles import QUANTILES
from history.errors import InputError, unknown_name

if TYPE_CHECKING:
    from ..run import Runs

Floats = NDArray[np.float64]
Weights = Mapping[str, float]

MIX = "mixture"
"""Name of the mixture among scenarios."""


def checked(runs: Runs, weights: Weights) -> dict[str, float]:
    """Check the probabilities of scenarios.

    Raises
    ------
    InputError
        None, an unknown scenario, a weight that is not a share, or a sum that is not 1.
    """
    for name in weights:
        if name not in runs:
            raise unknown_name("scenario", name, runs)
    given = {name: float(weight) for name, weight in weights.items()}
    wrong = {name: weight for name, weight in given.items() if not 0 <= weight <= 1}
    if wrong:
        said = ", ".join(f"{name}={weight:g}" for name, weight in wrong.items())
        raise InputError(f"the weights of a mix are probabilities, 0 to 1, and not {said}")
    total = math.fsum(given.values())
    if abs(total - 1.0) > 1e-9:
        said = " + ".join(f"{weight:g}" for weight in given.values()) or "none"
        raise InputError(f"the weights of a mix add up to 1, not to {total:g} ({said})")
    return {name: weight for name, weight in given.items() if weight > 0}


def mixture(runs: Runs, weights: Weights, measure: str = "arr") -> pd.DataFrame:
    """Give mean and quantiles of a probability-weighted mix of scenarios, by month.

    One of the scenarios comes true, each with its probability; the distribution is that of all
    their paths, so weighted. It is wider than an average of the scenarios' quantiles, which is no
    quantile of anything.

    Parameters
    ----------
    runs
        The runs.
    weights
        Scenario to probability; they add up to 1.
    measure
        As in `Projection.draws`.

    Returns
    -------
    DataFrame
        ``month``, ``measure``, ``mean`` and the quantiles ``p2_5 ... p97_5``; one scenario with
        weight 1 has the quantiles of its own table.
    """
    parts = checked(runs, weights)
    draws = [runs[name].projection.draws(measure) for name in parts]
    mean = sum(
        weight * part.mean(axis=0) for part, weight in zip(draws, parts.values(), strict=True)
    )
    shares = np.concatenate(
        [np.full(len(part), w / len(part)) for part, w in zip(draws, parts.values(), strict=True)]
    )
    quantiles = _quantiles(np.concatenate(draws), shares, list(QUANTILES.values()))
    columns = {name: quantiles[i] for i, name in enumerate(QUANTILES)}
    return pd.DataFrame({"month": runs.months, "measure": measure, "mean": mean, **columns})


def chances(
    runs: Runs, exceeds: str | float, measure: str = "arr", weights: Weights | None = None
) -> pd.DataFrame:
    """Give each scenario's chance of being above another one, or above a figure, by month.

    Parameters
    ----------
    runs
        The runs.
    exceeds
        A scenario, compared path by path on the same random streams, or a figure in the measure's
        unit. A tie is not above.
    measure
        As in `Projection.draws`.
    weights
        As in `mixture`: adds the mix's chance, column `mix`.

    Returns
    -------
    DataFrame
        ``month`` and a column a scenario, shares 0 to 1; `exceeds` itself is left out.
    """
    if isinstance(exceeds, str) and exceeds not in runs:
        raise unknown_name("scenario", exceeds, runs)
    bar = runs[exceeds].projection.draws(measure) if isinstance(exceeds, str) else float(exceeds)
    found = {
        name: (one.projection.draws(measure) > bar).mean(axis=0)
        for name, one in runs.items()
        if name != exceeds
    }
    if weights is not None:
        zero = np.zeros(len(runs.months))
        shares = checked(runs, weights)
        found[MIX] = sum((w * found.get(name, zero) for name, w in shares.items()), start=zero)
    return pd.DataFrame({"month": runs.months, **found})


def _quantiles(values: Floats, shares: Floats, probabilities: list[float]) -> Floats:
    """Quantiles of weighted values by month, (probabilities, months).

    Linear between values that stand at the middle of their share, the smallest at 0 and the
    largest at 1; with equal shares that is where the tables' quantiles have them.
    """
    order = np.argsort(values, axis=0, kind="stable")
    ordered, weights = np.take_along_axis(values, order, axis=0), shares[order]
    middles = np.cumsum(weights, axis=0) - weights / 2
    ends = middles[-1] - middles[0]
    places = (middles - middles[0]) / np.where(ends > 0, ends, 1.0)
    return np.array(
        [
            np.interp(probabilities, places[:, month], ordered[:, month])
            for month in range(values.shape[1])
        ]
    ).T
