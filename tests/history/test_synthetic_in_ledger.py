"""The simulated company through the ledger: equal to a plain computation, and back in time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from history import Ledger
from history.synthetic import PRESETS, Simulated, example_company

_NAMES = {
    "customer_id": "customer",
    "subscription_id": "subscription",
    "start": "start_date",
    "end": "end_date",
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def ledger_of(simulated: Simulated, as_of: str) -> Ledger:
    lines = simulated.ledger_frame(as_of)
    months = lines["interval"].map(_MONTHS)
    cents = (lines["amount"] * 100).round().astype("int64")
    clean = lines.rename(columns=_NAMES).assign(
        mrr=np.rint(cents / months).astype("int64"),
        interval_months=months,
        row=np.arange(len(lines)),
    )
    return Ledger.from_lines(
        clean.drop(columns=["amount", "interval"]), as_of=as_of, currency="EUR"
    )


@pytest.fixture(scope="module")
def example() -> Simulated:
    return example_company().generate(7)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_closing_mrr_equals_a_plain_sum_over_lines(name: str) -> None:
    simulated = PRESETS[name]().generate(2)
    movements = ledger_of(simulated, simulated.through).movements()
    movements.verify()
    lines = simulated.lines[simulated.lines["status"] != "paused"]
    mrr = np.rint((lines["amount"] * 100).round() / lines["interval"].map(_MONTHS))
    for month in simulated.months():
        close = pd.Period(month).end_time
        open_then = (lines["start"] <= close) & ~(lines["end"] <= close)
        assert movements.closing_minor(pd.Period(month)) == mrr[open_then].sum()


@pytest.mark.parametrize("month", ["2022-12", "2024-05", "2025-11"])
def test_an_earlier_export_has_the_movements_of_going_back(example: Simulated, month: str) -> None:
    back = ledger_of(example, "2026-06").at(month)
    then = ledger_of(example, month)
    for by in (None, "size"):
        pd.testing.assert_frame_equal(back.movements(by).minor, then.movements(by).minor)
        pd.testing.assert_frame_equal(back.cohorts(by).minor, then.cohorts(by).minor)


def test_notices_and_signed_lines_are_seen(example: Simulated) -> None:
    values = {m.name: m.value for m in ledger_of(example, "2026-06").metrics(12)}
    assert values["cmrr"] != values["mrr"]
    assert 0.85 < (values["nrr"] or 0) < 1.20
