"""Levers: affine, composable, bounded, and named with care."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.levers import LEVERS, Levers
from history.errors import InputError, UnknownNameError

ONES = np.ones((3, 2))


def test_no_levers_give_back_the_very_same_array():
    value = np.arange(6.0).reshape(3, 2)
    assert Levers.none().apply("churn", value) is value


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"times": 0.5}, 0.02), ({"plus": 0.01}, 0.05), ({"set": 0.3}, 0.3)],
)
def test_the_three_ways_to_change(change, expected):
    levers = Levers.none().then("churn", **change, weight=ONES)
    assert np.allclose(levers.apply("churn", np.full((3, 2), 0.04)), expected)


def test_weights_phase_a_change_in():
    weight = np.array([[0.0, 1.0], [0.5, 1.0], [1.0, 1.0]])
    levers = Levers.none().then("new_arpa", set=200, weight=weight)
    expected = [[100, 200], [150, 200], [200, 200]]
    assert np.allclose(levers.apply("new_arpa", np.full((3, 2), 100.0)), expected)


def test_values_may_have_paths_as_a_third_axis():
    levers = Levers.none().then("expansion", times=np.array([[1, 2], [3, 4], [5, 6]]), weight=ONES)
    changed = levers.apply("expansion", np.full((3, 2, 4), 0.01))
    assert changed.shape == (3, 2, 4)
    assert np.allclose(changed[2, 1], 0.06)


numbers = st.floats(0, 2, allow_nan=False)
changes = st.lists(
    st.tuples(st.sampled_from(["times", "plus", "set"]), numbers, st.floats(0, 1)), max_size=6
)


@given(changes, st.floats(0, 5))
def test_a_chain_is_what_its_steps_are_one_after_the_other(steps, value):
    levers, expected = Levers.none(), value
    for way, number, weight in steps:
        levers = levers.then("new_arpa", **{way: number}, weight=weight * ONES)
        changed = {"times": expected * number, "plus": expected + number, "set": number}[way]
        expected = expected + weight * (changed - expected)
    assert np.allclose(levers.apply("new_arpa", np.full((3, 2), value)), expected)


def test_then_leaves_the_first_set_alone():
    first = Levers.none().then("churn", times=2, weight=ONES)
    second = first.then("churn", times=2, weight=ONES)
    assert first.maps["churn"].scale[0, 0] == 2
    assert second.maps["churn"].scale[0, 0] == 4
    assert not first.same_as(second)
    assert first.same_as(Levers.none().then("churn", times=2, weight=ONES))


def test_changed_values_are_pulled_back_to_the_bounds_but_never_past_the_forecast():
    levers = Levers.none().then("contraction", plus=0.5, weight=ONES)
    value = np.array([[0.1, 0.7]] * 3)
    assert np.allclose(levers.apply("contraction", value), [[0.6, 1.0]] * 3)
    assert levers.clipped("contraction", value) == 3
    moved = Levers.none().then("expansion", times=2, weight=ONES)
    assert np.allclose(moved.apply("expansion", np.full((3, 2), -0.01)), -0.01)


def test_an_unknown_lever_gets_a_suggestion():
    with pytest.raises(UnknownNameError, match="Did you mean 'churn'"):
        Levers.none().then("chrun", times=1)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("churn", {}, "exactly one of times, plus or set"),
        ("churn", {"times": 1, "plus": 1}, "given: times, plus"),
        ("churn", {"times": -1}, "0 or more"),
        ("churn", {"times": float("nan")}, "0 or more"),
        ("churn", {"set": 1.5}, "outside its bounds 0 to 1"),
        ("churn", {"plus": 1.5}, "at most 1 either way"),
        ("price", {"set": 0}, "outside its bounds"),
        ("new_customers", {"set": -1}, "outside its bounds"),
        ("one_off", {"times": 2}, "times does nothing"),
        ("churn", {"times": 1, "weight": [[1.5]]}, "between 0 and 1"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(name, change, message):
    with pytest.raises(InputError, match=message):
        Levers.none().then(name, **change)


def test_levers_for_other_months_are_refused():
    levers = Levers.none().then("churn", times=2, weight=ONES)
    with pytest.raises(InputError, match="the projection has"):
        levers.fitted(12, 2)


def test_every_lever_says_what_it_is():
    for name, lever in LEVERS.items():
        assert lever.name == name
        assert lever.unit
        assert lever.meaning.endswith(".")
        assert lever.lower < lever.upper
