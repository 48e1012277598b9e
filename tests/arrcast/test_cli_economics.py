"""``arrcast economics`` on a scenario file and on a workspace."""

import json


def test_unit_economics_of_scenarios_from_files(arrcast, billing, tmp_path):
    (tmp_path / "team.yaml").write_text(
        "name: Team\n"
        "costs: {sales_and_marketing: 120000, other: 250000, gross_margin: 0.8}\n"
        "changes:\n"
        "  - {lever: sales_capacity, reps: 8, hires: {2026-09: 2}, cost: 120000}\n"
    )
    words = ["economics", "--ledger", billing, "--as-of", "2026-06", "--months", "6"]
    words += ["--paths", "100", "team.yaml"]
    told = arrcast(*words)
    assert told.returncode == 0, told.stderr
    for name in ("Team", "2026-09", "2026-12", "CAC payback (months)", "CAC (EUR per customer)"):
        assert name in told.stdout
    found = json.loads(arrcast(*words, "--json").stdout)
    assert found["schema"] == "arrcast.economics/1"
    spent = [row["value"] for row in found["rows"] if row["metric"] == "sales_and_marketing"]
    assert spent == [3 * 120_000 + 20_000, 3 * 140_000]


def test_a_workspace_has_costs_for_all_scenarios(arrcast, billing, tmp_path):
    folder = tmp_path / "company"
    made = arrcast(
        *("init", folder, "--ledger", billing, "--as-of", "2026-06", "--fiscal-year-start", 7)
    )
    assert made.returncode == 0, made.stderr
    with (folder / "arrcast.yaml").open("a", encoding="utf-8") as settings:
        settings.write(
            "costs: {sales_and_marketing: 90000, other: {2026-07: 1, 2031-01: 5},"
            " gross_margin: 1}\n"
        )
    words = ["economics", "--workspace", folder, "--months", "12", "--paths", "100", "Base"]
    told = arrcast(*words, "--every", "year", "--json")
    assert told.returncode == 0, told.stderr
    assert "costs.other: 2031-01 is after 2027-06, the last month projected" in told.stderr
    rows = json.loads(told.stdout)["rows"]
    assert {(row["month"], row["period"]) for row in rows} == {("2027-06", "FY27")}
    figures = {row["metric"]: row["value"] for row in rows}
    assert figures["sales_and_marketing"] == 12 * 90_000
    assert figures["other_costs"] == 12
    assert "magic_number" not in figures


def test_without_costs_it_says_where_to_write_them(arrcast, billing):
    words = ["economics", "--ledger", billing, "--as-of", "2026-06", "--months", "6"]
    told = arrcast(*words, "--paths", "100", "Base")
    assert told.returncode == 2
    assert "has no costs: write them into its file" in told.stderr
    assert "--every month" in arrcast(*words, "--every", "month").stderr
