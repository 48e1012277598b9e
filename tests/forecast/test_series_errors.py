"""Intervals and simulated paths: consistent, monotone, correlated, and about right."""

import numpy as np
import pytest

from forecast.series import fit_series, forecast_series
from forecast.series.calibration import centred
from forecast.series.errors import mixing_matrix, tail
from forecast.series.scale import Scale

WALK = 100.0 + np.random.default_rng(1).normal(0, 3, 60).cumsum()
COUNTS = np.random.default_rng(2).poisson(3.0, 48).astype(float)


@pytest.mark.parametrize("y", [WALK, COUNTS, WALK - 100.0], ids=["walk", "counts", "signs"])
def test_quantiles_of_paths_are_the_bounds(y):
    fit = fit_series(y, horizon=12)
    z = np.random.default_rng(3).standard_normal((20_000, 12))
    paths = fit.simulate(12, z)
    table = forecast_series(y, 12)
    width = (table["hi_95"] - table["lo_95"]).to_numpy()
    for probability, column in [(0.025, "lo_95"), (0.1, "lo_80"), (0.9, "hi_80"), (0.975, "hi_95")]:
        drawn = np.quantile(paths, probability, axis=0)
        assert (np.abs(drawn - table[column].to_numpy()) < 0.04 * width).all()
    assert (np.abs(paths.mean(axis=0) - fit.mean(12)) < 0.03 * width).all()


@pytest.mark.parametrize("y", [WALK, COUNTS], ids=["walk", "counts"])
def test_paths_increase_with_each_normal(y):
    fit = fit_series(y, horizon=8)
    z = np.random.default_rng(4).standard_normal((50, 8))
    below = fit.simulate(8, z)
    assert (below >= 0).all()
    for month in range(8):
        raised = z.copy()
        raised[:, month] += 0.5
        above = fit.simulate(8, raised)
        assert (above >= below - 1e-12).all()
        assert (above[:, :month] == below[:, :month]).all()


def test_fewer_months_are_the_beginning_of_more():
    fit = fit_series(WALK, horizon=12)
    z = np.random.default_rng(5).standard_normal((10, 12))
    assert fit.simulate(5, z[:, :5]) == pytest.approx(fit.simulate(12, z)[:, :5])


def test_wrong_shape_of_normals():
    with pytest.raises(ValueError, match=r"shape \(paths, 6\)"):
        fit_series(WALK, horizon=6).simulate(6, np.zeros((10, 5)))


def test_errors_of_a_walk_stay_and_those_of_noise_do_not():
    noise = 100.0 + np.random.default_rng(6).normal(0, 5, 120)
    z = np.random.default_rng(7).standard_normal((5_000, 6))
    wandering = np.corrcoef(fit_series(WALK, horizon=6, season_length=1).simulate(6, z).T)
    jumping = np.corrcoef(fit_series(noise, horizon=6, season_length=1).simulate(6, z).T)
    assert wandering[4, 5] > 0.8
    assert jumping[4, 5] < 0.3


def test_mixing_rows_have_length_one():
    matrix = mixing_matrix(np.array([1.0, 0.5, 0.4, -0.2]))
    assert np.linalg.norm(matrix, axis=1) == pytest.approx(1.0)
    assert (np.triu(matrix, 1) == 0).all()
    assert (matrix >= 0).all()


def test_tail_is_odd_and_increasing():
    normal = np.linspace(-6, 6, 101)
    assert tail(normal) == pytest.approx(-tail(-normal))
    assert (np.diff(tail(normal)) > 0).all()


@pytest.mark.parametrize(("mean", "spread"), [(100.0, 1.0), (2.0, 1.5), (0.01, 0.5), (5.0, 0.0)])
def test_centre_keeps_the_mean(mean, spread):
    scale = Scale(0.5)
    centre = centred(np.array([mean]), np.array([spread]), scale)
    z = np.random.default_rng(8).standard_normal(400_000)
    drawn = scale.back(centre + spread * tail(z))
    assert drawn.mean() == pytest.approx(mean, rel=0.03, abs=1e-9)


def simulated(kind, rng):
    noise = rng.normal(0, 1, 72)
    if kind == "walk":
        return 200.0 + noise.cumsum()
    if kind == "noise":
        return 200.0 + noise
    out = np.zeros(72)
    for t in range(1, 72):
        out[t] = 0.7 * out[t - 1] + noise[t]
    return 200.0 + out


@pytest.mark.parametrize("kind", ["walk", "noise", "autoregression"])
def test_coverage_on_simulated_series(kind):
    rng = np.random.default_rng(9)
    inside = {80: [], 95: []}
    for _ in range(40):
        y = simulated(kind, rng)
        table = forecast_series(y[:60], 12)
        for level, seen in inside.items():
            low, high = table[f"lo_{level}"].to_numpy(), table[f"hi_{level}"].to_numpy()
            seen.extend((y[60:] >= low) & (y[60:] <= high))
    assert 0.68 <= np.mean(inside[80]) <= 0.92
    assert 0.87 <= np.mean(inside[95]) <= 1.0
