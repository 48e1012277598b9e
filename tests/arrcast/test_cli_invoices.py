"""Invoice lines on the command line: every command reads them; revenue and reconcile."""

import json
from pathlib import Path

import pandas as pd
import pytest

INVOICES = """\
invoice_id,customer_id,subscription_id,invoice_date,start,end,amount,currency,kind,plan
I1,A,s1,2025-01-01,2025-01-01,2026-01-01,1200.00,EUR,,Pro
I2,B,s2,2025-02-01,2025-02-01,2025-03-01,28.00,EUR,,Basic
I3,B,s2,2025-03-01,2025-03-01,2025-04-01,28.00,EUR,,Basic
I4,B,,2025-03-03,,,500.00,EUR,setup,Basic
"""


@pytest.fixture
def invoices(tmp_path: Path) -> tuple[str, ...]:
    path = tmp_path / "invoices.csv"
    path.write_text(INVOICES, encoding="utf-8")
    return ("--ledger", str(path), "--as-of", "2025-03")


@pytest.mark.parametrize("command", ["history", "cohorts", "metrics", "check", "revenue"])
def test_every_command_reads_invoice_lines(arrcast, invoices, command: str) -> None:
    result = arrcast(command, *invoices, "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["as_of"] == "2025-03"


def test_revenue_as_json_and_file(arrcast, invoices, tmp_path: Path) -> None:
    result = arrcast("revenue", *invoices, "--by", "plan", "--json", "--out", "revenue.csv")
    rows = json.loads(result.stdout)["rows"]
    total = next(row for row in rows if (row["month"], row["plan"]) == ("2025-01", "total"))
    assert total == {
        "month": "2025-01", "plan": "total", "deferred_opening": 0.0, "invoiced": 1200.0,
        "recognised": 101.92, "unbilled_change": 0.0, "deferred_closing": 1098.08,
        "current": 1098.08, "non_current": 0.0, "unbilled": 0.0, "refunded": 0.0,
    }  # fmt: skip
    file = pd.read_csv(tmp_path / "revenue.csv")
    assert len(file) == len(rows)
    kinds = json.loads(arrcast("revenue", *invoices, "--by-kind", "--json").stdout)["rows"]
    assert {row["kind"] for row in kinds} == {"recurring", "one_off", "credit"}


def test_the_bridge_and_the_release(arrcast, invoices) -> None:
    result = arrcast("revenue", *invoices, "--bridge", "2025-03", "--json")
    rows = json.loads(result.stdout)["rows"]
    steps = {row["step"]: row["amount"] for row in rows}
    assert steps["closing MRR"] == 128
    assert steps["one-off"] == 500
    assert steps["recognised revenue"] == pytest.approx(128 + 500 + steps["days"])
    released = arrcast("revenue", *invoices, "--release", "--json")
    later = json.loads(released.stdout)["rows"]
    assert len(later) == 13
    assert arrcast("revenue", *invoices, "--release", "--bridge", "2025-03").returncode == 2
    assert arrcast("revenue", *invoices, "--late", "never").returncode == 2


def test_reconcile_ends_with_1_when_something_differs(arrcast, invoices, tmp_path: Path) -> None:
    finance = tmp_path / "finance.csv"
    finance.write_text("month,amount\n2025-01,100.00\n2025-03,128.00\n")
    same = arrcast("reconcile", *invoices, "--finance", finance)
    assert same.returncode == 0, same.stderr
    assert "2 months agree" in same.stdout
    revenue = arrcast("reconcile", *invoices, "--finance", finance, "--what", "revenue", "--json")
    assert revenue.returncode == 1
    document = json.loads(revenue.stdout)
    assert (document["measure"], document["ok"]) == ("recognised revenue", False)
    assert document["rows"][0] == {
        "month": "2025-01", "finance": 100.0, "ledger": 101.92, "difference": 1.92
    }  # fmt: skip


def test_finance_writes_a_decimal_comma(arrcast, invoices, tmp_path: Path) -> None:
    finance = tmp_path / "finance.csv"
    finance.write_text("month;amount\n2025-01;100,00\n2025-03;128,00\n")
    call = ("reconcile", *invoices, "--finance", finance)
    unsaid = arrcast(*call)
    assert unsaid.returncode == 2
    assert "row 2: '100,00' is not an amount" in unsaid.stderr
    assert "--finance-decimal ," in unsaid.stderr
    same = arrcast(*call, "--finance-decimal", ",")
    assert same.returncode == 0, same.stderr
    assert "2 months agree" in same.stdout
    finance.write_text("month;amount\n2025-01;1.100,00\n")
    assert "'1.100,00' is not an amount" in arrcast(*call, "--finance-decimal", ",").stderr
    assert "write . or ," in arrcast(*call, "--finance-decimal", "x").stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,value\n", "needs the columns month and amount"),
        ("month,amount\nJanuary,1\n2025-02,\n", "row 3: 2025-02 has no amount"),
        ("month,amount\n2025-01,1\n2025-01,2\n", "row 3: 2025-01 has another amount above"),
        ('month,amount\n2025-01,"1,000.00"\n', "'1,000.00' is not an amount"),
        ("", "it has none"),
    ],
)
def test_bad_figures_of_finance(arrcast, invoices, tmp_path: Path, text: str, said: str) -> None:
    finance = tmp_path / "finance.csv"
    finance.write_text(text)
    result = arrcast("reconcile", *invoices, "--finance", finance)
    assert result.returncode == 2
    assert said in result.stderr
    assert arrcast("reconcile", *invoices, "--finance", "none.csv").returncode == 2
    assert arrcast("reconcile", *invoices, "--finance", finance, "--what", "x").returncode == 2


def test_a_workspace_of_invoices(arrcast, invoices, tmp_path: Path) -> None:
    made = arrcast("init", "company", *invoices, "--part-months", "calendar")
    assert made.returncode == 0, made.stderr
    settings = (tmp_path / "company" / "arrcast.yaml").read_text()
    assert "part_months: calendar" in settings
    assert "invoice_id: invoice_id" in settings
    result = arrcast("revenue", "--workspace", "company", "--json")
    assert result.returncode == 0, result.stderr


def test_revenue_of_subscription_lines_is_refused(arrcast, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("customer_id,start,mrr,currency\nA,2025-01-01,10,EUR\n")
    result = arrcast("revenue", "--ledger", path, "--as-of", "2025-03")
    assert result.returncode == 2
    assert "revenue needs invoice lines" in result.stderr
