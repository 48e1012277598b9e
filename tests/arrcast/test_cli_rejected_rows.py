"""Every row of a damaged file is counted in a ledger, or told of as an error and written apart."""

import csv
import json

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from history import Ledger

NAMES = ("customer_id", "subscription_id", "start", "end", "amount", "interval", "currency")
CELLS = {
    "customer-blank": ("customer_id", ["", " "]),
    "date-blank": ("start", [""]),
    "date-unreadable": ("start", ["soon", "2024-1-1-1", "#REF!"]),
    "date-impossible": ("start", ["2024-02-30", "2023-02-29", "2024-13-01"]),
    "date-out-of-range": ("start", ["1969-12-31", "2200-01-01"]),
    "end-before-start": ("end", ["2023-12-31", "1999-01-01"]),
    "amount-blank": ("amount", [""]),
    "amount-unreadable": ("amount", ["tbd", "1.2.3", "#REF!"]),
    "amount-out-of-range": ("amount", ["10000000000000", "-99999999999999999999"]),
    "interval-blank": ("interval", [""]),
    "interval-unreadable": ("interval", ["purple", "-1", "1.5", "0"]),
    "currency-unknown": ("currency", ["XQZ", "Euros!"]),
}
sound_rows = st.builds(
    lambda customer, start, months, amount, interval: {
        "customer_id": customer,
        "start": start.strftime("%Y-%m-%d"),
        "end": (start + pd.DateOffset(months=months)).strftime("%Y-%m-%d") if months else "",
        "amount": f"{amount / 100:.2f}",
        "interval": interval,
        "currency": "EUR",
    },
    st.sampled_from(["Acme", "Bö, Inc.", 'C "x"', "007"]),
    st.dates(pd.Timestamp("2024-01-01").date(), pd.Timestamp("2025-06-30").date()),
    st.integers(0, 14),
    st.integers(1_000, 10**7),
    st.sampled_from(["month", "year", "quarter"]),
)


@st.composite
def damaged_rows(draw):
    """A row with one or two cells that no line can have, and the rules that they break."""
    row, broken = draw(sound_rows), draw(st.lists(st.sampled_from(sorted(CELLS)), max_size=2))
    columns = [CELLS[rule][0] for rule in broken]
    broken = [rule for at, rule in enumerate(broken) if columns.index(columns[at]) == at]
    for rule in broken:
        column, cells = CELLS[rule]
        row = row | {column: draw(st.sampled_from(cells))}
    if {"end-before-start"} < {*broken} and "start" in columns:
        broken.remove("end-before-start")  # there is no start that it could lie before
    return row, broken


@st.composite
def files(draw):
    """Rows, some of them damaged or delivered twice, and one that always pays."""
    rows = draw(st.lists(damaged_rows(), min_size=1, max_size=30))
    rows.append((draw(sound_rows) | {"start": "2024-01-31", "end": ""}, []))
    rows = [(row | {"subscription_id": f"S{at}"}, broken) for at, (row, broken) in enumerate(rows)]
    again = draw(st.lists(st.sampled_from([row for row, broken in rows if not broken])))
    return [*rows, *[(row, ["duplicate"]) for row in again]]


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(rows=files())
def test_no_row_is_lost_and_each_rejected_one_is_told(run_arrcast, tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("rejected")
    path = folder / "billing.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, NAMES)
        writer.writeheader()
        writer.writerows(row for row, _ in rows)
    wanted = {at: broken for at, (_, broken) in enumerate(rows, 2) if broken}

    ledger = Ledger.read(path, as_of="2025-12")
    assert [*ledger.rejected["row"]] == [*wanted]
    assert {*ledger.lines()["row"]} == {*range(2, len(rows) + 2)} - {*wanted}

    told = run_arrcast("check", "--ledger", path, "--as-of", "2025-12", "--json", folder=folder)
    errors = [each for each in json.loads(told.stdout)["findings"] if each["severity"] == "error"]
    by_row = {row: {each["rule"] for each in errors if each["row"] == row} for row in wanted}
    assert {each["row"] for each in errors} == {*wanted}
    assert by_row == {row: {*broken} for row, broken in wanted.items()}
    assert told.returncode == (1 if wanted else 0), told.stdout

    kept_apart = folder / "billing.csv.rejected.csv"
    assert kept_apart.exists() == bool(wanted)
    if wanted:
        written = pd.read_csv(kept_apart, dtype=str, keep_default_na=False)
        assert [*written["row"].astype(int)] == [*wanted]
        assert (written["reason"] != "").all()
        shown = [[row[name] for name in NAMES] for row, broken in rows if broken]
        cells = written[[*NAMES]].replace("^'(?=-)", "", regex=True)  # lest it be a formula
        assert cells.to_numpy().tolist() == shown
    alone = pd.DataFrame([row for row, broken in rows if not broken], columns=NAMES)
    assert_frame_equal(
        Ledger.read(alone, as_of="2025-12", currency="EUR").movements().minor,
        ledger.movements().minor,
    )
