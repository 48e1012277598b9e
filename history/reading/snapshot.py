"""A customer x month table of MRR turned into lines: runs of months with equal MRR."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from ..errors import InputError
from ..months import text as month_text
from .amounts import Amounts, read_amounts
from .customers import read_customers
from .dates import read_dates
from .mapping import ColumnMapping
from .parsed import Parsed, State
from .problems import Problems
from .rules import CUSTOMER_BLANK, DATE_UNREADABLE, SNAPSHOT, SNAPSHOT_CELL, TOTAL_ROW
from .shape import seems_to_be
from .synonyms import month_of_header
from .table import RawTable, as_text, literal

__all__ = ["is_snapshot", "lines_of_snapshot"]

_LONG = "reading_long"
_CELLS = "reading_month_cells"
_RUNS = "reading_runs"


def is_snapshot(table: RawTable, mapping: ColumnMapping) -> bool:
    """Say whether a table has a column for months, or a column for each month."""
    if "month" in mapping:
        return bool({"customer_id", "mrr"} & set(mapping))
    wide = len(_month_columns(table)) >= 2
    return wide and not {"start", "mrr", "amount", "arr"} & set(mapping)


def lines_of_snapshot(
    table: RawTable,
    mapping: ColumnMapping,
    connection: duckdb.DuckDBPyConnection,
    *,
    date_order: str | None,
    decimal: str | None,
    problems: Problems,
) -> tuple[RawTable, ColumnMapping, int]:
    """Turn a customer x month table into a raw table of lines.

    Each run of months with the same MRR is a line from the first day of its first month to the
    first day of the month after its last; a run that reaches the table's last month is open-ended.
    A blank cell is 0. All other columns are part of the line: a customer who changes plan ends one
    line and begins another. A row with an unreadable cell is rejected whole.

    Parameters
    ----------
    table
        The raw table, with a column for each month (wide) or a line for each (long).
    mapping
        With customer_id, and with month and mrr if it is long.
    connection
        The engine.
    date_order, decimal
        As told by the caller.
    problems
        Gets what is found.

    Returns
    -------
    tuple
        The raw table of lines, its mapping, and the last month (index) of the snapshot.

    Raises
    ------
    InputError
        A column is missing, the dates or amounts cannot be read, or a month has no cell at all.
    """
    months = _month_columns(table)
    if "customer_id" not in mapping or not ("month" in mapping or months):
        raise InputError(
            f"{table.label} looks like a customer x month table of MRR, but no column names the "
            f"customer. Its columns: {', '.join(table.headers)}. Say which: "
            f"--map customer_id=COLUMN.{seems_to_be(table)}"
        )
    if "month" in mapping and "mrr" not in mapping:
        raise InputError(
            f"{table.label} has a month for each row ({mapping['month']}), but no column with the "
            f"MRR. Its columns: {', '.join(table.headers)}. Say which: --map mrr=COLUMN"
        )
    wide = "month" not in mapping
    long = _unpivoted(table, months, connection) if wide else table
    month, mrr = long.headers[-2:] if wide else (mapping["month"], mapping["mrr"])
    quiet = Problems()
    dates = read_dates(connection, long, month, date_order=date_order, problems=quiet)
    amounts = read_amounts(connection, long, mrr, decimal=decimal, problems=problems)
    problems.refusals.extend(quiet.refusals)
    problems.raise_refused()
    keys = [name for name in long.headers if name not in {month, mrr}]
    connection.execute(f"""
CREATE OR REPLACE TABLE {_CELLS} AS
SELECT r."row", {", ".join(f"{long.text(name, 'r.')} AS k{i}" for i, name in enumerate(keys))},
    {long.text(month, "r.")} AS month_text, {long.text(mrr, "r.")} AS mrr_text,
    CAST(year({dates.value}) * 12 + month({dates.value}) - 1 AS INTEGER) AS month,
    {dates.state} AS month_state, {amounts.parsed.value} AS mrr, {amounts.parsed.state} AS mrr_state
FROM {long.relation} AS r {dates.join} {amounts.parsed.join}""")
    name = f"k{keys.index(mapping['customer_id'])}"
    customer = read_customers(connection, name, _CELLS, name)
    names = (month, None if wide else mrr, mapping["customer_id"])
    _reject(connection, customer, names, problems)
    last = _last_month(connection, table.label)
    runs = _make_runs(connection, table, keys, amounts, last, (month, mrr))
    action = f"read as lines; runs that reach {month_text(last)} are open-ended"
    problems.add(SNAPSHOT, action, "note", column="" if wide else month)
    fields = {name: column for name, column in mapping.items() if column in keys}
    start, end, amount = runs.headers[-3:]
    return (
        runs,
        ColumnMapping({**fields, "start": start, "end": end, "mrr": amount}, mapping.guessed),
        last,
    )


def _month_columns(table: RawTable) -> dict[str, str]:
    """Give the columns whose names are months -> YYYY-MM."""
    return {name: month for name in table.headers if (month := month_of_header(name)) is not None}


def _unpivoted(
    table: RawTable, months: dict[str, str], connection: duckdb.DuckDBPyConnection
) -> RawTable:
    """Make a line of each cell of a wide table."""
    twice = sorted({m for m in months.values() if list(months.values()).count(m) > 1})
    if twice:
        raise InputError(f"{table.label} has more than one column for {', '.join(twice)}")
    keys = [i for i, name in enumerate(table.headers) if name not in months]
    type_ = _common_type([table.type_of(name) for name in months])
    kept = ", ".join(f"c{i} AS c{new}" for new, i in enumerate(keys))
    width = len(keys)
    parts = []
    for name, month in months.items():
        cell, own = table.cell(name), table.type_of(name)
        value = as_text(cell, own) if type_ == "VARCHAR" else f"CAST({cell} AS {type_})"
        parts.append(
            f'SELECT "row", {kept}, {literal(month)} AS c{width}, {value} AS c{width + 1} '
            f"FROM {table.relation}"
        )
    connection.execute(f"CREATE OR REPLACE VIEW {_LONG} AS {' UNION ALL '.join(parts)}")
    headers = [table.headers[i] for i in keys]
    types = [table.types[i] for i in keys]
    return RawTable(
        _LONG,
        (*headers, *_free(headers, ("month", "mrr"))),
        (*types, "VARCHAR", type_),
        table.label,
        table.excel,
        table.date1904,
    ).inspected(connection)


def _free(taken: Sequence[str], names: Sequence[str]) -> list[str]:
    """Give names that no column has yet."""
    known = {name.casefold() for name in taken}
    return [f"{name} of the table" if name in known else name for name in names]


def _common_type(types: Sequence[str]) -> str:
    whole = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"}
    if set(types) <= whole:
        return "BIGINT"
    return "DOUBLE" if set(types) <= whole | {"DOUBLE", "FLOAT"} else "VARCHAR"


def _reject(
    connection: duckdb.DuckDBPyConnection,
    customer: Parsed,
    names: tuple[str, str | None, str],
    problems: Problems,
) -> None:
    """Reject the rows that have an unreadable month, an unreadable amount or no customer."""
    month, mrr, who = names
    bad_month = f"month_state <> {State.OK:d}"
    bad_mrr = f"mrr_state NOT IN ({State.OK:d}, {State.BLANK:d}, {State.NULL_WORD:d})"
    bad_customer = f"{customer.state} <> {State.OK:d}"
    found = connection.execute(
        f'SELECT DISTINCT "row", {bad_month}, {bad_mrr}, {customer.state}, month_text, '
        f"mrr_text, {customer.value} FROM {_CELLS} {customer.join} "
        f"WHERE {bad_month} OR {bad_mrr} OR {bad_customer} "
        'ORDER BY "row", month_text'
    ).fetchall()
    told: set[int] = set()
    for row, no_month, no_mrr, person, month_cell, mrr_cell, customer_cell in found:
        if no_month:
            problems.reject(row, DATE_UNREADABLE, column=month, value=month_cell or "")
        if no_mrr:
            problems.reject(row, SNAPSHOT_CELL, column=mrr or month_cell, value=mrr_cell)
        if person != State.OK and row not in told:
            told.add(row)
            total = person == State.RANGE
            rule = TOTAL_ROW if total else CUSTOMER_BLANK
            problems.reject(row, rule, column=who, value=customer_cell or "", error=not total)
    connection.execute(
        f'DELETE FROM {_CELLS} WHERE "row" IN (SELECT "row" FROM {_CELLS} {customer.join} '
        f"WHERE {bad_month} OR {bad_mrr} OR {bad_customer})"
    )


def _last_month(connection: duckdb.DuckDBPyConnection, label: str) -> int:
    months = [
        row[0]
        for row in connection.execute(
            f"SELECT DISTINCT month FROM {_CELLS} WHERE mrr_state = {State.OK:d} ORDER BY 1"
        ).fetchall()
    ]
    if not months:
        raise InputError(f"{label} has no readable row")
    missing = sorted(set(range(months[0], months[-1])) - set(months))
    if missing:
        said = ", ".join(month_text(month) for month in missing[:12])
        raise InputError(
            f"{label}: the customer x month table has no cell for {said}. Every customer would "
            "seem to leave and to return: add these months."
        )
    return int(months[-1])


def _make_runs(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    keys: Sequence[str],
    amounts: Amounts,
    last: int,
    names: tuple[str, str],
) -> RawTable:
    """Make the raw table of lines."""
    columns = [f"k{i}" for i in range(len(keys))]
    group = ", ".join(columns)
    width = len(keys)
    kept = ", ".join(f"{name} AS c{i}" for i, name in enumerate(columns))
    decimal = f"DECIMAL(38,{amounts.scale})"
    first_day = "make_date(CAST({0} // 12 AS BIGINT), CAST({0} % 12 + 1 AS BIGINT), 1)"
    connection.execute(f"""
CREATE OR REPLACE TABLE {_RUNS} AS
WITH closes AS (
    SELECT {group}, month, sum(mrr) AS mrr, min("row") AS "row"
    FROM {_CELLS} WHERE mrr_state = {State.OK:d} GROUP BY {group}, month HAVING sum(mrr) <> 0
), runs AS (
    SELECT *, month - row_number() OVER (PARTITION BY {group}, mrr ORDER BY month) AS run
    FROM closes
), lines AS (
    SELECT {group}, mrr, run, arg_min("row", month) AS "row",
        min(month) AS first_month, max(month) + 1 AS stop_month
    FROM runs GROUP BY {group}, mrr, run
)
SELECT "row", {kept}, {first_day.format("first_month")} AS c{width},
    CASE WHEN stop_month <= {last} THEN {first_day.format("stop_month")} END AS c{width + 1},
    CAST(CAST(mrr AS VARCHAR) || 'e-{amounts.scale}' AS {decimal}) AS c{width + 2}
FROM lines""")
    month, mrr = names
    headers = (*keys, month, f"{month} after the last", mrr)
    types = (*("VARCHAR",) * width, "DATE", "DATE", decimal)
    return RawTable(_RUNS, headers, types, table.label, plain=frozenset(range(len(headers))))
