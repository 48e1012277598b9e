"""The simulated company looks like one, and its parameters can be found again in its lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from history.synthetic import (
    Company,
    Simulated,
    annual_enterprise,
    example_company,
    mixed,
    monthly_smb,
    price_rise,
    shock,
)
from history.synthetic.company import FLAT

_FOREVER = pd.Timestamp("2200-01-01")


def dense(simulated: Simulated) -> pd.DataFrame:
    """Closing MRR in cents, customers x months, written without any of history's own code."""
    lines = simulated.lines
    lines = lines[lines["status"] != "paused"]
    share = lines["interval"].map({"month": 1, "quarter": 3, "year": 12})
    mrr = np.rint((lines["amount"] * 100).round() / share).to_numpy(dtype=np.int64)
    months = pd.period_range(simulated.company.first, simulated.through, freq="M")
    next_first = (months + 1).to_timestamp().to_numpy()
    start = lines["start"].to_numpy()[:, None]
    end = lines["end"].fillna(_FOREVER).to_numpy()[:, None]
    paid = ((start < next_first) & (end >= next_first)) * mrr[:, None]
    frame = pd.DataFrame(paid, columns=months, index=lines["customer_id"])
    frame["size"] = lines["size"].to_numpy()
    return frame.groupby(["size", "customer_id"]).sum()


@pytest.fixture(scope="module")
def closes() -> pd.DataFrame:
    return dense(example_company().generate(7))


@pytest.mark.parametrize("seed", [7, 11, 12])
def test_net_retention_of_each_segment_is_a_real_companys(seed: int) -> None:
    frame = dense(example_company().generate(seed))
    before, now = frame[pd.Period("2025-06")], frame[pd.Period("2026-06")]
    kept = now.where(before > 0, 0)
    nrr = kept.groupby("size").sum() / before.groupby("size").sum()
    assert nrr.between(0.85, 1.20).all()
    assert nrr["SMB"] < nrr["Enterprise"]
    lost = 1 - (kept > 0).groupby("size").sum() / (before > 0).groupby("size").sum()
    assert lost["SMB"] > lost["Mid-Market"]
    assert 0.75 < np.minimum(kept, before).sum() / before.sum() < 0.95


def test_growth_slows_down(closes: pd.DataFrame) -> None:
    total = closes.sum()
    growth = [
        total[pd.Period(f"{year}-06")] / total[pd.Period(f"{year - 1}-06")] - 1
        for year in (2024, 2025, 2026)
    ]
    assert growth[0] > growth[1] > growth[2] > 0.15


def test_segments_are_very_different(closes: pd.DataFrame) -> None:
    last = closes[pd.Period("2026-06")]
    paying = last[last > 0].groupby("size")
    arpa, count = paying.mean(), paying.size()
    assert arpa["Enterprise"] > 3 * arpa["Mid-Market"] > 9 * arpa["SMB"] / 2
    assert count["SMB"] > 2.5 * count["Mid-Market"] > 5 * count["Enterprise"]


def _starts(company: Company, seed: int) -> pd.DataFrame:
    lines = company.generate(seed).lines
    first = lines.sort_values("start").drop_duplicates("customer_id")
    month = first["start"].dt.to_period("M")
    return first.assign(month=month)[month <= pd.Period(company.through)]


def test_new_business_has_quarter_ends_and_a_summer_dip() -> None:
    starts = pd.concat([_starts(mixed(), seed) for seed in range(3)])
    calendar = starts.groupby(["size", starts["month"].dt.month]).size()
    big, small = calendar["Enterprise"], calendar["SMB"]
    assert big[[3, 6, 9, 12]].mean() > 1.8 * big[[1, 4, 7, 10]].mean()
    assert small[[7, 8]].mean() < 0.85 * small[[9, 10]].mean()


def test_new_customers_follow_the_true_mean() -> None:
    company = mixed()
    truth = company.generate(0).truth.new_customers.set_index(["month", "size"])["mean"]
    counts = sum(
        _starts(company, seed).groupby(["month", "size"]).size().reindex(truth.index, fill_value=0)
        for seed in range(4)
    )
    spread = {s.name: s.new.dispersion for s in company.segments}
    variance = 4 * (truth + truth**2 * truth.index.get_level_values("size").map(spread))
    z = (counts - 4 * truth) / np.sqrt(variance)
    assert abs(z.mean()) < 4 / np.sqrt(len(z))
    assert 0.8 < z.std() < 1.2
    assert z.abs().max() < 5


def _exposure(lines: pd.DataFrame, through: str) -> pd.DataFrame:
    """Exposure and losses of first lives by age in months, for each size and term."""
    order = lines.sort_values("start").groupby("customer_id")
    first = order["start"].min().dt.to_period("M")
    ends = lines[lines["status"] == "cancelled"].groupby("customer_id")["end"].min()
    end = ends.dt.to_period("M").reindex(first.index)
    last = pd.Period(through)
    lost = end.notna() & (end <= last)
    stop = end.where(lost, last)
    ages = np.array([(b - a).n for a, b in zip(first, stop, strict=True)])
    top = 36
    at_risk = np.array([(ages >= k).sum() for k in range(1, top + 1)])
    gone = np.array([(lost & (ages == k)).sum() for k in range(1, top + 1)])
    return pd.DataFrame({"at_risk": at_risk, "lost": gone}, index=range(1, top + 1))


def _scaled(company: Company, times: float) -> Company:
    segments = tuple(
        replace(
            s,
            new=replace(s.new, level=s.new.level * times),
            leaving=replace(s.leaving, season=FLAT, pause=0.0),
        )
        for s in company.segments
    )
    return replace(company, segments=segments)


def test_monthly_hazards_are_recovered_and_fall_with_age() -> None:
    simulated = _scaled(monthly_smb(), 15).generate(4)
    table = _exposure(simulated.lines, simulated.through)
    true = simulated.truth.hazard("SMB").loc[1:36]
    z = (table["lost"] - table["at_risk"] * true) / np.sqrt(table["at_risk"] * true * (1 - true))
    assert table["at_risk"].iloc[0] > 20_000
    assert z.abs().max() < 4
    assert abs(z.mean()) < 4 / 6
    measured = table["lost"] / table["at_risk"]
    assert measured.loc[1:3].mean() > 1.5 * measured.loc[22:30].mean()
    assert true.is_monotonic_decreasing


def test_contracts_are_lost_at_their_ends_only() -> None:
    company = _scaled(annual_enterprise(), 30)
    only = replace(company, segments=(replace(company.segments[0], terms=((12, 1.0),)),))
    simulated = only.generate(4)
    table = _exposure(simulated.lines, simulated.through)
    assert table.loc[~table.index.isin([12, 24, 36]), "lost"].sum() == 0
    true = simulated.truth.hazard("Enterprise", 12)
    for age in (12, 24, 36):
        n, p = table.loc[age, "at_risk"], true[age]
        assert abs(table.loc[age, "lost"] - n * p) < 4 * np.sqrt(n * p * (1 - p))
    assert true[12] > true[24] > true[36] > 0


def test_seats_grow_at_the_true_rate() -> None:
    through = pd.Period("2026-06")
    simulated = _scaled(monthly_smb(), 6).generate(4, through=str(through))
    lines = simulated.lines.sort_values(["customer_id", "start"])
    lines = lines[lines["start"] <= through.end_time]
    before = lines.groupby("customer_id")["quantity"].shift()
    same_life = lines.groupby("customer_id")["end"].shift() == lines["start"]
    share = (lines["quantity"] / before - 1).where(same_life, 0).clip(lower=0)

    rates = simulated.truth.rates.set_index("age")["expansion"].to_numpy()
    chances = np.concatenate([[0.0], np.cumsum(rates[1:])])
    life = (~same_life).groupby(lines["customer_id"]).cumsum()
    came = lines["start"].groupby([lines["customer_id"], life]).transform("min")
    stop = lines["end"].fillna(through.end_time)
    asked = _months(stop) - (lines["status"] == "cancelled")
    expected = chances[asked - _months(came)] - chances[_months(lines["start"]) - _months(came)]
    assert share.sum() / expected.sum() == pytest.approx(1.0, abs=0.06)


def _months(dates: pd.Series) -> pd.Series:
    return dates.dt.year * 12 + dates.dt.month


def test_monthly_customers_feel_the_price_rise_on_its_date() -> None:
    simulated = price_rise().generate(7)
    lines = simulated.lines
    old = lines[(lines["start"] < "2025-03-01") & lines["term_end"].isna()]
    open_now = old[old["end"].isna() & (old["status"] != "paused")]
    assert open_now.empty
    may = lines["start"].dt.to_period("M") == pd.Period("2025-05")
    moved = lines[may & lines["term_end"].isna() & (lines["plan"] == "Starter")]
    assert moved["list_price"].round(2).eq(16.80).all()
    assert len(moved) > 200


def test_the_shock_halves_sales_and_doubles_losses() -> None:
    hit, calm = shock().generate(7).truth, mixed().generate(7).truth
    ratio = hit.new_customers["mean"] / calm.new_customers["mean"]
    months = hit.new_customers["month"].astype(str)
    assert np.allclose(ratio[months.between("2025-03", "2025-06")], 0.5)
    assert np.allclose(ratio[months < "2025-03"], 1.0)
    frame = dense(shock().generate(7)).loc["SMB"]
    gone = (frame.shift(axis=1) > 0) & (frame == 0)
    rate = gone.sum() / (frame.shift(axis=1) > 0).sum()
    during = rate[pd.period_range("2025-03", "2025-06", freq="M")].mean()
    assert during > 1.5 * rate[pd.period_range("2024-11", "2025-02", freq="M")].mean()


def test_some_return_after_failed_payments_and_after_leaving() -> None:
    lines = example_company().generate(7).lines.sort_values(["customer_id", "start"])
    following = lines.groupby("customer_id")["start"].shift(-1)
    gap = (following - lines["end"]).dt.days
    back = lines[(lines["status"] == "cancelled") & (gap > 0)]
    counts = back["churn_reason"].value_counts()
    assert counts["involuntary"] > 20
    assert counts["voluntary"] > 20
