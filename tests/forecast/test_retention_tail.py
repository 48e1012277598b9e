"""Cured customers, lifetimes and the tail: limits, closed forms, recovery and honest intervals."""

import numpy as np
import pandas as pd
import pytest

from forecast.retention import cured_fraction, fit_retention, interval, lifetime
from forecast.retention.cured import Cured, CuredAt
from forecast.retention.geometric import Geometric
from forecast.retention.models import FORMS
from history.errors import InputError, NotEnoughHistoryError, UnknownNameError


def company(
    survival: np.ndarray, cohorts: int, size: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Survivors of monthly cohorts, each blank after the newest diagonal."""
    cells = np.full((cohorts, len(survival)), np.nan)
    cells[:, 0] = size
    for row in range(cohorts):
        for age in range(1, min(len(survival), cohorts - row)):
            kept = survival[age] / survival[age - 1]
            cells[row, age] = rng.binomial(int(cells[row, age - 1]), kept)
    return pd.DataFrame(cells)


def cured(share: float, ages: int, loss: float = 0.12) -> np.ndarray:
    return share + (1 - share) * (1 - loss) ** np.arange(ages)


def test_with_nobody_cured_the_form_is_its_base() -> None:
    ages, origin = np.arange(1.0, 40.0), np.zeros(39)
    phi = np.array([[np.log(0.1)]])
    base = Geometric().log_between(phi, origin, ages)
    with_nobody = np.concatenate([phi, [[-40.0]]], axis=1)
    assert Cured(Geometric()).log_between(with_nobody, origin, ages) == pytest.approx(base)
    with_many = np.concatenate([phi, [[0.0]]], axis=1)
    survival = np.exp(Cured(Geometric()).log_between(with_many, origin, ages))
    assert survival == pytest.approx(0.5 + 0.5 * np.exp(base))


def test_a_given_share_is_the_free_form_at_that_share() -> None:
    ages, phi = np.arange(1.0, 20.0), np.array([[-1.0, 0.3]])
    free = Cured(FORMS["dw"]).steps(np.array([[-1.0, 0.3, np.log(0.2 / 0.8)]]), ages)
    given = CuredAt(FORMS["dw"], 0.2).steps(phi, ages)
    np.testing.assert_allclose(given[0], free[0])
    np.testing.assert_allclose(given[1], free[1][..., :2])


@pytest.mark.parametrize("model", ["geometric+cured", "dw+cured", "sbg+cured"])
def test_exact_cohorts_give_their_share_back(model: str) -> None:
    left = 1_000_000 * cured(0.35, 40)
    curve = fit_retention(pd.DataFrame([left]), model)
    assert curve.parameters["cured"] == pytest.approx(0.35, abs=2e-3)
    assert curve.survival(400) == pytest.approx(0.35, abs=2e-3)
    assert 0 < curve.standard_errors["cured"] < 0.02 or model == "sbg+cured"


def test_everybody_lost_leaves_nobody_cured() -> None:
    triangle = pd.DataFrame([[50, 0, None], [None, 9, 0]])
    curve = fit_retention(triangle, "geometric+cured")
    assert curve.survival([1, 9]) == pytest.approx([0, 0], abs=1e-9)
    assert curve.parameters["cured"] == 0.0


def test_level_losses_say_that_nobody_is_cured() -> None:
    curve = fit_retention(pd.DataFrame([1e5 * 0.9 ** np.arange(20)]), "geometric+cured")
    assert curve.parameters["cured"] < 1e-3
    found = cured_fraction(pd.DataFrame([1e5 * 0.9 ** np.arange(20)]), "geometric")
    assert found.share < 1e-3
    assert found.low == 0.0
    assert found.p_value > 0.2


def test_share_and_interval_are_recovered() -> None:
    """Of 40 simulated companies the 90 % interval holds the truth in about 36."""
    rng = np.random.default_rng(4)
    truth = 0.3
    companies = [company(cured(truth, 30), 30, 60, rng) for _ in range(40)]
    found = [cured_fraction(each, "geometric", level=0.9) for each in companies]
    assert np.mean([x.share for x in found]) == pytest.approx(truth, abs=0.02)
    assert sum(x.low <= truth <= x.high for x in found) >= 31
    scores = [(x.share - truth) / x.standard_error for x in found]
    assert 0.75 < np.std(scores) < 1.25
    assert all(x.p_value < 0.01 for x in found)


def test_evidence_for_a_cure_is_rare_where_nobody_is_cured() -> None:
    rng = np.random.default_rng(5)
    values = [
        cured_fraction(company(cured(0.0, 24, 0.06), 24, 60, rng), "geometric").p_value
        for _ in range(40)
    ]
    assert sum(value < 0.05 for value in values) <= 6


def test_young_data_and_a_free_base_leave_the_share_open() -> None:
    rng = np.random.default_rng(6)
    old = cured_fraction(company(cured(0.3, 40), 40, 60, rng))
    young = cured_fraction(company(cured(0.3, 6), 6, 60, rng))
    assert young.high - young.low > 3 * (old.high - old.low)
    assert old.oldest_age == 39
    assert old.left == pytest.approx(0.3, abs=0.05)


def test_shares_are_refused_by_name() -> None:
    triangle = pd.DataFrame([[100, 80, 70, 66, 64]])
    with pytest.raises(UnknownNameError, match="cured fraction"):
        cured_fraction(triangle, "bdw")
    with pytest.raises(InputError, match="level"):
        cured_fraction(triangle, level=1.0)
    with pytest.raises(NotEnoughHistoryError, match="nobody or everybody"):
        cured_fraction(pd.DataFrame([[10, 10, 10, 10]]))
    with pytest.raises(NotEnoughHistoryError, match="parameters"):
        cured_fraction(pd.DataFrame([[10, 9, 8]]))


@pytest.mark.parametrize("discount", [0.0, 0.01])
@pytest.mark.parametrize("age", [0, 5])
def test_a_geometric_lifetime_is_its_closed_form(discount: float, age: int) -> None:
    curve = fit_retention(pd.DataFrame([1e6 * 0.95 ** np.arange(24)]), "geometric")
    ratio = 0.95 / (1 + discount)
    found = lifetime(curve, 60, age=age, discount=discount)
    assert found.periods == pytest.approx((1 - ratio**60) / (1 - ratio), rel=1e-6)
    assert found.low < found.periods < found.high
    share = (ratio ** (24 - age) - ratio**60) / (1 - ratio**60)
    assert found.beyond == pytest.approx(share, rel=1e-6)


def test_a_lifetime_of_one_period_is_one_for_sure() -> None:
    curve = fit_retention(pd.DataFrame([[100, 80, 70]]), "sbg")
    found = lifetime(curve, 1)
    assert (found.periods, found.standard_error, found.low, found.high, found.beyond) == (
        1.0, 0.0, 1.0, 1.0, 0.0,
    )  # fmt: skip


def test_the_interval_widens_beyond_the_oldest_age() -> None:
    curve = fit_retention(company(cured(0.2, 24), 24, 40, np.random.default_rng(2)))
    table = interval(curve, range(0, 73, 12))
    assert table["extrapolated"].tolist() == [False, False, True, True, True, True, True]
    assert table.loc[0].tolist() == [1.0, 1.0, 1.0, False]
    width = (table["high"] - table["low"]) / table["survival"]
    assert width.iloc[1:].is_monotonic_increasing
    wider = interval(curve, [36], level=0.95)
    assert wider.loc[36, "high"] > table.loc[36, "high"]


def test_impossible_horizons_are_refused() -> None:
    curve = fit_retention(pd.DataFrame([[100, 80, 70]]), "sbg")
    for wrong in ({"horizon": 0}, {"horizon": 3, "discount": 1.0}, {"horizon": 3, "age": -1}):
        with pytest.raises(InputError, match="lifetime needs"):
            lifetime(curve, **wrong)
    with pytest.raises(InputError, match="level"):
        interval(curve, [1], level=0.0)
