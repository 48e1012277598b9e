import numpy as np
import pandas as pd
import pytest
from scenarios_toy import ToyForecaster, ledger_of
from test_variance_drivers import BASE, plan_of

from forecast.levers import Levers
from history import Ledger, Policy
from history.errors import InputError
from scenarios import (
    Change,
    Deal,
    NamedCustomer,
    Pipeline,
    Plan,
    PriceRise,
    Scenario,
    reforecast_walk,
    run,
)
from scenarios.variance.carried import carried, rest_of

NOW = [*BASE, ("Late", "2026-06", None, 4_000, "SMB"), ("N", "2026-08", None, 12_000, "Public")]


def steps(walk):
    return {step.label: step.amount for step in walk.steps}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return plan_of(tmp_path_factory.mktemp("p") / "p.plan", ledger_of(BASE, "2026-06"), months=12)


@pytest.fixture(scope="module")
def forecaster():
    return ToyForecaster.of(ledger_of(NOW, "2026-09"), "size")


@pytest.fixture(scope="module")
def variance(plan):
    return plan.against(ledger_of(NOW, "2026-09"))


def test_the_steps_add_up_between_two_forecasts(plan, variance, forecaster):
    scenario = Scenario("Base").change("churn", times=0.5, months="2027-01/")
    new = run(scenario, forecaster, through="2027-06", paths=60)["Base"]
    walk = reforecast_walk(variance, new)
    named = steps(walk)
    assert list(named) == ["restatement", "actuals", "refit", "new business", "new levers"]
    closing = plan.table().query("line == 'closing'")["mean"].iloc[-1]
    assert walk.start == pytest.approx(12 * closing)
    mean = new.projection.closing[:, -1].mean(axis=0).sum()
    assert walk.end == pytest.approx(12 * mean, abs=0.5)
    assert walk.start + sum(named.values()) == pytest.approx(walk.end)
    assert named["new levers"] > 0
    assert named["restatement"] == pytest.approx(
        12 * 40 * np.prod(1 + rates_of(variance)[3:, 1]), rel=0.01
    )
    months = reforecast_walk(variance, new, at="2026-12", measure="mrr")
    assert months.unit == "EUR MRR"
    assert months.title == "FY27 to Base of 2026-09, MRR at 2026-12"


def rates_of(variance):
    """Planned growth of the base a month, (months, segments); SMB is the plan's second segment."""
    plan = variance.plan.table(by_segment=True).set_index(["size", "line"])
    found = []
    for size in ("Large", "SMB"):
        part = plan.loc[size]
        moved = sum(
            part.loc[name, "mean"].to_numpy() for name in ("expansion", "contraction", "churn")
        )
        found.append(moved / part.loc["opening", "mean"].to_numpy())
    return np.stack(found, axis=1)


def test_a_forecast_that_repeats_the_plan_walks_nowhere(tmp_path):
    """Actuals exactly as planned, and the same beliefs: every step is nil to a cent or two."""
    still = Scenario("Still").change("new_customers", set=0).change("churn", set=0)
    still = still.change("expansion", set=0).change("contraction", set=0.002)
    rows = [("A", "2026-01", None, 100_000, "SMB")]
    made = run(still, ToyForecaster.of(ledger_of(rows, "2026-06"), "size"), months=6, paths=5)
    plan = Plan.freeze(made["Still"], name="p", approved_by="c", path=tmp_path / "p.plan")
    rows += [("A", "2026-07", None, -200, "SMB")]
    ledger = ledger_of(rows, "2026-07")
    again = run(still, ToyForecaster.of(ledger, "size"), months=5, paths=5)["Still"]
    walk = reforecast_walk(plan.against(ledger), again, measure="mrr")
    assert all(abs(amount) <= 0.02 for amount in steps(walk).values())


def test_other_definitions_are_a_step(plan):
    """A paused line of 90 a month counts nothing by the plan, and its amount by today's policy."""
    rows = [(who, f"{start}-01", mrr, size, "active") for who, start, _, mrr, size in NOW]
    rows.append(("G", "2026-03-01", 9_000, "SMB", "paused"))
    frame = pd.DataFrame(rows, columns=["customer", "start_date", "mrr", "size", "status"])
    policy = Policy(paused="unchanged")
    ledger = Ledger.from_lines(frame, as_of="2026-09", currency="EUR", policy=policy)
    new = run(Scenario("Base"), ToyForecaster.of(ledger, "size"), months=9, paths=20)["Base"]
    walk = reforecast_walk(plan.against(ledger), new, at="2026-10", measure="mrr")
    assert steps(walk)["definitions"] == pytest.approx(90.0, rel=0.03)
    assert steps(walk)["restatement"] == pytest.approx(40.0, rel=0.03)


def test_levers_of_the_plan_that_go_on(tmp_path, forecaster):
    deals = [Deal(name=n, mrr=100, closes=m, probability=1.0) for n, m in
             (("Old", "2026-08"), ("New", "2026-11"))]  # fmt: skip
    scenario = (
        Scenario("Plan", changes=(Pipeline(deals=deals),))
        .change("churn", times=0.9, months="2026-08/", ramp=12)
        .change("price", times=1.05, months="2026-08/")
        .change("price", times=1.02, months="2027-01/")
        .change("expansion", times=1.1, months="2026-07/2026-09")
        .change("churn", times=0.5, months="2028-01/")
    )
    first = ToyForecaster.of(ledger_of(BASE, "2026-06"), "size")
    made = run(scenario, first, months=24, paths=5)["Plan"]
    plan = Plan.freeze(made, name="p", approved_by="c", path=tmp_path / "p.plan")
    new = run(Scenario("Base"), forecaster, through="2027-06", paths=5)["Base"]
    found = carried(plan, new)
    assert [change.lever for change in found.kept] == ["pipeline", "churn", "price"]
    assert [deal.name for deal in found.kept[0].deals] == ["New"]
    assert found.past == (
        "pipeline of 2 deals worth 200 MRR, but for New",
        "price x 1.05, from 2026-08 on",
        "expansion x 1.1, 2026-07 to 2026-09",
    )
    assert found.beyond == ("churn x 0.5, from 2028-01 on",)
    walk = reforecast_walk(plan.against(ledger_of(NOW, "2026-09")), new)
    said = {step.label: step.because for step in walk.steps}["new levers"]
    assert "price x 1.05" in said
    assert "not in the new forecast's months and segments: churn x 0.5" in said
    assert "no longer: pipeline of 1 deal worth 100 MRR; churn x 0.9" in said
    assert "new: " not in said


def test_a_deal_that_was_due_and_is_not_there_is_not_in_the_actuals(tmp_path, forecaster):
    """Of three that were due, N pays since August; Old and West pay nothing."""
    deals = [Deal(name=n, mrr=100, closes=m, probability=1.0) for n, m in
             (("Old", "2026-08"), ("N", "2026-08"))]  # fmt: skip
    alone = Pipeline(deals=deals[:1])
    won = NamedCustomer(customer="West", event="win", mrr=40, months="2026-08")
    scenario = Scenario("Plan", changes=(Pipeline(deals=deals), alone, won))
    first = ToyForecaster.of(ledger_of(BASE, "2026-06"), "size")
    made = run(scenario, first, months=12, paths=5)["Plan"]
    plan = Plan.freeze(made, name="p", approved_by="c", path=tmp_path / "p.plan")
    wanted = Scenario("Base").change("churn", times=0.9)
    new = run(wanted, forecaster, through="2027-06", paths=5)["Base"]
    walk = reforecast_walk(plan.against(ledger_of(NOW, "2026-09")), new)
    said = {step.label: step.because for step in walk.steps}["new levers"]
    assert said == (
        "new: churn x 0.9. in the actuals: pipeline of 2 deals worth 200 MRR, but for Old. "
        "due and not there: Old; West"
    )


MONTHS = pd.period_range("2026-07", "2027-06", freq="M")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(lever="price", times=1.12, months="2026-08/", ramp=12),
         ", 2 of 12 months of it: the rest goes on"),
        (Change(lever="price", times=1.05, months="2026-08/2026-11"), ", and ends after 2026-11"),
        (Change(lever="price", times=1.1, months="2026-08/2026-12", ramp=4),
         ", 2 of 4 months of it: the rest goes on, and ends after 2026-12"),
        (Change(lever="price", plus=0.08, ramp=6), ", 3 of 6 months of it: the rest goes on"),
        (Change(lever="price", set=1.03, months="/2026-09"), ", and ends after 2026-09"),
        (Change(lever="fx_index", times=0.9, months="2026-09/", ramp=5),
         ", 1 of 5 months of it: the rest goes on"),
        (Change(lever="price", times=1.05, months="2026-07/2026-08"), ""),
        (PriceRise(uplift=0.12, months="2026-08/2027-01"),
         ", 2 of 6 months of it: the rest goes on"),
        (PriceRise(uplift=0.12, months="2026-08/2027-01", share=0.5), ", 2 of 6"),
        (PriceRise(uplift=0.12, months="2026-08/"), ""),
        (Change(lever="price", times=1.05, months="2026-10/"), None),
    ],
)  # fmt: skip
def test_what_has_come_of_an_index_and_what_is_left_are_the_whole(forecaster, change, said):
    """The index through September, times that of the rest, is the plan's in every month."""
    as_of, first = forecaster.as_of, MONTHS[0]
    before = ToyForecaster.of(ledger_of(BASE, "2026-06"), "size")
    rest, words = rest_of(change, first, as_of)
    assert (words or "").startswith(said or "")
    assert (words is None) == (said is None)
    name = "fx_index" if change.lever == "fx_index" else "price"

    def index(changes, of, months):
        levers = Levers.none()
        for each in changes:
            levers = each.apply(levers, of, months)
        levers = levers.fitted(len(months), len(of.segments))
        return levers.apply(name, np.ones((len(months), len(of.segments))))[:, 0]

    whole = index([change], before, MONTHS)
    later = index(rest, forecaster, MONTHS[3:])
    assert whole[2] * later == pytest.approx(whole[3:])


def test_a_rise_for_all_goes_on_for_new_customers(forecaster):
    rise = PriceRise(uplift=0.1, who="all", months="2026-08/2026-09")
    (rest,), words = rest_of(rise, MONTHS[0], forecaster.as_of)
    assert words == "; new customers go on to pay it"
    levers = rest.apply(Levers.none(), forecaster, MONTHS[3:]).fitted(9, len(forecaster.segments))
    ones = np.ones((9, len(forecaster.segments)))
    assert levers.apply("new_arpa", ones) == pytest.approx(1.1 * ones)
    assert levers.apply("price", ones) == pytest.approx(ones)


def test_a_walk_that_leads_nowhere_is_refused(variance, forecaster):
    new = run(Scenario("Base"), forecaster, months=3, paths=5)["Base"]
    with pytest.raises(InputError, match="choose a month from 2026-10 to 2026-12"):
        reforecast_walk(variance, new, at="2027-01")
    with pytest.raises(InputError, match="arr or mrr"):
        reforecast_walk(variance, new, measure="customers")
    other = ToyForecaster.of(ledger_of(BASE, "2026-09"), "size")
    with pytest.raises(InputError, match="does not open as 2026-09 closed"):
        reforecast_walk(variance, run(Scenario("Base"), other, months=3, paths=5)["Base"])
