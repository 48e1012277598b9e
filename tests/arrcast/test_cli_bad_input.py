"""What is wrong with the input is said in sentences with rows; never a traceback."""

import gzip
import json
from pathlib import Path

import pytest

HEADER = "customer_id,start,end,amount,interval,currency\n"
GOOD = "A,2024-01-01,,100.00,month,EUR\n"
MANY = "".join(f"C{i},2024-{i % 12 + 1:02d}-01,,10{i}.00,month,EUR\n" for i in range(30))

# name -> (content, exit code of history, words that standard error must hold)
CASES: dict[str, tuple[bytes, int, tuple[str, ...]]] = {
    "empty.csv": (b"", 2, ("empty",)),
    "header-only.csv": (HEADER.encode(), 2, ("row",)),
    "one-customer.csv": ((HEADER + GOOD).encode(), 0, ()),
    "all-churned.csv": ((HEADER + "A,2024-01-01,2024-03-01,100,month,EUR\n").encode(), 0, ()),
    "future.csv": ((HEADER + GOOD + "B,2031-01-01,,50,month,EUR\n").encode(), 0, ()),
    "end-before-start.csv": (
        (HEADER + GOOD + "B,2024-05-01,2024-02-01,50,month,EUR\n").encode(),
        0,
        ("row 3", "end"),
    ),
    "negative.csv": ((HEADER + GOOD + "A,2024-02-01,,-20,month,EUR\n").encode(), 0, ("row 3",)),
    "zero.csv": ((HEADER + GOOD + "B,2024-02-01,,0,month,EUR\n").encode(), 0, ()),
    "unknown-currency.csv": (
        (HEADER + GOOD + "B,2024-02-01,,50,month,XQX\n").encode(),
        0,
        ("row 3", "XQX"),
    ),
    "two-currencies.csv": (
        (HEADER + GOOD + "B,2024-02-01,,50,month,USD\n").encode(),
        2,
        ("USD", "fx"),
    ),
    "nan.csv": ((HEADER + GOOD + "B,2024-02-01,,NaN,month,EUR\n").encode(), 0, ("row 3",)),
    "infinite.csv": ((HEADER + GOOD + "B,2024-02-01,,inf,month,EUR\n").encode(), 0, ("row 3",)),
    "long-name.csv": ((HEADER + GOOD + f"{'x' * 200},2024-02-01,,5,month,EUR\n").encode(), 0, ()),
    "latin.csv": (
        (HEADER + GOOD + "Société,2024-02-01,,50,month,EUR\n").encode("cp1252"),
        0,
        ("3",),
    ),
    "text.xlsx": ((HEADER + GOOD).encode(), 2, ("xlsx",)),
    "zipped.csv": (b"PK\x03\x04" + b"\x00" * 60, 2, ("csv",)),
    "plain.csv.gz": ((HEADER + GOOD).encode(), 2, ("gz",)),
    "text.parquet": ((HEADER + GOOD).encode(), 2, ("parquet",)),
    "ragged.csv": ((HEADER + GOOD + "B,2024-02-01\n").encode(), 0, ("row 3",)),
}


@pytest.mark.parametrize("name", CASES)
def test_history_on_bad_input(arrcast, tmp_path: Path, name: str) -> None:
    content, code, words = CASES[name]
    (tmp_path / name).write_bytes(content)
    result = arrcast(
        "history", "--ledger", name, "--as-of", "2024-06", "--currency", "EUR", "--json"
    )
    assert "Traceback" not in result.stderr
    assert result.returncode == code, result.stderr
    for word in words:
        assert word in result.stderr
    if code == 0:
        document = json.loads(result.stdout)
        assert document["schema"] == "arrcast.history/1"
        assert {row["movement"] for row in document["rows"]} >= {"opening", "closing"}
    else:
        assert result.stdout == ""
        assert result.stderr.startswith("error: ")


def test_one_month_of_history_has_a_closing_and_blanks(arrcast, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text(HEADER + GOOD, encoding="utf-8")
    result = arrcast("history", "--ledger", "one.csv", "--as-of", "2024-01", "--json")
    rows = {row["movement"]: row for row in json.loads(result.stdout)["rows"]}
    assert rows["closing"]["mrr"] == 100.0
    assert rows["opening"]["mrr"] is None
    assert rows["new"]["mrr"] is None


@pytest.mark.parametrize("command", ["forecast", "backtest"])
def test_too_little_history_for_a_forecast_is_said(arrcast, tmp_path: Path, command: str) -> None:
    (tmp_path / "one.csv").write_text(HEADER + GOOD, encoding="utf-8")
    result = arrcast(command, "--ledger", "one.csv", "--as-of", "2024-01", "--json")
    assert result.returncode == 2
    assert "month" in result.stderr
    assert "Traceback" not in result.stderr


def test_check_ends_with_1_when_it_finds_something_and_keeps_the_rejected_rows(
    arrcast, tmp_path: Path
) -> None:
    bad = "=cmd(),2024-05-01,2024-02-01,50,month,EUR\n"
    (tmp_path / "b.csv").write_text(HEADER + GOOD + bad, encoding="utf-8")
    result = arrcast("check", "--ledger", "b.csv", "--as-of", "2024-06", "--json")
    assert result.returncode == 1
    findings = json.loads(result.stdout)["findings"]
    assert any(found["row"] == 3 and found["severity"] == "error" for found in findings)
    rejected = (tmp_path / "b.csv.rejected.csv").read_text(encoding="utf-8")
    assert "'=cmd()" in rejected


def test_check_of_a_sound_file_ends_with_0(arrcast, tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text(HEADER + MANY, encoding="utf-8")
    result = arrcast("check", "--ledger", "g.csv", "--as-of", "2025-01")
    assert result.returncode == 0, result.stdout


def test_a_reconciliation_that_differs_ends_with_1(arrcast, tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text(HEADER + GOOD, encoding="utf-8")
    call = ["check", "--ledger", "g.csv", "--as-of", "2024-06", "--closing"]
    assert arrcast(*call, "2024-06=100.00").returncode == 0
    assert arrcast(*call, "2024-06=100.01").returncode == 1


def test_nothing_is_overwritten_without_force(arrcast, tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text(HEADER + MANY, encoding="utf-8")
    call = ["history", "--ledger", "g.csv", "--as-of", "2025-01", "--out", "h.csv"]
    assert arrcast(*call).returncode == 0
    first = (tmp_path / "h.csv").read_bytes()
    refused = arrcast(*call)
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert arrcast(*call, "--force").returncode == 0
    assert (tmp_path / "h.csv").read_bytes() == first
    assert first.decode().splitlines()[0] == "month,movement,customers,mrr"


def test_a_gzipped_csv_is_read(arrcast, tmp_path: Path) -> None:
    (tmp_path / "g.csv.gz").write_bytes(gzip.compress((HEADER + MANY).encode()))
    assert arrcast("history", "--ledger", "g.csv.gz", "--as-of", "2025-01").returncode == 0


def test_an_unknown_segment_column_is_answered_with_the_nearest(arrcast, tmp_path: Path) -> None:
    text = "customer_id,start,end,amount,interval,currency,size\nA,2024-01-01,,1,month,EUR,S\n"
    (tmp_path / "g.csv").write_text(text, encoding="utf-8")
    result = arrcast("history", "--ledger", "g.csv", "--as-of", "2024-06", "--by", "sise")
    assert result.returncode == 2
    assert "size" in result.stderr
