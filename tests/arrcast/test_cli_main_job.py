"""The main job through the doors: a workspace from its first file to the variance and the deck."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

Arrcast = Callable[..., subprocess.CompletedProcess[str]]
SMALL = ("--months", "7", "--paths", "200")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, run_arrcast: Arrcast) -> Path:
    """A workspace made by ``arrcast init`` on a young company's billing file."""
    from history.synthetic import PRESETS

    folder = tmp_path_factory.mktemp("company")
    simulated = PRESETS["startup_15_months"]().generate(seed=3)
    before, last = simulated.months()[-2:]
    for name, month in (("billing.csv", before), ("next.csv", last)):
        simulated.ledger_frame(month).to_csv(folder / name, index=False)
    (folder / "months").write_text(f"{before} {last}", encoding="utf-8")
    made = run_arrcast(
        *("init", "ws", "--ledger", "billing.csv", "--as-of", before),
        *("--by", "size", "--company", "Young & Co"),
        folder=folder,
    )
    assert made.returncode == 0, made.stderr
    assert "customer_id = customer_id" in made.stdout
    return folder


def months(company: Path) -> tuple[str, str]:
    first, second = (company / "months").read_text(encoding="utf-8").split()
    return first, second


def test_init_writes_settings_and_three_scenarios(company: Path) -> None:
    names = {path.name for path in (company / "ws" / "scenarios").iterdir()}
    assert names == {"base.yaml", "upside.yaml", "downside.yaml"}
    settings = (company / "ws" / "arrcast.yaml").read_text(encoding="utf-8")
    assert "company: Young & Co" in settings


def test_init_overwrites_nothing(company: Path, run_arrcast: Arrcast) -> None:
    again = run_arrcast("init", "ws", "--ledger", "billing.csv", folder=company)
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_history_by_segment_adds_up_and_equals_the_total(
    company: Path, run_arrcast: Arrcast
) -> None:
    result = run_arrcast("history", "--workspace", "ws", "--json", folder=company)
    rows = json.loads(result.stdout)["rows"]
    assert set(rows[0]) == {"month", "size", "movement", "customers", "mrr"}
    sums: dict[tuple[str, str], float] = {}
    totals: dict[tuple[str, str], float] = {}
    for row in rows:
        if row["mrr"] is not None:
            into = totals if row["size"] == "total" else sums
            key = (row["month"], row["movement"])
            into[key] = into.get(key, 0.0) + row["mrr"]
    assert totals
    assert {key: round(value, 2) for key, value in sums.items()} == totals


def test_cohorts_give_every_age_to_the_as_of_month(company: Path, run_arrcast: Arrcast) -> None:
    result = run_arrcast("cohorts", "--workspace", "ws", "--out", "c.csv", folder=company)
    assert result.returncode == 0, result.stderr
    with (company / "c.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["cohort", "size", "age", "customers", "mrr"]
    newest = [row for row in rows if row["cohort"] == months(company)[0]]
    assert {row["age"] for row in newest} == {"0"}


def test_metrics_are_shares_with_definitions(company: Path, run_arrcast: Arrcast) -> None:
    result = run_arrcast("metrics", "--workspace", "ws", "--json", folder=company)
    document = json.loads(result.stdout)
    assert document["as_of"] == months(company)[0]
    found = {each["name"]: each for each in document["metrics"] if each["size"] == "total"}
    assert {"nrr", "grr", "logo_retention", "logo_churn", "arpa", "quick_ratio"} <= set(found)
    assert found["nrr"]["period"] == 12
    assert isinstance(found["nrr"]["period"], int)
    assert 0 < found["grr"]["value"] <= 1
    assert all(each["definition"] for each in found.values())


def test_forecast_rows_hold_the_identity_of_means(company: Path, run_arrcast: Arrcast) -> None:
    result = run_arrcast("forecast", "--workspace", "ws", *SMALL, "--json", folder=company)
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    rows = [row for row in document["rows"] if row["size"] == "total"]
    by_month: dict[str, dict[str, float]] = {}
    for row in rows:
        by_month.setdefault(row["month"], {})[row["measure"]] = row["mean"]
        ordered = [row[name] for name in ("p2_5", "p10", "p25", "p50", "p75", "p90", "p97_5")]
        assert ordered == sorted(ordered)
    assert len(by_month) == 7
    measured = list(by_month.values())
    for before, after in pairwise(measured):
        flows = sum(
            after[name] for name in ("new", "reactivation", "expansion", "contraction", "churn")
        )
        assert before["mrr"] + flows == pytest.approx(after["mrr"], abs=0.05)
        assert after["arr"] == pytest.approx(12 * after["mrr"], abs=0.1)


def test_compare_freeze_verify_variance_report(company: Path, run_arrcast: Arrcast) -> None:
    compared = run_arrcast("compare", "--workspace", "ws", *SMALL, "--json", folder=company)
    assert compared.returncode == 0, compared.stderr
    names = {row["scenario"] for row in json.loads(compared.stdout)["rows"]}
    assert names == {"Base", "Upside", "Downside"}

    call = ("freeze", "Base", "--workspace", "ws", "--name", "Plan A", "--approved-by", "CFO")
    frozen = run_arrcast(*call, *SMALL, folder=company)
    assert frozen.returncode == 0, frozen.stderr
    plan = company / "ws" / "plans" / "plan-a.plan"
    assert run_arrcast(*call, *SMALL, folder=company).returncode == 2  # never overwritten
    assert run_arrcast("verify", plan).returncode == 0

    spoiled = company / "spoiled.plan"
    content = bytearray(plan.read_bytes())
    content[len(content) // 2] ^= 1
    spoiled.write_bytes(content)
    broken = run_arrcast("verify", spoiled, "--json")
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["ok"] is False

    against = ("variance", plan, "--ledger", "next.csv", "--as-of", months(company)[1])
    variance = run_arrcast(*against, "--json", folder=company)
    assert variance.returncode == 0, variance.stderr
    lines = [row for row in json.loads(variance.stdout)["rows"] if row["size"] == "total"]
    amounts = {row["line"]: round(100 * row["variance"]) for row in lines}
    assert sum(amounts.values()) - amounts["closing"] == amounts["closing"]

    report = run_arrcast(
        *("report", "--workspace", "ws", *against[2:], *SMALL, "--no-backtest", "--plan", plan),
        folder=company,
    )
    assert report.returncode == 0, report.stderr
    endings = {path.suffix for path in (company / "ws" / "out").iterdir()}
    assert {".pptx", ".xlsx"} <= endings


def test_an_unknown_scenario_is_answered_with_the_nearest(
    company: Path, run_arrcast: Arrcast
) -> None:
    result = run_arrcast("compare", "Downsde", "--workspace", "ws", folder=company)
    assert result.returncode == 2
    assert "Downside" in result.stderr


def test_a_typo_in_the_settings_is_shown_with_its_line(
    company: Path, run_arrcast: Arrcast, tmp_path: Path
) -> None:
    (tmp_path / "arrcast.yaml").write_text(
        "company: A\ncurency: EUR\nledger: {file: b.csv}\n", encoding="utf-8"
    )
    result = run_arrcast("history", folder=tmp_path)
    assert result.returncode == 2
    assert ":2:" in result.stderr
    assert "currency" in result.stderr
