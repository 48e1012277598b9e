"""Folders, databases and exports on the command line and in a workspace."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pandas as pd
import pytest

from history.synthetic import Simulated
from history.synthetic.exports import export_of

Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def database(billing: Path, tmp_path: Path) -> str:
    """The example company's billing lines in an SQLite database."""
    with sqlite3.connect(tmp_path / "billing.db") as connection:
        pd.read_csv(billing, dtype=str).to_sql("lines", connection, index=False)
    return f"sqlite:///{tmp_path / 'billing.db'}"


def closing_of(result: CompletedProcess[str]) -> list[object]:
    assert result.returncode == 0, result.stderr
    rows = json.loads(result.stdout)["rows"]
    return [row["mrr"] for row in rows if row["movement"] == "closing"]


def test_a_database_a_folder_and_an_export_give_the_history_of_the_file(
    arrcast: Run, billing: Path, database: str, tmp_path: Path, simulated: Simulated
) -> None:
    as_of = ("--as-of", "2026-06", "--json")
    wanted = closing_of(arrcast("history", "--ledger", billing, *as_of))
    assert (
        closing_of(arrcast("history", "--ledger", database, "--table", "lines", *as_of)) == wanted
    )
    query = "SELECT * FROM lines ORDER BY customer_id"
    assert closing_of(arrcast("history", "--ledger", database, "--query", query, *as_of)) == wanted
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "all.csv").write_bytes(billing.read_bytes())
    assert closing_of(arrcast("history", "--ledger", folder, *as_of)) == wanted
    export = tmp_path / "subscriptions.csv"
    export_of(simulated, "2026-06", "stripe-subscriptions").to_csv(export, index=False)
    profile = ("--profile", "stripe-subscriptions")
    assert closing_of(arrcast("history", "--ledger", export, *profile, *as_of)) == wanted


def test_a_workspace_on_a_database_keeps_no_password(
    arrcast: Run, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLING_FILE", str(tmp_path / "billing.db"))
    monkeypatch.setenv("BILLING_URL", database)
    made = arrcast(
        "init", "book", "--ledger", "${BILLING_URL}", "--table", "lines", "--as-of", "2026-06"
    )
    assert made.returncode == 0, made.stderr
    settings = (tmp_path / "book" / "arrcast.yaml").read_text(encoding="utf-8")
    assert "address: ${BILLING_URL}" in settings
    assert "table: lines" in settings
    assert "sqlite" not in settings
    read = arrcast("history", "--workspace", "book", "--json")
    assert len(closing_of(read)) > 12
    said = arrcast("history", "--workspace", "book", "--table", "lines")
    assert said.returncode == 2
    assert "--table: in a workspace arrcast.yaml says" in said.stderr


def test_a_password_in_an_address_goes_into_no_file_and_no_message(
    arrcast: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "postgresql://me:hush@127.0.0.1:1/billing"
    for words in (
        ("init", "book", "--ledger", address, "--table", "lines", "--as-of", "2026-06"),
        ("check", "--ledger", address, "--table", "lines"),
    ):
        refused = arrcast(*words)
        assert refused.returncode == 2
        assert "hush" not in refused.stdout + refused.stderr
    folder = tmp_path / "old"
    folder.mkdir()
    settings = f"company: X\nledger:\n  address: {address}\n  table: lines\n"
    (folder / "arrcast.yaml").write_text(settings, encoding="utf-8")
    refused = arrcast("history", "--workspace", "old")
    assert refused.returncode == 2
    assert "a password stands in the address" in refused.stderr
    assert "hush" not in refused.stdout + refused.stderr


def test_settings_name_one_place(arrcast: Run, tmp_path: Path) -> None:
    (tmp_path / "arrcast.yaml").write_text("company: X\nledger:\n  profile: none\n")
    refused = arrcast("history")
    assert refused.returncode == 2
    assert "write either file or address" in refused.stderr


def test_check_names_the_file_and_writes_rejected_rows_beside_the_folder(
    arrcast: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "billing"
    folder.mkdir()
    header = "customer_id,start,mrr,currency\n"
    (folder / "a.csv").write_text(header + "A,2024-01-01,10,EUR\n")
    (folder / "b.csv").write_text(header + "B,2024-01-01,x,EUR\n")
    checked = arrcast("check", "--ledger", "billing/", "--as-of", "2024-03")
    assert checked.returncode == 1
    assert "b.csv" in checked.stdout
    rejected = pd.read_csv(tmp_path / "billing.rejected.csv")
    assert rejected[["customer_id", "file", "row"]].to_numpy().tolist() == [["B", "b.csv", 2]]
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "b.csv"]


def test_rejected_rows_of_a_database(arrcast: Run, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "billing.db") as connection:
        connection.execute("CREATE TABLE lines (customer_id, start, mrr, currency)")
        connection.execute("INSERT INTO lines VALUES ('A', '2024-01-01', 5, 'EUR'), "
                           "('B', 'soon', 5, 'EUR')")  # fmt: skip
    address = f"sqlite:///{tmp_path / 'billing.db'}"
    checked = arrcast("check", "--ledger", address, "--table", "lines", "--as-of", "2024-03")
    assert checked.returncode == 1
    assert pd.read_csv(tmp_path / "rejected.csv")["row"].tolist() == [3]


def test_settings_that_are_not_used_are_told(arrcast, billing, tmp_path) -> None:
    (tmp_path / "arrcast.yaml").write_text("company: Example\nledger: {file: billing.csv}\n")
    words = ("check", "--ledger", billing, "--as-of", "2026-06", "--currency", "EUR")
    told = arrcast(*words).stderr
    assert "arrcast.yaml here is not used beside --ledger alone; give --workspace ." in told
