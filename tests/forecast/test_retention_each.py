"""Every cohort by itself: the same as one fit after the other."""

import numpy as np
import pandas as pd
import pytest

from forecast.retention import MODELS, fit_cohorts, fit_retention
from history.errors import UnknownNameError

AGES = 14


@pytest.fixture(scope="module")
def cohorts() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    cells = np.empty((8, AGES + 1))
    cells[:, 0] = rng.integers(100, 900, 8)
    for age in range(1, AGES + 1):
        cells[:, age] = rng.binomial(cells[:, age - 1].astype(int), 1 - 0.9 / (8 + age))
    cells[5, 9:] = np.nan
    return pd.DataFrame(cells, index=pd.period_range("2024-01", periods=8, freq="M"))


@pytest.mark.parametrize("model", MODELS)
def test_each_row_is_its_own_fit(cohorts: pd.DataFrame, model: str) -> None:
    table = fit_cohorts(cohorts, model)
    assert table.index.equals(cohorts.index)
    for row in (0, 5):
        if row == 5 and "anniversary" in model:
            continue  # this cohort has no anniversary to be fitted alone
        alone = fit_retention(cohorts.iloc[[row]], model)
        assert table["log_likelihood"].iloc[row] == pytest.approx(alone.log_likelihood, abs=1e-5)
        if model == "kaplan_meier":
            hazards = table.iloc[row].drop(["log_likelihood", "converged"]).dropna()
            expected = [alone.parameters[name] for name in hazards.index]
            assert hazards.tolist() == pytest.approx(expected)


def test_rows_with_too_few_ages_are_blank() -> None:
    frame = pd.DataFrame([[100, 80, 70, 66], [100, 90, None, None], [100, None, None, None]])
    table = fit_cohorts(frame, "sbg")
    assert table["converged"].tolist() == [True, False, False]
    assert table.loc[1:, ["alpha", "beta", "log_likelihood"]].isna().all(axis=None)
    assert fit_cohorts(frame, "geometric").loc[1, "theta"] == pytest.approx(0.1)
    observed = fit_cohorts(frame, "kaplan_meier")
    assert observed.loc[0, "hazard_2"] == pytest.approx(0.125)
    assert observed.loc[2].drop("converged").isna().all()
    assert not observed.loc[2, "converged"]


def test_unknown_models_are_refused(cohorts: pd.DataFrame) -> None:
    with pytest.raises(UnknownNameError, match="'sbg'"):
        fit_cohorts(cohorts, "sgb")
