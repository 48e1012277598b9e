"""The models one by one: limiting cases, time travel, scales and seasons."""

import numpy as np
import pytest

from forecast.series.arima import arima_forecasts
from forecast.series.baselines import (
    drift_forecasts,
    mean_forecasts,
    naive_forecasts,
    seasonal_naive_forecasts,
)
from forecast.series.ets import ets_forecasts, smooth, usual_change
from forecast.series.origins import Origins
from forecast.series.rolling import rolling_origins, score
from forecast.series.scale import Scale, usable_scales
from forecast.series.season import find_season, moving_trend
from forecast.series.smoothing import Grid, Point, damped_grid, impulse, run_grid
from forecast.series.theta import running_slopes, theta_forecasts


def walk(seed, months, season=0.0):
    rng = np.random.default_rng(seed)
    wave = season * np.sin(2 * np.pi * np.arange(months) / 12)
    return 100.0 + rng.normal(0, 2, months).cumsum() + rng.normal(0, 3, months) + wave


def test_impulse_is_that_of_the_recursion():
    grid = Grid((Point(0.4, 0.1, 0.9, 0.2), Point(0.7)), 4)
    base = np.random.default_rng(0).normal(0, 1, 20)
    moved = base.copy()
    moved[-1] += 1.0
    size = np.ones((1, 1))
    still = Grid(grid.points, 4, trend=1e-6, season=1e-6)
    one, two = (run_grid(y[None], [20], size, still, 9).forecasts[0, 0] for y in (base, moved))
    # The initial level, estimated, takes up a little of the shock.
    assert two - one == pytest.approx(impulse(still, 10)[:, 1:], abs=0.05)


def test_one_pass_gives_what_each_origin_gives_alone():
    y = walk(2, 60, 15.0)
    grid = damped_grid(12)
    ends = [30, 41, 60]
    units = np.array([[usual_change(y[:end]) for end in ends]])
    together = run_grid((y - y[0])[None], ends, units, grid, 6)
    for k, end in enumerate(ends):
        alone = run_grid((y[:end] - y[0])[None], [end], units[:, k : k + 1], grid, 6)
        assert together.forecasts[0, k] == pytest.approx(alone.forecasts[0, 0], abs=1e-8)
        assert together.evidence[0, k] == pytest.approx(alone.evidence[0, 0], abs=1e-8)


def test_smoothing_of_a_walk_is_naive_and_of_noise_is_the_mean():
    rng = np.random.default_rng(3)
    wandering = rng.normal(0, 5, 200).cumsum()
    noise = 50.0 + rng.normal(0, 5, 200)
    last = smooth(Origins(wandering, (200,), 3, 1)).forecasts[0, 0]
    assert last == pytest.approx(wandering[-1], abs=3.0)
    assert smooth(Origins(noise, (200,), 3, 1)).forecasts[0] == pytest.approx(noise.mean(), abs=1.5)


def test_growth_of_the_error_begins_at_one_and_never_falls():
    smoothed = smooth(Origins(walk(4, 60), (60,), 24, 12))
    assert smoothed.growth[0, 0] >= 1.0
    assert smoothed.impulse[0, 0] == pytest.approx(1.0)
    assert (np.diff(smoothed.growth[0]) > -0.05).all()


def test_season_probability():
    assert smooth(Origins(walk(5, 60, 30.0), (60,), 3, 12)).seasonal[0] > 0.99
    white = np.random.default_rng(5).normal(0, 5, 60)
    assert smooth(Origins(white, (60,), 3, 12)).seasonal[0] < 0.9


@pytest.mark.parametrize("model", [theta_forecasts, arima_forecasts, ets_forecasts])
def test_models_keep_a_constant(model):
    flat = np.full(48, 3.0)
    assert model(Origins(flat, (20, 48), 6, 12)) == pytest.approx(np.full((2, 6), 3.0))


@pytest.mark.parametrize("model", [theta_forecasts, ets_forecasts])
def test_models_carry_on_a_line(model):
    line = 10.0 + 2.0 * np.arange(48)
    ahead = model(Origins(line, (48,), 6, 12))[0]
    assert ahead == pytest.approx(104.0 + 2.0 * np.arange(1, 7), abs=2.5)


@pytest.mark.parametrize("model", [theta_forecasts, arima_forecasts])
@pytest.mark.parametrize("end", [1, 2, 3, 5])
def test_models_answer_on_hardly_any_values(model, end):
    out = model(Origins(np.array([4.0, 6.0, 5.0, 7.0, 6.0]), (end,), 4, 12))
    assert out.shape == (1, 4)
    assert np.isfinite(out).all()


@pytest.mark.parametrize("model", [theta_forecasts, arima_forecasts, ets_forecasts])
def test_models_see_nothing_after_their_origin(model):
    y = walk(6, 60, 10.0)
    other = y.copy()
    other[40:] += 1e3
    first = model(Origins(y, (32, 40, 60), 5, 12))[:2]
    assert first == pytest.approx(model(Origins(other, (32, 40, 60), 5, 12))[:2])


def test_slopes_are_those_of_the_least_squares_lines():
    y = walk(7, 30)
    slopes = running_slopes(y[None])[0]
    assert slopes[-1] == pytest.approx(np.polyfit(np.arange(30), y, 1)[0])
    assert slopes[0] == 0.0


def test_baselines_by_hand():
    view = Origins(np.array([1.0, 2.0, 4.0, 7.0]), (3, 4), 3, 2)
    assert naive_forecasts(view).tolist() == [[4, 4, 4], [7, 7, 7]]
    assert seasonal_naive_forecasts(view).tolist() == [[2, 4, 2], [4, 7, 4]]
    assert drift_forecasts(view).tolist() == [[5.5, 7, 8.5], [9, 11, 13]]
    assert mean_forecasts(view)[1] == pytest.approx([3.5] * 3)


def test_season_indices_are_found_shrunk_and_sum_to_zero():
    wave = 10.0 * np.sin(2 * np.pi * np.arange(48) / 12)
    found = find_season(wave + 0.5 * np.arange(48), 12)
    assert found.strength > 0.9
    assert found.indices.sum() == pytest.approx(0.0, abs=1e-9)
    assert found.indices == pytest.approx(wave[:12], abs=1.0)
    noise = np.random.default_rng(9).normal(0, 1, 48)
    assert find_season(noise, 12).strength < 0.8
    assert find_season(wave[:23], 12).strength == 0.0


def test_trend_of_a_line_is_the_line():
    line = 3.0 + 2.0 * np.arange(30)
    assert moving_trend(line, 12) == pytest.approx(line)
    assert moving_trend(line, 7) == pytest.approx(line)


def test_scales_follow_the_growth_of_the_changes():
    rng = np.random.default_rng(10)
    growing = np.exp(0.05 * np.arange(60) + rng.normal(0, 0.05, 60).cumsum())
    assert usable_scales(growing, nonnegative=True)[0] == Scale(0.0)
    assert usable_scales(growing - 5.0, nonnegative=True) == (Scale(1.0),)
    assert Scale(0.0) not in usable_scales(np.array([0.0, 2, 3, 1, 2]), nonnegative=True)
    assert usable_scales(growing, nonnegative=False) == (Scale(1.0),)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_scales_there_and_back(power):
    values = np.array([0.1, 1.0, 50.0])
    assert Scale(power).back(Scale(power).forward(values)) == pytest.approx(values)


def test_origins_stay_inside_the_series():
    for length in range(1, 80):
        ends = rolling_origins(length, 18, 12)
        assert list(ends) == sorted(set(ends))
        assert all(2 <= end < length for end in ends)
        assert len(ends) <= 8


def test_score_counts_every_horizon_once():
    missed = np.array([[1.0, 9.0], [1.0, np.nan], [4.0, np.nan]])
    assert score(missed, 1.0) == pytest.approx((2.0 + 9.0) / 2.0)
    assert np.isnan(score(np.empty((0, 3)), 1.0))
