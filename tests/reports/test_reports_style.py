from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from reports.geometry import axis_ends, floor_of, spread, waterfall
from reports.style import OKABE_ITO, Look, looks


def contrast(colour: str) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    r, g, b = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)


def test_base_upside_and_downside_have_their_colours():
    found = looks(["Base", "Upside", "Downside"])
    assert [look.colour for look in found.values()] == [
        OKABE_ITO["blue"], OKABE_ITO["green"], OKABE_ITO["vermillion"],
    ]  # fmt: skip
    assert len({look.dash for look in found.values()}) == 3


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=7, unique=True))
def test_a_name_keeps_its_look_whatever_the_order(names):
    found = looks(names)
    assert found == looks(reversed(names))
    assert len({look.colour for look in found.values()}) == len(names)


def test_text_in_a_scenarios_colour_can_be_read():
    names = ["Base", "Upside", "Downside", *(f"s{n}" for n in range(12))]
    found: list[Look] = list(looks(names).values())
    assert all(contrast(look.ink) >= 4.5 for look in found)


def test_more_scenarios_than_colours_still_differ():
    names = [f"scenario {n}" for n in range(20)]
    assert len({(look.colour, look.dash) for look in looks(names).values()}) == 20


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), st.floats(0.1, 1e5))
def test_spread_labels_keep_their_order_and_distance(wanted, gap):
    placed = spread(wanted, gap)
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    steps = [placed[b] - placed[a] for a, b in itertools.pairwise(order)]
    assert all(step >= gap * (1 - 1e-6) - 1e-6 for step in steps)


def test_labels_with_room_stay_where_they_are():
    assert spread([1.0, 5.0, 9.0], 2.0) == [1.0, 5.0, 9.0]


def test_a_bar_that_crosses_zero_is_split():
    bars = waterfall(("a", 10.0), [("loss", -30.0), ("win", 5.0)], ("b", -15.0))
    assert bars[1].parts() == (0.0, 10.0, -20.0)
    assert bars[2].parts() == (-15.0, 0.0, -5.0)
    assert bars[3].parts() == (0.0, 0.0, -15.0)


@given(st.floats(-1e7, 1e7), st.lists(st.floats(-1e6, 1e6), max_size=8))
def test_the_parts_of_a_bar_span_it(start, steps):
    bars = waterfall(("a", start), [("s", step) for step in steps], ("b", start + sum(steps)))
    for bar in bars:
        hidden, above, below = bar.parts()
        assert abs(above - below - (bar.high - bar.low)) <= 1e-6 * max(1.0, abs(bar.high))
        assert hidden == 0.0 or (above == 0.0) != (below == 0.0) or bar.high == bar.low


def test_small_steps_move_the_axis_and_large_ones_do_not():
    assert floor_of(waterfall(("a", 7.1e6), [("x", -2e5)], ("b", 6.9e6))) == 6.8e6
    assert floor_of(waterfall(("a", 7.1e6), [("x", -5e6)], ("b", 2.1e6))) == 0.0
    assert floor_of(waterfall(("a", 0.0), [], ("b", 0.0))) == 0.0


@given(st.floats(-1e9, 1e9), st.floats(0.01, 1e9))
def test_axis_ends_hold_the_data(low, reach):
    start, end, step = axis_ends(low, low + reach)
    assert start <= low + 1e-6 * reach
    assert end >= low + reach * (1 - 1e-6)
    assert step > 0
