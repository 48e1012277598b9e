"""The deck and the workbook as LibreOffice shows and recalculates them."""

from __future__ import annotations

import openpyxl
import pytest
import rendering
from reports_fakes import FakeLedger, backtest, comparison, movements, variance

from reports import board_deck, workbook

MOVES = movements(months=30, labels=("Enterprise", "Mid", "SMB"))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rendered")
    results = FakeLedger(MOVES), comparison(MOVES), variance()
    deck = board_deck(folder / "deck.pptx", *results, backtest=backtest(), company="North")
    book = workbook(folder / "book.xlsx", *results, backtest(), company="North")
    return folder, deck, book


def test_slides_and_sheets_render_to_pages_that_are_not_empty(written):
    folder, deck, book = written
    slides, sheets = rendering.pages([deck.path, book.path], folder)
    assert len(slides) == len(deck.parts)
    for page in slides:
        assert 0.003 < (page < 128).mean() < 0.5
        edges = [page[:, :4], page[:, -4:], page[-4:, :]]
        assert all((edge > 250).all() for edge in edges), "something reaches the slide's edge"
    assert len(sheets) >= len(book.parts)
    assert all((page < 200).any() for page in sheets)


def test_a_recalculated_workbook_has_the_values_it_was_written_with(written):
    folder, _, book = written
    # Equal values alone would also be found if LibreOffice had kept the cached ones.
    changed = openpyxl.load_workbook(book.path)
    changed["Movements"]["C6"] = changed["Movements"]["C6"].value + 1000
    changed.save(folder / "changed.xlsx")
    files = rendering.recalculated([book.path, folder / "changed.xlsx"], folder)
    before = rendering.cells(book.path)
    again, moved = map(rendering.cells, files)
    formulas = [
        place
        for place, text in rendering.cells(book.path, formulas=True).items()
        if str(text).startswith("=")
    ]
    assert len(formulas) > 500
    for place in formulas:
        value = before[place]
        said = isinstance(value, str)
        wanted = value if said else pytest.approx(value, abs=5e-7, rel=1e-9)
        assert again[place] == wanted, place
    last = ("Movements", f"I{len(MOVES.months) + 4}")
    assert moved[last] == pytest.approx(before[last] + 1000)
    assert moved["Movements", "J6"] == pytest.approx(1000)
