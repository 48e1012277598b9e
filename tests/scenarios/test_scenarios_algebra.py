"""Scenarios add up, differ, and get into their own way: composition, difference, overlaps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios_toy import ToyForecaster

from history.errors import InputError
from scenarios import PriceRise, Scenario, compare, difference, overlaps, run

TOY = ToyForecaster()
BASE = Scenario("Base")
DOWN = Scenario("Down", based_on=BASE, because="pipeline").change("churn", times=1.2)
PRICE = Scenario("Price", based_on=BASE).change("price", times=1.05, months="2026-11/")
DEEP = Scenario("Deep", based_on=DOWN).change("expansion", times=0.5)

changes = st.one_of(
    st.tuples(st.just("churn"), st.just("times"), st.sampled_from([0.5, 1.1, 1.5])),
    st.tuples(st.just("churn"), st.just("set"), st.sampled_from([0.01, 0.03])),
    st.tuples(st.just("new_customers"), st.just("plus"), st.sampled_from([-2, 5])),
    st.tuples(st.just("price"), st.just("times"), st.sampled_from([0.9, 1.1])),
)
spans = st.sampled_from([None, "2026-09/", "/2026-10", "2026-08/2026-11"])


def some(name, based_on=None):
    """A scenario of one to three changes."""

    def build(given):
        found = Scenario(name, based_on=based_on)
        for (lever, way, number), months, where in given:
            found = found.change(lever, **{way: number}, months=months, where=where)
        return found

    where = st.sampled_from([None, {"size": "SMB"}, {"size": ["SMB", "Mid"]}])
    return st.lists(st.tuples(changes, spans, where), min_size=1, max_size=3).map(build)


def arr(*scenarios):
    runs = run(list(scenarios), TOY, months=6, paths=20)
    return {name: one.projection.closing for name, one in runs.items()}


def test_a_sum_has_both_and_their_common_ancestors_once():
    both = DEEP + PRICE
    assert both.name == "Deep + Price"
    assert both.lineage == ("Base", "Down", "Deep", "Deep + Price")
    assert both.all_changes == (*DEEP.all_changes, *PRICE.changes)
    assert (PRICE + DEEP).all_changes == (*PRICE.changes, *DEEP.all_changes)
    assert (PRICE + DEEP).because == "Down: pipeline"


def test_a_sum_with_an_ancestor_or_itself_is_the_larger_one():
    for small, large in ((BASE, DOWN), (DOWN, DEEP), (BASE, DEEP), (DOWN, DOWN)):
        assert small + large is large
        assert large + small is large
    with pytest.raises(TypeError):
        DOWN + "Price"


@settings(deadline=None, max_examples=25)
@given(some("A", BASE), some("B", BASE), some("C", DOWN))
def test_what_is_in_a_sum_already_is_not_added_again(a, b, c):
    both = a + b
    assert both + b is both
    assert both + a is both
    assert b + both is both
    assert (both + BASE) + b is both
    three = both + c
    assert three.all_changes == (*a.changes, *b.changes, *DOWN.changes, *c.changes)
    assert three + (b + c) is three
    assert (b + c) + three is three
    assert (c + both).all_changes == (*c.all_changes, *a.changes, *b.changes)
    further = both.change("reactivation", times=1.5)
    assert further + b is further
    assert (a + further).all_changes == further.all_changes


def test_a_sum_is_a_file_that_reads_back_as_itself(tmp_path):
    both = DOWN + PRICE
    path = both.write(tmp_path / "both.yaml")
    assert Scenario.read(path, based_on=DOWN) == both


@settings(deadline=None, max_examples=25)
@given(some("A", BASE), some("B", BASE), some("C", BASE))
def test_a_sum_that_has_been_a_file_has_its_parts_once(tmp_path_factory, a, b, c):
    both = a + b
    path = both.write(tmp_path_factory.mktemp("sums") / "both.yaml")
    again = Scenario.read(path, based_on=a)
    assert again + b is again
    assert b + again is again
    assert (c + again).all_changes == (*c.changes, *a.changes, *b.changes)
    assert ((again + c) + b).all_changes == (*a.changes, *b.changes, *c.changes)


def test_a_sum_from_a_file_that_cannot_be_told_apart_is_told_to_count_twice(tmp_path):
    rise = Scenario("Rise").add(PriceRise(uplift=0.05, months="2026-11/"))
    text = "name: Both\nbased_on: Down\nchanges:\n"
    text += "  - {lever: price_rise, uplift: 0.05, months: 2026-11/}\n"
    (tmp_path / "both.yaml").write_text(text, encoding="utf-8")
    both = Scenario.read(tmp_path / "both.yaml", based_on=DOWN)
    (found,) = overlaps(both + rise)
    assert found.rule == "twice"


@settings(deadline=None, max_examples=25)
@given(some("A", BASE), some("B", BASE), some("C"))
def test_sums_are_associative_and_run_like_their_flattened_chain(a, b, c):
    left, right = (a + b) + c, a + (b + c)
    assert left.all_changes == right.all_changes
    found = arr(BASE, a, b, left)
    assert np.array_equal(found[left.name], arr(left.flattened())[left.name])
    assert np.array_equal(found[left.name], arr(right)[right.name])
    assert np.array_equal(found["Base"], arr(BASE)["Base"])


def test_scenarios_that_touch_different_levers_add_up_in_either_order():
    one, other = DOWN + PRICE, PRICE + DOWN
    found = arr(one, other)
    assert np.array_equal(found[one.name], found[other.name])


@settings(deadline=None, max_examples=50)
@given(some("A"), some("B"))
def test_the_difference_turns_one_scenario_into_the_other(a, b):
    """Taking out what is left out, and putting in what is added, leads from one to the other."""
    found = difference(a, b)
    left = (found["side"] == "left out").sum()
    added = (found["side"] == "added").sum()
    assert len(a.all_changes) - left == len(b.all_changes) - added
    back = difference(b, a)
    assert sorted(back["side"].eq("added")) == sorted(found["side"].eq("left out"))
    assert difference(a, a).empty


def test_what_a_sum_shares_with_its_second_part_is_no_difference():
    found = difference(PRICE, DOWN + PRICE)
    assert found[["side", "stated_in", "lever"]].to_numpy().tolist() == [["added", "Down", "churn"]]
    reasoned = Scenario("R").change("churn", times=1.2, because="so it is")
    assert difference(DOWN, reasoned).empty


def test_a_set_that_silently_replaces_an_earlier_change_is_named():
    fixed = Scenario("Fixed").change("churn", set=0.01, months="/2027-03", where={"size": "SMB"})
    (found,) = overlaps(DOWN + fixed)
    assert (found.rule, found.first.by, found.second.position) == ("overridden", "Down", 1)
    assert (found.months, found.where) == ("/2027-03", "size SMB")
    assert "the earlier one has no effect" in str(found)
    # The other way round the factor acts on what was set.
    assert overlaps(fixed + DOWN) == ()


@pytest.mark.parametrize(
    ("months", "where"), [("2027-04/", None), ("/2027-03", {"size": "Large"}), ("2028-01", None)]
)
def test_changes_that_never_meet_are_no_overlap(months, where):
    first = Scenario("One").change("price", set=1.1, months="/2027-03", where={"size": "SMB"})
    assert overlaps(first.change("price", set=1.2, months=months, where=where)) == ()


def test_the_same_effect_twice_is_named_and_different_ones_compose():
    again = Scenario("Again").change("churn", times=1.2, months="2026-10/2026-10")
    (found,) = overlaps(DOWN + again)
    assert (found.rule, found.months, found.where) == ("twice", "2026-10", "every segment")
    assert overlaps(DOWN.change("churn", times=1.3)) == ()


RISE = PriceRise(uplift=0.06, churn_per_percent=0.005, months="2027-01/", where={"size": "SMB"})


def test_a_driver_and_a_change_by_hand_of_what_it_drives_are_named():
    (found,) = overlaps(Scenario("Rise", changes=(RISE,)) + PRICE)
    assert (found.rule, found.lever, found.months) == ("driven", "price", "2027-01/")
    assert found.where == "size SMB"
    assert "both move price in 2027-01/, size SMB" in str(found)


def test_a_drivers_side_effects_and_one_rise_after_another_are_no_overlap():
    """Who leaves over a price rise is on top of churn; a later rise is on top of the first."""
    later = PriceRise(uplift=0.03, churn_per_percent=0.005, months="2028-01/")
    assert overlaps(Scenario("Rises", changes=(RISE, later)).change("churn", times=0.9)) == ()
    (twice,) = overlaps(Scenario("Twice", changes=(RISE, RISE)))
    assert twice.rule == "twice"


def test_runs_tell_the_overlaps_of_their_scenarios_once():
    twice = DOWN.change("churn", set=0.01)
    runs = run([BASE, twice, Scenario("Child", based_on=twice)], TOY, months=3, paths=2)
    assert [each.scenario for each in runs.overlaps] == ["Down", "Child"]
    assert "scenario 'Down': change 2 of Down" in str(compare(runs, "Base"))


def test_a_sum_of_two_with_too_long_names_says_so():
    with pytest.raises(InputError, match="200 are allowed"):
        Scenario("A" * 150) + Scenario("B" * 150)
