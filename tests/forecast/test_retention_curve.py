"""What a curve answers, in which type, and what it refuses."""

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecast.retention import MODELS, RetentionCurve, fit_exposure, fit_retention
from history.errors import InputError, NotEnoughHistoryError, UnknownNameError

ONE = pd.DataFrame([[1000, 869, 743, 653]])
PLAIN = ["kaplan_meier", "geometric", "sbg", "dw", "bdw", None]


def triangle(hazards: list[float], cohorts: int, size: int, seed: int) -> pd.DataFrame:
    """Simulated cohorts, each a month older than the next; blank after the newest diagonal."""
    rng = np.random.default_rng(seed)
    cells = np.full((cohorts, cohorts), np.nan)
    for row in range(cohorts):
        cells[row, 0] = rng.poisson(size)
        for age in range(1, cohorts - row):
            cells[row, age] = rng.binomial(int(cells[row, age - 1]), 1 - hazards[age - 1])
    index = pd.period_range("2024-01", periods=cohorts, freq="M", name="cohort")
    return pd.DataFrame(cells, index=index)


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    return triangle(list(0.9 / (0.9 + 9 + np.arange(18))), 18, 120, 3)


@pytest.mark.parametrize("model", PLAIN)
def test_one_cohort_of_four_ages_is_enough(model: str | None) -> None:
    curve = fit_retention(ONE, model)
    assert isinstance(curve, RetentionCurve)
    assert curve.survival(0) == 1.0
    assert curve.survival(3) == pytest.approx(0.653, abs=0.01 if model != "geometric" else 0.03)
    assert 0 < curve.survival(60) < curve.survival(3)
    assert curve.oldest_age == 3
    assert np.isfinite(curve.log_likelihood)
    assert all(isinstance(value, float) for value in curve.parameters.values())
    assert curve.parameters.keys() == curve.standard_errors.keys()


@pytest.mark.parametrize("model", PLAIN)
def test_a_number_gives_a_float_and_an_array_an_array(model: str | None) -> None:
    curve = fit_retention(ONE, model)
    for ask in (curve.survival, curve.hazard, curve.survival_given(2), curve.survival_error):
        for number in (1, 2.5, np.int64(3), np.float64(7)):
            assert type(ask(number)) is float
        for several in ([1, 2], (1, 2), np.array([1, 2]), pd.Series([1, 2])):
            answer = ask(several)
            assert isinstance(answer, np.ndarray)
            assert answer.shape == (2,)
        assert ask(np.ones((2, 3))).shape == (2, 3)
        assert ask(np.array([1.0])).shape == (1,)


@pytest.mark.parametrize("model", PLAIN)
def test_conditional_survival_and_hazard_are_ratios_of_survival(
    many: pd.DataFrame, model: str | None
) -> None:
    curve = fit_retention(many, model)
    ages, ahead = np.arange(0, 40, 3), np.arange(14)
    both = curve.survival(ages + ahead)
    assert curve.survival_given(ages)(ahead) == pytest.approx(both / curve.survival(ages))
    assert curve.survival_given(7)(5) == pytest.approx(curve.survival(12) / curve.survival(7))
    later = np.arange(1, 40)
    assert curve.hazard(later) == pytest.approx(
        1 - curve.survival(later) / curve.survival(later - 1)
    )
    fine = np.linspace(0, 60, 241)
    assert (np.diff(curve.survival(fine)) <= 1e-12).all()
    assert np.array_equal(np.round(fine[::4]), fine[::4])


def test_conditional_survival_is_exact_where_the_survival_underflows() -> None:
    curve = fit_retention(pd.DataFrame([[1000, 100, 10, 1]]), "geometric")
    assert curve.survival(2000) == 0.0
    assert curve.survival_given(2000)(1) == pytest.approx(0.1)
    assert fit_retention(pd.DataFrame([[1000, 100, 10, 1]])).survival_given(900)(1) > 0.05


@pytest.mark.parametrize("model", PLAIN)
def test_project_goes_on_from_each_cohorts_last_known_cell(
    many: pd.DataFrame, model: str | None
) -> None:
    curve = fit_retention(many, model)
    ahead = curve.project(6)
    pd.testing.assert_index_equal(ahead.index, many.index)
    assert ahead.columns.tolist() == [1, 2, 3, 4, 5, 6]
    for row, cohort in enumerate(many.index):
        last = 17 - row
        expected = many.loc[cohort, last] * curve.survival_given(last)(np.arange(1, 7))
        assert ahead.loc[cohort].to_numpy() == pytest.approx(expected)


def test_project_of_dead_young_and_blank_cohorts() -> None:
    frame = pd.DataFrame(
        [[100, 80, 70], [5, 0, 0], [40, None, None], [None, None, None], [None, 60, 50]],
        index=["old", "dead", "young", "blank", "truncated"],
    )
    curve = fit_retention(frame, "geometric")
    ahead = curve.project(2)
    assert ahead.loc["dead"].tolist() == [0, 0]
    assert ahead.loc["young", 1] == pytest.approx(40 * curve.survival(1))
    assert ahead.loc["blank"].isna().all()
    assert curve.parameters["theta"] == pytest.approx((20 + 10 + 5 + 10) / (100 + 80 + 5 + 60))
    assert "young, blank" in curve.notes[0]


def test_projected_survivors_of_known_ages_add_up_over_the_chain_ladder(many: pd.DataFrame) -> None:
    curve = fit_retention(many, "kaplan_meier")
    youngest = curve.project(17).iloc[-1]
    assert youngest.to_numpy() == pytest.approx(many.iloc[-1, 0] * curve.survival(np.arange(1, 18)))


@pytest.mark.parametrize(
    "frame",
    [
        ONE.astype("Int64"),
        ONE.astype(object),
        ONE.astype(str),
        ONE.set_axis(["m0", "m1", "m2", "m3"], axis=1),
        pd.concat([ONE, pd.DataFrame([[500, "", None, " "]])]).astype(object),
        pd.concat([ONE, pd.DataFrame([[500, pd.NA, pd.NA, pd.NA]])]).astype("Int64"),
    ],
)
def test_a_plain_frame_in_any_dress(frame: pd.DataFrame) -> None:
    expected = fit_retention(ONE, "sbg").parameters
    assert fit_retention(frame, "sbg").parameters == pytest.approx(expected)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pd.DataFrame([[100, -5, 3]]), "0 / 1: -5"),
        (pd.DataFrame([[100, np.inf], [90, 80]]), "0 / 1: inf"),
        (pd.DataFrame([[100, "many"], ["x", 80]]), "0 / 1: 'many', 1 / 0: 'x'"),
        (pd.DataFrame([[100, None, 80]], index=["2024-01"]), "cohorts 2024-01"),
        (pd.DataFrame([[100, 90]], columns=[1, 2]), "columns are the ages"),
        ([[100, 90]], "pandas DataFrame"),
    ],
)
def test_bad_cells_are_all_named(frame: pd.DataFrame, says: str) -> None:
    with pytest.raises(InputError, match=says):
        fit_retention(frame)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame([[100]]),
        pd.DataFrame([[100, None], [90, None]]),
        pd.DataFrame([[0, 0, 0]]),
    ],
)
def test_too_little_history_says_what_is_needed(frame: pd.DataFrame) -> None:
    with pytest.raises(NotEnoughHistoryError, match="age 0 and"):
        fit_retention(frame)


def test_more_parameters_than_ages_are_refused_by_name() -> None:
    two = pd.DataFrame([[100, 80, 70]])
    with pytest.raises(NotEnoughHistoryError, match="bdw has 3 parameters"):
        fit_retention(two, "bdw")
    with pytest.raises(NotEnoughHistoryError, match="divisible by 12"):
        fit_retention(two, "geometric+anniversary")


def test_unknown_model_did_you_mean() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'kaplan_meier'\?"):
        fit_retention(ONE, "kaplan-meier")


def test_an_age_must_be_a_finite_number_from_0_up() -> None:
    curve = fit_retention(ONE, "sbg")
    for bad in (-1, np.nan, np.inf, [1, -0.5]):
        with pytest.raises(InputError, match="from 0 up"):
            curve.survival(bad)
    with pytest.raises(InputError, match="from 1 on"):
        curve.hazard(0.5)
    with pytest.raises(InputError, match="at least 1"):
        curve.project(0)


@pytest.mark.parametrize("model", PLAIN)
def test_nobody_lost_stays_at_1_and_says_so(model: str | None) -> None:
    curve = fit_retention(pd.DataFrame([[50, 50, 50, 50], [30, 30, 30, np.nan]]), model)
    assert curve.survival([0, 1, 100]) == pytest.approx([1, 1, 1], abs=1e-12)
    assert curve.log_likelihood == pytest.approx(0.0, abs=1e-9)
    assert curve.project(3).to_numpy() == pytest.approx(np.array([[50] * 3, [30] * 3]))
    drawn = curve.sample_survival([1, 12], 500, np.random.default_rng(1))
    assert (drawn <= 1).all()
    assert drawn[:, 1].mean() < 0.999
    if model is None:
        assert curve.model == "geometric"
        assert "nobody was lost" in curve.notes[-1]


@pytest.mark.parametrize("model", PLAIN)
def test_everybody_lost_is_0_from_then_on(model: str | None) -> None:
    curve = fit_retention(pd.DataFrame([[50, 0, 0, 0], [30, 0, np.nan, np.nan]]), "geometric")
    assert curve.survival([0, 1, 5]) == pytest.approx([1, 0, 0], abs=1e-9)
    assert curve.survival_given(3)(2) == pytest.approx(0, abs=1e-9)
    assert curve.project(2).to_numpy().max() == pytest.approx(0, abs=1e-9)
    last = fit_retention(pd.DataFrame([[50, 20, 9, 0, 0], [9, 9, 4, 0, 0]]), model)
    assert last.survival(20) < 0.2
    assert 0 <= last.survival_given(20)(1) <= 1


def test_survivors_that_rise_are_set_against_the_lost_and_noted() -> None:
    frame = pd.DataFrame([[100, 80, 84], [200, 150, 120], [90, 95, np.nan]])
    curve = fit_retention(frame, "kaplan_meier")
    assert curve.survival(1) == pytest.approx((80 + 150 + 95) / 390)
    assert curve.hazard(2) == pytest.approx((230 - 204) / 230)
    assert "9 came back after they had left, in 2 months of cohorts" in curve.notes[0]
    assert "forgone" not in curve.notes[0]
    only = fit_retention(pd.DataFrame([[100, 80, 90, 70]]), "kaplan_meier")
    assert only.survival(2) == pytest.approx(0.8)
    assert "at age 2: no loss there, 10 forgone" in only.notes[0]


def test_amounts_of_money_give_the_same_curve_in_any_unit(many: pd.DataFrame) -> None:
    rng = np.random.default_rng(4)
    price = rng.uniform(20, 80, size=(18, 1))
    euros, cents = fit_retention(many * price), fit_retention(many * price * 100)
    assert euros.dispersion > 10
    assert cents.dispersion == pytest.approx(100 * euros.dispersion)
    ages = np.arange(40)
    assert cents.survival(ages) == pytest.approx(euros.survival(ages), rel=1e-5)
    assert cents.survival_error(20) == pytest.approx(euros.survival_error(20), rel=1e-3)
    counts = fit_retention(many)
    assert counts.dispersion == 1.0
    assert euros.survival_error(20) == pytest.approx(counts.survival_error(20), rel=0.5)
    sharp = fit_retention(many * 100, "sbg").standard_errors["alpha"]
    assert sharp == pytest.approx(fit_retention(many, "sbg").standard_errors["alpha"], rel=0.3)


def test_period_makes_renewals_of_ages() -> None:
    curve = fit_exposure([100, 80, 72], [20, 8, 3.6], "kaplan_meier", period=12)
    assert curve.survival([0, 11, 12, 23.9, 24]) == pytest.approx([1, 1, 0.8, 0.8, 0.72])
    assert curve.hazard([12, 13]) == pytest.approx([0.2, 0.0])
    assert curve.survival_given(10)(2) == pytest.approx(0.8)
    assert curve.oldest_age == 36
    assert curve.sample_survival([11, 12], 9, np.random.default_rng(1))[:, 0] == pytest.approx(1)
    with pytest.raises(InputError, match="no cohorts"):
        curve.project(3)
    with pytest.raises(InputError, match="period"):
        fit_exposure([100], [20], period=0)


@pytest.mark.parametrize(
    ("at_risk", "churned", "says"),
    [
        ([100, 80], [20], "shape"),
        ([100, 80], [20, 90], "row 0 age 2"),
        ([100, -80], [20, -90], "row 0 age 2"),
        ([np.inf, 80], [20, 9], "row 0 age 1"),
    ],
)
def test_impossible_exposures(at_risk: list[float], churned: list[float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        fit_exposure(at_risk, churned)


def test_left_truncated_exposures_fit_the_hazards_that_were_seen() -> None:
    ages = np.arange(1.0, 25)
    hazard = 0.9 / (0.9 + 9 + ages - 1)
    at_risk = np.where(ages < 7, 0.0, 50_000.0)
    curve = fit_exposure(at_risk, at_risk * hazard, "sbg")
    assert curve.parameters == pytest.approx({"alpha": 0.9, "beta": 9.0}, rel=1e-3)
    limit = fit_exposure(at_risk, at_risk * hazard, "kaplan_meier")
    assert limit.hazard(3) == pytest.approx(limit.hazard(7))


def test_frozen_and_sent_to_another_process(many: pd.DataFrame) -> None:
    for model in (None, "kaplan_meier", "bdw"):
        curve = fit_retention(many, model)
        with pytest.raises(FrozenInstanceError):
            curve.period = 3  # type: ignore[misc]
        table = curve.choice
        table["model"] = "changed"
        assert "changed" not in curve.choice["model"].tolist()
        again = pickle.loads(pickle.dumps(curve))  # noqa: S301
        assert again.survival(30) == curve.survival(30)
        assert again.parameters == curve.parameters


def test_import_loads_no_heavy_library() -> None:
    code = (
        "import sys, importlib; importlib.import_module('forecast.retention');"
        "print([m for m in ('scipy.stats', 'statsmodels', 'matplotlib', 'scipy.optimize')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


cells = st.integers(min_value=0, max_value=400)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    rows=st.lists(st.lists(cells, min_size=2, max_size=14), min_size=1, max_size=6),
    model=st.sampled_from([*PLAIN]),
)
def test_any_triangle_gives_a_curve_or_a_clear_refusal(
    rows: list[list[int]], model: str | None
) -> None:
    try:
        widest = max(map(len, rows))
        padded = [row + [None] * (widest - len(row)) for row in rows]
        curve = fit_retention(pd.DataFrame(padded), model)
    except NotEnoughHistoryError:
        return
    survival = curve.survival(np.arange(80))
    assert survival[0] == 1.0
    assert np.isfinite(survival).all()
    assert (np.diff(survival) <= 1e-12).all()
    assert (survival >= 0).all()
    assert curve.log_likelihood <= 1e-9
    assert np.isfinite(curve.project(3).to_numpy()).all()
    drawn = curve.sample_survival([0, 5, 40], 20, np.random.default_rng(1))
    assert np.isfinite(drawn).all()
    assert ((drawn >= 0) & (drawn <= 1)).all()
    assert curve.model in (*MODELS, "stack")
