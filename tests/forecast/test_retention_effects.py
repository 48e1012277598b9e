"""Newer and older cohorts, months that stand out: identities, an oracle, and recovery."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from forecast.retention import fit_effects, fit_retention
from forecast.retention.regression import Cells, regress, without_effects
from forecast.retention.triangle import Triangle
from history.errors import InputError, NotEnoughHistoryError

AGES = np.arange(1, 60)
HAZARDS = 0.8 / (0.8 + 12 + AGES - 1)


def company(
    cohorts: int,
    size: int,
    rng: np.random.Generator,
    trend: float = 0.0,
    shocks: dict[int, float] | None = None,
) -> pd.DataFrame:
    """Survivors; rates times exp(trend) from cohort to cohort, and a factor in single months."""
    cells = np.full((cohorts, cohorts), np.nan)
    cells[:, 0] = rng.poisson(size, cohorts)
    for row in range(cohorts):
        for age in range(1, cohorts - row):
            factor = np.exp(trend * (row - cohorts / 2)) * (shocks or {}).get(row + age, 1.0)
            kept = (1 - HAZARDS[age - 1]) ** factor
            cells[row, age] = rng.binomial(int(cells[row, age - 1]), kept)
    return pd.DataFrame(cells)


def alike(cohorts: int) -> pd.DataFrame:
    """Give cohorts that follow one curve exactly."""
    left = np.append(1.0, np.cumprod(1 - HAZARDS[: cohorts - 1]))
    ages, rows = np.arange(cohorts), np.arange(cohorts)[:, None]
    return pd.DataFrame(np.where(ages + rows < cohorts, (500.0 + 100 * rows) * left, np.nan))


def test_cohorts_that_are_alike_give_the_curve_of_all() -> None:
    triangle = alike(15)
    effects, pooled = fit_effects(triangle), fit_retention(triangle)
    assert effects.trend.per_cohort == pytest.approx(0.0, abs=1e-9)
    assert effects.trend.believed == 0.0
    assert effects.shocks.empty
    ages = np.arange(40)
    assert effects.average().survival(ages) == pytest.approx(pooled.survival(ages), abs=1e-6)
    assert effects.curve(0).survival(ages) == pytest.approx(pooled.survival(ages), abs=1e-6)
    pd.testing.assert_frame_equal(effects.project(9), pooled.project(9), rtol=1e-5)
    assert "neither longer nor shorter" in " ".join(effects.notes)


def test_exposures_at_the_average_are_those_given_where_there_is_no_effect() -> None:
    exposure = Triangle.read(company(12, 80, np.random.default_rng(4))).exposure()
    cells = Cells.of(exposure.at_risk, exposure.churned)
    found = regress(cells, np.zeros((len(cells.age), 0)))
    assert found is not None
    same = without_effects(exposure, found)
    np.testing.assert_allclose(same.at_risk, exposure.at_risk, rtol=1e-9)
    np.testing.assert_allclose(same.churned, exposure.churned, rtol=1e-7, atol=1e-9)


def test_exposures_at_the_average_give_the_regressions_own_hazards() -> None:
    rng = np.random.default_rng(8)
    exposure = Triangle.read(company(20, 300, rng, trend=0.03)).exposure()
    cells = Cells.of(exposure.at_risk, exposure.churned)
    found = regress(cells, cells.cohort[:, None] - 9.0)
    assert found is not None
    at_risk, churned = without_effects(exposure, found).pooled()
    seen = np.unique(cells.age)
    hazard = -np.expm1(-np.exp(found.ages))
    np.testing.assert_allclose((churned / at_risk)[seen], hazard[seen], rtol=1e-6)


def test_regression_reaches_the_maximum_that_a_plain_search_finds() -> None:
    exposure = Triangle.read(company(6, 150, np.random.default_rng(2), trend=0.1)).exposure()
    cells = Cells.of(exposure.at_risk, exposure.churned)
    x = np.column_stack([cells.cohort - 2.0, cells.cohort + cells.age == 4]).astype(float)

    def minus(parameters: np.ndarray) -> float:
        kept = -np.exp(parameters[cells.age] + x @ parameters[5:])
        lost = cells.churned * np.log(-np.expm1(kept))
        return -float((lost + (cells.at_risk - cells.churned) * kept).sum())

    start = np.append(np.full(5, -3.0), [0.0, 0.0])
    search = minimize(minus, start, method="BFGS", options={"gtol": 1e-7})
    found = regress(cells, x)
    assert found is not None
    np.testing.assert_allclose(found.ages, search.x[:5], atol=1e-4)
    np.testing.assert_allclose(found.effects, search.x[5:], atol=1e-4)
    step, size = 1e-3 * np.eye(7), range(7)
    best = search.x
    bend = np.array([[minus(best + step[i] + step[j]) - minus(best + step[i] - step[j])
                      - minus(best - step[i] + step[j]) + minus(best - step[i] - step[j])
                      for i in size] for j in size]) / 4e-6  # fmt: skip
    observed = np.sqrt(np.diag(np.linalg.inv(bend))[5:] * found.dispersion)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), observed, rtol=0.1)


def test_score_tests_foresee_the_refit() -> None:
    triangle = company(24, 200, np.random.default_rng(5), trend=-0.02, shocks={15: 1.5})
    exposure = Triangle.read(triangle).exposure()
    cells = Cells.of(exposure.at_risk, exposure.churned)
    trend = (cells.cohort - 12.0)[:, None]
    found = regress(cells, trend)
    months = np.arange(3, 22)
    dummies = (cells.cohort[:, None] + cells.age[:, None] + 1 == months).astype(float)
    assert found is not None
    scores, information = found.score_tests(dummies)
    assert (information > 0).all()
    assert months[np.argmax(np.abs(scores))] == 15
    for place in range(len(months)):
        wider = regress(cells, np.column_stack([trend, dummies[:, place]]))
        assert wider is not None
        wald = wider.effects[1] / np.sqrt(wider.covariance[1, 1])
        assert scores[place] == pytest.approx(wald, abs=0.2 + 0.15 * abs(wald))


@pytest.mark.parametrize(("trend", "size"), [(0.0, 40), (-0.02, 60), (0.03, 100)])
def test_trends_are_recovered_with_true_errors(trend: float, size: int) -> None:
    rng = np.random.default_rng(17)
    scores = []
    for _ in range(80):
        found = fit_effects(company(24, size, rng, trend), "sbg").trend
        scores.append((found.per_cohort - trend) / found.standard_error)
    assert abs(np.mean(scores)) < 3 / np.sqrt(80)
    assert 0.8 < np.std(scores) < 1.2


def test_shocks_are_found_with_their_size_and_few_others() -> None:
    rng = np.random.default_rng(23)
    hits, alarms, scores = 0, 0, []
    truth = {14: 1.7, 19: 0.4}
    for _ in range(60):
        shocks = fit_effects(company(24, 200, rng, -0.01, truth), "sbg").shocks
        hits += len(set(shocks.index) & set(truth))
        alarms += bool(set(shocks.index) - set(truth))
        for month in set(shocks.index) & set(truth):
            row = shocks.loc[month]
            scores.append((np.log(row["hazard_ratio"]) - np.log(truth[month])) / row["log_error"])
    assert hits >= 110
    assert alarms <= 8
    assert abs(np.mean(scores)) < 0.4
    assert 0.75 < np.std(scores) < 1.25


def test_companies_without_shocks_rarely_show_one() -> None:
    rng = np.random.default_rng(29)
    alarms = sum(len(fit_effects(company(20, 60, rng), "sbg").shocks) > 0 for _ in range(100))
    assert alarms <= 12  # 5 are promised; 12 or more would be a chance of 0.4 %


def test_extra_lost_is_what_the_month_cost() -> None:
    effects = fit_effects(company(24, 400, np.random.default_rng(3), shocks={18: 2.0}))
    row = effects.shocks.loc[18]
    month = effects.calendar.loc[18]
    assert row["extra_lost"] == pytest.approx(month["lost"] - month["expected"])
    assert row["extra_lost"] == pytest.approx(month["lost"] / 2, rel=0.25)
    assert row["z"] == month["z"] > 4
    others = effects.calendar[~effects.calendar["shock"]]
    assert np.nanstd(others["z"]) < 1.6
    assert others["lost"].sum() == pytest.approx(others["expected"].sum(), rel=0.01)


def test_a_cohorts_curve_is_the_average_to_the_power_of_its_factor() -> None:
    effects = fit_effects(company(30, 300, np.random.default_rng(6), trend=-0.03))
    average, ages = effects.average(), np.arange(50)
    for cohort in (0, 14, 29):
        factor = effects.cohorts.loc[cohort, "factor"]
        curve = effects.curve(cohort)
        assert curve.survival(ages) == pytest.approx(average.survival(ages) ** factor)
        assert curve.parameters["hazard_factor"] == pytest.approx(factor)
    assert effects.curve().survival(12) == effects.curve(29).survival(12)
    assert effects.curve(29).survival(12) > average.survival(12) > effects.curve(0).survival(12)
    ahead = effects.project(3)
    newest = effects.curve()
    assert ahead.loc[29, 3] == pytest.approx(ahead.loc[29, 1] * newest.survival_given(1)(2))


def test_errors_of_a_cohorts_curve_hold_those_of_the_trend() -> None:
    effects = fit_effects(company(18, 100, np.random.default_rng(9), trend=0.05), "sbg")
    newest, average = effects.curve(), effects.average()
    drawn = newest.sample_survival([6, 12], 20_000, np.random.default_rng(1))
    assert drawn.std(axis=0) == pytest.approx(newest.survival_error([6, 12]), rel=0.1)
    assert newest.survival_error(12) > average.survival_error(12)
    table = newest.sample(500, np.random.default_rng(2))
    assert table["hazard_factor"].median() == pytest.approx(newest.parameters["hazard_factor"],
                                                            rel=0.1)  # fmt: skip


def test_the_believed_share_of_a_trend_follows_its_score() -> None:
    from forecast.retention import Trend

    assert Trend(0.02, 0.01).believed == pytest.approx(0.75)
    assert Trend(-0.005, 0.01).believed == 0.0
    assert Trend(0.0, 0.01).believed == 0.0


def test_months_and_cohorts_bear_their_names() -> None:
    index = pd.period_range("2023-01", periods=24, freq="M")
    triangle = company(24, 300, np.random.default_rng(3), shocks={18: 2.0}).set_axis(index)
    effects = fit_effects(triangle)
    assert [str(month) for month in effects.shocks.index] == ["2024-07"]
    assert effects.curve("2024-12").survival(6) == effects.curve().survival(6)
    assert effects.project(2).index.equals(index)
    with pytest.raises(InputError, match="2023-01 to 2024-12"):
        effects.curve("2030-01")


def test_a_missing_month_without_customers_shifts_nothing() -> None:
    index = pd.period_range("2023-01", periods=24, freq="M")
    triangle = company(24, 300, np.random.default_rng(3), trend=-0.02, shocks={18: 2.0})
    triangle = triangle.set_axis(index)
    gap = fit_effects(triangle.drop(index[5]))
    assert [str(month) for month in gap.shocks.index] == ["2024-07"]
    assert gap.trend.per_cohort == pytest.approx(fit_effects(triangle).trend.per_cohort, abs=5e-3)


def test_amounts_of_money_say_the_same_in_any_unit() -> None:
    rng = np.random.default_rng(7)
    triangle = company(24, 200, rng, trend=-0.02) * rng.uniform(20, 80, size=(24, 1))
    euros, cents = fit_effects(triangle), fit_effects(100 * triangle)
    assert cents.trend.per_cohort == pytest.approx(euros.trend.per_cohort)
    assert cents.trend.z == pytest.approx(euros.trend.z)
    assert cents.dispersion == pytest.approx(100 * euros.dispersion)
    assert list(cents.shocks.index) == list(euros.shocks.index)


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(NotEnoughHistoryError, match="known at the same ages"):
        fit_effects(pd.DataFrame([[100, 90, 80, 70]]))
    with pytest.raises(NotEnoughHistoryError, match="some but not all"):
        fit_effects(pd.DataFrame([[100, 100, 100], [90, 90, None]]))
    with pytest.raises(InputError, match="in order"):
        fit_effects(pd.DataFrame([[9, 8, 7], [9, 7, None]], index=[3, 2]))
    with pytest.raises(InputError, match="at least 1"):
        fit_effects(alike(6)).project(0)
    with pytest.raises(InputError, match="above 0"):
        fit_retention(alike(6)).times(0.0)


def test_times_1_is_the_curve_itself() -> None:
    curve = fit_retention(company(20, 80, np.random.default_rng(1)))
    same = curve.times(1.0)
    ages = np.arange(0, 60, 0.5)
    assert same.survival(ages) == pytest.approx(curve.survival(ages))
    assert same.survival_error(ages) == pytest.approx(curve.survival_error(ages))
    one, other = (c.sample_survival(ages, 50, np.random.default_rng(2)) for c in (curve, same))
    np.testing.assert_allclose(one, other)
    assert same.standard_errors["hazard_factor"] == 0.0
    pd.testing.assert_frame_equal(same.project(4), curve.project(4))
