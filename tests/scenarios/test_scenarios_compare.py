import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios_toy import ToyForecaster

from history.errors import InputError, UnknownNameError
from scenarios import Bridge, Scenario, Step, compare, run, year_ends
from scenarios.comparing.bridge import foot

TOY = ToyForecaster()
BASE = Scenario("Base")
DOWN = (
    Scenario("Downturn", based_on=BASE)
    .change("new_customers", times=0.8, months="2026-10/2027-06", because="pipeline -22 %")
    .change("churn", times=1.2, ramp=3)
)
PRICE = Scenario("Price", based_on=BASE).change("price", set=1.05, months="2027-01/")
DEEP = Scenario("Deep", based_on=DOWN).change("expansion", times=0.5)


@pytest.fixture(scope="module")
def view():
    return compare(run([BASE, DOWN, PRICE, DEEP], TOY, through="2027-12", paths=300), "Base")


def test_a_run_has_every_scenario_by_name(view):
    assert list(view.runs) == ["Base", "Downturn", "Price", "Deep"]
    assert view.months[-1] == pd.Period("2027-12", "M")
    with pytest.raises(UnknownNameError, match="Did you mean 'Price'"):
        view.runs["Prices"]
    with pytest.raises(UnknownNameError, match="scenario 'Bse'"):
        compare(view.runs, "Bse")


def test_scenarios_share_their_dice(view):
    same = run([BASE, Scenario("Same").change("churn", times=1.0)], TOY, months=18, paths=300)
    base = view.runs["Base"].projection.draws("arr")
    assert np.array_equal(base, same["Base"].projection.draws("arr"))
    assert np.array_equal(base, same["Same"].projection.draws("arr"))


def test_the_base_is_unchanged_by_other_runs(view):
    before = view.runs["Base"].projection.draws("arr").copy()
    view.bridge("Deep")
    assert np.array_equal(view.runs["Base"].projection.draws("arr"), before)
    assert Scenario("Base") == BASE


def test_the_table_is_what_the_draws_say(view):
    table = view.table(at="2027-12").set_index("scenario")
    assert list(table.index) == ["Base", "Downturn", "Price", "Deep"]
    base = view.runs["Base"].projection.draws("arr")[:, -1]
    down = view.runs["Downturn"].projection.draws("arr")[:, -1]
    row = table.loc["Downturn"]
    assert row["p10"] == np.quantile(down, 0.1)
    assert row["mean"] == pytest.approx(down.mean())
    assert row["difference"] == pytest.approx(down.mean() - base.mean())
    assert row["difference_share"] == pytest.approx(down.mean() / base.mean() - 1)
    assert row["probability_above"] == (down > base).mean() == 0.0
    assert table.loc["Price", "probability_above"] == 1.0
    assert table.loc["Base", ["difference", "probability_above"]].isna().all()


def test_the_table_gives_every_month_or_year_end(view):
    assert len(view.table()) == 18 * 4
    ends = view.table(every="year", measures=["arr", "customers"])
    assert ends["month"].astype(str).unique().tolist() == ["2026-12", "2027-12"]
    assert ends["measure"].tolist()[:8] == ["arr"] * 4 + ["customers"] * 4
    with pytest.raises(InputError, match="2028-01 is not projected"):
        view.table(at="2028-01")


def test_a_bridge_adds_up_and_shows_the_interaction(view):
    bridge = view.bridge("Downturn", at="2027-12")
    labels = [step.label for step in bridge.steps]
    assert labels[0].startswith("new_customers x 0.8")
    assert labels[1].startswith("churn x 1.2")
    assert labels[2] == "interaction"
    assert bridge.steps[0].because == "pipeline -22 %"
    total = bridge.start + sum(step.amount for step in bridge.steps)
    assert total == pytest.approx(bridge.end, rel=1e-12)
    alone = run(Scenario("One").change("churn", times=1.2, ramp=3), TOY, months=18, paths=300)
    expected = alone["One"].projection.draws("arr")[:, -1].mean() - bridge.start
    assert bridge.steps[1].amount == pytest.approx(expected)
    assert "Base to Downturn, ARR at 2027-12 (EUR ARR)" in str(bridge)


def test_a_bridge_between_siblings_takes_one_out_and_puts_the_other_in(view):
    other = compare(view.runs, "Price")
    labels = [step.label for step in other.bridge("Downturn").steps]
    assert labels[0] == "without price = 1.05, from 2027-01 on"
    assert len(labels) == 4
    assert labels[-1] == "interaction"


def test_a_bridge_to_a_grandchild_has_the_whole_chain(view):
    assert len(view.bridge("Deep").steps) == 4
    from_parent = compare(view.runs, "Downturn").bridge("Deep")
    assert [step.label for step in from_parent.steps] == ["expansion x 0.5"]
    assert compare(view.runs, "Downturn").bridge("Downturn").steps == ()


def test_the_difference_of_inputs_names_who_says_it(view):
    inputs = view.inputs()
    assert inputs.loc[inputs["scenario"] == "Deep", "stated_in"].tolist() == [
        "Downturn",
        "Downturn",
        "Deep",
    ]
    assert set(inputs["side"]) == {"added"}
    assert set(compare(view.runs, "Price").inputs()["side"]) == {"added", "left out"}


def test_what_is_not_given_is_none(view):
    first = view.inputs().iloc[1]
    assert first["months"] is None
    assert first["where"] is None
    assert view.bridge("Downturn").table()["because"].tolist()[0] is None
    assert "nan" not in str(view.bridge("Downturn"))


def test_a_probability_is_paired_or_against_a_number(view):
    assert view.probability("Base", exceeds="Downturn") == 1.0
    assert view.probability("Base", exceeds="Base") == 0.0
    draws = view.runs["Base"].projection.draws("arr")[:, 5]
    target = float(np.median(draws))
    at = view.months[5]
    assert view.probability("Base", exceeds=target, at=at) == (draws > target).mean()


def test_it_prints(view):
    lines = str(view).splitlines()
    assert lines[0] == "ARR at 2027-12, in EUR, against Base"
    assert len(lines) == 6
    assert "100%" in lines[4]


def test_it_prints_a_block_a_fiscal_year_and_the_difference_of_the_means_as_printed(view):
    blocks = view.text(every="year", fiscal_year_start=4).split("\n\n")
    heads = [block.partition(",")[0::2] for block in blocks]
    assert heads[0][1].startswith(" the end of FY27, in EUR, against Base")
    assert blocks[-1].startswith("ARR at 2027-12, within FY28, in EUR")
    ends = view.table(every="year", fiscal_year_start=4)["month"].astype(str).unique()
    assert [head[0] for head in heads] == [f"ARR at {month}" for month in ends]
    for block in blocks:
        cells = [line.replace(",", "").split() for line in block.splitlines()[2:]]
        base, *others = cells
        for row in others:
            assert int(row[-4]) - int(base[-1]) == int(row[-3])


def test_quarters_of_the_table_end_with_the_fiscal_year(view):
    months = view.table(every="quarter", fiscal_year_start=2)["month"].astype(str).unique()
    assert months.tolist() == [
        "2026-07",
        "2026-10",
        "2027-01",
        "2027-04",
        "2027-07",
        "2027-10",
        "2027-12",
    ]


def test_one_scenario_is_a_comparison_too():
    view = compare(run(BASE, TOY, months=1, paths=1), "Base")
    assert len(view.table()) == 1
    assert view.inputs().empty


def test_progress_counts_the_scenarios():
    told = []
    run([BASE, DOWN], TOY, months=6, paths=2, progress=lambda *at: told.append(at))
    assert told == [(1, 2), (2, 2)]


def test_a_run_refuses_what_it_cannot_name():
    with pytest.raises(InputError, match="no scenario"):
        run([], TOY, months=3)
    with pytest.raises(InputError, match="two scenarios are called 'Base'"):
        run([BASE, Scenario("Base")], TOY, months=3)
    other = Scenario("Base").change("churn", times=2)
    with pytest.raises(InputError, match="based on another 'Base'"):
        run([BASE, Scenario("X", based_on=other)], TOY, months=3)
    late = "2030-01/"
    two = [Scenario(n).change("churn", times=2, months=late) for n in ("One", "Two")]
    with pytest.raises(InputError, match=r"(?s)'One'.*'Two'"):
        run(two, TOY, months=3)


def test_year_ends_follow_the_fiscal_year():
    months = pd.period_range("2026-07", "2026-10", freq="M")
    assert year_ends(months).astype(str).tolist() == ["2026-10"]
    assert year_ends(months, fiscal_year_start=10).astype(str).tolist() == ["2026-09"]


def test_a_bridge_that_does_not_add_up_is_refused():
    with pytest.raises(InputError, match=r"miss the end by -1\.0"):
        Bridge(0, (Step("a", 1.0),), 2.0, unit="EUR", title="x")
    with pytest.raises(InputError, match="finite"):
        Bridge(0, (Step("a", float("nan")),), 2.0, unit="EUR", title="x")


amounts = st.floats(-1e9, 1e9)


@settings(deadline=None)
@given(amounts, st.lists(amounts, max_size=8), st.integers(-6, 2))
def test_a_rounded_bridge_foots_in_its_last_digit(start, steps, decimals):
    end = start + sum(steps)
    bridge = Bridge(start, tuple(Step("s", x) for x in steps), end, unit="EUR", title="t")
    rounded = bridge.rounded(decimals)
    unit = 10.0**-decimals
    total = round(rounded.start / unit) + sum(round(s.amount / unit) for s in rounded.steps)
    if steps:
        assert total == round(rounded.end / unit)
        for before, after in zip(bridge.steps, rounded.steps, strict=True):
            assert abs(before.amount - after.amount) <= 2.01 * unit + 1e-6


def test_footing_moves_no_part_by_more_than_it_must():
    from decimal import Decimal

    assert foot([], 0) == []
    assert foot([Decimal("0.5"), Decimal("0.5")], 1) == [1, 0]
    assert foot([Decimal("-0.4"), Decimal("0.4")], 0) == [0, 0]
