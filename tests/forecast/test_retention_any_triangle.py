"""Any triangle at all: a finite answer or a clear refusal, and no warning on the way."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from forecast.retention import (
    chain_ladder,
    cured_fraction,
    fit_cohorts,
    fit_effects,
    fit_segments,
    revenue_by_age,
)
from history.errors import InputError, NotEnoughHistoryError


def triangles(count: int) -> list[pd.DataFrame]:
    """Odd triangles: tiny, ragged, beginning with blanks, rising, dying, empty."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(count):
        cohorts, oldest = int(rng.integers(1, 9)), int(rng.integers(1, 10))
        top, cells = int(rng.choice([2, 20, 400])), np.full((cohorts, oldest + 1), np.nan)
        for row in range(cohorts):
            last = int(rng.integers(0, oldest + 1)) if number % 3 else max(0, oldest - row)
            first = int(rng.integers(0, 2)) if number % 3 == 2 else 0
            alive = int(rng.integers(0, top))
            for age in range(first, last + 1):
                cells[row, age] = alive
                alive = int(rng.integers(0, top)) if number % 3 == 1 else rng.binomial(alive, 0.8)
        found.append(pd.DataFrame(cells))
    return found


def effects(triangle: pd.DataFrame) -> np.ndarray:
    found = fit_effects(triangle)
    drawn = found.curve().sample_survival([0, 5, 30], 10, np.random.default_rng(1))
    return np.concatenate([found.curve().survival([0, 1, 40]), found.cohorts["factor"], *drawn])


def cohorts(triangle: pd.DataFrame) -> np.ndarray:
    table = fit_cohorts(triangle, "sbg")
    return table.loc[table["converged"], ["alpha", "beta", "log_likelihood"]].to_numpy()


def cured(triangle: pd.DataFrame) -> np.ndarray:
    found = cured_fraction(triangle, "geometric")
    assert 0.0 <= found.low <= found.share <= found.high <= 1.0
    return np.array([found.p_value, found.left])


WAYS: dict[str, Callable[[pd.DataFrame], np.ndarray]] = {
    "chain ladder": lambda t: chain_ladder(t).ahead(5)["expected"].to_numpy(),
    "effects": effects,
    "cohorts": cohorts,
    "cured": cured,
    "revenue": lambda t: revenue_by_age(t, 10.0 * t).net([0, 1, 4, 40]),
    "segments": lambda t: fit_segments({"a": t, "b": t}).ratios.to_numpy(),
}


@pytest.mark.parametrize("way", WAYS)
def test_any_triangle_gives_finite_numbers_or_a_clear_refusal(way: str) -> None:
    answered = 0
    for triangle in triangles(45):
        try:
            numbers = WAYS[way](triangle)
        except (InputError, NotEnoughHistoryError):
            continue
        assert np.isfinite(numbers).all(), triangle
        answered += 1
    assert answered >= 10
