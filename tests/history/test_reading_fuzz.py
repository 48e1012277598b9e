"""Damaged files of every kind: lines, rejected rows, findings or a clear refusal; nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from damage import ROWS, odd_rows, sound, spoiled, spoiled_parts, text_of, workbook_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from reading_help import read

from history import Ledger
from history.errors import ArrcastError
from history.reading import Reading

KINDS = {
    "csv": "a.csv",
    "utf16": "a.csv",
    "cp1252": "a.csv",
    "semicolon": "a.csv",
    "csv.gz": "a.csv.gz",
    "xlsx": "a.xlsx",
    "parquet": "a.parquet",
}
fuzz = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def survives(path: Path, content: bytes) -> None:
    """Read a file: nothing is lost, or the refusal names it."""
    path.write_bytes(content)
    try:
        reading, lines = read(path, currency="EUR")
    except ArrcastError as error:
        refusal = str(error)
    else:
        refusal = ""
        nothing_is_lost(reading, lines)
    assert not refusal or path.name in refusal


def nothing_is_lost(reading: Reading, lines: pd.DataFrame) -> None:
    """Every row is a line, or rejected with a reason, or said to be blank."""
    kept = set(lines["row"])
    left_out = set(reading.rejected["row"])
    assert (reading.rejected["reason"] != "").all()
    if reading.last_month is None and not reading.invoices:
        assert len(kept) == len(lines)
        assert not kept & left_out
        blank = {f.row for f in reading.findings if f.rule == "blank-row"}
        every = kept | left_out | blank
        assert every == set(range(min(every), max(every) + 1))


def as_a_ledger(path: Path) -> None:
    """Read a ledger and ask it everything that reads cells."""
    try:
        ledger = Ledger.read(path, currency="EUR")
        for by in (None, *ledger.dimensions):
            ledger.movements(by).verify()
        assert len(ledger.lines()) <= len(ROWS) * 10
    except ArrcastError as error:
        refusal = str(error).strip()
    else:
        refusal = "none"
    assert refusal


@pytest.mark.parametrize("kind", KINDS)
@fuzz
@given(data=st.data())
def test_damaged_bytes(tmp_path, kind, data):
    survives(tmp_path / KINDS[kind], data.draw(spoiled(sound(kind))))


@fuzz
@given(
    odd_rows(),
    st.sampled_from(",;\t|"),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "cp1252"]),
)
@example([*ROWS, ["F", "2024-01-01", "", "x" * 140_000, "month", "EUR", ""]], ",", True, "utf-8")
@example(
    [*ROWS, ["\ufeff\0", "0000-00-00", "\u202e", "9" * 45, "P1M", "€", "😀"]], ";", False, "utf-8"
)
def test_odd_cells_of_text(tmp_path, rows, delimiter, quote, encoding):
    survives(tmp_path / "a.csv", text_of(rows, delimiter, quote).encode(encoding, "replace"))


@fuzz
@given(odd_rows())
def test_odd_cells_of_a_workbook(tmp_path, rows):
    survives(tmp_path / "a.xlsx", workbook_of(rows))


@fuzz
@given(spoiled_parts(sound("xlsx")))
def test_damaged_parts_of_a_workbook(tmp_path, content):
    survives(tmp_path / "a.xlsx", content)


@pytest.mark.parametrize("kind", ["cp1252", "xlsx", "parquet"])
@settings(fuzz, max_examples=4)
@given(data=st.data())
def test_damaged_ledgers_answer_or_are_refused(tmp_path, kind, data):
    path = tmp_path / KINDS[kind]
    path.write_bytes(data.draw(spoiled(sound(kind))))
    as_a_ledger(path)


@settings(fuzz, max_examples=4)
@given(st.data())
def test_a_folder_with_a_damaged_file_names_it(tmp_path, data):
    folder = tmp_path / "parts"
    folder.mkdir(exist_ok=True)
    (folder / "1.csv").write_bytes(sound("csv"))
    (folder / "2.parquet").write_bytes(data.draw(spoiled(sound("parquet"))))
    try:
        reading, _ = read(folder, currency="EUR")
    except ArrcastError as error:
        said = str(error)
    else:
        said = " ".join(f"{finding.file} {finding.value}" for finding in reading.findings)
    assert "2.parquet" in said


def test_a_parquet_file_that_stops_the_engine_is_refused(tmp_path):
    """Some damage ends DuckDB with an error that no later statement survives."""
    content = sound("parquet")
    path = tmp_path / "a.parquet"
    for at in range(30, 150, 30):
        path.write_bytes(content[:at] + b"\xff" + content[at + 1 :])
        as_a_ledger(path)


@pytest.mark.parametrize(
    ("kind", "cut"), [("csv", 60), ("csv.gz", 60), ("xlsx", 2_000), ("parquet", 300), ("utf16", 3)]
)
def test_check_ends_with_an_exit_code(tmp_path, monkeypatch, capsys, kind, cut):
    from arrcast.__main__ import main

    path = tmp_path / KINDS[kind]
    path.write_bytes(sound(kind)[:cut])
    monkeypatch.setattr("sys.argv", ["arrcast", "check", "--ledger", str(path), "--currency=EUR"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert path.name in capsys.readouterr().err
