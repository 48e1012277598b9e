"""The live workbook: recalculated by LibreOffice it gives the engine's means, also when edited."""

from __future__ import annotations

import numpy as np
import openpyxl
import pytest
from rendering import cells, recalculated

from forecast import Forecaster, Levers
from history import Ledger
from history.errors import InputError
from history.synthetic import example_company
from reports import read_assumptions, workbook
from reports.sheets import assumptions
from scenarios import Mechanics, Runs, Scenario, compare, run
from scenarios.changes.compile import compile_changes

MONTHS = 12


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
def written(ledger, runs, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "results.xlsx"
    workbook(path, ledger, compare(runs, against="Base"))
    return path


@pytest.fixture(scope="module")
def edited(written):
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
    book.save(path)
    return path


def levers(scenario, runs) -> Levers:
    found = compile_changes(scenario.all_changes, runs.forecaster, runs.months)
    return found.fitted(MONTHS, 3)


def arr_of(path) -> dict[str, np.ndarray]:
    found = cells(path)
    heads = {found["ARR model", f"{c}4"]: c for c in "BC"}
    return {
        str(name).removeprefix("'"): np.array(
            [found["ARR model", f"{column}{row}"] for row in range(5, 5 + MONTHS)]
        )
        for name, column in heads.items()
    }


def test_recalculated_it_gives_the_engines_mean_to_the_cent_also_after_an_edit(
    written, edited, runs, tmp_path
):
    plain, changed = (arr_of(path) for path in recalculated([written, edited], tmp_path))
    for name, read in zip(runs, read_assumptions(edited), strict=True):
        engine = 12 * runs[name].projection.closing.mean(axis=0).sum(axis=1)
        assert np.abs(plain[name] - engine).max() < 0.005
        by_hand = Mechanics.of(runs, name).played(levers(read.scenario, runs))["closing"]
        assert np.abs(changed[name] - 12 * by_hand.sum(axis=1)).max() < 0.005
        assert np.abs(changed[name] - engine).max() > 1000


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
