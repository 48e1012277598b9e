"""Published figures, limiting cases and oracles."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import betaln

from forecast.retention import fit_exposure, fit_retention

# Fader and Hardie (2007), table 1: of 1,000 customers acquired, alive after each year.
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173]


def one_cohort(alive: list[float]) -> pd.DataFrame:
    return pd.DataFrame([alive])


def test_sbg_high_end_as_published() -> None:
    curve = fit_retention(one_cohort(HIGH_END[:8]), "sbg")
    assert curve.parameters["alpha"] == pytest.approx(0.668, abs=5e-4)
    assert curve.parameters["beta"] == pytest.approx(3.806, abs=5e-4)
    assert curve.log_likelihood == pytest.approx(-1611.158, abs=5e-4)
    published = [0.460, 0.436, 0.414, 0.395, 0.378]
    assert curve.survival([8, 9, 10, 11, 12]) == pytest.approx(published, abs=5e-4)


def test_sbg_regular_as_published() -> None:
    curve = fit_retention(one_cohort(REGULAR[:8]), "sbg")
    assert curve.parameters["alpha"] == pytest.approx(0.704, abs=5e-4)
    assert curve.parameters["beta"] == pytest.approx(1.182, abs=5e-4)
    assert curve.log_likelihood == pytest.approx(-1680.265, abs=5e-4)


def test_bdw_on_the_first_four_renewals_of_high_end() -> None:
    curve = fit_retention(one_cohort(HIGH_END[:5]), "bdw")
    assert curve.parameters == pytest.approx({"alpha": 0.259, "beta": 1.722, "c": 1.584}, abs=1e-3)


@pytest.mark.parametrize("alive", [HIGH_END, REGULAR])
def test_bdw_of_five_years_forecasts_the_next_eight_better_than_sbg(alive: list[int]) -> None:
    years = 5
    ages = np.arange(years, 13)
    actual = np.array(alive)[ages] / 1000
    error = {
        model: np.abs(fit_retention(one_cohort(alive[:years]), model).survival(ages) - actual).max()
        for model in ("sbg", "bdw")
    }
    assert error["bdw"] < error["sbg"]


def test_kaplan_meier_and_greenwood_on_the_leukaemia_trial() -> None:
    """Remission weeks under 6-MP, + censored (Freireich et al. 1963): S and its error by week."""
    left = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    weeks = np.arange(1, 36)
    at_risk = np.array([sum(t >= w for t in left + censored) for w in weeks])
    churned = np.array([left.count(w) for w in weeks])
    curve = fit_exposure(at_risk, churned, "kaplan_meier")
    table = {
        6: (0.857, 0.0764), 7: (0.807, 0.0869), 10: (0.753, 0.0963), 13: (0.690, 0.1068),
        16: (0.627, 0.1141), 22: (0.538, 0.1282), 23: (0.448, 0.1346),
    }  # fmt: skip
    for week, (survival, error) in table.items():
        assert curve.survival(week) == pytest.approx(survival, abs=5e-4)
        assert curve.survival_error(week) == pytest.approx(error, abs=6e-5)


def test_kaplan_meier_is_the_volume_weighted_chain_ladder() -> None:
    triangle = pd.DataFrame([[100, 90, 72], [300, 240, np.nan], [50, np.nan, np.nan]])
    curve = fit_retention(triangle, "kaplan_meier")
    first, second = (90 + 240) / (100 + 300), 72 / 90
    assert curve.survival([0, 1, 2]) == pytest.approx([1, first, first * second])
    assert curve.project(1)[1].tolist()[1:] == pytest.approx([240 * second, 50 * first])


def test_kaplan_meier_tail_is_the_pooled_hazard_of_the_oldest_ages() -> None:
    curve = fit_retention(pd.DataFrame([[1000, 500, 400, 360, 342]]), "kaplan_meier")
    tail = (100 + 40 + 18) / (500 + 400 + 360)
    assert curve.parameters["tail_hazard"] == pytest.approx(tail)
    assert curve.survival_given(4)(10) == pytest.approx((1 - tail) ** 10)


def test_geometric_is_lost_over_exposed() -> None:
    triangle = pd.DataFrame([[100, 90, 72], [300, 240, np.nan]])
    curve = fit_retention(triangle, "geometric")
    theta = (10 + 18 + 60) / (100 + 90 + 300)
    assert curve.parameters["theta"] == pytest.approx(theta, rel=1e-12)
    assert curve.standard_errors["theta"] == pytest.approx(
        np.sqrt(theta * (1 - theta) / 490), rel=1e-4
    )
    assert curve.survival(7.5) == pytest.approx((1 - theta) ** 7.5)


def test_log_likelihood_is_on_counts_with_survivors_censored() -> None:
    curve = fit_retention(one_cohort(HIGH_END[:6]), "dw")
    survival = curve.survival(np.arange(6))
    lost, left = -np.diff(HIGH_END[:6]), HIGH_END[5]
    by_hand = lost @ np.log(-np.diff(survival)) + left * np.log(survival[-1])
    assert curve.log_likelihood == pytest.approx(by_hand, abs=1e-8)


@pytest.mark.parametrize("alive", [HIGH_END, REGULAR])
@pytest.mark.parametrize("years", [5, 8, 13])
def test_bdw_reaches_the_maximum_that_a_plain_search_finds(alive: list[int], years: int) -> None:
    counts, ages = np.array(alive[:years], dtype=float), np.arange(years)

    def minus(logs: np.ndarray) -> float:
        alpha, beta, c = np.exp(logs)
        logs_kept = betaln(alpha, beta + ages**c) - betaln(alpha, beta)
        gone = np.log(-np.diff(np.exp(logs_kept)))
        return float(np.diff(counts) @ gone - counts[-1] * logs_kept[-1])

    found = minimize(minus, [0.0, 0.5, 0.2], method="Nelder-Mead", options={"maxiter": 4000})
    curve = fit_retention(one_cohort(alive[:years]), "bdw")
    assert curve.log_likelihood >= -found.fun - 1e-6


def test_bdw_on_geometric_customers_comes_back_to_the_geometric() -> None:
    alive = 10_000 * 0.9 ** np.arange(13)
    level = fit_retention(one_cohort(alive), "geometric")
    for model in ("sbg", "dw", "bdw"):
        curve = fit_retention(one_cohort(alive), model)
        assert curve.log_likelihood == pytest.approx(level.log_likelihood, abs=0.01)
        assert curve.survival([5, 12, 24]) == pytest.approx(level.survival([5, 12, 24]), rel=2e-3)


def test_sbg_on_level_hazards_says_that_customers_look_alike() -> None:
    curve = fit_retention(one_cohort([1000, 900, 805, 710, 615]), "sbg")  # hazards rise
    assert "geometric" in " ".join(curve.notes)
    assert np.isfinite(curve.survival(40))
