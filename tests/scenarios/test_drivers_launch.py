"""The launch of a segment: a segment of its own in all results, and a company that adds up."""

import numpy as np
import pytest

from forecast import Forecaster
from forecast.outlook import Outlook
from history import Ledger
from history.errors import InputError, UnknownNameError
from scenarios import (
    Launch,
    Plan,
    PriceRise,
    SalesCapacity,
    Scenario,
    Target,
    compare,
    overlaps,
    run,
    solve,
    tornado,
    unit_economics,
)
from scenarios.costs import Costs

MONTHS, PATHS = 24, 300
AUSTRIA = Launch(
    segment={"size": "Austria"},
    like={"size": "SMB"},
    customers=20,
    arpa=90,
    ramp=6,
    months="2026-10/",
    setup=50_000,
    sales_cost=10_000,
    other_cost=4_000,
)
COSTS = Costs(sales_and_marketing=190_000, other=260_000, gross_margin=0.79)
BASE = Scenario("Base", costs=COSTS)
NEW = Scenario("New country", based_on=BASE).add(AUSTRIA)
BOTH = Scenario("Both", based_on=NEW).change("churn", times=1.1, months="2027-01/")


@pytest.fixture(scope="module")
def runs(by_size):
    return run([BASE, NEW, BOTH], by_size, months=MONTHS, paths=PATHS)


@pytest.fixture(scope="module")
def alone(by_size):
    """The same company without a launch anywhere."""
    return run(BASE, by_size, months=MONTHS, paths=PATHS)["Base"].projection


def place_of(runs):
    return runs.forecaster.segments.position("Austria")


def test_the_others_are_what_they_are_without_it_bit_for_bit(runs, alone):
    at = place_of(runs)
    assert runs.forecaster.segments.labels == ["Austria", "Enterprise", "Mid-Market", "SMB"]
    for name in ("Base", "New country"):
        projection = runs[name].projection
        for flow, values in projection.flows.items():
            assert np.array_equal(np.delete(values, at, axis=2), alone.flows[flow])
    empty = runs["Base"].projection
    assert not empty.closing[:, :, at].any()
    assert not empty.customers[:, :, at].any()
    assert np.array_equal(empty.draws("arr"), alone.draws("arr"))


def test_it_is_a_segment_that_foots_on_every_path(runs):
    at, projection = place_of(runs), runs["New country"].projection
    assert projection.opening[at] == 0
    net = sum(flow[:, :, at] for flow in projection.flows.values())
    assert np.cumsum(net, axis=1) == pytest.approx(projection.closing[:, :, at], abs=0.01)
    counts = projection.counts
    people = counts["new_customers"] + counts["reactivated_customers"]
    people = np.cumsum((people - counts["churned_customers"])[:, :, at], axis=1)
    assert people == pytest.approx(projection.customers[:, :, at])
    assert projection.draws("arr") == pytest.approx(12 * projection.closing.sum(axis=2))
    table = projection.table()
    last = table[(table["month"] == "2028-06") & (table["measure"] == "mrr")]
    by_name = last.set_index("size")["mean"]
    assert by_name.drop("total").sum() == pytest.approx(by_name["total"])
    assert by_name["Austria"] > 0
    layers = projection.layers().mrr
    assert sum(layers.values())[:, :, at] == pytest.approx(projection.closing[:, :, at], abs=0.01)
    assert not projection.layers().today[:, :, at].any()


def test_it_wins_what_is_said_and_loses_as_its_like(runs, by_size):
    at, projection = place_of(runs), runs["New country"].projection
    won = projection.counts["new_customers"][:, :, at]
    assert not won[:, :3].any()
    wanted = 20 * np.minimum(np.arange(1, MONTHS - 2) / 6, 1.0)
    assert won.mean(axis=0)[3:] == pytest.approx(wanted, rel=0.06, abs=0.4)
    assert (won == np.rint(won)).all()
    # A Poisson count, and the like's own errors of forecasting on top.
    assert won[:, -1].var() > 20
    new = projection.flows["new"][:, :, at].mean(axis=0)
    assert new[3:] == pytest.approx(90 * wanted, rel=0.08, abs=60)
    outlook = Outlook.of(runs.forecaster, MONTHS, runs["New country"].levers)
    assert outlook.new_customers[3:, at] == pytest.approx(wanted)
    assert outlook.opening[-1, at] == pytest.approx(projection.closing[:, -2, at].mean(), rel=0.05)
    # The same customers, won by SMB on top of its own, leave as fast.
    like = Scenario("Like").change("new_customers", plus=20, ramp=6, months="2026-10/",
                                   where={"size": "SMB"})  # fmt: skip
    more = run([BASE, like], by_size, months=MONTHS, paths=PATHS)
    customers = [
        more[name].projection.draws("customers")[:, -1].mean() for name in ("Like", "Base")
    ]
    assert projection.customers[:, -1, at].mean() == pytest.approx(
        customers[0] - customers[1], rel=0.05
    )


def test_it_is_explained_solved_for_and_in_the_tornado(runs):
    view = compare(runs, "Base")
    bridge = view.bridge("Both")
    steps = {step.label: step.amount for step in bridge.steps}
    launched = next(amount for label, amount in steps.items() if label.startswith("launch"))
    gain = view.table(at="2028-06").set_index("scenario")["difference"]["New country"]
    assert launched == pytest.approx(gain)
    austria = view.attribution("Both", where={"size": "Austria"}).table()
    assert austria["amount"].abs().sum() > 0
    found = solve(runs, "New country", "launch.customers", Target(arr=bridge.start + 3e5))
    assert found.reached
    assert found.numbers[0] != 20
    assert "launch.customers" in [s.dial.lever for s in tornado(runs, "New country").swings]


def test_it_costs_what_is_said(runs):
    months = runs.months
    costs = AUSTRIA.costs(runs.forecaster, months)
    assert costs["sales"].tolist() == [0] * 3 + [10_000] * 21
    assert costs["other"].tolist() == [0] * 3 + [54_000] + [4_000] * 20
    table = unit_economics(runs, COSTS, every="year").set_index(["month", "scenario", "metric"])
    spent = table["value"].xs("sales_and_marketing", level="metric").unstack("scenario")
    assert (spent["New country"] - spent["Base"]).iloc[0] == 120_000


def test_other_changes_reach_it_by_its_name(runs, by_size):
    rise = PriceRise(uplift=0.5, months="2028-01", where={"size": "Austria"})
    dearer = Scenario("Dearer", based_on=NEW).add(rise)
    more = run([BASE, NEW, dearer], by_size, months=MONTHS, paths=PATHS)
    at = place_of(more)
    before, after = (more[name].projection.closing[:, -1] for name in ("New country", "Dearer"))
    assert after[:, at].mean() > 1.2 * before[:, at].mean()
    assert np.array_equal(np.delete(after, at, axis=1), np.delete(before, at, axis=1))
    team = Scenario("Team").add(AUSTRIA, SalesCapacity(reps=4, where={"size": "SMB"}))
    assert not overlaps(team)
    assert overlaps(Scenario("All").add(AUSTRIA, SalesCapacity(reps=4)))


def test_a_plan_has_it_and_actuals_lie_beside_it(by_size, simulated, tmp_path):
    soon = Scenario("Soon").add(AUSTRIA.model_copy(update={"months": "2026-08/"}))
    runs = run(soon, by_size, months=6, paths=50)
    plan = Plan.freeze(runs["Soon"], path=tmp_path / "new.plan", name="New", approved_by="CFO")
    assert not plan.verify().problems
    assert plan.segments.labels == runs.forecaster.segments.labels
    simulated.ledger_frame("2026-09").to_csv(tmp_path / "later.csv", index=False)
    found = plan.against(Ledger.read(tmp_path / "later.csv", as_of="2026-09"))
    table = found.minor(by_segment=True, month="2026-09")
    rows = table[table["size"] == "Austria"].set_index("line")
    assert rows.loc["new", "plan"] > 0
    assert rows["actual"].eq(0).all()
    sums = table[table["size"] != "total"].groupby("line")["plan"].sum()
    total = table[table["size"] == "total"].set_index("line")["plan"]
    assert (sums.sort_index() == total.sort_index()).all()


def test_launches_that_make_no_sense_are_refused(by_size, example_ledger):
    def refused(kind, said, forecaster=by_size, **keys):
        given = {**AUSTRIA.as_dict(), **keys}
        with pytest.raises(kind, match=said):
            run(Scenario("S").add(Launch.model_validate(given)), forecaster, months=6, paths=5)

    whole = Forecaster.fit(example_ledger, calibrate=False)
    refused(InputError, "SMB is there already", segment={"size": "SMB"})
    refused(UnknownNameError, "Enterprise", like={"size": "Smb"})
    refused(UnknownNameError, "size", segment={"country": "Austria"})
    refused(InputError, r"segment it by size \(--by size, or by: \[size\] in", forecaster=whole)
    without = {key: value for key, value in AUSTRIA.as_dict().items() if key != "like"}
    with pytest.raises(InputError, match="segment: needs like: which segment of size it behaves"):
        run(Scenario("S").add(Launch.model_validate(without)), by_size, months=6, paths=5)
    two = [AUSTRIA, AUSTRIA.model_copy(update={"like": {"size": "Enterprise"}})]
    with pytest.raises(InputError, match="Austria is launched twice, like two others"):
        run(Scenario("S").add(*two), by_size, months=6, paths=5)
    with pytest.raises(ValueError, match="needs its first month"):
        Launch.model_validate({**AUSTRIA.as_dict(), "months": "/2027-01"})
    with pytest.raises(ValueError, match="leave it out"):
        Launch.model_validate({**AUSTRIA.as_dict(), "where": {"size": "SMB"}})


def test_a_company_without_segments_wins_what_is_launched_as_its_own(example_ledger):
    whole = Forecaster.fit(example_ledger, calibrate=False)
    keys = {key: value for key, value in AUSTRIA.as_dict().items() if key not in ("like", "ramp")}
    alone = Launch.model_validate(keys)
    assert alone.effect == "launch of Austria like the company, 20 customers a month at 90 MRR each"
    before = Scenario("Less", based_on=BASE).change("new_customers", times=0.8)
    with_it = Scenario("With it", based_on=before).add(alone)
    again = Scenario("Flat").add(*with_it.all_changes)
    runs = run([BASE, before, with_it, again], whole, months=MONTHS, paths=PATHS)
    less, more = (Outlook.of(whole, MONTHS, runs[name].levers) for name in ("Less", "With it"))
    months = np.arange(MONTHS) >= 3
    assert (more.new_customers - less.new_customers)[:, 0] == pytest.approx(20.0 * months, abs=1e-9)
    assert (more.new_mrr - less.new_mrr)[:, 0] == pytest.approx(1_800.0 * months, abs=1e-6)
    arr = {name: one.projection.draws("arr").mean(axis=0) for name, one in runs.items()}
    gain = arr["With it"] - arr["Less"]
    assert gain[:3] == pytest.approx(0.0, abs=1e-6)
    assert gain[3] == pytest.approx(12 * 1_800, rel=0.05)
    assert np.array_equal(arr["Flat"], arr["With it"])
    table = unit_economics(runs, COSTS, every="quarter").set_index(["month", "scenario", "metric"])
    spent = table["value"].xs("sales_and_marketing", level="metric").unstack("scenario")
    assert (spent["With it"] - spent["Less"]).tolist() == [0.0] + 7 * [30_000.0]
