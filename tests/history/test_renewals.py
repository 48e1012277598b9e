"""Renewals and future MRR: worked by hand, and arbitrary ledgers against a slow reading."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import slow_ledger as slow
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from history import FUTURE_PARTS, OUTCOMES, InputError, Ledger, Policy

AS_OF = "2025-06"


def line(customer, start="2025-01-01", mrr=10_000, **more):
    return {"customer": customer, "start_date": start, "mrr": mrr, **more}


def ledger(rows, as_of=AS_OF, **policy):
    columns = {"end_date": None, "term_end": None, "interval_months": 1, "status": "active"}
    frame = pd.DataFrame(rows)
    for name, value in columns.items():
        if name not in frame:
            frame[name] = value
    return Ledger.from_lines(frame, as_of=as_of, currency="EUR", policy=Policy(**policy))


def parts(book, month, **more):
    """What is not 0 in a month ahead, in major units."""
    frame = book.future_mrr(12, **more).to_frame()
    rows = frame[(frame["month"] == month) & (frame["mrr"] != 0)]
    return dict(zip(rows["part"], rows["mrr"], strict=True))


BOOK = [
    line("Annual", "2024-09-01", 50_000, interval_months=12, plan="Pro"),
    line("Bound", "2025-02-15", 30_000, term_end="2026-02-15", plan="Pro"),
    line("Monthly", "2025-03-01", 10_000, plan="Basic"),
    line("Leaver", "2024-11-01", 8_000, end_date="2025-09-01", status="cancelled", plan="Basic"),
    line("Renewer", "2024-08-01", 20_000, end_date="2025-08-01", interval_months=12, plan="Pro"),
    line("Renewer", "2025-08-01", 26_000, end_date="2026-08-01", interval_months=12, plan="Pro"),
    line("Newcomer", "2025-10-10", 5_000, term_end="2026-04-10", plan="Max"),
]


def test_a_book_worked_by_hand():
    book = ledger(BOOK)
    assert parts(book, "2025-07") == {
        "closing": 1180, "cmrr": 1180, "under_contract": 1000, "under_notice": 80,
        "secured": 1080, "month_to_month": 100, "unsecured": 100,
    }  # fmt: skip
    assert parts(book, "2025-09") == {
        "closing": 1180, "starting": 260, "leaving": -80, "replaced": -200, "cmrr": 1160,
        "under_contract": 300, "signed": 260, "secured": 560,
        "up_for_renewal": 500, "month_to_month": 100, "unsecured": 600,
    }  # fmt: skip
    assert parts(book, "2026-04") == {
        "closing": 1180, "starting": 310, "leaving": -80, "replaced": -200, "cmrr": 1210,
        "signed": 260, "secured": 260,
        "up_for_renewal": 50, "renewed": 800, "month_to_month": 100, "unsecured": 950,
    }  # fmt: skip
    assert next(m.value for m in book.metrics() if m.name == "cmrr") == 1210


def test_the_schedule_worked_by_hand():
    found = ledger(BOOK).renewals(12)
    schedule = found.schedule()
    due = schedule[schedule.drop(columns="month").sum(axis=1) > 0]
    assert due.astype({"month": str}).to_numpy().tolist() == [
        ["2025-08", 0, 0, 0, 200, 0],
        ["2025-09", 1, 500, 6000, 0, 0],
        ["2026-02", 1, 300, 3600, 0, 0],
        ["2026-04", 1, 50, 600, 0, 0],
    ]
    largest = found.largest_contracts(2)
    assert largest["customer"].tolist() == ["Annual", "Bound"]
    assert largest["renews_on"].astype(str).tolist() == ["2025-09-01", "2026-02-15"]
    assert largest["rows"].tolist() == ["1", "2"]
    by_plan = ledger(BOOK).renewals(12, by="plan").schedule()
    september = by_plan[by_plan["month"] == "2025-09"].set_index("plan")["mrr"]
    assert september.to_dict() == {"Basic": 0, "Max": 0, "Pro": 500, "total": 500}


def test_contracts_of_one_customer_in_one_month_are_one():
    rows = [
        line("A", "2025-01-01", 10_000, term_end="2025-09-01", plan="Basic"),
        line("A", "2025-02-01", 30_000, term_end="2025-09-15", plan="Pro"),
        line("B", "2025-01-01", 39_999, term_end="2025-09-01", plan="Pro"),
    ]
    found = ledger(rows).renewals(12, by="plan")
    schedule = found.schedule()
    september = schedule[schedule["month"] == "2025-09"].set_index("plan")
    assert september["customers"].to_dict() == {"Basic": 1, "Pro": 2, "total": 2}
    assert september["mrr"].to_dict() == {"Basic": 100, "Pro": 699.99, "total": 799.99}
    largest = found.largest_contracts()
    assert largest["customer"].tolist() == ["A", "B"]
    assert largest["rows"].tolist() == ["1, 2", "3"]
    assert str(largest["renews_on"][0]) == "2025-09-01"


def test_a_chain_of_signed_price_steps_is_counted_once():
    rows = [
        line("A", "2025-01-01", 10_000, end_date="2025-09-01"),
        line("A", "2025-09-01", 12_000, end_date="2025-12-01"),
        line("A", "2025-12-01", 15_000),
    ]
    book = ledger(rows)
    future = book.future_mrr(12).matrix("cmrr")["total"]
    assert future.tolist() == [100, 100, 120, 120, 120, *[150] * 7]
    assert next(m.value for m in book.metrics() if m.name == "cmrr") == 150


def test_a_trial_or_a_fee_replaces_nothing():
    old = line("A", "2025-01-01", 10_000, end_date="2025-09-01", interval_months=12)
    trial = line("A", "2025-09-01", 12_000, status="trial")
    fee = line("A", "2025-09-01", 90_000, kind="one_off")
    assert parts(ledger([old, trial, fee | {"status": "active"}]), "2025-09")["cmrr"] == 100


def test_a_bridged_gap_is_bridged_ahead_as_well():
    rows = [
        line("A", "2024-10-01", 10_000, end_date="2025-08-28", term_end="2025-08-28"),
        line("A", "2025-09-02", 12_000),
    ]
    assert parts(ledger(rows), "2025-09")["cmrr"] == 220
    bridged = ledger(rows, gap_days=5).future_mrr(3).matrix("cmrr")["total"]
    assert bridged.tolist() == [100, 100, 120]


def test_an_earlier_origin_knows_of_nothing_announced():
    back = ledger([*BOOK, line("Later", "2025-05-01", 100)]).at("2025-04")
    future = back.future_mrr(12)
    for name in ("starting", "leaving", "replaced", "under_notice", "signed"):
        assert (future.amounts[name] == 0).all(), name
    assert (back.renewals(12).due_total[["signed_mrr", "notice_mrr"]] == 0).all(axis=None)


HISTORY = [
    # continued: an open annual line, up each January
    line("Open", "2023-01-10", 10_000, interval_months=12),
    # renewed on the day, dearer; then cheaper, ten days late but within the month
    line("Step", "2023-02-01", 10_000, end_date="2024-02-01", term_end="2024-02-01"),
    line("Step", "2024-02-01", 12_000, end_date="2025-02-01", term_end="2025-02-01"),
    line("Step", "2025-02-11", 9_000, end_date="2026-02-11", term_end="2026-02-11"),
    # lapsed, and back after three months
    line("Back", "2023-03-01", 10_000, end_date="2024-03-01", interval_months=12),
    line("Back", "2024-06-01", 10_000, end_date="2025-06-01", interval_months=12),
    # lapsed for good, with notice
    line("Gone", "2023-04-01", 10_000, end_date="2025-04-01", interval_months=12,
         status="cancelled"),
    # broken off within its term: not up for renewal
    line("Broke", "2024-01-01", 10_000, end_date="2024-07-01", term_end="2025-01-01"),
]  # fmt: skip


def test_what_became_of_contracts_worked_by_hand():
    found = ledger(HISTORY).renewals()
    history = found.history().astype({"month": str})
    assert history[["month", "outcome", "mrr", "renewed_mrr"]].to_numpy().tolist() == [
        ["2024-01", "flat", 100, 100],
        ["2024-02", "uplift", 100, 120],
        ["2024-03", "returned", 100, 0],
        ["2024-04", "flat", 100, 100],
        ["2025-01", "flat", 100, 100],
        ["2025-02", "downsell", 120, 90],
        ["2025-04", "lapsed", 100, 0],
        ["2025-06", "lapsed", 100, 0],
    ]
    rates = found.rates().iloc[-1]
    assert rates["logo_renewal"] == 5 / 8
    assert rates["gross_renewal"] == (100 * 4 + 90) / 820
    assert rates["net_renewal"] == (100 * 3 + 120 + 90) / 820
    assert found.rates(last=3)["mrr"].tolist() == [200, 200]
    assert found.rates()["term"].tolist() == ["12", "total"]
    assert found.rates_by_month()["net_renewal"].tolist() == [1, 1.2, 0, 1, 1, 0.75, 0, 0]


def test_arr_as_a_sum_holds_only_where_renewal_is_the_whole_opening_base():
    """``ARR = new + expansion + renewal - churned - contraction``, in its right form."""
    book = ledger(HISTORY)
    movements = book.movements().minor.dropna().set_index(["month", "movement"])["mrr"]
    renewed = book.renewals().past.groupby("month")["renewed_mrr"].sum()
    differs = 0
    for month in movements.index.levels[0][1:]:
        of = movements[month]
        flows = of[["new", "reactivation", "expansion", "contraction", "churn", "fx"]].sum()
        assert 12 * (of["opening"] + flows) == 12 * of["closing"]
        differs += int(renewed.get(month, 0)) + flows != of["closing"]
    assert differs > 0


def test_nonsense_is_refused():
    book = ledger(BOOK)
    with pytest.raises(InputError, match="months=0"):
        book.future_mrr(0)
    with pytest.raises(InputError, match="months=121"):
        book.renewals(121)


@st.composite
def one_line(draw):
    start = slow.DAY_ONE + dt.timedelta(days=5 * draw(st.integers(0, 150)))
    length = draw(st.sampled_from([None, None, 5, 30, 60, 90, 150, 365, 366, 500]))
    term = draw(st.sampled_from([None, None, 30, 90, 365, 366]))
    return slow.Line(
        customer=draw(st.sampled_from("ABCDEFG")),
        start=start,
        end=None if length is None else start + dt.timedelta(days=length),
        mrr=draw(st.integers(-20, 300)),
        plan=draw(st.sampled_from(["Basic", "Pro", "Max", None])),
        kind=draw(st.sampled_from(["recurring"] * 9 + ["one_off"])),
        status=draw(st.sampled_from(["active"] * 8 + ["cancelled"] * 2 + ["trial", "paused"])),
        interval_months=draw(st.sampled_from([1, 1, 1, 3, 12])),
        term_end=None if term is None else start + dt.timedelta(days=term),
    )


ledgers = st.lists(one_line(), min_size=3, max_size=30)
gaps = st.sampled_from([0, 0, 5, 40])


def examples(count):
    return settings(
        max_examples=count,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


def read(lines, as_of="2025-03", **policy):
    frame = slow.frame(lines)
    try:
        return Ledger.from_lines(frame, as_of=as_of, currency="EUR", policy=Policy(**policy))
    except InputError:
        assume(False)


def index(day):
    return day.year * 12 + day.month - 1


def slow_future(lines, as_of, month, gap_days):
    """Split one month ahead line by line: part -> minor units by plan."""
    at, found = index(slow.close_of(as_of)), {}
    paying = [x for x in map(filled, lines) if slow.counts(x)]
    for x in paying:
        signed = index(x.start) > at
        if not signed and x.end is not None and index(x.end) <= at:
            continue
        next_starts = [
            index(y.start)
            for y in paying
            if x.end is not None and index(x.end) > at and y.mrr > 0 and y.customer == x.customer
            if index(y.start) > at and 0 <= (y.start - x.end).days <= gap_days
        ]
        part = slow_part(x, at, month, signed, min(next_starts, default=None))
        for name in part:
            key = (name, x.plan or "(blank)")
            sign = -1 if name in ("leaving", "replaced") else 1
            found[key] = found.get(key, 0) + sign * x.mrr
    return found


def filled(x):
    """A line cancelled without an end runs to its term."""
    if x.end is None and x.status == "cancelled" and x.term_end and x.term_end > x.start:
        return slow.replace(x, end=x.term_end)
    return x


def slow_part(x, at, month, signed, replaced_in):
    """Where a line stands in a month ahead: closing or starting, and one part of the split."""
    if signed and index(x.start) > month:
        return []
    begun = "starting" if signed else "closing"
    notice = x.end is not None and index(x.end) > at and x.status == "cancelled"
    leaves = replaced_in if replaced_in is not None else index(x.end) if notice else None
    if leaves is not None and leaves <= month:
        return [begun, "leaving" if replaced_in is None else "replaced"]
    secured = "under_contract" if replaced_in is not None else "under_notice"
    if leaves is not None:
        return [begun, "signed" if signed else secured]
    up = slow_renewal(x, index(x.start) if signed else at)
    if up is None:
        return [begun, "signed" if signed else "month_to_month"]
    if up > month:
        return [begun, "signed" if signed else "under_contract"]
    return [begun, "up_for_renewal" if up == month else "renewed"]


def slow_renewal(x, since):
    """The month after `since` in which a line's contract is up, None where it has none."""
    contract = x.term_end is not None or x.interval_months > 1
    if x.term_end is not None and index(x.term_end) > since:
        return index(x.term_end)
    if contract and x.end is not None and index(x.end) > since:
        return index(x.end)
    steps = (index(x.start) + x.interval_months * step for step in range(1, 100))
    return next(up for up in steps if up > since) if x.interval_months > 1 else None


@examples(20)
@given(ledgers, gaps)
def test_future_mrr_is_that_of_a_slow_reading(lines, gap_days):
    as_of = "2025-03"
    book = read(lines, as_of, gap_days=gap_days)
    future = book.future_mrr(18, by="plan")
    at = index(slow.close_of(as_of))
    for ahead in (1, 2, 3, 7, 12, 18):
        expected = slow_future(lines, as_of, at + ahead, gap_days)
        for name in FUTURE_PARTS:
            if name in ("cmrr", "secured", "unsecured"):
                continue
            for place, (plan,) in enumerate(future.segments.keys):
                amount = future.amounts[name][ahead - 1, place]
                assert amount == expected.pop((name, plan), 0), (name, plan, ahead)
        assert all(value == 0 for value in expected.values())


@examples(12)
@given(ledgers, gaps)
def test_future_mrr_adds_up_to_closing_and_to_cmrr(lines, gap_days):
    book = read(lines, gap_days=gap_days)
    future = book.future_mrr(60, by="plan")
    closing = book.movements().closing_minor(book.as_of)
    amounts = {name: a.sum(axis=1) for name, a in future.amounts.items()}
    assert (amounts["closing"] == closing).all()
    moved = amounts["starting"] + amounts["leaving"] + amounts["replaced"]
    assert (closing + moved == amounts["cmrr"]).all()
    assert (amounts["secured"] + amounts["unsecured"] == amounts["cmrr"]).all()
    found = {m.segment["plan"]: m.value for m in book.metrics(by="plan") if m.name == "cmrr"}
    assert round(100 * found.pop("total")) == amounts["cmrr"][-1]
    last = future.matrix("cmrr").iloc[-1]
    assert {plan: pytest.approx(value) for plan, value in found.items()} == {
        plan: last.get(plan, 0.0) for plan in found
    }
    whole = book.future_mrr(60)
    for name in FUTURE_PARTS:
        assert (whole.amounts[name][:, 0] == amounts[name]).all()
    schedule = book.renewals(60).due_total
    assert schedule["mrr"].sum() == amounts["up_for_renewal"].sum()


@examples(8)
@given(ledgers, gaps)
def test_what_came_up_is_what_the_schedule_said_a_month_before(lines, gap_days):
    book = read(lines, gap_days=gap_days)
    past = book.renewals().past.groupby("month")[["customers", "mrr"]].sum()
    for month in pd.period_range(book.first_month + 1, book.as_of, freq="M")[-13::3]:
        due = book.at(month - 1).renewals(1).due_total
        scheduled = due[["customers", "mrr"]].sum().tolist() if len(due) else [0, 0]
        happened = past.loc[month].tolist() if month in past.index else [0, 0]
        assert scheduled == happened, month


@examples(8)
@given(ledgers, st.randoms(use_true_random=False))
def test_renewals_do_not_hang_on_the_order_of_rows_and_segments_add_up(lines, dice):
    book = read(lines)
    found = book.renewals(24, by="plan")
    shuffled = list(lines)
    dice.shuffle(shuffled)
    again = read(shuffled).renewals(24, by="plan")
    assert_frame_equal(found.schedule(), again.schedule())
    assert_frame_equal(found.history(), again.history())
    assert_frame_equal(found.rates(), again.rates())
    keys = ["month", "outcome", "term"]
    sums = found.past.groupby(keys)[["customers", "mrr", "renewed_mrr"]].sum()
    total = book.renewals(24).past.groupby("outcome")[["customers", "mrr", "renewed_mrr"]].sum()
    assert_frame_equal(sums.groupby("outcome").sum(), total)
    assert set(found.past["outcome"]) <= set(OUTCOMES)
    due = found.due.groupby("month")["mrr"].sum()
    assert (due == found.due_total.groupby("month")["mrr"].sum()).all()
    assert np.isin(found.past["term"], [1, 3, 12, *range(1, 14)]).all()


def test_lines_of_later_never_change_what_came_up_before(example_ledger):
    now = example_ledger.renewals(by="size").past
    before = example_ledger.at("2025-12").renewals(by="size").past
    now, before = (
        frame.assign(outcome=frame["outcome"].replace("returned", "lapsed"))
        for frame in (now, before)
    )
    keys = ["month", "segment", "term", "outcome"]
    values = ["customers", "mrr", "renewed_mrr"]
    known = now[now["month"] <= "2025-12"].groupby(keys)[values].sum()
    assert_frame_equal(known, before.groupby(keys)[values].sum())
