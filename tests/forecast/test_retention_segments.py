"""Segments side by side: equal ages compared, recovery, and the pull towards all of them."""

import numpy as np
import pandas as pd
import pytest

from forecast.retention import fit_retention, fit_segments
from history.errors import InputError, NotEnoughHistoryError, UnknownNameError

AGES = np.arange(1, 40)
HAZARDS = 0.8 / (0.8 + 12 + AGES - 1)


def company(cohorts: int, size: int, rng: np.random.Generator, ratio: float = 1.0) -> pd.DataFrame:
    """Survivors whose rates are the same times a ratio at every age."""
    cells = np.full((cohorts, cohorts), np.nan)
    cells[:, 0] = size
    for row in range(cohorts):
        for age in range(1, cohorts - row):
            kept = (1 - HAZARDS[age - 1]) ** ratio
            cells[row, age] = rng.binomial(int(cells[row, age - 1]), kept)
    return pd.DataFrame(cells)


def test_equal_segments_have_ratio_1_and_the_curve_of_all() -> None:
    left = 1e4 * np.append(1.0, np.cumprod(1 - HAZARDS[:20]))
    triangle = pd.DataFrame([left, 2 * left])
    found = fit_segments({"a": triangle, "b": triangle * 3})
    assert found.ratios["hazard_ratio"].tolist() == pytest.approx([1.0, 1.0])
    ages = np.arange(30)
    pooled = fit_retention(pd.concat([triangle, triangle * 3]))
    assert found.average().survival(ages) == pytest.approx(pooled.survival(ages), abs=1e-6)
    assert found.curve("b").survival(ages) == pytest.approx(pooled.survival(ages), abs=1e-4)


def test_young_and_old_segments_are_compared_at_equal_ages() -> None:
    """The young segment loses more a month only because its customers are young."""
    rng = np.random.default_rng(1)
    found = fit_segments({"old": company(36, 100, rng), "young": company(8, 400, rng)})
    old, young = np.log(found.ratios["hazard_ratio"])
    error = np.hypot(*found.ratios["log_error"])
    assert abs(young - old) < 2.5 * error
    crude = [np.nansum(-np.diff(t)) / np.nansum(t[:, :-1]) for t in
             (company(36, 100, rng).to_numpy(), company(8, 400, rng).to_numpy())]  # fmt: skip
    assert crude[1] > 1.15 * crude[0]


def test_ratios_are_recovered_and_pooling_brings_them_nearer() -> None:
    """Over 40 companies of six segments: scores of the raw ratios, errors of both."""
    rng = np.random.default_rng(2)
    scores, raw, pooled = [], [], []
    sizes = (5, 10, 10, 20, 40, 120)
    for _ in range(40):
        truth = rng.normal(0.0, 0.25, size=6)
        found = fit_segments(
            {
                str(place): company(14, size, rng, float(np.exp(each)))
                for place, (size, each) in enumerate(zip(sizes, truth, strict=True))
            },
            "sbg",
        ).ratios
        logs = np.log(found["hazard_ratio"].to_numpy())
        share = found["lost"].to_numpy() / found["lost"].sum()
        centred = truth - share @ truth  # ratios are to the mean by what each segment tells
        scores.append((logs - centred) / found["log_error"].to_numpy())
        raw.append(logs - centred)
        pooled.append(np.log(found["pooled_ratio"].to_numpy()) - centred)
    assert np.abs(np.mean(scores, axis=0)).max() < 0.55
    assert 0.85 < np.std(scores) < 1.15
    assert np.square(pooled).mean() < 0.85 * np.square(raw).mean()


def test_small_segments_are_drawn_further() -> None:
    rng = np.random.default_rng(4)
    found = fit_segments(
        {"tiny": company(10, 4, rng, 1.8), "big": company(10, 400, rng, 0.8),
         "other": company(10, 400, rng, 1.2)}
    )  # fmt: skip
    kept = np.log(found.ratios["pooled_ratio"]) / np.log(found.ratios["hazard_ratio"])
    assert kept["tiny"] < kept["big"] < 1.0
    assert (found.ratios["pooled_error"] < found.ratios["log_error"].max()).all()
    assert 0.02 < found.spread < 1.0
    ratio = found.ratios.loc["big", "pooled_ratio"]
    assert found.curve("big").survival(12) == pytest.approx(found.average().survival(12) ** ratio)


def test_what_cannot_be_compared_is_refused() -> None:
    triangle = pd.DataFrame([[100, 90, 82, 77], [90, 80, 75, None]])
    with pytest.raises(InputError, match="two on, not 1"):
        fit_segments({"a": triangle})
    with pytest.raises(NotEnoughHistoryError, match="no losses in b"):
        fit_segments({"a": triangle, "b": pd.DataFrame([[50, 50, 50]])})
    with pytest.raises(UnknownNameError, match="segment"):
        fit_segments({"one": triangle, "two": triangle}).curve("tow")
