"""Attribution: axioms on toy games, sums to the cent on the toy company."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios_toy import ToyForecaster

from history.errors import InputError, UnknownNameError
from scenarios import Scenario, compare, run
from scenarios.comparing.games import in_order, sampled_shapley, shapley

BASE = Scenario("Base")
PLAN = (
    Scenario("Plan", based_on=BASE)
    .change("new_customers", times=0.8, months="2026-10/", because="pipeline")
    .change("churn", times=1.4)
    .change("price", times=1.06, months="2027-01/")
)
OTHER = Scenario("Other", based_on=BASE).change("churn", times=0.7).change("expansion", times=2)
effects = st.lists(st.floats(-5, 5), min_size=1, max_size=6)
factors = st.lists(st.floats(0.5, 1.5), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def view():
    return compare(run([BASE, PLAN, OTHER], ToyForecaster(), months=20, paths=40), "Base")


def product(factors):
    return lambda made: np.array(math.prod(factors[i] for i in made))


@given(effects)
def test_in_an_additive_game_every_share_is_the_effect_itself(effects):
    game = lambda made: np.array(sum(effects[i] for i in made))  # noqa: E731
    for shares in (shapley(len(effects), game), in_order(len(effects), game)):
        assert shares == pytest.approx(effects, abs=1e-9)
    assert sampled_shapley(len(effects), game, 2, 7)[1] == pytest.approx(effects, abs=1e-9)


@given(factors)
def test_shares_add_up_also_where_effects_multiply(factors):
    total = math.prod(factors) - 1.0
    assert shapley(len(factors), product(factors)).sum() == pytest.approx(total, abs=1e-9)
    assert in_order(len(factors), product(factors)).sum() == pytest.approx(total, abs=1e-9)
    for pair in sampled_shapley(len(factors), product(factors), 3, 7):
        assert pair.sum() == pytest.approx(total, abs=1e-9)


@given(factors, st.integers(0, 5), st.integers(0, 5))
def test_equals_share_equally_and_a_dummy_gets_nothing(factors, one, other):
    count = len(factors)
    one, other = one % count, other % count
    factors[one] = factors[other]
    shares = shapley(count + 1, product([*factors, 1.0]))
    assert shares[one] == pytest.approx(shares[other], abs=1e-12)
    assert shares[count] == pytest.approx(0.0, abs=1e-12)


@given(st.lists(st.floats(0.1, 3), min_size=2, max_size=2))
def test_two_factors_share_what_they_do_together_in_halves(factors):
    """With v = ab, the first one's share is (a - 1) + (a - 1)(b - 1) / 2."""
    a, b = factors
    expected = (a - 1) + (a - 1) * (b - 1) / 2
    assert shapley(2, product(factors))[0] == pytest.approx(expected, abs=1e-9)


def test_sampled_shares_approach_the_exact_ones_as_their_error_says():
    given = [1.3, 0.8, 1.1, 0.6, 1.5, 1.2, 0.9]
    exact = shapley(7, product(given))
    samples = sampled_shapley(7, product(given), 60, 7)
    error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    assert (np.abs(samples.mean(axis=0) - exact) < 4 * error).all()
    assert np.array_equal(samples, sampled_shapley(7, product(given), 60, 7))


@pytest.mark.parametrize("method", ["shapley", "in_order", "first_in"])
@pytest.mark.parametrize("measure", ["arr", "churn", "new_customers"])
@pytest.mark.parametrize("every", ["month", "quarter", "year"])
@pytest.mark.parametrize("against", ["Base", "Other"])
def test_the_steps_add_up_to_the_cent_in_every_period(view, method, measure, every, against):
    view = compare(view.runs, against)
    found = view.attribution("Plan", measure=measure, method=method).table(every)
    cents = found.assign(cents=(found["amount"] * 100).round().astype(int))
    for _, period in cents.groupby("month"):
        kinds = period.set_index("kind")["cents"]
        assert kinds["start"] + kinds.loc[["step"]].sum() == kinds["end"]
        assert (period["amount"] * 100 - period["cents"]).abs().max() < 1e-6


def printed(text):
    """Figures of a printed block: share, alone, interaction, in units of the last digit."""
    rows = [re.split(r"  +", line.strip()) for line in text.splitlines()[2:]]
    figures = [[re.sub(r"[,.]", "", cell) for cell in row[1:]] for row in rows]
    return [[int(cell) for cell in row if re.fullmatch(r"[+-]?\d+", cell)] for row in figures]


@pytest.mark.parametrize("measure", ["arr", "customers", "churn", "new"])
@pytest.mark.parametrize("method", ["shapley", "in_order", "first_in"])
@pytest.mark.parametrize("every", ["month", "quarter", "year"])
def test_printed_shares_add_up_as_printed(view, every, method, measure):
    found = view.attribution("Plan", measure=measure, method=method)
    blocks = found.text(every, fiscal_year_start=4).split("\n\n")
    assert len(blocks) == found.table(every, fiscal_year_start=4)["month"].nunique()
    for block in [*blocks, str(found)]:
        (start,), *steps, (end,) = printed(block)
        assert start + sum(step[0] for step in steps) == end
        assert all(step[0] == step[1] + step[2] for step in steps if len(step) > 1)
    bridge = [row[0] for row in printed("\n" + str(found.bridge()))]
    assert bridge[0] + sum(bridge[1:-1]) == bridge[-1]


def test_a_block_says_its_period(view):
    found = view.attribution("Plan")
    heads = [each.partition("\n")[0] for each in found.text("year").split("\n\n")]
    assert heads == [
        "Base to Plan, ARR at 2026-12, the end of FY26 (EUR ARR), shapley",
        "Base to Plan, ARR at 2027-12, the end of FY27 (EUR ARR), shapley",
        "Base to Plan, ARR at 2028-02, within FY28 (EUR ARR), shapley",
    ]
    moved = view.attribution("Plan", measure="new").text("year", fiscal_year_start=4)
    assert moved.startswith("Base to Plan, new in FY27, 2026-07 to 2027-03 (EUR MRR a month)")


def test_printed_months_of_a_movement_add_up_to_the_printed_years(view):
    found = view.attribution("Plan", measure="new")
    months, years = found.table(), found.table("year", fiscal_year_start=4)
    assert years["month"].drop_duplicates().astype(str).tolist() == ["2027-03", "2028-02"]
    first = months[months["month"] <= "2027-03"].groupby("label")["amount"].sum().round(2)
    printed = years[years["month"] == "2027-03"].set_index("label")["amount"]
    assert first.to_dict() == pytest.approx(printed.to_dict(), abs=1e-9)


def test_a_level_of_a_period_is_that_of_its_last_month(view):
    found = view.attribution("Plan")
    quarters = found.table("quarter")
    assert quarters["month"].drop_duplicates().astype(str).tolist()[:2] == ["2026-09", "2026-12"]
    ends = quarters[quarters["kind"] == "end"].set_index("month")["amount"]
    draws = view.runs["Plan"].projection.draws("arr").mean(axis=0)
    assert ends.iloc[1] == pytest.approx(draws[5], abs=0.005)


def test_shares_of_the_closing_are_the_sums_of_the_movements_shares(view):
    closing = view.attribution("Plan", measure="mrr").shares
    flows = ("new", "reactivation", "expansion", "contraction", "churn")
    moved = sum(view.attribution("Plan", measure=flow).shares for flow in flows)
    assert np.cumsum(moved, axis=1) == pytest.approx(closing, abs=1e-7)


def test_shares_of_the_company_are_the_sums_of_the_segments_shares(view):
    whole = view.attribution("Plan").shares
    parts = [view.attribution("Plan", where={"size": s}).shares for s in ("Large", "Mid", "SMB")]
    assert sum(parts) == pytest.approx(whole, abs=1e-7)


def test_one_set_of_runs_serves_every_measure_month_and_method(view):
    view.attribution("Plan")
    asked = []
    view.runs.forecaster.__class__.project, kept = None, view.runs.forecaster.__class__.project
    try:
        found = view.attribution("Plan", measure="customers", progress=lambda *at: asked.append(at))
        view.attribution("Plan", method="in_order", at="2027-01")
    finally:
        view.runs.forecaster.__class__.project = kept
    assert asked[-1] == (8, 8)
    assert found.unit == "customers"


def test_interaction_is_what_a_share_has_beyond_the_change_alone(view):
    found = view.attribution("Plan", at="2027-12")
    alone = view.bridge("Plan", at="2027-12")
    place = list(view.months).index(pd.Period("2027-12", "M"))
    by_itself = [step.amount for step in alone.steps[:-1]]
    assert found.alone[:, place] == pytest.approx(by_itself, abs=1e-9)
    assert found.interaction[:, place].sum() == pytest.approx(alone.steps[-1].amount, abs=1e-6)
    assert "Base to Plan, ARR at 2027-12 (EUR ARR), shapley" in str(found)


def test_a_bridge_takes_any_method(view):
    bridge = view.bridge("Plan", method="in_order")
    assert [step.label for step in bridge.steps] == [c.label for c in PLAN.changes]
    first = run(Scenario("First", changes=PLAN.changes[:1]), ToyForecaster(), months=20, paths=40)
    expected = first["First"].projection.draws("arr")[:, -1].mean() - bridge.start
    assert bridge.steps[0].amount == pytest.approx(expected, abs=1e-6)
    with pytest.raises(UnknownNameError, match=r"method 'shaply'\. Did you mean 'shapley'"):
        view.bridge("Plan", method="shaply")
    with pytest.raises(UnknownNameError, match="measure 'ar'"):
        view.attribution("Plan", measure="ar")


def test_beyond_eight_changes_orders_are_sampled_and_the_error_is_shown():
    many = BASE
    for month in range(1, 10):
        many = many.change("one_off", plus=1000.0 * month, months=f"2027-0{month}")
    many = Scenario("Many", changes=many.changes).change("churn", times=2)
    view = compare(run([BASE, many], ToyForecaster(), months=18, paths=3), "Base")
    found = view.attribution("Many", pairs=3)
    table = found.table()
    last = table[table["month"] == "2027-12"]
    assert (last[last["kind"] == "step"]["amount_error"] >= 0).all()
    assert last[last["kind"] == "step"]["amount_error"].iloc[-1] > 0
    cents = (last["amount"] * 100).round()
    assert cents.iloc[0] + cents.iloc[1:-1].sum() == cents.iloc[-1]
    assert "standard error" in str(found)
    with pytest.raises(InputError, match="at least 2"):
        view.attribution("Many", pairs=1)


def test_nothing_changed_is_nothing_to_share(view):
    found = view.attribution("Base")
    assert found.bridge().steps == ()
    assert set(found.table("year")["kind"]) == {"start", "end"}


@settings(deadline=None, max_examples=15)
@given(st.permutations(["churn", "price", "expansion", "new_customers"]), st.floats(0.6, 1.6))
def test_shapley_shares_do_not_depend_on_the_order_of_independent_changes(levers, factor):
    def shares(order):
        scenario = BASE
        for lever in order:
            scenario = scenario.change(lever, times=factor)
        scenario = Scenario("X", changes=scenario.changes)
        view = compare(run([BASE, scenario], ToyForecaster(), months=3, paths=5), "Base")
        found = view.attribution("X")
        return dict(zip(found.labels, found.shares[:, -1], strict=True))

    assert shares(levers) == pytest.approx(shares(sorted(levers)), abs=1e-9)
