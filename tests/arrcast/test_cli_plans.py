"""Plans through the doors: sealed one after the other, proved, run again, scored."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Arrcast = Callable[..., CompletedProcess[str]]

SMALL = ("--months", "6", "--paths", "100")


@pytest.fixture(scope="module")
def company(run_arrcast: Arrcast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A young company's workspace as of the last month but two, and what was known later."""
    from history.synthetic import PRESETS

    folder = tmp_path_factory.mktemp("plans")
    simulated = PRESETS["startup_15_months"]().generate(seed=3)
    known = simulated.months()[-3:]
    for month in known:
        simulated.ledger_frame(month).to_csv(folder / f"{month}.csv", index=False)
    (folder / "months").write_text(" ".join(map(str, known)), encoding="utf-8")
    words = ("--ledger", f"{known[0]}.csv", "--as-of", known[0], "--by", "size")
    made = run_arrcast("init", "ws", *words, folder=folder)
    assert made.returncode == 0, made.stderr
    return folder


def later(company: Path, position: int) -> tuple[str, ...]:
    month = (company / "months").read_text(encoding="utf-8").split()[position]
    return ("--workspace", "ws", "--ledger", f"{month}.csv", "--as-of", month)


def freeze(run_arrcast: Arrcast, company: Path, name: str, *words: str) -> CompletedProcess[str]:
    given = ("freeze", "Base", *SMALL, "--name", name, "--approved-by", "CFO")
    return run_arrcast(*given, *words, folder=company)


def test_plans_follow_each_other_and_the_chain_is_proved(
    company: Path, run_arrcast: Arrcast
) -> None:
    budget = freeze(run_arrcast, company, "Budget", "--workspace", "ws", "--kind", "budget")
    assert budget.returncode == 0, budget.stderr
    assert "follows" not in budget.stdout + budget.stderr
    content, seal = (line.split()[1] for line in budget.stdout.splitlines()[1:])

    next_one = freeze(run_arrcast, company, "Forecast 1", *later(company, 1))
    assert next_one.returncode == 0, next_one.stderr
    assert f"follows Budget, content {content}" in next_one.stdout
    assert "follows Budget: the one plan of an earlier month" in next_one.stderr

    plans = company / "ws" / "plans"
    month = later(company, 1)[-1]
    words = ("--workspace", "ws", "--ledger", f"{month}.csv", "--rerun")
    again = run_arrcast("verify", plans / "forecast-1.plan", *words, folder=company)
    assert again.returncode == 0, again.stdout
    assert "every figure and every draw is as sealed" in again.stdout
    wrong = run_arrcast("verify", plans, "--rerun", "--workspace", "ws", "--json", folder=company)
    assert wrong.returncode == 1
    known, unknown = json.loads(wrong.stdout)["reruns"]
    assert known["ok"]
    assert not unknown["ok"]  # the workspace's own file ends a month before it

    words = ("--workspace", "ws", *later(company, 2)[2:])
    scored = run_arrcast("scorecard", *words, "--json", folder=company)
    assert scored.returncode == 0, scored.stderr
    card = json.loads(scored.stdout)
    assert card["plans"] == 2
    assert {row["finding"] for row in card["promises"]} == {"too few"}
    assert {row["horizon"] for row in card["rows"]} == {1, 2}
    assert "What was promised" in run_arrcast("scorecard", *words, folder=company).stdout
    early = run_arrcast("scorecard", "--workspace", "ws", folder=company)
    assert early.returncode == 2
    assert "nothing to score yet" in early.stderr

    rival = freeze(
        run_arrcast, company, "R", *later(company, 1), "--follows", str(plans / "budget.plan")
    )
    assert rival.returncode == 2
    assert "follows 'Budget' already" in rival.stderr

    alone = freeze(run_arrcast, company, "Other", *later(company, 1), "--alone")
    assert alone.returncode == 0, alone.stderr
    doubt = freeze(run_arrcast, company, "Doubt", *later(company, 2))
    assert doubt.returncode == 2
    assert "--follows FILE" in doubt.stderr
    both = freeze(run_arrcast, company, "B", "--alone", "--follows", "x", *later(company, 2))
    assert both.returncode == 2

    proved = run_arrcast("verify", "ws", "--expect", content, "--expect", seal, folder=company)
    assert proved.returncode == 0, proved.stderr
    assert "3 plans, unbroken" in proved.stdout
    told = run_arrcast("verify", plans / "forecast-1.plan", "--json")
    facts = json.loads(told.stdout)
    assert facts["follows"] == {"name": "Budget", "content_hash": content, "seal": seal}
    assert facts["ok"] is True

    wrong = run_arrcast("verify", plans / "budget.plan", "--expect", "0" * 8)
    assert wrong.returncode == 1
    (plans / "budget.plan").unlink()
    broken = run_arrcast("verify", plans, "--json")
    assert broken.returncode == 1
    found = json.loads(broken.stdout)
    assert not found["ok"]
    assert "which is missing" in found["problems"][0]

    there = ("--out", "far/third.plan", "--follows", plans / "forecast-1.plan")
    far = freeze(run_arrcast, company, "Far", *later(company, 2), *map(str, there))
    assert far.returncode == 0, far.stderr
    assert "lies in another folder than the new plan" in far.stderr
    assert "arrcast verify far " in far.stderr
    assert run_arrcast("verify", "far", folder=company).returncode == 1
    both = run_arrcast("verify", "far", plans, folder=company)
    assert "follows 'Forecast 1'" not in both.stdout
    assert run_arrcast("verify", "far", plans / "x.plan", folder=company).returncode == 2


def test_a_budget_from_a_spreadsheet_is_sealed_with_all_that_was_assumed(
    company: Path, run_arrcast: Arrcast
) -> None:
    month = later(company, 1)[-1]
    (company / "budget.csv").write_text(
        f"Board budget;;\nARR;{month};Notes\nARR;2.400.000,50 €;agreed\n", encoding="utf-8"
    )
    call = ("freeze", "--workspace", "ws", "--budget", "budget.csv", "--name", "Board")
    small = run_arrcast(*call, "--approved-by", "Board", folder=company)
    assert small.returncode == 2
    assert "times what the ledger closed at" in small.stderr
    told = ("--approved-by", "Board", "--measure", "arr", "--scale", "1")
    made = run_arrcast(*call, *told, folder=company)
    assert made.returncode == 0, made.stderr
    assert "assumed: the file has no movements" in made.stdout
    assert "not used: A1 'Board budget'" in made.stdout
    assert "not used: C3 'agreed'" in made.stdout
    assert f"ARR at {month}: 2,400,000 " in made.stdout
    plan = company / "ws" / "plans" / "board.plan"
    proved = run_arrcast("verify", plan, "--rerun", *later(company, 2), folder=company)
    assert "every figure and every draw is as sealed" in proved.stdout, proved.stdout
    beside = run_arrcast("variance", plan, *later(company, 1)[2:], folder=company)
    assert beside.returncode == 0, beside.stderr
    stray = run_arrcast(
        *call[:3], "--name", "x", "--approved-by", "y", "--scale", "2", folder=company
    )
    assert stray.returncode == 2
