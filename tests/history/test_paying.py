"""Who pays today adds up to the closing."""

import pandas as pd

from history import Ledger


def test_who_pays_adds_up_to_the_closing_of_each_segment(example_ledger):
    paying = example_ledger.paying("size")
    closing = example_ledger.movements("size")
    assert (paying["mrr"] > 0).all()
    total = int(paying["mrr"].sum())
    assert total == closing.closing_minor(example_ledger.as_of)
    by_segment = paying.groupby("segment")["mrr"].sum()
    last = closing.minor.query("movement == 'closing'").groupby("size")["mrr"].last()
    assert by_segment.tolist() == last.tolist()
    assert paying["customer"].is_monotonic_increasing


def test_currencies_stand_apart_at_the_last_rates(tmp_path):
    lines = tmp_path / "lines.csv"
    lines.write_text(
        "customer_id,start,end,mrr,currency\nA,2025-01-01,,100,EUR\nB,2025-01-05,,200,USD\n"
        "B,2025-02-10,,50,USD\nC,2025-01-01,2025-03-10,1000,JPY\n"
    )
    rates = pd.DataFrame(
        {"month": ["2025-03", "2025-03"], "currency": ["USD", "JPY"], "rate": [0.92, 0.0061]}
    )
    ledger = Ledger.read(lines, as_of="2025-03", currency="EUR", fx=rates)
    found = ledger.paying()
    assert found[["customer", "currency", "mrr"]].to_numpy().tolist() == [
        ["A", "EUR", 10_000],
        ["B", "USD", 23_000],
    ]
