from __future__ import annotations

import openpyxl
import pytest
from reports_fakes import FakeLedger, backtest, comparison, movements, variance

from history.errors import OverwriteError
from reports import workbook
from reports.format import Scale

SHEETS = (
    "Summary", "Assumptions", "ARR model", "Model 1", "Model 2", "Model 3", "Movements",
    "Movements by segment", "Cohorts", "Metrics", "Forecast", "Comparison", "Bridge", "Variance",
    "Plan and actuals", "Backtest", "Definitions",
)  # fmt: skip
ODD = ("=cmd|' /C calc'!A1", "@x & co", "👩‍💻", "x" * 200)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    moves = movements(labels=("Enterprise", "Mid", "SMB"))
    path = tmp_path_factory.mktemp("book") / "w.xlsx"
    written = workbook(
        path, FakeLedger(moves), comparison(moves), variance(), backtest(), company="North & Co"
    )
    return (
        moves,
        written,
        openpyxl.load_workbook(path),
        openpyxl.load_workbook(path, data_only=True),
    )


def test_all_sheets_are_there_visible_and_set_up_for_print(made):
    _, written, book, _ = made
    assert written.parts == tuple(book.sheetnames) == SHEETS
    assert written.left_out == ()
    for sheet in book:
        assert sheet.sheet_state == "visible"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "North && Co" in sheet.oddFooter.left.text
    assert all(book[name].freeze_panes for name in SHEETS if name not in ("Summary", "Variance"))
    assert [len(book[name]._charts) for name in ("Summary", "Movements", "Bridge")] == [1, 1, 2]


def test_every_formula_carries_a_value(made):
    *_, book, values = made
    formulas = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    formulas += 1
                    assert values[sheet.title][cell.coordinate].value is not None, cell
    assert formulas > 500


def test_closing_mrr_is_a_sum_and_is_the_ledgers(made):
    moves, _, book, values = made
    sheet, shown = book["Movements"], values["Movements"]
    closing = moves.matrix("closing").sum(axis=1)
    for row, amount in enumerate(closing, start=5):
        assert shown.cell(row, 9).value == pytest.approx(amount, abs=1e-9)
    assert sheet["I6"].value == "=SUM(B6:H6)"
    assert [cell.value for cell in sheet[5][1:8]] == [None] * 7


def test_segments_add_up_to_the_company(made):
    *_, values = made
    total = sum(row[0].value or 0 for row in values["Movements by segment"]["J5:J148"])
    whole = sum(row[0].value or 0 for row in values["Movements"]["I5:I52"])
    assert total == pytest.approx(whole)


def test_numbers_have_formats_and_months_are_dates(made):
    _, _, book, values = made
    assert book["Movements"]["I6"].number_format.startswith("#,##0.00")
    assert book["Movements"]["A6"].number_format == "mmm yyyy"
    assert values["Movements"]["A6"].is_date


@pytest.mark.parametrize(("currency", "zeros"), [("JPY", ""), ("KWD", ".000")])
def test_amounts_have_the_currencys_decimals(currency, zeros, tmp_path):
    moves = movements(months=14, currency=currency)
    workbook(tmp_path / "w.xlsx", FakeLedger(moves), comparison(moves))
    form = openpyxl.load_workbook(tmp_path / "w.xlsx")["Movements"]["I6"].number_format
    assert form == f"#,##0{zeros}_);(#,##0{zeros});0{zeros}_)"


def test_names_are_texts_wherever_they_stand(tmp_path):
    moves = movements(months=14, labels=ODD)
    view = comparison(moves, names=ODD)
    workbook(tmp_path / "w.xlsx", FakeLedger(moves), view, company="=evil()")
    book = openpyxl.load_workbook(tmp_path / "w.xlsx")
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert not str(cell.value).startswith("=cmd")
                elif isinstance(cell.value, str) and cell.value:
                    assert cell.value[0] not in "=@+\t\r", cell
    assert book["Summary"]["A1"].value.startswith("'=evil")


@pytest.mark.parametrize(
    ("months", "names"), [(1, ("Base",)), (3, ("Base", "Up")), (14, ("Base",))]
)
def test_short_histories_and_single_scenarios_are_written(months, names, tmp_path):
    moves = movements(months=months, churn=0.0)
    written = workbook(tmp_path / "w.xlsx", FakeLedger(moves, 0.0), comparison(moves, names=names))
    left = {item.part for item in written.left_out}
    assert {"sheet Variance", "sheet Backtest", "sheet Movements by segment"} <= left
    assert ("sheet Bridge" in left) == (len(names) == 1)


def test_a_workbook_is_not_overwritten(tmp_path):
    moves = movements(months=14)
    path = tmp_path / "w.xlsx"
    path.write_text("mine")
    with pytest.raises(OverwriteError):
        workbook(path, FakeLedger(moves), comparison(moves))
    assert path.read_text() == "mine"


def test_a_scale_is_an_excel_format():
    assert Scale(1e6, "M", 2).number_format == '#,##0.00,,"M";(#,##0.00,,"M");0.00"M"'
    assert Scale(1.0, "", 0).number_format == "#,##0;(#,##0);0"
