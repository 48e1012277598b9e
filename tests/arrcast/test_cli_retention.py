"""``arrcast retention``: the same figures as the library's, in every form."""

import json

import pandas as pd
import pytest

from forecast.retention import chain_ladder, fit_effects, fit_retention, lifetime, study_retention
from history import Ledger


def test_json_file_and_table_are_those_of_the_library(arrcast, billing, example_ledger, tmp_path):
    options = ["--ledger", billing, "--as-of", "2026-06", "--months", 3]
    found = arrcast("retention", *options, "--json", "--horizon", 24, "--scatter", "mack")
    assert found.returncode == 0, found.stderr
    document = json.loads(found.stdout)
    assert document["schema"] == "arrcast.retention/1"
    cohorts = example_ledger.cohorts()
    customers, mrr = (cohorts.triangle(value=v).iloc[1:] for v in ("customers", "mrr"))
    customers, mrr = (frame.dropna(axis=1, how="all") for frame in (customers, mrr))
    ladder = chain_ladder(mrr)
    rows = {row["cohort"]: row for row in document["rows"]}
    assert rows["total"]["mrr_error"] == round(ladder.total["standard_error"], 2)
    assert rows["2026-01"]["ultimate_mrr"] == round(ladder.cohorts["ultimate"]["2026-01"], 2)
    assert [row["mrr"] for row in document["ahead"]] == ladder.ahead(3)["expected"].round(
        2
    ).tolist()
    effects = fit_effects(customers)
    assert document["trend"][0]["z"] == pytest.approx(effects.trend.z)
    assert document["ahead"][2]["by_effects"] == pytest.approx(effects.project(3)[3].sum())
    stay = {row["cohorts"]: row for row in document["lifetime"]}
    expected = lifetime(fit_retention(customers), 24)
    assert stay["all"]["months"] == pytest.approx(expected.periods)
    assert stay["all"]["beyond"] == expected.beyond == 0.0
    assert document["early_churn"]["share"] >= 0
    written = arrcast("retention", *options, "--out", tmp_path / "cohorts.csv")
    assert written.returncode == 0, written.stderr
    table = pd.read_csv(tmp_path / "cohorts.csv")
    assert len(table) == len(rows)
    assert table["mrr"].tolist()[:-1] == pytest.approx(ladder.cohorts["latest"].tolist())


def test_customers_of_unknown_age_are_said_to_be_left_out(arrcast, billing, example_ledger):
    found = arrcast("retention", "--ledger", billing, "--as-of", "2026-06", "--by", "size")
    assert found.returncode == 0, found.stderr
    first = example_ledger.cohorts().triangle().iloc[0]
    assert f"left out: {first[0]:.0f} customers of 2022-07" in found.stdout
    assert f"{first.iloc[-1]:.0f} of them pay" in found.stdout
    for word in ("stack", "hazard", "log_error", "cells", "by_effects"):
        assert word not in found.stdout
    assert "MRR EUR" in found.stdout
    wrong = arrcast("retention", "--ledger", billing, "--as-of", "2026-06", "--scatter", "none")
    assert wrong.returncode == 2
    assert "pooled" in wrong.stderr


def test_a_segment_with_too_little_is_named_and_the_others_are_told():
    big = [["B", "2025-03-01", None, "big"]]
    small = [[f"S{i}", f"2025-0{1 + i % 5}-01", "2025-06-10" if i % 4 == 0 else None, "small"]
             for i in range(20)]  # fmt: skip
    lines = pd.DataFrame(big + small, columns=["customer", "start_date", "end_date", "size"])
    ledger = Ledger.from_lines(lines.assign(mrr=1000), as_of="2025-03", currency="EUR")
    study = study_retention(ledger, by=("size",))
    assert set(study.cohorts["size"]) == {"small", "total"}
    assert any(note.startswith("big: ") for note in study.notes)
    later = study_retention(ledger.at("2025-03"), by=("size",), months=2)
    assert later.ahead.groupby("size").size().to_dict() == {"small": 2, "total": 2}
