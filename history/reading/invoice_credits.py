"""What only shows when invoice lines lie side by side: lines twice, and credit notes' invoices."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from .invoice_rules import CREDIT_ALONE, CREDIT_EXCEEDS, CREDIT_PERIOD, LINE_TWICE
from .problems import Problems
from .rules import DUPLICATE
from .table import RawTable, only_row

__all__ = ["review_credits"]


def review_credits(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    mapping: Mapping[str, str],
    problems: Problems,
) -> None:
    """Look at the table of bills as a whole.

    A line whose invoice and id came before is left out. Without ids, lines that are equal in every
    cell are kept, for an invoice may bill the same thing twice, and warned of. A credit note
    without a period takes over the one of its invoice; where the invoice has none or several, it is
    left out. A credit of what is paid once (``once``) is no part of MRR.
    """
    if "line_id" in mapping:
        _leave_out_twice(connection, mapping["line_id"], problems)
    else:
        _tell_equal(connection, table, problems)
    _match(connection)
    _take_periods(connection, problems)
    column = mapping.get("credit_of", "")
    _tell_alone(connection, column, problems)
    _tell_excess(connection, column, problems)


def _leave_out_twice(
    connection: duckdb.DuckDBPyConnection, column: str, problems: Problems
) -> None:
    rows = connection.execute("""
SELECT "row", first_row, line FROM (
    SELECT "row", line, min("row") OVER (PARTITION BY invoice, line) AS first_row
    FROM reading_bills WHERE invoice IS NOT NULL AND line IS NOT NULL
) AS numbered WHERE "row" <> first_row ORDER BY "row" """).fetchall()
    for row, first, line in rows:
        action = f"line left out; row {first} has it"
        problems.add(LINE_TWICE, action, "error", row=row, column=column, value=line)
        problems.note_rejection(row, f"{LINE_TWICE} of row {first}", column)
    _delete(connection, [row for row, *_ in rows])


def _tell_equal(connection: duckdb.DuckDBPyConnection, table: RawTable, problems: Problems) -> None:
    cells = ", ".join(f"c{i}" for i in range(len(table.headers)))
    given = "(" + " OR ".join(f"c{i} IS NOT NULL" for i in range(len(table.headers))) + ")"
    groups = connection.execute(
        f'SELECT min("row"), max("row"), count(*) FROM {table.relation} '
        f"GROUP BY {cells} HAVING count(*) > 1 AND {given} ORDER BY 1"
    ).fetchall()
    for first, last, count in groups:
        action = f"kept, all {count} count; equals row {first}"
        problems.add(DUPLICATE, action, "warning", row=last)


def _match(connection: duckdb.DuckDBPyConnection) -> None:
    """Lay each credit note beside the lines of its invoice; of its subscription, if it has one."""
    connection.execute("""
CREATE OR REPLACE TABLE reading_credited AS
SELECT c."row", count(i."row") AS lines,
    count(DISTINCT (i.start_date, i.end_date)) FILTER (i."row" IS NOT NULL) AS periods,
    min(i.start_date) AS start_date, min(i.end_date) AS end_date,
    coalesce(bool_and(i.kind = 'one_off'), false) AS once
FROM reading_bills AS c LEFT JOIN reading_bills AS i
    ON i.invoice = c.credit_of AND i.amount > 0 AND i.kind NOT IN ('credit', 'refund')
    AND (c.subscription IS NULL OR i.subscription IS NULL OR i.subscription = c.subscription)
WHERE c.kind = 'credit' GROUP BY c."row" """)


def _take_periods(connection: duckdb.DuckDBPyConnection, problems: Problems) -> None:
    rows = connection.execute(
        "SELECT b.\"row\", coalesce(b.credit_of, ''), periods FROM reading_bills AS b "
        'INNER JOIN reading_credited AS c ON c."row" = b."row" '
        'WHERE b.start_date IS NULL AND periods <> 1 ORDER BY b."row"'
    ).fetchall()
    for row, invoice, periods in rows:
        value = f"{invoice}: {periods} periods" if invoice else ""
        problems.add(CREDIT_PERIOD, "line left out", "error", row=row, value=value)
        problems.note_rejection(row, CREDIT_PERIOD, "")
    _delete(connection, [row for row, *_ in rows])
    connection.execute("""
CREATE OR REPLACE TABLE reading_bills AS
SELECT b.* REPLACE (
    CASE WHEN b.start_date IS NULL THEN c.start_date ELSE b.start_date END AS start_date,
    CASE WHEN b.start_date IS NULL THEN c.end_date ELSE b.end_date END AS end_date,
    coalesce(b.invoice_date, b.start_date, c.start_date) AS invoice_date
), coalesce(c.once, false) AS once
FROM reading_bills AS b LEFT JOIN reading_credited AS c ON c."row" = b."row" """)


def _tell_alone(connection: duckdb.DuckDBPyConnection, column: str, problems: Problems) -> None:
    if not column:
        count, first = only_row(
            connection, "SELECT count(*), min(\"row\") FROM reading_bills WHERE kind = 'credit'"
        )
        if count:
            value = f"{count} credit notes, the first in row {first}"
            problems.add(CREDIT_ALONE, "reduce their own periods", "note", value=value)
        return
    rows = connection.execute(
        "SELECT b.\"row\", coalesce(b.credit_of, '') FROM reading_bills AS b "
        'INNER JOIN reading_credited AS c ON c."row" = b."row" WHERE c.lines = 0 ORDER BY b."row"'
    ).fetchall()
    for row, invoice in rows:
        action = "kept: reduces its own period"
        problems.add(CREDIT_ALONE, action, "warning", row=row, column=column, value=invoice)


def _tell_excess(connection: duckdb.DuckDBPyConnection, column: str, problems: Problems) -> None:
    """Warn of credits, per invoice and currency, that are more than what was invoiced."""
    rows = connection.execute("""
SELECT c.last_row, c.credit_of, c.credited, i.invoiced, c.units FROM (
    SELECT credit_of, currency, max(minor_units) AS units, max("row") AS last_row,
        -sum(amount) AS credited
    FROM reading_bills WHERE kind = 'credit' GROUP BY credit_of, currency
) AS c INNER JOIN (
    SELECT invoice, currency, sum(amount) AS invoiced
    FROM reading_bills WHERE kind NOT IN ('credit', 'refund') GROUP BY invoice, currency
) AS i ON i.invoice = c.credit_of AND i.currency = c.currency
WHERE c.credited > i.invoiced ORDER BY c.last_row""").fetchall()
    for row, invoice, credited, invoiced, units in rows:
        value = f"{invoice}: {_major(credited, units)} of {_major(invoiced, units)}"
        problems.add(CREDIT_EXCEEDS, "kept", "warning", row=row, column=column, value=value)


def _major(minor: int, units: int) -> str:
    places = len(str(units)) - 1
    return f"{minor / units:.{places}f}"


def _delete(connection: duckdb.DuckDBPyConnection, rows: list[int]) -> None:
    if rows:
        connection.execute('DELETE FROM reading_bills WHERE "row" IN (SELECT unnest(?))', [rows])
