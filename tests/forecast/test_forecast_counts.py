"""Counts from given normals: right distribution, monotone, within bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.counts import binomial, poisson

Z = np.random.default_rng(5).standard_normal(50_000)


@pytest.mark.parametrize(
    ("n", "p"), [(1, 0.02), (3, 0.3), (30, 0.9), (50, 0.05), (500, 0.02), (5000, 0.5)]
)
def test_binomial_has_its_mean_and_variance(n, p):
    draws = binomial(n, p, Z)
    assert draws.mean() == pytest.approx(n * p, rel=0.03, abs=0.004)
    assert draws.var() == pytest.approx(n * p * (1 - p), rel=0.05, abs=0.002)


@pytest.mark.parametrize(("n", "p"), [(1, 0.02), (3, 0.3), (30, 0.95), (50, 0.03)])
def test_small_binomials_are_exact(n, p):
    from scipy import stats

    assert (binomial(n, p, Z) == stats.binom.ppf(stats.norm.cdf(Z), n, p)).all()


@pytest.mark.parametrize("mean", [0.05, 1, 3.9, 4.1, 40, 900])
def test_poisson_has_its_mean_and_variance(mean):
    draws = poisson(mean, Z)
    assert draws.mean() == pytest.approx(mean, rel=0.06)
    assert draws.var() == pytest.approx(mean, rel=0.06)


@given(st.integers(0, 10_000), st.floats(0, 1), st.lists(st.floats(-6, 6), min_size=2, max_size=20))
def test_binomial_is_whole_within_bounds_and_grows_with_luck(n, p, z):
    draws = binomial(n, p, np.sort(z))
    assert (draws == np.floor(draws)).all()
    assert (draws >= 0).all()
    assert (draws <= n).all()
    assert (np.diff(draws) >= 0).all()


def test_certain_cases():
    assert binomial(7, 0.0, 3.0) == 0
    assert binomial(7, 1.0, -3.0) == 7
    assert binomial(0, 0.5, 0.0) == 0
    assert poisson(0.0, 5.0) == 0
