"""What signs the past: reconciliation with finance, and the fingerprint."""

from decimal import Decimal

import pandas as pd
import pytest

from history import InputError, Ledger, Policy


def ledger(rows, as_of="2025-06", currency="EUR", **policy):
    frame = pd.DataFrame(rows, columns=["customer", "start_date", "end_date", "mrr", "plan"])
    return Ledger.from_lines(frame, as_of=as_of, currency=currency, policy=Policy(**policy))


ROWS = [
    ("A", "2025-01-01", None, 10050, "Pro"),
    ("B", "2025-02-01", "2025-05-01", 20000, "Pro"),
    ("C", "2025-06-03", None, 300, "Basic"),
]


def test_reconciliation_to_the_cent():
    book = ledger(ROWS)
    assert book.reconcile({"2025-01": "100.50", "2025-06": "103.50"}).ok
    found = book.reconcile({"2025-05": "100.51", "2025-02": "300.50", "2024-12": "0"})
    assert not found.ok
    assert found.table["month"].astype(str).tolist() == ["2024-12", "2025-02", "2025-05"]
    assert found.table["difference"].tolist() == [Decimal(0), Decimal("0.00"), Decimal("-0.01")]
    assert "1 of 3 months differs" in str(found)
    assert "2 months agree" in str(
        book.reconcile({"2025-01": "100.5", "2025-06": 103 + Decimal("0.5")})
    )


def test_reconciliation_refuses_what_it_cannot_say():
    book = ledger(ROWS)
    with pytest.raises(InputError, match="at least one month"):
        book.reconcile({})
    with pytest.raises(InputError, match="2025-07 lies after"):
        book.reconcile({"2025-07": "1"})
    with pytest.raises(InputError, match="a float is not exact"):
        book.reconcile({"2025-06": 103.5})
    with pytest.raises(InputError, match="more decimals"):
        book.reconcile({"2025-06": "103.501"})


def changed(rows, **policy):
    return ledger(ROWS).fingerprint().changed(ledger(rows, **policy).fingerprint())


def test_a_change_of_the_past_is_found_in_its_month():
    assert changed(ROWS) == []
    assert changed(ROWS[::-1]) == []
    assert changed([*ROWS, ("D", "2025-03-09", None, 1, "Pro")]) == ["2025-03"]
    dearer = [ROWS[0], ("B", "2025-02-01", "2025-05-01", 20001, "Pro"), ROWS[2]]
    assert changed(dearer) == ["2025-02", "2025-05"]
    later = [ROWS[0], ("B", "2025-02-01", "2025-04-30", 20000, "Pro"), ROWS[2]]
    assert changed(later) == ["2025-04", "2025-05"]
    moved = [ROWS[0], ROWS[1], ("C", "2025-06-03", None, 300, "Pro")]
    assert changed(moved) == ["2025-06"]


def test_news_of_later_months_leaves_the_past_alone():
    june = ledger(ROWS).fingerprint()
    ends = [("A", "2025-01-01", "2025-07-15", 10050, "Pro"), *ROWS[1:]]
    july = ledger([*ends, ("E", "2025-07-01", None, 5, "Pro")], as_of="2025-07")
    assert june.changed(july.fingerprint()) == []
    back = july.at("2025-06").fingerprint()
    assert back.months == june.months
    assert back == june
    assert back.digest == june.digest


def test_the_digest_covers_policy_currency_month_and_contracts():
    book = ledger(ROWS)
    assert book.fingerprint().digest == ledger(ROWS).fingerprint().digest
    others = [
        ledger(ROWS, gap_days=1),
        ledger(ROWS, currency="USD"),
        ledger(ROWS, as_of="2025-07"),
        Ledger.from_lines(book.lines().assign(interval_months=12), as_of="2025-06", currency="EUR"),
    ]
    assert book.fingerprint().digest not in {other.fingerprint().digest for other in others}
    assert book.fingerprint().policy == Policy().digest
