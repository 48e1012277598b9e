"""The cleaning: what is rejected, kept, converted, and told."""

import pandas as pd
import pytest
from reading_help import found, read, read_text

from history.errors import CurrencyError, InputError

RATES = pd.DataFrame(
    {
        "month": ["2024-01", "2024-02", "2024-01"],
        "currency": ["EUR", "EUR", "JPY"],
        "rate": ["1.1", "1.2", "0.0068"],
    }
)


def test_every_column_of_the_table(tmp_path):
    reading, lines = read_text(
        tmp_path,
        """
        client,sub_id,start,end,term_end,fee,cycle,ccy,kind,status,churn_reason,qty,unit_price,list_price,plan
        A,S1,2024-01-01,2025-01-01,2025-01-01,1200,year,USD,,Canceled,payment failed,3,400,1500,gold
        B,S2,2024-01-01,,,99.50,month,USD,,,,,,,
        C,S3,2024-01-01,,,500,,USD,Setup fee,active,,,,,gold
        """,
    )
    assert reading.currency == "USD"
    assert reading.dimensions == ("plan",)
    first = lines.iloc[0]
    assert first[["row", "customer", "subscription", "mrr", "interval_months"]].tolist() == [
        2, "A", "S1", 10000, 12
    ]  # fmt: skip
    assert first[["kind", "status", "churn_reason", "currency", "plan"]].tolist() == [
        "recurring", "cancelled", "involuntary", "USD", "gold"
    ]  # fmt: skip
    assert first[["quantity", "unit_price", "list_price"]].tolist() == [3.0, 400.0, 1500.0]
    assert str(first["term_end"].date()) == "2025-01-01"
    second = lines.iloc[1]
    assert second[["mrr", "interval_months", "kind", "status"]].tolist() == [
        9950, 1, "recurring", "active"
    ]  # fmt: skip
    assert pd.isna(second["plan"])
    assert lines.iloc[2][["mrr", "kind"]].tolist() == [50000, "one_off"]
    assert not reading.findings.errors


def test_all_problems_of_a_file_at_once(tmp_path):
    reading, lines = read_text(
        tmp_path,
        """
        customer_id,start,end,amount,interval,status,seats
        A,2024-01-01,,100,month,active,1
        ,2024-01-01,,100,month,active,1
        B,,,100,month,active,1
        C,2024-01-01,,,month,active,1
        D,2024-01-01,,100,blue moon,active,1
        E,2024-01-01,,100,,active,1
        F,2024-03-01,2024-01-01,100,month,active,1
        G,2024-01-01,2024-01-01,100,month,active,1
        H,2024-01-01,,100,month,purple,many
        #N/A,soon,,x,month,active,1
        """,
        currency="EUR",
    )
    assert lines["customer"].tolist() == ["A", "G", "H"]
    by_row = {}
    for finding in reading.findings:
        if finding.row:
            by_row.setdefault(finding.row, []).append(finding.rule)
    assert by_row == {
        3: ["customer-blank"],
        4: ["date-blank"],
        5: ["amount-blank"],
        6: ["interval-unreadable"],
        7: ["interval-blank"],
        8: ["end-before-start"],
        9: ["empty-period"],
        10: ["word-unknown", "number-unreadable"],
        11: ["customer-blank", "date-unreadable", "amount-unreadable"],
    }
    assert reading.rejected["row"].tolist() == [3, 4, 5, 6, 7, 8, 11]
    assert reading.rejected["reason"].iloc[-1] == (
        "customer-blank in customer_id; date-unreadable in start; amount-unreadable in amount"
    )
    assert reading.rejected["amount"].iloc[-1] == "x"
    assert lines["status"].tolist() == ["active", "active", "active"]


def test_line_delivered_twice_is_kept_once(tmp_path):
    reading, lines = read_text(
        tmp_path,
        """
        customer_id,subscription_id,start,mrr,plan
        A,S1,2024-01-01,7,gold
        A,S1,2024-01-01,7,gold
        A,S2,2024-01-01,7,gold
        A,S1,2024-01-01,7,silver
        A,S1,2024-01-01,7,gold
        """,
        currency="EUR",
    )
    assert lines["row"].tolist() == [2, 4, 5]
    assert found(reading, "duplicate") == [(3, "", "S1"), (6, "", "S1")]
    assert reading.rejected["reason"].tolist() == ["duplicate of row 2"] * 2


def test_equal_rows_without_subscription_are_kept_and_told(tmp_path):
    reading, lines = read_text(
        tmp_path,
        "customer_id,start,mrr\nA,2024-01-01,7\nA,2024-01-01,7\n",
        currency="EUR",
    )
    assert lines["row"].tolist() == [2, 3]
    assert found(reading, "duplicate") == [(3, "", "")]
    assert reading.rejected.empty


def test_overlaps_are_told_once(tmp_path):
    reading, _ = read_text(
        tmp_path,
        """
        customer_id,start,end,mrr
        A,2024-01-01,2024-06-01,7
        A,2024-05-01,,8
        B,2024-01-01,2024-06-01,7
        B,2024-06-01,,8
        """,
        currency="EUR",
    )
    assert found(reading, "overlap") == [(None, "start", "1 line of 1 customer: row 3")]


def test_what_a_credit_takes_back_does_not_overlap(tmp_path):
    reading, _ = read_text(
        tmp_path,
        """
        customer_id,start,end,mrr
        A,2024-01-01,2024-06-01,7
        A,2024-05-01,2024-06-01,-7
        A,2024-05-01,,8
        B,2024-01-01,,7
        B,2024-01-01,2024-03-01,-2
        B,2024-02-01,,8
        """,
        currency="EUR",
    )
    assert found(reading, "overlap") == [(None, "start", "1 line of 1 customer: row 7")]


def test_ends_on_last_days_are_suspected_to_be_inclusive(tmp_path):
    rows = "\n".join(f"C{i},2024-01-01,2024-0{1 + i % 9}-{d},7" for i, d in ENDS)
    reading, _ = read_text(tmp_path, f"customer_id,start,end,mrr\n{rows}\n", currency="EUR")
    assert found(reading, "end-inclusive") == [(None, "end", "30 of 30 ends")]


ENDS = [(i, pd.Period(f"2024-0{1 + i % 9}", freq="M").end_time.strftime("%d")) for i in range(30)]


@pytest.mark.parametrize("interval", ["-1", "1.5", "1/2", "0", "-3 months", "0.5 year", "1 - 3"])
def test_an_interval_that_is_no_whole_number_is_refused_not_read_as_another(tmp_path, interval):
    reading, lines = read_text(
        tmp_path,
        f"""
        customer,start,amount,interval
        A,2024-01-01,120,year
        B,2024-01-01,120,3.0 months
        C,2024-01-01,120,{interval}
        """,
        currency="EUR",
    )
    assert lines["mrr"].tolist() == [1000, 4000]
    assert found(reading, "interval-unreadable") == [(4, "interval", interval)]


def test_amount_without_interval_is_a_month_with_a_warning(tmp_path):
    reading, lines = read_text(
        tmp_path, "customer_id,start,price\nA,2024-01-01,7\n", currency="EUR"
    )
    assert lines["mrr"].tolist() == [700]
    assert found(reading, "interval-missing") == [(None, "price", "")]
    said = str(reading.findings.warnings)
    assert "Each was read as the price of one month" in said
    assert "--map arr=COLUMN for a year" in said
    for field, mrr in (("mrr", 700), ("arr", 58)):
        told, lines = read_text(
            tmp_path, "customer_id,start,price\nA,2024-01-01,7\n", currency="EUR",
            columns={field: "price"},
        )  # fmt: skip
        assert (lines["mrr"].tolist(), found(told, "interval-missing")) == ([mrr], [])


def test_annual_amount_makes_a_contract_of_a_year(tmp_path):
    _, lines = read_text(tmp_path, "customer_id,start,arr\nA,2024-01-01,1200\n", currency="EUR")
    assert lines[["mrr", "interval_months"]].iloc[0].tolist() == [10000, 12]


def test_trial_flag_makes_the_status(tmp_path):
    _, lines = read_text(
        tmp_path,
        "customer_id,start,mrr,is_trial\nA,2024-01-01,0,True\nB,2024-01-01,7,False\n",
        currency="EUR",
    )
    assert lines["status"].tolist() == ["trial", "active"]


def test_spaces_around_names_are_told(tmp_path):
    reading, lines = read_text(
        tmp_path,
        'customer_id,start,mrr,size\n" A ",2024-01-01,7,SMB \nA,2024-02-01,7,SMB\n',
        currency="EUR",
    )
    assert lines["customer"].tolist() == ["A", "A"]
    assert lines["size"].tolist() == ["SMB", "SMB"]
    assert found(reading, "spaces") == [(None, "customer_id", "1 cell, the first in row 2")]


# Currencies


def test_no_currency_anywhere_is_refused_with_the_cure(tmp_path):
    with pytest.raises(CurrencyError, match="--currency EUR"):
        read_text(tmp_path, "customer_id,start,mrr\nA,2024-01-01,7\n")


def test_currency_in_the_name_of_the_price(tmp_path):
    reading, _ = read_text(tmp_path, "customer_id,start,MRR (CHF)\nA,2024-01-01,7\n")
    assert reading.currency == "CHF"
    assert found(reading, "currency-assumed")


def test_unknown_currency_argument_and_cells(tmp_path):
    with pytest.raises(CurrencyError, match="unknown currency 'EURO'"):
        read_text(tmp_path, "customer_id,start,mrr\nA,2024-01-01,7\n", currency="EURO")
    reading, lines = read_text(
        tmp_path,
        """
        customer_id,start,mrr,currency
        A,2024-01-01,7,usd
        B,2024-01-01,7,ZZZ
        C,2024-01-01,7,
        """,
    )
    assert reading.currency == "USD"
    assert lines["currency"].tolist() == ["USD", "USD"]
    assert found(reading, "currency-unknown") == [(3, "currency", "ZZZ")]
    assert found(reading, "currency-assumed") == [(4, "currency", "")]


@pytest.mark.parametrize(
    ("code", "amount", "minor"), [("JPY", "1500", 1500), ("KWD", "1.5", 1500), ("CLF", "1", 10000)]
)
def test_decimals_follow_the_currency(tmp_path, code, amount, minor):
    _, lines = read_text(tmp_path, f"customer_id,start,mrr\nA,2024-01-01,{amount}\n", currency=code)
    assert lines["mrr"].tolist() == [minor]


TWO = """
    customer_id,start,amount,interval,currency
    A,2024-01-15,100,month,USD
    B,2024-01-15,100,month,EUR
    C,2024-02-15,120,year,EUR
    D,2024-01-15,1000,month,JPY
"""


def test_two_currencies_without_rates_name_the_rows(tmp_path):
    with pytest.raises(CurrencyError, match="several currencies"):
        read_text(tmp_path, TWO)
    with pytest.raises(CurrencyError, match=r"EUR in rows 3, 4; JPY in row 5(.|\n)*--fx FILE"):
        read_text(tmp_path, TWO, currency="USD")


def test_rates_of_the_first_month_convert_each_line(tmp_path):
    reading, lines = read_text(tmp_path, TWO, currency="USD", fx=RATES, at_start=True)
    assert lines["mrr"].tolist() == [10000, 11000, 1200, 680]
    assert lines["currency"].tolist() == ["USD", "EUR", "EUR", "JPY"]
    assert found(reading, "constant-rates") == [(None, "", "EUR, JPY")]
    RATES.to_csv(tmp_path / "rates.csv", index=False)
    fx = tmp_path / "rates.csv"
    _, again = read_text(tmp_path, TWO, currency="USD", fx=fx, at_start=True)
    pd.testing.assert_frame_equal(lines, again)


def test_missing_and_bad_rates(tmp_path):
    with pytest.raises(InputError, match=r"EUR 2024-02 \(row 4\), JPY 2024-01 \(row 5\)"):
        read_text(tmp_path, TWO, currency="USD", fx=RATES.iloc[:1], at_start=True)
    with pytest.raises(InputError, match="row 3 cannot be read"):
        read_text(tmp_path, TWO, currency="USD", fx=RATES.assign(rate=["1", "-1", "1"]))
    with pytest.raises(InputError, match="row 3 gives another rate"):
        read_text(tmp_path, TWO, currency="USD", fx=RATES.assign(month="2024-01"))
    with pytest.raises(InputError, match="has no column 'rate'"):
        read_text(tmp_path, TWO, currency="USD", fx=RATES[["month", "currency"]])


def test_wrong_choices_are_refused(tmp_path):
    text = "customer_id,start,mrr\nA,2024-01-01,7\n"
    with pytest.raises(InputError, match="date_order"):
        read_text(tmp_path, text, currency="EUR", date_order="ymd")
    with pytest.raises(InputError, match="decimal"):
        read_text(tmp_path, text, currency="EUR", decimal=";")
    with pytest.raises(InputError, match="both mapped"):
        read_text(tmp_path, text, currency="EUR", columns={"mrr": "mrr", "amount": "customer_id"})


def test_a_second_reading_replaces_the_lines():
    import duckdb

    from history.reading import read_lines

    connection = duckdb.connect()
    frame = pd.DataFrame({"customer_id": ["A"], "start": ["2024-01-01"], "mrr": [7]})
    read_lines(frame, connection, currency="EUR")
    read_lines(frame.assign(mrr=8), connection, currency="EUR")
    assert connection.execute("SELECT mrr FROM numbered").fetchall() == [(800,)]


def test_findings_and_rejected_are_complete_for_many_rows():
    frame = pd.DataFrame({"customer_id": "A", "start": "2024-01-01", "mrr": ["x"] * 5000 + ["1"]})
    reading, lines = read(frame, currency="EUR")
    assert len(lines) == 1
    assert len(reading.rejected) == 5000
    assert len(found(reading, "amount-unreadable")) == 5000
