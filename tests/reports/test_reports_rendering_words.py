"""Decks as rendered: no text on another one, none off the page, no chart without ink."""

from __future__ import annotations

import itertools

import pytest
import rendering
from pptx import Presentation
from reports_fakes import FakeLedger, backtest, comparison, movements, variance

from reports import board_deck

NAMES = ("=cmd|' /C calc'!A1", "👩‍💻 Wachstum", "שלום עולם", "Enterprise of the north " * 8)
DPI = 40


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decks")
    usual = movements(labels=("Enterprise", "Mid", "SMB"))
    odd = movements(labels=NAMES, currency="JPY", scale=150.0)
    many = movements(labels=[f"Segment {n:02}" for n in range(40)], currency="KWD", scale=0.3)
    full = {"variance": variance(), "backtest": backtest(), "company": "North"}
    made = {
        "full": (usual, ("Base", "Upside", "Downside"), full),
        "french": (usual, ("Base", "Upside", "Downside"), full | {"language": "fr"}),
        "odd": (odd, NAMES, {"company": NAMES[3]}),
        "many": (many, ("Base",), {}),
    }
    for name, (moves, names, more) in made.items():
        board_deck(folder / f"{name}.pptx", FakeLedger(moves), comparison(moves, names), **more)
    paths = [folder / f"{name}.pptx" for name in made]
    pictures = rendering.pages(paths, folder, DPI)
    return {
        path.stem: (Presentation(path), rendering.words(folder / "made" / f"{path.stem}.pdf"), seen)
        for path, seen in zip(paths, pictures, strict=True)
    }


@pytest.mark.parametrize("name", ["full", "french", "odd", "many"])
def test_no_word_lies_on_another_or_off_the_page(shown, name):
    deck, pages, _ = shown[name]
    wide, high = deck.slide_width / 12700, deck.slide_height / 12700
    found = []
    for number, page in enumerate(pages, start=1):
        found += [
            (number, one.text, other.text)
            for one, other in itertools.combinations(page, 2)
            if one.covers(other) and one.said and other.said
        ]
        found += [
            (number, word.text, "off the page")
            for word in page
            if min(word.left, word.top) < 0 or word.right > wide or word.bottom > high
        ]
    assert found == []


@pytest.mark.parametrize("name", ["full", "french", "odd", "many"])
def test_every_chart_has_ink(shown, name):
    deck, _, pictures = shown[name]
    inch = 914400
    charts = 0
    for slide, page in zip(deck.slides, pictures, strict=True):
        for shape in slide.shapes:
            if shape.has_chart:
                top, left = (round(side / inch * DPI) for side in (shape.top, shape.left))
                low, right = (
                    round((start + length) / inch * DPI)
                    for start, length in ((shape.top, shape.height), (shape.left, shape.width))
                )
                charts += 1
                assert (page[top:low, left:right] < 200).mean() > 0.01, (name, shape.name)
    assert charts >= 5
