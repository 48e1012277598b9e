"""Against statsmodels: likelihood, smoothing at given parameters, ARIMA, and time.

It runs in a process of its own with one BLAS thread: with two on a loaded machine its small fits
take ten times as long.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from forecast.series.arima import arima_forecasts
from forecast.series.likelihood import fit_damped
from forecast.series.origins import Origins
from forecast.series.smoothing import Grid, Point, run_grid

POINT = Point(alpha=0.3, beta=0.06, phi=0.9, gamma=0.1)
ORACLE = """
import json, sys, time, warnings
import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from forecast.series import fit_series
from forecast.series.oracles import *
from forecast.series.origins import Origins
given = {name: np.array(rows) for name, rows in json.load(sys.stdin).items()}
out = {}
for name, length in (("plain", 1), ("seasonal", 12)):
    out[name] = [fit_statsmodels_ets(row, length).llf for row in given[name]]
y = given["fixed"]
model = ETSModel(y, trend="add", damped_trend=True, seasonal="add", seasonal_periods=12)
with warnings.catch_warnings(), model.fix_params(dict(
    smoothing_level=0.3, smoothing_trend=0.06, smoothing_seasonal=0.1, damping_trend=0.9)):
    warnings.simplefilter("ignore")
    fitted = model.fit(disp=False, maxiter=4000)
out["fixed"] = {"sse": fitted.sse, "forecast": fitted.forecast(24).tolist()}
view = Origins(given["airline"], (96,), 12, 12)
out["airline"] = sarimax_forecasts(view)[0].tolist()
out["alone"], out["seconds"] = {}, {}
for name in ("statsmodels_ets", "statsmodels_theta", "combination"):
    begin = time.process_time()
    fit = fit_series(y, horizon=12, candidates=[name])
    out["seconds"][name] = time.process_time() - begin
    out["alone"][name] = [fit.model, *fit.mean(12)]
print(json.dumps(out))
"""


def walk(seed, months, season=0.0):
    rng = np.random.default_rng(seed)
    wave = season * np.sin(2 * np.pi * np.arange(months) / 12)
    return 100.0 + rng.normal(0, 2, months).cumsum() + rng.normal(0, 3, months) + wave


GIVEN = {
    "plain": np.array([walk(seed, 48) for seed in range(6)]),
    "seasonal": np.array([walk(seed, 48, 20.0) for seed in range(2)]),
    "fixed": walk(1, 40, 10.0),
    "airline": walk(8, 96, 40.0),
}


@pytest.fixture(scope="module")
def oracle():
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ORACLE],
        input=json.dumps({name: rows.tolist() for name, rows in GIVEN.items()}),
        env=os.environ | threads,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("name", "season_length"), [("plain", 1), ("seasonal", 12)])
def test_likelihood_is_that_of_statsmodels_or_better(oracle, name, season_length):
    ours = fit_damped(GIVEN[name], season_length).log_likelihood
    assert (ours >= np.array(oracle[name]) - 0.5).all()


def test_fits_together_are_those_of_each_series_alone():
    rows = np.array([walk(seed, 60, 20.0) for seed in range(5)])
    together = fit_damped(rows, 12)
    for row, values in enumerate(rows):
        alone = fit_damped(values[None], 12)
        assert alone.log_likelihood[0] == pytest.approx(together.log_likelihood[row], abs=1e-6)
        assert alone.alpha[0] == pytest.approx(together.alpha[row], abs=1e-6)


def test_smoothing_is_that_of_statsmodels_at_its_parameters(oracle):
    y = GIVEN["fixed"]
    grid = Grid((POINT,), 12, trend=1e3, season=1e3)
    fit = run_grid((y - y[0])[None], [40], np.ones((1, 1)), grid, 24)
    # Its initial states come from an optimiser, ours from least squares.
    assert fit.squares[0, 0, 0] <= oracle["fixed"]["sse"] * 1.001
    assert fit.squares[0, 0, 0] == pytest.approx(oracle["fixed"]["sse"], rel=0.02)
    assert fit.forecasts[0, 0, 0] + y[0] == pytest.approx(oracle["fixed"]["forecast"], abs=1.0)


def test_airline_forecast_is_near_the_single_best_one(oracle):
    ours = arima_forecasts(Origins(GIVEN["airline"], (96,), 12, 12))[0]
    assert ours == pytest.approx(oracle["airline"], abs=8.0)


def test_its_models_can_be_asked_for(oracle):
    for name, (model, *mean) in oracle["alone"].items():
        assert model == name
        assert mean == pytest.approx(oracle["alone"]["combination"][1:], abs=20.0)


def test_all_our_models_take_less_time_than_its_damped_ets(oracle):
    assert oracle["seconds"]["combination"] < oracle["seconds"]["statsmodels_ets"] / 2
