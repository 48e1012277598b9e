"""``arrcast renewals``: the schedule, its history, and the MRR of the months ahead."""

import json

import pandas as pd


def test_schedule_as_json_and_as_a_file(arrcast, billing, tmp_path):
    options = ["--ledger", billing, "--as-of", "2026-06", "--by", "size"]
    found = arrcast("renewals", *options, "--json", "--months", 6)
    assert found.returncode == 0, found.stderr
    document = json.loads(found.stdout)
    assert document["schema"] == "arrcast.renewals/1"
    assert len(document["rows"]) == 6 * 4
    assert len(document["largest"]) == 10
    assert document["rates"][-1]["size"] == document["rates"][-1]["term"] == "total"
    written = arrcast("renewals", *options, "--out", tmp_path / "due.csv")
    assert written.returncode == 0, written.stderr
    table = pd.read_csv(tmp_path / "due.csv")
    total = table[table["size"] == "total"].set_index("month")["mrr"]
    months = {row["month"]: row["mrr"] for row in document["rows"] if row["size"] == "total"}
    assert {month: total[month] for month in months} == months


def test_history_and_future(arrcast, billing):
    options = ["--ledger", billing, "--as-of", "2026-06"]
    history = json.loads(arrcast("renewals", *options, "--history", "--json").stdout)
    assert set(history["rows"][0]) == {
        "month", "term", "outcome", "customers", "mrr", "renewed_mrr",
    }  # fmt: skip
    future = json.loads(arrcast("renewals", *options, "--future", "--json").stdout)
    september = {row["part"]: row["mrr"] for row in future["rows"] if row["month"] == "2026-09"}
    assert round(september["secured"] + september["unsecured"], 2) == september["cmrr"]
    assert "secured" in arrcast("renewals", *options, "--future").stdout
    assert "net_renewal" in arrcast("renewals", *options).stdout
    both = arrcast("renewals", *options, "--future", "--history")
    assert both.returncode == 2
    assert "one at a time" in both.stderr
