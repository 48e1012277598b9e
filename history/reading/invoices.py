"""Invoice lines: recognised, understood cell by cell, and handed on as subscription lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from ..errors import InputError, unknown_name
from .amounts import Amounts, no_amounts, read_amounts
from .checks import Check, flags_of
from .currencies import Currencies, settle_currencies
from .customers import read_customers
from .dates import read_dates
from .invoice_checks import invoice_checks
from .invoice_credits import review_credits
from .invoice_fields import INVOICE_FIELDS, invoice_kind, invoice_status
from .invoice_lines import chained_lines, keep_invoices
from .invoice_periods import price_invoices
from .invoice_rules import ARREARS, INVOICES
from .mapping import INVOICES as VOCABULARY
from .mapping import ColumnMapping, guess_mapping
from .parsed import Parsed, State, absent
from .problems import Problems
from .synonyms import SYNONYMS, squashed
from .table import RawTable, only_row
from .words import read_words

__all__ = ["Invoicing", "invoice_mapping", "lines_of_invoices"]

_NEEDED = ("invoice_id", "customer_id", "start", "end", "amount")
_MRR = frozenset(squashed(name) for name in SYNONYMS["mrr"])
_BILLS = "reading_bills"


@dataclass(frozen=True)
class Invoicing:
    """What the caller said about how invoices are to be read.

    Parameters
    ----------
    currency
        Reporting currency, None to take the file's only one.
    rate_scale
        Decimals of the rates in the engine; None where none were given.
    date_order, decimal
        As told.
    part_months
        "days" or "calendar": how long a period is that is not whole months.
    """

    currency: str | None
    rate_scale: int | None
    date_order: str | None
    decimal: str | None
    part_months: str


def invoice_mapping(
    table: RawTable,
    connection: duckdb.DuckDBPyConnection,
    told: Mapping[str, str],
    problems: Problems,
) -> ColumnMapping | None:
    """Find the columns of invoice lines; None where the file is something else.

    It is one of invoice lines if it names an invoice, a service period that most rows have, and an
    amount, and gives no MRR. Naming the invoice's column makes it one; mapping it to nothing
    makes it none.

    Raises
    ------
    InputError
        The invoice's column was named, but another one is missing.
    UnknownNameError
        A named column or field does not exist.
    """
    named = bool(told.get("invoice_id"))
    foreign = [name for name in told if name not in INVOICE_FIELDS]
    if named and foreign:
        raise unknown_name("field of invoice lines", foreign[0], INVOICE_FIELDS)
    if not named and ("invoice_id" in told or foreign):
        return None
    own = Problems()
    mapping = guess_mapping(table, connection, told, own, VOCABULARY)
    missing = [name for name in _NEEDED if name not in mapping]
    if named and missing:
        raise InputError(
            f"{table.label}: invoice lines need {', '.join(_NEEDED)}; no column found for "
            f"{', '.join(missing)}. Its columns: {', '.join(table.headers)}. Say which: "
            + " ".join(f"--map {name}=COLUMN" for name in missing)
        )
    if not named and (missing or not _has_periods(table, connection, mapping)):
        return None
    problems.findings += own.findings
    fields = ", ".join(f"{name}={mapping[name]}" for name in _NEEDED)
    problems.add(INVOICES, "read as such", "note", value=fields)
    return mapping


def _has_periods(
    table: RawTable, connection: duckdb.DuckDBPyConnection, mapping: Mapping[str, str]
) -> bool:
    if any(squashed(header) in _MRR for header in table.headers):
        return False
    end, invoice = table.text(mapping["end"]), table.text(mapping["invoice_id"])
    rows, ended, billed = only_row(
        connection, f"SELECT count(*), count({end}), count({invoice}) FROM {table.relation}"
    )
    return bool(2 * ended >= rows and 2 * billed >= rows)


def lines_of_invoices(
    table: RawTable,
    mapping: ColumnMapping,
    connection: duckdb.DuckDBPyConnection,
    call: Invoicing,
    problems: Problems,
) -> tuple[RawTable, ColumnMapping]:
    """Turn invoice lines into a raw table of subscription lines.

    Leaves the table ``invoices`` in the engine: every line that counts in revenue, with amounts in
    minor units of the reporting currency and days as numbers, for `history.revenue`.

    Parameters
    ----------
    table, mapping, connection
        The raw table, the mapping of `invoice_mapping`, the engine.
    call
        What the caller said.
    problems
        Gets what is found; rows left out keep their number in the file.

    Returns
    -------
    tuple
        The raw table of lines, a row a run of equal invoices, and its mapping.

    Raises
    ------
    InputError
        A column cannot be read, no currency is told, or a rate is missing.
    """
    currencies = _currencies(table, mapping, connection, call, problems)
    fields = _understand(table, mapping, connection, call, problems)
    problems.raise_refused()
    _make_bills(connection, table, mapping, fields, currencies)
    checks = invoice_checks(mapping)
    _judge(connection, checks, table, mapping, problems)
    review_credits(connection, table, mapping, problems)
    price_invoices(connection, call.part_months)
    keep_invoices(connection, currencies, call.rate_scale)
    _note_arrears(connection, mapping, problems)
    return chained_lines(connection, table, mapping)


def _currencies(
    table: RawTable,
    mapping: ColumnMapping,
    connection: duckdb.DuckDBPyConnection,
    call: Invoicing,
    problems: Problems,
) -> Currencies:
    """Find the currencies; what there is to say of them is said once, of the lines."""
    own = Problems()
    currencies = settle_currencies(
        table,
        mapping,
        connection,
        currency=call.currency,
        rates=call.rate_scale is not None,
        problems=own,
    )
    for text in own.refusals:
        problems.refuse(text, currency=own.only_currency)
    return currencies


@dataclass(frozen=True)
class _Fields:
    """The columns of invoice lines, understood."""

    customer: Parsed
    dates: Mapping[str, Parsed]
    amount: Amounts
    numbers: Mapping[str, Amounts]
    kind: Parsed
    status: Parsed

    def joins(self) -> str:
        """Give the joins of all of them."""
        every = [self.customer, *self.dates.values(), self.amount.parsed, self.kind, self.status]
        every += [item.parsed for item in self.numbers.values()]
        return " ".join(parsed.join for parsed in every if parsed.join)


def _understand(
    table: RawTable,
    mapping: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
    call: Invoicing,
    problems: Problems,
) -> _Fields:
    def date(name: str) -> Parsed:
        if name not in mapping:
            return absent("DATE")
        return read_dates(
            connection, table, mapping[name], date_order=call.date_order, problems=problems
        )

    def number(name: str, sign: str | None) -> Amounts:
        if name not in mapping:
            return no_amounts()
        return read_amounts(connection, table, mapping[name], decimal=sign, problems=Problems())

    customer = table.text(mapping["customer_id"], "r.")
    amount = read_amounts(
        connection, table, mapping["amount"], decimal=call.decimal, problems=problems
    )
    sign = call.decimal or amount.sign
    words = {
        name: read_words(connection, table, mapping[name], f"reading_invoice_{name}", meaning)[0]
        if name in mapping
        else absent("VARCHAR")
        for name, meaning in (("kind", invoice_kind), ("status", invoice_status))
    }
    return _Fields(
        customer=read_customers(connection, customer, table.relation, customer),
        dates={name: date(name) for name in ("invoice_date", "start", "end")},
        amount=amount,
        numbers={name: number(name, sign) for name in ("quantity", "unit_price")},
        kind=words["kind"],
        status=words["status"],
    )


def _make_bills(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    mapping: Mapping[str, str],
    fields: _Fields,
    currencies: Currencies,
) -> None:
    """Make the table of understood lines: a row of it for each row of the file."""
    connection.execute(
        "CREATE OR REPLACE MACRO reading_nearest(n, d) AS CASE WHEN n < 0 THEN -1 ELSE 1 END "
        "* ((2 * abs(n) + d) // (2 * d) - CASE WHEN (2 * abs(n) + d) % (2 * d) = 0 "
        "AND ((2 * abs(n) + d) // (2 * d)) % 2 = 1 THEN 1 ELSE 0 END)"
    )
    texts = ", ".join(
        f"{table.text(mapping[name], 'r.') if name in mapping else 'CAST(NULL AS VARCHAR)'} "
        f"AS {alias}"
        for name, alias in (
            ("subscription_id", "subscription"),
            ("invoice_id", "invoice"),
            ("line_id", "line"),
            ("credit_of", "credit_of"),
        )
    )
    dates = ", ".join(
        f"CASE WHEN {parsed.state} = {State.OK:d} THEN {parsed.value} END AS {name}_day, "
        f"{parsed.state} AS {name}_state"
        for name, parsed in fields.dates.items()
    )
    numbers = ", ".join(
        f"CAST({item.parsed.value} AS DOUBLE) / 1e{item.scale} AS {name}, "
        f"{item.parsed.state} AS {name}_state"
        for name, item in fields.numbers.items()
    )
    used = set(mapping.values())
    dimensions = "".join(
        f", {table.text(header, 'r.')} AS d{i}"
        for i, header in enumerate(h for h in table.headers if h not in used)
    )
    blank = " AND ".join(f"{table.text(header, 'r.')} IS NULL" for header in table.headers)
    scale, units = 10**fields.amount.scale, currencies.power_of_ten()
    read = fields.amount.parsed
    number = f"CAST(CASE WHEN {read.state} = {State.OK:d} THEN {read.value} END AS HUGEINT)"
    parts = f"CAST(greatest({scale} // {units}, 1) AS HUGEINT)"
    connection.execute(f"""
CREATE OR REPLACE TABLE {_BILLS} AS
SELECT * REPLACE (
    CASE WHEN kind = 'credit' AND amount > 0 THEN -amount ELSE amount END AS amount
), amount > 0 AND kind = 'credit' AS turned, 0 AS flags
FROM (
    SELECT *, coalesce(kind_word, CASE WHEN credit_of IS NOT NULL AND amount < 0 THEN 'credit' END,
            'recurring') AS kind,
        coalesce(status_word, 'paid') AS status
    FROM (
        SELECT r."row", {blank} AS is_blank, {fields.customer.value} AS customer,
            {fields.customer.state} AS customer_state, {texts}, {dates}, {numbers},
            CAST(reading_nearest({number} * greatest({units} // {scale}, 1), {parts}) AS BIGINT)
                AS amount,
            {fields.amount.parsed.state} AS amount_state,
            coalesce({number} % {parts} <> 0, false) AS finer,
            {currencies.parsed.value} AS currency, {currencies.parsed.state} AS currency_state,
            {units} AS minor_units,
            {fields.kind.value} AS kind_word, {fields.kind.state} AS kind_state,
            {fields.status.value} AS status_word, {fields.status.state} AS status_state{dimensions}
        FROM {table.relation} AS r {fields.joins()} {currencies.parsed.join}
    ) AS cells
) AS understood""")
    connection.execute(f"CREATE OR REPLACE TABLE {_BILLS} AS {_dated()}")


def _dated() -> str:
    """Write the query that gives each line the day of its invoice and its service period.

    What is paid once and has no period is rendered on the day of its start or of its invoice.
    """
    once = "kind IN ('one_off', 'refund', 'tax')"
    first = f"CASE WHEN {once} THEN coalesce(start_day, invoice_date_day, end_day) "
    first += "ELSE start_day END"
    return f"""
SELECT * EXCLUDE (no_days, first_day, kind),
    CASE WHEN no_days THEN 'one_off' ELSE kind END AS kind, no_days,
    first_day AS start_date,
    CASE WHEN no_days OR ({once} AND coalesce(end_day <= first_day, true))
        THEN first_day + 1 ELSE end_day END AS end_date,
    coalesce(invoice_date_day, first_day) AS invoice_date
FROM (
    SELECT *, {first} AS first_day,
        coalesce(kind IN ('recurring', 'proration', 'credit') AND start_day = end_day, false)
            AS no_days
    FROM {_BILLS}
) AS dated"""


def _judge(
    connection: duckdb.DuckDBPyConnection,
    checks: tuple[Check, ...],
    table: RawTable,
    mapping: Mapping[str, str],
    problems: Problems,
) -> None:
    """Keep a finding for each check that a row breaks, and leave out the rows that must be."""
    connection.execute(f"UPDATE {_BILLS} SET flags = {flags_of(checks)}")
    shown = sorted({mapping[check.field] for check in checks if check.field in mapping})
    cells = "".join(f", {table.text(header, 'r.')}" for header in shown)
    rows = connection.execute(
        f'SELECT b."row", b.flags{cells} FROM {_BILLS} AS b INNER JOIN {table.relation} AS r '
        'ON r."row" = b."row" WHERE b.flags <> 0 ORDER BY b."row"'
    ).fetchall()
    for row, flags, *values in rows:
        texts = dict(zip(shown, values, strict=True))
        for bit, check in enumerate(checks):
            if not flags & (1 << bit):
                continue
            column = mapping.get(check.field, "")
            value = texts.get(column) or ""
            problems.add(
                check.rule, check.action, check.severity, row=row, column=column, value=value
            )
            if check.rejects and bit:
                problems.note_rejection(row, check.rule, column)
    rejecting = sum(1 << bit for bit, check in enumerate(checks) if check.rejects)
    connection.execute(f"DELETE FROM {_BILLS} WHERE flags & {rejecting} <> 0")


def _note_arrears(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping[str, str], problems: Problems
) -> None:
    if "invoice_date" not in mapping:
        return
    late, every = only_row(
        connection,
        "SELECT count(*) FILTER (invoice_date >= end_date), count(*) FROM invoices "
        "WHERE kind = 'recurring' AND amount > 0",
    )
    if 2 * late > every:
        problems.add(
            ARREARS,
            "read as they stand",
            "warning",
            column=mapping["invoice_date"],
            value=f"{late} of {every} lines",
        )
