"""The algebra of scenarios with drivers that bring luck, rates and segments of their own."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast import Levers
from forecast.levers import LEVERS
from scenarios import (
    Acquisition,
    AnnualPlans,
    Change,
    Deal,
    Launch,
    OnboardingProgramme,
    Pipeline,
    PriceRise,
    SalesCapacity,
    Scenario,
    compare,
    difference,
    run,
)
from scenarios.changes.compile import compile_levers

MONTHS, PATHS = 12, 60
AUSTRIA = {"size": "Austria"}
POOL = (
    Launch(segment=AUSTRIA, like={"size": "SMB"}, customers=15, arpa=90, months="2026-09/"),
    Pipeline(deals=[Deal(name="North", arr=120_000, closes="2026-10", probability=0.5)]),
    PriceRise(uplift=0.05, when="renewal", churn_per_percent=0.003, months="2026-10/"),
    SalesCapacity(reps=6, hires={"2026-09": 2}, where={"size": "Enterprise"}),
    AnnualPlans(takers=0.3, discount=0.1, where={"size": "SMB"}),
    OnboardingProgramme(saves=0.3, ramp=3),
    Acquisition(customers=50, mrr=4_000, churn_times=2, churn_months=3, months="2026-12"),
    Change(lever="fx_index", times=0.94, months="2026-11/", where={"size": "Mid-Market"}),
    Change(lever="churn", times=1.1, months="2026-10/"),
)


@pytest.fixture(scope="module")
def with_austria(by_size):
    """The company and the segment that is launched, whichever changes a scenario has."""
    return by_size.joined_by([POOL[0].newcomer(by_size)])


def flows_of(forecaster, *scenarios):
    runs = run(scenarios, forecaster, months=MONTHS, paths=PATHS)
    return [runs[scenario.name].projection.flows for scenario in scenarios]


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(POOL), min_size=1, max_size=5, unique=True), st.data())
def test_a_chain_is_its_flattened_scenario_and_a_sum_both_of_its_parts(with_austria, changes, data):
    cut = data.draw(st.integers(0, len(changes)))
    first = Scenario("First").add(*changes[:cut])
    chain = Scenario("Chain", based_on=first).add(*changes[cut:])
    flat = Scenario("Flat").add(*changes)
    total = first + Scenario("Second").add(*changes[cut:])
    found = flows_of(with_austria, chain, flat, total)
    assert same(found[0], found[1])
    assert same(found[0], found[2])
    assert difference(chain, flat).empty


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from(POOL), min_size=1, max_size=4, unique=True))
def test_the_base_is_the_same_bit_for_bit_after_any_run(by_size, changes):
    (before,) = flows_of(by_size, Scenario("Base"))
    flows_of(by_size, Scenario("Other").add(*changes))
    (after,) = flows_of(by_size, Scenario("Base"))
    assert same(before, after)


def test_the_levers_of_a_run_are_maps_and_prospects_and_nothing_else(with_austria):
    ahead = with_austria.months_ahead(months=MONTHS)
    levers = compile_levers(Scenario("All").add(*POOL), with_austria, ahead)
    assert set(levers.maps) <= set(LEVERS)
    assert [one.name for one in levers.prospects] == ["North"]
    assert not levers.same_as(Levers(levers.maps))
    assert levers.same_as(levers.fitted(MONTHS, len(with_austria.segments)))


def test_the_steps_add_up_to_the_cent_at_every_month_quarter_and_year(by_size):
    mixed = Scenario("Mixed").add(POOL[0], POOL[1], POOL[7], POOL[8])
    view = compare(run([Scenario("Base"), mixed], by_size, months=MONTHS, paths=PATHS), "Base")
    for measure in ("arr", "new", "fx", "customers"):
        found = view.attribution("Mixed", measure=measure)
        for every in ("month", "quarter", "year"):
            for _, rows in found.table(every).groupby("month"):
                cents = (100 * rows["amount"]).round()
                assert cents.iloc[:-1].sum() == cents.iloc[-1]
    # What is launched is in another currency; what is won or lost in Mid-Market is revalued too.
    fx = view.attribution("Mixed", measure="fx").table("year")
    alone = fx[fx["kind"] == "step"].groupby("label")["amount"].apply(lambda each: each.abs().sum())
    assert alone.idxmax().startswith("fx_index")
    assert alone[alone.index.str.startswith("launch")].max() < 1e-6


def test_each_further_deal_only_adds(by_size):
    """A pipeline with one more deal is nowhere below the one without it."""
    deals = [
        Deal(name=name, mrr=1_000, closes="2026-09", probability=0.4) for name in ("A", "B", "C")
    ]
    scenarios = [
        Scenario(f"{count} deals").add(Pipeline(deals=deals[:count], where={"size": "SMB"}))
        for count in (1, 2, 3)
    ]
    new = [flows["new"].sum(axis=2) for flows in flows_of(by_size, *scenarios)]
    for fewer, more in pairwise(new):
        assert (more - fewer > -1e-6).all()
        assert (more[:, 2] > fewer[:, 2]).any()
