"""Young companies: growth within a year and a half, and views that averages cannot give yet."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from forecast.newbusiness import _fit_trend
from forecast.views import measured_weights, usual_weights


def trend_of(won):
    counts = np.asarray(won, dtype=float)[:, None]
    return _fit_trend(counts, np.cumsum(counts, axis=0) > 0)


def test_growth_is_the_poisson_slope_as_far_as_it_is_believed():
    won = np.array([6, 9, 4, 11, 8, 14, 12, 15, 13, 19, 22, 18.0])
    back = np.arange(-11, 1)

    def minus(slope):
        mean = np.exp(slope * back)
        mean *= won.sum() / mean.sum()
        return float((mean - won * np.log(mean)).sum())

    slope = minimize_scalar(minus, bounds=(-0.5, 0.5), method="bounded").x
    path = trend_of(won).path(2)[0]
    followed = np.log(path[1] / path[0]) / 0.95**2  # growth fades by a twentieth a month
    assert 0.6 * slope < followed < slope
    large = np.round(1000 * np.exp(0.04 * back))
    path = trend_of(large).path(1)[0]
    assert path[0] == pytest.approx(1000 * np.exp(0.04 * 0.95), rel=0.02)


def test_numbers_of_young_companies_that_grow_are_foreseen_without_bias():
    rng = np.random.default_rng(5)
    mean = 12 * np.exp(0.06 * 20 * (1 - np.exp(-np.arange(20) / 20)))  # growth that fades
    won = rng.poisson(mean, (300, 20))
    found = [trend_of(row[:14]) for row in won]
    ratio = np.array([f.path(6).sum() for f in found]) / mean[14:].sum()
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.06)
    averages = won[:, 2:14].mean(axis=1) * 6 / mean[14:].sum()
    assert np.abs(ratio - 1).mean() < 0.5 * np.abs(averages - 1).mean()


def test_a_young_company_that_does_not_grow_stays_about_where_it_is():
    rng = np.random.default_rng(6)
    for rate in (2.0, 20.0):
        found = [trend_of(rng.poisson(rate, 14)) for _ in range(200)]
        year = np.array([f.path(12).mean() for f in found]) / rate
        assert np.mean(year) == pytest.approx(1.0, abs=0.1)
        assert np.std(year) < 0.45
        assert all(f.error[0] < 0.5 for f in found)


@pytest.mark.parametrize("won", [[1], [0, 3], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 900], [7] * 17])
def test_any_young_history_gives_finite_numbers(won):
    found = trend_of(won)
    path = found.path(60)
    assert np.isfinite(path).all()
    assert (path > 0).all()
    assert path.max() <= 2 * max(won)
    assert 0 < found.error[0] < 1


def test_views_from_above_count_nothing_in_the_first_year_and_fully_after_eighteen_months():
    np.testing.assert_allclose(usual_weights(12), [1.0, 0.0, 0.0])
    np.testing.assert_allclose(usual_weights(15)[1:], usual_weights(18)[1:] / 2)
    np.testing.assert_allclose(usual_weights(18), usual_weights(60))
    measured = measured_weights(12, np.array([4.0, 1.0, 1.0]), 3.0)
    np.testing.assert_allclose(measured, [1.0, 0.0, 0.0])
