"""Questions through the doors: solve, tornado, stress, and what compare says beyond a table."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios import Scenario

Arrcast = Callable[..., subprocess.CompletedProcess[str]]
SMALL = ("--months", "7", "--paths", "100")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, run_arrcast: Arrcast) -> Path:
    """A workspace of a young company: 15 months of history, three scenarios."""
    from history.synthetic import PRESETS

    folder = tmp_path_factory.mktemp("company")
    simulated = PRESETS["startup_15_months"]().generate(seed=3)
    simulated.ledger_frame(simulated.months()[-1]).to_csv(folder / "billing.csv", index=False)
    made = run_arrcast(
        *("init", "ws", "--ledger", "billing.csv", "--as-of", simulated.months()[-1]),
        folder=folder,
    )
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def ask(company: Path, run_arrcast: Arrcast) -> Arrcast:
    """Run a command on the workspace; it has to end with 0."""

    def call(name: str, *words: object) -> subprocess.CompletedProcess[str]:
        result = run_arrcast(name, "--workspace", "ws", *SMALL, *words, folder=company)
        assert result.returncode == 0, result.stderr
        return result

    return call


def document(result: subprocess.CompletedProcess[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_solve_answers_and_the_file_it_writes_hits_the_target(ask: Arrcast, company: Path) -> None:
    base = document(ask("compare", "Base", "--json"))["rows"][-1]["mean"]
    target = round(base * 1.03, 2)
    words = ("--lever", "churn", "--target-arr", target)
    found = document(ask("solve", *words, "--json", "--save", "answer.yaml", "--force"))
    assert found["schema"] == "arrcast.solve/1"
    assert found["reached"] is True
    assert found["score"] == pytest.approx(target, abs=0.02 * abs(target - base))
    assert found["score"] >= target
    lever = found["levers"][0]
    assert 0 < lever["times"] < 1
    assert Scenario.read(company / "answer.yaml", based_on=Scenario("Base", because="x")).changes
    again = document(ask("compare", "Base", "answer.yaml", "--json"))["rows"]
    assert again[-1]["mean"] == pytest.approx(found["score"], abs=0.01)
    text = ask("solve", *words).stdout
    assert "it takes\n    churn x 0." in text


def test_a_lever_ties_one_scenario_with_another(ask: Arrcast) -> None:
    found = document(ask("solve", "--lever", "price", "--tie-with", "Upside", "--json"))
    assert found["score"] == pytest.approx(found["target"]["arr"], abs=0.01)
    assert found["levers"][0]["times"] > 1


def test_a_target_out_of_reach_is_an_answer(ask: Arrcast) -> None:
    result = ask("solve", "--lever", "churn", "--target-arr", "1e12", "--probability", "0.8")
    assert "out of reach" in result.stdout
    assert "churn x 0 is the bound" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("solve", "--target-arr", "1"), "--lever NAME"),
        (("solve", "--lever", "churn"), "given: none"),
        (
            ("solve", "--target-arr", "1", "--tie-with", "Upside"),
            "given: --target-arr and --tie-with",
        ),
        (("solve", "--lever", "churn", "--rule-of-40", "0.4"), "goes with --margin"),
        (("solve", "--lever", "churn", "--target-arr", "1", "--margin", "0.1"), "--rule-of-40"),
        (("solve", "--lever", "churn", "--target-arr", "1", "--probability", "80"), "0.8 is 80 %"),
        (("solve", "--lever", "chrn", "--target-arr", "1"), "Did you mean 'churn'"),
        (("solve", "--lever", "churn", "--target-arr", "1", "--where", "size"), "COLUMN=VALUE"),
        (("tornado", "--step", "big"), "write a share such as 0.1"),
        (("tornado", "--step", "10"), "write a share such as 0.1"),
        (("compare", "--mix", "Base"), "write NAME=WEIGHT"),
        (("compare", "--mix", "Base=0.4"), "add up to 1"),
        (("compare", "--attribution", "shaply"), "Did you mean 'shapley'"),
        (("compare", "--attribution", "shapley", "--mix", "Base=1"), "one after the other"),
        (("compare", "--every", "yaer"), "Did you mean 'year'"),
        (("compare", "--every", "year", "--at", "2027-01"), "give one of them"),
        (("compare", "--at", "FY99"), "months ahead: 120 are the most"),
        (("compare", "--at", "FY31"), "is after"),
        (("compare", "--at", "2020-01"), "the history goes to"),
        (("solve", "--lever", "churn", "--target-arr", "1", "--at", "Q7 FY27"), "FY27 or Q3 FY27"),
        (("compare", "Base", "--attribution", "shapley"), "beside the one compared against"),
    ],
)
def test_wrong_calls_end_with_2_and_say_what_to_do(
    company: Path, run_arrcast: Arrcast, words: tuple[str, ...], said: str
) -> None:
    result = run_arrcast(*words, "--workspace", "ws", *SMALL, folder=company)
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_the_company_s_fiscal_year_is_that_of_every_command(ask: Arrcast, company: Path) -> None:
    settings = company / "ws" / "arrcast.yaml"
    before = settings.read_text(encoding="utf-8")
    months = [row["month"] for row in document(ask("compare", "Base", "--json"))["rows"]]
    # A fiscal year that ends in the third month ahead.
    start = int(months[3].partition("-")[2])
    try:
        settings.write_text(f"{before}fiscal_year_start: {start}\n", encoding="utf-8")
        rows = document(ask("compare", "Base", "--every", "year", "--json"))["rows"]
        assert [row["month"] for row in rows] == [months[2], months[-1]]
        name = f"FY{months[2][2:4]}"
        text = ask("compare", "Base", "Upside", "--at", name).stdout
        assert f"ARR at {months[2]}, in " in text
        found = document(
            ask("solve", "--lever", "churn", "--target-arr", 1, "--at", name, "--json")
        )
        assert found["at"] == months[2]
        blocks = ask("compare", "Base", "Upside", "--every", "year", "--attribution", "shapley")
        assert f"ARR at {months[2]}, the end of {name} (" in blocks.stdout
        other = ask("compare", "Base", "--every", "year", "--fiscal-year-start", start % 12 + 1)
        assert f"ARR at {months[3]}, the end of FY" in other.stdout
    finally:
        settings.write_text(before, encoding="utf-8")


def test_tornado_ranks_levers_and_draws_them(ask: Arrcast, company: Path) -> None:
    found = document(ask("tornado", "--json", "--figure", "t.png", "--force"))
    widths = [abs(row["up"] - row["down"]) for row in found["rows"]]
    assert widths == sorted(widths, reverse=True)
    assert (company / "t.png").stat().st_size > 2000
    text = ask("tornado", "--lever", "churn", "--step", "history").stdout
    assert "churn          -/+ 10% (assumed)" in text


def test_stress_names_the_months_and_writes_scenarios(ask: Arrcast, company: Path) -> None:
    result = ask("stress", "--save", "stressed", "--force")
    assert "against Base" in result.stdout
    for path in (company / "stressed").glob("*.yaml"):
        base = Scenario("Base")
        assert Scenario.read(path, based_on=base).changes
        assert "a month" in result.stdout


def test_attribution_rows_add_up_to_the_cent(ask: Arrcast, company: Path) -> None:
    words = ("--attribution", "shapley", "--every", "quarter")
    ask("compare", *words, "--out", "a.csv", "--force")
    with (company / "a.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    periods: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        periods.setdefault((row["scenario"], row["month"]), []).append(row)
    assert len(periods) >= 4
    for period in periods.values():
        cents = [round(100 * float(row["amount"])) for row in period]
        assert cents[0] + sum(cents[1:-1]) == cents[-1]
    text = ask("compare", "Base", "Upside", *words).stdout
    assert "interaction" in text
    named = [line for line in text.splitlines() if line.startswith("Base to Upside, ARR at")]
    assert len(named) == len({row["month"] for row in rows})
    assert all(f"of {row['period']} (" in text or f"in {row['period']} (" in text for row in rows)


def test_a_mix_and_its_chances(ask: Arrcast) -> None:
    mix = ("--mix", "Base=0.5", "--mix", "Downside=0.5")
    mixed = document(ask("compare", *mix, "--json"))
    assert mixed["schema"] == "arrcast.mix/1"
    last = mixed["rows"][-1]
    assert last["p10"] < last["p50"] < last["p90"]
    found = document(ask("compare", *mix, "--above", last["p50"], "--json"))
    assert found["rows"][-1]["mixture"] == pytest.approx(0.5, abs=0.02)
    assert found["rows"][-1]["p50"] == last["p50"]
    mix = ("--mix", "Base=0.505", "--mix", "Downside=0.495")
    both = ask("compare", *mix, "--above", last["p50"], "--every", "year").stdout
    assert "Chance that ARR is above" in both
    assert "when one of them comes true: Base 50.5%, Downside 49.5%" in both
    against = document(ask("compare", "--above", "Base", "--json"))["rows"]
    assert set(against[0]) == {"month", "Upside", "Downside"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("solve", "--lever", "churn", "--target-growth", "30"), "30 is 3,000%: a share is meant"),
        (("solve", "--lever", "churn", "--target-arr", "1e6", "--during", "soon"), "--during soon"),
        (("stress", "--start", "2020-01"), "--start 2020-01: the history goes to"),
    ],
)
def test_what_cannot_be_asked_is_told_by_its_option(
    company: Path, run_arrcast: Arrcast, words: tuple[str, ...], said: str
) -> None:
    result = run_arrcast(words[0], "--workspace", "ws", *SMALL, *words[1:], folder=company)
    assert result.returncode == 2
    assert said in result.stderr
    assert not result.stdout


def test_what_overrides_is_told_on_standard_error(ask: Arrcast, company: Path) -> None:
    odd = Scenario("Odd").change("churn", times=1.1).change("churn", set=0.02)
    odd.write(company / "odd.yaml", force=True)
    result = ask("compare", "Base", "odd.yaml", "--json")
    assert "warning: scenario 'Odd': change 2 of Odd (churn = 0.02) replaces" in result.stderr
    assert document(result)["warnings"][0].startswith("scenario 'Odd': change 2 of Odd")


def test_numbers_of_drivers_are_solved_for_and_stand_in_the_tornado(
    ask: Arrcast, company: Path
) -> None:
    rise = company / "rise.yaml"
    rise.write_text("name: Rise\nchanges:\n  - {lever: price_rise, uplift: 0.05}\n")
    now = document(ask("compare", "rise.yaml", "--json"))["rows"][-1]["mean"]
    words = ("rise.yaml", "--lever", "price_rise.uplift", "--target-arr", now * 1.02, "--json")
    found = document(ask("solve", *words))
    assert found["reached"] is True
    assert found["levers"][0]["set"] > 0.05
    rows = document(ask("tornado", "rise.yaml", "--json"))["rows"]
    assert "price_rise.uplift" in [row["lever"] for row in rows]
