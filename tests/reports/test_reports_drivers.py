"""Scenarios with drivers in the deck and the workbook: told in words, no number made up."""

import openpyxl
import pandas as pd
from reports_fakes import FakeLedger, comparison, movements, variance

from reports import workbook
from reports.deck.slides.outlook import change_words
from scenarios import Change, PriceRise, Scenario, difference

RISE = PriceRise(uplift=0.06, when="renewal", months="2027-01/", where={"size": "SMB"})


def rows():
    scenario = Scenario("Rise").add(RISE, Change(lever="one_off", plus=-5_000, months="2026-10"))
    return difference(Scenario("Base"), scenario)


def test_a_slide_tells_a_driver_by_its_effect():
    first, second = (row for _, row in rows().iterrows())
    assert change_words(first) == RISE.effect
    assert change_words(second) == "one off - 5,000"
    assert change_words(first.where(first.index != "side", "left out")) == f"without {RISE.effect}"


def test_the_workbook_leaves_the_number_of_a_driver_blank(tmp_path, monkeypatch):
    moves = movements()
    view = comparison(moves)
    told = rows().assign(scenario="Upside")
    told = told[["scenario", *(name for name in told if name != "scenario")]]
    monkeypatch.setattr(type(view), "inputs", lambda self: told)
    path = tmp_path / "w.xlsx"
    workbook(path, FakeLedger(moves), view, variance(), None, company="North")
    sheet = openpyxl.load_workbook(path)["Comparison"]
    found = [[cell.value for cell in row] for row in sheet.iter_rows()]
    (row,) = [row for row in found if "price_rise" in row]
    at = row.index("price_rise")
    assert row[at + 1] == RISE.effect
    assert row[at + 2 : at + 4] == [None, None]
    (other,) = [row for row in found if "one_off" in row]
    assert other[at + 2] == -5_000
    assert isinstance(told, pd.DataFrame)
