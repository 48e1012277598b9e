"""Revenue by service days: against a slow reference, golden figures, and the bridge from MRR."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_invoices_reading import ledger_of

from history import InputError, Ledger
from history.months import index_of, period
from history.recognition import recognised
from history.revenue_bridge import STEPS, RevenueBridge

YEAR = "I1,1,A,s1,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Pro"


def row(schedule, at: str) -> pd.Series:
    frame = schedule.to_frame()
    return frame.loc[frame["month"] == period(index_of(at))].iloc[0]


def test_a_year_from_january():
    january = row(ledger_of(YEAR).revenue(), "2025-01")
    assert (january["invoiced"], january["recognised"]) == (1200, 101.92)
    assert january["deferred_closing"] == january["current"] == 1098.08


def test_three_years_are_current_and_non_current():
    ledger = ledger_of(
        "I1,1,A,s1,2025-01-01,2025-01-01,2028-01-01,150000,EUR,,paid,,Pro", as_of="2025-01"
    )
    january = row(ledger.revenue(), "2025-01")
    so_far = round(Fraction(15_000_000 * 31, 1095))
    year_on = round(Fraction(15_000_000 * 396, 1095))
    assert january["recognised"] == so_far / 100
    assert january["non_current"] == (15_000_000 - year_on) / 100
    assert january["current"] == (year_on - so_far) / 100
    release = ledger.revenue().release()
    assert release["month"].tolist()[0] == "2025-02"
    assert release["month"].tolist()[-1] == "later"
    assert round(release["recognised"].sum(), 2) == january["deferred_closing"]


def test_service_before_its_invoice_is_unbilled():
    text = "I1,1,A,s1,2025-03-05,2025-01-01,2025-03-01,590,EUR,,open,,Pro"
    frame = ledger_of(text, as_of="2025-03").revenue().to_frame().set_index("month")
    assert frame["recognised"].tolist() == [310, 280, 0]
    assert frame["unbilled"].tolist() == [310, 590, 0]
    assert frame["unbilled_change"].tolist() == [310, 280, -590]
    assert frame["deferred_closing"].tolist() == [0, 0, 0]
    late = ledger_of(text, as_of="2025-03").revenue(late="invoiced").to_frame()
    assert late["recognised"].tolist() == [0, 0, 590]
    assert not late["unbilled"].any()
    with pytest.raises(InputError, match="no invoice is dated up to 2025-02"):
        ledger_of(text, as_of="2025-02").revenue()


def test_credit_notes_one_off_lines_and_refunds():
    ledger = ledger_of(f"""{YEAR}
        C1,2,A,s1,2025-02-10,2025-04-01,2025-07-01,-91,EUR,credit,paid,I1,Pro
        I2,3,A,,2025-03-03,,,500,EUR,setup,paid,,Pro
        R1,4,A,s1,2025-03-09,,,-40,EUR,refund,paid,I1,Pro
    """)
    frame = ledger.revenue().to_frame(by_kind=True).set_index(["kind", "month"])
    assert frame.loc["credit", "invoiced"].tolist()[:3] == [0, -91, 0]
    assert frame.loc["credit", "recognised"].tolist()[:7] == [0, 0, 0, -30, -31, -30, 0]
    assert frame.loc["one_off", "recognised"].tolist()[:4] == [0, 0, 500, 0]
    total = ledger.revenue().to_frame()
    assert total["refunded"].tolist()[:4] == [0, 0, 40, 0]
    assert total["recognised"].sum() == pytest.approx(1200 - 91 + 500)


def test_months_add_up_and_segments_to_the_total():
    ledger = ledger_of(f"""{YEAR}
        I2,2,B,s2,2025-02-03,2025-02-03,2025-05-03,100,EUR,,paid,,Basic
        I3,3,C,s3,2025-03-03,2025-02-03,2025-05-03,100,EUR,,paid,,
    """)
    schedule = ledger.revenue(by="plan")
    schedule.verify()
    assert schedule.segments.labels == ["(blank)", "Basic", "Pro"]
    minor = schedule.minor()
    total = minor[minor["plan"] == "total"].drop(columns="plan").set_index("month")
    parts = minor[minor["plan"] != "total"].drop(columns="plan").groupby("month").sum()
    pd.testing.assert_frame_equal(total, parts)
    pd.testing.assert_frame_equal(total.reset_index(), ledger.revenue().minor())


def test_revenue_needs_invoices():
    lines = pd.DataFrame({"customer": ["A"], "start_date": ["2025-01-01"], "mrr": [100]})
    ledger = Ledger.from_lines(lines, as_of="2025-01", currency="EUR")
    for call in (ledger.revenue, ledger.revenue_bridge, lambda: ledger.reconcile_revenue({})):
        with pytest.raises(InputError, match="revenue needs invoice lines"):
            call()
    with pytest.raises(InputError, match="late is 'never'"):
        ledger_of(YEAR).revenue(late="never")


def test_reconciliation_of_revenue():
    ledger = ledger_of(YEAR)
    assert ledger.reconcile_revenue({"2025-01": "101.92", "2025-02": "92.05"}).ok
    found = ledger.reconcile_revenue({"2025-01": "100.00"})
    assert not found.ok
    assert "recognised revenue" in str(found)
    assert ledger.reconcile({"2025-01": "100.00"}).ok


def test_the_bridge_names_each_step():
    ledger = ledger_of("""
        I1,1,A,s1,2025-01-01,2025-01-01,2026-01-01,1200,EUR,,paid,,Pro
        I2,2,B,s2,2025-04-16,2025-04-16,2025-05-16,30,EUR,,paid,,Pro
        I3,3,C,s3,2025-03-16,2025-03-16,2025-04-16,31,EUR,,paid,,Pro
        I4,4,D,,2025-04-02,,,500,EUR,setup,paid,,Pro
        C1,5,A,s1,2025-04-10,2025-04-01,2025-05-01,-15,EUR,credit,paid,I1,Pro
        I5,6,E,s5,2025-05-01,2025-04-01,2025-05-01,60,EUR,,paid,,Pro
    """)
    bridge = ledger.revenue_bridge("2025-04")
    assert bridge.mrr == 10000 + 3000 - 1500 + 6000
    assert dict(bridge.steps) == {
        "days": 9863 - 10000,  # 30 of 365 days
        "started": 1500 - 3000,
        "ended": 1500,
        "credit notes": 0,
        "one-off": 50000,
        "counted otherwise": 0,
    }
    known_then = ledger.at("2025-04").revenue_bridge()
    assert dict(known_then.steps)["counted otherwise"] == -6000, "invoiced in May"
    with pytest.raises(InputError, match="lies after"):
        ledger.revenue_bridge("2026-04")
    with pytest.raises(Exception, match="do not add up"):
        RevenueBridge(bridge.month, "EUR", 1, ((next(iter(STEPS)), 1),), 3)


@st.composite
def invoice(draw):
    start = draw(st.dates(date(2024, 1, 1), date(2025, 6, 30)))
    end = start + timedelta(draw(st.sampled_from([1, 7, 28, 30, 31, 59, 91, 365, 366, 1096])))
    kind = draw(st.sampled_from(["recurring"] * 5 + ["proration", "one_off", "credit", "refund"]))
    size = draw(st.sampled_from([1, 10, 101, 365, 1000, 10**6 + 1, 10**12 + 7]))
    return {
        "invoice_id": "I", "invoice_date": start + timedelta(draw(st.integers(-40, 90))),
        "customer_id": draw(st.sampled_from("AB")), "subscription_id": "s", "start": start,
        "end": end, "amount": -size if kind == "credit" else size, "currency": "JPY",
        "kind": kind, "plan": draw(st.sampled_from(["Basic", "Pro"])),
    }  # fmt: skip


def slow_revenue(invoices, as_of: int):
    """Add up every line's months one by one; months x plan -> recognised, deferred, far."""
    sums = {name: defaultdict(int) for name in ("invoiced", "recognised", "deferred", "unbilled",
                                                "non_current", "refunded")}  # fmt: skip
    for each in invoices:
        billed, plan = index_of(each["invoice_date"]), each["plan"]
        if billed > as_of:
            continue
        if each["kind"] == "refund":
            sums["refunded"][billed, plan] += abs(each["amount"])
            continue
        earned = {index_of(m.month): m for m in recognised(
            each["amount"], each["start"], each["end"])}  # fmt: skip
        sums["invoiced"][billed, plan] += each["amount"]
        for at in range(as_of - 60, as_of + 1):
            so_far = sum(m.recognised for i, m in earned.items() if i <= at)
            year_on = sum(m.recognised for i, m in earned.items() if i <= at + 12)
            sums["recognised"][at, plan] += earned[at].recognised if at in earned else 0
            if billed <= at:
                sums["deferred"][at, plan] += each["amount"] - so_far
                sums["non_current"][at, plan] += each["amount"] - year_on
            else:
                sums["unbilled"][at, plan] += so_far
    return sums


@settings(max_examples=8)
@given(st.lists(invoice(), min_size=3, max_size=60), st.integers(0, 8))
def test_the_schedule_equals_line_by_line_addition(invoices, more):
    paying = {**invoices[0], "kind": "recurring", "amount": 5_000, "start": date(2024, 1, 1),
              "end": date(2026, 1, 1), "invoice_date": date(2024, 1, 1)}  # fmt: skip
    invoices = [paying, *invoices]
    as_of = index_of("2025-04") + more
    ledger = Ledger.read(pd.DataFrame(invoices), as_of=period(as_of), currency="JPY")
    schedule = ledger.revenue(by="plan")
    schedule.verify()
    slow = slow_revenue(invoices, as_of)
    minor = schedule.minor()
    names = {name: name for name in ("invoiced", "recognised", "unbilled", "non_current")}
    names |= {"deferred": "deferred_closing", "refunded": "refunded"}
    for each in minor[minor["plan"] != "total"].itertuples():
        at = (index_of(each.month), each.plan)
        for measure, column in names.items():
            if measure == "refunded" and each.month == schedule.months[0]:
                continue
            assert getattr(each, column) == slow[measure][at], (measure, at)
    for month in schedule.months:
        bridge = ledger.revenue_bridge(month)
        assert bridge.mrr + sum(amount for _, amount in bridge.steps) == bridge.revenue


@settings(max_examples=5)
@given(st.lists(invoice(), min_size=3, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_money_scales(invoices, random):
    first = {**invoices[0], "kind": "recurring", "amount": 5_000, "start": date(2024, 1, 1),
             "end": date(2026, 1, 1), "invoice_date": date(2024, 1, 1)}  # fmt: skip
    rows = [first, *invoices]
    shuffled = rows[:]
    random.shuffle(shuffled)
    one, other = (
        Ledger.read(pd.DataFrame(each), as_of="2025-12", currency="JPY")
        for each in (rows, shuffled)
    )
    pd.testing.assert_frame_equal(one.revenue().minor(), other.revenue().minor())
    assert one.fingerprint().digest == other.fingerprint().digest


def test_large_amounts_over_long_times_stay_exact():
    text = "I1,1,A,s1,2025-01-01,2025-01-01,2075-01-01,9999999999999.99,EUR,,paid,,Pro"
    schedule = ledger_of(text).revenue()
    expected = [m.recognised for m in recognised(
        999999999999999, date(2025, 1, 1), date(2075, 1, 1))]  # fmt: skip
    assert schedule.minor()["recognised"].tolist() == expected[:12]
    assert np.issubdtype(schedule.cells["recognised"].dtype, np.int64)
