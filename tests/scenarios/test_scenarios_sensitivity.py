"""Tornado and grid, mixtures and chances, stress tests."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenarios_toy import ToyForecaster
from test_scenarios_derive import Books
from test_scenarios_derive import Moves as Series
from test_scenarios_solve import TOY

from history.errors import InputError, UnknownNameError
from scenarios import (
    Dial,
    Scenario,
    chances,
    grid,
    mixture,
    overlaps,
    run,
    stress_tests,
    tornado,
)
from scenarios.deciding.chances import _quantiles
from scenarios.deciding.lived import Lived

BASE = Scenario("Base")
DOWN = Scenario("Down", based_on=BASE).change("churn", times=1.5)
UP = Scenario("Up", based_on=BASE).change("churn", times=0.5)


@pytest.fixture(scope="module")
def runs():
    return run([BASE, DOWN, UP], TOY, months=12, paths=50)


def mean(scenario, place=-1):
    ran = run(scenario, TOY, months=12, paths=50)
    return ran[scenario.name].projection.draws("arr")[:, place].mean()


def test_a_tornado_turns_each_lever_alone_and_ranks_them(runs):
    found = tornado(runs, "Base", "2027-03")
    table = found.table()
    assert set(table["lever"]) >= {"churn", "price", "new_customers", "expansion"}
    assert "one_off" not in set(table["lever"])
    widths = (table["up"] - table["down"]).abs()
    assert widths.is_monotonic_decreasing
    churn = table.set_index("lever").loc["churn"]
    up = mean(Scenario("X").change("churn", times=1.1), 8)
    assert churn["figure_up"] == pytest.approx(up, rel=1e-12)
    assert churn["up"] == pytest.approx(up - mean(BASE, 8), abs=1e-6)
    assert churn["up"] < 0 < churn["down"]
    assert "Base, 2027-03: " in str(found)


def test_a_tornado_by_history_takes_one_standard_deviation_of_the_companys_years(runs):
    found = tornado(runs, "Base", step="history", levers=["churn", "new_customers", "price"])
    rules = {swing.dial.lever: (swing.rule, swing.step) for swing in found.swings}
    lived = Lived(TOY.movements)
    years = lived.rolling("churn", 12).figures
    assert rules["churn"] == ("history", pytest.approx(years.std(ddof=1) / years[-1]))
    assert rules["price"] == ("assumed", 0.10)
    growth = lived.rolling("new_customers", 12).figures
    expected = np.std(growth[12:] / growth[:-12], ddof=1)
    assert rules["new_customers"] == ("history", pytest.approx(expected))


def test_dials_say_where_a_tornado_turns(runs):
    found = tornado(runs, "Base", levers=Dial("churn", where={"size": "SMB"}), step=0.5)
    (swing,) = found.swings
    alone = Scenario("X").change("churn", times=1.5, where={"size": "SMB"})
    assert swing.up == pytest.approx(mean(alone), rel=1e-12)
    with pytest.raises(InputError, match="by a factor"):
        tornado(runs, "Base", levers=Dial("churn", "plus"))
    with pytest.raises(InputError, match="step=1"):
        tornado(runs, "Base", step=1)
    with pytest.raises(UnknownNameError, match="measure 'ar'"):
        tornado(runs, "Base", measure="ar")


def test_a_grid_has_every_pair(runs):
    found = grid(runs, "Base", "churn", [0.9, 1.0], "price", [1.0, 1.1, 1.2])
    assert found.shape == (2, 3)
    assert (found.index.name, found.columns.name) == ("churn", "price")
    both = Scenario("X").change("churn", times=0.9).change("price", times=1.2)
    assert found.loc[0.9, 1.2] == pytest.approx(mean(both), rel=1e-12)
    assert found.loc[1.0, 1.0] == pytest.approx(mean(BASE), rel=1e-12)


def test_a_mix_of_one_is_the_scenario_itself(runs):
    found = mixture(runs, {"Down": 1.0})
    table = runs["Down"].projection.table(by_segment=False)
    table = table[table["measure"] == "arr"].reset_index(drop=True)
    for column in ("mean", "p2_5", "p10", "p25", "p50", "p75", "p90", "p97_5"):
        assert found[column].to_numpy() == pytest.approx(table[column].to_numpy(), rel=1e-12)


def test_a_mix_pools_the_paths_and_never_averages_quantiles(runs):
    found = mixture(runs, {"Down": 0.5, "Up": 0.5}).iloc[-1]
    pooled = np.concatenate([runs[n].projection.draws("arr")[:, -1] for n in ("Down", "Up")])
    assert found["mean"] == pytest.approx(pooled.mean())
    assert found["p10"] == pytest.approx(np.quantile(pooled, 0.1))
    averages = [np.quantile(runs[n].projection.draws("arr")[:, -1], 0.1) for n in ("Down", "Up")]
    assert found["p10"] < np.mean(averages)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30),
    st.integers(1, 4),
)
def test_equal_shares_give_plain_quantiles(values, copies):
    """A path of twice the share is a path that is there twice."""
    column = np.array(values)[:, None]
    shares = np.full(len(values), 1 / len(values))
    wanted = [0.025, 0.5, 0.9]
    plain = np.quantile(column[:, 0], wanted)
    assert _quantiles(column, shares, wanted)[:, 0] == pytest.approx(plain, abs=1e-6)
    doubled = np.tile(column, (copies, 1))
    equal = np.full(len(doubled), 1 / len(doubled))
    assert _quantiles(doubled, equal, wanted)[:, 0] == pytest.approx(
        np.quantile(doubled[:, 0], wanted), abs=1e-6
    )


def test_weights_are_probabilities(runs):
    with pytest.raises(InputError, match=r"add up to 1, not to 0\.9 \(0\.5 \+ 0\.4\)"):
        mixture(runs, {"Base": 0.5, "Down": 0.4})
    with pytest.raises(InputError, match="probabilities, 0 to 1"):
        mixture(runs, {"Base": 1.5, "Down": -0.5})
    with pytest.raises(UnknownNameError, match=r"scenario 'Dwon'\. Did you mean"):
        mixture(runs, {"Dwon": 1.0})
    with pytest.raises(InputError, match="not to 0"):
        mixture(runs, {})


def test_chances_are_shares_of_paths_by_month(runs):
    draws = {name: runs[name].projection.draws("arr") for name in runs}
    target = float(np.median(draws["Base"][:, 6]))
    found = chances(runs, target, weights={"Base": 0.5, "Down": 0.3, "Up": 0.2})
    assert found.loc[6, "Base"] == (draws["Base"][:, 6] > target).mean()
    expected = 0.5 * found["Base"] + 0.3 * found["Down"] + 0.2 * found["Up"]
    assert found["mixture"].to_numpy() == pytest.approx(expected.to_numpy())
    beaten = chances(runs, "Base")
    assert beaten.columns.tolist() == ["month", "Down", "Up"]
    assert beaten["Up"].iloc[-1] == 1.0
    assert beaten["Down"].iloc[-1] == 0.0
    with pytest.raises(UnknownNameError, match="scenario 'Bse'"):
        chances(runs, "Bse")


def books(churn, expansion, new):
    found = Books(Series(churn, expansion, new))
    found.as_of = pd.Period("2026-06", "M")
    return found


def level(value, count=60):
    return np.full(count, float(value))


def test_stress_tests_repeat_the_worst_months_and_name_them():
    churn, expansion, new = level(0.02), level(0.01), level(10)
    churn[30:33] = 0.06
    expansion[40:43] = 0.004
    new[20:23] = 4
    short, middle, _ = stress_tests(books(churn, expansion, new))
    found = {change.lever: change for change in short.changes}
    assert found["churn"].times == pytest.approx(3.0)
    assert found["churn"].months == "2026-07/2026-09"
    assert found["churn"].because == (
        "2024-01 to 2024-03: 6.00% a month of the opening MRR; "
        "the last twelve months: 2.00% a month"
    )
    assert found["new_customers"].times == pytest.approx(0.4)
    assert "2023-03 to 2023-05: 4.0 new customers a month" in found["new_customers"].because
    assert found["expansion"].times == pytest.approx(0.4)
    assert middle.changes[0].times == pytest.approx(2.0)
    assert middle.changes[0].months == "2026-07/2026-12"
    assert overlaps(short) == ()


def test_a_stress_says_which_lever_is_left_and_why():
    churn, new = level(0.02), level(10)
    churn[30:33] = 0.06
    new[20:23] = 4
    short, _, long = stress_tests(books(churn, level(0.01), new))
    assert short.because == (
        "the worst 3 months of each lever in the company's history at once; "
        "expansion as forecast: no 3 months were worse than the last twelve are"
    )
    assert {change.lever for change in long.changes} == {"churn", "new_customers"}
    (never,) = stress_tests(books(churn, level(0.01), level(10)), (12,))
    said = "new_customers as forecast: no 12 months brought fewer a month than the twelve before"
    assert said in never.because
    early = level(0.02, 16)
    early[:3] = 0.06
    (young,) = stress_tests(books(early, level(0.01, 16), level(10, 16)), (12,))
    assert "no 12 months of history have twelve before them" in young.because


def test_a_company_that_was_never_worse_has_no_stress_of_its_own():
    assert stress_tests(books(level(0.02), level(0.01), level(10))) == ()
    assert stress_tests(books(level(0.02, 4), level(0.01, 4), level(10, 4))) == ()


def test_a_stress_falls_on_any_scenario_at_any_month():
    churn = level(0.02)
    churn[30:33] = 0.06
    made = books(churn, level(0.01), level(10))
    (found,) = stress_tests(made, (3,), start="2026-10", based_on=UP)
    assert found.lineage == ("Base", "Up", "Up: Stress, 3 months")
    assert found.changes[0].months == "2026-10/2026-12"
    ran = run([UP, found], ToyForecaster(), months=12, paths=20)
    first = [ran[name].projection.draws("churn").mean(axis=0) for name in ran]
    assert first[1][3] == pytest.approx(3 * first[0][3], rel=1e-9)
    assert first[1][0] == first[0][0]
    with pytest.raises(InputError, match="history goes to 2026-06"):
        stress_tests(made, start="2026-06")
    with pytest.raises(InputError, match="1 to 120"):
        stress_tests(made, (0,))


def test_what_was_lived_counts_only_times_of_todays_size():
    opening = np.full(60, 1000.0)
    opening[:30] = 10.0
    churn = level(0.02)
    churn[10:13] = 0.5
    lived = Lived(Series(churn, level(0.01), level(10), opening))
    assert lived.rolling("churn", 1).starts[0] == "2024-01"
    assert lived.rolling("churn", 3).starts[0] == "2023-11"  # with one large month in it
    assert lived.rolling("churn", 3).figures.max() == pytest.approx(0.02)
    assert lived.rolling("price", 3) is None
