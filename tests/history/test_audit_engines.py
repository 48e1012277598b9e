"""The audit says the same wherever the lines live."""

import pytest
from engines_help import engine_of, fresh_duck, put
from pandas.testing import assert_frame_equal

from history import Ledger
from history.synthetic import FAULTS, mixed, with_faults

TYPES = {"start": "date", "end": "date", "term_end": "date"}


@pytest.fixture(scope="module")
def spoilt():
    """A third of a company's customers, one in twenty with a fault."""
    lines = mixed().generate(seed=6).lines
    lines = lines[lines["customer_id"].str[-1].isin(list("036"))]
    kinds = [kind for kind in FAULTS if kind != "currency-mix"]
    return with_faults(lines, as_of="2026-06", seed=6, share=0.005, kinds=kinds)[0]


def audited(engine, place, lines):
    put(engine, place, "billing", lines, TYPES)
    ledger = Ledger.on(engine_of(engine, place), "billing", as_of="2026-06", currency="EUR")
    return ledger.audit()


@pytest.fixture(scope="module")
def by_duck(spoilt):
    return audited("duck", fresh_duck(), spoilt)


def test_postgres_finds_the_same(postgres, spoilt, by_duck):
    assert len(set(by_duck.found["rule"])) >= 10
    postgres.new_database("audit")
    with postgres.connect("audit") as connection:
        assert_frame_equal(by_duck.found, audited("postgres", connection, spoilt).found)


def test_spark_finds_the_same(spark, spoilt, by_duck):
    assert_frame_equal(by_duck.found, audited("spark", spark, spoilt).found)
