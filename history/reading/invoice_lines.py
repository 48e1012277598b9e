"""What invoice lines leave behind: the table of revenue, and subscription lines for MRR."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from ..errors import InputError
from ..money import decimals
from ..months import text as month_text
from .currencies import RATES, Currencies
from .mapping import ColumnMapping
from .table import RawTable, literal

__all__ = ["chained_lines", "keep_invoices"]

_RUNS = "reading_invoice_runs"
_DECIMALS = 4
"""Decimals of the finest currency, in which the lines' prices are handed on."""


def keep_invoices(
    connection: duckdb.DuckDBPyConnection, currencies: Currencies, rate_scale: int | None
) -> None:
    """Make the table ``invoices``: every line that counts, amounts in the reporting currency.

    Days are numbers (days since 1970-01-01) and months indices, so that the portable texts need
    no arithmetic on dates. A foreign amount keeps the rate of its invoice's month: what was
    invoiced in advance is not revalued (IFRIC 22, ASC 830).

    Raises
    ------
    InputError
        A rate is missing.
    """
    amount, mrr, join = "b.amount", "b.mrr", ""
    month = "CAST(year(b.invoice_date) * 12 + month(b.invoice_date) - 1 AS INTEGER)"
    if currencies.foreign:
        home, units = literal(currencies.reporting), 10 ** decimals(currencies.reporting)
        join = f"LEFT JOIN {RATES} AS x ON x.code = b.currency AND x.month = {month}"
        amount, mrr = (
            f"CASE WHEN b.currency = {home} THEN {value} ELSE CAST(reading_nearest("
            f"CAST({value} AS HUGEINT) * x.rate * {units}, "
            f"CAST(b.minor_units AS HUGEINT) * {10 ** (rate_scale or 0)}) AS BIGINT) END"
            for value in (amount, mrr)
        )
        _refuse_missing(connection, join, home, currencies.reporting)
    connection.execute(f"""
CREATE OR REPLACE TABLE invoices AS
SELECT b.* EXCLUDE (amount, mrr, flags, is_blank, turned, finer, minor_units, no_days,
    customer_state, start_state, end_state, invoice_date_state, amount_state, currency_state,
    kind_state, kind_word, status_state, status_word, quantity_state, unit_price_state,
    start_day, end_day, invoice_date_day, recurring),
    {amount} AS amount, CASE WHEN b.recurring THEN {mrr} ELSE 0 END AS mrr,
    CAST(b.start_date - DATE '1970-01-01' AS INTEGER) AS start_day,
    CAST(b.end_date - DATE '1970-01-01' AS INTEGER) AS end_day, {month} AS invoice_month,
    CAST(year(b.start_date) * 12 + month(b.start_date) - 1 AS INTEGER) AS first_month,
    CAST(year(b.end_date - 1) * 12 + month(b.end_date - 1) - 1 AS INTEGER) AS last_month
FROM reading_bills AS b {join}""")


def _refuse_missing(
    connection: duckdb.DuckDBPyConnection, join: str, home: str, reporting: str
) -> None:
    missing = connection.execute(
        "SELECT b.currency, year(b.invoice_date) * 12 + month(b.invoice_date) - 1, "
        f'min(b."row") FROM reading_bills AS b {join} WHERE b.currency <> {home} '
        "AND x.rate IS NULL GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    if missing:
        said = ", ".join(f"{code} {month_text(month)} (row {row})" for code, month, row in missing)
        raise InputError(
            f"Rates to {reporting} are missing for {said}: an invoice is converted at the rate of "
            "its month. Add them to the rates."
        )


def chained_lines(
    connection: duckdb.DuckDBPyConnection, table: RawTable, mapping: Mapping[str, str]
) -> tuple[RawTable, ColumnMapping]:
    """Make the raw table of subscription lines: a row a run of equal invoices without a gap.

    Invoices are equal in customer, subscription, currency, state, quantity, price, months and
    every dimension; a run goes on where one begins on the day on which the last ended. Lines that
    run side by side make runs of their own. The run's row is that of its first invoice.
    """
    dimensions = [header for header in table.headers if header not in set(mapping.values())]
    kept = [name for name in ("subscription_id", "quantity", "unit_price") if name in mapping]
    names = {"subscription_id": "subscription"}
    fields: list[tuple[str, str, str, str]] = [  # field, column of the file, SQL, type
        ("customer_id", mapping["customer_id"], "customer", "VARCHAR"),
        *((name, mapping[name], names.get(name, name), _type(name)) for name in kept),
    ]
    if "currency" in mapping:
        fields.append(("currency", mapping["currency"], "currency", "VARCHAR"))
    fields += [
        ("kind", _free(table, "kind of the line"), "counts_as", "VARCHAR"),
        ("status", _free(table, "state of the line"), "state", "VARCHAR"),
        ("interval_count", _free(table, "months of the line"), "months", "INTEGER"),
        ("mrr", mapping["amount"], "price", f"DECIMAL(38,{_DECIMALS})"),
    ]
    keys = [sql for _, _, sql, _ in fields] + [f"d{i}" for i in range(len(dimensions))]
    headers = [column for _, column, _, _ in fields] + dimensions
    types = [type_ for *_, type_ in fields] + ["VARCHAR"] * len(dimensions)
    _make_runs(connection, keys)
    return (
        RawTable(
            _RUNS,
            (*headers, mapping["start"], mapping["end"]),
            (*types, "DATE", "DATE"),
            table.label,
            plain=frozenset(range(len(headers) + 2)),
        ),
        ColumnMapping(
            {
                **{field: column for field, column, _, _ in fields},
                "start": mapping["start"],
                "end": mapping["end"],
            }
        ),
    )


def _type(name: str) -> str:
    return "VARCHAR" if name == "subscription_id" else "DOUBLE"


def _free(table: RawTable, name: str) -> str:
    while name in table.headers:
        name += "'"
    return name


def _make_runs(connection: duckdb.DuckDBPyConnection, keys: list[str]) -> None:
    group = ", ".join(keys)
    cells = ", ".join(f"{key} AS c{i}" for i, key in enumerate(keys))
    width = len(keys)
    # The price as text of digits and an exponent: exact at any size.
    price = (
        f"CAST(CAST(CAST(mrr AS HUGEINT) * ({10**_DECIMALS} // minor_units) AS VARCHAR) "
        f"|| 'e-{_DECIMALS}' AS DECIMAL(38,{_DECIMALS}))"
    )
    connection.execute(f"""
CREATE OR REPLACE TABLE {_RUNS} AS
WITH lines AS (
    SELECT *, {price} AS price,
        CASE WHEN recurring THEN 'recurring' ELSE 'one_off' END AS counts_as,
        CASE WHEN status = 'past_due' THEN 'past_due' ELSE 'active' END AS state
    FROM reading_bills WHERE kind <> 'refund'
), beside AS (
    SELECT *, row_number() OVER (PARTITION BY {group}, start_date ORDER BY end_date, "row") AS lane
    FROM lines
), begun AS (
    SELECT *, CASE WHEN recurring AND start_date = lag(end_date) OVER (
        PARTITION BY {group}, lane ORDER BY start_date, "row") THEN 0 ELSE 1 END AS begins
    FROM beside
), runs AS (
    SELECT *, sum(begins) OVER (PARTITION BY {group}, lane ORDER BY start_date, "row"
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run
    FROM begun
)
SELECT arg_min("row", start_date) AS "row", {cells}, min(start_date) AS c{width},
    max(end_date) AS c{width + 1}
FROM runs GROUP BY {group}, lane, run, CASE WHEN recurring THEN 0 ELSE "row" END
ORDER BY "row" """)
