"""Amounts: separators, signs, exactness, refusals."""

from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_help import found, read, read_text

from history.errors import InputError
from history.money import monthly_minor


def amounts(tmp_path, values, *, currency="USD", **options):
    body = "\n".join(f'C{i};2024-01-01;"{value}"' for i, value in enumerate(values))
    path = tmp_path / "amounts.csv"
    path.write_text("customer_id;start;mrr\n" + body, encoding="utf-8")
    reading, lines = read(path, currency=currency, **options)
    return reading, dict(zip(lines["row"], lines["mrr"], strict=True))


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.56", 123456),
        ("1,234.56", 123456),
        ("1.234,56", 123456),
        ("1 234,56", 123456),
        ("1\u202f234,56", 123456),
        ("1'234.50", 123450),
        ("1,23,456.00", 12345600),
        ("$1,234.50", 123450),
        ("USD 12.5", 1250),
        ("12.5 USD", 1250),
        ("(120)", -12000),
        ("-$120", -12000),
        ("120-", -12000),
        ("\u2212120", -12000),
        ("1.5E+03", 150000),
        (".5", 50),
        ("0", 0),
        ("0.125", 12),
        ("0.135", 14),
    ],
)
def test_ways_of_writing(tmp_path, text, minor):
    _, lines = amounts(tmp_path, [text, "7"])
    assert lines[2] == minor


@pytest.mark.parametrize("text", ["1,234", "1.234", "12.345", "$1,234"])
def test_one_group_of_three_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"'mrr' can be read in two ways: row 2"):
        amounts(tmp_path, [text, "7"])


@pytest.mark.parametrize(("sign", "minor"), [(".", 123400), (",", 123)])
def test_told_sign_settles_it(tmp_path, sign, minor):
    _, lines = amounts(tmp_path, ["1,234"], decimal=sign)
    assert lines[2] == minor


def test_one_proof_settles_the_column(tmp_path):
    _, lines = amounts(tmp_path, ["1,234", "9.50"])
    assert lines == {2: 123400, 3: 950}


def test_mixed_signs_are_refused_with_rows(tmp_path):
    with pytest.raises(InputError, match=r"a point in row 2 .*a comma in row 3"):
        amounts(tmp_path, ["1,234.50", "1.234,50"])


@pytest.mark.parametrize("text", ["12%", "abc", "inf", "-inf", "NaN", "#N/A", "N/A", "12k", "1e99"])
def test_unreadable_amounts_reject_their_row(tmp_path, text):
    reading, lines = amounts(tmp_path, ["7", text])
    assert list(lines) == [2]
    assert found(reading, "amount-unreadable") == [(3, "mrr", text)]


def test_blank_and_huge_amounts_reject_their_row(tmp_path):
    reading, lines = amounts(tmp_path, ["7", "", "99999999999999"])
    assert list(lines) == [2]
    assert [row for row, _, _ in found(reading, "amount-blank")] == [3]
    assert [row for row, _, _ in found(reading, "amount-out-of-range")] == [4]


def test_negative_and_zero_are_kept_and_told(tmp_path):
    reading, lines = amounts(tmp_path, ["-7", "0"])
    assert lines == {2: -700, 3: 0}
    assert found(reading, "amount-negative") == [(2, "mrr", "-7")]
    assert found(reading, "amount-zero") == [(3, "mrr", "0")]


def test_sign_of_another_currency_is_told(tmp_path):
    reading, lines = amounts(tmp_path, ["€7", "$8", "CAD 9"])
    assert lines == {2: 700, 3: 800, 4: 900}
    assert [row for row, _, _ in found(reading, "currency-symbol")] == [2, 4]


@pytest.mark.parametrize(
    ("amount", "interval", "count", "minor"),
    [
        ("600", "year", 1, 5000),
        ("10", "week", 1, 4333),
        ("1393", "month", 7, 19900),
        ("150000", "year", 3, 416667),
        ("1", "day", 1, 3044),
        ("100", "quarter", 1, 3333),
        ("0.06", "year", 1, 0),
        ("0.18", "year", 1, 2),
        ("-0.18", "year", 1, -2),
    ],
)
def test_monthly_amounts_round_half_even_once(tmp_path, amount, interval, count, minor):
    _, lines = read_text(
        tmp_path,
        f"""
        customer_id,start,amount,interval,interval_count
        A,2024-01-01,{amount},{interval},{count}
        """,
        currency="USD",
    )
    assert lines["mrr"].tolist() == [minor]


def test_weeks_follow_the_policy(tmp_path):
    _, lines = read_text(
        tmp_path,
        "customer_id,start,amount,interval\nA,2024-01-01,10,week\n",
        currency="USD",
        weeks_per_month="365.25/84",
    )
    assert lines["mrr"].tolist() == [4348]


cents = st.decimals(
    min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False
)


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from(["USD", "JPY", "KWD"]),
    st.lists(
        st.tuples(
            st.one_of(cents, st.decimals(0, 10**6, places=7)),
            st.sampled_from(["day", "week", "month", "quarter", "year"]),
            st.integers(1, 60),
        ),
        min_size=1,
        max_size=12,
    ),
)
@pytest.mark.parametrize("typed", [False, True])
def test_every_monthly_amount_equals_exact_fractions(typed, currency, rows):
    """The engine's integers are what `history.money` says, one line at a time."""
    prices = [float(row[0]) if typed else format(row[0], "f") for row in rows]
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{i}" for i in range(len(rows))],
            "start": "2024-01-01",
            "amount": prices,
            "interval": [row[1] for row in rows],
            "interval_count": [row[2] for row in rows],
        }
    )
    _, lines = read(frame, currency=currency, decimal=".")
    exact = [Decimal(repr(price)) if typed else Decimal(price) for price in prices]
    assert lines["mrr"].tolist() == [
        monthly_minor(Fraction(price), interval, currency, count)
        for price, (_, interval, count) in zip(exact, rows, strict=True)
    ]
