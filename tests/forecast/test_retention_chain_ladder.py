"""Mack's chain ladder: the paper's figures, exact identities, and whether its errors are true."""

import numpy as np
import pandas as pd
import pytest

from forecast.retention import ChainLadder, chain_ladder, fit_retention
from history.errors import InputError, NotEnoughHistoryError, UnknownNameError

# Taylor and Ashe (1983), cumulative claims of ten accident years, as in Mack (1993), section 6.
TAYLOR_ASHE = """
357848 1124788 1735330 2218270 2745596 3319994 3466336 3606286 3833515 3901463
352118 1236139 2170033 3353322 3799067 4120063 4647867 4914039 5339085
290507 1292306 2218525 3235179 3985995 4132918 4628910 4909315
310608 1418858 2195047 3757447 4029929 4381982 4588268
443160 1136350 2128333 2897821 3402672 3873311
396132 1333217 2180715 2985752 3691712
440832 1288463 2419861 3483130
359480 1421128 2864498
376686 1363294
344014
"""


def triangle_of(text: str) -> pd.DataFrame:
    rows = [[float(cell) for cell in line.split()] for line in text.strip().splitlines()]
    widest = max(map(len, rows))
    return pd.DataFrame([row + [np.nan] * (widest - len(row)) for row in rows])


@pytest.fixture(scope="module")
def claims() -> ChainLadder:
    return chain_ladder(triangle_of(TAYLOR_ASHE))


def simulated(cohorts: int, oldest: int, rng: np.random.Generator) -> np.ndarray:
    """Full square of MRR: survivors of a level 4 % a period, each growing by 1 % +- 2 %."""
    cells = np.empty((cohorts, oldest + 1))
    cells[:, 0] = rng.uniform(5_000, 20_000, cohorts)
    for age in range(1, oldest + 1):
        mean = cells[:, age - 1] * 0.97
        cells[:, age] = mean + rng.normal(size=cohorts) * 3.0 * np.sqrt(cells[:, age - 1])
    return cells


def masked(cells: np.ndarray) -> pd.DataFrame:
    rows, ages = np.indices(cells.shape)
    return pd.DataFrame(np.where(rows + ages < len(cells), cells, np.nan))


def test_factors_as_published(claims: ChainLadder) -> None:
    published = [3.491, 1.747, 1.457, 1.174, 1.104, 1.086, 1.054, 1.077, 1.018]
    assert claims.factors["factor"].tolist() == pytest.approx(published, abs=5e-4)


def test_reserves_and_errors_of_every_year_as_published(claims: ChainLadder) -> None:
    thousands = [0, 95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626]
    percent = [80, 26, 19, 27, 29, 26, 22, 23, 29]
    cohorts = claims.cohorts
    assert (cohorts["change"] / 1000).tolist() == pytest.approx(thousands, abs=0.5)
    relative = 100 * cohorts["standard_error"] / cohorts["change"]
    assert relative.iloc[1:].tolist() == pytest.approx(percent, abs=0.5)


def test_total_reserve_and_its_error_as_published(claims: ChainLadder) -> None:
    assert claims.total["change"] == pytest.approx(18_680_856, abs=0.5)
    assert claims.total["standard_error"] == pytest.approx(2_447_095, abs=0.5)


def test_known_cells_stay_and_have_no_error(claims: ChainLadder) -> None:
    given = triangle_of(TAYLOR_ASHE)
    known = given.notna()
    assert claims.completed[known].equals(given)
    assert (claims.standard_errors[known].fillna(0.0) == 0.0).all(axis=None)
    assert (claims.standard_errors[~known].fillna(1.0) > 0.0).all(axis=None)


def test_periods_ahead_are_diagonals_of_the_completed_triangle(claims: ChainLadder) -> None:
    by_cohort = claims.project(9)
    for cohort, latest_age in claims.cohorts["latest_age"].items():
        ages = range(latest_age + 1, 10)
        row = claims.completed.loc[cohort, ages].to_numpy()
        assert by_cohort.loc[cohort, range(1, 10 - latest_age)].to_numpy() == pytest.approx(row)
    assert claims.ahead(9)["expected"].to_numpy() == pytest.approx(by_cohort.sum().to_numpy())
    tail = claims.tail["factor"]
    assert by_cohort.loc[0, 9] == pytest.approx(claims.completed.loc[0, 9] * tail**9)


def test_error_of_a_total_is_chance_and_the_slopes_of_the_factors(claims: ChainLadder) -> None:
    """By numeric derivatives of the sum, instead of the formula."""
    factors = np.append(claims.factors["factor"], claims.tail["factor"])
    errors = np.append(claims.factors["standard_error"], claims.tail["standard_error"])
    sigmas = np.append(claims.factors["sigma"], claims.tail["sigma"])
    cohorts = claims.cohorts

    def ahead(steps: np.ndarray, periods: int) -> tuple[float, float]:
        total = chance = 0.0
        for latest, start in zip(cohorts["latest"], cohorts["latest_age"], strict=True):
            amount, spread = latest, 0.0
            for age in range(start, start + periods):
                place = min(age, len(steps) - 1)
                spread = steps[place] ** 2 * spread + sigmas[place] ** 2 * amount
                amount *= steps[place]
            total, chance = total + amount, chance + spread
        return total, chance

    for periods in (1, 6, 12):
        total, chance = ahead(factors, periods)
        moved = [
            (ahead(factors + shift, periods)[0] - ahead(factors - shift, periods)[0]) / 2e-5
            for shift in 1e-5 * np.eye(len(factors))
        ]
        expected = np.sqrt(chance + ((np.array(moved) * errors) ** 2).sum())
        found = claims.ahead(12).loc[periods]
        assert found["expected"] == pytest.approx(total)
        assert found["standard_error"] == pytest.approx(expected, rel=1e-6)


def test_factors_are_those_of_kaplan_meier() -> None:
    survivors = pd.DataFrame(
        [[100, 90, 72, 70], [300, 240, 230, None], [50, 41, None, None], [80, None, None, None]]
    )
    found, curve = chain_ladder(survivors), fit_retention(survivors, "kaplan_meier")
    hazards = [curve.parameters[f"hazard_{age}"] for age in (1, 2, 3)]
    assert (1 - found.factors["factor"]).tolist() == pytest.approx(hazards)
    assert 1 - found.tail["factor"] == pytest.approx(curve.parameters["tail_hazard"])
    pd.testing.assert_frame_equal(found.project(6), curve.project(6))


def test_a_total_is_less_sure_than_independent_cohorts_would_be(claims: ChainLadder) -> None:
    apart = np.sqrt((claims.cohorts["standard_error"] ** 2).sum())
    assert claims.total["standard_error"] > apart


def test_a_triangle_without_scatter_is_sure_of_itself() -> None:
    exact = np.outer([100.0, 200.0, 400.0, 50.0, 80.0], 1.1 ** np.arange(5))
    found = chain_ladder(masked(exact))
    assert found.completed.to_numpy() == pytest.approx(exact)
    assert found.ahead(8)["standard_error"].to_numpy() == pytest.approx(np.zeros(8), abs=1e-5)
    latest = exact[np.arange(5), np.arange(5)[::-1]].sum()
    assert found.ahead(8)["expected"].iloc[-1] == pytest.approx(latest * 1.1**8)


def test_pooled_errors_hold_what_they_promise_and_the_papers_are_too_small() -> None:
    """Standard scores of the total change over 300 simulated companies of twelve cohorts."""
    rng = np.random.default_rng(12)
    scores: dict[str, list[float]] = {"mack": [], "pooled": []}
    for _ in range(300):
        cells = simulated(12, 11, rng)
        for scatter, found in scores.items():
            total = chain_ladder(masked(cells), scatter=scatter).total
            found.append((cells[:, -1].sum() - total["ultimate"]) / total["standard_error"])
    spread = {scatter: np.std(found) for scatter, found in scores.items()}
    assert abs(np.mean(scores["pooled"])) < 0.25
    assert 0.85 < spread["pooled"] < 1.15
    assert 0.86 < np.mean(np.abs(scores["pooled"]) < 1.645) < 0.94
    assert spread["mack"] > 1.3


def test_pooled_scatter_of_ages_with_many_cohorts_is_their_own() -> None:
    cells = masked(simulated(30, 29, np.random.default_rng(3)))
    one, other = chain_ladder(cells), chain_ladder(cells, scatter="pooled")
    pd.testing.assert_series_equal(one.factors["factor"], other.factors["factor"])
    many = one.factors["cohorts"] > 10
    assert one.factors["sigma"][many].tolist() == other.factors["sigma"][many].tolist()
    assert other.factors["sigma"].iloc[-1] == pytest.approx(3.0, abs=1.5)


def test_unknown_scatter_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="'pooled'"):
        chain_ladder(pd.DataFrame([[3, 2]]), scatter="pool")  # type: ignore[arg-type]


def test_one_cohort_has_no_scatter_and_says_so() -> None:
    found = chain_ladder(pd.DataFrame([[100, 90, 80]]))
    assert "no scatter" in " ".join(found.notes)
    assert found.total["standard_error"] == 0.0  # nothing is left to be projected
    assert np.isnan(found.ahead(1).loc[1, "standard_error"])
    assert found.ahead(1).loc[1, "expected"] == pytest.approx(80 * (170 / 190))


def test_a_cohort_that_died_stays_dead_and_the_others_go_on() -> None:
    found = chain_ladder(pd.DataFrame([[10, 5, 0, 0], [10, 6, 2, None], [10, 4, None, None]]))
    assert found.completed.to_numpy().tolist() == [
        [10, 5, 0, 0],
        [10, 6, 2, 2],
        [10, 4, 8 / 11 * 1, 8 / 11],
    ]
    assert "age 3" in " ".join(found.notes)
    assert np.isfinite(found.ahead(4).to_numpy()).all()


def test_rows_may_begin_and_be_blank() -> None:
    frame = pd.DataFrame(
        [[None, 90, 80, 75], [100, 88, 81, None], [100, 95, None, None], [None] * 4],
        index=["old", "a", "b", "blank"],
    )
    found = chain_ladder(frame)
    assert found.factors["cohorts"].tolist() == [2, 2, 1]
    assert found.completed.loc["blank"].isna().all()
    assert found.completed.loc["old"].isna().tolist() == [True, False, False, False]
    assert "blank" in " ".join(found.notes)
    assert found.total["latest"] == 75 + 81 + 95


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        (pd.DataFrame([[100, -5]]), InputError),
        (pd.DataFrame([[100]]), NotEnoughHistoryError),
        (pd.DataFrame([[100, None], [90, None]]), NotEnoughHistoryError),
    ],
)
def test_refusals_are_those_of_a_triangle(frame: pd.DataFrame, error: type[Exception]) -> None:
    with pytest.raises(error):
        chain_ladder(frame)


def test_nothing_ahead_is_refused(claims: ChainLadder) -> None:
    with pytest.raises(InputError, match="at least 1"):
        claims.project(0)
