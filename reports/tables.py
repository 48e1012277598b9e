"""Tables as files: csv, parquet and xlsx, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from history import FUTURE_PARTS, STAGE_MOVEMENTS
from history.churn_reasons import REASONS
from history.money import decimals as currency_decimals
from history.price_volume import EFFECTS

from .files import free_path, whole_file

_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
AMOUNTS: Final = frozenset(
    [
        "mrr",
        "arr",
        "amount",
        "mean",
        "p2_5",
        "p10",
        "p25",
        "p50",
        "p75",
        "p90",
        "p97_5",
        *STAGE_MOVEMENTS,
        "plan",
        "actual",
        "variance",
        "earlier",
        "later",
        "difference",
        "finance",
        "billing",
        "other",
        "ledger",
        "running",
        "start",
        "end",
        "step",
        "interaction",
        "alone",
        "amount_error",
        "down",
        "up",
        "figure_down",
        "figure_up",
        "open_mrr",
        "churn_mrr",
        "expansion_mrr",
        "contraction_mrr",
        "invoiced",
        "recognised",
        "refunded",
        "deferred_opening",
        "deferred_closing",
        "unbilled",
        "unbilled_change",
        "current",
        "non_current",
        "billed",
        "due",
        "stake",
        "expected",
        "signed_mrr",
        "notice_mrr",
        "renewed_mrr",
        "ultimate_mrr",
        "mrr_error",
        *FUTURE_PARTS,
        *REASONS,
        *EFFECTS,
        "all",
        "at_risk",
        "at_will",
        "not_sold",
    ]
)
"""Columns that hold money in the tables of this program."""

_COUNT_DECIMALS: Final = 2  # expected customers of a forecast are not whole
_LONGEST_CELL: Final = 32_767
_SHEET_ROWS: Final = 1_048_576


def neutral(text: str) -> str:
    """Take the sting out of a text cell that a spreadsheet would read as a formula.

    A quote is put before what begins with ``= + - @``, a tab or a line break (also behind
    blanks), which is what spreadsheets themselves do to show such a text.

    Examples
    --------
    >>> neutral("=HYPERLINK(1)"), neutral("Acme")
    ("'=HYPERLINK(1)", 'Acme')
    """
    if text.startswith(_STARTS_A_FORMULA) or text.lstrip().startswith(_STARTS_A_FORMULA):
        return "'" + text
    return text


def write_table(
    frame: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    currency: str | None = None,
    amounts: Collection[str] | None = None,
    about: Mapping[str, object] | None = None,
    force: bool = False,
) -> Path:
    """Write a tidy frame as csv, parquet or xlsx, by the path's ending.

    Months (periods) become the text ``YYYY-MM``, dates ISO text, blanks stay blank. Text cells
    and headings that a spreadsheet would run are neutralised in csv and xlsx. The index is not
    written.

    Parameters
    ----------
    frame : DataFrame
    path : path
        Ending in ``.csv``, ``.parquet`` or ``.xlsx``.
    currency : str, optional
        Then the columns of `amounts` are rounded to its decimals: JPY 0, EUR 2, KWD 3. Rows whose
        `measure` is a number of customers keep two.
    amounts : collection of str, optional
        Names of the columns that are money in major units; the float columns of `AMOUNTS` when
        left out.
    about : mapping, optional
        What the table rests on (as-of month, policy): key-value metadata of a parquet file, the
        comments of a workbook's properties. A csv has no place for it.
    force : bool
        Replace an existing file.

    Returns
    -------
    Path

    Raises
    ------
    OverwriteError
        The file exists and `force` is off.
    InputError
        The ending is unknown, the folder is missing, or a sheet cannot hold so many rows.
    """
    target = free_path(path, (".csv", ".parquet", ".xlsx"), force=force)
    rounding = decimals_by_cell(frame, currency, amounts)
    write = {".csv": _write_csv, ".parquet": _write_parquet, ".xlsx": _write_xlsx}
    told = {name: str(value) for name, value in (about or {}).items()}
    with whole_file(target) as temporary:
        write[target.suffix.lower()](frame, temporary, rounding, told)
    return target


Decimals = dict[str, list[int]]
"""Column name -> decimals of each of its cells."""


def decimals_by_cell(
    frame: pd.DataFrame, currency: str | None, amounts: Collection[str] | None = None
) -> Decimals:
    """Give the decimals of each cell that holds an amount; columns that hold none are absent."""
    if currency is None:
        return {}
    money = currency_decimals(currency)
    columns = [
        str(name)
        for name, dtype in frame.dtypes.items()
        if pd.api.types.is_float_dtype(dtype)
        and str(name) in (AMOUNTS if amounts is None else amounts)
    ]
    if "measure" in frame.columns:
        cells = [
            max(money, _COUNT_DECIMALS) if str(measure).endswith("customers") else money
            for measure in frame["measure"]
        ]
    else:
        cells = [money] * len(frame)
    return dict.fromkeys(columns, cells)


def _texts(column: pd.Series) -> list[str | None] | None:
    """Give the text cells of a column, or None if it holds numbers or truth values."""
    if isinstance(column.dtype, pd.PeriodDtype):
        return [None if pd.isna(cell) else str(cell) for cell in column]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return [None if pd.isna(cell) else _iso(cell) for cell in column]
    if pd.api.types.is_numeric_dtype(column.dtype):
        return None
    return [None if _is_blank(cell) else str(cell) for cell in column]


def _iso(moment: pd.Timestamp) -> str:
    whole_day = moment == moment.normalize()
    return moment.date().isoformat() if whole_day else moment.isoformat()


def _is_blank(cell: object) -> bool:
    return (
        cell is None
        or cell is pd.NA
        or cell is pd.NaT
        or (isinstance(cell, float) and math.isnan(cell))
    )


def _write_csv(
    frame: pd.DataFrame, path: Path, rounding: Decimals, about: Mapping[str, str]
) -> None:
    del about
    columns = [_csv_cells(frame.iloc[:, i], rounding) for i in range(frame.shape[1])]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([neutral(str(name)) for name in frame.columns])
        writer.writerows(zip(*columns, strict=True))


def _csv_cells(column: pd.Series, rounding: Decimals) -> list[str]:
    texts = _texts(column)
    if texts is not None:
        return ["" if text is None else neutral(text) for text in texts]
    cells = column.tolist()
    decimals = rounding.get(str(column.name))
    if decimals is None:
        return ["" if pd.isna(cell) else repr(cell) for cell in cells]
    return [
        "" if pd.isna(cell) else _fixed(cell, places)
        for cell, places in zip(cells, decimals, strict=True)
    ]


def _fixed(amount: float, places: int) -> str:
    text = f"{amount:.{places}f}"
    return text.lstrip("-") if float(text) == 0 else text


def _write_parquet(
    frame: pd.DataFrame, path: Path, rounding: Decimals, about: Mapping[str, str]
) -> None:
    import duckdb

    ready = pd.DataFrame(
        {
            str(frame.columns[i]): _parquet_column(frame.iloc[:, i], rounding)
            for i in range(frame.shape[1])
        }
    )
    with duckdb.connect() as connection:
        connection.register("ready", ready)
        quoted = str(path).replace("'", "''")
        pairs = ", ".join(
            f"{name}: '{value.replace(chr(39), chr(39) * 2)}'" for name, value in about.items()
        )
        metadata = f", KV_METADATA {{{pairs}}}" if pairs else ""
        connection.execute(f"COPY ready TO '{quoted}' (FORMAT parquet, COMPRESSION zstd{metadata})")


def _parquet_column(column: pd.Series, rounding: Decimals) -> pd.Series:
    texts = _texts(column)
    if texts is not None:
        return pd.Series(texts, dtype=object)
    decimals = rounding.get(str(column.name))
    if decimals is None:
        return column.reset_index(drop=True)
    cells = zip(column.tolist(), decimals, strict=True)
    return pd.Series([cell if pd.isna(cell) else round(cell, n) for cell, n in cells])


def _write_xlsx(
    frame: pd.DataFrame, path: Path, rounding: Decimals, about: Mapping[str, str]
) -> None:
    import xlsxwriter

    from history.errors import InputError

    if len(frame) >= _SHEET_ROWS:
        raise InputError(
            f"a sheet holds {_SHEET_ROWS - 1:,} rows and the table has {len(frame):,}: "
            "write .csv or .parquet."
        )
    with xlsxwriter.Workbook(path, WORKBOOK_OPTIONS) as book:
        said = "; ".join(f"{name} {value}" for name, value in about.items())
        book.set_properties({"comments": said})
        sheet = book.add_worksheet("table")
        heading = book.add_format({"bold": True, "bottom": 1})
        for i, name in enumerate(frame.columns):
            sheet.write_string(0, i, neutral(str(name)), heading)
            _fill_column(book, sheet, i, frame.iloc[:, i], rounding.get(str(name)))
        sheet.freeze_panes(1, 0)


WORKBOOK_OPTIONS: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
"""Every workbook is opened with these: a text is a text."""


def _fill_column(book, sheet, place: int, column: pd.Series, decimals: list[int] | None) -> None:  # type: ignore[no-untyped-def]
    texts = _texts(column)
    widest = len(str(column.name))
    if texts is not None:
        for row, text in enumerate(texts, start=1):
            if text is not None:
                sheet.write_string(row, place, neutral(text)[:_LONGEST_CELL])
                widest = max(widest, len(text))
    else:
        formats = {
            n: book.add_format({"num_format": _plain_format(n)}) for n in set(decimals or ())
        }
        for row, cell in enumerate(column.tolist(), start=1):
            if pd.isna(cell) or (isinstance(cell, float) and math.isinf(cell)):
                continue
            if decimals is None:
                sheet.write(row, place, cell)
            else:
                places = decimals[row - 1]
                sheet.write_number(row, place, round(cell, places), formats[places])
        widest = max(widest, 12)
    sheet.set_column(place, place, min(widest, 50) + 2)


def _plain_format(places: int) -> str:
    return "0" if places == 0 else "0." + "0" * places
