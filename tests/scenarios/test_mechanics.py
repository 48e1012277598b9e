"""A run in rates: the very mean of the engine, and close to a new run after an input is changed."""

from __future__ import annotations

import numpy as np
import pytest

from forecast import Forecaster, Levers
from history import Ledger
from history.synthetic import example_company
from scenarios import INPUTS, Launch, Mechanics, Runs, Scenario, run

MONTHS = 18


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    lines = example_company().generate(seed=1).ledger_frame("2026-06")
    ledger = Ledger.read(lines, as_of="2026-06", currency="EUR")
    return Forecaster.fit(ledger, by="size", calibrate=False)


@pytest.fixture(scope="module")
def runs(forecaster: Forecaster) -> Runs:
    base = Scenario("Base")
    down = (
        Scenario("Downturn", based_on=base)
        .change("new_customers", times=0.8, months="2026-10/2027-06")
        .change("churn", times=1.15, months="2026-10/2027-06", ramp=3)
        .change("onboarding", times=1.2)
    )
    odd = (
        Scenario("Everything", based_on=base)
        .change("price", times=1.06, months="2027-01/", where={"size": "SMB"})
        .change("price", times=0.97, months="2027-06/")
        .change("fx_index", times=0.9, months="2027-05/")
        .change("one_off", plus=-5000, months="2026-12/2026-12")
        .change("one_off", plus=9000, months="2027-02/2027-02")
        .change("new_arpa", plus=40.0)
        .change("contraction", plus=0.002)
        .change("reactivation", times=2.0)
        .change("expansion", set=0.02, where={"size": "Enterprise"})
    )
    return run([base, down, odd], forecaster, months=MONTHS, paths=400)


def test_a_launched_segment_is_in_it_too(forecaster):
    launch = Launch(
        segment={"size": "Micro"}, like={"size": "SMB"}, customers=12, arpa=90, months="2027-01/"
    )
    launched = Scenario("Launch").add(launch)
    runs = run([Scenario("Base"), launched], forecaster, months=MONTHS, paths=100)
    for name in runs:
        closing = runs[name].projection.closing.mean(axis=0)
        assert np.abs(Mechanics.of(runs, name).played()["closing"] - closing).max() < 1e-6


@pytest.mark.parametrize("name", ["Base", "Downturn", "Everything"])
def test_the_arithmetic_gives_the_runs_mean(runs, name):
    played = Mechanics.of(runs, name).played()
    projection = runs[name].projection
    assert np.abs(played["closing"] - projection.closing.mean(axis=0)).max() < 1e-6
    for flow in ("new", "reactivation", "expansion", "contraction", "churn", "fx"):
        assert np.abs(played[flow] - projection.means(flow)).max() < 1e-6, flow


def test_without_changes_the_engine_adds_nothing(runs):
    rest = Mechanics.of(runs, "Base").rest
    assert all(np.abs(values).max() < 1e-9 for values in rest.values())


@pytest.mark.parametrize(
    ("lever", "times"),
    [("churn", 0.8), ("churn", 1.3), ("new_customers", 1.2), ("new_arpa", 0.9), ("expansion", 1.3)],
)
def test_a_changed_input_moves_it_nearly_as_a_new_run_does(runs, forecaster, lever, times):
    base = Mechanics.of(runs, "Base")
    levers = Levers.none().then(lever, times=times, weight=np.ones((MONTHS, 3)))
    again = forecaster.project(months=MONTHS, paths=400, levers=levers)
    start = base.played()["closing"][-1].sum()
    engine = again.closing.mean(axis=0)[-1].sum() - start
    by_hand = base.played(levers)["closing"][-1].sum() - start
    assert by_hand == pytest.approx(engine, rel=0.12)


def test_every_input_moves_something(runs):
    base = Mechanics.of(runs, "Base")
    for lever in INPUTS:
        way = {"plus": 100.0} if lever == "one_off" else {"times": 1.1}
        levers = Levers.none().then(lever, weight=np.ones((MONTHS, 3)), **way)
        assert np.abs(base.played(levers)["closing"] - base.played()["closing"]).max() > 1, lever
