"""Policies: every switch by hand-worked lines, presets, the spread, and what a ledger lacks."""

import hashlib
import json

import pandas as pd
import pytest
from pydantic import ValidationError

from history import PRESETS, Ledger, Policy, UnknownNameError
from history.metrics import SPREAD

BEFORE = {"customer": "earlier", "start_date": "2024-01-01", "end_date": "2024-02-01", "mrr": 100}
"""One who paid long before, so that what follows does not lie in the first month of history."""


def lines(*rows, as_of="2025-12", **policy):
    return Ledger.from_lines(
        pd.DataFrame([BEFORE, *rows]), as_of=as_of, currency="EUR", policy=Policy(**policy)
    )


def churn(book):
    """Month -> churned MRR, zeros left out."""
    found = book.movements().matrix("churn")["total"]["2025-01":]
    return {str(month): amount for month, amount in found.items() if amount}


CANCELLED = {
    "customer": "A", "start_date": "2024-06-01", "end_date": "2025-06-01", "mrr": 10_000,
    "status": "cancelled", "requested": "2025-02-10", "effective": "2025-07-15",
}  # fmt: skip


@pytest.mark.parametrize(
    ("date", "month"), [("end", "2025-06"), ("request", "2025-02"), ("effective", "2025-07")]
)
def test_churn_is_dated_by_the_policy(date, month):
    """Annual plan to 1 June, cancelled on 10 February, ended in the system on 15 July."""
    assert churn(lines(CANCELLED, churn_date=date)) == {month: -100.0}


def test_a_request_after_the_end_changes_nothing_and_one_before_the_start_counts_nothing():
    late = {**CANCELLED, "requested": "2025-09-01"}
    assert churn(lines(late, churn_date="request")) == {"2025-06": -100.0}
    early = {**CANCELLED, "requested": "2024-05-01"}
    assert churn(lines(early, churn_date="request")) == {}


def test_a_request_is_not_known_before_it_is_made():
    book = lines(CANCELLED, churn_date="request")
    assert book.at("2025-01").movements().matrix("closing")["total"]["2025-01"] == 100
    assert book.movements().matrix("closing")["total"]["2025-02"] == 0


def test_a_line_without_the_date_stops_at_its_end_and_is_told():
    other = {**CANCELLED, "customer": "B", "requested": None, "end_date": "2025-04-01"}
    book = lines(CANCELLED, other, churn_date="request")
    assert churn(book) == {"2025-02": -100.0, "2025-04": -100.0}
    assert "policy-lacks-value" in {f.rule for f in book.findings.warnings}
    assert "churn_date = request: 1 line" in str(book.findings.warnings)


DISCOUNTED = [
    {"customer": "A", "mrr": 750_00, "list_mrr": 1000_00, "discount_kind": "permanent"},
    {"customer": "B", "mrr": 0, "list_mrr": 200_00, "discount_kind": "temporary"},
    {"customer": "C", "mrr": 300_00, "list_mrr": 300_00, "discount_kind": None},
]


@pytest.mark.parametrize(
    ("discounts", "mrr"), [("deduct", 1050), ("deduct_permanent", 1250), ("list", 1500)]
)
def test_discounts_count_as_the_policy_says(discounts, mrr):
    """List price 1,000 with 25 % off counts 750; a first month for nothing its list price."""
    book = lines(*({"start_date": "2025-03-01", **row} for row in DISCOUNTED), discounts=discounts)
    assert book.movements().matrix("closing")["total"]["2025-12"] == mrr
    assert not [f for f in book.findings if f.rule == "policy-lacks-column"]


def test_list_prices_of_a_file_are_exact():
    """10 a year for 12 a year: 0.83 and 1.00 a month; 7 seats at 3 a week list 91.00."""
    names = ["customer", "start", "amount", "interval", "quantity", "list_price"]
    frame = pd.DataFrame(
        [
            ("A", "2025-01-01", "10", "year", None, "12", "once"),
            ("B", "2025-01-01", "7.00", "week", "7", "3.00", "forever"),
            ("C", "2025-01-01", "0", "week", "7", "3.00", "repeating"),
        ],
        columns=[*names, "coupon_duration"],
    )
    book = Ledger.read(frame, as_of="2025-02", currency="EUR")
    assert book.lines()["mrr"].tolist() == [83, 3033, 0]
    assert book.lines()["list_mrr"].tolist() == [100, 9100, 9100]
    assert book.lines()["discount_kind"].tolist() == ["temporary", "permanent", "temporary"]

    def closing(discounts):
        moves = book.under(Policy(discounts=discounts)).movements()
        return moves.matrix("closing")["total"]["2025-02"]

    assert closing("list") == 183.00
    assert closing("deduct_permanent") == 1.00 + 30.33 + 91.00


def test_list_prices_are_converted_like_amounts():
    rates = pd.DataFrame({"month": ["2025-01"], "currency": ["USD"], "rate": ["0.5"]})
    frame = pd.DataFrame(
        {"customer": ["A"], "start": ["2025-01-01"], "mrr": ["7"], "list_price": ["9"],
         "currency": ["USD"]}
    )  # fmt: skip
    for policy, expected in ((Policy(), [700, 900]), (Policy(currency="at_start"), [350, 450])):
        book = Ledger.read(frame, as_of="2025-01", currency="EUR", fx=rates, policy=policy)
        assert book.lines()[["mrr", "list_mrr"]].iloc[0].tolist() == expected


@pytest.mark.parametrize(
    ("switch", "fields"),
    [
        ({"churn_date": "request"}, ("requested",)),
        ({"churn_date": "effective"}, ("effective",)),
        ({"discounts": "list"}, ("list_price",)),
        ({"discounts": "deduct_permanent"}, ("list_price", "discount_kind")),
    ],
)
def test_what_a_ledger_lacks_is_a_warning(switch, fields):
    plain = {"customer": "A", "start_date": "2025-01-01", "mrr": 100}
    book = lines(plain, **switch)
    assert not book.findings.errors  # every row counts, and its figures are those of the default
    assert [f.rule for f in book.findings.warnings] == ["policy-lacks-column"]
    assert list(book.lacking(book.policy).values()) == [fields]
    same = lines(plain)
    assert book.movements().minor.equals(same.movements().minor)


def test_the_dates_of_a_cancellation_are_found_in_a_file_and_told_where_unreadable():
    frame = pd.DataFrame(
        {
            "customer": ["A", "B"],
            "start": ["2024-12-01"] * 2,
            "end": ["2025-06-01"] * 2,
            "canceled_at": ["2025-03-05", "soon"],
            "ended_at": ["2025-06-02", "2025-07-02"],
            "mrr": ["5", "6"],
        }
    )
    book = Ledger.read(frame, as_of="2025-12", currency="EUR")
    assert book.mapping["requested"] == "canceled_at"
    assert book.mapping["effective"] == "ended_at"
    assert "cancellation-date-unreadable" in {f.rule for f in book.findings.warnings}
    assert churn(book.under(Policy(churn_date="request"))) == {"2025-03": -5, "2025-06": -6}
    assert churn(book.under(Policy(churn_date="effective"))) == {"2025-06": -5, "2025-07": -6}


def test_another_policy_leaves_the_ledger_as_it_was():
    book = lines(CANCELLED)
    before = book.movements().minor
    assert churn(book.under(Policy(churn_date="request"))) == {"2025-02": -100.0}
    assert book.policy == Policy()
    assert lines(CANCELLED).movements().minor.equals(before)
    assert churn(book) == {"2025-06": -100.0}


def test_presets_are_policies_with_sources_and_known_formulas():
    assert Policy.presets() == {name: each.policy for name, each in PRESETS.items()}
    for name, each in PRESETS.items():
        assert Policy.preset(name) == each.policy
        assert each.sources
        assert all(page.startswith("https://") for page in each.sources)
        assert {each.nrr, each.grr} - {None} <= set(SPREAD)
    with pytest.raises(UnknownNameError, match="Did you mean 'stripe'"):
        Policy.preset("strip")


def test_a_preset_can_be_named_in_settings_and_changed():
    said = Policy.model_validate({"preset": "maxio", "reactivation_window": None, "gap_days": 2})
    assert said == Policy.preset("maxio").model_copy(
        update={"reactivation_window": None, "gap_days": 2}
    )
    with pytest.raises(ValidationError):
        Policy.model_validate({"preset": "maxio", "no_switch": 1})


def test_a_digest_does_not_change_when_a_switch_is_added():
    """The digest of the defaults as it was before the later switches existed."""
    old = Policy().model_dump(exclude={"churn_date", "discounts", "currency"})
    canonical = json.dumps(old, sort_keys=True, separators=(",", ":")).encode()
    assert Policy().digest == hashlib.sha256(canonical).hexdigest()
    assert len({Policy(discounts=d).digest for d in ("deduct", "deduct_permanent", "list")}) == 3


EXAMPLE = [
    ("A", "2024-12-01", "2025-03-01", 100), ("A", "2025-03-01", "2025-09-01", 150),
    ("A", "2025-09-01", None, 120),
    ("B", "2024-12-01", "2025-04-01", 100), ("B", "2025-04-01", "2025-10-01", 60),
    ("B", "2025-10-01", None, 110),
    ("C", "2024-12-01", "2025-06-01", 100),
    ("D", "2024-12-01", "2025-02-01", 100), ("D", "2025-08-01", None, 80),
    ("E", "2024-06-01", "2024-09-01", 50), ("E", "2025-05-01", None, 50),
    ("F", "2025-07-01", "2025-11-01", 200), ("F", "2025-11-01", None, 260),
]  # fmt: skip
"""Opening A B C D at 100; E had churned before; F is new."""


def test_the_presets_read_the_example_by_their_formulas():
    """All flows with reactivation 105.0, without 72.5, point to point 77.5; flow GRR 32.5."""
    frame = pd.DataFrame(EXAMPLE, columns=["customer", "start_date", "end_date", "mrr"])
    frame["mrr"] *= 100
    book = Ledger.from_lines(frame, as_of="2025-12", currency="USD")
    found = {each.preset: each for each in book.preset_spread()}
    assert list(found) == ["(in force)", *PRESETS]
    assert {each.mrr for each in found.values()} == {620.0}
    shown = {name: (round(100 * e.nrr, 1), round(100 * e.grr, 1)) for name, e in found.items()}
    default = (77.5, 70.0)
    assert shown == {
        "(in force)": default,
        "chartmogul": (105.0, 32.5),
        "baremetrics": (72.5, 70.0),
        "profitwell": default,
        "stripe": default,
        "recurly": default,
        "chargebee": default,
        "maxio": default,
    }
    assert found["stripe"].lacks == {
        "churn_date = effective": ("effective",),
        "discounts = deduct_permanent": ("list_price", "discount_kind"),
    }


def test_the_presets_differ_where_the_ledger_says_more():
    """A paused line of 100, and one cancelled for 31 May that the system ended in July."""
    paused = {"customer": "P", "start_date": "2024-06-01", "mrr": 10_000, "status": "paused"}
    paid = {"customer": "Q", "start_date": "2024-06-01", "mrr": 10_000}
    ended = {**CANCELLED, "effective": "2026-01-02"}
    found = {e.preset: e.mrr for e in lines(paused, paid, ended).preset_spread()}
    assert found == {
        "(in force)": 100, "chartmogul": 300, "baremetrics": 100, "profitwell": 100,
        "stripe": 200, "recurly": 100, "chargebee": 100, "maxio": 300,
    }  # fmt: skip


def test_a_preset_under_which_nothing_pays_is_blank():
    row = {"customer": ["P"], "start_date": ["2025-01-01"], "mrr": [10_000], "status": ["paused"]}
    book = Ledger.from_lines(
        pd.DataFrame(row), as_of="2025-12", currency="EUR", policy=Policy(paused="unchanged")
    )
    found = {each.preset: (each.mrr, each.nrr) for each in book.preset_spread()}
    assert found["(in force)"] == (100, None)
    assert found["profitwell"] == (None, None)
