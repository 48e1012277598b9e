"""Scenarios, plans and variances on the real forecaster and the example company."""

import numpy as np
import pytest
from test_scenarios_variance import check_sums

from forecast import Forecaster
from history import Ledger
from scenarios import Plan, Scenario, compare, derived_scenarios, run


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
