"""Dimensions of customers: attributes from a second file, bands of the first MRR."""

import pandas as pd
import pytest

from history import InputError, Ledger, Policy

LINES = pd.DataFrame(
    {
        "customer": ["A", "A", "B", "C"],
        "start": ["2025-01-01", "2025-03-01", "2025-01-15", "2025-02-01"],
        "end": ["2025-03-01", None, None, "2025-04-01"],
        "mrr": ["50", "700", "100", "499.99"],
    }
)
PEOPLE = pd.DataFrame({"Customer ID": ["A", "B", "X"], "region": ["EU", "US", "EU"]})


def closing(book, by):
    frame = book.movements(by).minor
    last = frame[(frame["movement"] == "closing") & (frame["month"] == "2025-03")]
    return dict(zip(last[by], last["mrr"].astype(int), strict=True))


def read(**more):
    return Ledger.read(LINES, as_of="2025-04", currency="EUR", **more)


def test_attributes_of_customers_are_dimensions_and_what_is_missing_is_told():
    book = read(customers=PEOPLE)
    assert book.dimensions == ("region",)
    assert closing(book, "region") == {"(blank)": 49999, "EU": 70000, "US": 10000}
    assert "customer-without-attributes" in {f.rule for f in book.findings.warnings}
    told = {f.rule: f.value for f in book.findings}
    assert told["customer-without-attributes"] == "1 customer: C"
    assert told["attributes-without-customer"] == "1 customer: X"
    assert book.cohorts("region").minor["customers"].sum() > 0
    assert book.movements().minor.equals(read().movements().minor)
    assert book.under(Policy(same_month="count")).movements("region").by == ("region",)


def test_a_file_of_customers_as_csv(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("customer_id,tier\n A ,gold\nB,\nC,gold\n")
    assert closing(read(customers=path), "tier") == {"(blank)": 10000, "gold": 119999}


def test_a_customer_in_two_rows_and_a_column_of_both_files_are_refused():
    with pytest.raises(InputError, match=r"1 customer in several rows \(A\)"):
        read(customers=pd.DataFrame({"customer": ["A", "A"], "region": ["EU", "US"]}))
    with pytest.raises(InputError, match="also a column of the ledger"):
        read(customers=pd.DataFrame({"customer": ["A"], "status": ["gold"]}))
    with pytest.raises(InputError, match="no column names the customer"):
        read(customers=pd.DataFrame({"colour": ["red"], "tier": ["gold"]}))


def test_bands_are_by_the_first_close_and_sort_by_size():
    book = read(customers=PEOPLE, mrr_bands=("100", "500"))
    assert book.dimensions == ("region", "mrr_band")
    assert book.segments("mrr_band").labels == ["1: below 100", "2: 100 to 500"]
    assert closing(book, "mrr_band") == {"1: below 100": 70000, "2: 100 to 500": 59999}
    assert closing(read(mrr_bands=("20", "40")), "mrr_band") == {"3: from 40": 129999}


@pytest.mark.parametrize("bands", [("500", "100"), ("0", "5"), ("5", "5"), ("many",)])
def test_bands_that_do_not_rise_are_refused(bands):
    with pytest.raises(InputError):
        read(mrr_bands=bands)
