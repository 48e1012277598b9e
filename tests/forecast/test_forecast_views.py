"""Views of the total: plain ones continue the past, and their mean is met by tilting the flows."""

from __future__ import annotations

import numpy as np
import pytest
from test_forecast_backtest import record
from test_forecast_forecaster import ledger_of

from forecast import Forecaster
from forecast.tilt import TILTED, Tilt
from forecast.views import (
    VIEWS,
    Look,
    combined,
    measured_weights,
    seen_from_above,
    usual_weights,
)


@pytest.fixture(scope="module")
def model():
    return Forecaster.fit(ledger_of(months=40), calibrate=False).model


def untilted(model):
    return combined(model, np.array([1.0, 0.0, 0.0]))


def test_a_straight_history_goes_on_straight():
    total = 1000.0 + 50.0 * np.arange(25)
    _, line = seen_from_above(record(total, new=np.full(24, 50.0)), (), 12)
    assert line == pytest.approx(total[-1] + 50.0 * np.arange(1, 13))


def test_constant_rates_are_carried_on():
    total = [1000.0]
    for _ in range(24):
        total.append(total[-1] * 0.98 + 60.0)
    total = np.array(total)
    history = record(total, new=np.full(24, 60.0), churn=-0.02 * total[:-1])
    flows, _ = seen_from_above(history, (), 12)
    expected = total[-1]
    for month in flows:
        expected = expected * 0.98 + 60.0
        assert month == pytest.approx(expected)


def test_a_price_step_is_no_trend():
    step = np.zeros(24)
    step[20] = 300.0
    total = np.concatenate([[1000.0], 1000.0 + np.cumsum(10.0 + step)])
    history = record(total, new=np.full(24, 10.0), expansion=step)
    _, line = seen_from_above(history, [(20, 0)], 12)
    assert line == pytest.approx(total[-1] + 10.0 * np.arange(1, 13))
    _, carried = seen_from_above(history, (), 12)
    assert carried[-1] > line[-1] + 100


def test_weights_add_up_and_follow_the_errors():
    usual = usual_weights(36)
    assert usual.sum() == pytest.approx(1)
    assert usual_weights(9)[0] > usual[0]
    assert usual_weights(9).sum() == pytest.approx(1)
    equal = measured_weights(36, np.ones(len(VIEWS)), 4.0)
    assert equal == pytest.approx(usual)
    assert measured_weights(36, np.zeros(len(VIEWS)), 4.0) == pytest.approx(usual)
    off = measured_weights(36, np.array([1.0, 1.0, 30.0]), 4.0)
    assert off.sum() == pytest.approx(1)
    assert off[2] < 0.15
    assert off[2] > measured_weights(36, np.array([1.0, 1.0, 30.0]), 40.0)[2]


@pytest.mark.parametrize("weights", [(0.5, 0.1, 0.4), (0.0, 1.0, 0.0), (0.2, 0.0, 0.8)])
def test_the_flows_meet_the_mean_of_the_views(model, weights):
    plain = untilted(model)
    target = np.array(weights) @ Look.of(plain).paths[:, -1]
    found = combined(plain, np.array(weights))
    look = Look.of(found)
    assert look.draws[:, -1].mean() == pytest.approx(target, rel=0.003)
    assert set(found.tilt.factors) == set(TILTED)
    net = sum(look.flows.values())
    assert look.draws == pytest.approx(model.opening.sum() + np.cumsum(net, axis=1))


def test_the_cohorts_alone_are_left_as_they_are(model):
    assert untilted(model).tilt.factors == {}


def test_factors_fade_beyond_the_year():
    tilt = Tilt({"new": 0.8})
    factors = tilt.at("new", 60)
    assert (factors[:12] == 0.8).all()
    assert (np.diff(factors[11:]) > 0).all()
    assert factors[-1] == pytest.approx(1, abs=0.02)
    assert (tilt.at("churn", 24) == 1).all()


def test_the_least_sure_flow_gives_way_most():
    generator = np.random.default_rng(1)
    flows = {
        "new": generator.normal(100, 20, (400, 12)),
        "expansion": generator.normal(50, 5, (400, 12)),
        "churn": generator.normal(-60, 5, (400, 12)),
    }
    tilt = Tilt().and_then(200.0, flows)
    moved = {name: (tilt.factors[name] - 1) * flows[name].sum(axis=1).mean() for name in flows}
    assert sum(moved.values()) == pytest.approx(200, rel=1e-6)
    assert moved["new"] > 4 * moved["expansion"] > 0
    assert tilt.factors["churn"] < 1


def test_explain_shows_what_each_view_says():
    forecaster = Forecaster.fit(ledger_of(months=40))
    table = forecaster.explain().table
    views = table[table["part"] == "view of the total"]
    assert len(views) == len(VIEWS)
    assert all("counts" in model for model in views["model"])
    assert views["value"].gt(0).all()
    assert "what the cohorts expect is moved" in forecaster.explain().summary
