"""A ledger whose lines are written to a file and read again is the same ledger."""

from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest
import slow_ledger as slow
from hypothesis import assume, given
from pandas.testing import assert_frame_equal
from test_history_properties import AS_OF, examples, ledgers

from history import InputError, Ledger

NAMES = {"A": "Ärger & Söhne", "B": 'B "the" Co, Inc.', "C": "007", "D": "D;\nE", "E": "É"}
COLUMNS = {
    "customer": "customer_id",
    "subscription": "subscription_id",
    "start_date": "start",
    "end_date": "end",
    "interval_months": "interval",
}


def ledger_of(lines):
    """A ledger of what was known at its close, with names that are hard to write."""
    known = [line for line in lines if line.start <= slow.close_of(AS_OF)]
    named = [replace(line, customer=NAMES.get(line.customer, line.customer)) for line in known]
    frame = slow.frame(named)
    frame["subscription"] = [f"{at:03}" for at in range(len(frame))]
    try:
        return Ledger.from_lines(frame, as_of=AS_OF, currency="EUR")
    except InputError:
        assume(False)


def billing_of(ledger):
    """The ledger's lines as a billing system exports them: amounts in major units."""
    lines = ledger.lines().rename(columns=COLUMNS)
    lines["mrr"] = [Decimal(int(minor)) / 100 for minor in lines["mrr"]]
    told = [*COLUMNS.values(), "mrr", "term_end", "kind", "status", "currency", "plan"]
    return lines[told]


def write(billing, path):
    match path.suffix:
        case ".csv":
            billing.to_csv(path, index=False)
        case ".xlsx":
            billing.to_excel(path, index=False)
        case ".parquet":
            typed = billing.astype({"mrr": float})
            with duckdb.connect() as connection:
                connection.register("typed", typed)
                connection.execute(f"COPY typed TO '{path}' (FORMAT parquet)")


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
@examples(4)
@given(lines=ledgers)
def test_a_ledger_written_and_read_again_is_the_same(tmp_path_factory, ending, lines):
    ledger = ledger_of(lines)
    path = tmp_path_factory.getbasetemp() / f"written.{ending}"
    write(billing_of(ledger), path)
    again = Ledger.read(path, as_of=AS_OF)
    assert again.rejected.empty
    assert again.dimensions == ledger.dimensions == ("plan",)
    assert again.fingerprint() == ledger.fingerprint()
    assert_frame_equal(again.customer_movements(), ledger.customer_movements())
    assert_frame_equal(again.movements("plan").minor, ledger.movements("plan").minor)
    assert_frame_equal(again.cohorts("plan").minor, ledger.cohorts("plan").minor)
