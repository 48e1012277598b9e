"""Scenarios, plans and variances on the real forecaster and the example company."""

import numpy as np
import pytest
from test_scenarios_variance import check_sums

from forecast import Forecaster
from history import Ledger
from scenarios import (
    Plan,
    Scenario,
    Target,
    compare,
    derived_scenarios,
    run,
    solve,
    stress_tests,
    tornado,
)


@pytest.fixture(scope="module")
def forecaster(example_ledger):
    return Forecaster.fit(example_ledger, by="size", calibrate=False)


@pytest.fixture(scope="module")
def view(example_ledger, forecaster):
    base, up, down = derived_scenarios(example_ledger)
    price = (
        Scenario("Price rise", based_on=base)
        .change("price", set=1.06, months="2027-01/", where={"size": "SMB"})
        .change("churn", times=1.1, months="2027-01/2027-03", ramp=2)
    )
    child = Scenario("Both", based_on=price).change("one_off", plus=5_000, months="2026-11")
    made = run([base, up, down, price, child], forecaster, months=12, paths=200)
    return compare(made, "Base")


def test_the_derived_scenarios_lie_on_their_sides(view):
    table = view.table(at="2027-06").set_index("scenario")
    assert table.loc["Downside", "mean"] < table.loc["Base", "mean"] < table.loc["Upside", "mean"]
    assert table.loc["Upside", "probability_above"] > 0.9


def test_a_chain_is_its_flattened_scenario(view, forecaster):
    both = view.runs["Both"]
    flat = run(both.scenario.flattened(), forecaster, months=12, paths=200)["Both"]
    for name, flow in both.projection.flows.items():
        assert np.array_equal(flow, flat.projection.flows[name])


def test_a_factor_of_one_is_the_base_bit_for_bit(view, forecaster):
    same = Scenario("Same").change("churn", times=1.0).change("new_customers", times=1.0)
    ran = run(same, forecaster, months=12, paths=200)["Same"]
    base = view.runs["Base"].projection
    assert np.array_equal(ran.projection.draws("arr"), base.draws("arr"))


def test_bridges_add_up(view):
    for name in view.scenarios[1:]:
        for month in (view.months[0], view.months[-1]):
            bridge = view.bridge(name, month)
            total = bridge.start + sum(step.amount for step in bridge.steps)
            assert total == pytest.approx(bridge.end, abs=1e-6)


def test_questions_leave_the_base_as_it_is_bit_for_bit(view, example_ledger):
    before = {name: flow.tobytes() for name, flow in view.runs["Base"].projection.flows.items()}
    digest = view.runs["Base"].scenario.digest
    view.attribution("Both")
    tornado(view.runs, "Base", levers=["churn", "price"])
    solve(view.runs, "Base", "price", Target(growth=0.4), at="2027-06")
    again = run(view.runs["Base"].scenario, view.runs.forecaster, months=12, paths=200)["Base"]
    for projection in (view.runs["Base"].projection, again.projection):
        assert {name: flow.tobytes() for name, flow in projection.flows.items()} == before
    assert view.runs["Base"].scenario.digest == digest


def test_shares_of_a_difference_add_up_to_the_cent(view):
    both = view.runs["Both"].projection.draws("arr").mean(axis=0)
    found = view.attribution("Both").table()
    for place, (_, month) in enumerate(found.groupby("month")):
        cents = (100 * month["amount"]).round().astype(int).tolist()
        assert cents[0] + sum(cents[1:-1]) == cents[-1]
        assert cents[-1] == pytest.approx(100 * both[place], abs=0.51)


@pytest.mark.parametrize(("lever", "missed"), [("price", 0.005), ("expansion", 5), ("churn", 5e3)])
def test_the_answer_hits_the_target_when_it_is_run_anew(view, lever, missed):
    """To the cent where nothing jumps; a rate is in single precision, a customer is whole."""
    draws = view.runs["Base"].projection.draws("arr")[:, -1]
    target = Target(arr=1.01 * draws.mean())
    answer = solve(view.runs, "Base", lever, target)
    ran = run(answer.scenario, view.runs.forecaster, months=12, paths=200)["Base, solved"]
    gap = ran.projection.draws("arr")[:, -1].mean() - target.value
    assert 0 <= gap < missed
    assert (answer.evidence[0].months > 12) == (lever != "price")


def test_a_sum_runs_like_its_flattened_chain(view, forecaster):
    total = view.runs["Downside"].scenario + view.runs["Price rise"].scenario
    ran = run([total], forecaster, months=12, paths=50)[total.name]
    flat = run(total.flattened(), forecaster, months=12, paths=50)[total.name]
    assert np.array_equal(ran.projection.closing, flat.projection.closing)


def test_a_stress_costs_what_the_worst_months_cost(view, example_ledger, forecaster):
    tests = stress_tests(example_ledger, based_on=view.runs["Base"].scenario)
    assert tests[0].name == "Base: Stress, 3 months"
    ran = run(tests, forecaster, months=12, paths=100)
    means = [one.projection.draws("arr")[:, -1].mean() for one in ran.values()]
    assert max(means) < view.runs["Base"].projection.draws("arr")[:, -1].mean()


def test_a_plan_and_what_became_of_it(view, simulated, tmp_path):
    path = tmp_path / "plan.plan"
    plan = Plan.freeze(view.runs["Base"], name="FY27", approved_by="CFO", path=path)
    assert plan.verify().ok
    means = view.runs["Base"].projection.closing.mean(axis=0) * 100
    closing = plan.figures.query("line == 'closing' and segment >= 0")["mean"].to_numpy()
    assert np.abs(closing - means.ravel()).max() < 4
    later = tmp_path / "later.csv"
    simulated.ledger_frame("2026-09").to_csv(later, index=False)
    found = Plan.read(path).against(Ledger.read(later, as_of="2026-09"))
    assert len(found.months) == 3
    check_sums(found)
    assert found.restated().empty
    assert (found.restatement == 0).all()
