"""A folder of files of one shape: their union, every row named by its file."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from reading_help import found, read

from history import InputError, Ledger

HEADER = "customer_id,start,end,mrr,currency\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "billing"
    inner.mkdir()
    return inner


def put(folder: Path, name: str, text: str) -> None:
    data = text.encode()
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)


def test_a_folder_of_parts_equals_the_file(
    folder: Path, billing: Path, example_ledger: Ledger
) -> None:
    lines = billing.read_text().splitlines(keepends=True)
    half = len(lines) // 2
    put(folder, "a.csv", "".join(lines[:half]))
    put(folder, "b.csv.gz", lines[0] + "".join(lines[half:]))
    ledger = Ledger.read(folder, as_of="2026-06")
    assert ledger.movements("size").minor.equals(example_ledger.movements("size").minor)
    assert ledger.fingerprint() == example_ledger.fingerprint()


def test_files_of_every_kind_are_united_by_the_names_of_their_columns(folder: Path) -> None:
    put(folder, "a.csv", HEADER + "A,2024-01-01,,10.00,EUR\n")
    frame = pd.DataFrame(
        {
            "mrr": [20.5],
            "customer_id": ["B"],
            "start": [pd.Timestamp("2024-02-01")],
            "currency": ["EUR"],
            "end": [pd.NaT],
        }
    )
    frame.to_excel(folder / "b.xlsx", index=False)
    put(folder, "c.csv", "Customer ID;Start;MRR;Currency;End\nC;2024-03-01;30,25;EUR;\n")
    reading, lines = read(folder)
    assert lines[["customer", "mrr"]].to_numpy().tolist() == [["A", 1000], ["B", 2050], ["C", 3025]]
    notes = [(f.value, f.action) for f in reading.findings if f.rule == "folder-file"]
    assert notes == [(n, "1 row read") for n in ("a.csv", "b.xlsx", "c.csv")]
    spelled = [f.action for f in reading.findings if f.rule == "folder-columns"]
    assert "'Customer ID' in c.csv read as 'customer_id'" in spelled


def test_a_folder_of_parquet_as_spark_writes_it(folder: Path) -> None:
    frame = pd.DataFrame({"customer_id": ["A", "B"], "start": pd.Timestamp("2024-01-01"),
                          "mrr": [10.5, 20.25], "currency": "EUR"})  # fmt: skip
    for number in range(2):
        part = frame.iloc[number : number + 1]
        connection = duckdb.connect()
        connection.register("part", part)
        name = folder / f"part-{number}.snappy.parquet"
        connection.execute(f"COPY part TO '{name}' (FORMAT parquet)")
    put(folder, "_SUCCESS", "")
    reading, lines = read(folder)
    assert lines[["customer", "mrr", "row"]].to_numpy().tolist() == [
        ["A", 1050, 1_000_000_002],
        ["B", 2025, 2_000_000_002],
    ]
    assert not reading.findings.warnings


def test_rows_are_numbered_in_their_file(folder: Path) -> None:
    put(folder, "a.csv", HEADER + "A,2024-01-01,,10,EUR\n,2024-01-01,,10,EUR\n")
    put(folder, "b.csv", HEADER + "B,2024-01-01,,10,EUR\nC,2024-13-01,,10,EUR\n")
    put(folder, "c.csv", HEADER + "D,2024-01-01,,10,EUR\nE,2024-01-01,,10\n")
    reading, lines = read(folder)
    assert sorted(lines["customer"]) == ["A", "B", "D"]
    errors = [(f.file, f.row, f.rule) for f in reading.findings.errors]
    assert errors == [
        ("a.csv", 3, "customer-blank"),
        ("b.csv", 3, "date-impossible"),
        ("c.csv", 3, "ragged-row"),
    ]
    rejected = reading.rejected
    assert rejected[["file", "row"]].to_numpy().tolist() == [
        ["a.csv", 3],
        ["b.csv", 3],
        ["c.csv", 3],
    ]
    assert rejected["start"].tolist() == ["2024-01-01", "2024-13-01", "2024-01-01"]
    said = str(reading.findings)
    assert "row 3 in b.csv: The day does not exist" in said
    frame = reading.findings.frame()
    assert frame.loc[frame["severity"] == "error", "file"].tolist() == ["a.csv", "b.csv", "c.csv"]


def test_rows_within_texts_name_their_file(folder: Path) -> None:
    first = "subscription_id," + HEADER
    put(folder, "a.csv", first + "S1,A,2024-01-01,,10,EUR\nS2,A,2024-01-01,,1700000000,EUR\n")
    put(folder, "b.csv", first + "S1,A,2024-01-01,,10,EUR\nS4,A,2024-01-01,,7,EUR\n")
    reading, _ = read(folder)
    twice = next(f for f in reading.findings if f.rule == "duplicate")
    assert (twice.file, twice.row, twice.action) == (
        "b.csv", 2, "row left out; equals row 2 of a.csv",
    )  # fmt: skip
    assert reading.rejected["reason"].tolist() == ["duplicate of row 2 of a.csv"]
    overlap = next(f for f in reading.findings if f.rule == "overlap")
    assert overlap.value == "2 lines of 1 customer: rows 3 of a.csv, 3 of b.csv"


def test_a_refusal_names_the_rows_of_its_files(folder: Path) -> None:
    put(folder, "a.csv", HEADER + "A,13/01/2024,,10,EUR\n")
    put(folder, "b.csv", HEADER + "B,01/13/2024,,10,EUR\n")
    with pytest.raises(InputError, match=r"row 2 of a\.csv \('13/01/2024'\).*row 2 of b\.csv"):
        read(folder)


def test_missing_columns_are_reported(folder: Path) -> None:
    put(folder, "a.csv", "customer_id,start,mrr,currency,region\nA,2024-01-01,10,EUR,EU\n")
    put(folder, "b.csv", "customer_id,start,mrr,currency,plan\nB,2024-01-01,10,EUR,Pro\n")
    reading, lines = read(folder)
    assert lines[["region", "plan"]].fillna("").to_numpy().tolist() == [["EU", ""], ["", "Pro"]]
    assert [(f.column, f.action) for f in reading.findings if f.rule == "folder-columns"] == [
        ("region", "read as blank in b.csv"),
        ("plan", "read as blank in a.csv"),
    ]


def test_what_changes_nothing_is_said(folder: Path) -> None:
    put(folder, "a.csv", HEADER + "A,2024-01-01,,10,EUR\n")
    put(folder, "copy of a.csv", HEADER + "A,2024-01-01,,10,EUR\n")
    put(folder, "empty.csv", "")
    put(folder, "header.csv", HEADER)
    put(folder, "notes.docx", "x")
    put(folder, ".hidden.csv", "x")
    put(folder, "_SUCCESS", "")
    (folder / "older").mkdir()
    reading, lines = read(folder)
    assert lines["mrr"].sum() == 1000
    assert found(reading, "folder-twice") == [(None, "", "copy of a.csv")]
    assert found(reading, "folder-empty") == [(None, "", "empty.csv"), (None, "", "header.csv")]
    assert found(reading, "folder-other") == [(None, "", "notes.docx"), (None, "", "older")]


def test_tables_of_different_kinds_are_refused(folder: Path) -> None:
    put(folder, "a.csv", HEADER + "A,2024-01-01,,10,EUR\n")
    put(folder, "people.csv", "customer_id,name,city,street\nA,Ann,Bonn,x\n")
    with pytest.raises(InputError, match=r"people\.csv and a\.csv are tables of different kinds"):
        read(folder)


def test_a_damaged_file_is_not_passed_over(folder: Path) -> None:
    put(folder, "a.csv", HEADER + "A,2024-01-01,,10,EUR\n")
    (folder / "b.csv.gz").write_bytes(gzip.compress(b"customer_id,start\n" * 99)[:-9])
    with pytest.raises(InputError, match=r"in the folder billing: b\.csv\.gz is damaged"):
        read(folder)


def test_folders_without_a_table(folder: Path) -> None:
    with pytest.raises(InputError, match="has no table in it"):
        read(folder)
    put(folder, "a.csv", HEADER)
    with pytest.raises(InputError, match="has no table in it"):
        read(folder)


def test_a_named_column_that_only_one_file_has(folder: Path) -> None:
    put(folder, "a.csv", "who,start,mrr,currency\nA,2024-01-01,10,EUR\n")
    put(folder, "b.csv", "who,start,mrr,currency,until\nB,2024-01-01,10,EUR,2024-03-01\n")
    _, lines = read(folder, columns={"customer_id": "who", "end": "until"})
    assert lines["end_date"].notna().tolist() == [False, True]
