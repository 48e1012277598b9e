"""The simulated export: the same everywhere, growing month by month, every line valid."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from history.errors import InputError
from history.synthetic import PRESETS, Simulated, example_company, large_company

_COLUMNS = [
    "customer_id",
    "subscription_id",
    "start",
    "end",
    "amount",
    "interval",
    "term_end",
    "currency",
    "status",
    "churn_reason",
    "quantity",
    "unit_price",
    "list_price",
    "size",
    "region",
    "channel",
    "plan",
]


@pytest.fixture(scope="module")
def example() -> Simulated:
    return example_company().generate(seed=7, through="2027-06")


def _sha(frame: pd.DataFrame) -> str:
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()


def test_same_seed_gives_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from history.synthetic import example_company as e;"
        "print(hashlib.sha256(e().generate(7).lines.to_csv(index=False).encode()).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == _sha(example_company().generate(7).lines)


def test_another_seed_gives_another_history() -> None:
    company = example_company()
    assert _sha(company.generate(1, "2023-06").lines) != _sha(company.generate(2, "2023-06").lines)


def test_three_thousand_customers_in_under_two_seconds() -> None:
    start = time.process_time()
    lines = example_company().generate(7).lines
    assert time.process_time() - start < 2.0
    assert 2_700 < lines["customer_id"].nunique() < 3_400
    assert list(lines.columns) == _COLUMNS


@pytest.mark.parametrize("as_of", ["2022-07", "2023-02", "2025-12", "2026-06"])
def test_a_later_history_continues_the_same_world(example: Simulated, as_of: str) -> None:
    shorter = example_company().generate(seed=7, through=as_of)
    pd.testing.assert_frame_equal(shorter.lines, example.ledger_frame(as_of))


def test_later_exports_only_add_lines_ends_and_notices(example: Simulated) -> None:
    before = example.ledger_frame("2026-06")
    after = example.ledger_frame("2026-09").head(len(before))
    written = [name for name in _COLUMNS if name not in ("end", "status", "churn_reason")]
    pd.testing.assert_frame_equal(before[written], after[written])
    moved = before["end"].notna() & (before["end"] != after["end"])
    assert not moved.any()
    ended = before["end"].isna() & after["end"].notna()
    assert (after.loc[ended, "end"] > pd.Timestamp("2026-06-30")).all()
    left = (before["status"] == "cancelled") & (after["status"] != "cancelled")
    assert not left.any()


def test_nothing_later_is_known_but_notices_and_signed_lines(example: Simulated) -> None:
    close = pd.Timestamp("2026-06-30")
    lines = example.ledger_frame("2026-06")
    ahead = lines[lines["end"] > close]
    bound = ahead["term_end"] == ahead["end"]
    assert (bound | (ahead["status"] == "cancelled")).all()
    assert (ahead["status"] == "cancelled").sum() >= 5
    assert ((ahead["status"] == "cancelled") & bound).any()
    signed = lines[lines["start"] > close]
    assert len(signed) >= 10
    assert (signed["start"] <= close + pd.DateOffset(months=3)).all()
    assert {"paused", "past_due"} <= set(lines.loc[lines["end"].isna(), "status"])


def test_renewals_are_new_lines_that_start_the_day_the_contract_ends(example: Simulated) -> None:
    lines = example.ledger_frame("2027-06")
    bound = lines[lines["term_end"].notna() & (lines["term_end"] <= pd.Timestamp("2027-06-30"))]
    kept = bound[bound["status"] == "active"]
    starts = set(zip(lines["customer_id"], lines["start"], strict=True))
    renewed = [pair in starts for pair in zip(kept["customer_id"], kept["term_end"], strict=True)]
    assert all(renewed)
    assert len(kept) > 500


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_line_is_valid(name: str) -> None:
    simulated = PRESETS[name]().generate(seed=3)
    lines = simulated.lines
    assert (lines["end"].isna() | (lines["end"] > lines["start"])).all()
    assert (lines["term_end"].isna() | (lines["term_end"] >= lines["end"])).all()
    assert (lines["amount"] > 0).all()
    assert (lines["quantity"] >= 1).all()
    assert lines["subscription_id"].is_unique
    assert set(lines["interval"]) <= {"month", "quarter", "year"}
    assert set(lines["status"]) <= {"active", "past_due", "paused", "cancelled"}
    cancelled = lines["status"] == "cancelled"
    assert (lines["churn_reason"].notna() == cancelled).all()
    assert lines.loc[cancelled, "end"].notna().all()
    cents = lines["quantity"] * (lines["unit_price"] * 100).round().astype("int64")
    assert ((lines["amount"] * 100).round().astype("int64") == cents).all()
    assert (lines["unit_price"] <= lines["list_price"] + 1e-9).mean() > 0.5
    text = lines[["size", "region", "channel", "plan", "currency"]]
    assert text.notna().all().all()
    assert lines.groupby("customer_id")["size"].nunique().max() == 1


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_the_base_lines_of_a_customer_do_not_overlap(name: str) -> None:
    lines = PRESETS[name]().generate(seed=5).lines
    monthly = lines[lines["term_end"].isna()].sort_values(["customer_id", "start"])
    following = monthly.groupby("customer_id")["start"].shift(-1)
    assert (following.isna() | (monthly["end"] <= following)).all()


def test_asking_beyond_the_end_says_how_far_it_goes(example: Simulated) -> None:
    with pytest.raises(InputError, match=r"ends in 2027-06; generate it with through='2027-07'"):
        example.ledger_frame("2027-07")
    with pytest.raises(InputError, match="starts in 2022-07"):
        example_company().generate(7, through="2022-06")


def test_large_ledger_has_four_lines_a_customer(tmp_path: object) -> None:
    import duckdb

    one, two = f"{tmp_path}/one.parquet", f"{tmp_path}/two.parquet"
    lines = large_company(one, customers=5_000, seed=3)
    assert large_company(two, customers=5_000, seed=3) == lines
    assert abs(lines / 5_000 - 4) < 0.1
    same = duckdb.sql(f"SELECT count(*) FROM (FROM '{one}' EXCEPT FROM '{two}')").fetchall()
    assert same == [(0,)]
    months, wrong, customers = duckdb.sql(
        "SELECT datediff('month', min(start), DATE '2026-06-30') + 1,"
        ' count(*) FILTER ("end" <= start OR amount <= 0), count(DISTINCT customer_id)'
        f" FROM '{one}'"
    ).fetchall()[0]
    assert (months, wrong, customers) == (60, 0, 5_000)
    assert np.isfinite(lines)
