"""Revenue by age and early churn: exact identities, recovery, and honest errors."""

import numpy as np
import pandas as pd
import pytest

from forecast.retention import (
    RevenueByAge,
    chain_ladder,
    early_churn,
    fit_retention,
    revenue_by_age,
)
from history import Ledger
from history.errors import InputError, NotEnoughHistoryError
from history.policy import Policy

LOSS, GROWTH = 0.04, 0.01


def company(
    cohorts: int, size: int, rng: np.random.Generator, ages: int | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Triangles of customers, MRR and kept MRR: level churn, prices that grow by 1 % +- 6 %."""
    ages = ages or cohorts
    tables = np.full((3, cohorts, ages), np.nan)
    for row in range(cohorts):
        first = rng.lognormal(3.0, 0.5, size)
        price, alive = first.copy(), np.ones(size, dtype=bool)
        for age in range(min(ages, cohorts - row)):
            if age:
                alive &= rng.random(size) >= LOSS
                price *= np.exp(GROWTH + 0.06 * rng.standard_normal(size) - 0.06**2 / 2)
            mine = price[alive], np.minimum(price, first)[alive]
            tables[:, row, age] = alive.sum(), mine[0].sum(), mine[1].sum()
    index = pd.period_range("2023-01", periods=cohorts, freq="M")
    return tuple(pd.DataFrame(table, index=index) for table in tables)


@pytest.fixture(scope="module")
def found() -> RevenueByAge:
    return revenue_by_age(*company(24, 60, np.random.default_rng(1)))


def test_net_is_customers_times_size_and_the_chain_ladder_of_mrr(found: RevenueByAge) -> None:
    _, mrr, kept = company(24, 60, np.random.default_rng(1))
    observed = found.observed
    assert observed["net"].tolist() == (observed["customers"] * observed["size"]).tolist()
    links = np.append(1.0, chain_ladder(mrr).factors["factor"].cumprod())
    np.testing.assert_allclose(observed["net"], links, rtol=1e-12)
    links = np.append(1.0, chain_ladder(kept).factors["factor"].cumprod())
    np.testing.assert_allclose(observed["gross"], links, rtol=1e-12)
    np.testing.assert_allclose(observed["net"], observed["gross"] + observed["expansion"])
    assert (observed["gross"] <= observed["customers"] * 1.1).all()


def test_the_curves_are_those_of_the_triangles(found: RevenueByAge) -> None:
    customers, _, kept = company(24, 60, np.random.default_rng(1))
    ages = np.arange(40)
    assert (
        found.customers.survival(ages).tolist() == fit_retention(customers).survival(ages).tolist()
    )
    assert found.gross(ages).tolist() == fit_retention(kept).survival(ages).tolist()
    inside = np.arange(24)
    size = found.observed["size"].to_numpy()
    np.testing.assert_allclose(found.net(inside), found.customers.survival(inside) * size)
    assert found.net(0) == 1.0
    assert found.net_error(0) == 0.0


def test_growth_fades_beyond_the_oldest_age(found: RevenueByAge) -> None:
    tail = np.log(found.tail["factor"])
    size = np.log(found.net([23, 35, 1e4]) / found.customers.survival([23, 35, 1e4]))
    kept = 0.5 ** (1 / 12)
    steps = kept ** np.arange(1, 13)
    assert size[1] - size[0] == pytest.approx(tail * steps.sum())
    assert size[2] - size[0] == pytest.approx(tail * kept / (1 - kept), rel=1e-6)


def test_growth_is_recovered_with_true_errors() -> None:
    """Standard scores of the growth at single ages and of its sum over 60 companies."""
    rng = np.random.default_rng(2)
    young, whole = [], []
    for _ in range(60):
        revenue = revenue_by_age(*company(14, 40, rng)[:2], model="geometric")
        logs, errors = np.log(revenue.growth["factor"]), revenue.growth["log_error"]
        young.append((logs.iloc[0] - GROWTH) / errors.iloc[0])
        whole.append((logs.sum() - 13 * GROWTH) / np.sqrt((errors**2).sum()))
    for scores in (young, whole):
        assert abs(np.mean(scores)) < 0.45
        assert 0.75 < np.std(scores) < 1.3


def test_net_intervals_hold_inside_and_draws_agree_with_errors() -> None:
    rng = np.random.default_rng(3)
    truth = np.exp(12 * (np.log1p(-LOSS) + GROWTH))
    held = 0
    for _ in range(40):
        revenue = revenue_by_age(*company(18, 40, rng)[:2], model="geometric")
        held += abs(revenue.net(12) - truth) < 1.2816 * revenue.net_error(12)
    assert 25 <= held <= 38  # 32 of 40 are promised
    drawn = revenue.sample_net([6, 12, 30], 20_000, np.random.default_rng(4))
    assert drawn.std(axis=0) == pytest.approx(revenue.net_error([6, 12, 30]), rel=0.08)
    assert drawn.mean(axis=0) == pytest.approx(revenue.net([6, 12, 30]), rel=0.03)


def test_without_scatter_the_growth_is_exact() -> None:
    left = 1000 * 0.9 ** np.arange(8)
    rows = [np.where(np.arange(8) < 8 - row, left * (1 + row), np.nan) for row in range(5)]
    customers = pd.DataFrame(rows)
    revenue = revenue_by_age(customers, customers * 50 * 1.02 ** np.arange(8), model="geometric")
    assert revenue.growth["factor"].to_numpy() == pytest.approx(np.full(7, 1.02))
    assert revenue.growth["log_error"].to_numpy() == pytest.approx(np.zeros(7), abs=1e-9)
    assert revenue.net(5) == pytest.approx(0.9**5 * 1.02**5, rel=1e-6)


def test_who_is_gone_pays_nothing() -> None:
    customers = pd.DataFrame([[9, 4, 0, 0], [5, 2, 0, None]])
    mrr = pd.DataFrame([[90, 44, 0, 0], [50, 22, 0, None]])
    revenue = revenue_by_age(customers, mrr)
    assert revenue.observed["net"].tolist()[2:] == [0.0, 0.0]
    assert np.isfinite(revenue.net([0, 1, 2, 3, 9])).all()
    everybody = revenue_by_age(
        pd.DataFrame([[9, 0, 0]]), pd.DataFrame([[90, 0, 0]]), model="geometric"
    )
    assert everybody.net(1) == pytest.approx(0.0, abs=1e-9)


def test_triangles_that_do_not_fit_are_refused() -> None:
    customers, mrr, kept = company(5, 30, np.random.default_rng(5))
    with pytest.raises(InputError, match="customers and MRR differ"):
        revenue_by_age(customers, mrr.iloc[1:])
    with pytest.raises(InputError, match="kept MRR differ"):
        revenue_by_age(customers, mrr, kept.set_axis(range(5)))
    kept.iloc[0, 1] = 1e9
    with pytest.raises(InputError, match="more MRR kept than there is at cohort / age 2023-01 / 1"):
        revenue_by_age(customers, mrr, kept)
    with pytest.raises(InputError, match="MRR without customers at cohort / age 0 / 2"):
        revenue_by_age(pd.DataFrame([[3, 2, 0]]), pd.DataFrame([[30, 20, 10]]))
    with pytest.raises(InputError, match="kept_mrr"):
        revenue_by_age(customers, mrr).gross(3)
    with pytest.raises(InputError, match="fade"):
        revenue_by_age(customers, mrr, fade=0.0)


def ledger(visitors: int, joiners: int, months: int = 6) -> Ledger:
    """Every month some customers join for good and some for a few days."""
    rows = []
    for month in pd.period_range("2025-01", periods=months, freq="M"):
        rows += [(f"{month} stays {i}", f"{month}-05", None) for i in range(joiners)]
        rows += [(f"{month} goes {i}", f"{month}-05", f"{month}-20") for i in range(visitors)]
    lines = pd.DataFrame(rows, columns=["customer", "start_date", "end_date"]).assign(mrr=5000)
    return Ledger.from_lines(lines, as_of=f"2025-{months:02d}", currency="EUR")


def test_early_churn_counts_whom_no_close_has_seen() -> None:
    found = early_churn(ledger(visitors=2, joiners=6))
    assert found.share == pytest.approx(0.25)
    assert found.months["left"].tolist() == [2.0] * 5
    assert found.months["at_close"].tolist() == [6.0] * 5
    assert found.standard_error == pytest.approx(np.sqrt(0.25 * 0.75 / 40))
    assert found.low < 0.25 < found.high


def test_early_churn_is_the_same_under_any_policy() -> None:
    plain = ledger(visitors=1, joiners=4)
    counting = plain.under(Policy(same_month="count"))
    assert early_churn(counting).months.equals(early_churn(plain).months)


def test_nobody_who_leaves_early_is_nought_with_an_open_end() -> None:
    found = early_churn(ledger(visitors=0, joiners=3))
    assert (found.share, found.low) == (0.0, 0.0)
    assert 0.0 < found.high < 0.2


def test_survival_from_joining_begins_below_one() -> None:
    found = early_churn(ledger(visitors=2, joiners=6))
    curve = fit_retention(pd.DataFrame([[100, 90, 81]]), "geometric")
    assert found.survival(curve, range(3)).tolist() == pytest.approx([0.75, 0.675, 0.6075])


def test_nobody_joined_is_refused() -> None:
    lines = pd.DataFrame({"customer": ["A"], "start_date": ["2025-01-01"], "mrr": [5000]})
    with pytest.raises(NotEnoughHistoryError, match="nobody joined"):
        early_churn(Ledger.from_lines(lines.assign(end_date=None), as_of="2025-03", currency="EUR"))
