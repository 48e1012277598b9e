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


def test_layers_and_retention_adjusted_arr(arrcast, billing):
    options = ["--ledger", billing, "--as-of", "2026-06", "--json"]
    found = arrcast("forecast", *options, "--layers", "--months", 2, "--paths", 200)
    rows = json.loads(found.stdout)["rows"]
    assert [row["layer"] for row in rows[:5]] == [
        "under_contract", "under_notice", "at_risk", "at_will", "not_sold",
    ]  # fmt: skip
    assert len(rows) == 10
    metrics = json.loads(arrcast("metrics", *options, "--retention-adjusted").stdout)["metrics"]
    value = {metric["name"]: metric["value"] for metric in metrics}
    low, high = (value[f"retention_adjusted_arr_{name}"] for name in ("p10", "p90"))
    assert low < value["retention_adjusted_arr"] < high
    assert 0.7 < value["retention_adjusted_arr"] / value["arr"] < 1.3
