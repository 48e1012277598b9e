"""Rates: recovery of known levels, what is left out, and what little history gives."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.rates import fit_rates

YEARS = np.arange(48) % 12


def poisson_counts(rate, base, seed=1):
    return np.random.default_rng(seed).poisson(rate * base).astype(float)


def test_a_constant_rate_is_found_within_its_own_error():
    base = np.full((48, 3), [2000.0, 500.0, 100.0])
    rates = fit_rates(poisson_counts(0.03, base), base, YEARS)
    assert (np.abs(rates.level / 0.03 - 1) < 3 * rates.level_sd).all()
    assert rates.level_sd[0] < rates.level_sd[2]
    assert (rates.drift < 0.02).all()
    assert not rates.seasonal


def test_a_level_that_moved_is_followed():
    base = np.full((48, 1), 5000.0)
    rate = np.where(np.arange(48) < 30, 0.02, 0.04)[:, None]
    rates = fit_rates(poisson_counts(rate, base), base, YEARS)
    assert rates.level[0] == pytest.approx(0.04, rel=0.15)
    assert rates.drift[0] > 0.01


def test_a_season_is_found_only_where_there_is_one():
    base = np.full((48, 1), 3000.0)
    factor = (1 + 0.5 * np.sin(2 * np.pi * YEARS / 12))[:, None]
    rates = fit_rates(poisson_counts(0.03 * factor, base), base, YEARS)
    assert rates.seasonal
    assert rates.season == pytest.approx(factor[:12, 0], abs=0.2)
    assert rates.season.mean() == pytest.approx(1)


def test_a_price_step_is_no_trend():
    base = np.full((36, 1), 100_000.0)
    amount = 0.01 * base * np.random.default_rng(2).gamma(30, 1 / 30, (36, 1))
    amount[30] += 0.08 * base[30]
    rates = fit_rates(amount, base, YEARS[:36], squares=50 * amount, jumps=True)
    assert rates.jumps == ((30, 0),)
    assert rates.level[0] == pytest.approx(0.01, rel=0.1)
    kept = fit_rates(amount, base, YEARS[:36], squares=50 * amount)
    assert kept.jumps == ()


def test_a_step_every_january_is_a_season_and_no_jump():
    base = np.full((48, 1), 100_000.0)
    amount = 0.01 * base * np.random.default_rng(2).gamma(30, 1 / 30, (48, 1))
    amount[::12] += 0.06 * base[::12]
    rates = fit_rates(amount, base, YEARS, squares=50 * amount, jumps=True)
    assert rates.jumps == ()
    assert rates.season[0] > 2


def test_a_thin_segment_leans_on_the_company():
    base = np.full((24, 2), [10_000.0, 20.0])
    amount = poisson_counts(0.02, base)
    amount[:, 1] = 0
    rates = fit_rates(amount, base, YEARS[:24])
    assert 0 < rates.level[1] < 0.02


def test_nothing_ever_is_a_rate_of_nought():
    rates = fit_rates(np.zeros((12, 2)), np.ones((12, 2)), YEARS[:12])
    assert rates.level.tolist() == [0, 0]


def test_one_month_of_history_gives_a_level_with_a_wide_error():
    rates = fit_rates(np.array([[5.0]]), np.array([[100.0]]), YEARS[:1])
    assert rates.level[0] == pytest.approx(0.05, rel=0.3)
    assert rates.level_sd[0] > 0.2
    assert rates.noise[0] > 0.1


def test_months_without_a_base_count_nothing():
    base = np.array([[np.nan], [0.0], [1000.0], [1000.0]])
    amount = np.array([[7.0], [7.0], [20.0], [20.0]])
    rates = fit_rates(amount, base, YEARS[:4])
    assert rates.used[0] == 2
    assert rates.level[0] == pytest.approx(0.02, rel=0.1)


def test_a_segment_that_loses_to_another_keeps_its_sign():
    base = np.full((24, 2), 10_000.0)
    amount = np.full((24, 2), [400.0, -100.0])
    rates = fit_rates(amount, base, YEARS[:24], squares=np.full((24, 2), 1e4))
    assert rates.level == pytest.approx([0.04, -0.01], rel=0.2)
