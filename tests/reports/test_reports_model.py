"""The live workbook: recalculated by LibreOffice it gives the engine's means, also when edited."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import openpyxl
import pytest
from rendering import cells, recalculated

from forecast import Forecaster, Levers
from forecast.levers import LEVERS
from history import Ledger
from history.errors import InputError
from history.synthetic import example_company
from reports import read_assumptions, workbook
from reports.sheets import assumptions
from reports.sheets.plan_grid import Grid
from scenarios import Mechanics, Plan, Runs, Scenario, compare, run
from scenarios.changes.compile import compile_changes
from scenarios.variance import ACTUAL_MOVEMENTS

MONTHS = 12
YEAR_END = 5  # December, from July on
MORE = 25_000.0
"""By how much new business of SMB in the second month is typed over."""


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    lines = example_company().generate(seed=1).ledger_frame("2026-06")
    return Ledger.read(lines, as_of="2026-06", currency="EUR")


@pytest.fixture(scope="module")
def runs(ledger: Ledger) -> Runs:
    forecaster = Forecaster.fit(ledger, by="size", calibrate=False)
    base = Scenario("Base")
    odd = (
        Scenario("=Odd & Co", based_on=base)
        .change("churn", times=1.15, months="2026-10/2027-03", ramp=3)
        .change("price", times=1.06, months="2027-01/", where={"size": "SMB"})
        .change("one_off", plus=-5000, months="2026-12/2026-12")
        .change("new_customers", plus=3)
        .change("onboarding", times=1.2)
        .change("expansion", set=0.02, where={"size": "Enterprise"})
    )
    return run([base, odd], forecaster, months=MONTHS, paths=200)


@pytest.fixture(scope="module")
def variance(runs, tmp_path_factory):
    """Base is sealed; two months and some churn reasons later the actuals are laid beside it."""
    plan = Plan.freeze(
        runs["Base"],
        name="FY26",
        approved_by="CFO",
        path=tmp_path_factory.mktemp("plan") / "p.plan",
    )
    lines = example_company().generate(seed=1, through="2026-09").ledger_frame("2026-08")
    return plan.against(Ledger.read(lines, as_of="2026-08", currency="EUR"))


@pytest.fixture(scope="module")
def written(ledger, runs, variance, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "results.xlsx"
    workbook(path, ledger, compare(runs, against="Base"), variance)
    return path


@pytest.fixture(scope="module")
def french(ledger, runs, variance, written):
    path = written.with_name("french.xlsx")
    workbook(path, ledger, compare(runs, against="Base"), variance, language="fr")
    return path


@pytest.fixture(scope="module")
def edited(written, variance):
    """The same with inputs typed over: churn halved for a quarter, a new price, a won deal."""
    path = written.with_name("edited.xlsx")
    book = openpyxl.load_workbook(written)
    sheet = book["Assumptions"]
    touched = {
        ("Base", "SMB", "churn", "times"): {3: 0.5, 4: 0.5, 5: 0.5},
        ("Base", "Enterprise", "new_arpa", "plus"): {8: 250.0},
        ("'=Odd & Co", "Mid-Market", "price", "times"): {6: 1.04, 7: 1.04},
        ("'=Odd & Co", "SMB", "one_off", "plus"): {9: 12_345.67},
    }
    for row in sheet.iter_rows(min_row=5):
        key = (row[0].value, row[1].value, row[2].value, row[4].value)
        for month, value in touched.pop(key, {}).items():
            row[5 + month].value = value
    assert not touched
    smb = variance.segments.labels.index("SMB")
    book["Plan and actuals"][Grid(variance).at(smb, ("actual", "line", "new"), 1)].value += MORE
    book.save(path)
    return path


@pytest.fixture(scope="module")
def computed(written, edited, french, tmp_path_factory):
    """The three as LibreOffice computes them: sheet and cell to value."""
    made = recalculated([written, edited, french], tmp_path_factory.mktemp("computed"))
    return [cells(path) for path in made]


def levers(scenario, runs) -> Levers:
    found = compile_changes(scenario.all_changes, runs.forecaster, runs.months)
    return found.fitted(MONTHS, 3)


def arr_of(found, sheet="ARR model") -> dict[str, np.ndarray]:
    heads = {found[sheet, f"{c}4"]: c for c in "BC"}
    return {
        str(name).removeprefix("'"): np.array(
            [found[sheet, f"{column}{row}"] for row in range(5, 5 + MONTHS)]
        )
        for name, column in heads.items()
    }


def test_recalculated_it_gives_the_engines_mean_to_the_cent_also_after_an_edit(
    computed, edited, runs
):
    plain, changed, spoken = computed
    plain, changed, spoken = arr_of(plain), arr_of(changed), arr_of(spoken, "Modèle d’ARR")
    for name, read in zip(runs, read_assumptions(edited), strict=True):
        engine = 12 * runs[name].projection.closing.mean(axis=0).sum(axis=1)
        assert np.abs(plain[name] - engine).max() < 0.005
        assert np.abs(spoken[name] - engine).max() < 0.005
        by_hand = Mechanics.of(runs, name).played(levers(read.scenario, runs))["closing"]
        assert np.abs(changed[name] - 12 * by_hand.sum(axis=1)).max() < 0.005
        assert np.abs(changed[name] - engine).max() > 1000


@pytest.mark.parametrize("which", ["as written", "typed over", "French"])
def test_plan_and_actuals_recalculated_are_the_engines_to_the_cent(computed, variance, which):
    found = computed[["as written", "typed over", "French"].index(which)]
    sheet = "Plan et réalisé" if which == "French" else "Plan and actuals"
    smb, new = variance.segments.labels.index("SMB"), ACTUAL_MOVEMENTS.index("new")
    moved = MORE if which == "typed over" else 0.0
    flows = variance.actual.flows.copy()
    flows[1, new, smb] += round(100 * moved)
    engine = Grid(replace(variance, actual=replace(variance.actual, flows=flows)))
    compared = 0
    for block in range(engine.company + 1):
        for part in engine.parts[block == engine.company]:
            for column, figure in enumerate(engine.figures[part][:, block]):
                shown = found[sheet, engine.at(block, part, column)]
                value = moved if part == ("check", "typed", "") and column else figure
                assert shown == pytest.approx(value, abs=0.005), (block, part, column)
                compared += 1
    assert compared > 1000


def test_the_sheet_variance_follows_what_is_typed_over(computed):
    plain, changed, _ = (
        {c: v for (s, c), v in each.items() if s == "Variance"} for each in computed
    )
    end = next(c for c, v in plain.items() if v == "actual")
    amount = end.replace("A", "B")
    assert changed[amount] - plain[amount] == pytest.approx(12 * MORE)
    typed = next(c for c, v in plain.items() if v == "Closing MRR typed over by").replace("A", "B")
    assert (plain[typed], changed[typed]) == (0, pytest.approx(MORE))
    # What was said of the actual as it was is not said of the other one.
    told = {
        c for c, v in plain.items() if v in ("noise", "above", "below", "far above", "far below")
    }
    gone = {c for c in told if not changed.get(c)}
    assert 0 < len(gone) < len(told)


def test_bridge_comparison_and_summary_end_with_the_live_model(computed, runs):
    for found in computed[:2]:
        live = arr_of(found)
        odd = next(c for (s, c), v in found.items() if (s, v) == ("Bridge", "'=Odd & Co"))
        assert found["Bridge", odd.replace("A", "B")] == pytest.approx(live["=Odd & Co"][YEAR_END])
        means = [
            value
            for (sheet, cell), value in found.items()
            if sheet == "Comparison" and cell.startswith("G") and isinstance(value, float)
        ]
        for name in runs:
            assert any(abs(value - live[name][YEAR_END]) < 0.005 for value in means)
            assert any(abs(value - live[name][YEAR_END] / 12) < 0.005 for value in means)


def test_what_is_read_back_is_what_was_written(written, runs):
    for name, read in zip(runs, read_assumptions(written), strict=True):
        assert read.name == name
        assert read.edited == ()
        # The factor 1 and the amount 0 of an untouched lever are the same as none.
        mine, theirs = levers(read.scenario, runs), runs[name].levers.fitted(MONTHS, 3)
        value = np.full((MONTHS, 3), 0.5)
        for lever in {*mine.maps, *theirs.maps}:
            one, two = (each.maps.get(lever) for each in (mine, theirs))
            assert np.allclose(
                value if one is None else one(value), value if two is None else two(value)
            ), lever


def test_what_was_typed_over_is_named(edited):
    base, odd = read_assumptions(edited)
    assert [text.split(": ")[1] for text in base.edited] == [
        "new_arpa plus, Enterprise",
        "churn times, SMB",
    ]
    assert [text.split(": ")[1] for text in odd.edited] == [
        "price times, Mid-Market",
        "one_off plus, SMB",
    ]
    assert odd.scenario.name == "=Odd & Co, edited"


@pytest.mark.parametrize("value", ["much", None, True])
def test_a_cell_that_is_no_number_is_named(written, tmp_path, value):
    book = openpyxl.load_workbook(written)
    book["Assumptions"]["H9"].value = value
    book.save(tmp_path / "bad.xlsx")
    with pytest.raises(InputError, match=r"row 9: column H: .* is not a number"):
        read_assumptions(tmp_path / "bad.xlsx")


def test_a_number_outside_the_bounds_is_refused_with_its_lever(written, tmp_path):
    book = openpyxl.load_workbook(written)
    book["Assumptions"]["H5"].value = 50.0
    book.save(tmp_path / "bad.xlsx")
    with pytest.raises(InputError, match=r"times.*50 is outside 0 to 20"):
        read_assumptions(tmp_path / "bad.xlsx")


def test_another_workbook_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(InputError, match="no sheet Assumptions"):
        read_assumptions(tmp_path / "other.xlsx")
    book.active.title = assumptions.NAME
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(InputError, match="has not the headings"):
        read_assumptions(tmp_path / "other.xlsx")


def test_a_french_workbook_is_read_back_as_an_english_one(written, french, tmp_path):
    for english, other in zip(read_assumptions(written), read_assumptions(french), strict=True):
        files = [
            each.scenario.write(tmp_path / f"{place}.yaml", force=True).read_text()
            for place, each in enumerate((english, other))
        ]
        assert files[0] == files[1].replace("french.xlsx", "results.xlsx")
        assert english.edited == other.edited == ()


def test_a_workbook_that_lost_its_names_is_known_by_its_sheet(french, tmp_path):
    book = openpyxl.load_workbook(french)
    book.defined_names.clear()
    book.save(tmp_path / "plain.xlsx")
    assert [each.name for each in read_assumptions(tmp_path / "plain.xlsx")] == [
        "Base",
        "=Odd & Co",
    ]
    book = openpyxl.load_workbook(french)
    book["Hypothèses"].title = "Mes hypothèses"
    book.save(tmp_path / "renamed.xlsx")
    # A program that renames a sheet renames it in the names as well; openpyxl does not.
    with pytest.raises(InputError, match="no sheet Assumptions"):
        read_assumptions(tmp_path / "renamed.xlsx")


ENGLISH = (
    "the of and by from is are with at in what which where each month months year years "
    "customer customers opening closing rate mean forecast actual actuals below above share"
)


def test_a_french_workbook_holds_no_english_but_names(french):
    names = {*LEVERS, "customers"}  # keys of scenario files, and a metric
    english, found = set(ENGLISH.split()), {}
    for sheet in openpyxl.load_workbook(french):
        for row in sheet.iter_rows():
            for cell in row:
                text = str(cell.value or "")
                if text.startswith("="):
                    text = " ".join(re.findall(r'"([^"]*)"', text))
                if text not in names and (met := english & set(re.findall(r"\w+", text.lower()))):
                    found[f"{sheet.title}!{cell.coordinate}"] = (text, met)
    assert not found
