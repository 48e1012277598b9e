"""The deck and the figures in French: no English is left, nothing overflows, programs know it."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from lxml import etree
from pptx import Presentation
from pptx.oxml.ns import qn
from reports_fakes import FakeVariance, backtest, variance
from test_reports_deck import overflowing, overlapping, smallest_text

from forecast import Forecaster
from history import Ledger
from history.language import speaking
from history.synthetic import example_company
from reports import board_deck, figures
from reports.deck.names import KINDS
from reports.format import lever_words
from scenarios import Costs, PriceRise, Scenario, compare, run, tornado

COSTS = Costs(sales_and_marketing=120_000, other=250_000, gross_margin=0.8)
ENGLISH = re.compile(
    r"\b(the|of|and|by|from|is|are|was|were|has|have|been|with|without|in|at|to|for|not|no|than|then"
    r"|that|this|which|who|what|its|their|each|all|every|both|months?|years?|quarter|day"
    r"|customers?|paths?|below|above|after|before|since|until|more|less|today|changes|share"
    r"|price|new|churn(?!\))|forecasts?|actual|opening|closing|growth|mean|lost|left|given|known"
    r"|Jan|Feb|Apr|May|Jun|Jul|Aug|Sep|Dec)\b",
    re.IGNORECASE,
)
# Data, which nobody translates: names of the company's own and what programs are called by.
DATA = ("Enterprise", "Mid-Market", "SMB", "size", "FY27 board plan", "by dans arrcast.yaml")


class Quiet(FakeVariance):
    """A variance whose commentary, which has tests of its own, is not told."""

    def sentences(self, month=None, *, every="month"):
        return []


def plan():
    fake = variance()
    return Quiet(**{field.name: getattr(fake, field.name) for field in fields(fake)})


@pytest.fixture(scope="module")
def results():
    lines = example_company().generate(seed=1, through="2025-06").ledger_frame("2025-06")
    ledger = Ledger.read(lines, as_of="2025-06", currency="EUR")
    forecaster = Forecaster.fit(ledger, by="size")
    base = Scenario("Centrale")
    worse = Scenario("Prudent", based_on=base, because="un rival").change(
        "churn", times=1.2, months="2025-08/", because="un rival baisse ses prix"
    )
    rise = Scenario("Hausse", based_on=base).add(PriceRise(uplift=0.06, months="2025-09/"))
    ran = run([base, worse, rise], forecaster, months=9, paths=200, seed=1)
    return ledger, compare(ran, against="Centrale")


@pytest.fixture(scope="module")
def made(results, tmp_path_factory):
    path = tmp_path_factory.mktemp("french") / "deck.pptx"
    written = board_deck(
        path, *results, plan(), backtest=backtest(), company="Nord SAS", costs=COSTS, language="fr"
    )
    return written, Presentation(path)


def texts(deck):
    """Give every text of a deck by slide: shapes, notes, alternative texts, charts."""
    for number, slide in enumerate(deck.slides, start=1):
        parts = [slide._element, slide.notes_slide._element]
        charts = [shape.chart._chartSpace for shape in slide.shapes if shape.has_chart]
        for part in (*parts, *charts):
            for place in part.iter(qn("a:p")):
                yield number, "".join(text.text or "" for text in place.iter(qn("a:t")))
            for place in part.iter(qn("p:cNvPr")):
                yield number, place.get("descr") or ""
        for chart in charts:
            for place in chart.iter(qn("c:tx"), qn("c:cat")):
                yield from ((number, text.text or "") for text in place.iter(qn("c:v")))


def english(text):
    for name in DATA:
        text = text.replace(name, "")
    return ENGLISH.findall(text)


def test_no_english_is_left(made):
    written, deck = made
    said = [*texts(deck), *((0, str(item.part)) for item in written.left_out)]
    assert len(said) > 700
    assert [(n, text, found) for n, text in said if (found := english(text))] == []


def test_english_would_be_found():
    assert english("MRR grew by €9k in twelve months") == ["by", "in", "months"]
    assert english("L’ARR s’établit à 7,14 M€ à fin déc. 2027, dont 54 % chez SMB") == []


def test_french_numbers_and_spaces(made):
    _, deck = made
    said = " ".join(text for _, text in texts(deck))
    assert re.findall(r"€\d|\d (?:%|M€|k€)|\w [:;?!](?: |$)|\d'\d", said) == []
    assert re.search(r"\d,\d+\xa0k€", said)
    formats = {
        axis.tick_labels.number_format
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_chart
        for axis in (shape.chart.value_axis,)
    }
    assert '[$-40C]#,##0,,"\xa0M€";[$-40C](#,##0,,"\xa0M€");[$-40C]0"\xa0€"' in formats
    assert '[$-40C]0"\xa0"%' in formats


def test_programs_are_told_the_language(made):
    _, deck = made
    assert deck.core_properties.language == "fr"
    for slide in deck.slides:
        for part in (slide._element, slide.notes_slide._element):
            assert {run.find(qn("a:rPr")).get("lang") for run in part.iter(qn("a:r"))} == {"fr-FR"}


def test_longer_texts_still_fit(made):
    _, deck = made
    assert overflowing(deck) == []
    assert overlapping(deck) == []
    assert smallest_text(deck) >= 10
    assert not [title for title in map(_title, deck.slides) if title.endswith("…")]


def _title(slide):
    return slide.shapes.title.text


def test_a_full_deck_has_a_cover_and_fourteen_slides(made):
    written, deck = made
    assert len(deck.slides) == 1 + 14
    assert len(written.left_out) == 1, "a bridge"
    kinds = [slide._element.cSld.get("name").removeprefix("arrcast:").split("#")[0].split(":")[0]
             for slide in deck.slides]  # fmt: skip
    assert [kind.replace("bridge", "bridges") for kind in kinds] == list(KINDS)


def drawn(ledger, view):
    pack = ledger.movements()
    yield lambda ax: figures.arr_fan(pack, view, ax)
    yield lambda ax: figures.movements_waterfall(pack, ax)
    yield lambda ax: figures.bridge(view.bridge("Prudent", "2025-12"), ax, currency="EUR")
    yield lambda ax: figures.cohort_heatmap(ledger.cohorts(), ax)
    yield lambda ax: figures.retention_curves(ledger.cohorts(by="size"), ax)
    yield lambda ax: figures.tornado(tornado(view.runs, "Centrale", "2025-12"), ax, currency="EUR")
    yield lambda ax: figures.plan_versus_actuals(plan(), ax)


def test_figures_speak_french(results, tmp_path):
    with speaking("fr"):
        for place, draw in enumerate(drawn(*results)):
            _, ax = figures.canvas()
            path = figures.save(draw(ax), tmp_path / f"{place}.svg")
            said = [text.strip() for text in etree.parse(str(path)).getroot().itertext()]
            assert len([text for text in said if text]) > 5
            assert [(text, found) for text in said if (found := english(text))] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("new_arpa", "ARPA des nouveaux clients"),
        ("price_rise.uplift", "hausse de prix\xa0: hausse"),
        ("one_off", "affaire ponctuelle"),
    ],
)
def test_levers_have_french_names(name, words):
    with speaking("fr"):
        assert lever_words(name) == words
