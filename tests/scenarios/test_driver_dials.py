"""Numbers of drivers in solve, tornado and grid: turned where the driver stands."""

import numpy as np
import pytest

from history.errors import InputError, UnknownNameError
from scenarios import (
    Change,
    DriverDial,
    Marketing,
    PaymentRecovery,
    PriceRise,
    SalesCapacity,
    Scenario,
    Target,
    grid,
    run,
    solve,
    tornado,
)
from scenarios.changes.drivers import DRIVERS
from scenarios.deciding.driver_dial import main_dials, numbers_of

PATHS = 60
BASE = Scenario("Base")
RISE = Scenario("Rise", based_on=BASE).add(
    PriceRise(uplift=0.05, months="2026-10/", where={"size": "SMB"}, because="5 % more"),
    Change(lever="churn", times=0.95),
)
TEAM = Scenario("Team", based_on=RISE).add(
    SalesCapacity(reps=8, hires={"2026-09": 2}, cost=120_000),
    Marketing(spend=50_000, reference=40_000, returns=0.5, share=0.4),
)


@pytest.fixture(scope="module")
def runs(by_size):
    return run([BASE, RISE, TEAM], by_size, months=18, paths=PATHS)


def mean_arr(by_size, scenario):
    ran = run(scenario, by_size, months=18, paths=PATHS)
    return float(ran[scenario.name].projection.draws("arr")[:, -1].mean())


def test_the_number_is_turned_in_its_place_and_plugged_back_it_hits_the_target(runs, by_size):
    target = Target(arr=1.01 * mean_arr(by_size, TEAM))
    found = solve(runs, "Team", "price_rise.uplift", target)
    assert found.reached
    (uplift,) = found.numbers
    assert uplift > 0.05
    assert 0 <= mean_arr(by_size, found.scenario) - target.value < 1.0
    turned, *rest = found.scenario.all_changes
    assert (turned.uplift, turned.months, turned.where["size"]) == (uplift, "2026-10/", ("SMB",))
    assert turned.because.startswith("solved for ARR of")
    assert tuple(rest) == TEAM.all_changes[1:]
    # What comes before the turned change is still the chain that it was.
    assert found.scenario.lineage == ("Base", "Team, solved")
    assert found.changes == (turned,)
    assert f"prices of existing customers +{round(100 * uplift, 6):g} %" in str(found)


def test_amounts_by_month_are_turned_in_the_months_said(runs, by_size):
    target = Target(arr=1.02 * mean_arr(by_size, TEAM))
    hires = DriverDial("sales_capacity.hires", months="2026-10/2026-11")
    found = solve(runs, "Team", hires, target)
    (number,) = found.numbers
    assert dict(found.changes[0].hires) == {"2026-09": 2.0, "2026-10": number, "2026-11": number}
    assert found.evidence[0].lever == "new_customers"
    assert found.evidence[0].then > found.evidence[0].now
    assert "instead of" in str(found)
    assert found.as_dict()["levers"][0]["seen_in"] == "new_customers"


def test_people_come_whole_and_one_fewer_does_not_do(runs, by_size):
    target = Target(arr=1.02 * mean_arr(by_size, TEAM))
    dial = DriverDial("sales_capacity.hires", months="2026-10")
    found = solve(runs, "Team", dial, target)
    (number,) = found.numbers
    assert number == round(number)
    assert found.score == pytest.approx(mean_arr(by_size, found.scenario))
    fewer = Scenario("Fewer").add(*dial.on(TEAM.all_changes).turn(TEAM.all_changes, number - 1))
    assert mean_arr(by_size, fewer) < target.value <= found.score
    (exact,) = found.exact
    assert number - 1 < exact.hires["2026-10"] < number
    assert f"(in whole ones, which reach ARR of {found.score:,.0f}; sales team of 8" in str(found)
    assert found.as_dict()["exact"] == [exact.effect]
    assert found.scenario.all_changes[2].hires == {"2026-09": 2.0, "2026-10": number}


def test_of_those_who_leave_the_whole_ones_are_fewer_and_of_a_factor_each_amount(runs, by_size):
    leaving = Scenario("Leaving").add(SalesCapacity(reps=20, leavers={"2026-09": 9}))
    now = run(leaving, by_size, months=18, paths=PATHS)
    target = Target(arr=1.02 * mean_arr(by_size, leaving))
    found = solve(now, "Leaving", "sales_capacity.leavers", target)
    (number,) = found.numbers
    assert number == round(number) < found.exact[0].leavers["2026-09"]
    assert found.score >= target.value
    more = solve(runs, "Team", DriverDial("sales_capacity.hires", "times"),
                 Target(arr=1.02 * mean_arr(by_size, TEAM)))  # fmt: skip
    assert more.numbers[0] != round(more.numbers[0])
    (hired,) = more.changes[0].hires.values()
    assert hired == round(hired) > 2 * more.numbers[0]
    assert solve(runs, "Team", "marketing.spend", target).exact is None


def test_a_rise_that_the_scenario_does_not_have_is_added(runs, by_size):
    target = Target(arr=1.02 * mean_arr(by_size, BASE))
    dial = DriverDial("price_rise.uplift", months="2027-01/", where={"size": "SMB"})
    found = solve(runs, "Base", dial, target)
    assert found.scenario.based_on == BASE
    (rise,) = found.scenario.changes
    assert (rise.uplift, rise.months) == (found.numbers[0], "2027-01/")
    assert mean_arr(by_size, found.scenario) == pytest.approx(target.value, rel=1e-4)
    assert found.evidence[0].lever == "expansion"


def test_a_number_stops_where_the_driver_takes_no_more(by_size):
    """Nobody leaves over a price cut, and of 0.5 % a per cent all have left at 200 %."""
    rise = Scenario("Rise").add(PriceRise(uplift=0.05, churn_per_percent=0.005, months="2026-10/"))
    runs = run(rise, by_size, months=6, paths=20)
    far = solve(runs, "Rise", "price_rise.uplift", Target(arr=1e12))
    assert not far.reached
    assert 0 <= far.numbers[0] <= 2.0
    most = solve(runs, "Rise", "price_rise.uplift", Target(arr=1.0))
    assert most.reached


def test_several_turn_together_a_lever_among_them(runs, by_size):
    target = Target(arr=1.02 * mean_arr(by_size, TEAM))
    found = solve(runs, "Team", ["price_rise.uplift", "marketing.spend", "churn"], target)
    uplift, spend, churn = found.numbers
    assert uplift / 0.05 == pytest.approx(spend / 50_000)
    assert 1 - churn == pytest.approx(uplift / 0.05 - 1)
    assert mean_arr(by_size, found.scenario) == pytest.approx(target.value, rel=1e-4)


def test_the_tornado_moves_the_main_number_of_each_driver_in_use(runs, by_size):
    found = tornado(runs, "Team")
    by_name = {swing.dial.lever: swing for swing in found.swings}
    assert {"price_rise.uplift", "sales_capacity.hires", "marketing.spend", "churn"} <= set(by_name)
    rise = by_name["price_rise.uplift"]
    less = PriceRise(uplift=0.045, months="2026-10/", where={"size": "SMB"})
    lower = Scenario("Less").add(less, *TEAM.all_changes[1:])
    assert rise.down == pytest.approx(mean_arr(by_size, lower), abs=0.01)
    assert rise.down < found.center < rise.up
    assert "price_rise.uplift" in str(found)
    # Without drivers it is what it was.
    plain = {swing.dial.lever for swing in tornado(runs, "Base").swings}
    assert not any("." in name for name in plain)
    assert {rule.rule for rule in tornado(runs, "Rise", step="history").swings} >= {"assumed"}


def test_a_share_is_not_turned_beyond_its_bounds(by_size):
    dunning = Scenario("Dunning").add(PaymentRecovery(now=0.4, then=0.95, involuntary_share=0.3))
    runs = run(dunning, by_size, months=6, paths=20)
    found = tornado(runs, "Dunning", levers="payment_recovery.then")
    wanted = Scenario("All").add(PaymentRecovery(now=0.4, then=1.0, involuntary_share=0.3))
    ran = run(wanted, by_size, months=6, paths=20)["All"].projection.draws("arr")[:, -1].mean()
    assert found.swings[0].up == pytest.approx(ran)


def test_a_grid_of_two_numbers(runs, by_size):
    table = grid(runs, "Rise", "price_rise.uplift", [0.0, 0.05], "churn", [0.95, 1.0])
    assert table.loc[0.05, 1.0] == pytest.approx(
        mean_arr(by_size, Scenario("Same").add(RISE.changes[0], RISE.changes[1])), abs=0.01
    )
    assert table.loc[0.05, 1.0] > table.loc[0.0, 1.0]


def test_of_two_rises_the_place_says_which():
    two = [PriceRise(uplift=0.05), PriceRise(uplift=0.03, months="2027-01/")]
    with pytest.raises(InputError, match=r"2 of them: say price_rise\.1\.uplift"):
        DriverDial("price_rise.uplift").on(two)
    dial = DriverDial("price_rise.2.uplift").on(two)
    assert [change.uplift for change in dial.turn(two, 0.1)] == [0.05, 0.1]
    assert [dial.name for dial in main_dials(two)] == ["price_rise.1.uplift", "price_rise.2.uplift"]
    with pytest.raises(InputError, match="the scenario has 2 price_rise"):
        DriverDial("price_rise.3.uplift").on(two)


def test_wishes_that_make_no_sense_are_refused(runs):
    target = Target(arr=1e6)
    with pytest.raises(UnknownNameError, match="price_rise"):
        solve(runs, "Rise", "price_ris.uplift", target)
    with pytest.raises(UnknownNameError, match="uplift"):
        solve(runs, "Rise", "price_rise.uplifts", target)
    with pytest.raises(InputError, match=r"turn one of its numbers \(price_rise\.uplift"):
        solve(runs, "Rise", "price_rise", target)
    with pytest.raises(InputError, match="the scenario has no sales_capacity"):
        solve(runs, "Base", "sales_capacity.hires", target)
    with pytest.raises(InputError, match="leave out months"):
        solve(runs, "Rise", DriverDial("price_rise.uplift", months="2027-01"), target)
    with pytest.raises(InputError, match="leave out where"):
        solve(runs, "Rise", DriverDial("price_rise.uplift", where={"size": "SMB"}), target)
    with pytest.raises(InputError, match="a month or a closed span"):
        solve(runs, "Team", DriverDial("sales_capacity.hires", months="2026-10/"), target)
    with pytest.raises(InputError, match="two numbers of one driver"):
        solve(runs, "Rise", ["price_rise.uplift", "price_rise.share"], target)
    with pytest.raises(InputError, match="so times changes nothing"):
        tornado(runs, "Rise", levers="price_rise.downgrade")


def test_every_driver_has_numbers_with_bounds_and_a_main_one_among_them():
    for name, kind in DRIVERS.items():
        numbers = numbers_of(kind)
        assert set(kind.main) <= set(numbers), name
        assert set(kind.less_is_better) <= set(numbers), name
        assert all(low < high for low, high in numbers.values()), name
    assert numbers_of(DRIVERS["price_rise"])["uplift"] == (-0.9, 5)
    assert numbers_of(DRIVERS["sales_capacity"])["hires"] == (0, 1e12)
    assert np.isclose(numbers_of(DRIVERS["marketing"])["returns"][0], 0)
