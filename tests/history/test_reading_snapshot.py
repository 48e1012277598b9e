"""Customer x month tables of MRR turned into lines."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_help import found, read, read_text

from history.errors import InputError


def spans(lines):
    return [
        (line.customer, str(line.start_date.date()), _day(line.end_date), line.mrr)
        for line in lines.sort_values(["customer", "start_date"]).itertuples()
    ]


def _day(value):
    return None if pd.isna(value) else str(value.date())


EXPECTED = [
    ("A", "2024-01-01", "2024-03-01", 1000),
    ("A", "2024-03-01", None, 1500),
    ("B", "2024-02-01", "2024-03-01", 2000),
    ("B", "2024-04-01", None, 2000),
]


def test_wide_table(tmp_path):
    reading, lines = read_text(
        tmp_path,
        """
        Customer,Plan,2024-01,2024-02,2024-03,2024-04
        A,gold,10,10,15.00,15
        B,silver,,20,0,20
        Total,,10,30,15,35
        C,gold,0,0,0,0
        """,
        currency="EUR",
    )
    assert spans(lines) == EXPECTED
    assert lines["Plan"].tolist() == ["gold", "gold", "silver", "silver"]
    assert lines["row"].tolist() == [2, 2, 3, 3]
    assert reading.dimensions == ("Plan",)
    assert str(reading.last_month) == "2024-04"
    assert [row for row, _, _ in found(reading, "total-row")] == [4]
    assert found(reading, "snapshot")


def test_long_table_with_the_same_lines(tmp_path):
    reading, lines = read_text(
        tmp_path,
        """
        account,month,mrr
        A,2024-01,10
        A,2024-02,10
        A,2024-03,15
        A,2024-04,15
        B,2024-02,20
        B,2024-04,20
        """,
        currency="EUR",
    )
    assert spans(lines) == EXPECTED
    assert lines["row"].tolist() == [2, 4, 6, 7]
    assert reading.mapping["month"] == "month"


def test_months_as_dates_names_and_in_a_workbook(tmp_path):
    frame = pd.DataFrame(
        {"customer": ["A", "B"], "Jan 24": [10, None], "Feb 24": [10, 20], "Mar 24": [15, None]}
    )
    frame.to_excel(tmp_path / "wide.xlsx", index=False)
    _, from_book = read(tmp_path / "wide.xlsx", currency="EUR")
    _, from_frame = read(frame, currency="EUR")
    pd.testing.assert_frame_equal(from_book, from_frame)
    assert spans(from_frame)[1:] == [
        ("A", "2024-03-01", None, 1500),
        ("B", "2024-02-01", "2024-03-01", 2000),
    ]


def test_change_of_a_dimension_ends_a_line(tmp_path):
    _, lines = read_text(
        tmp_path,
        "customer,plan,month,mrr\nA,basic,2024-01,10\nA,pro,2024-02,10\n",
        currency="EUR",
    )
    assert lines["plan"].tolist() == ["basic", "pro"]
    assert [_day(end) for end in lines["end_date"]] == ["2024-02-01", None]


def test_unreadable_cells_reject_their_row(tmp_path):
    reading, lines = read_text(
        tmp_path,
        "customer,2024-01,2024-02\nA,10,x\nB,10,10\n,5,5\n",
        currency="EUR",
    )
    assert lines["customer"].tolist() == ["B"]
    assert found(reading, "snapshot-cell") == [(2, "2024-02", "x")]
    assert [row for row, _, _ in found(reading, "customer-blank")] == [4]
    assert reading.rejected["2024-02"].tolist() == ["x", "5"]


def test_missing_month_and_missing_customer_are_refused(tmp_path):
    with pytest.raises(InputError, match="no cell for 2024-02"):
        read_text(tmp_path, "customer,2024-01,2024-03\nA,10,10\n", currency="EUR")
    with pytest.raises(InputError, match="no column names the customer"):
        read_text(tmp_path, "who,2024-01,2024-02\nA,10,10\n", currency="EUR")
    with pytest.raises(InputError, match="more than one column for 2024-01"):
        read_text(tmp_path, "customer,2024-01,Jan 2024,2024-02\nA,1,1,1\n", currency="EUR")


def test_customer_since_does_not_hide_a_monthly_table(tmp_path):
    _, lines = read_text(
        tmp_path,
        """
        customer,start_date,month,mrr
        A,2020-05-01,2024-01,10
        A,2020-05-01,2024-02,10
        B,2021-05-01,2024-01,7
        B,2021-05-01,2024-02,8
        """,
        currency="EUR",
    )
    assert spans(lines) == [
        ("A", "2024-01-01", None, 1000),
        ("B", "2024-01-01", "2024-02-01", 700),
        ("B", "2024-02-01", None, 800),
    ]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), min_size=1, max_size=6).filter(
        lambda grid: any(any(row) for row in grid)
    )
)
def test_lines_give_the_table_back(grid):
    """At each close the lines that run add up to the cells, wide or long."""
    months = [f"2024-0{m}" for m in range(1, 6)]
    wide = pd.DataFrame(grid, columns=months)
    wide.insert(0, "customer", [f"C{i}" for i in range(len(grid))])
    long = wide.melt(id_vars="customer", var_name="month", value_name="mrr")
    for frame in (wide, long):
        _, lines = read(frame, currency="JPY")
        for number, month in enumerate(months):
            close = pd.Period(month, freq="M").end_time.normalize()
            runs = lines[
                (lines["start_date"] <= close)
                & (lines["end_date"].isna() | (lines["end_date"] > close))
            ]
            sums = runs.groupby("customer")["mrr"].sum()
            for i, row in enumerate(grid):
                assert sums.get(f"C{i}", 0) == row[number]
