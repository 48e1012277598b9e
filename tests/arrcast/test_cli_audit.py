"""``arrcast audit``: for a person, as JSON and as a file."""

import json

import pandas as pd
import pytest

from history.synthetic import mixed, with_faults


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    simulated = mixed().generate(seed=4)
    kinds = ["duplicate-line", "service-gap", "unbilled-quantity"]
    lines, faults = with_faults(simulated.lines, as_of="2026-06", seed=4, share=0.002, kinds=kinds)
    lines.loc[lines["customer_id"] == faults[0].customer, "customer_id"] = "=1+1"
    path = tmp_path_factory.mktemp("audit") / "billing.csv"
    lines.to_csv(path, index=False)
    return path


def test_for_a_person_it_prints_rules_findings_and_what_to_do(arrcast, spoilt):
    result = arrcast("audit", "--ledger", spoilt, "--as-of", "2026-06", "--top", "3")
    assert result.returncode == 0, result.stderr
    assert "unbilled-quantity: Less is billed" in result.stdout
    assert "... and" in result.stdout
    assert "sold by: plan" in result.stdout


def test_json_and_file_hold_the_same_findings(arrcast, spoilt, tmp_path):
    options = ["--ledger", spoilt, "--as-of", "2026-06"]
    result = arrcast("audit", *options, "--json", "--out", tmp_path / "audit.csv")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["schema"] == "arrcast.audit/1"
    assert document["product"] == ["plan"]
    first = document["findings"][0]
    assert first["rank"] == 1
    assert all(isinstance(row, int) for row in first["rows"])
    assert first["stake"] == pytest.approx(abs(first["due"] - first["billed"]), abs=0.005)
    table = pd.read_csv(tmp_path / "audit.csv")
    assert len(table) == len(document["findings"])
    assert set(table["customer"]) >= {"'=1+1"}
    assert {"rule", "rows", "since", "until", "stake", "confidence", "cure"} <= set(table.columns)


def test_an_unknown_product_is_an_error(arrcast, spoilt):
    result = arrcast("audit", "--ledger", spoilt, "--as-of", "2026-06", "--product", "plam")
    assert result.returncode == 2
    assert "plam" in result.stderr
