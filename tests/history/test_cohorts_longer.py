"""Cohorts of quarters and years: their months' cohorts added up at the same age."""

import pandas as pd
import pytest

from history import Ledger, UnknownNameError

ROWS = [
    ("A", "2024-01-05", None, 100, "x"),
    ("B", "2024-02-05", "2024-05-20", 100, "y"),
    ("C", "2024-03-05", "2024-04-01", 100, "x"),
    ("D", "2024-03-31", None, 50, "y"),
    ("E", "2024-06-30", None, 70, "x"),
]


@pytest.fixture(scope="module")
def ledger():
    frame = pd.DataFrame(ROWS, columns=["customer", "start_date", "end_date", "mrr", "plan"])
    return Ledger.from_lines(frame, as_of="2025-03", currency="EUR")


def test_quarters_by_hand(ledger):
    """B leaves in his third month and C in his first: both are gone a quarter after they came."""
    found = ledger.cohorts(every="quarter").triangle()
    assert [str(cohort) for cohort in found.index] == ["2024Q1", "2024Q2"]
    assert found.loc["2024Q1"].tolist() == [4, 2, 2, 2, 2]
    assert found.loc["2024Q2"].tolist()[:4] == [1, 1, 1, 1]
    assert pd.isna(found.loc["2024Q2", 4])


def test_years_by_hand(ledger):
    found = ledger.cohorts(every="year")
    assert found.every == "year"
    assert found.triangle(value="mrr").loc["2024"].tolist() == [4.2]
    later = Ledger.from_lines(
        pd.DataFrame(ROWS, columns=["customer", "start_date", "end_date", "mrr", "plan"]),
        as_of="2025-06",
        currency="EUR",
    )
    assert later.cohorts(every="year").triangle().loc["2024"].tolist() == [5, 3]


@pytest.mark.parametrize("every", ["quarter", "year"])
def test_segments_add_up(ledger, every):
    total = ledger.cohorts(every=every).minor
    parts = ledger.cohorts("plan", every=every).minor
    values = ["customers", "mrr", "kept_customers", "kept_mrr"]
    keys = ["cohort", "age"]
    summed = parts.groupby(keys)[values].sum()
    assert summed.equals(total.set_index(keys)[values])


def test_a_longer_cohort_is_its_months_at_the_same_age(ledger):
    months = ledger.cohorts().triangle("total")
    quarters = ledger.cohorts(every="quarter").triangle("total")
    for quarter, row in quarters.iterrows():
        own = months[months.index.asfreq("Q") == quarter]
        for age, customers in row.dropna().items():
            assert own[3 * age].notna().all()
            assert own[3 * age].sum() == customers


def test_another_length_is_refused(ledger):
    with pytest.raises(UnknownNameError, match="length of a cohort"):
        ledger.cohorts(every="week")
