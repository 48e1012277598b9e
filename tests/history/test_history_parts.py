"""Movements taken apart: churn by reason, expansion and contraction by price, volume and mix."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from history import Ledger, Policy, UnknownNameError

BEFORE = {"customer": "earlier", "start_date": "2024-01-01", "end_date": "2024-02-01", "mrr": 100}
"""One who paid long before, so that what follows does not lie in the first month of history."""


def ledger(*rows, as_of="2025-12", **policy):
    return Ledger.from_lines(
        pd.DataFrame([BEFORE, *rows]), as_of=as_of, currency="EUR", policy=Policy(**policy)
    )


def line(customer, start, end, mrr, **more):
    return {"customer": customer, "start_date": start, "end_date": end, "mrr": mrr, **more}


def parts(memo, month):
    frame = memo.minor
    title = memo.title
    found = frame[(frame["month"] == month) & (frame["mrr"] != 0)]
    return dict(zip(zip(found["movement"], found[title], strict=True), found["mrr"], strict=True))


LEAVERS = [
    line("A", "2025-01-01", "2025-03-01", 1000, churn_reason="voluntary"),
    line("B", "2025-01-01", "2025-03-01", 700, churn_reason="involuntary"),
    line("B", "2025-01-01", "2025-03-01", 200, churn_reason="voluntary"),
    line("C", "2025-01-01", "2025-03-01", 50),
    line("D", "2025-01-01", "2025-03-01", 20, churn_reason="voluntary"),
    line("D", "2025-01-01", None, 5),
]
"""A left, B's card failed (its largest line says so), C said nothing, D only bought less."""


def test_churn_has_its_reasons_and_adds_up():
    book = ledger(*LEAVERS)
    memo = book.churn_reasons()
    assert parts(memo, "2025-03") == {
        ("churn", "voluntary"): -1000,
        ("churn", "involuntary"): -900,
        ("churn", "unknown"): -50,
    }
    counts = memo.minor.groupby("reason")["customers"].sum().to_dict()
    assert counts == {"voluntary": 1, "involuntary": 1, "unknown": 2}  # the earlier one too
    assert memo.matrix("churn", "voluntary")["total"]["2025-03"] == -10.0
    with pytest.raises(UnknownNameError):
        memo.matrix("churn", "bored")


def test_churn_rates_by_reason():
    metrics = {m.name: m.value for m in ledger(*LEAVERS, as_of="2025-03").metrics(1)}
    opening = 1000 + 900 + 50 + 25
    assert metrics["voluntary_churn"] == 1000 / opening
    assert metrics["involuntary_churn"] == 900 / opening
    assert metrics["unexplained_churn"] == 50 / opening


def test_without_any_reason_the_rates_are_blank_and_nothing_is_claimed():
    rows = [line("A", "2025-01-01", "2025-03-01", 10), line("B", "2025-01-01", None, 30)]
    metrics = {m.name: m.value for m in ledger(*rows, as_of="2025-03").metrics(1)}
    assert metrics["voluntary_churn"] is None
    assert metrics["unexplained_churn"] == 0.25
    quiet = {m.name: m.value for m in ledger(*rows, as_of="2025-04").metrics(1)}
    assert quiet["voluntary_churn"] == 0


def test_who_came_and_left_between_two_closes_has_a_reason_where_he_counts():
    row = line("A", "2025-03-02", "2025-03-20", 10, churn_reason="voluntary")
    assert parts(ledger(row).churn_reasons(), "2025-03") == {}
    counted = ledger(row, same_month="count").churn_reasons()
    assert parts(counted, "2025-03") == {("churn", "voluntary"): -10}


def seats(customer, start, end, units, price, **more):
    """Price of a unit a month in minor units."""
    return line(customer, start, end, round(units * price), quantity=units, **more)


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        ((10, 1200), {("expansion", "price"): 2000}),
        ((12, 1000), {("expansion", "volume"): 2000}),
        ((12, 1200), {("expansion", "price"): 2000, ("expansion", "volume"): 2000,
                      ("expansion", "mix"): 400}),
        ((8, 1100), {("contraction", "price"): 1000, ("contraction", "volume"): -2000,
                     ("contraction", "mix"): -200}),
    ],
)  # fmt: skip
def test_price_at_the_old_quantity_and_volume_at_the_old_price(after, wanted):
    """Ten seats at 10.00."""
    book = ledger(
        seats("A", "2025-01-01", "2025-03-01", 10, 1000), seats("A", "2025-03-01", None, *after)
    )
    assert parts(book.price_volume(), "2025-03") == wanted


def test_items_that_come_and_go_are_mix():
    """From ten seats of Basic to ten of Pro at twice the price: no price changed."""
    rows = [
        seats("A", "2025-01-01", "2025-03-01", 10, 100, plan="Basic"),
        seats("A", "2025-03-01", None, 10, 200, plan="Pro"),
    ]
    book = ledger(*rows)
    assert parts(book.price_volume(item="plan"), "2025-03") == {("expansion", "mix"): 1000}
    assert parts(book.price_volume(), "2025-03") == {("expansion", "price"): 1000}
    with pytest.raises(UnknownNameError, match="item column"):
        book.price_volume(item="plam")


def test_a_change_without_quantities_is_not_split():
    rows = [
        seats("A", "2025-01-01", "2025-03-01", 10, 100, subscription="s1"),
        seats("A", "2025-03-01", None, 10, 110, subscription="s1"),
        line("A", "2025-01-01", "2025-03-01", 70, subscription="s2"),
        line("A", "2025-03-01", None, 90, subscription="s2", quantity=2),
    ]
    assert parts(ledger(*rows).price_volume(), "2025-03") == {
        ("expansion", "price"): 100,
        ("expansion", "not_split"): 20,
    }


def test_a_discount_sells_no_units():
    """Ten seats at 10.00, then 2.00 off each: the price fell, nobody bought ten seats more."""
    rows = [
        seats("A", "2025-01-01", None, 10, 1000, plan="Pro"),
        seats("A", "2025-03-01", None, 10, -200, plan="Pro"),
    ]
    told = {("contraction", "price"): -2000}
    assert parts(ledger(*rows).price_volume(item="plan"), "2025-03") == told
    unnumbered = [rows[0], {**rows[1], "quantity": None}]
    assert parts(ledger(*unnumbered).price_volume(item="plan"), "2025-03") == told
    apart = [rows[0], {**rows[1], "plan": "Discount"}]
    assert parts(ledger(*apart).price_volume(item="plan"), "2025-03") == {
        ("contraction", "mix"): -2000
    }


REASON = st.sampled_from(["voluntary", "involuntary", None])
ROW = st.tuples(
    st.sampled_from("ABC"),
    st.integers(1, 28),
    st.integers(1, 8),
    st.integers(0, 5),
    st.integers(-50, 900),
    st.sampled_from([None, 0.5, 1, 3, 7]),
    st.sampled_from(["Basic", "Pro"]),
    REASON,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=10), st.sampled_from(["ignore", "count"]))
def test_the_parts_of_any_ledger_add_up_to_the_movements(drawn, same_month):
    rows = [
        line(who, f"2025-{first:02}-{day:02}", f"2025-{first + months:02}-28" if months else None,
             mrr, quantity=units, plan=plan, churn_reason=reason)
        for who, day, first, months, mrr, units, plan, reason in drawn
        if first + months <= 12
    ]  # fmt: skip
    book = ledger(*rows, line("Z", "2025-01-01", None, 10, plan="Pro"), same_month=same_month)
    for by in (None, "plan"):
        moves = book.movements(by).minor.set_index(["month", "movement"])
        keys = ["month", "movement", *([by] if by else [])]
        wanted = moves.reset_index().groupby(keys)[["mrr", "customers"]].sum()
        for memo in (
            book.churn_reasons(by),
            book.price_volume(by),
            book.price_volume(by, item="plan"),
        ):
            found = memo.minor.groupby(keys)["mrr"].sum()
            assert (found == wanted["mrr"].loc[found.index].astype("int64")).all()
        churned = book.churn_reasons(by).minor.groupby(keys)["customers"].sum()
        assert (churned == wanted["customers"].loc[churned.index].astype("int64")).all()


def test_one_month_of_history_has_no_parts():
    book = Ledger.from_lines(
        pd.DataFrame([line("A", "2025-01-01", None, 10)]), as_of="2025-01", currency="EUR"
    )
    assert book.churn_reasons().to_frame().empty
    assert book.price_volume().to_frame().empty
