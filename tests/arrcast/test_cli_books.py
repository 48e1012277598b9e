"""``arrcast reconcile --crm --accounting``: books by customer beside billing."""

import csv
import json

import pytest


@pytest.fixture
def books(tmp_path):
    (tmp_path / "lines.csv").write_text(
        "customer,start,end,mrr\nA,2026-01-01,,100\nB,2026-01-01,2026-06-11,30\n"
    )
    (tmp_path / "crm.csv").write_text("customer,arr\nA,1200\nB,360\n")
    (tmp_path / "earned.csv").write_text("customer,amount\nA,99.00\nB,10\n")
    return ("--ledger", "lines.csv", "--as-of", "2026-06", "--currency", "EUR")


def test_what_is_explained_ends_with_0(arrcast, books):
    done = arrcast("reconcile", *books, "--crm", "crm.csv", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["schema"], found["ok"], found["month"]) == (
        "arrcast.reconcile-books/1", True, "2026-06",
    )  # fmt: skip
    steps = [(row["step"], row["amount"], row["customers"]) for row in found["rows"]]
    assert steps == [("billing", 100.0, None), ("ended", 30.0, 1), ("crm", 130.0, None)]
    earlier = arrcast("reconcile", *books, "--crm", "crm.csv", "--month", "2026-05")
    assert earlier.returncode == 0


def test_what_is_not_explained_ends_with_1_and_names_its_rows(arrcast, books, tmp_path):
    done = arrcast("reconcile", *books, "--crm", "crm.csv", "--accounting", "earned.csv")
    assert done.returncode == 1
    assert "accounting: -1.00 EUR of it unexplained" in done.stdout
    out = arrcast(
        "reconcile", *books, "--accounting", "earned.csv", "--detail", "customers",
        "--out", "found.csv",
    )  # fmt: skip
    assert out.returncode == 1
    rows = list(csv.DictReader((tmp_path / "found.csv").read_text().splitlines()))
    wrong = next(row for row in rows if row["cause"] == "unexplained")
    assert (wrong["customer"], wrong["rows"], wrong["their_rows"]) == ("A", "2", "2")


def test_calls_that_cannot_be_answered(arrcast, books, tmp_path):
    (tmp_path / "finance.csv").write_text("month,amount\n2026-06,100.00\n")
    for words, said in (
        ((), "say --finance FILE, or --crm FILE"),
        (("--finance", "finance.csv", "--crm", "crm.csv"), "by themselves"),
        (("--crm", "none.csv"), "none.csv"),
        (("--crm", "crm.csv", "--detail", "all"), "steps or customers"),
        (("--crm", "crm.csv", "--month", "2026-07"), "2026-07 lies after"),
    ):
        done = arrcast("reconcile", *books, *words)
        assert done.returncode == 2
        assert said in done.stderr
