"""Backtest: what was known then, and nothing else; measures that say when they cannot measure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_forecast_forecaster import ledger_of

from forecast import Forecaster
from forecast.backtest import choose_origins
from forecast.baselines import BASELINES, damped_ets, drift, last_value, trailing_rates
from forecast.calibration import Calibration, _spread, origins_of
from forecast.record import Record
from history import InputError


def month(text):
    return pd.Period(text, "M")


@pytest.fixture(scope="module")
def ledger():
    return ledger_of(months=30)


@pytest.fixture(scope="module")
def backtest(ledger):
    steps = []
    result = Forecaster.fit(ledger, calibrate=False).backtest(
        horizon=6, origins=5, progress=lambda done, total: steps.append((done, total))
    )
    assert steps[-1] == (5, 5)
    return result


def test_a_record_is_what_a_forecaster_of_that_month_says(backtest, ledger):
    records = backtest.records
    origin = records["origin"].iloc[0]
    then = Forecaster.fit(ledger.at(str(origin)))
    row = records[(records["origin"] == origin) & (records["horizon"] == 6)].iloc[0]
    draws = then.project(months=6, paths=1000, seed=7).draws("mrr")[:, -1]
    used = backtest.calibrated.set_index("origin")["spread"]
    assert then.calibration.spread == pytest.approx(used[origin])
    assert row["mean"] == pytest.approx(draws.mean())
    assert row["p90"] == pytest.approx(np.quantile(draws, 0.9))
    actual = ledger.movements().matrix("closing")["total"]
    assert row["actual"] == pytest.approx(actual[origin + 6])


def test_the_table_measures_every_horizon(backtest):
    table = backtest.table
    assert table["horizon"].tolist() == [1, 2, 3, 4, 5, 6]
    assert (table["n"] == 5).all()
    assert table["error"].between(0, 0.3).all()
    assert table["coverage_80"].between(0, 1).all()
    assert table["coverage_95"].ge(table["coverage_80"]).all()
    assert {f"skill_{name.replace(' ', '_')}" for name in BASELINES} <= set(table.columns)
    assert "months ahead" in str(backtest)


def test_coverage_of_few_origins_is_blank_and_says_so(ledger):
    result = Forecaster.fit(ledger, calibrate=False).backtest(horizon=2, origins=2)
    assert result.table["coverage_80"].isna().all()
    assert any("fewer than 5 origins" in note for note in result.notes)


def test_quantiles_of_the_records_rise(backtest):
    columns = ["p2_5", "p10", "p50", "p90", "p97_5"]
    assert (np.diff(backtest.records[columns], axis=1) >= 0).all()


@pytest.mark.parametrize("bad", [{"horizon": 0}, {"origins": 0}])
def test_impossible_questions_are_refused(ledger, bad):
    with pytest.raises(InputError, match="1 or more"):
        Forecaster.fit(ledger, calibrate=False).backtest(**bad)


def test_origins_have_their_horizon_where_history_allows():
    long = choose_origins(month("2026-06"), month("2022-07"), 12, 8)
    assert len(long) == 8
    assert long[-1] == month("2025-06")
    assert long[0] >= month("2023-07")
    short = choose_origins(month("2026-06"), month("2025-04"), 12, 8)
    assert short == [month("2026-04"), month("2026-05")]
    assert choose_origins(month("2026-06"), month("2025-09"), 12, 8) == []


def test_calibration_looks_back_only_where_there_is_a_year_before():
    assert len(origins_of(month("2026-06"), month("2022-07"))) == 6
    assert origins_of(month("2026-06"), month("2025-04")) == []


def test_right_intervals_stay_and_narrow_ones_grow():
    scores = [(h, z) for h in (1, 3) for z in (-1.5, -1, -0.5, 0.5, 1, 1.4)]
    assert _spread(scores)[0] == pytest.approx(1, abs=0.05)
    narrow, off = _spread([(h, 2 * z) for h, z in scores])
    assert 1.5 < narrow < 2
    assert off == pytest.approx(2 * _spread(scores)[1])
    assert 1 < _spread([(1, 4.0)])[0] < narrow * 1.5
    assert Calibration.none(30, "why").spread == 1


def record(total, **flows) -> Record:
    total = np.asarray(total, dtype=float)[:, None]
    zero = np.zeros_like(total[1:])
    mrr = dict.fromkeys(("new", "reactivation", "expansion", "contraction", "churn"), zero)
    mrr |= {n: np.asarray(v, dtype=float)[:, None] for n, v in flows.items()}
    return Record(
        months=pd.period_range("2025-01", periods=len(zero), freq="M"),
        opening=total[:-1],
        closing=total[1:],
        mrr=mrr,
        customers=dict.fromkeys(mrr, zero),
        squares=dict.fromkeys(mrr, zero),
        first_customers=np.zeros(1),
    )


def test_baselines_on_paper():
    line = record(np.arange(10.0, 110.0, 5.0))
    assert last_value(line, 2).tolist() == [105, 105]
    assert drift(line, 2) == pytest.approx([110, 115])
    assert damped_ets(line, 2) == pytest.approx([110, 115], rel=0.02)
    steady = record([100, 110, 120, 130], new=[20, 20, 20], churn=[-10, -11, -12])
    rate = 1 - 33 / 330
    assert trailing_rates(steady, 2) == pytest.approx([137, 137 * rate + 20])
