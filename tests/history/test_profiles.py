"""Exports of billing products: what their columns mean, and the movements that come of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from reading_help import found, read, read_text

from history import InputError, Ledger, UnknownNameError
from history.reading.profiles import PROFILES
from history.synthetic import Simulated
from history.synthetic.exports import EXPORTS, export_of

AS_OF = "2026-06"
STRIPE = (
    "id,Customer ID,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start (UTC),"
    "Start Date (UTC),Current Period End (UTC),Trial Start (UTC),Trial End (UTC),"
    "Canceled At (UTC),Ended At (UTC),Cancellation Reason,"
    "Cancel At Period End,Coupon,team (metadata)\n"
)


def lines_of(lines: pd.DataFrame) -> list[tuple[object, ...]]:
    """Give customer, start, end, mrr and status of each line."""
    ends = lines["end_date"].dt.strftime("%Y-%m-%d").fillna("")
    starts = lines["start_date"].dt.strftime("%Y-%m-%d")
    return list(zip(lines["customer"], starts, ends, lines["mrr"], lines["status"], strict=True))


def stripe_row(**cells: str) -> str:
    """Give a row of a Stripe export: an active subscription of two seats at 10.50 a month."""
    usual = {
        "id": "sub_1", "Customer ID": "cus_1", "Plan": "pro", "Quantity": "2", "Currency": "eur",
        "Interval": "month", "Amount": "10.50", "Status": "active",
        "Created (UTC)": "2024-01-31 23:59", "Start (UTC)": "2024-01-31 23:59",
        "Start Date (UTC)": "2024-01-31 23:59", "Current Period End (UTC)": "2024-06-30 23:59",
        "Cancel At Period End": "false", "team (metadata)": "blue",
    }  # fmt: skip
    known = {"_".join(name.lower().replace("(", "").replace(")", "").split()): name
             for name in STRIPE.strip().split(",")}  # fmt: skip
    said = {known[name]: value for name, value in cells.items()}
    assert len(said) == len(cells)
    row = {**usual, **said}
    return ",".join(row.get(name, "") for name in STRIPE.strip().split(",")) + "\n"


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_an_export_has_the_movements_of_the_native_ledger(
    name: str, simulated: Simulated, example_ledger: Ledger, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    export_of(simulated, AS_OF, name).to_csv(path, index=False)
    currency = None if "CURRENCY" in path.read_text().upper().split("\n")[0] else "EUR"
    ledger = Ledger.read(path, as_of=AS_OF, currency=currency)
    assert [f.value for f in ledger.findings if f.rule == "profile"] == [name]
    assert ledger.movements().minor.equals(example_ledger.movements().minor)
    assert ledger.cohorts().minor.equals(example_ledger.cohorts().minor)
    assert not ledger.findings.errors
    plan = next(d for d in ledger.dimensions if "plan" in d.lower() or d == "product_handle")
    ours, theirs = ledger.movements(plan).minor, example_ledger.movements("plan").minor
    assert ours["mrr"].tolist() == theirs["mrr"].tolist()


def test_every_profile_says_where_it_comes_from_and_none_fits_anothers_export(
    simulated: Simulated,
) -> None:
    for name, profile in PROFILES.items():
        assert name == profile.name
        assert profile.documentation.startswith("https://")
    for name in EXPORTS:
        columns = export_of(simulated, "2022-12", name).columns
        from history.reading.table import RawTable

        table = RawTable("t", tuple(columns), ("VARCHAR",) * len(columns), "export")
        fitting = [p.name for p in PROFILES.values() if p.fits(table)]
        assert name in fitting
        assert max(fitting, key=lambda each: len(PROFILES[each].marks)) == name


def test_exports_are_the_same_for_the_same_seed(simulated: Simulated) -> None:
    for name in EXPORTS:
        first = export_of(simulated, "2022-12", name)
        assert first.equals(export_of(simulated, "2022-12", name))
    with pytest.raises(UnknownNameError, match="unknown export 'stripe'"):
        export_of(simulated, "2022-12", "stripe")


def test_stripe_price_times_quantity_and_days_in_utc(tmp_path: Path) -> None:
    reading, lines = read_text(tmp_path, STRIPE + stripe_row() + stripe_row(
        id="sub_2", customer_id="cus_2", amount='"1,200.00"', quantity="", interval="year",
        currency="EUR"))  # fmt: skip
    assert lines_of(lines) == [
        ("cus_1", "2024-01-31", "", 2100, "active"),
        ("cus_2", "2024-01-31", "", 10000, "active"),
    ]
    assert reading.dimensions == ("Plan", "team (metadata)")
    assert lines["unit_price"].tolist() == [10.5, 1200.0]
    said = next(f for f in reading.findings if f.rule == "profile")
    assert said.severity == "note"
    assert "read as a Stripe subscriptions export: days in UTC, the time of day cut" in said.action


def test_stripe_ends_are_those_of_the_paid_period_not_of_the_request(tmp_path: Path) -> None:
    text = STRIPE + "".join(
        [
            # At the period's end: asked on 3 March, over on 31 March.
            stripe_row(status="canceled", canceled_at_utc="2024-03-03 10:00",
                       ended_at_utc="2024-03-31 23:59", cancel_at_period_end="true",
                       current_period_end_utc="2024-03-31 23:59"),
            # At once: it was paid up to the period's end.
            stripe_row(id="b", customer_id="B", status="canceled",
                       current_period_end_utc="2024-03-31 23:59",
                       canceled_at_utc="2024-03-03 10:00", ended_at_utc="2024-03-03 10:00"),
            # Notice given, still running: it ends with the period.
            stripe_row(id="c", customer_id="C", canceled_at_utc="2024-06-10 10:00",
                       cancel_at_period_end="true"),
            # The payment failed: what was not paid does not count.
            stripe_row(id="d", customer_id="D", status="canceled",
                       cancellation_reason="payment_failed",
                       current_period_end_utc="2024-03-31 23:59",
                       canceled_at_utc="2024-03-03 10:00", ended_at_utc="2024-03-03 10:00"),
        ]
    )  # fmt: skip
    _, lines = read_text(tmp_path, text)
    assert lines_of(lines) == [
        ("cus_1", "2024-01-31", "2024-03-31", 2100, "cancelled"),
        ("B", "2024-01-31", "2024-03-31", 2100, "cancelled"),
        ("C", "2024-01-31", "2024-06-30", 2100, "cancelled"),
        ("D", "2024-01-31", "2024-03-03", 2100, "cancelled"),
    ]
    assert lines["requested"].dt.strftime("%m-%d").tolist() == ["03-03", "03-03", "06-10", "03-03"]
    assert lines["effective"].dt.strftime("%m-%d").fillna("").tolist() == [
        "03-31", "03-03", "", "03-03",
    ]  # fmt: skip
    assert lines["churn_reason"].fillna("").tolist() == ["", "", "", "involuntary"]


def test_items_of_one_subscription_are_lines_of_their_own(tmp_path: Path) -> None:
    text = STRIPE + stripe_row() + stripe_row(plan="support", amount="5.00", quantity="1")
    reading, lines = read_text(tmp_path, text)
    assert lines["subscription"].tolist() == ["sub_1", "sub_1"]
    assert lines["mrr"].tolist() == [2100, 500]
    assert not reading.findings.warnings


def test_stripe_trials_and_what_never_began(tmp_path: Path) -> None:
    trial = {"trial_start_utc": "2024-01-31 23:59", "trial_end_utc": "2024-02-14 23:59"}
    text = STRIPE + "".join(
        [
            stripe_row(**trial),
            stripe_row(id="b", customer_id="B", status="trialing", **trial),
            stripe_row(id="c", customer_id="C", status="canceled", **trial,
                       ended_at_utc="2024-02-10 08:00", canceled_at_utc="2024-02-10 08:00"),
            stripe_row(id="d", customer_id="D", status="incomplete_expired"),
            # A trial that was given later to a paying customer moves no beginning.
            stripe_row(id="e", customer_id="E", trial_start_utc="2024-05-01 00:00",
                       trial_end_utc="2024-05-20 00:00"),
        ]
    )  # fmt: skip
    reading, lines = read_text(tmp_path, text)
    assert sorted(lines_of(lines)) == [
        ("B", "2024-01-31", "", 2100, "trial"),
        ("C", "2024-01-31", "2024-02-10", 2100, "trial"),
        ("E", "2024-01-31", "", 2100, "active"),
        ("cus_1", "2024-01-31", "2024-02-14", 2100, "trial"),
        ("cus_1", "2024-02-14", "", 2100, "active"),
    ]
    assert found(reading, "profile-row") == [(5, "Status", "incomplete_expired")]
    assert reading.rejected[["Customer ID", "row"]].to_numpy().tolist() == [["D", 5]]


def test_stripe_says_what_the_export_hides(tmp_path: Path) -> None:
    text = STRIPE + stripe_row(start_utc="2024-03-01 10:00") + stripe_row(id="b", coupon="HALF")
    reading, _ = read_text(tmp_path, text)
    gaps = [(f.column, f.value) for f in reading.findings.warnings if f.rule == "profile-gap"]
    assert gaps == [
        ("Start (UTC)", "1 row, the first is row 2"),
        ("Coupon", "1 row, the first is row 3"),
    ]


def test_an_amount_that_cannot_be_multiplied_is_rejected_as_it_stands(tmp_path: Path) -> None:
    text = STRIPE + stripe_row() + stripe_row(id="b", amount="tbd", quantity="3")
    reading, lines = read_text(tmp_path, text)
    assert len(lines) == 1
    assert found(reading, "amount-unreadable") == [(3, "amount", "tbd x 3")]
    assert reading.rejected["Amount"].tolist() == ["tbd"]


def test_decimal_commas(tmp_path: Path) -> None:
    text = STRIPE + stripe_row(amount='"10,50"') + stripe_row(id="b", amount='"1.010,50"')
    _, lines = read_text(tmp_path, text, decimal=",")
    assert lines["mrr"].tolist() == [2100, 202_100]


def test_chargebee_pauses_terms_and_words(tmp_path: Path) -> None:
    header = (
        "customers.id,subscriptions.id,subscriptions.plan_id,subscriptions.plan_quantity,"
        "subscriptions.plan_unit_price,subscriptions.currency_code,subscriptions.billing_period,"
        "subscriptions.billing_period_unit,subscriptions.status,subscriptions.started_at,"
        "subscriptions.trial_start,subscriptions.trial_end,subscriptions.current_term_end,"
        "subscriptions.activated_at,subscriptions.cancelled_at,subscriptions.pause_date\n"
    )
    day = "2024-01-10 10:00:00"
    term = "2024-07-10 10:00:00"
    text = header + "".join(
        [
            f"A,s1,pro,3,10,USD,1,Month,Active,{day},,,{term},{day},,\n",
            f"B,s2,pro,1,120,USD,1,Year,Non Renewing,{day},,,{term},{day},{term},\n",
            f"C,s3,pro,1,30,USD,3,Month,Paused,{day},,,{term},{day},,2024-04-01 00:00:00\n",
            f"D,s4,pro,1,30,USD,1,Month,In Trial,{day},{day},2024-02-01 00:00:00,{term},,,\n",
            f"E,s5,pro,1,30,USD,1,Month,Cancelled,{day},,,{term},2024-06-01,2024-05-01,\n",
        ]
    )
    reading, lines = read_text(tmp_path, text)
    assert sorted(lines_of(lines)) == [
        ("A", "2024-01-10", "", 3000, "active"),
        ("B", "2024-01-10", "2024-07-10", 1000, "cancelled"),
        ("C", "2024-01-10", "2024-04-01", 1000, "active"),
        ("C", "2024-04-01", "", 1000, "paused"),
        ("D", "2024-01-10", "", 3000, "trial"),
        ("E", "2024-01-10", "2024-05-01", 3000, "cancelled"),
    ]
    gaps = [(f.column, f.value) for f in reading.findings if f.rule == "profile-gap"]
    assert gaps == [("subscriptions.activated_at", "1 row, the first is row 6")]


def test_recurly_versions_are_lines(tmp_path: Path) -> None:
    text = """
        subscription_uuid,account_code,subscription_expires_at,subscription_state,version_started_at,version_ended_at,plan_code,subscription_currency,version_plan_interval_unit,version_plan_interval_length,version_subscription_quantity,version_subscription_unit_amount,version_total_recurring_amount,version_in_trial
        u1,acc,,active,2018-03-01 03:22:25 EST,2018-03-15 03:22:25 EST,gold,USD,months,1,1,100,120,Y
        u1,acc,,active,2018-03-15 03:22:25 EST,2018-07-20 03:22:25 EST,gold,USD,months,1,1,100,120,N
        u1,acc,2018-09-15 03:22:25 EST,canceled,2018-07-20 03:22:25 EST,,gold,USD,months,1,2,100,220,N
        u2,acc2,,paused,2018-03-01 03:22:25 EST,,gold,USD,years,1,1,1200,1200,N
    """  # noqa: E501
    _, lines = read_text(tmp_path, text)
    assert lines_of(lines) == [
        ("acc", "2018-03-01", "2018-03-15", 12000, "trial"),
        ("acc", "2018-03-15", "2018-07-20", 12000, "active"),
        ("acc", "2018-07-20", "2018-09-15", 22000, "cancelled"),
        ("acc2", "2018-03-01", "", 10000, "paused"),
    ]
    assert lines["quantity"].tolist() == [1, 1, 2, 1]


@pytest.mark.parametrize(
    ("code", "minor", "mrr"),
    [("EUR", "1234", 1234), ("JPY", "1234", 1234), ("KWD", "1234", 1234), ("USD", "99.5", 100)],
)
def test_minor_units_by_the_decimals_of_the_currency(
    tmp_path: Path, code: str, minor: str, mrr: int
) -> None:
    text = (
        "CUSTOMER_UUID,MRR,START_DATE,END_DATE,SUBSCRIPTION_UUID,IS_TRIAL\n"
        f"c,{minor},2024-01-01,,s,false\n"
    )
    _, lines = read_text(tmp_path, text, currency=code)
    assert lines["mrr"].tolist() == [mrr]


def test_maxio_states_and_cents(tmp_path: Path) -> None:
    header = (
        "id,state,customer_reference,product_handle,product_price_in_cents,product_interval,"
        "product_interval_unit,currency,created_at,trial_started_at,trial_ended_at,activated_at,"
        "current_period_ends_at,expires_at,canceled_at,cancel_at_end_of_period,delayed_cancel_at,"
        "on_hold_at,coupon_code\n"
    )
    day, term = "2024-01-10 23:43:50 -0400", "2024-07-10 23:43:50 -0400"
    text = header + "".join(
        [
            f"1,active,A,pro,4900,1,month,USD,{day},,,{day},{term},,,false,,,\n",
            f"2,active,B,pro,4900,1,month,USD,{day},,,{day},{term},,,true,,,\n",
            f"3,canceled,C,pro,4900,1,month,USD,{day},,,{day},{term},,2024-03-01,false,,,\n",
            f"4,expired,D,pro,4900,1,month,USD,{day},,,{day},{term},2024-04-01,,false,,,\n",
            f"5,on_hold,E,pro,4900,1,month,USD,{day},,,{day},{term},,,false,,2024-05-01,\n",
            f"6,trial_ended,F,pro,4900,1,month,USD,{day},{day},2024-01-20,,{term},,,false,,,\n",
            f"7,failed_to_create,G,pro,4900,1,month,USD,{day},,,,{term},,,false,,,\n",
            f"8,soft_failure,H,pro,1000,12,month,JPY,{day},,,{day},{term},,,false,,,\n",
        ]
    )
    rates = pd.DataFrame({"month": ["2024-01"], "currency": ["JPY"], "rate": ["0.01"]})
    reading, lines = read_text(tmp_path, text, currency="USD", fx=rates)
    assert sorted(lines_of(lines)) == [
        ("A", "2024-01-10", "", 4900, "active"),
        ("B", "2024-01-10", "2024-07-10", 4900, "cancelled"),
        ("C", "2024-01-10", "2024-03-01", 4900, "cancelled"),
        ("D", "2024-01-10", "2024-04-01", 4900, "cancelled"),
        ("E", "2024-01-10", "2024-05-01", 4900, "active"),
        ("E", "2024-05-01", "", 4900, "paused"),
        ("F", "2024-01-10", "", 4900, "trial"),
        ("H", "2024-01-10", "", 83, "past_due"),
    ]
    assert found(reading, "profile-row") == [(8, "state", "failed_to_create")]


def test_stripe_invoices_become_invoice_lines(tmp_path: Path) -> None:
    text = """
        id,Amount Due,Currency,Customer,Date (UTC),Status,Subscription,Subtotal,Tax,Total,Minimum Line Item Period Start (UTC),Maximum Line Item Period End (UTC)
        in_1,119.00,eur,cus_1,2024-01-01 10:00,paid,sub_1,100.00,19.00,119.00,2024-01-01 10:00,2024-02-01 10:00
        in_2,119.00,eur,cus_1,2024-02-01 10:00,paid,sub_1,100.00,19.00,119.00,2024-02-01 10:00,2024-03-01 10:00
        in_3,1190.00,eur,cus_1,2024-02-05 10:00,paid,,1000.00,190.00,1190.00,2024-02-05 10:00,2024-02-05 10:00
        in_4,119.00,eur,cus_2,2024-02-01 10:00,void,sub_2,100.00,19.00,119.00,2024-02-01 10:00,2024-03-01 10:00
    """  # noqa: E501
    path = tmp_path / "invoices.csv"
    path.write_text("\n".join(line.strip() for line in text.strip().splitlines()))
    ledger = Ledger.read(path, as_of="2024-02")
    assert [f.value for f in ledger.findings if f.rule == "profile"] == ["stripe-invoices"]
    closing = ledger.movements().matrix("closing")["total"].tolist()
    assert closing == [100.0, 100.0]


def test_recurly_adjustments_become_invoice_lines(tmp_path: Path) -> None:
    text = """
        uuid,account_code,subscription_id,invoice_number,adjustment_status,adjustment_type,adjustment_start_at,adjustment_end_at,adjustment_currency,adjustment_quantity,adjustment_subtotal,adjustment_tax,adjustment_total,adjustment_origin,adjustment_refund,original_invoice_number,invoice_state,invoice_billed_date
        a1,A,s1,1,invoiced,charge,2024-01-01 08:00:00 PST,2024-02-01 08:00:00 PST,USD,1,100,10,110,plan,FALSE,,paid,2024-01-01 08:00:00 PST
        a2,A,s1,2,invoiced,charge,2024-02-01 08:00:00 PST,2024-03-01 08:00:00 PST,USD,1,100,10,110,plan,FALSE,,paid,2024-02-01 08:00:00 PST
        a3,A,s1,2,invoiced,charge,2024-02-01 08:00:00 PST,2024-03-01 08:00:00 PST,USD,1,50,5,55,setup_fee,FALSE,,paid,2024-02-01 08:00:00 PST
        a4,A,,2,invoiced,credit,2024-02-01 08:00:00 PST,2024-03-01 08:00:00 PST,USD,1,-7,0,-7,carryforward,FALSE,,paid,2024-02-01 08:00:00 PST
        a5,B,s9,,pending,charge,2024-02-01 08:00:00 PST,2024-03-01 08:00:00 PST,USD,1,40,0,40,plan,FALSE,,,
    """  # noqa: E501
    path = tmp_path / "adjustments.csv"
    path.write_text("\n".join(line.strip() for line in text.strip().splitlines()))
    ledger = Ledger.read(path, as_of="2024-02")
    assert ledger.movements().matrix("closing")["total"].tolist() == [100.0, 100.0]
    rows = [(f.row, f.value) for f in ledger.findings if f.rule == "profile-row"]
    assert rows == [(5, "carryforward"), (6, "pending")]


def test_told_profiles(tmp_path: Path) -> None:
    text = STRIPE + stripe_row()
    _, lines = read_text(tmp_path, text, profile="stripe-subscriptions")
    assert len(lines) == 1
    with pytest.raises(UnknownNameError, match=r"unknown profile 'strip'.*Known: .*none"):
        read_text(tmp_path, text, profile="strip")
    with pytest.raises(InputError, match=r"is no Recurly subscription history export: it lacks "):
        read_text(tmp_path, text, profile="recurly-history")
    # A plain table: the price of one seat is then all that the file says.
    reading, lines = read_text(tmp_path, text, profile="none")
    assert lines["mrr"].tolist() == [1050]
    assert not found(reading, "profile")


def test_a_column_named_by_the_caller_goes_before_the_profile(tmp_path: Path) -> None:
    header = STRIPE.strip() + ",My MRR,Customer Email\n"
    text = header + stripe_row().strip() + ",77,a@b.c\n"
    columns = {"mrr": "My MRR", "customer_id": "Customer Email"}
    _, lines = read_text(tmp_path, text, columns=columns)
    assert lines[["customer", "mrr"]].to_numpy().tolist() == [["a@b.c", 7700]]


def test_an_export_in_a_folder_or_a_frame(simulated: Simulated, tmp_path: Path) -> None:
    export = export_of(simulated, "2022-12", "stripe-subscriptions")
    whole = read(export)[1]
    half = len(export) // 2
    export.iloc[:half].to_csv(tmp_path / "1.csv", index=False)
    export.iloc[half:].to_csv(tmp_path / "2.csv", index=False)
    reading, parts = read(tmp_path)
    assert sorted(lines_of(whole)) == sorted(lines_of(parts))
    left = [f.file for f in reading.findings if f.rule == "profile-row"]
    assert set(left) == {"2.csv"}
