"""What the engine keeps: the same numbers, whatever was played before and however it is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_forecast_engine import ALL, SEGMENTS, beliefs

from forecast.engine import COUNTS, FLOWS, Engine, simulate, tiles
from forecast.engine import engine as module
from forecast.engine.kept import Kept
from forecast.levers import Levers

NAMES = ("churn", "expansion", "contraction", "reactivation", "new_customers", "new_arpa", "price")
PLENTY = 10**9


def same(one, two) -> bool:
    flows = all(np.array_equal(one.flows[name], two.flows[name]) for name in FLOWS)
    return flows and all(np.array_equal(one.counts[name], two.counts[name]) for name in COUNTS)


def moves() -> st.SearchStrategy[list[tuple[str, float, int]]]:
    return st.lists(
        st.tuples(st.sampled_from(NAMES), st.floats(0.5, 1.5), st.integers(-1, SEGMENTS - 1)),
        max_size=3,
    )


def levers(found: list[tuple[str, float, int]]) -> Levers:
    made = Levers.none()
    for name, factor, segment in found:
        where = ALL if segment < 0 else ALL * (np.arange(SEGMENTS) == segment)
        made = made.then(name, times=factor, weight=where)
    return made


@settings(max_examples=30, deadline=None)
@given(st.lists(moves(), min_size=1, max_size=4))
def test_what_was_played_before_changes_nothing(sets):
    base = beliefs()
    engine = Engine(base, keep=PLENTY)
    for found in sets:
        assert same(engine.play(levers(found)), simulate(base, levers(found)))


@pytest.mark.parametrize("tile", [1, 7, 150, 10**6])
def test_any_cut_into_tiles_gives_the_same_numbers(monkeypatch, tile):
    base, moved = beliefs(), levers([("churn", 1.2, 0), ("new_customers", 0.8, -1)])
    whole = simulate(base, moved)
    monkeypatch.setattr(tiles, "TILE", tile)
    assert same(simulate(base, moved), whole)


def test_only_the_segment_that_a_lever_touches_is_played_again(monkeypatch):
    engine = Engine(beliefs(), keep=PLENTY)
    before = engine.play(Levers.none())
    played = []
    plain = module.Given.played

    def watched(given):
        played.append(given.beliefs.opening.tolist())
        return plain(given)

    monkeypatch.setattr(module.Given, "played", watched)
    after = engine.play(levers([("expansion", 1.5, 1)]))
    assert {tuple(opening) for opening in played} == {(400.0,)}
    assert np.array_equal(after.flows["expansion"][0], before.flows["expansion"][0])
    assert (after.flows["expansion"][1] > before.flows["expansion"][1]).mean() > 0.9


STAGES = ("Won", "Leaving", "Heads", "Shares")


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("expansion", ()),
        ("contraction", ()),
        ("price", ()),
        ("new_arpa", ("Won", "Shares")),
        ("churn", ("Leaving", "Heads", "Shares")),
        ("new_customers", STAGES),
    ],
)
def test_a_step_is_worked_out_again_only_if_a_lever_touches_it(monkeypatch, name, again):
    engine = Engine(beliefs(), keep=PLENTY)
    engine.play(Levers.none())
    called = []
    for stage in STAGES:
        kind = getattr(module, stage)
        plain = kind.of
        monkeypatch.setattr(
            kind, "of", lambda *given, _s=stage, _of=plain: called.append(_s) or _of(*given)
        )
    engine.play(levers([(name, 1.5, -1)]))
    assert tuple(called) == again


def test_sums_are_those_of_the_arrays():
    played = simulate(beliefs(), Levers.none())
    chosen = np.array([False, True])
    for name in (*FLOWS, *COUNTS):
        array = {**played.flows, **played.counts}[name]
        assert np.allclose(played.total(name), array.sum(axis=0), rtol=1e-12)
        assert np.array_equal(played.total(name, chosen), array[1])
    closing = beliefs().opening[:, None, None] + np.cumsum(
        sum(played.flows[name] for name in FLOWS), axis=1
    )
    assert np.allclose(played.closings["mrr"], closing, rtol=1e-12, atol=1e-8)


def test_what_is_kept_stays_within_its_bytes():
    kept = Kept(most=3_000)
    for key in range(5):
        kept.put([(key, 0), (key, 1)], {"a": np.full((2, 1, 100), float(key))})
    assert kept.get([(0, 0)]) is None
    found = kept.get([(4, 1)])
    assert found is not None
    assert (found["a"] == 4.0).all()
    mixed = kept.get([(4, 0), (3, 1)])
    assert mixed is not None
    assert mixed["a"][:, 0, 0].tolist() == [4.0, 3.0]
