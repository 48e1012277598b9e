"""Fiscal years: named by the calendar year they end in, back and forth."""

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.errors import InputError, UnknownNameError
from history.fiscal import PERIODS, FiscalYear

starts = st.integers(1, 12)
months = st.integers(2001 * 12, 2098 * 12).map(
    lambda i: pd.Period(year=i // 12, month=i % 12 + 1, freq="M")
)


@given(starts, months, st.sampled_from(["quarter", "year"]))
def test_a_name_leads_back_to_the_last_month_of_its_period(start, month, every):
    year = FiscalYear(start)
    last = year.month(year.name(month, every))
    assert year.ends(last, every)
    assert 0 <= (last - month).n < {"quarter": 3, "year": 12}[every]
    assert year.name(last, every) == year.name(month, every)


@given(starts, months, st.sampled_from(PERIODS))
def test_periods_are_numbered_one_after_the_other(start, month, every):
    year = FiscalYear(start)
    found = year.number(pd.period_range(month, periods=30, freq="M"), every)
    steps = [int(b - a) for a, b in pairwise(found)]
    ends = [year.ends(month + i, every) for i in range(29)]
    assert steps == [int(end) for end in ends]


@pytest.mark.parametrize("said", ["FY27", "fy 2027", "Q4 FY27", "FY27 Q4", "q4fy27", "2027-06"])
def test_what_may_be_said_for_one_month(said):
    assert str(FiscalYear(7).month(said)) == "2027-06"


@pytest.mark.parametrize("said", ["FY", "Q5 FY27", "27", "FY277", "2027-13", "soon"])
def test_what_is_no_month_is_refused_with_examples(said):
    with pytest.raises(InputError, match="FY27 or Q3 FY27"):
        FiscalYear().month(said)


def test_a_month_or_period_that_there_is_not():
    with pytest.raises(InputError, match="a month is 1 to 12"):
        FiscalYear(13)
    with pytest.raises(UnknownNameError, match="Did you mean 'quarter'"):
        FiscalYear().number(pd.period_range("2026-01", periods=1, freq="M"), "quater")
