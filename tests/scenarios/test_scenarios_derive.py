import numpy as np
import pandas as pd
import pytest
from scenarios_toy import ToyForecaster

from history.segments import Segments
from scenarios import Scenario, derived_scenarios, run

MONTHS = 60


class Moves:
    """Movements made of four plain series."""

    segments = Segments()

    def __init__(self, churn, expansion, new, opening=None):
        count = len(churn)
        self.months = pd.period_range(end="2026-06", periods=count, freq="M")
        opening = np.full(count, 1000.0) if opening is None else opening
        self.series = {
            "opening": opening,
            "churn": -churn * opening,
            "expansion": expansion * opening,
            "new": new,
        }

    def matrix(self, name, value="mrr"):
        del value
        values = self.series[name].astype(float).copy()
        values[0] = np.nan
        return pd.DataFrame({"total": values}, index=self.months)


class Books:
    def __init__(self, moves):
        self.moves = moves

    def movements(self, by=None):
        assert by is None
        return self.moves


def derived(churn, expansion=None, new=None, opening=None):
    count = len(churn)
    expansion = np.full(count, 0.01) if expansion is None else expansion
    new = np.full(count, 10) if new is None else new
    found = derived_scenarios(Books(Moves(churn, expansion, new, opening)))
    return {s.name: {c.lever: c for c in s.changes} for s in found}


def level(count=MONTHS, value=0.02):
    return np.full(count, value)


def test_three_scenarios_on_one_base():
    base, up, down = derived_scenarios(Books(Moves(level(), level(), np.full(MONTHS, 10))))
    assert base == Scenario("Base", because=base.because)
    assert up.lineage == ("Base", "Upside")
    assert down.lineage == ("Base", "Downside")
    assert base.changes == ()


def test_the_best_and_worst_years_are_found_and_told():
    churn = level()
    churn[13:25] = 0.03
    churn[25:37] = 0.015
    found = derived(churn)
    assert found["Downside"]["churn"].times == 1.5
    assert found["Upside"]["churn"].times == 0.75
    because = found["Downside"]["churn"].because
    assert because == (
        "worst rolling year 2022-08 to 2023-07: 3.00% of the opening MRR lost a month; "
        "the last twelve months: 2.00% of the opening MRR lost a month"
    )


def test_new_business_is_compared_as_growth_over_the_year_before():
    steady = 10 * 1.03 ** np.arange(MONTHS)
    dip = steady.copy()
    dip[25:37] *= 0.7
    found = derived(level(), new=dip)
    # Growth in the dip: 0.7 of the usual; the recent year grows as usual.
    assert found["Downside"]["new_customers"].times == pytest.approx(0.7, abs=0.02)
    assert "new customers after" in found["Downside"]["new_customers"].because
    # Small early years of a growing company are not its worst.
    assert derived(level(), new=steady)["Downside"]["new_customers"].times == 0.95


def test_factors_are_held_within_bounds():
    churn = level()
    churn[1:13] = 0.2
    found = derived(churn)
    assert found["Downside"]["churn"].times == 2.0
    assert found["Downside"]["churn"].because.endswith("held to x 2.00")
    assert found["Upside"]["churn"].times == 0.95
    assert "x 0.95 is assumed" in found["Upside"]["churn"].because


def test_a_year_of_another_company_does_not_count():
    churn, opening = level(), np.full(MONTHS, 1000.0)
    churn[1:13], opening[1:13] = 0.10, 10.0
    found = derived(churn, opening=opening)
    assert found["Downside"]["churn"].times < 1.2


@pytest.mark.parametrize("count", [1, 2, 8, 13, 17])
def test_a_short_history_says_that_it_assumes(count):
    found = derived(level(count))
    assert found["Upside"]["new_customers"].times == pytest.approx(1.15)
    assert found["Downside"]["churn"].times == pytest.approx(1.15)
    assert "assumed: history has" in found["Downside"]["churn"].because


def test_a_rate_that_is_zero_now_is_added():
    churn = level()
    churn[-12:] = 0
    found = derived(churn)
    assert found["Downside"]["churn"].plus == pytest.approx(0.02)
    assert "churn" not in found["Upside"]


def test_they_run_and_lie_on_their_sides():
    churn = level()
    churn[13:25] = 0.03
    made = derived_scenarios(Books(Moves(churn, level(value=0.01), np.full(MONTHS, 10))))
    runs = run(made, ToyForecaster(), months=12, paths=50)
    means = {name: one.projection.draws("arr")[:, -1].mean() for name, one in runs.items()}
    assert means["Downside"] < means["Base"] < means["Upside"]
