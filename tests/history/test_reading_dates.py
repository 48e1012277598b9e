"""Dates: every way of writing them, and refusals of what can be read two ways."""

import datetime as dt

import pandas as pd
import pytest
from reading_help import found, read, read_text

from history.errors import InputError


def starts(tmp_path, values, **options):
    body = "\n".join(f'C{i};"{value}";10' for i, value in enumerate(values))
    path = tmp_path / "dates.csv"
    path.write_text("customer_id;start;mrr\n" + body, encoding="utf-8")
    reading, lines = read(path, currency="EUR", **options)
    return reading, dict(zip(lines["row"], lines["start_date"].dt.date, strict=True))


FIFTH = dt.date(2024, 1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-05",
        "2024-1-5",
        "2024/01/05",
        "20240105",
        "2024-01-05T23:59:59Z",
        "2024-01-05 00:30:00.123456+02:00",
        "2024-01-05 10:20",
        "5 Jan 2024",
        "05-Jan-24",
        "Jan 5, 2024",
        "January 5 2024",
        "Fri, 5 Jan 2024",
        "5. Januar 2024",
        "5 janvier 2024",
        "5 de enero de 2024",
        "05.01.2024",
        "1704412800",
        "1704412800000",
    ],
)
def test_ways_of_writing_one_day(tmp_path, text):
    _, days = starts(tmp_path, [text])
    assert days == {2: FIFTH}


def test_day_first_is_found_from_one_proof(tmp_path):
    _, days = starts(tmp_path, ["03/04/2024", "13/04/2024"])
    assert days == {2: dt.date(2024, 4, 3), 3: dt.date(2024, 4, 13)}


def test_month_first_is_found_from_one_proof(tmp_path):
    _, days = starts(tmp_path, ["03/04/2024", "04/13/2024"])
    assert days == {2: dt.date(2024, 3, 4), 3: dt.date(2024, 4, 13)}


def test_ambiguous_column_is_refused_with_its_rows(tmp_path):
    with pytest.raises(
        InputError, match=r"'start' can be read day first or month first: rows 2, 4"
    ):
        starts(tmp_path, ["03/04/2024", "05/05/2024", "06/07/2024"])


@pytest.mark.parametrize(("order", "month"), [("dmy", 4), ("mdy", 3)])
def test_told_order_settles_an_ambiguous_column(tmp_path, order, month):
    _, days = starts(tmp_path, ["03/04/2024"], date_order=order)
    assert days[2].month == month


def test_same_day_either_way_is_not_ambiguous(tmp_path):
    _, days = starts(tmp_path, ["05/05/2024"])
    assert days == {2: dt.date(2024, 5, 5)}


def test_mixed_orders_are_refused_with_rows_that_prove_each(tmp_path):
    with pytest.raises(
        InputError, match=r"mix two orders: day first in row 3 .*month first in rows 2, 4"
    ):
        starts(tmp_path, ["12/31/2024", "31/12/2024", "11/30/2024"])


def test_told_order_rejects_the_rows_that_do_not_fit(tmp_path):
    reading, days = starts(tmp_path, ["12/31/2024", "31/12/2024"], date_order="dmy")
    assert list(days) == [3]
    assert found(reading, "date-impossible") == [(2, "start", "12/31/2024")]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2024-02-30", "date-impossible"),
        ("30/02/2024", "date-impossible"),
        ("soon", "date-unreadable"),
        ("45292", "date-unreadable"),
        ("24-01-05", "date-impossible"),
        ("", "date-blank"),
        ("N/A", "date-blank"),
        ("1899-12-31", "date-out-of-range"),
        ("9999-12-31", "date-out-of-range"),
    ],
)
def test_bad_start_rejects_its_row(tmp_path, text, rule):
    reading, days = starts(tmp_path, ["2024-01-05", text])
    assert list(days) == [2]
    assert found(reading, rule) == [(3, "start", text)]
    assert reading.rejected["row"].tolist() == [3]


def test_end_far_away_or_a_word_for_blank_is_open(tmp_path):
    reading, lines = read_text(
        tmp_path,
        """
        customer_id,start,end,mrr
        A,2024-01-01,9999-12-31,10
        B,2024-01-01,NULL,10
        C,2024-01-01,,10
        D,2024-01-01,2024-13-01,10
        """,
        currency="EUR",
    )
    assert lines["end_date"].isna().tolist() == [True, True, True]
    assert found(reading, "date-far") == [(2, "end", "9999-12-31")]
    assert found(reading, "blank-word") == [(3, "end", "NULL")]
    assert found(reading, "date-impossible") == [(5, "end", "2024-13-01")]


def test_month_alone_is_its_first_day_with_a_note(tmp_path):
    reading, days = starts(tmp_path, ["2024-03"])
    assert days == {2: dt.date(2024, 3, 1)}
    assert found(reading, "month-only") == [(None, "start", "2024-03")]


def test_typed_timestamps_with_zone_are_read_at_utc():
    frame = pd.DataFrame(
        {
            "customer_id": ["A"],
            "start": pd.to_datetime(["2024-01-05T23:30:00+00:00"]).tz_convert("Asia/Tokyo"),
            "mrr": [10],
        }
    )
    _, lines = read(frame, currency="EUR")
    assert lines["start_date"].dt.date.tolist() == [FIFTH]


def test_all_ambiguous_columns_are_told_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        read_text(
            tmp_path,
            """
            customer_id;start;end;mrr
            A;01/02/2024;03/04/2024;1,234
            """,
            currency="EUR",
        )
    said = str(caught.value)
    assert "'start'" in said
    assert "'end'" in said
    assert "'mrr' can be read in two ways" in said
