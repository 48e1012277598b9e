from __future__ import annotations

import csv

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pytest

from history.errors import CurrencyError, InputError, OverwriteError
from reports import write_table
from reports.tables import neutral

STINGS = ["=1+1", "+49 30", "-cmd", "@SUM(A1)", "\tx", "\rx", " =1", "'quoted"]


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "month": pd.period_range("2026-01", periods=3, freq="M"),
            "size": ["=HYPERLINK(1)", 'SMB; "two"', None],
            "customers": pd.array([3, None, 5], dtype="Int64"),
            "mrr": [1234.5, -0.001, np.nan],
            "share": [0.123456, 1.0, np.nan],
        }
    )


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_csv_has_months_decimals_and_no_formula(table, tmp_path):
    rows = read_csv(write_table(table, tmp_path / "t.csv", currency="EUR"))
    assert rows[0] == ["month", "size", "customers", "mrr", "share"]
    assert rows[1] == ["2026-01", "'=HYPERLINK(1)", "3", "1234.50", "0.123456"]
    assert rows[2] == ["2026-02", 'SMB; "two"', "", "0.00", "1.0"]
    assert rows[3] == ["2026-03", "", "5", "", ""]


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "1234"), ("KWD", "1234.500")])
def test_amounts_have_the_decimals_of_their_currency(table, tmp_path, currency, shown):
    rows = read_csv(write_table(table, tmp_path / "t.csv", currency=currency))
    assert rows[1][3] == shown


def test_expected_customers_keep_their_decimals_in_a_currency_without(tmp_path):
    frame = pd.DataFrame({"measure": ["mrr", "new_customers"], "mean": [10.4, 10.4]})
    rows = read_csv(write_table(frame, tmp_path / "t.csv", currency="JPY"))
    assert [row[1] for row in rows[1:]] == ["10", "10.40"]


def test_parquet_reads_back(table, tmp_path):
    path = write_table(table, tmp_path / "t.parquet", currency="EUR")
    back = duckdb.sql(f"SELECT * FROM '{path}'").df()
    assert back["month"].tolist() == ["2026-01", "2026-02", "2026-03"]
    assert back["size"].tolist()[0] == "=HYPERLINK(1)"
    assert back["mrr"].tolist()[0] == 1234.5
    assert np.isnan(back["mrr"].tolist()[2])


def test_xlsx_holds_numbers_as_numbers_and_texts_as_texts(table, tmp_path):
    sheet = openpyxl.load_workbook(write_table(table, tmp_path / "t.xlsx", currency="EUR")).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[1] == ["2026-01", "'=HYPERLINK(1)", 3, 1234.5, 0.123456]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert sheet["D2"].number_format == "0.00"
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_headings_are_neutralised_too(tmp_path, ending):
    path = write_table(pd.DataFrame({"=x()": ["-y"]}), tmp_path / f"t.{ending}")
    if ending == "csv":
        assert read_csv(path) == [["'=x()"], ["'-y"]]
    else:
        sheet = openpyxl.load_workbook(path).active
        assert [sheet["A1"].value, sheet["A2"].value] == ["'=x()", "'-y"]


def test_what_a_spreadsheet_would_run_is_quoted():
    assert [neutral(text)[0] for text in STINGS] == ["'"] * len(STINGS)
    assert neutral("'quoted") == "'quoted"
    assert neutral("Acme = best") == "Acme = best"


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_an_empty_table_and_awkward_values_are_written(tmp_path, ending):
    frame = pd.DataFrame(
        {
            "name": ["x" * 40_000, "emoji 👩‍💻", "שלום"],
            "when": [pd.Timestamp("2026-01-31"), pd.NaT, pd.Timestamp("2026-02-01 10:30")],
            "sure": [True, False, True],
            "value": [np.inf, -np.inf, 1e-9],
        }
    )
    assert write_table(frame, tmp_path / f"t.{ending}").stat().st_size > 0
    assert write_table(frame.iloc[:0], tmp_path / f"e.{ending}").exists()


def test_nothing_is_overwritten_unless_told(table, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("mine")
    with pytest.raises(OverwriteError, match="exists and is left as it is"):
        write_table(table, path)
    assert path.read_text() == "mine"
    write_table(table, path, force=True)
    assert path.read_text().startswith("month")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("mine")

    class Broken:
        def __str__(self):
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        write_table(pd.DataFrame({"a": [Broken()]}), path, force=True)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_wrong_paths_say_what_to_do(table, tmp_path):
    with pytest.raises(InputError, match=r"its ending must be \.csv, \.parquet or \.xlsx"):
        write_table(table, tmp_path / "t.json")
    with pytest.raises(InputError, match="does not exist"):
        write_table(table, tmp_path / "none" / "t.csv")
    with pytest.raises(CurrencyError):
        write_table(table, tmp_path / "t.csv", currency="XXQ")
    assert list(tmp_path.iterdir()) == []
