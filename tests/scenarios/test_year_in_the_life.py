"""Twelve months closed one after the other: every table foots, and every event is told apart."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from scenarios import Chain

SCRIPT = Path(__file__).parents[2] / "docs" / "year" / "close_a_year.py"


@pytest.fixture(scope="module")
def year():
    spec = importlib.util.spec_from_file_location("close_a_year", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["close_a_year"] = module
    spec.loader.exec_module(module)
    module.PATHS = 100
    return module


@pytest.fixture(scope="module")
def closed(year, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    months, card = year.close_the_year(folder)
    return months, card, folder


@pytest.mark.parametrize("every", ["month", "quarter", "year_to_date", "to_date"])
def test_every_table_of_every_close_foots(closed, every):
    months, *_ = closed
    assert len(months) == 12
    for month in months:
        for table in (
            month.variance.minor(by_segment=True, every=every),
            month.variance.drivers_minor(by_segment=True, every=every),
        ):
            keys = [name for name in ("period", "month", "size") if name in table.columns]
            for _, cell in table.groupby(keys):
                closing = cell["line"] == "closing"
                assert closing.sum() == 1
                for column in ("plan", "actual", "variance"):
                    if column in cell and cell[column].notna().all():
                        sums = cell.loc[~closing, column].sum()
                        assert sums == cell.loc[closing, column].sum(), (month.close, column)


def test_the_past_that_moves_is_a_line_of_its_own(closed, year):
    for month in closed[0]:
        total = month.variance.minor(month=str(month.close)).set_index("line")["variance"]
        late = 185_000 if month.close >= year.LATE else 0
        credit = -45_000 if month.close >= year.CREDITED else 0
        assert total["restatement"] == late + credit


def test_other_definitions_are_a_line_of_their_own_and_leave_the_movements_alone(closed, year):
    months, *_ = closed
    for month in months:
        lines = month.variance.minor(month=str(month.close)).set_index("line")["variance"]
        assert ("policy" in lines and lines["policy"] != 0) == (month.close >= year.REDEFINED)
    ledger = year.Company().ledger(year.YEAR[-1]).under(year.Policy())
    new = ledger.movements().matrix("new").sum(axis=1).loc[year.YEAR]
    told = months[-1].variance.minor(every="month").set_index(["line"])["actual"]["new"]
    assert np.array_equal(told.to_numpy(), np.rint(100 * new.to_numpy()).astype(int))


def test_the_slipped_deal_is_named_until_it_is_signed(closed, year):
    for month in closed[0]:
        said = " ".join(month.variance.sentences(str(month.close)))
        due = year.pd.Period("2026-09", "M") <= month.close < year.SIGNED
        assert ("Globex" in said) == due, month.close


def test_the_walks_follow_each_quarter_and_add_up(closed):
    walks = {str(month.close): month.walk for month in closed[0] if month.walk is not None}
    assert list(walks) == ["2026-09", "2026-12", "2027-03"]
    for walk in walks.values():
        assert abs(walk.start + sum(step.amount for step in walk.steps) - walk.end) < 0.005
    assert "definitions" in {step.label for step in walks["2027-03"].steps}


def test_the_plans_are_a_chain_and_are_scored_by_their_own_definitions(closed):
    _, card, folder = closed
    chain = Chain.read(folder)
    kinds = [plan.manifest.kind for plan in chain.plans]
    assert kinds == ["budget", "3+9", "6+6", "9+3"]
    assert card.plans == 4
    closing = card.table(("line",)).set_index("line").loc["closing"]
    assert abs(closing["bias"]) < 60_000  # other definitions would make 120,000 of it
    assert any("definitions" in note for note in card.notes)


def test_what_is_printed_names_every_month(year, capsys, monkeypatch, closed):
    months, card, folder = closed
    monkeypatch.setattr(year, "close_the_year", lambda _: (months, card))
    monkeypatch.setattr(sys, "argv", ["close_a_year.py", str(folder)])
    year.main()
    said = capsys.readouterr().out
    assert all(f"\n{month}\n=======" in said for month in year.YEAR)
    assert said.count("previous forecast") == 3
    assert "Scorecard of 4 plans" in said
