"""Invoice lines as a ledger: service periods, prorations, credit notes, and what is left out."""

import textwrap
from datetime import date, timedelta
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_help import found

from history import InputError, Ledger, UnknownNameError
from history.reading import read_lines

COLUMNS = (
    "invoice_id,line_id,customer_id,subscription_id,invoice_date,start,end,amount,currency,kind,"
    "status,credit_of,plan"
)


def frame_of(text: str) -> pd.DataFrame:
    """Give invoice lines written as csv rows without a header."""
    rows = [line.split(",") for line in textwrap.dedent(text).strip().splitlines()]
    assert {len(row) for row in rows} == {13}
    return pd.DataFrame(rows, columns=COLUMNS.split(","), dtype=object).replace("", None)


def ledger_of(text: str, as_of: str = "2025-12", **options) -> Ledger:
    return Ledger.read(frame_of(text), as_of=as_of, **options)


def prices(ledger: Ledger) -> list[tuple[str, str, int]]:
    """Give start, end and monthly amount in minor units of every line, sorted."""
    lines = ledger.lines()
    return sorted(
        (str(row.start_date.date()), str(row.end_date.date()), int(row.mrr))
        for row in lines.itertuples()
    )


def closing(ledger: Ledger) -> list[float]:
    return ledger.movements().matrix("closing")["total"].tolist()


def test_a_year_is_divided_by_twelve_and_seven_months_by_seven():
    ledger = ledger_of("""
        I1,1,A,s1,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Pro
        I2,2,B,s2,2025-01-01,2025-01-01,2025-08-01,1393,EUR,,paid,,Pro
    """)
    assert prices(ledger) == [
        ("2025-01-01", "2025-08-01", 19900),
        ("2025-01-01", "2026-01-01", 10000),
    ]
    assert sorted(ledger.lines()["interval_months"]) == [7, 12]


@pytest.mark.parametrize(
    ("start", "end", "amount", "part_months", "mrr"),
    [
        ("2025-01-31", "2025-02-28", "100.00", "days", 10000),  # month ends
        ("2025-02-28", "2025-03-31", "100.00", "days", 10000),
        ("2025-01-30", "2025-02-28", "100.00", "days", 10000),
        ("2025-02-28", "2025-03-30", "100.00", "days", 10000),
        ("2024-02-29", "2025-02-28", "120.00", "days", 1000),
        ("2025-01-01", "2025-01-31", "100.00", "days", 10146),  # 30 days: x 365.25 / 12 / 30
        ("2025-01-01", "2025-01-31", "100.00", "calendar", 10333),  # 30/31 of January
        ("2025-01-01", "2025-02-15", "100.00", "calendar", 6667),  # 1 month and 14/28
        ("2025-01-15", "2025-02-01", "100.00", "days", 17904),
        ("2025-01-01", "2025-01-08", "10.00", "days", 4348),  # a week as 7 days
    ],
)
def test_the_length_of_a_period(start, end, amount, part_months, mrr):
    text = f"I1,1,A,s1,{start},{start},{end},{amount},EUR,,paid,,Pro"
    lines = ledger_of(f"{text}\nI2,2,B,s,{start},{start},2026-{end[5:7]}-01,1,EUR,,paid,,P",
                      part_months=part_months).lines()  # fmt: skip
    assert lines.loc[lines["customer"] == "A", "mrr"].tolist() == [mrr]


def test_invoices_of_one_item_that_overlap_are_told():
    ledger = ledger_of("""
        I1,1,A,s1,2025-01-01,2025-01-01,2025-02-01,100,EUR,,paid,,Pro
        I2,2,A,s1,2025-01-15,2025-01-15,2025-02-15,100,EUR,,paid,,Pro
        I3,3,A,s1,2025-02-15,2025-02-15,2025-03-15,100,EUR,,paid,,Pro
        I4,4,B,s2,2025-01-01,2025-01-01,2025-02-01,100,EUR,,paid,,Pro
        I5,5,B,s2,2025-01-01,2025-01-01,2025-02-01,30,EUR,,paid,,Storage
        I6,6,B,s3,2025-01-10,2025-01-10,2025-02-10,100,EUR,,paid,,Pro
    """)
    overlaps = [f for f in ledger.findings if f.rule == "overlap"]
    assert [(f.column, f.value, f.severity) for f in overlaps] == [
        ("start", "1 line of 1 customer: row 3", "note")
    ]


def test_an_upgrade_within_its_invoice_is_no_overlap():
    ledger = ledger_of("""
        I1,1,A,s1,2025-01-01,2025-01-01,2025-02-01,100.00,EUR,,paid,,Pro
        I2,2,A,s1,2025-01-16,2025-01-16,2025-02-01,-51.61,EUR,proration,paid,,Pro
        I2,3,A,s1,2025-01-16,2025-01-16,2025-02-01,77.42,EUR,proration,paid,,Pro
        I3,4,A,s1,2025-02-01,2025-02-01,2025-03-01,150.00,EUR,,paid,,Pro
    """)
    assert not [f for f in ledger.findings if f.rule == "overlap"]


def test_renewals_merge_into_one_line_and_gaps_stay():
    ledger = ledger_of("""
        I1,1,A,s1,2025-01-10,2025-01-10,2025-02-10,50,EUR,,paid,,Pro
        I2,2,A,s1,2025-02-10,2025-02-10,2025-03-10,50,EUR,,paid,,Pro
        I3,3,A,s1,2025-03-10,2025-03-10,2025-04-10,70,EUR,,paid,,Pro
        I4,4,A,s1,2025-06-10,2025-06-10,2025-07-10,70,EUR,,open,,Pro
    """)
    assert prices(ledger) == [
        ("2025-01-10", "2025-03-10", 5000),
        ("2025-03-10", "2025-04-10", 7000),
        ("2025-06-10", "2025-07-10", 7000),
    ]
    moves = ledger.movements()
    assert moves.matrix("expansion").loc["2025-03", "total"] == 20
    assert moves.matrix("churn").loc["2025-04", "total"] == -70
    assert moves.matrix("reactivation").loc["2025-06", "total"] == 70


def test_equal_lines_side_by_side_keep_their_number():
    ledger = ledger_of("""
        I1,1,A,s1,2025-01-01,2025-01-01,2025-02-01,50,EUR,,paid,,Pro
        I1,2,A,s1,2025-01-01,2025-01-01,2025-02-01,50,EUR,,paid,,Pro
        I2,3,A,s1,2025-02-01,2025-02-01,2025-03-01,50,EUR,,paid,,Pro
        I2,4,A,s1,2025-02-01,2025-02-01,2025-03-01,50,EUR,,paid,,Pro
    """, as_of="2025-02")  # fmt: skip
    assert prices(ledger) == [("2025-01-01", "2025-03-01", 5000)] * 2
    assert closing(ledger) == [100, 100]


@pytest.mark.parametrize(
    ("credit", "charge"),
    [("-15.48", "30.97"), ("-15.23", "30.47")],  # by the day; by the second, half a day later
)
def test_an_upgrade_within_the_month_leaves_no_cents_behind(credit, charge):
    ledger = ledger_of(f"""
        I1,1,A,s1,2025-01-01,2025-01-01,2025-02-01,30,EUR,,paid,,Basic
        I2,2,A,s1,2025-01-16,2025-01-16,2025-02-01,{credit},EUR,proration,paid,,Basic
        I2,3,A,s1,2025-01-16,2025-01-16,2025-02-01,{charge},EUR,proration,paid,,Pro
        I3,4,A,s1,2025-02-01,2025-02-01,2025-03-01,60,EUR,,paid,,Pro
    """, as_of="2025-02")  # fmt: skip
    assert closing(ledger) == [60, 60]
    assert closing(ledger.at("2025-01")) == [60]


def test_a_yearly_plan_prorated_by_days_is_its_own_price():
    ledger = ledger_of("""
        I1,1,A,s1,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Basic
        I2,2,A,s1,2025-07-01,2025-07-01,2026-01-01,-604.93,EUR,proration,paid,,Basic
        I2,3,A,s1,2025-07-01,2025-07-01,2026-01-01,1209.86,EUR,proration,paid,,Pro
        I3,4,B,s2,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Basic
        I4,5,B,s2,2025-07-01,2025-07-01,2026-01-01,181.48,EUR,proration,paid,,Basic
    """)
    assert closing(ledger)[-1] == 200 + 100 + 30
    assert closing(ledger)[5] == 200


def test_a_credit_note_reduces_its_own_period():
    ledger = ledger_of("""
        I1,1,A,s1,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Pro
        C1,2,A,s1,2025-04-02,2025-04-01,2025-07-01,-30,EUR,credit note,paid,I1,Pro
        I2,3,B,s2,2025-01-01,2025-01-01,2026-01-01,600,EUR,,paid,,Pro
        C2,4,B,s2,2025-02-02,,,-120,EUR,credit note,paid,I2,Pro
    """)
    assert closing(ledger) == [140] * 3 + [130] * 3 + [140] * 6


def test_one_off_lines_are_kept_and_never_in_mrr():
    ledger = ledger_of("""
        I1,1,A,s1,2025-01-01,2025-01-01,2025-02-01,50,EUR,,paid,,Pro
        I1,2,A,,2025-01-05,,,500,EUR,Setup fee,paid,,Pro
        C1,3,A,,2025-01-20,,,-100,EUR,credit note,paid,I9,Pro
        I9,4,A,,2025-01-06,2025-01-06,2025-01-07,300,EUR,Training,paid,,Pro
        I1,5,A,s1,2025-01-09,2025-01-09,2025-01-09,25,EUR,,paid,,Pro
        R1,6,A,s1,2025-01-30,,,-50,EUR,refund,paid,I1,Pro
    """, as_of="2025-01")  # fmt: skip
    assert closing(ledger) == [50]
    lines = ledger.lines()
    assert lines.loc[lines["kind"] == "one_off", "mrr"].tolist() == [50000, -10000, 30000, 2500]
    (finding,) = [f for f in ledger.findings if f.rule == "period-without-days"]
    assert (finding.row, finding.severity) == (6, "warning")


BAD = """
    I1,1,A,s1,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Pro
    I2,2,A,s1,2025-01-01,2025-01-01,2025-02-01,60,EUR,,void,,Pro
    I3,3,A,s1,2025-01-01,2025-01-01,2025-02-01,60,EUR,,draft,,Pro
    I4,4,A,s1,2025-01-01,2025-01-01,2025-02-01,60,EUR,,uncollectible,,Pro
    I5,5,A,s1,2025-01-01,2025-03-01,2025-02-01,60,EUR,,paid,,Pro
    I6,6,A,s1,2025-01-01,2025-03-01,,60,EUR,,paid,,Pro
    I7,7,A,s1,2025-01-01,2025-03-01,2025-04-01,12,EUR,VAT,paid,,Pro
    C1,8,A,s1,2025-03-05,,,-1300,EUR,credit,paid,I1,Pro
    C2,9,A,s1,2025-03-05,,,-10,EUR,credit,paid,I99,Pro
    C3,10,A,s1,2025-03-05,2025-03-01,2025-04-01,-10,EUR,credit,paid,I98,Pro
    C4,11,A,s1,2025-03-05,2025-03-01,2025-04-01,10,EUR,credit,paid,I1,Pro
    I1,1,A,s1,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Pro
    I8,12,,s1,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Pro
    I9,13,B,s1,2025-01-01,2025-01-01,2026-01-01,abc,EUR,,purple,,Pro
    ,14,B,s9,2025-01-01,2025-01-01,2026-01-01,12.0015,EUR,rent,paid,,Pro
    I10,15,B,s9,2025-01-01,2025-13-01,2026-01-01,12,XXX,,paid,,Pro
"""


def test_bad_lines_are_found_with_their_rows():
    ledger = ledger_of(BAD)
    seen = {(f.rule, f.row, f.severity) for f in ledger.findings if f.row}
    assert seen == {
        ("invoice-not-issued", 3, "note"),
        ("invoice-not-issued", 4, "note"),
        ("invoice-uncollectible", 5, "warning"),
        ("end-before-start", 6, "error"),
        ("period-missing", 7, "error"),
        ("tax-line", 8, "note"),
        ("credit-exceeds-invoice", 12, "warning"),
        ("credit-without-period", 10, "error"),
        ("credit-without-invoice", 11, "warning"),
        ("credit-positive", 12, "warning"),
        ("invoice-line-twice", 13, "error"),
        ("customer-blank", 14, "error"),
        ("amount-unreadable", 15, "error"),
        ("word-unknown", 15, "warning"),
        ("invoice-blank", 16, "warning"),
        ("amount-finer", 16, "warning"),
        ("word-unknown", 16, "warning"),
        ("date-impossible", 17, "error"),
        ("currency-unknown", 17, "error"),
    }
    assert ledger.rejected["row"].tolist() == [3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 17]
    (excess,) = [f for f in ledger.findings if f.rule == "credit-exceeds-invoice"]
    assert excess.value == "I1: 1310.00 of 1200.00"


def test_what_was_recognised_is_said_and_can_be_denied():
    text = """
        I1,1,A,s1,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Pro
        I2,2,B,s2,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Pro
    """
    ledger = ledger_of(text)
    (note,) = [f for f in ledger.findings if f.rule == "invoices"]
    assert "invoice_id=invoice_id" in note.value
    assert note.severity == "note"
    assert ledger.dimensions == ("plan",)
    assert closing(ledger)[0] == 200
    plain = ledger_of(text, columns={"invoice_id": ""})
    assert closing(plain)[0] == 2400, "the price of a month, as the finding says"
    with pytest.raises(UnknownNameError, match="field of invoice lines 'interval'"):
        ledger_of(text, columns={"invoice_id": "invoice_id", "interval": "plan"})
    with pytest.raises(InputError, match="no column found for end"):
        Ledger.read(frame_of(text).drop(columns="end"), columns={"invoice_id": "invoice_id"})
    with pytest.raises(InputError, match="part_months"):
        ledger_of(text, part_months="weeks")


def test_a_ledger_with_an_invoice_number_stays_a_ledger():
    frame = pd.DataFrame({
        "customer_id": ["A", "B", "C"], "invoice_id": ["1", "2", "3"],
        "start": ["2025-01-01"] * 3, "end": [None, None, "2025-03-01"],
        "amount": [10, 20, 30], "interval": ["month"] * 3, "currency": ["EUR"] * 3,
    })  # fmt: skip
    ledger = Ledger.read(frame, as_of="2025-03")
    assert closing(ledger) == [60, 60, 30]
    mrr = Ledger.read(frame.rename(columns={"amount": "mrr"}).assign(end="2026-01-01"),
                      as_of="2025-03")  # fmt: skip
    assert "invoices" not in {f.rule for f in mrr.findings}


def test_foreign_invoices_are_mrr_at_the_rate_of_each_close():
    text = """
        I1,1,A,s1,2025-01-15,2025-01-15,2025-02-15,100,USD,,paid,,Pro
        I2,2,A,s1,2025-02-15,2025-02-15,2025-03-15,100,USD,,paid,,Pro
        I3,3,B,s2,2025-01-01,2025-01-01,2025-02-01,10,EUR,,paid,,Pro
    """
    rates = pd.DataFrame({
        "month": ["2025-01", "2025-02"], "currency": ["USD", "USD"], "rate": ["0.9", "0.8"]
    })  # fmt: skip
    ledger = ledger_of(text, as_of="2025-02", currency="EUR", fx=rates)
    assert closing(ledger) == [100, 80], "what the rate did is FX"
    assert ledger.movements().matrix("fx")["total"].tolist()[1:] == [-10]
    with pytest.raises(InputError, match=r"USD 2025-02 \(row 3\): an invoice is converted"):
        ledger_of(text, currency="EUR", fx=rates.head(1))
    with pytest.raises(InputError, match="several currencies"):
        ledger_of(text)


def test_a_file_billed_in_arrears_is_told():
    text = """
        I1,1,A,s1,2025-02-01,2025-01-01,2025-02-01,100,EUR,,paid,,Pro
        I2,2,A,s1,2025-03-01,2025-02-01,2025-03-01,100,EUR,,paid,,Pro
    """
    ledger = ledger_of(text, as_of="2025-02")
    assert found(ledger, "billed-in-arrears") == [(None, "invoice_date", "2 of 2 lines")]


def test_columns_of_other_products_are_recognised():
    frame = pd.DataFrame({
        "Invoice Number": ["R-1"], "Kunde": ["A"], "Service Period Start": ["01.02.2025"],
        "Service Period End": ["01.03.2025"], "Netto": ["1.234,50"], "Waehrung": ["EUR"],
    })  # fmt: skip
    ledger = Ledger.read(frame, as_of="2025-02")
    assert prices(ledger) == [("2025-02-01", "2025-03-01", 123450)]


@st.composite
def invoice(draw):
    """Draw an invoice: of whole months for one subscription, of some days for the other."""
    start = draw(st.dates(date(2024, 1, 1), date(2025, 6, 30)))
    whole = draw(st.booleans())
    end = (
        (pd.Timestamp(start) + pd.DateOffset(months=draw(st.sampled_from([1, 1, 3, 12])))).date()
        if whole
        else start + timedelta(draw(st.sampled_from([1, 7, 20, 45])))
    )
    return {
        "invoice_id": "I", "line_id": None, "customer_id": draw(st.sampled_from("AB")),
        "subscription_id": "whole" if whole else "days", "start": start, "end": end,
        "amount": draw(st.sampled_from([100, 333, 10**6])), "currency": "JPY",
    }  # fmt: skip


def slow_months(start: date, end: date) -> Fraction:
    """Whole months by trying every day of the month, else days."""
    count = (end.year - start.year) * 12 + end.month - start.month

    def days_of(day: date) -> int:
        return pd.Period(day, "M").days_in_month

    for anchor in range(1, 32):
        fits = min(anchor, days_of(start)) == start.day and min(anchor, days_of(end)) == end.day
        if fits and count:
            return Fraction(count)
    return Fraction((end - start).days * 1200, 36525)


@settings(max_examples=6)
@given(st.lists(invoice(), min_size=5, max_size=60))
def test_mrr_at_each_close_is_that_of_the_invoices_alone(invoices):
    import duckdb

    connection = duckdb.connect()
    frame = pd.DataFrame(invoices)
    read_lines(frame, connection, currency="JPY")
    lines = connection.execute(
        "SELECT customer, start_date, end_date, mrr FROM numbered ORDER BY row"
    ).fetchall()
    for close in pd.period_range("2024-01", "2026-12", freq="M"):
        day = close.to_timestamp(how="end").date()
        slow = {}
        for row in invoices:
            if row["start"] <= day < row["end"]:
                share = round(Fraction(row["amount"]) / slow_months(row["start"], row["end"]))
                slow[row["customer_id"]] = slow.get(row["customer_id"], 0) + share
        fast = {}
        for customer, start, end, mrr in lines:
            if start <= day < end:
                fast[customer] = fast.get(customer, 0) + mrr
        assert fast == slow


def test_lines_equal_in_every_cell_are_kept_and_warned_of(tmp_path):
    path = tmp_path / "bills.csv"
    path.write_text(
        "invoice_id,customer_id,start,end,amount\n"
        "6,D,2025-02-01,2025-03-01,50\n6,D,2025-02-01,2025-03-01,50\n7,E,2025-02-01,2025-03-01,9\n"
    )
    ledger = Ledger.read(path, as_of="2025-02", currency="EUR")
    said = [item for item in ledger.findings if item.rule == "duplicate"]
    assert [(item.row, item.severity, item.action) for item in said] == [
        (3, "warning", "kept, all 2 count; equals row 2")
    ]
    assert closing(ledger) == [109]
