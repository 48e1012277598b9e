import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scenarios_toy import ToyForecaster

from history.errors import InputError, UnknownNameError
from history.segments import Segments
from scenarios import Change, Scenario, run
from scenarios.changes.compile import compile_levers
from scenarios.changes.reach import phase

TOY = ToyForecaster()
MONTHS = TOY.months_ahead(months=12)


def refused(**given):
    with pytest.raises(InputError) as caught:
        Scenario("S").change(given.pop("lever", "churn"), **given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lever": "chrun", "times": 0.9}, "Did you mean 'churn'?"),
        ({"lever": "price_rise", "times": 1.1}, "add PriceRise(...)"),
        ({}, "exactly one of times, plus, set: none is given"),
        ({"times": 0.9, "plus": 0.1}, "times and plus are given"),
        ({"set": 1.5}, "outside 0 to 1"),
        ({"plus": -3}, "outside -1 to 1"),
        ({"times": 80}, "80 % is written 0.80"),
        ({"times": -1}, "outside 0 to 20"),
        ({"times": float("nan")}, "finite"),
        ({"times": True}, "must be a number"),
        ({"times": "0.8"}, "must be a number"),
        ({"times": 0.9, "months": "2026-13"}, "is not a span of months"),
        ({"times": 0.9, "months": "0000-01"}, "is not a span of months"),
        ({"times": 0.9, "months": "/"}, "is not a span of months"),
        ({"times": 0.9, "months": "2027-01/2026-12"}, "ends before it begins"),
        ({"times": 0.9, "ramp": -1}, "ramp: should be greater than or equal to 0"),
        ({"times": 0.9, "ramp": 1.5}, "ramp: should be a valid integer"),
        ({"times": 0.9, "where": {}}, "names no value"),
        ({"times": 0.9, "where": {"size": []}}, "names no value"),
        ({"times": 0.9, "where": {"size": 3}}, "must be text"),
        ({"times": 0.9, "because": "bell \x07"}, "does not print"),
        ({"lever": "one_off", "plus": 5000}, "needs the month it happens in"),
        ({"lever": "one_off", "plus": 5000, "months": "2026-10/"}, "closed span"),
        ({"lever": "one_off", "times": 2, "months": "2026-10"}, "use plus"),
    ],
)
def test_a_wrong_change_is_refused_in_words(given, said):
    assert said in refused(**given)


def test_every_problem_is_told_at_once():
    said = refused(lever="churn", times=0.8, plus=3, months="2026/2", ramp=-1)
    assert "times and plus are given" in said
    assert "span of months" in said
    assert "ramp" in said


def test_a_change_is_frozen_hashable_and_survives_copying():
    change = Change(lever="churn", times=0.9, where={"size": ["SMB", "Mid"]})
    with pytest.raises(ValidationError):
        change.times = 0.5
    with pytest.raises(TypeError):
        change.where["size"] = ("x",)
    assert copy.deepcopy(change) == pickle.loads(pickle.dumps(change)) == change  # noqa: S301
    assert len({change, copy.copy(change)}) == 1


def test_a_single_value_and_a_list_of_one_are_the_same():
    one = Change(lever="churn", times=0.9, where={"size": "SMB"})
    assert one == Change(lever="churn", times=0.9, where={"size": ["SMB"]})
    assert one.as_dict() == {"lever": "churn", "times": 0.9, "where": {"size": "SMB"}}


@pytest.mark.parametrize(
    ("months", "ramp", "expected"),
    [
        (None, None, [1] * 12),
        (None, 4, [0.25, 0.5, 0.75] + [1] * 9),
        ("2026-10", None, [0, 0, 0, 1] + [0] * 8),
        ("2026-10/", 2, [0, 0, 0, 0.5] + [1] * 8),
        ("/2026-08", None, [1, 1] + [0] * 10),
        ("2026-10/2026-11", 4, [0, 0, 0, 0.25, 0.5] + [0] * 7),
        # Begun before the horizon: the part of the ramp that is past is over.
        ("2026-05/", 4, [0.75] + [1] * 11),
    ],
)
def test_months_and_ramp_give_the_share_in_force(months, ramp, expected):
    change = Change(lever="churn", times=0.9, months=months, ramp=ramp)
    assert phase(change, MONTHS).tolist() == expected


def test_a_change_outside_the_horizon_is_an_error_that_names_it():
    scenario = (
        Scenario("Late").change("churn", times=0.9).change("price", set=1.1, months="2030-01/")
    )
    with pytest.raises(InputError, match=r"'Late', change 2 \(price = 1.1, from 2030-01 on\)"):
        compile_levers(scenario, TOY, MONTHS)


def test_an_unknown_segment_is_an_error_that_names_the_change():
    scenario = Scenario("S").change("churn", times=0.9, where={"size": "SBM"})
    with pytest.raises(UnknownNameError, match=r"'S', change 1 .*Did you mean 'SMB'"):
        compile_levers(scenario, TOY, MONTHS)
    with pytest.raises(UnknownNameError, match="unknown segment column 'region'"):
        compile_levers(
            Scenario("S").change("churn", times=0.9, where={"region": "EU"}), TOY, MONTHS
        )


def test_a_segment_without_segments_says_how_to_fit():
    alone = ToyForecaster(segments=Segments(), opening=np.array([1.0]))
    with pytest.raises(InputError, match="it holds for size SMB, but the forecast has no segments"):
        compile_levers(Scenario("S").change("churn", times=1, where={"size": "SMB"}), alone, MONTHS)


def test_a_total_is_spread_over_the_selected_segments():
    levers = compile_levers(
        Scenario("Win")
        .change("one_off", plus=6000, months="2026-08")
        .change("new_customers", set=30, where={"size": ["Mid", "SMB"]}),
        TOY,
        MONTHS,
    )
    zero = np.zeros((12, 3))
    assert levers.apply("one_off", zero)[1] == pytest.approx([3000, 2000, 1000])
    assert levers.apply("one_off", zero).sum() == pytest.approx(6000)
    assert levers.apply("new_customers", zero + 7)[5] == pytest.approx([7, 20, 10])


def test_a_rate_is_set_in_each_segment():
    levers = compile_levers(Scenario("S").change("churn", set=0.05), TOY, MONTHS)
    assert (levers.apply("churn", np.zeros((12, 3))) == 0.05).all()


def test_a_chain_is_the_flattened_scenario():
    base = Scenario("Base").change("churn", times=0.9)
    child = Scenario("Child", based_on=base).change("churn", plus=0.01, ramp=3)
    child = child.change("new_customers", times=0.8, where={"size": "SMB"})
    flat = child.flattened()
    assert flat.based_on is None
    assert flat.changes == child.all_changes
    chained = run([base, child], TOY, months=12, paths=50)["Child"]
    alone = run(flat, TOY, months=12, paths=50)["Child"]
    assert chained.levers.same_as(alone.levers)
    for name, flow in chained.projection.flows.items():
        assert np.array_equal(flow, alone.projection.flows[name])


def test_a_name_may_stand_once_in_a_chain():
    with pytest.raises(InputError, match="A -> B -> A"):
        Scenario("A", based_on=Scenario("B", based_on=Scenario("A")))


@pytest.mark.parametrize("name", ["", " x", "two\nlines", "bell\x07", "n" * 201, 7])
def test_a_name_has_to_print(name):
    with pytest.raises(InputError):
        Scenario(name)


def test_the_digest_knows_content_and_nothing_else():
    one = Scenario("A").change("churn", times=0.9)
    assert one.digest == Scenario("A").change("churn", times=0.9).digest
    assert one.digest != Scenario("A").change("churn", times=0.8).digest
    assert one.digest != Scenario("B").change("churn", times=0.9).digest


levers = st.sampled_from(["new_customers", "new_arpa", "churn", "expansion", "price"])
changes = st.builds(
    lambda lever, times, ramp, size: Change(lever=lever, times=times, ramp=ramp, where=size),
    levers,
    st.floats(0, 3),
    st.none() | st.integers(0, 9),
    st.none() | st.sampled_from([{"size": "SMB"}, {"size": ["Large", "Mid"]}]),
)


@settings(deadline=None)
@given(st.lists(changes, max_size=6), st.integers(0, 6))
def test_flattening_never_changes_a_lever(made, cut):
    base = Scenario("Base", changes=tuple(made[:cut]))
    child = Scenario("Child", based_on=base, changes=tuple(made[cut:]))
    months = pd.period_range("2026-07", periods=5, freq="M")
    chain = compile_levers(child, TOY, months)
    assert chain.same_as(compile_levers(child.flattened(), TOY, months))
