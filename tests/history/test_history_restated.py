"""Two snapshots of one ledger: what was restated, why, and that nothing else moved."""

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest
import slow_ledger as slow
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from test_history_properties import ledgers, one_line, policies

from history import MOVEMENTS, InputError, Ledger, NotEnoughHistoryError, Policy

AS_OF = "2026-06"
NAMES = ["customer", "subscription", "start_date", "end_date", "mrr", "plan"]


def ledger(*rows, as_of=AS_OF, **more):
    frame = pd.DataFrame(rows, columns=NAMES)
    for name in ("currency", "status", "kind"):
        if name in more:
            frame[name] = more.pop(name)
    return Ledger.from_lines(frame, as_of=as_of, **{"currency": "EUR", **more})


ACME = ("Acme", "S-1", "2026-01-01", None, 50000, "Pro")
BIRCH = ("Birch", "S-2", "2026-02-01", "2026-05-01", 30000, "Pro")
CEDAR = ("Cedar", "S-3", "2026-03-01", None, 20000, "Basic")
JUNE = (ACME, BIRCH, CEDAR)


def line(row, **changes):
    return tuple({**dict(zip(NAMES, row, strict=True)), **changes}.values())


def restated(*later, as_of="2026-07", **more):
    return ledger(*later, as_of=as_of, **more).restated(ledger(*JUNE))


def told(found):
    return list(found.lines[["change", "customer", "cause", "mrr_effect"]].itertuples(index=False))


def test_an_end_moved_by_a_month_is_a_churn_moved_by_a_month():
    found = restated(ACME, line(BIRCH, end_date="2026-06-01"), CEDAR)
    mrr = found.movements.pivot_table(index="month", columns="movement", values="mrr")
    assert mrr.index.astype(str).tolist() == found.months == ["2026-05", "2026-06"]
    assert mrr["opening"].tolist() == [0, 30000]
    assert mrr["churn"].tolist() == [30000, -30000]
    assert mrr["closing"].tolist() == [30000, 0]
    churned = found.movements.query("movement == 'churn'")["customers"]
    assert churned.tolist() == [-1, 1]
    assert found.customers["because"].tolist() == ["end moved"] * 2
    assert found.lines.iloc[0][["detail", "earlier_row", "later_row"]].tolist() == [
        "end 2026-05-01 -> 2026-06-01", 2, 2,
    ]  # fmt: skip
    assert "2 months, 1 customer" in str(found)


@pytest.mark.parametrize(
    ("later", "wanted"),
    [
        ((*JUNE, line(ACME, subscription="S-9", start_date="2026-04-02")),
         ("added", "Acme", "back-dated line", True)),
        ((*JUNE, line(ACME, customer="Elm", subscription="S-9")),
         ("added", "Elm", "back-dated line of a new customer", True)),
        ((ACME, CEDAR), ("removed", "Birch", "line deleted, with all of the customer", True)),
        ((line(ACME, mrr=1), BIRCH, CEDAR), ("changed", "Acme", "amount changed", True)),
        ((line(ACME, start_date="2026-02-01"), BIRCH, CEDAR),
         ("changed", "Acme", "start moved", True)),
        ((line(ACME, end_date="2026-06-30"), BIRCH, CEDAR),
         ("changed", "Acme", "end moved", True)),
        ((line(ACME, customer="Acme Ltd"), BIRCH, CEDAR),
         ("changed", "Acme Ltd", "customer renamed", True)),
        ((line(ACME, customer="Cedar"), BIRCH, CEDAR),
         ("changed", "Cedar", "customers merged", True)),
        ((line(ACME, plan="Basic"), BIRCH, CEDAR), ("changed", "Acme", "relabelled", False)),
        ((line(ACME, subscription="S-7"), BIRCH, CEDAR),
         ("changed", "Acme", "subscription id changed", False)),
    ],
)  # fmt: skip
def test_each_cause_in_its_words(later, wanted):
    assert told(restated(*later)) == [wanted]


def test_status_kind_and_currency():
    paused = restated(*JUNE, status=["paused", "active", "active"])
    assert told(paused) == [("changed", "Acme", "status changed", True)]
    once = restated(*JUNE, kind=["recurring", "one_off", "recurring"])
    assert told(once) == [("changed", "Birch", "kind changed", True)]
    dollars = ledger(*JUNE, currency=["USD", "EUR", "EUR"]).restated(ledger(*JUNE))
    assert dollars.ok  # the same amount in the reporting currency
    dear = (line(ACME, mrr=1), BIRCH, CEDAR)
    other = restated_rates(JUNE, dear, ["EUR"] * 3, ["USD", "EUR", "EUR"])
    assert told(other) == [("changed", "Acme", "currency changed", True)]
    rate = restated_rates(JUNE, dear, ["USD", "EUR", "EUR"], ["USD", "EUR", "EUR"])
    assert told(rate) == [("changed", "Acme", "amount or rate changed", True)]


def restated_rates(before, after, codes, later_codes):
    def read(rows, currencies):
        frame = pd.DataFrame(rows, columns=NAMES).assign(currency=currencies)
        return Ledger.from_lines(frame, as_of=AS_OF, currency="EUR")

    return read(after, later_codes).restated(read(before, codes))


def test_news_is_no_restatement():
    later = [
        line(CEDAR, end_date="2026-07-31"),
        line(ACME, end_date="2026-12-31"),
        BIRCH,
        ("Fern", "S-6", "2026-07-01", None, 90000, "Pro"),
    ]
    found = restated(*later, status=["cancelled", "active", "active", "active"])
    assert found.ok
    assert found.movements.empty
    assert found.months == []
    assert list(found.movements.columns) == ["month", "movement", "customers", "mrr"]
    assert str(found) == "nothing up to 2026-06 was restated"


def test_rows_in_another_order_and_equal_rows():
    assert restated(*JUNE[::-1]).ok
    twice = ledger(*JUNE, ACME, ACME).restated(ledger(*JUNE))
    assert told(twice) == [("added", "Acme", "back-dated line", True)] * 2
    assert sorted(twice.lines["later_row"]) == [4, 5]
    once = ledger(*JUNE, ACME).restated(ledger(*JUNE, ACME, ACME))
    assert once.lines["earlier_row"].tolist() == [5]


def test_two_equal_strangers_are_not_called_one_renamed():
    same = {"subscription": None, "start_date": "2026-01-01", "mrr": 100, "plan": "Pro"}
    bare = [line(row, **same, end_date=None) for row in JUNE]
    june = ledger(*bare)
    names = zip(bare, ["Xenon", "Yew", "Zinc"], strict=True)
    july = ledger(*[line(row, customer=name) for row, name in names])
    assert july.restated(june).lines["change"].tolist() == ["removed"] * 3 + ["added"] * 3
    one = ledger(*bare[:2], line(bare[2], customer="Zinc"))
    assert told(one.restated(june)) == [("changed", "Zinc", "customer renamed", True)]


def test_columns_of_one_side_are_told():
    frame = pd.DataFrame(JUNE, columns=NAMES).assign(region="EU")
    found = Ledger.from_lines(frame, as_of=AS_OF, currency="EUR").restated(ledger(*JUNE))
    assert found.ok
    assert found.uncompared == ("region",)


def test_what_cannot_be_compared_is_refused():
    june = ledger(*JUNE)
    with pytest.raises(InputError, match="lies after"):
        june.restated(ledger(*JUNE, as_of="2026-07"))
    with pytest.raises(InputError, match="EUR and USD"):
        Ledger.from_lines(june.lines(), as_of=AS_OF, currency="USD").restated(june)
    with pytest.raises(InputError, match="two policies"):
        ledger(*JUNE, policy=Policy(gap_days=3)).restated(june)
    rates = pd.DataFrame({"month": ["2026-01"], "currency": ["USD"], "rate": ["0.9"]})
    foreign = june.lines().assign(currency=["USD", "EUR", "EUR"])
    moving = Ledger.from_lines(foreign, as_of=AS_OF, currency="EUR", fx=rates)
    with pytest.raises(InputError, match="at_start"):
        moving.restated(june)
    with pytest.raises(NotEnoughHistoryError, match="nothing is known"):
        ledger(line(ACME, start_date="2026-07-01"), as_of="2026-07").restated(june)


def examples(count):
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


@st.composite
def edits(draw):
    """An earlier file, and a later one: lines dropped, changed, added, in another order."""
    lines = draw(ledgers)
    later = []
    for each in lines:
        other = draw(one_line())
        names = draw(st.sampled_from(
            [()] * 12 + [("customer",), ("end",), ("mrr",), ("plan",), ("status",), ("kind",),
             ("interval_months",), ("term_end",), ("start", "end"), ("mrr", "plan"), None]
        ))  # fmt: skip
        if names is not None:
            changed = replace(each, **{name: getattr(other, name) for name in names})
            later.append(each if changed.end and changed.end < changed.start else changed)
    later += draw(st.lists(one_line(), max_size=3))
    return lines, draw(st.permutations(later))


def read(lines, as_of, policy=None):
    try:
        return Ledger.from_lines(slow.frame(lines), as_of=as_of, currency="EUR", policy=policy)
    except InputError:
        assume(False)


def flows_of(ledger_, first, without):
    rows = ledger_.customer_movements()
    kept = rows[~rows["customer"].isin(without)]
    rows = kept.assign(movement=kept["movement"].where(kept["month"] > first, "first"))
    return rows.reset_index(drop=True)


@examples(8)
@given(edits(), st.sampled_from(slow.months_to("2024-06", "2025-02")), policies)
def test_what_is_not_named_is_equal_to_the_unit(pair, as_of, policy):
    before = read(pair[0], as_of, policy)
    book = read(pair[1], "2025-02", policy)
    try:
        after = book.at(as_of)
    except NotEnoughHistoryError:
        assume(False)
    found = book.restated(before)
    first = max(before.first_month, after.first_month)
    names = set(found.customers["customer"])
    assert_frame_equal(flows_of(before, first, names), flows_of(after, first, names))
    assert (found.lines.empty) == (before.fingerprint().changed(after.fingerprint()) == [])
    assert found.ok == found.lines.empty
    check_table(found, before, after, first)
    behind = found.lines[found.lines["mrr_effect"]]
    assert names <= {*behind["customer"], *behind["formerly"]}
    assert (behind.loc[behind["change"] != "removed", "later_row"].notna()).all()


def check_table(found, before, after, first):
    """The differences of two ledgers' tables are those told, month by month, and they foot."""
    index = ["month", "movement"]
    one, other = (
        x.movements().minor.set_index(index)[["customers", "mrr"]] for x in (before, after)
    )
    wanted = other.sub(one).dropna()
    wanted = wanted[wanted.index.get_level_values("month") > first]
    got = found.movements.set_index(index).reindex(wanted.index, fill_value=0)
    assert (got.to_numpy() == wanted.to_numpy(dtype="int64")).all()
    for _, part in found.movements.groupby("month"):
        mrr = part.set_index("movement")["mrr"]
        assert list(mrr.index) == list(MOVEMENTS)
        assert mrr.iloc[:-1].sum() == mrr["closing"]


@examples(4)
@given(
    ledgers, st.lists(one_line(), max_size=8), st.sampled_from(slow.months_to("2024-06", "2025-01"))
)
def test_later_lines_change_the_past_only_back_dated_and_then_are_told(lines, more, as_of):
    before = read(lines, as_of)
    close = slow.close_of(as_of)
    back_dated = [each for each in more if each.start <= close]
    news = read(lines + [each for each in more if each not in back_dated], "2025-02")
    assert news.restated(before).ok
    moves = news.movements().minor
    past = moves[moves["month"] <= before.as_of].reset_index(drop=True)
    assert_frame_equal(past, before.movements().minor)

    book = read(lines + more, "2025-02")
    found, after = book.restated(before), book.at(as_of)
    assert (found.lines["change"] == "added").all()
    assert sorted(found.lines["customer"]) == sorted(each.customer for each in back_dated)
    assert found.ok == (not back_dated)
    first = max(before.first_month, after.first_month)
    check_table(found, before, after, first)
    assert months_that_differ(before, after, first) == {
        at for at in found.months if at > str(first)
    }
    by_month = found.customers.groupby("month")["difference"].sum()
    closing = found.movements.query("movement == 'closing'").set_index("month")["mrr"]
    steps = (
        closing.reindex(pd.period_range("2023-12", as_of, freq="M"), fill_value=0).diff().dropna()
    )
    assert steps[steps != 0].to_dict() == by_month[by_month != 0].to_dict()


def months_that_differ(before, after, first):
    """The months after the first in which a customer's movement or the table is another."""
    one, other = (flows_of(each, first, ()) for each in (before, after))
    flows = pd.concat([one, other]).drop(columns=["opening", "closing"])
    flows = flows.drop_duplicates(["customer", "month", "movement", "mrr"], keep=False)
    tables = [each.movements().minor.set_index(["month", "movement"]) for each in (before, after)]
    tables = [table[["customers", "mrr"]].dropna() for table in tables]
    told = tables[1].sub(tables[0]).dropna()
    table = told[(told != 0).any(axis=1)].index.get_level_values("month")
    return {str(at) for at in {*flows["month"], *table} if at > first}


@examples(4)
@given(ledgers, st.integers(1, 300))
def test_notice_and_ends_after_as_of_are_news(lines, days):
    before = read(lines, "2024-08")
    day = dt.date(2024, 9, 1) + dt.timedelta(days=days)
    ended = [
        replace(each, end=day, status="cancelled")
        if each.end is None and each.status == "active" and each.start < day
        else each
        for each in lines
    ]
    assert read(ended, "2025-02").restated(before).ok
