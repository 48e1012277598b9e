"""Unit economics of scenarios against figures worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from history.errors import InputError
from scenarios import (
    Costs,
    Marketing,
    Plan,
    SalesCapacity,
    Scenario,
    run,
    scenario_schema,
    unit_economics,
)
from scenarios.costs import added_costs, by_month
from scenarios.economics import DEFINITIONS
from scenarios.files.file import check
from scenarios.files.yamltext import parse
from scenarios.means import Means

BASE = Costs(sales_and_marketing=120_000, other=300_000, gross_margin=0.8)


def worked_out(months=6, costs=BASE, scenario=None):
    """MRR 600/3 a month in the past year's last quarter, then 800/3, then 900/3; two quarters."""
    index = pd.period_range("2026-07", periods=months, freq="M")
    mrr = np.repeat([800.0, 900.0], 3)[:months, None] / 3
    ones = np.ones((months, 1))
    means = Means(
        {"mrr": mrr, "customers": 10 * ones, "new_customers": ones, "churned_customers": 0.5 * ones}
    )
    past = pd.DataFrame({"total": [100.0] * 9 + [200.0] * 3})
    forecaster = SimpleNamespace(movements=SimpleNamespace(matrix=lambda name: past))
    one = SimpleNamespace(
        name="A",
        scenario=scenario or Scenario("A"),
        forecaster=forecaster,
        projection=SimpleNamespace(opening_customers=np.array([10.0])),
    )
    runs = SimpleNamespace(
        values=lambda: [one], months=index, means_of=lambda changes: means, currency="EUR"
    )
    return runs, costs


def figures(table, at="2026-09"):
    rows = table[table["month"] == pd.Period(at, "M")]
    return rows.set_index("metric")["value"]


def test_a_quarter_by_hand():
    runs, _ = worked_out()
    costs = Costs(sales_and_marketing=700 / 3, other=50.0, gross_margin=0.8)
    found = figures(unit_economics(runs, costs))
    assert found["revenue"] == pytest.approx(800)
    assert found["magic_number"] == pytest.approx((800 - 600) * 4 / 700)
    assert round(found["magic_number"], 2) == 1.14
    assert found["cac"] == pytest.approx(700 / 3)
    assert found["arpa"] == pytest.approx(800 / 30)
    assert found["customer_churn"] == pytest.approx(0.05)
    assert found["clv"] == pytest.approx(800 / 30 * 0.8 / 0.05)
    assert found["ltv_to_cac"] == pytest.approx(found["clv"] / found["cac"])
    assert found["cac_payback"] == pytest.approx(700 / 3 / (800 / 30 * 0.8))
    result = 0.8 * 800 - 700 - 150
    assert found["operating_result"] == pytest.approx(result)
    net_new = 12 * (800 / 3 - 200)
    assert found["net_new_arr"] == pytest.approx(net_new)
    assert found["burn_multiple"] == pytest.approx(-result / net_new)
    assert found["rule_of_40"] == pytest.approx(800 / 3 / 100 - 1 + result / 800)
    later = figures(unit_economics(runs, costs), at="2026-12")
    assert later["magic_number"] == pytest.approx((900 - 800) * 4 / 700)


def test_what_is_not_defined_is_nan():
    runs, costs = worked_out()
    flat = runs.means_of(()).values  # noqa: PD011 - of Means, no frame
    flat["mrr"] = np.full((6, 1), 200.0)
    flat["new_customers"] = np.zeros((6, 1))
    flat["churned_customers"] = np.zeros((6, 1))
    found = figures(unit_economics(runs, costs))
    for name in ("cac", "clv", "ltv_to_cac", "cac_payback", "burn_multiple"):
        assert np.isnan(found[name]), name
    assert found["magic_number"] == 0


def test_every_figure_has_its_unit_and_every_period_its_name():
    runs, costs = worked_out()
    table = unit_economics(runs, costs, fiscal_year_start=4)
    assert table["period"].unique().tolist() == ["Q2 FY27", "Q3 FY27"]
    units = table.set_index("metric")["unit"].to_dict()
    assert set(units) == set(DEFINITIONS)
    assert units["net_new_arr"] == "EUR ARR"
    assert units["cac_payback"] == "months"
    assert units["customer_churn"] == "share a month"


def test_whole_fiscal_periods_alone():
    runs, costs = worked_out(months=5)
    assert unit_economics(runs, costs)["month"].astype(str).unique().tolist() == ["2026-09"]
    ends = unit_economics(runs, costs, fiscal_year_start=2)["month"].astype(str).unique()
    assert ends.tolist() == ["2026-10"]
    with pytest.raises(InputError, match="no whole fiscal year lies between 2026-07 and 2026-11"):
        unit_economics(runs, costs, every="year")


def test_costs_come_from_the_chain_or_are_asked_for():
    runs, _ = worked_out(scenario=Scenario("A"))
    with pytest.raises(InputError, match="scenario 'A' has no costs"):
        unit_economics(runs)
    own = Costs(sales_and_marketing=1.0, gross_margin=0.5)
    child = Scenario("A", based_on=Scenario("Base", costs=own))
    assert child.costs_in_force == child.flattened().costs == own
    runs, _ = worked_out(scenario=child)
    assert figures(unit_economics(runs, BASE))["sales_and_marketing"] == 3.0


def test_what_changes_cost_comes_on_top(by_size):
    team = SalesCapacity(reps=8, hires={"2026-08": 2}, cost=120_000)
    spend = Marketing(spend=50_000, reference=40_000, returns=0.5, months="2026-09/")
    scenario = Scenario("A", costs=BASE).add(team, spend)
    added = added_costs(scenario, by_size, by_size.months_ahead(months=4))
    assert added["sales"].tolist() == [0, 20_000, 20_000, 20_000]
    assert added["marketing"].tolist() == [0, 0, 10_000, 10_000]
    runs = run([Scenario("Base", costs=BASE), scenario], by_size, months=6, paths=40)
    table = unit_economics(runs)
    spent = table[table["metric"] == "sales_and_marketing"].set_index(["month", "scenario"])
    assert spent["value"].tolist() == [360_000, 410_000, 360_000, 450_000]
    revenue = table[(table["metric"] == "revenue") & (table["scenario"] == "Base")]["value"]
    mean = runs["Base"].projection.draws("mrr").mean(axis=0)
    assert revenue.tolist() == pytest.approx([mean[:3].sum(), mean[3:].sum()])
    freeze = Scenario("F", costs=Costs(sales_and_marketing=10.0, gross_margin=0.8)).add(
        SalesCapacity(reps=8, leavers={"2026-08": 2}, cost=120_000)
    )
    with pytest.raises(InputError, match="saves more than its costs"):
        unit_economics(run(freeze, by_size, months=3, paths=40))


def test_amounts_by_month_hold_until_the_next():
    months = pd.period_range("2026-09", periods=3, freq="M")
    assert by_month({"2026-10": 2.0}, months).tolist() == [2.0, 2.0, 2.0]
    assert by_month({"2026-01": 1.0, "2026-11": 3.0}, months).tolist() == [1.0, 1.0, 3.0]


def test_costs_in_a_file_a_scenario_and_a_plan(by_size, tmp_path):
    text = (
        b"name: A\ncosts:\n  sales_and_marketing: {2026-07: 100000, 2027-01: 120000}\n"
        b"  gross_margin: 0.8\nchanges: []\n"
    )
    made = Scenario.read(_written(tmp_path, text))
    assert made.to_yaml() == text
    assert Scenario.read(_written(tmp_path, Scenario("A", costs=made.costs).to_yaml())) == made
    assert made.digest != Scenario("A").digest
    more = made.change("churn", times=0.9)
    assert b"2027-01: 120000" in more.to_yaml()
    path = tmp_path / "a.plan"
    Plan.freeze(run(made, by_size, months=3, paths=20)["A"], name="P", approved_by="X", path=path)
    assert Plan.read(path).scenario == made
    said = b"name: A\ncosts: {sales_and_marketing: -1, gros_margin: 0.8, gross_margin: 80}\n"
    with pytest.raises(InputError) as caught:
        check(parse(said, "f.yaml"))
    for expected in ("f.yaml:2:30: costs.sales_and_marketing: should be", "80 % is written 0.80",
                     'did you mean "gross_margin"'):  # fmt: skip
        assert expected in str(caught.value)
    assert "Costs" in scenario_schema()["$defs"]


def _written(folder, content):
    path = folder / "a.yaml"
    path.write_bytes(content)
    return path
