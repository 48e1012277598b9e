"""Deals of a pipeline: won or not on each path, in time or late, each by a luck of its own."""

import numpy as np
import pytest

from forecast import prospects
from forecast.outlook import Outlook
from forecast.prospects import Prospect
from history.errors import InputError
from scenarios import Deal, Pipeline, Plan, Scenario, run
from scenarios.changes.compile import compile_levers
from scenarios.plans.freezing import levers_digest

MONTHS, PATHS = 12, 2_000
NORTH = Deal(name="North", arr=240_000, closes="2026-09", probability=0.4)
SOUTH = Deal(name="South", mrr=5_000, closes="2026-11", probability=0.7)
LARGE = {"size": "Enterprise"}
BASE = Scenario("Base")
DEALS = Scenario("Deals").add(Pipeline(deals=[NORTH, SOUTH], slips=0.3, slip_months=2, where=LARGE))


@pytest.fixture(scope="module")
def runs(by_size):
    surer = Pipeline(deals=[NORTH.model_copy(update={"probability": 0.6})], where=LARGE)
    return run([BASE, DEALS, Scenario("Surer").add(surer)], by_size, months=MONTHS, paths=PATHS)


def gain(runs, name="Deals", measure="new"):
    """What it brings beyond the base, (paths, months)."""
    mine, base = (runs[one].projection.draws(measure) for one in (name, "Base"))
    return mine - base


def test_each_path_wins_a_deal_or_does_not(runs):
    won = gain(runs)
    assert sorted(np.unique(won[:, [2, 4]].round(6)).tolist()) == [0.0, 5_000.0, 20_000.0, 25_000.0]
    in_time, late = won[:, 2] == 20_000, won[:, 4] >= 20_000
    assert in_time.mean() == pytest.approx(0.4 * 0.7, abs=0.03)
    assert late.mean() == pytest.approx(0.4 * 0.3, abs=0.03)
    assert not (in_time & late).any()
    south = (won[:, 4] % 20_000 == 5_000) | (won[:, 6] == 5_000)
    assert south.mean() == pytest.approx(0.7, abs=0.03)
    # One has nothing to do with the other.
    north = in_time | late
    assert np.corrcoef(north, south)[0, 1] == pytest.approx(0.0, abs=0.06)
    assert gain(runs, measure="new_customers").sum(axis=1) == pytest.approx(north + 1.0 * south)


def test_the_interval_is_as_wide_as_the_luck_of_the_deals(runs):
    """What the deals add to the variance is that of two coins."""
    coins = 20_000**2 * 0.4 * 0.6 + 5_000**2 * 0.7 * 0.3
    assert gain(runs).sum(axis=1).var() == pytest.approx(coins, rel=0.05)
    base, deals = (runs[name].projection.draws("mrr")[:, 8] for name in ("Base", "Deals"))
    assert deals.var() > base.var() + 0.8 * coins


def test_the_luck_of_a_deal_hangs_on_its_name(runs, by_size):
    north = (gain(runs)[:, 2] >= 20_000) | (gain(runs)[:, 4] >= 20_000)
    surer = gain(runs, "Surer")[:, 2] > 0
    assert (north <= surer).all()
    assert surer.mean() == pytest.approx(0.6, abs=0.03)
    other = SOUTH.model_copy(update={"name": "East"})
    again = run(
        Scenario("Deals").add(Pipeline(deals=[other, NORTH], where=LARGE)),
        by_size, months=MONTHS, paths=PATHS,
    )  # fmt: skip
    new = again["Deals"].projection.draws("new") - runs["Base"].projection.draws("new")
    assert np.array_equal(new[:, 2] > 0, north)


def test_only_its_segment_changes_and_what_is_expected_is_the_mean(runs, by_size):
    at = by_size.segments.position("Enterprise")
    base, deals = (runs[name].projection for name in ("Base", "Deals"))
    for flow, values in deals.flows.items():
        assert np.array_equal(
            np.delete(values, at, axis=2), np.delete(base.flows[flow], at, axis=2)
        )
    mean = (deals.closing - base.closing)[:, :, at].mean(axis=0)
    plain, there = (
        Outlook.of(by_size, MONTHS, runs[name].levers).opening for name in ("Base", "Deals")
    )
    assert (there - plain)[-1, at] == pytest.approx(mean[-2], rel=0.06)


def test_without_a_segment_a_deal_lands_in_one_by_its_share(by_size):
    sure = Pipeline(deals=[Deal(name="Any", mrr=1_000, closes="2026-08", probability=1.0)])
    runs = run([BASE, Scenario("Deals").add(sure)], by_size, months=3, paths=PATHS)
    base, deals = (runs[name].projection for name in ("Base", "Deals"))
    won = (deals.counts["new_customers"] - base.counts["new_customers"])[:, 1]
    assert (won.sum(axis=1) == 1).all()
    assert won.mean(axis=0) == pytest.approx(by_size.shares("new_customers"), abs=0.04)


def test_one_luck_whatever_is_asked_for(runs):
    (north, south) = compile_levers(DEALS, runs.forecaster, runs.months).prospects
    shape = (3, MONTHS, 500)
    whole = prospects.won([north, south], 7, 0, shape)[1]
    each = [prospects.won([south], 7, s, (1, *shape[1:]))[1][0] for s in range(3)]
    assert np.array_equal(whole - prospects.won([north], 7, 0, shape)[1], np.stack(each))


def test_a_plan_vouches_for_its_deals(runs, tmp_path):
    plan = Plan.freeze(runs["Deals"], path=tmp_path / "a.plan", name="A", approved_by="CFO")
    assert not plan.verify().problems
    assert levers_digest(runs["Deals"].levers) != levers_digest(runs["Surer"].levers)
    assert not runs["Deals"].levers.same_as(runs["Surer"].levers)


def test_a_prospect_outside_its_bounds_is_refused(by_size):
    good = {"mrr": 1.0, "month": 0, "chance": 0.5, "slips": 0.0, "late": 0, "shares": (1.0,)}
    for wrong in ({"chance": 1.2}, {"shares": (0.5, 0.4)}, {"month": -1}, {"mrr": -np.inf}):
        with pytest.raises(InputError, match="prospect 'A'"):
            Prospect("A", **{**good, **wrong})
    levers = compile_levers(BASE, by_size, by_size.months_ahead(months=3))
    with pytest.raises(InputError, match="has shares of 1 segments"):
        by_size.project(months=3, paths=5, levers=levers.with_prospects([Prospect("A", **good)]))
