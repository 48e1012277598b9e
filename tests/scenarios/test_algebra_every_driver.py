"""The algebra of scenarios holds for every driver: drawn at random, none left out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast import Forecaster
from forecast.engine import Engine
from forecast.levers import FROM_NOTHING, LEVERS
from history import Ledger
from scenarios import (
    Acquisition,
    AnnualPlans,
    Change,
    CurrencyMove,
    Deal,
    Discount,
    InvoluntaryChurn,
    Launch,
    ListPrice,
    Marketing,
    Migration,
    NamedCustomer,
    OnboardingProgramme,
    Override,
    PaymentRecovery,
    Pipeline,
    PriceRise,
    Referral,
    SalesCapacity,
    Scenario,
    Seasonality,
    Target,
    VoluntaryChurn,
    break_even,
    chances,
    compare,
    grid,
    mixture,
    run,
    solve,
    tornado,
)
from scenarios.changes.drivers import DRIVERS
from scenarios.deciding.driver_dial import main_dials

MONTHS, PATHS, RATE = 9, 40, 0.9
SMB = {"size": "SMB"}
DRIVEN = (
    Launch(segment={"size": "Micro"}, like=SMB, customers=15, arpa=90, months="2026-09/"),
    Pipeline(deals=[Deal(name="North", arr=120_000, closes="2026-10", probability=0.5)]),
    PriceRise(uplift=0.05, when="renewal", churn_per_percent=0.003, months="2026-10/"),
    SalesCapacity(reps=6, hires={"2026-09": 2}, where={"size": "Enterprise"}),
    Marketing(spend=60_000, reference=40_000, returns=0.6, share=0.5, months="2026-10/"),
    AnnualPlans(takers=0.3, discount=0.1, where=SMB),
    OnboardingProgramme(saves=0.3, ramp=3),
    Acquisition(customers=50, mrr=4_000, churn_times=2, churn_months=3, months="2026-12"),
    PaymentRecovery(now=0.4, then=0.6, involuntary_share=0.2, months="2026-09/"),
    VoluntaryChurn(times=0.9, involuntary_share=0.2, ramp=2),
    InvoluntaryChurn(plus=0.001, involuntary_share=0.2, where=SMB),
    Referral(rate=0.004),
    Seasonality(factors=[1.2] * 6 + [0.8] * 6),
    ListPrice(uplift=0.08, elasticity=0.5, months="2026-11/"),
    Discount(discount=0.1, share=0.4, elasticity=1.2, months="2026-10/2026-12"),
    Migration(to="Mid-Market", share=0.1, uplift=0.2, extra_churn=0.02, where=SMB),
    NamedCustomer(customer="ACME", event="win", mrr=9_000, months="2026-11", probability=0.4),
    CurrencyMove(currency="USD", change=-0.1, months="2026-10/", ramp=2),
    Override(measure="churn", mrr={"2026-12": 9_000}),
)
PLAIN = (
    Change(lever="churn", times=1.1, months="2026-10/"),
    Change(lever="expansion", plus=0.002, ramp=4),
    Change(lever="price", set=1.03, months="2027-01/", where=SMB),
    Change(lever="new_mrr", times=0.97, months="2026-08/2026-11"),
)
POOL = (*DRIVEN, *PLAIN)
LAUNCHED = frozenset({"Micro"})


@pytest.fixture(scope="module")
def company(simulated, tmp_path_factory):
    """The example company by size, every third customer billed in dollars."""
    lines = simulated.ledger_frame("2026-06")
    abroad = lines["customer_id"].rank(method="dense").astype(int) % 3 == 0
    lines.loc[abroad, "currency"] = "USD"
    lines.loc[abroad, "amount"] = (lines.loc[abroad, "amount"] / RATE).round(2)
    path = tmp_path_factory.mktemp("abroad") / "billing.csv"
    lines.to_csv(path, index=False)
    rates = pd.DataFrame({"month": ["2026-06"], "currency": ["USD"], "rate": [RATE]})
    ledger = Ledger.read(path, as_of="2026-06", currency="EUR", fx=rates)
    fitted = Forecaster.fit(ledger, by="size", calibrate=False)
    return fitted.joined_by([DRIVEN[0].newcomer(fitted)])


some = st.lists(st.sampled_from(POOL), min_size=1, max_size=6, unique=True)


def ran(company, *scenarios):
    return run(scenarios, company, months=MONTHS, paths=PATHS)


def bits(projection):
    parts = {**projection.flows, **projection.counts}
    return {name: values.tobytes() for name, values in parts.items()}


def test_no_driver_is_left_out():
    assert {change.lever for change in DRIVEN} == set(DRIVERS)
    assert {change.lever for change in PLAIN} <= set(LEVERS)


@settings(max_examples=10)
@given(some, st.data())
def test_a_chain_of_any_depth_is_its_flattened_scenario_bit_for_bit(company, changes, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(changes)), max_size=3)))
    chain, before = None, 0
    for depth, cut in enumerate([*cuts, len(changes)]):
        chain = Scenario(f"Step {depth}", based_on=chain).add(*changes[before:cut])
        before = cut
    flat = chain.flattened()
    assert flat.all_changes == tuple(changes)
    found = ran(company, chain)[chain.name]
    again = ran(company, flat)[chain.name]
    assert bits(found.projection) == bits(again.projection)
    assert found.levers.same_as(again.levers)


@settings(max_examples=10)
@given(some, some)
def test_a_sum_is_the_flattened_list_of_both_and_their_order_of_writing(company, ones, others):
    one, other = Scenario("One").add(*ones), Scenario("Other").add(*others)
    total, flat = one + other, Scenario("Flat").add(*ones, *others)
    runs = ran(company, total, flat)
    assert bits(runs[total.name].projection) == bits(runs["Flat"].projection)


def test_the_base_is_the_same_bit_for_bit_after_all_that_can_be_asked(company):
    """Other scenarios, the same run asked everything, and runs of it before and after."""
    base = Scenario("Base")
    first = bits(ran(company, base)["Base"].projection)
    every = Scenario("Every", based_on=base).add(*POOL)
    some = Scenario("Some", based_on=base).add(*DRIVEN[:4])
    runs = ran(company, base, every, some)
    for method in ("shapley", "in_order", "first_in"):
        compare(runs, "Base").attribution("Some", method=method)
    solve(runs, "Base", "churn", Target(arr=1.01 * runs_mean(runs, "Base")))
    break_even(runs, "Base", "new_customers", against="Some")
    tornado(runs, "Some", levers=["churn", "sales_capacity.hires"])
    grid(runs, "Base", "churn", [0.9, 1.0], "price", [1.0, 1.1])
    mixture(runs, {"Base": 0.5, "Every": 0.5})
    chances(runs, exceeds="Base")
    ran(company, every)
    assert bits(runs["Base"].projection) == first
    assert bits(ran(company, base)["Base"].projection) == first


def test_what_ran_before_makes_no_difference_to_any_driver_or_lever(company):
    """Each run on a warm engine, which keeps what no lever touched, is the one from scratch."""
    levers = [
        Change(lever=name, times=1.1) if name not in FROM_NOTHING
        else Change(lever=name, plus=30, months="2026-10")
        for name in LEVERS
    ]  # fmt: skip
    beliefs = company.model.beliefs(MONTHS, PATHS, 7, company.calibration.spread, company.newcomers)
    ran(company, Scenario("Base"))
    for change in (*POOL, *levers):
        made = ran(company, Scenario("One").add(change))["One"]
        scratch = Engine(beliefs).play(made.levers)
        for kind in ("flows", "counts"):
            for name, values in getattr(made.projection.played, kind).items():
                assert np.array_equal(values, getattr(scratch, kind)[name]), (change.label, name)


def runs_mean(runs, name):
    return float(runs[name].projection.draws("arr")[:, -1].mean())


@settings(max_examples=6)
@given(
    st.lists(st.sampled_from(POOL), min_size=1, max_size=3, unique=True),
    st.sampled_from(["shapley", "in_order", "first_in"]),
    st.integers(1, 12),
)
def test_an_attribution_adds_up_to_the_cent_at_every_month_quarter_and_year(
    company, changes, method, start
):
    other = Scenario("Other").change("contraction", times=1.2)
    view = compare(ran(company, other, Scenario("Mixed").add(*changes)), "Other")
    for measure in ("arr", "new", "churn", "fx", "customers"):
        found = view.attribution("Mixed", measure=measure, method=method)
        for every in ("month", "quarter", "year"):
            table = found.table(every, fiscal_year_start=start)
            for _, rows in table.groupby("month"):
                cents = (100 * rows["amount"]).round().astype(int).tolist()
                assert sum(cents[:-1]) == cents[-1]
            ends = table[table["kind"] == "end"].set_index("month")["amount"]
            assert_ends(view, "Mixed", measure, ends, every)


def assert_ends(view, name, measure, ends, every):
    """The last line of a block is the scenario itself; levels are those of the period's end."""
    mean = view.runs[name].projection.draws(measure).mean(axis=0)
    if every == "month":
        assert ends.to_numpy() == pytest.approx(mean, abs=0.0051)
    elif measure in ("arr", "mrr", "customers"):
        places = [list(view.months).index(month) for month in ends.index]
        assert ends.to_numpy() == pytest.approx(mean[places], abs=0.0051)
    else:
        # The cents of the months are added up.
        assert ends.sum() == pytest.approx(mean.sum(), abs=0.0051 * MONTHS)


def test_a_change_that_needs_another_one_does_nothing_without_it(company):
    needs = Override(measure="churn", mrr=40, months="2027-02", where={"size": "Micro"})
    both = Scenario("Both").add(DRIVEN[0], needs)
    view = compare(ran(company, Scenario("Base"), both), "Base")
    found = view.attribution("Both", measure="churn", method="in_order").table()
    labels = found[found["kind"] == "step"].groupby("label", sort=False)["amount"].sum()
    assert labels[needs.label] != 0
    alone = view.attribution("Both", measure="churn", method="first_in").table()
    assert alone[alone["label"] == needs.label]["amount"].eq(0).all()


@settings(max_examples=4)
@given(some, st.data(), st.sampled_from([0.99, 1.004, 1.02]))
def test_a_solution_plugged_back_hits_its_target(company, changes, data, factor):
    """Whatever is turned, a plain lever or the main number of a driver in its place."""
    scenario = Scenario("S").add(*changes)
    runs = ran(company, scenario)
    dials = ["churn", "expansion", *main_dials(scenario.all_changes)]
    dial = data.draw(st.sampled_from(dials))
    target = Target(arr=factor * runs_mean(runs, "S"))
    answer = solve(runs, "S", dial, target)
    plugged = runs_mean(ran(company, answer.scenario), answer.scenario.name)
    assert plugged == pytest.approx(answer.score, abs=1e-6)
    if answer.reached:
        assert plugged >= target.value - 1e-6
        at_bound = answer.bound is not None or answer.exact is not None
        # A customer more or less on one path is the least by which a count moves.
        assert at_bound or plugged - target.value <= max(1.0, 12 * 9_000 / PATHS)
    else:
        assert plugged < target.value


@settings(max_examples=10)
@given(some)
def test_every_path_foots_and_no_customer_is_below_zero(company, changes):
    projection = ran(company, Scenario("S").add(*changes))["S"].projection
    net = sum(projection.flows.values())
    closing = projection.opening + np.cumsum(net, axis=1)
    assert closing == pytest.approx(projection.closing, abs=0.01)
    assert (projection.customers > -1e-6).all()
    assert (projection.closing > -0.01).all()
    launched = [label in LAUNCHED for label in company.segments.labels]
    if DRIVEN[0] not in changes:
        assert not projection.counts["new_customers"][:, :2, launched].any()
