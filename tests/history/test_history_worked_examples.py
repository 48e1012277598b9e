"""The worked examples of the definitions: what is published must come out of a ledger."""

import pandas as pd
import pytest

from history import FLOWS, Ledger, Policy
from history.money import monthly_minor


def ledger(rows, as_of, currency="USD", **policy):
    """Rows of customer, start, end, mrr in major units."""
    frame = pd.DataFrame(rows, columns=["customer", "start_date", "end_date", "mrr"])
    frame["mrr"] = (frame["mrr"] * 100).round().astype("int64")
    return Ledger.from_lines(frame, as_of=as_of, currency=currency, policy=Policy(**policy))


def flows(moves, month):
    """Movement -> MRR of one month, zeros left out."""
    found = {name: moves.matrix(name)["total"][month] for name in FLOWS}
    return {name: amount for name, amount in found.items() if amount}


def value(book, name, period=12):
    return next(m.value for m in book.metrics(period) if m.name == name)


EARLIER = ("earlier", "2020-01-01", "2020-02-01", 1)
"""One who paid long before, so that what follows does not lie in the first month of history."""


def test_monthly_and_annual_plans_add_up():
    """100 x USD 100 a month + 50 x USD 600 a year = MRR 12,500."""
    rows = [
        {"customer_id": f"m{i}", "start": "2025-01-01", "amount": 100, "interval": "month"}
        for i in range(100)
    ] + [
        {"customer_id": f"y{i}", "start": "2025-01-01", "amount": 600, "interval": "year"}
        for i in range(50)
    ]
    book = Ledger.read(pd.DataFrame(rows), as_of="2025-01", currency="USD")
    assert value(book, "mrr") == 12_500
    assert value(book, "arr") == 150_000


@pytest.mark.parametrize(
    ("amount", "interval", "count", "mrr"),
    [
        ("10", "week", 1, "43.33"),
        ("1393", "month", 7, "199.00"),
        ("750", "month", 1, "750.00"),
        ("1200", "year", 1, "100.00"),
        ("10", "day", 1, "304.38"),
        ("100", "quarter", 1, "33.33"),
        ("0.30", "year", 1, "0.02"),
        ("0.54", "year", 1, "0.04"),
    ],
)
def test_prices_become_monthly_amounts(amount, interval, count, mrr):
    """Rounded once per line, half-even: 2.5 cents are 2, 4.5 are 4."""
    row = {
        "customer_id": "A",
        "start": "2025-01-01",
        "amount": amount,
        "interval": interval,
        "interval_count": count,
    }
    book = Ledger.read(pd.DataFrame([row]), as_of="2025-01", currency="USD")
    assert book.lines()["mrr"].tolist() == [round(float(mrr) * 100)]
    assert monthly_minor(amount, interval, "USD", count) == round(float(mrr) * 100)


def test_seven_months_for_1393_are_an_arr_of_2388():
    row = {"customer_id": "A", "start": "2025-01-01", "amount": "1393", "interval": "month"}
    frame = pd.DataFrame([row | {"interval_count": 7}])
    assert value(Ledger.read(frame, as_of="2025-01", currency="USD"), "arr") == 2388


def test_a_three_year_contract_counts_a_third_a_year():
    """150,000 for three years = ARR 50,000, up to the rounding of the month's amount."""
    row = {"customer_id": "A", "start": "2025-01-01", "amount": "150000", "interval": "year"}
    frame = pd.DataFrame([row | {"interval_count": 3}])
    book = Ledger.read(frame, as_of="2025-06", currency="USD")
    half_a_cent_a_month = 0.06
    assert value(book, "arr") == pytest.approx(50_000, abs=half_a_cent_a_month)
    assert value(book, "contracted_arr") == value(book, "arr")


def test_new_and_expansion_of_annual_plans():
    """100 x 1,200 a year = new 120,000; 50 from 1,200 to 2,400 = expansion 60,000, in ARR."""
    rows = [EARLIER]
    rows += [(f"c{i}", "2025-01-01", "2025-07-01" if i < 50 else None, 100) for i in range(100)]
    rows += [(f"c{i}", "2025-07-01", None, 200) for i in range(50)]
    moves = ledger(rows, "2025-07").movements()
    assert flows(moves, "2025-01") == {"new": 120_000 / 12}
    assert flows(moves, "2025-07") == {"expansion": 60_000 / 12}


def test_one_customers_story():
    """New 166.67, expansion 60, contraction 60, churn 166.67, reactivation 150; closing 150."""
    rows = [
        EARLIER,
        ("A", "2022-01-01", "2024-01-01", 166.67),
        ("A", "2022-06-01", "2023-03-01", 60),
        ("A", "2024-05-01", None, 150),
    ]
    moves = ledger(rows, "2024-06").movements()
    moves.verify()
    assert flows(moves, "2022-01") == {"new": 166.67}
    assert flows(moves, "2022-06") == {"expansion": 60}
    assert flows(moves, "2023-03") == {"contraction": -60}
    assert flows(moves, "2024-01") == {"churn": -166.67}
    assert flows(moves, "2024-05") == {"reactivation": 150}
    assert moves.matrix("closing")["total"]["2024-06"] == 150


def test_ends_are_exclusive():
    """50 from 2018-11, 50 from 2019-04, 75 from 2019-06: churn, return, expansion, churn."""
    rows = [
        ("earlier", "2018-01-01", "2018-02-01", 1),
        ("A", "2018-11-01", "2019-02-01", 50),
        ("A", "2019-04-01", "2019-06-01", 50),
        ("A", "2019-06-01", "2019-08-01", 75),
    ]
    moves = ledger(rows, "2019-09").movements()
    by_month = {str(m): flows(moves, m) for m in moves.months[1:] if flows(moves, m)}
    assert by_month == {
        "2018-02": {"churn": -1},
        "2018-11": {"new": 50},
        "2019-02": {"churn": -50},
        "2019-04": {"reactivation": 50},
        "2019-06": {"expansion": 25},
        "2019-08": {"churn": -75},
    }


def test_opening_500_000_becomes_630_000():
    """New 120,000; expansion 60,000; churn 40,000; contraction 10,000."""
    rows = [
        ("stays", "2025-01-01", None, 440_000),
        ("leaves", "2025-01-01", "2025-02-01", 40_000),
        ("shrinks", "2025-01-01", "2025-02-10", 20_000),
        ("shrinks", "2025-02-10", None, 10_000),
        ("stays", "2025-02-20", None, 60_000),
        ("joins", "2025-02-28", None, 120_000),
    ]
    moves = ledger(rows, "2025-02").movements()
    assert moves.matrix("opening")["total"]["2025-02"] == 500_000
    assert flows(moves, "2025-02") == {
        "new": 120_000,
        "expansion": 60_000,
        "contraction": -10_000,
        "churn": -40_000,
    }
    assert moves.matrix("closing")["total"]["2025-02"] == 630_000
    assert value(ledger(rows, "2025-02"), "quick_ratio", 1) == 180_000 / 50_000


def test_gross_and_net_mrr_churn():
    """A base of 100 with churn 10, contraction 10, expansion 10: gross 20 %, net 10 %."""
    rows = [
        ("stays", "2025-01-01", None, 60),
        ("leaves", "2025-01-01", "2025-02-15", 10),
        ("shrinks", "2025-01-01", "2025-02-15", 30),
        ("shrinks", "2025-02-15", None, 20),
        ("stays", "2025-02-15", None, 10),
    ]
    book = ledger(rows, "2025-02")
    assert value(book, "gross_mrr_churn", 1) == 0.20
    assert value(book, "net_mrr_churn", 1) == 0.10


def months(*steps):
    """(customer, month 0-12 or None, amount) steps into lines of 2025 (month 0 is 2024-12)."""
    lines = []
    for customer, spans in steps:
        for first, last, amount in spans:
            start = pd.Period("2024-12", "M") + first
            end = None if last is None else str(pd.Period("2024-12", "M") + last) + "-01"
            lines.append((customer, f"{start}-01", end, amount))
    return lines


EXAMPLE = [
    *months(
        ("A", [(0, 3, 100), (3, 9, 150), (9, None, 120)]),
        ("B", [(0, 4, 100), (4, 10, 60), (10, None, 110)]),
        ("C", [(0, 6, 100)]),
        ("D", [(0, 2, 100), (8, None, 80)]),
        ("E", [(-6, -2, 70), (5, None, 50)]),
        ("F", [(7, 11, 200), (11, None, 260)]),
    )
]

SPREAD = {
    "nrr_point_to_point": 77.5,
    "nrr_cohort_flows": 77.5,
    "nrr_cohort_flows_without_reactivation": 57.5,
    "nrr_all_flows_without_reactivation": 72.5,
    "nrr_all_flows": 105.0,
    "nrr_survivors": 103.3,
    "nrr_all_flows_without_reactivation_and_contraction": 90.0,
    "nrr_compounded_without_reactivation": 64.3,
    "nrr_compounded": 87.6,
    "grr_flows": 32.5,
    "grr_customer_minimum": 70.0,
    "grr_running_minimum": 40.0,
    "grr_aggregate_minimum": 100.0,
    "logo_retention": 75.0,
}


def test_one_ledger_under_every_retention_definition():
    book = ledger(EXAMPLE, "2025-12")
    moves = book.movements()
    assert moves.matrix("opening")["total"]["2025-01"] == 400
    assert moves.matrix("closing")["total"]["2025-12"] == 620
    spread = {m.name: round(100 * m.value, 1) for m in book.retention_spread()}
    assert spread == SPREAD
    assert value(book, "nrr") == 0.775
    assert value(book, "grr") == 0.70
    assert value(book, "logo_retention") == 0.75
    assert value(book, "logo_churn") == 0.25


def test_every_definition_of_the_spread_has_its_text():
    for metric in ledger(EXAMPLE, "2025-12").retention_spread():
        assert len(metric.definition) > 20
        assert metric.period == 12


def test_active_customers_follow_from_the_movements():
    """active(t) - active(t-1) = new + reactivation - churn for every t."""
    moves = ledger(EXAMPLE, "2025-12").movements()
    active = moves.matrix("closing", "customers")["total"]
    came = (
        moves.matrix("new", "customers")["total"]
        + moves.matrix("reactivation", "customers")["total"]
    )
    left = moves.matrix("churn", "customers")["total"]
    assert (active.diff()[1:] == (came - left)[1:]).all()


def test_a_deleted_line_shows_as_churn_and_the_end_of_the_data_does_not():
    rows = [("A", "2025-01-01", "2025-03-01", 100), ("B", "2025-01-01", None, 100)]
    moves = ledger(rows, "2025-06").movements()
    assert moves.matrix("churn")["total"]["2025-03"] == -100
    assert moves.matrix("churn")["total"].fillna(0).sum() == -100


def test_a_cohort_of_which_nobody_is_left_keeps_its_rows():
    rows = [("A", "2025-01-01", "2025-02-01", 100), ("B", "2025-02-01", None, 100)]
    triangle = ledger(rows, "2025-04").cohorts().triangle()
    assert triangle.loc["2025-01"].tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(("weeks", "mrr"), [("52/12", 4333), ("365.25/84", 4348)])
def test_the_weeks_in_a_month_are_a_switch(weeks, mrr):
    row = {"customer_id": "A", "start": "2025-01-01", "amount": "10", "interval": "week"}
    policy = Policy(weeks_per_month=weeks)
    book = Ledger.read(pd.DataFrame([row]), as_of="2025-01", currency="USD", policy=policy)
    assert book.lines()["mrr"].tolist() == [mrr]


def test_a_table_of_months_is_known_to_its_last_month():
    frame = pd.DataFrame({"customer_id": ["A", "B"], "2025-01": [10, 0], "2025-02": [10, 5]})
    frame["2025-03"] = [0, 5]
    moves = Ledger.read(frame, currency="USD").movements()
    assert str(moves.as_of) == "2025-03"
    assert moves.matrix("closing")["total"].tolist() == [10, 15, 5]
    assert flows(moves, "2025-03") == {"churn": -10}
