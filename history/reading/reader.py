"""Reading a billing history: from a source to the lines, with everything found."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import duckdb
import pandas as pd

from ..engines import out_of_memory
from ..errors import InputError
from ..exchange import Rates
from ..findings import Findings
from ..money import INTERVALS
from ..months import period
from ..own_folder import OwnFolder
from .currencies import (
    known_rates,
    note_rates,
    read_rates,
    refuse_missing_rates,
    settle_currencies,
)
from .customers import number_customers
from .frame import FRAME
from .invoice_periods import PART_MONTHS
from .invoices import Invoicing, invoice_mapping, lines_of_invoices
from .lines import Basis, line_query
from .loading import Lines
from .mapping import ColumnMapping, checked_columns, guess_mapping
from .problems import Problems
from .profiles import apply_profile
from .review import review_lines
from .rules import ACCOUNTED, INTERVAL_MISSING, MONTH_ASSUMED
from .shape import refuse_missing
from .snapshot import is_snapshot, lines_of_snapshot
from .source import is_parquet, open_source
from .table import RawTable

__all__ = ["Reading", "read_lines"]


@dataclass(frozen=True)
class Reading:
    """What came of a source.

    Parameters
    ----------
    mapping
        Field -> column of the file; `.guessed` names the fields that nobody mapped.
    dimensions
        Columns by which the ledger can be segmented, as they are called in the table.
    findings
        Everything found, those of the whole file first, then by row.
    rejected
        The rows left out: the file's columns as they stand, then row and reason.
    currency
        The reporting currency.
    label
        What messages call the source.
    files
        The folder with our copy of a parquet file: the lines are read from it, so it must live as
        long as they do. None where the lines are stored in the engine.
    last_month
        The last month of a customer x month table, which may have no start or end in it; None for
        lines.
    invoices
        Whether the source has invoice lines, which stand in the table ``invoices``.
    rates
        Rates by month for lines whose ``mrr`` is in minor units of their own currency; None where
        all are in the reporting currency.
    """

    mapping: ColumnMapping
    dimensions: tuple[str, ...]
    findings: Findings
    rejected: pd.DataFrame
    currency: str
    label: str
    files: OwnFolder | None = None
    last_month: pd.Period | None = None
    invoices: bool = False
    rates: Rates | None = None


def read_lines(
    source: object,
    connection: duckdb.DuckDBPyConnection,
    *,
    currency: str | None = None,
    columns: Mapping[str, str] | None = None,
    date_order: Literal["dmy", "mdy"] | None = None,
    decimal: Literal[".", ","] | None = None,
    encoding: str | None = None,
    fx: object = None,
    part_months: str = "days",
    sheet: str | int | None = None,
    query: str | None = None,
    table: str | None = None,
    profile: str | None = None,
    weeks_per_month: str = "52/12",
    at_start: bool = False,
) -> Reading:
    """Read a billing history into the view `numbered` and the tables of it that all questions need.

    Parameters
    ----------
    source
        Anything that `open_source` takes: a row a subscription line, an invoice line with its
        service period, a customer x month table of MRR (a column or a row for each month), or the
        export of a product with a profile.
    connection
        The engine; gets the view `numbered` (line_id, row, customer, subscription, start_date,
        end_date, term_end, mrr in minor units of the reporting currency, interval_months, kind,
        status, churn_reason, quantity, unit_price, list_price, currency, then the dimensions as
        text), and what :func:`history.tables.load` makes of it.
    currency
        Reporting currency (ISO 4217), and that of rows where the file has no currency column.
    columns
        Field -> column of the file where the guess is wrong; "" for a field that is not there.
    date_order, decimal, encoding, sheet
        How dates like 03/04/2025, amounts like 1,234, and the bytes are to be read, and which
        sheet of a workbook.
    fx
        Rates (path or frame) with month, currency, rate: reporting currency per unit.
    part_months
        Of invoice lines: how long a service period is that is not whole months, "days" (by
        365.25 / 12) or "calendar" (a share of the calendar month).
    query, table
        What is read of a database.
    profile
        Name of the product's export that the source is ("stripe-subscriptions"); None to
        recognise it by its columns, "none" for a plain table.
    weeks_per_month
        Weeks in a month, as a fraction.
    at_start
        Whether each line is converted here, at the rate of the month in which it starts; else its
        ``mrr`` stays in its own currency.

    Raises
    ------
    InputError
        The source cannot be read as a ledger; the message says everything that stands in the way.
    CurrencyError
        No currency is told, an unknown one, or several without rates.

    Examples
    --------
    >>> import duckdb, pandas as pd
    >>> frame = pd.DataFrame({"client": ["A", "B"], "start": ["2025-01-01", "2025-02-10"],
    ...                       "price": ["1,200.00", "x"], "interval": "year"})
    >>> connection = duckdb.connect()
    >>> reading = read_lines(frame, connection, currency="EUR")
    >>> connection.execute("SELECT row, customer, mrr FROM numbered").fetchall()
    [(2, 'A', 10000)]
    >>> print(reading.mapping)
    customer_id=client (guessed), start=start (guessed), amount=price (guessed), interval=interval (guessed)
    >>> reading.rejected["reason"].tolist()
    ['amount-unreadable in price']
    """  # noqa: E501
    _check_choices(date_order, decimal, part_months)
    told = checked_columns(columns)
    factors = {**INTERVALS, "week": _fraction(weeks_per_month)}
    call = _Call(
        currency, told, date_order, decimal, encoding, fx, sheet, query, table, profile, factors,
        part_months, at_start,
    )  # fmt: skip
    folder = OwnFolder()
    files = None
    try:
        reading = _read(source, connection, call, folder)
        files = reading.files
        return reading
    except duckdb.OutOfMemoryException as error:
        raise out_of_memory(error) from None
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        if is_parquet(source):
            raise InputError(f"{source} cannot be read as parquet: {said}") from None
        if isinstance(source, pd.DataFrame):
            raise InputError(f"the frame cannot be read: {said}") from None
        raise
    finally:
        with suppress(duckdb.FatalException):  # of a damaged file: no statement runs after it
            connection.unregister(FRAME)
            if files is None:
                _clean_up(connection)
        if files is None:
            folder.remove()


@dataclass(frozen=True)
class _Call:
    """What the caller said, checked."""

    currency: str | None
    told: Mapping[str, str]
    date_order: str | None
    decimal: str | None
    encoding: str | None
    fx: object
    sheet: str | int | None
    query: str | None
    table: str | None
    profile: str | None
    factors: Mapping[str, Fraction]
    part_months: str
    at_start: bool


def _read(
    source: object,
    connection: duckdb.DuckDBPyConnection,
    call: _Call,
    files: OwnFolder,
) -> Reading:
    problems, folder = Problems(), files.path
    rate_scale = _rates(connection, call, folder)
    file = open_source(
        source,
        connection,
        folder=folder,
        encoding=call.encoding,
        sheet=call.sheet,
        named=frozenset(call.told.values()) - {""},
        problems=problems,
        query=call.query,
        table=call.table,
    )
    shaped, told = apply_profile(
        file,
        connection,
        call.profile,
        told=call.told,
        currency=call.currency,
        decimal=call.decimal,
        problems=problems,
    )
    billed = invoice_mapping(shaped, connection, told, problems)
    found = billed or guess_mapping(shaped, connection, told, problems)
    whole_file = not billed and not is_snapshot(shaped, found)
    if not whole_file:
        shaped = shaped.looked(connection, shaped.headers)
    if billed:
        said = Invoicing(
            call.currency,
            None if call.fx is None else rate_scale,
            call.date_order,
            call.decimal,
            call.part_months,
        )
        table, mapping = lines_of_invoices(shaped, billed, connection, said, problems)
        last = None
    elif whole_file:
        table, mapping, last = shaped, found, None
    else:
        table, mapping, last = lines_of_snapshot(
            shaped,
            found,
            connection,
            date_order=call.date_order,
            decimal=call.decimal,
            problems=problems,
        )
    basis = _basis(table, mapping, problems)
    # Of parquet, customers and subscriptions are looked at in a second thread.
    with ThreadPoolExecutor(1) as beside:
        numbering = beside.submit(
            number_customers, connection.cursor(), table, mapping["customer_id"]
        )
        table = table.looked(
            connection,
            {mapping[name] for name in mapping if name not in {"customer_id", "subscription_id"}},
        )
        currencies = settle_currencies(
            table,
            mapping,
            connection,
            currency=call.currency,
            rates=call.fx is not None,
            problems=problems,
        )
        query = line_query(
            table,
            mapping,
            connection,
            basis=basis,
            numbering=numbering,
            currencies=currencies,
            rate_scale=rate_scale if call.at_start else None,
            factors=call.factors,
            date_order=call.date_order,
            decimal=call.decimal,
            problems=problems,
        )
        problems.raise_refused()
        looked = beside.submit(query.table.looked, connection.cursor(), list(mapping.values()))
        # Of invoice lines everything was said when they were read.
        heard = Problems() if billed else problems
        lines = Lines(connection, query)
        if not lines.sound():
            _leave_out_flagged(lines, mapping, heard)
            if currencies.foreign and call.at_start:
                refuse_missing_rates(lines.without_rate(), currencies.reporting)
            _refuse_nothing(connection, file, problems)
            lines.load()
        rates = None
        if not call.at_start:
            rates = known_rates(connection, currencies.reporting, currencies.foreign, rate_scale)
        note_rates(currencies, rates, problems)
        item: tuple[str, ...] | None = () if whole_file else None
        if billed:  # who pays for several items has invoices side by side
            item = ("subscription", *query.dimensions)
        review_lines(lines, mapping, problems, whole_file=whole_file, item=item, looked=looked)
    return Reading(
        found,
        query.dimensions,
        problems.sorted(),
        _rejected(connection, file, problems),
        currencies.reporting,
        file.label,
        files if table.kept else None,
        None if last is None else period(last),
        billed is not None,
        rates,
    )


def _rates(connection: duckdb.DuckDBPyConnection, call: _Call, folder: Path) -> int:
    """Read the rates, if there are any, and give their decimals."""
    if call.fx is None:
        return 0
    inner = folder / "rates"
    inner.mkdir()
    return read_rates(
        call.fx, connection, folder=inner, date_order=call.date_order, decimal=call.decimal
    )


def _check_choices(date_order: str | None, decimal: str | None, part_months: str) -> None:
    if date_order not in {None, "dmy", "mdy"}:
        raise InputError(f"date_order is {date_order!r}; write 'dmy' or 'mdy'")
    if decimal not in {None, ".", ","}:
        raise InputError(f"decimal is {decimal!r}; write '.' or ','")
    if part_months not in PART_MONTHS:
        raise InputError(f"part_months is {part_months!r}; write {' or '.join(PART_MONTHS)}")


def _fraction(text: str) -> Fraction:
    first, _, second = str(text).partition("/")
    return Fraction(first) / Fraction(second or "1")


def _basis(table: RawTable, mapping: Mapping[str, str], problems: Problems) -> Basis:
    """Find the column with the price, or refuse the file with all that it lacks."""
    refuse_missing(table, mapping, problems)
    problems.raise_refused()
    field = next(name for name in ("mrr", "amount", "arr") if name in mapping)
    basis = Basis(field, mapping[field])
    if field == "amount" and "interval" not in mapping:
        problems.add(INTERVAL_MISSING, MONTH_ASSUMED, "warning", column=basis.column)
    if field != "amount" and "interval" in mapping:
        problems.add(
            ACCOUNTED,
            "gives the length of the contract only",
            "note",
            column=mapping["interval"],
        )
    return basis


def _leave_out_flagged(lines: Lines, mapping: Mapping[str, str], problems: Problems) -> None:
    """Tell of each flag of each row and leave out the rows that are rejected.

    Only where a row is flagged are the cells looked at again.
    """
    flags = lines.flags()
    if not flags:
        return
    raised = [(bit, check) for bit, check in enumerate(lines.query.checks) if flags & (1 << bit)]
    shown = sorted({mapping[check.field] for _, check in raised if check.field})
    for row, found, *values in lines.flagged(flags, shown):
        texts = dict(zip(shown, values, strict=True))
        for bit, check in raised:
            if not found & (1 << bit):
                continue
            column = mapping[check.field] if check.field else ""
            value = texts.get(column) or ""
            problems.add(
                check.rule, check.action, check.severity, row=row, column=column, value=value
            )
            if check.rejects and bit:
                problems.note_rejection(row, check.rule, column)
    rejecting = sum(1 << bit for bit, check in raised if check.rejects)
    if rejecting:
        lines.leave_out_flagged(rejecting)


def _rejected(
    connection: duckdb.DuckDBPyConnection, file: RawTable, problems: Problems
) -> pd.DataFrame:
    rows = [row for row in problems.reasons if row not in problems.damaged]
    cells: dict[int, list[object]] = {}
    if rows:
        connection.register("reading_rows", pd.DataFrame({"row": rows}))
        names = ", ".join(f"c{i}" for i in range(len(file.headers)))
        found = connection.execute(
            f'SELECT "row", {names} FROM {file.relation} SEMI JOIN reading_rows USING ("row")'
        ).fetchall()
        connection.unregister("reading_rows")
        cells = {int(row): list(values) for row, *values in found}
    return problems.rejected(file.headers, cells)


def _clean_up(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop everything that the reading made, except the lines."""
    made = connection.execute(
        "SELECT view_name, 'VIEW' FROM duckdb_views() WHERE starts_with(view_name, 'reading_') "
        "UNION ALL SELECT table_name, 'TABLE' FROM duckdb_tables() "
        "WHERE starts_with(table_name, 'reading_')"
    ).fetchall()
    for name, kind in made:
        connection.execute(f"DROP {kind} IF EXISTS {name}")


def _refuse_nothing(
    connection: duckdb.DuckDBPyConnection, file: RawTable, problems: Problems
) -> None:
    """Refuse a source of which no line is left, with the reasons.

    Raises
    ------
    InputError
        No line is left.
    """
    if connection.execute("SELECT 1 FROM numbered LIMIT 1").fetchone():
        return
    errors = Findings(
        item for item in problems.sorted() if item.row is not None and item.severity != "note"
    )
    raise InputError(f"{file.label} has no usable row.\n{errors}")
