"""A company's own template, a choice of slides, and decks that are made anew in place."""

from __future__ import annotations

import shutil
import zipfile

import pptx
import pytest
from pptx.util import Inches
from reports_fakes import FakeLedger, comparison, movements

from arrcast.workspace import Workspace
from history.errors import InputError, OverwriteError
from reports import board_deck
from reports.deck.xml import slide_key

SLIDES = ("cover", "arr", "movements", "risks", "definitions")
NAME = "Northwind"


@pytest.fixture(scope="module")
def results():
    moves = movements(labels=("Enterprise", "Mid", "SMB"))
    return FakeLedger(moves), comparison(moves)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Make a 4:3 template with a serif font, colours of its own and a slide of examples."""
    path = tmp_path_factory.mktemp("template") / "company.pptx"
    deck = pptx.Presentation()
    title = deck.slide_layouts.get_by_name("Title Only").placeholders[0]
    title.left, title.top, title.width, title.height = map(Inches, (0.7, 0.2, 8.6, 0.9))
    deck.slides.add_slide(deck.slide_layouts[1]).shapes.title.text = "How to use our template"
    deck.save(path)
    _theme(path, {"4F81BD": "112E51", "C0504D": "B50909", "9BBB59": "2E8540", "8064A2": "4C2C92",
                  "4BACC6": "00A6D2", "F79646": "FDB81E", "Calibri": "Georgia"})  # fmt: skip
    return path


def _theme(path, words):
    """Rewrite words of a template's theme."""
    other = path.with_suffix(".tmp")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            held = old.read(name)
            if "theme/theme1" in name:
                for word, better in words.items():
                    held = held.replace(word.encode(), better.encode())
            new.writestr(name, held)
    shutil.move(other, path)


@pytest.fixture
def deck(results, tmp_path):
    path = tmp_path / "board.pptx"
    board_deck(path, *results, company=NAME, slides=SLIDES)
    return path


def titles(path):
    return [slide.shapes.title.text for slide in pptx.Presentation(path).slides]


def keys(path):
    return [slide_key(slide) for slide in pptx.Presentation(path).slides]


def test_slides_are_those_asked_for_in_that_order(results, tmp_path):
    board_deck(tmp_path / "d.pptx", *results, slides=("risks", "arr"))
    assert keys(tmp_path / "d.pptx") == ["risks", "arr"]
    with pytest.raises(InputError, match=r"'movments'. Did you mean 'movements'"):
        board_deck(tmp_path / "e.pptx", *results, slides=("movments",))


def test_an_unknown_slide_in_the_settings_is_told_with_its_line(tmp_path):
    text = "company: N\nledger: {file: b.csv}\nreport:\n  slides:\n  - arr\n  - movments\n"
    (tmp_path / "arrcast.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"arrcast\.yaml:6:5.*movments.*movements"):
        Workspace.open(tmp_path)


def test_a_company_template_lends_its_layouts_fonts_and_colours(results, template, tmp_path):
    path = tmp_path / "d.pptx"
    written = board_deck(path, *results, company=NAME, slides=SLIDES, template=template)
    assert [str(item) for item in written.left_out] == [
        "template: its own slides (1) are not in the deck"
    ]
    made = pptx.Presentation(path)
    assert (made.slide_width, made.slide_height) == (Inches(10), Inches(7.5))
    assert [slide.slide_layout.name for slide in made.slides][:2] == ["Title Slide", "Title Only"]
    for slide in list(made.slides)[1:]:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= made.slide_width
            assert shape.top + shape.height <= made.slide_height
            if not shape.is_placeholder:
                assert shape.top >= Inches(1.1), "below the template's title"
    xml = made.slides[1].shapes._spTree.xml
    assert "Arial" not in xml
    assert 'schemeClr val="accent1"' in xml
    chart = next(shape.chart for shape in made.slides[1].shapes if shape.has_chart)
    assert 'schemeClr val="accent1"' in chart._chartSpace.xml
    assert "0072B2" not in chart._chartSpace.xml


def test_a_potx_is_a_template_too(results, template, tmp_path):
    path = tmp_path / "company.potx"
    with zipfile.ZipFile(template) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            held = old.read(name)
            kinds = b"presentation.main+xml", b"template.main+xml"
            new.writestr(name, held.replace(*kinds) if name == "[Content_Types].xml" else held)
    board_deck(tmp_path / "d.pptx", *results, slides=("arr",), template=path)
    assert keys(tmp_path / "d.pptx") == ["arr"]
    (tmp_path / "no.pptx").write_text("no presentation", encoding="utf-8")
    for name in ("no.pptx", "missing.pptx"):
        with pytest.raises(InputError, match=name):
            board_deck(tmp_path / "e.pptx", *results, template=tmp_path / name)


def test_accents_that_look_alike_are_not_used_in_charts(results, template, tmp_path):
    path = tmp_path / "alike.pptx"
    shutil.copy(template, path)
    _theme(path, {"B50909": "112E60"})
    written = board_deck(tmp_path / "d.pptx", *results, slides=("arr",), template=path)
    assert "accents 1 and 2 look alike" in str(written)


def test_an_update_renews_its_slides_and_leaves_hand_made_ones(results, deck):
    made = pptx.Presentation(deck)
    own = made.slides.add_slide(made.slide_layouts[1])
    own.shapes.title.text = "What the board must decide"
    listed = made.slides._sldIdLst
    listed.insert(1, listed[-1])  # by hand, between the cover and the first chart
    listed.append(listed[2])  # and the chart behind everything
    made.save(deck)
    before, order = titles(deck), keys(deck)
    assert order == ["cover", None, "movements", "risks", "definitions", "arr"]
    later = movements(months=49, labels=("Enterprise", "Mid", "SMB"), seed=2)
    view = comparison(later)
    board_deck("unused.pptx", FakeLedger(later), view, company=NAME, slides=SLIDES, update=deck)
    after = titles(deck)
    assert keys(deck) == order
    assert after[1] == before[1]
    assert after[5] != before[5]
    for slide in pptx.Presentation(deck).slides:
        charts = [rel for rel in slide.part.rels.values() if rel.reltype.endswith("/chart")]
        assert len(charts) == sum(shape.has_chart for shape in slide.shapes), "old charts are gone"


def test_an_equal_update_changes_nothing_that_is_seen(results, deck):
    def seen():
        return [slide.shapes._spTree.xml for slide in pptx.Presentation(deck).slides]

    before = seen()
    board_deck("unused.pptx", *results, company=NAME, slides=SLIDES, update=deck)
    board_deck("unused.pptx", *results, company=NAME, slides=SLIDES, update=deck)
    assert seen() == before


def test_a_deleted_slide_stays_deleted_and_a_new_one_takes_its_place(results, deck):
    made = pptx.Presentation(deck)
    listed = made.slides._sldIdLst
    made.part.drop_rel(listed[2].rId)
    listed.remove(listed[2])
    made.save(deck)
    more = (*SLIDES[:3], "retention", *SLIDES[3:])
    written = board_deck("unused.pptx", *results, company=NAME, slides=more, update=deck)
    assert keys(deck) == ["cover", "arr", "retention", "risks", "definitions"]
    assert [item.part for item in written.left_out] == ["movements"]
    assert "deleted" in written.left_out[0].reason


def test_a_slide_that_cannot_be_renewed_stays_and_says_so(results, deck):
    moves = movements(months=1, labels=("Enterprise", "Mid", "SMB"))
    before = titles(deck)[2]
    written = board_deck("u.pptx", FakeLedger(moves), comparison(moves), slides=SLIDES, update=deck)
    assert titles(deck)[2] == before
    assert "stays as it was: the history has one month" in str(written)


def test_what_was_typed_into_a_slide_is_not_overwritten_unasked(results, deck):
    made = pptx.Presentation(deck)
    made.slides[1].shapes.title.text = "ARR is fine"
    made.slides[2].notes_slide.notes_text_frame.text += "\nMention the churn."
    made.save(deck)
    held = deck.read_bytes()
    with pytest.raises(OverwriteError, match=r"slide 2 \(arr\), slide 3 \(movements\).*--force"):
        board_deck("unused.pptx", *results, company=NAME, slides=SLIDES, update=deck)
    assert deck.read_bytes() == held
    board_deck("unused.pptx", *results, company=NAME, slides=SLIDES, update=deck, force=True)
    assert "ARR is fine" not in titles(deck)
