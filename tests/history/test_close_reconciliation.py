"""Billing, CRM and accounting side by side at a month's close."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from history import Ledger
from history.errors import InputError

LINES = [
    ("Acme", "2026-01-01", None, 10_000, "recurring", "active"),
    ("Bolt", "2026-01-01", "2026-06-11", 3_000, "recurring", "active"),
    ("Coil", "2026-06-16", None, 6_000, "recurring", "active"),
    ("Dune", "2026-01-01", "2026-09-01", 8_000, "recurring", "cancelled"),
    ("Echo", "2026-02-01", None, 4_000, "recurring", "paused"),
    ("Echo", "2026-02-01", None, 1_000, "recurring", "active"),
    ("Fuse", "2026-08-01", None, 7_000, "recurring", "active"),
    ("Gear", "2026-06-03", "2026-06-04", 5_000, "one_off", "active"),
    ("Gear", "2026-01-01", None, 2_000, "recurring", "active"),
]


def ledger(rows=LINES, as_of="2026-06"):
    names = ["customer", "start_date", "end_date", "mrr", "kind", "status"]
    return Ledger.from_lines(pd.DataFrame(rows, columns=names), as_of=as_of, currency="EUR")


def book(**amounts):
    return pd.DataFrame({"customer": amounts.keys(), "mrr": [str(a) for a in amounts.values()]})


def causes(found, system):
    rows = found.parts[found.parts["system"] == system]
    return {(row.customer, row.cause): row.amount for row in rows.itertuples()}


def check(found):
    """Billing and the causes add up to each system, by customer and in total."""
    for system in found.systems:
        parts = found.parts[found.parts["system"] == system]
        assert found.totals["billing"] + parts["amount"].sum() == found.totals[system]
        each = parts.groupby("customer").agg({"amount": "sum", "difference": "first"})
        assert (each["amount"] == each["difference"]).all()
        table = found.table().query("system == @system")
        assert table["amount"].iloc[:-1].sum() == table["amount"].iloc[-1]


def test_a_crm_is_ahead_of_billing_and_behind_it():
    crm = book(Acme=100, Bolt=30, Dune="0.00", Echo=50, Fuse=70, Gear="71.50")
    found = ledger().reconcile_books(crm=crm)
    check(found)
    assert causes(found, "crm") == {
        ("Bolt", "ended"): 3_000,
        ("Coil", "started"): -6_000,
        ("Dune", "notice given"): -8_000,
        ("Echo", "not counted"): 4_000,
        ("Fuse", "signed, not started"): 7_000,
        ("Gear", "one-off"): 5_000,
        ("Gear", "unexplained"): 150,
    }
    assert not found.ok
    assert found.unexplained("crm") == 150
    rows = found.parts.set_index(["customer", "cause"])
    assert rows.loc[("Echo", "not counted"), ["rows", "their_rows"]].tolist() == ["5", "5"]
    assert "crm: 1.50 EUR of it unexplained" in str(found)


def test_accounting_earns_by_days():
    earned = pd.DataFrame(
        {"client": ["Acme", "Bolt", "Coil", "Dune", "Echo", "Gear"],
         "Revenue": ["100.00", "10.00", "30.00", "80.00", "10.00", "70.00"]}
    )  # fmt: skip
    found = ledger().reconcile_books(accounting=earned)
    check(found)
    assert found.ok
    assert causes(found, "accounting") == {
        ("Bolt", "ended"): 1_000,
        ("Coil", "started"): -3_000,
        ("Gear", "one-off"): 5_000,
    }


def test_a_line_that_does_not_fit_explains_nothing():
    found = ledger().reconcile_books(
        crm=book(Acme=100, Coil=60, Dune=80, Echo=10, Fuse=20, Gear=20)
    )
    assert causes(found, "crm") == {("Fuse", "unexplained"): 2_000}


def test_cents_are_rounding_and_names_are_found_again():
    crm = pd.DataFrame(
        {"account": ["ACME ", "Coil", "Dune", "Echo", "Gear"],
         "arr": ["1200.10", "720", "960", "120", "240"]}
    )  # fmt: skip
    found = ledger().reconcile_books(crm=crm)
    check(found)
    assert found.renamed == (("crm", "ACME", "Acme"),)
    assert causes(found, "crm") == {("Acme", "rounding"): 1}
    assert found.ok


def test_an_earlier_month_and_both_books():
    crm = book(Acme=100, Bolt=30, Dune=80, Echo=10, Gear=20)
    found = ledger().reconcile_books(crm=crm, accounting=crm, at="2026-05")
    assert found.ok
    assert found.parts.empty
    assert dict(found.totals) == {"billing": 24_000, "crm": 24_000, "accounting": 24_000}


def test_files_that_are_no_books(tmp_path):
    for text, said in (
        ("client,amount\nA,1.005\n", "row 2: 1.005 has more decimals than EUR"),
        ('client,amount\nA,"1,200.00"\n', "row 2: '1,200.00' is not an amount"),
        ("client,amount\nA,\n", "row 2: no amount"),
        ("client,amount\n,5\n", "row 2: an amount without a customer"),
        ("client,amount,Currency\nA,5,USD\n", "row 2: is in USD, the ledger in EUR"),
        ("client,colour\nA,red\n", "no column holds the amount"),
        ("when,amount\n2026-01-01,5\n", "no column names the customer"),
    ):
        path = tmp_path / "crm.csv"
        path.write_text(text)
        with pytest.raises(InputError, match=said.replace("(", r"\(")):
            ledger().reconcile_books(crm=path)
    with pytest.raises(InputError, match="nothing to compare"):
        ledger().reconcile_books()
    path.write_text("client;amount\nAcme;100,00\n")
    assert ledger().reconcile_books(crm=path, decimal=",").totals["crm"] == 10_000


names = st.sampled_from(["Acme", "Bolt", "Coil", "Dune", "Echo", "Fuse", "Gear", "New"])


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(names, st.integers(-(10**6), 10**6)), st.sampled_from(["crm", "accounting"]))
def test_any_books_foot(amounts, system):
    frame = pd.DataFrame(
        {"customer": list(amounts), "amount": [f"{a / 100:.2f}" for a in amounts.values()]}
    )
    if amounts:
        check(ledger().reconcile_books(**{system: frame}))
