from __future__ import annotations

import io

import numpy as np
import openpyxl
import pytest
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.util import Emu
from reports_fakes import FakeLedger, backtest, comparison, movements, variance

from history.errors import InputError, OverwriteError
from reports import board_deck
from reports.deck import text as measure
from reports.format import money, percent, scale_of

LONG = "Enterprise accounts of the northern region " * 5
ODD = ("=cmd|' /C calc'!A1", "👩‍💻 Wachstum", "שלום עולם", LONG)


def company(labels=("total",), names=("Base", "Upside", "Downside"), **kwargs):
    moves = movements(labels=labels, **kwargs)
    return FakeLedger(moves, kwargs.get("churn", 0.02)), comparison(moves, names=names)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    ledger, view = company(("Enterprise", "Mid", "SMB"))
    path = tmp_path_factory.mktemp("deck") / "board.pptx"
    written = board_deck(
        path, ledger, view, variance(), backtest=backtest(), company="Northwind Software GmbH"
    )
    return ledger, view, written, Presentation(path)


def charts(deck):
    return [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]


def tables(deck):
    return [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]


def test_a_full_deck_has_all_slides_native_charts_and_tables(made):
    *_, written, deck = made
    assert [item.part for item in written.left_out] == ["unit economics"]
    assert "no costs" in written.left_out[0].reason
    assert len(deck.slides) == len(written.parts) == 15
    assert len(charts(deck)) == 11
    assert len(tables(deck)) == 15
    assert not any(shape.shape_type == 13 for slide in deck.slides for shape in slide.shapes)
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, rel=1e-4)


def test_titles_are_sentences_with_the_numbers_of_the_results(made):
    ledger, view, written, _ = made
    titles = written.parts
    arr = 12 * ledger.moves.matrix("closing").sum(axis=1)
    assert money(arr.iloc[-1], "EUR") in titles[0]
    assert percent(arr.iloc[-1] / arr.iloc[-13] - 1) in titles[0]
    table = view.table("2027-12").set_index("scenario")
    scale = scale_of(table.loc["Base", ["p10", "p50", "p90"]])
    for name in ("p10", "p50", "p90"):
        assert money(table.loc["Base", name], "EUR", scale) in titles[1]
    new = ledger.moves.matrix("new").tail(12).sum().sum()
    assert f"€{new / 1e3:.0f}k" in titles[2]
    assert money(table.loc["Upside", "p50"], "EUR", scale_of(table["p50"])) in titles[8]
    gap = table.loc["Downside", "difference"]
    assert f"Downside costs €{-gap / 1e3:.0f}k of ARR" in titles[10]


def test_every_slide_has_notes_with_source_as_of_and_hashes(made):
    ledger, _, _, deck = made
    for slide in deck.slides:
        notes = slide.notes_slide.notes_text_frame.text
        assert "2026-06" in notes
        assert ledger.policy.digest[:16] in notes
        assert slide.shapes.title.text in notes


def test_footers_are_placeholders_with_company_month_and_currency(made):
    *_, deck = made
    for slide in list(deck.slides)[1:]:
        kinds = {p.placeholder_format.type: p for p in slide.placeholders}
        assert PP_PLACEHOLDER.SLIDE_NUMBER in kinds
        text = kinds[PP_PLACEHOLDER.FOOTER].text_frame.text
        assert text == "Northwind Software GmbH | as of Jun 2026 | EUR"


def test_charts_and_tables_have_alternative_texts(made):
    *_, deck = made
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.has_chart or shape.has_table:
                assert shape._element.xpath(".//p:cNvPr")[0].get("descr")


def test_chart_data_can_be_edited_and_is_that_of_the_results(made):
    _, view, _, deck = made
    fan = charts(deck)[0]
    book = openpyxl.load_workbook(io.BytesIO(fan.part.chart_workbook.xlsx_part.blob))
    rows = list(book.active.iter_rows(values_only=True))
    medians = dict(zip(rows[0], rows[-1], strict=True))
    for name in view.scenarios:
        paths = view.runs[name].projection.draws("arr")[:, -1]
        assert medians[name] == pytest.approx(np.median(paths))


def test_a_cut_axis_is_told_as_it_is_drawn(made):
    *_, deck = made
    told = 0
    for slide in deck.slides:
        lowest = [
            shape.chart.value_axis.minimum_scale
            for shape in slide.shapes
            if shape.has_chart and "Bridge" in shape._element.xpath(".//p:cNvPr")[0].get("descr")
        ]
        texts = " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        for low in lowest:
            told += 1
            assert (f"axis starts at {money(low, 'EUR')}." in texts) == (low > 0)
    assert told == 3


def test_tables_of_movements_foot_as_printed(made):
    *_, deck = made
    table = next(t for t in tables(deck) if t.cell(0, 1).text == "Opening")
    rows = [[cell.text for cell in row.cells] for row in table.rows][1:]
    figures = np.array([[_number(text) for text in row[1:-1]] for row in rows])
    assert (figures[:, :-1].sum(axis=1).round(6) == figures[:, -1]).all()
    assert (figures[:-1, 1:-1].sum(axis=0).round(6) == figures[-1, 1:-1]).all()


def _number(text):
    sign = -1 if text.startswith("(") else 1
    return sign * float(text.strip("()+").replace(",", ""))


def overflowing(deck):
    """Name texts that are larger than their box, and shapes beyond the slide's edge."""
    found = []
    for number, slide in enumerate(deck.slides, start=1):
        for shape in slide.shapes:
            if shape.left < 0 or shape.left + shape.width > deck.slide_width:
                found.append((number, "beyond the edge", shape.name))
            if shape.top + shape.height > deck.slide_height:
                found.append((number, "below the edge", shape.name))
            if shape.has_text_frame and shape.text_frame.text:
                found += [(number, "text", shape.text_frame.text)] * (_needs(shape) > shape.height)
    return found


def _needs(shape):
    inches = 0.0
    for paragraph in shape.text_frame.paragraphs:
        if not paragraph.runs or paragraph.runs[0].font.size is None:
            continue
        font = paragraph.runs[0].font
        rows = measure.lines(paragraph.text, font.size.pt, Emu(shape.width).inches, bold=font.bold)
        inches += len(rows) * font.size.pt * measure.LINE / 72
    return inches * 914400 - 9144


def overlapping(deck):
    """Pairs of charts, tables and titles that cover each other."""
    found = []
    for number, slide in enumerate(deck.slides, start=1):
        solid = [s for s in slide.shapes if s.has_chart or s.has_table or s == slide.shapes.title]
        for i, one in enumerate(solid):
            for other in solid[i + 1 :]:
                across = min(one.left + one.width, other.left + other.width) - max(
                    one.left, other.left
                )
                down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
                if across > 0 and down > 0:
                    found.append((number, one.name, other.name))
    return found


def smallest_text(deck):
    sizes = [
        run.font.size.pt
        for table in tables(deck)
        for row in table.rows
        for cell in row.cells
        for paragraph in cell.text_frame.paragraphs
        for run in paragraph.runs
    ]
    return min(sizes)


def test_nothing_overflows_or_overlaps(made):
    *_, deck = made
    assert overflowing(deck) == []
    assert overlapping(deck) == []
    assert smallest_text(deck) >= 11


@pytest.mark.parametrize(
    ("ledger", "view", "missing"),
    [
        pytest.param(*company(names=("Base",)), {"bridge"}, id="one scenario"),
        pytest.param(*company([f"s{n:02}" for n in range(40)]), set(), id="forty segments"),
        pytest.param(*company(ODD, names=ODD), set(), id="odd and long names"),
        pytest.param(*company(currency="JPY", scale=150.0), set(), id="JPY"),
        pytest.param(*company(currency="KWD", scale=0.001), set(), id="KWD, small amounts"),
        pytest.param(*company(churn=0.0), set(), id="zero churn"),
        pytest.param(*company(months=3), {"retention", "retention curves"}, id="three months"),
        pytest.param(
            *company(months=1),
            {"movements", "retention", "cohorts", "retention curves"},
            id="one month",
        ),
        pytest.param(
            *company(names=[f"Scenario {n}" for n in range(9)]),
            {f"bridge to Scenario {n}" for n in (1, 3, 5)},
            id="nine scenarios",
        ),
        pytest.param(*company(months=14, scale=0.0), {"renewals ahead"}, id="no revenue at all"),
    ],
)
def test_awkward_input_is_still_right_or_left_out_with_a_reason(ledger, view, missing, tmp_path):
    path = tmp_path / "d.pptx"
    written = board_deck(path, ledger, view, company=LONG)
    deck = Presentation(path)
    expected = {"plan versus actuals", "forecast quality", "unit economics", *missing}
    if not ledger.moves.by:
        expected.add("churn by segment")
    assert {item.part for item in written.left_out} == expected
    assert all(item.reason for item in written.left_out)
    assert str(written).count("left out") == len(written.left_out)
    assert overflowing(deck) == []
    assert overlapping(deck) == []


def test_where_not_all_bridges_fit_the_largest_are_drawn(tmp_path):
    ledger, view = company(names=[f"Scenario {n}" for n in range(9)])
    path = tmp_path / "d.pptx"
    written = board_deck(path, ledger, view)
    bare = {item.part.removeprefix("bridge to ") for item in written.left_out}
    means = {name: view.runs[name].projection.draws("arr")[:, -1].mean() for name in view.scenarios}
    sizes = {name: abs(mean - means["Scenario 0"]) for name, mean in means.items()}
    left, drawn = set(sizes) & bare, set(sizes) - bare - {"Scenario 0"}
    assert left
    assert max(sizes[name] for name in left) <= min(sizes[name] for name in drawn)


def test_no_cell_behind_a_chart_is_a_formula(tmp_path):
    ledger, view = company(ODD, names=ODD)
    board_deck(tmp_path / "d.pptx", ledger, view)
    for chart in charts(Presentation(tmp_path / "d.pptx")):
        blob = chart.part.chart_workbook.xlsx_part.blob
        for row in openpyxl.load_workbook(io.BytesIO(blob)).active.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_a_deck_is_not_overwritten_and_a_failure_leaves_nothing(tmp_path):
    ledger, view = company()
    path = tmp_path / "d.pptx"
    board_deck(path, ledger, view)
    with pytest.raises(OverwriteError, match="force"):
        board_deck(path, ledger, view)
    with pytest.raises(InputError, match=r"\.pptx"):
        board_deck(tmp_path / "d.ppt", ledger, view)
    with pytest.raises(AttributeError):
        board_deck(tmp_path / "e.pptx", ledger, object())
    assert list(tmp_path.iterdir()) == [path]


def test_texts_are_cut_to_their_width():
    cut = measure.fitted(LONG, 14, 2.0)
    assert cut.endswith("…")
    assert measure.width(cut, 14) <= 2.0
    assert measure.lines("x" * 100, 14, 1.0)[0] != ""
    assert measure.fitted("short", 14, 2.0) == "short"
