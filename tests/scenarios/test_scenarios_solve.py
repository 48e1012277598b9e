"""Solving and break-even: plugging the answer back hits the target."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios_toy import ToyForecaster

from history.errors import InputError, UnknownNameError
from scenarios import Dial, Scenario, Target, break_even, run, solve
from scenarios.deciding.roots import Bracket, bracket, close_in

BASE = Scenario("Base")
UP = Scenario("Up", based_on=BASE).change("price", times=1.05, months="2027-01/")


class Moves:
    """Movements of the toy's three segments: churn 3 % a month, in the newest year 2 %."""

    months = pd.period_range(end="2026-06", periods=37, freq="M")

    def matrix(self, name, value="mrr"):
        level = np.array([3000.0, 2000.0, 1000.0])
        churn = np.where(np.arange(37) < 25, 0.03, 0.02)[:, None]
        new = np.full(37, 3.0)
        new[20:23] = 6.0
        series = {
            ("opening", "mrr"): np.ones((37, 1)) * level,
            ("closing", "mrr"): np.ones((37, 1)) * level,
            ("churn", "mrr"): -churn * level,
            ("expansion", "mrr"): 0.01 * np.ones((37, 1)) * level,
            ("new", "customers"): new[:, None] * np.ones(3),
            ("new", "mrr"): 20 * new[:, None] * np.ones(3),
        }
        values = series[name, value].copy()
        if name != "closing":
            values[0] = np.nan
        return pd.DataFrame(values, index=self.months)


TOY = ToyForecaster(movements=Moves())


@pytest.fixture(scope="module")
def runs():
    return run([BASE, UP], TOY, months=18, paths=60)


def arr(runs, scenario):
    """ARR of every path at the end, of any scenario, run anew."""
    ran = run(scenario, TOY, months=18, paths=60)
    return ran[scenario.name].projection.draws("arr")[:, -1]


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(["churn", "expansion", "price", "new_arpa"]), st.floats(0.97, 1.04))
def test_plugging_the_answer_back_hits_the_mean_to_the_cent(runs, lever, factor):
    target = Target(arr=factor * arr(runs, BASE).mean())
    found = solve(runs, "Base", lever, target)
    assert found.reached
    assert 0 <= arr(runs, found.scenario).mean() - target.value < 0.005


@settings(deadline=None, max_examples=15)
@given(
    st.sampled_from(["churn", "new_customers", "price"]),
    st.floats(0.98, 1.03),
    st.sampled_from([0.1, 0.5, 0.8, 1.0]),
)
def test_a_probability_is_reached_and_a_hair_less_is_not_enough(runs, lever, factor, probability):
    target = Target(arr=factor * float(np.median(arr(runs, BASE))))
    found = solve(runs, "Base", lever, target, probability=probability)
    assert (arr(runs, found.scenario) >= target.value).mean() >= probability
    assert found.chance == (arr(runs, found.scenario) >= target.value).mean()
    worse = found.numbers[0] * (1 - found.dials[0].better * 1e-5)
    assert (arr(runs, BASE.change(lever, times=worse)) >= target.value).mean() < probability


def test_several_levers_move_by_the_same_percentage_for_the_better(runs):
    target = Target(arr=1.1 * arr(runs, BASE).mean())
    found = solve(runs, "Base", ["churn", "expansion"], target)
    churn, expansion = found.numbers
    assert churn < 1
    assert expansion - 1 == pytest.approx(1 - churn, abs=1e-12)
    # Churn alone comes to its bound, the other goes on.
    far = solve(runs, "Base", ["churn", "expansion"], Target(arr=1.9 * arr(runs, BASE).mean()))
    assert far.numbers[0] == 0.0
    assert far.numbers[1] > 2.0


def test_the_answer_is_compared_with_the_companys_own_months(runs):
    found = solve(runs, "Base", "churn", Target(arr=1.02 * arr(runs, BASE).mean()))
    (each,) = found.evidence
    assert each.months == 36
    assert each.then < each.now
    assert each.as_good == 0
    assert "better than any of your 36 months" in str(found)
    longest = {length: value for length, value, _ in each.extremes}
    assert longest == pytest.approx({"month": 0.02, "quarter": 0.02, "year": 0.02})
    more = solve(runs, "Base", "new_customers", Target(arr=1.2 * arr(runs, BASE).mean()))
    (won,) = more.evidence
    assert won.extremes[1][1:] == (18.0, "2025-02 to 2025-04")
    assert f"{won.then / 18:.2f} x that of your best quarter (2025-02 to 2025-04)" in str(more)


def test_a_rate_of_another_mix_is_named_beside_its_factor():
    # More small customers come, who leave more often: the whole is another mix then.
    mixed = (
        Scenario("Mixed")
        .change("churn", set=0.06, where={"size": "SMB"})
        .change("churn", set=0.005, where={"size": "Large"})
    )
    runs = run(mixed, TOY, months=18, paths=60)
    target = Target(arr=1.15 * arr(runs, mixed).mean())
    dials = [Dial("new_customers", where={"size": "SMB"}), Dial("churn")]
    churn = next(e for e in solve(runs, "Mixed", dials, target).evidence if e.lever == "churn")
    assert churn.factor < 1
    assert abs(churn.then / churn.now / churn.factor - 1) > 0.005
    said = f"(x {churn.then / churn.now:.3g} in all where each customer's is x {churn.factor:.3g}"
    assert said in churn.lines()[0]
    (alone,) = solve(runs, "Mixed", Dial("new_customers"), target).evidence
    assert "in all where" not in alone.lines()[0]


def test_what_is_reached_already_says_how_bad_it_may_get(runs):
    target = Target(arr=0.95 * arr(runs, BASE).mean())
    found = solve(runs, "Base", "churn", target)
    assert found.numbers[0] > 1
    assert "reached already" in str(found)
    assert found.evidence[0].side == "worst"
    assert arr(runs, found.scenario).mean() >= target.value


def test_out_of_reach_says_how_near_one_gets_and_at_which_bound(runs):
    found = solve(runs, "Base", "churn", Target(arr=1e9))
    assert not found.reached
    assert found.numbers == (0.0,)
    assert found.bound == "churn x 0 is the bound"
    assert found.score == pytest.approx(arr(runs, BASE.change("churn", times=0.0)).mean())
    assert "out of reach" in str(found)


def test_a_target_that_no_bound_endangers_ends_at_the_bound(runs):
    found = solve(runs, "Base", "expansion", Target(arr=1.0))
    assert found.reached
    assert found.numbers == (0.0,)
    assert found.bound == "expansion x 0 is the bound"


def test_growth_is_that_of_the_mean_path_over_twelve_months(runs):
    found = solve(runs, "Base", "price", Target(growth=0.20))
    mean = run(found.scenario, TOY, months=18, paths=60)[found.scenario.name]
    mean = mean.projection.draws("arr").mean(axis=0)
    assert mean[17] / mean[5] - 1 == pytest.approx(0.20, abs=1e-7)


@pytest.mark.parametrize(("at", "before"), [("2027-06", 72000.0), ("2026-09", 72000.0)])
def test_growth_over_a_known_month_takes_its_known_arr(runs, at, before):
    target = Target(growth=0.1)
    projection = runs["Base"].projection
    place = projection.at(at)
    expected = projection.draws("arr")[:, place].mean() / before - 1
    assert target.mean(projection, runs, pd.Period(at, "M")) == pytest.approx(expected)


def test_the_rule_of_40_takes_a_margin_or_a_function_of_the_projection(runs):
    growth = solve(runs, "Base", "price", Target(growth=0.25))
    flat = solve(runs, "Base", "price", Target(rule_of_40=0.40, margin=0.15))
    assert flat.numbers == pytest.approx(growth.numbers, rel=1e-6)
    each = solve(
        runs,
        "Base",
        "price",
        Target(rule_of_40=0.40, margin=lambda projection: np.full(projection.paths, 0.15)),
    )
    assert each.numbers == flat.numbers
    with pytest.raises(InputError, match="growth plus margin"):
        Target(rule_of_40=0.4)


def test_dials_turn_a_lever_where_and_when_they_say(runs):
    target = Target(arr=1.01 * arr(runs, BASE).mean())
    deal = solve(runs, "Base", Dial("one_off", "plus", months="2027-03"), target)
    assert deal.changes[0].effect.startswith("one_off +")
    assert arr(runs, deal.scenario).mean() == pytest.approx(target.value, abs=0.005)
    dial = Dial("churn", "set", months="2027-01/", where={"size": "SMB"})
    found = solve(runs, "Base", dial, target)
    assert found.changes[0].label.endswith("from 2027-01 on, size SMB")
    assert arr(runs, found.scenario).mean() == pytest.approx(target.value, abs=0.005)


def test_the_answer_is_a_scenario_file(runs, tmp_path):
    target = Target(arr=1.02 * arr(runs, BASE).mean())
    found = solve(runs, "Up", "churn", target)
    path = found.write(tmp_path / "answer.yaml")
    back = Scenario.read(path, based_on=UP)
    assert back == found.scenario
    assert back.because.startswith("solved for ARR of")
    assert found.as_dict()["levers"][0]["times"] == found.numbers[0]


def test_break_even_is_where_two_scenarios_tie(runs):
    found = break_even(runs, "Base", "churn", against="Up")
    assert arr(runs, found.scenario).mean() == pytest.approx(arr(runs, UP).mean(), abs=0.005)
    assert break_even(runs, "Base", "churn", target=found.target).numbers == found.numbers
    assert solve(runs, "Base", "churn", "Up").numbers == found.numbers
    people = break_even(runs, "Base", "new_customers", against="Up", measure="customers")
    assert people.before == people.target.value  # prices win nobody
    with pytest.raises(InputError, match="exactly one of against"):
        break_even(runs, "Base", "churn")


def test_questions_that_make_no_sense_are_refused(runs):
    with pytest.raises(UnknownNameError, match="lever 'chrun'"):
        solve(runs, "Base", "chrun", Target(arr=1))
    with pytest.raises(InputError, match="each once"):
        solve(runs, "Base", ["churn", "churn"], Target(arr=1))
    with pytest.raises(InputError, match="turn it with plus"):
        solve(runs, "Base", "one_off", Target(arr=1))
    with pytest.raises(InputError, match="turned in 2027-08/, after 2027-06: it cannot"):
        solve(runs, "Base", Dial("churn", months="2027-08/"), Target(arr=1), at="2027-06")
    with pytest.raises(InputError, match="probability=2"):
        solve(runs, "Base", "churn", Target(arr=1), probability=2)
    with pytest.raises(InputError, match="2030-01 is not projected"):
        solve(runs, "Base", "churn", Target(arr=1), at="2030-01")
    with pytest.raises(InputError, match="given: arr and mrr"):
        Target(arr=1, mrr=2)
    with pytest.raises(InputError, match="given: none"):
        Target()
    with pytest.raises(InputError, match="finite"):
        Target(arr=float("nan"))


@given(st.floats(-0.9, 18.5), st.floats(0.2, 3))
def test_closing_in_finds_roots_and_jumps(root, power):
    def smooth(x):
        return float(np.sign(x - root) * abs(x - root) ** power)

    def steps(x):
        return 1.0 if x >= root else -3.0

    for gap in (smooth, steps):
        found = bracket(gap, gap(0.0), (19.0, -1.0) if gap(0.0) < 0 else (-1.0, 19.0))
        assert isinstance(found, Bracket)
        asked = []

        def counted(x, gap=gap, asked=asked):
            asked.append(x)
            return gap(x)

        end = close_in(counted, found, 0.0, 1e-8)
        assert end.short[1] < 0 <= end.there[1]
        assert abs(end.there[0] - root) <= 1.01e-8 or end.there[1] == 0
        assert len(asked) <= np.log2(20 / 1e-8) + 5
