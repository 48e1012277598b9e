"""`forecast_series` and `fit_series` as they are called: shapes, bounds, bad input, hard series."""

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.series import BASELINES, MODELS, fit_series, forecast_series

RNG = np.random.default_rng(11)
MONTHS = np.arange(60.0)
COLUMNS = ["step", "mean", "lo_80", "hi_80", "lo_95", "hi_95"]

HARD = {
    "one value": np.array([5.0]),
    "two values": np.array([5.0, 6.0]),
    "zeros": np.zeros(30),
    "constant": np.full(40, 7.0),
    "spike": np.concatenate([np.full(30, 10.0), [1e4], np.full(29, 10.0)]),
    "spike at the end": np.concatenate([RNG.normal(10, 1, 59), [1e4]]),
    "jump": np.concatenate([np.full(30, 10.0), np.full(30, 1000.0)]),
    "signs": RNG.normal(0, 1, 60),
    "tiny": 1e-9 * RNG.lognormal(0, 0.1, 60),
    "huge": 1e12 * RNG.lognormal(0, 0.1, 60),
    "many zeros": (RNG.random(60) < 0.2) * RNG.poisson(5, 60).astype(float),
    "begins late": np.concatenate([np.zeros(50), [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]]),
    "twelve decades": 10 ** RNG.uniform(-6, 6, 60),
    "vanishing": 0.8**MONTHS,
    "last is zero": np.concatenate([RNG.lognormal(3, 0.2, 40), [0.0]]),
    "negative": -100.0 - MONTHS,
    "alternating": 10.0 + (-1.0) ** MONTHS,
}


@pytest.mark.parametrize("name", HARD)
def test_hard_series_give_finite_ordered_bounds(name):
    y = HARD[name]
    table = forecast_series(y, 18)
    assert list(table.columns) == COLUMNS
    assert table["step"].tolist() == list(range(1, 19))
    assert np.isfinite(table.to_numpy()).all()
    assert (table["lo_95"] <= table["lo_80"]).all()
    assert (table["lo_80"] <= table["hi_80"]).all()
    assert (table["hi_80"] <= table["hi_95"]).all()
    reach = np.ptp(y) * 5 + np.abs(y).max() * 1e-6
    assert table["mean"].between(y.min() - reach, y.max() + reach).all()
    if (y > 0).all():
        assert (table.to_numpy() > 0).all()
    if (y >= 0).all():
        assert (table.to_numpy() >= 0).all()


@pytest.mark.parametrize("length", range(2, 11))
def test_short_series(length):
    table = forecast_series(RNG.lognormal(3, 0.3, length), 12)
    assert np.isfinite(table.to_numpy()).all()
    assert (table["lo_95"] > 0).all()


@given(
    st.lists(st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False), min_size=1, max_size=40),
    st.integers(1, 15),
)
@settings(max_examples=25, deadline=None)
def test_any_series_is_answered(values, horizon):
    table = forecast_series(values, horizon)
    assert np.isfinite(table.to_numpy()).all()
    assert (table["lo_95"] <= table["hi_95"]).all()


def test_constant_stays_constant():
    table = forecast_series(np.full(30, 7.0), 6)
    assert table[COLUMNS[1:]].to_numpy() == pytest.approx(np.full((6, 5), 7.0))


def test_line_is_carried_on():
    table = forecast_series(100.0 + 5.0 * np.arange(40), 6)
    assert table["mean"].to_numpy() == pytest.approx(295.0 + 5.0 * np.arange(1, 7), rel=0.01)


def test_clear_season_is_repeated():
    season = 100.0 + 40.0 * np.sin(2 * np.pi * np.arange(72) / 12)
    noisy = season + np.random.default_rng(2).normal(0, 2, 72)
    assert forecast_series(noisy, 12)["mean"].to_numpy() == pytest.approx(season[:12], abs=6.0)


def test_noise_is_given_no_season():
    noise = 100.0 + np.random.default_rng(3).normal(0, 5, 36)
    assert np.ptp(forecast_series(noise, 12)["mean"].to_numpy()) < 5.0


def test_less_than_two_seasons_use_none():
    wave = 100.0 + 40.0 * np.sin(2 * np.pi * np.arange(20) / 12)
    given = fit_series(wave, horizon=12, candidates=["theta"]).mean(12)
    plain = fit_series(wave, horizon=12, candidates=["theta"], season_length=1).mean(12)
    assert given == pytest.approx(plain)


@pytest.mark.parametrize("factor", [1e-9, 1e-3, 3.0, 1e9])
def test_money_can_be_counted_in_any_unit(factor):
    y = np.random.default_rng(4).lognormal(3, 0.2, 50)
    plain, scaled = forecast_series(y, 8), forecast_series(y * factor, 8)
    assert scaled["mean"].to_numpy() == pytest.approx(factor * plain["mean"].to_numpy(), rel=1e-6)
    assert scaled["hi_95"].to_numpy() == pytest.approx(factor * plain["hi_95"].to_numpy(), rel=1e-6)


def test_a_shift_of_a_series_with_both_signs_shifts_the_forecast():
    y = np.random.default_rng(5).normal(0, 3, 50).cumsum()
    first = fit_series(y, horizon=8, nonnegative=False).mean(8)
    moved = fit_series(y + 1000.0, horizon=8, nonnegative=False).mean(8)
    assert moved - 1000.0 == pytest.approx(first, abs=1e-6 * np.abs(y).max() * 1000)


def test_levels_name_the_columns():
    table = forecast_series(np.arange(1.0, 20.0), 3, levels=(50, 99.5))
    assert list(table.columns) == ["step", "mean", "lo_50", "hi_50", "lo_99.5", "hi_99.5"]


def test_a_series_with_an_index_is_read_in_order():
    y = RNG.lognormal(3, 0.2, 30)
    index = pd.period_range("2020-01", periods=30, freq="M")
    pd.testing.assert_frame_equal(forecast_series(pd.Series(y, index), 4), forecast_series(y, 4))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1.0, np.nan, 3.0, np.inf], r"positions 1, 3 \(counted from 0\)"),
        ([np.nan] * 15, "and 5 more"),
        ([], "at least one value"),
        ([[1.0, 2.0]], r"one-dimensional.*\(1, 2\)"),
    ],
)
def test_bad_values_are_named(y, message):
    with pytest.raises(ValueError, match=message):
        forecast_series(y, 3)


@pytest.mark.parametrize("horizon", [0, -1, 1.5, True])
def test_bad_horizon(horizon):
    with pytest.raises(ValueError, match="whole number of months"):
        forecast_series([1.0, 2.0], horizon)


def test_bad_level_and_model():
    with pytest.raises(ValueError, match="between 0 and 100"):
        forecast_series([1.0, 2.0], 2, levels=(80, 100))
    with pytest.raises(
        ValueError, match=r"unknown series models: \['etz'\]. Known are: combination"
    ):
        fit_series([1.0, 2.0], horizon=2, candidates=["etz"])


def test_choice_shows_every_candidate_and_why():
    fit = fit_series(np.random.default_rng(6).lognormal(3, 0.1, 48), horizon=12)
    assert list(fit.choice.columns) == ["candidate", "score", "status", "reason"]
    assert set(fit.choice["candidate"]) >= {"combination", "ets", *BASELINES}
    assert (fit.choice["status"] == "chosen").sum() == 1
    assert fit.choice.loc[fit.choice["status"] == "chosen", "candidate"].item() == fit.model


def test_an_exploding_candidate_is_rejected_visibly():
    fit = fit_series([1.0, 100.0], horizon=24, candidates=["drift"])
    assert fit.model == "naive"
    row = fit.choice.set_index("candidate").loc["drift"]
    assert row["status"] == "rejected"
    assert "leaves the recent values" in row["reason"]


OURS = [name for name in MODELS if name not in ("sarimax", "statsmodels_ets", "statsmodels_theta")]


@pytest.mark.parametrize("name", ["combination", *OURS])
def test_every_model_can_be_asked_for_alone_and_refitted(name):
    y = np.random.default_rng(7).lognormal(3, 0.1, 40)
    fit = fit_series(y[:36], horizon=6, candidates=[name])
    assert fit.model == name
    again = fit.refit(y)
    assert again.model == name
    assert again.mean(6) == pytest.approx(fit_series(y, horizon=6, candidates=[name]).mean(6))


def test_a_model_that_needs_more_values_is_replaced_visibly():
    fit = fit_series([3.0, 4.0, 5.0, 4.0], horizon=3, candidates=["theta"])
    assert fit.model == "ets"
    row = fit.choice.set_index("candidate").loc["theta"]
    assert (row["status"], row["reason"]) == ("not tried", "too few values")


def test_a_clearly_better_candidate_replaces_the_combination():
    fit = fit_series(5.0 + 3.0 * np.arange(40), horizon=6)
    row = fit.choice.set_index("candidate").loc["drift"]
    assert fit.model == "drift"
    assert row["reason"] == "clearly better than the combination at past origins"


def test_a_longer_horizon_can_be_asked_for_later():
    y = np.random.default_rng(8).lognormal(3, 0.1, 40)
    short, long = fit_series(y, horizon=6), fit_series(y, horizon=24)
    assert short.mean(24).shape == (24,)
    assert short.model == long.model
    assert short.mean(24) == pytest.approx(long.mean(24))


def test_imports_load_no_heavy_library():
    code = (
        "import sys, forecast.series as s; s.forecast_series([1.0, 2.0, 3.0] * 12, 3);"
        "print([m for m in ('statsmodels', 'matplotlib', 'scipy.stats') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_same_in_a_spawned_process():
    y = np.random.default_rng(9).lognormal(3, 0.2, 40)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        elsewhere = pool.submit(forecast_series, y, 6).result()
    pd.testing.assert_frame_equal(elsewhere, forecast_series(y, 6))
