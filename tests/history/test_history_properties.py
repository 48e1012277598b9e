"""Arbitrary small ledgers against an independent slow reading, and what must never change."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
import slow_ledger as slow
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from history import InputError, Ledger, NotEnoughHistoryError, Policy

AS_OF = "2025-02"


def examples(count):
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


@st.composite
def one_line(draw, least=-40):
    """A line whose days lie on a grid of five, so that edges of gaps and months are met."""
    start = slow.DAY_ONE + dt.timedelta(days=5 * draw(st.integers(0, 90)))
    length = draw(st.sampled_from([None, None, 0, 5, 10, 20, 30, 60, 61, 90, 150, 250]))
    term = draw(st.sampled_from([None, None, 30, 90, 365]))
    return slow.Line(
        customer=draw(st.sampled_from("ABCDEFGHIJKL")),
        start=start,
        end=None if length is None else start + dt.timedelta(days=length),
        mrr=draw(st.integers(least, 300)),
        plan=draw(st.sampled_from(["Basic", "Pro", None])),
        kind=draw(st.sampled_from(["recurring"] * 9 + ["one_off"])),
        status=draw(st.sampled_from(["active"] * 8 + ["cancelled", "trial", "paused", "past_due"])),
        interval_months=draw(st.sampled_from([1, 1, 1, 3, 12])),
        term_end=None if term is None else start + dt.timedelta(days=term),
    )


def many(least=-40):
    """A handful of lines, or enough for customers to have several."""
    few = st.lists(one_line(least), min_size=1, max_size=4)
    return st.one_of(few, *[st.lists(one_line(least), min_size=25, max_size=40)] * 3)


ledgers = many()
policies = st.builds(Policy, **slow.SWITCHES)


def read(lines, as_of=AS_OF, policy=None):
    """Read a ledger; where it is refused, the slow reading must have found nothing either."""
    frame = slow.frame(lines)
    try:
        return Ledger.from_lines(frame, as_of=as_of, currency="EUR", policy=policy)
    except InputError:
        assert slow.read(lines, as_of, policy).first is None
        assume(False)


def cells(frame):
    """(month, movement) -> (customers, mrr); zeros and the blank first month left out."""
    known = frame.dropna()
    return {
        (str(r.month), r.movement): (int(r.customers), int(r.mrr))
        for r in known.itertuples()
        if r.customers or r.mrr
    }


def expected(reference, policy, plan=None):
    table = slow.movements(reference, plan, policy.reactivation_window)
    return {
        (month, name): value
        for (month, name), value in table.items()
        if value != (0, 0) and (month > reference.first or name == "closing")
    }


def check_movements(ledger, reference, policy):
    moves = ledger.movements("plan")
    moves.verify()
    assert str(ledger.first_month) == reference.first
    assert cells(ledger.movements().minor) == expected(reference, policy)
    for plan in reference.every_plan:
        part = moves.minor[moves.minor["plan"] == plan]
        assert cells(part) == expected(reference, policy, plan)
    total = moves.to_frame().query("plan == 'total'").drop(columns="plan").reset_index(drop=True)
    assert_frame_equal(total, ledger.movements().to_frame())
    for month, value in moves.matrix("closing", "squares").sum(axis=1).items():
        held = [reference.balances[c][str(month)] for c in reference.balances]
        squares = sum(amount**2 for plans in held for amount in plans.values())
        assert value == pytest.approx(squares / 1e4)


def check_customers(ledger):
    rows = ledger.customer_movements()
    assert (rows["opening"] + rows["mrr"] == rows["closing"]).all()
    for _, one in rows.groupby("customer"):
        assert one["opening"].iloc[0] == 0
        assert (one["opening"].iloc[1:].to_numpy() == one["closing"].iloc[:-1].to_numpy()).all()


def check_cohorts(ledger, reference):
    names = ["customers", "mrr", "kept_customers", "kept_mrr"]
    for by in (None, "plan"):
        found = {
            (str(row.cohort), row.plan if by else "", row.age): tuple(
                int(getattr(row, name)) for name in names
            )
            for row in ledger.cohorts(by).minor.itertuples()
        }
        assert found == slow.cohorts(reference, by_plan=by is not None)


def check_lives(ledger, reference, policy):
    names = ["at_risk", "churned", "open_mrr", "churn_mrr", "expansion_mrr", "contraction_mrr"]
    want = slow.lives(reference, policy.reactivation_window)
    for by in (None, "plan"):
        table = ledger.lives(by).exposure
        got = {
            (str(start), bool(returned), age): tuple(
                round(float(part[name].sum()) * (100 if name.endswith("mrr") else 1))
                for name in names
            )
            for (start, returned, age), part in table.groupby(["start", "returned", "age"])
        }
        assert got == want
        truncated = table[table["left_truncated"]]
        assert (truncated["start"] == ledger.first_month).all()


def check_standing(ledger, reference):
    held = [reference.total(c, AS_OF) for c in reference.balances]
    for by in (None, "plan"):
        standing = ledger.lives(by).standing
        assert standing["customers"].sum() == sum(amount > 0 for amount in held)
        assert round(standing["mrr"].sum() * 100) == sum(max(amount, 0) for amount in held)
        assert (standing["renewal"].dropna() > ledger.as_of).all()
        assert (standing["term"] >= 1).all()


@examples(18)
@given(ledgers, policies)
def test_every_table_equals_the_slow_reading(lines, policy):
    ledger = read(lines, policy=policy)
    reference = slow.read(lines, AS_OF, policy)
    check_movements(ledger, reference, policy)
    check_customers(ledger)
    check_cohorts(ledger, reference)
    check_lives(ledger, reference, policy)
    check_standing(ledger, reference)


def assert_same(one, other):
    assert_frame_equal(one.movements("plan").minor, other.movements("plan").minor)
    assert_frame_equal(one.cohorts("plan").minor, other.cohorts("plan").minor)
    assert_frame_equal(one.lives("plan").exposure, other.lives("plan").exposure)
    assert_frame_equal(one.lives("plan").standing, other.lives("plan").standing)
    assert one.metrics(3) == other.metrics(3)
    assert one.fingerprint() == other.fingerprint()


@examples(6)
@given(ledgers, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(lines, random):
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert_same(read(lines), read(shuffled))


@examples(6)
@given(ledgers, st.sampled_from(slow.months_to("2024-02", "2025-01")), policies)
def test_going_back_is_reading_the_truncated_file(lines, month, policy):
    ledger = read(lines, policy=policy)
    truncated = [x for x in (line.known_at(month) for line in lines) if x is not None]
    if slow.read(lines, month, policy).first is None:
        with pytest.raises((InputError, NotEnoughHistoryError)):
            ledger.at(month)
        return
    back = ledger.at(month)
    assert_same(back, read(truncated, month, policy))
    assert back.fingerprint().changed(ledger.fingerprint()) == []
    if policy.gap_days == 0:  # a gap is bridged only once the line that ends it is known
        now = ledger.movements().minor
        known = now[now["month"] <= back.as_of].reset_index(drop=True)
        assert_frame_equal(known, back.movements().minor)


@examples(6)
@given(many(least=0), st.integers(2, 9), st.integers(1, 6))
def test_money_scales_and_retention_does_not(lines, factor, period):
    ledger = read(lines)
    dear = read([replace(line, mrr=line.mrr * factor) for line in lines])
    one = ledger.movements("plan").minor
    assert_frame_equal(one.assign(mrr=one["mrr"] * factor), dear.movements("plan").minor)
    spread = {m.name: m.value for m in ledger.retention_spread(period)}
    scaled = {m.name: m.value for m in dear.retention_spread(period)}
    if spread["nrr_point_to_point"] is None:
        assert period >= len(ledger.movements().months) or spread == scaled
        return
    assert scaled == pytest.approx(spread, nan_ok=True)
    assert spread["nrr_cohort_flows"] == pytest.approx(spread["nrr_point_to_point"])
    assert spread["grr_running_minimum"] <= spread["grr_customer_minimum"] + 1e-12
    assert spread["grr_customer_minimum"] <= min(1, spread["nrr_point_to_point"]) + 1e-12
    assert spread["grr_customer_minimum"] <= spread["grr_aggregate_minimum"] + 1e-12


@examples(6)
@given(many(least=1))
def test_churned_lives_are_the_churn_of_the_movements(lines):
    ledger = read(lines)
    exposure = ledger.lives().exposure
    at = [start + age for start, age in zip(exposure["start"], exposure["age"], strict=True)]
    moves = ledger.movements()
    for value, column in (("customers", "churned"), ("mrr", "churn_mrr")):
        churn = moves.matrix("churn", value)["total"].fillna(0)
        found = exposure.assign(month=at).groupby("month")[column].sum()
        assert np.allclose(found.reindex(churn.index, fill_value=0), churn)
