"""The cleaning: from cells as they stand to the table `lines`, and every doubt along the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import duckdb

from ..money import decimals
from . import words
from .amounts import Amounts, no_amounts, read_amounts
from .checks import Check, checks_for
from .currencies import RATES, Currencies
from .customers import read_customers
from .dates import read_dates
from .parsed import Parsed, State, absent
from .problems import Problems
from .rules import NAME_TAKEN
from .table import RawTable, literal, quoted
from .words import Interval, read_words

__all__ = ["LINE_COLUMNS", "UNDERSTOOD", "Basis", "LineQuery", "line_query"]

LINE_COLUMNS = (
    "row", "customer", "subscription", "start_date", "end_date", "term_end", "mrr",
    "interval_months", "kind", "status", "churn_reason", "quantity", "unit_price", "list_price",
    "currency", "requested", "effective", "discount_kind", "list_mrr",
)  # fmt: skip
"""The columns of the table `lines`; dimensions follow."""

UNDERSTOOD = "reading_understood"
"""Name of the view of raw rows with all fields understood."""

_INTERVALS = "reading_intervals"


@dataclass(frozen=True)
class Basis:
    """What the price is paid for.

    Parameters
    ----------
    field
        `mrr`, `amount` or `arr`.
    column
        Its column in the file.
    """

    field: str
    column: str


@dataclass(frozen=True)
class LineQuery:
    """The query that makes lines of the raw table.

    Parameters
    ----------
    understood
        SELECT of the raw rows with all fields understood.
    columns, told
        The columns of `lines`, and the FROM clause over `UNDERSTOOD` that they are taken from.
    checks
        The checks, by bit.
    dimensions
        Name in `lines` of each dimension.
    """

    understood: str
    columns: str
    told: str
    checks: tuple[Check, ...]
    dimensions: tuple[str, ...]


@dataclass(frozen=True)
class _Fields:
    """The fields of a file, understood."""

    start: Parsed
    end: Parsed
    term_end: Parsed
    requested: Parsed
    effective: Parsed
    discount: Parsed
    amount: Amounts
    numbers: Mapping[str, Amounts]
    interval: Parsed
    status: Parsed
    trial: Parsed
    kind: Parsed
    reason: Parsed

    def joins(self) -> str:
        """Give the joins of all of them."""
        every = [
            self.start, self.end, self.term_end, self.amount.parsed, self.interval, self.status,
            self.trial, self.kind, self.reason, self.requested, self.effective, self.discount,
            *(item.parsed for item in self.numbers.values()),
        ]  # fmt: skip
        return " ".join(parsed.join for parsed in every if parsed.join)


def line_query(
    table: RawTable,
    mapping: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
    *,
    basis: Basis,
    currencies: Currencies,
    rate_scale: int | None,
    factors: Mapping[str, Fraction],
    date_order: str | None,
    decimal: str | None,
    problems: Problems,
) -> LineQuery:
    """Understand every column and write the query that makes the lines.

    The monthly amount is exact integer arithmetic, rounded once a line, half-even, to minor units
    of its currency. With a `rate_scale` another currency is then converted at the rate of the
    line's first month, rounded half-even to minor units of the reporting currency.

    Parameters
    ----------
    table, mapping, connection
        The raw table, its mapping, the engine.
    basis
        The column with the price.
    currencies
        The currency of the ledger and of its rows.
    rate_scale
        Decimals of the rates in the table `RATES`; None leaves amounts in their own currency.
    factors
        Intervals in a month, by name.
    date_order, decimal
        As told by the caller.
    problems
        Gets refusals of columns that cannot be read.
    """
    fields = _understand(table, mapping, connection, basis, factors, date_order, decimal, problems)
    connection.execute(
        "CREATE OR REPLACE MACRO reading_half_even(n, d, q) AS CASE WHEN n < 0 THEN -1 ELSE 1 "
        "END * (q + CASE WHEN 2 * (abs(n) - q * d) > d OR (2 * (abs(n) - q * d) = d "
        "AND q % 2 = 1) THEN 1 ELSE 0 END)"
    )
    customer = read_customers(connection, table.relation, table.text(mapping["customer_id"], "r."))
    understood = _understood(table, mapping, fields, customer, basis, currencies)
    checks = checks_for(mapping, basis.field, _bad_signs(connection, fields.amount, currencies))
    dimensions = _dimensions(table, mapping, problems)
    named = "".join(f", dimension_{i} AS {quoted(name)}" for i, (name, _) in enumerate(dimensions))
    texts = "".join(
        f", {table.text(header)} AS dimension_{i}" for i, (_, header) in enumerate(dimensions)
    )
    mrr, units, join = _reported(currencies, rate_scale)
    amounts = {"mrr": mrr, "list_mrr": _list_reported(mrr)}
    columns = ", ".join(
        f"{amounts[name]} AS {name}" if name in amounts else quoted(name) for name in LINE_COLUMNS
    )
    told = f"FROM (SELECT u.*{texts}{units} FROM {UNDERSTOOD} AS u {join}) AS told"
    names = tuple(name for name, _ in dimensions)
    return LineQuery(understood, columns + named, told, checks, names)


def _understand(
    table: RawTable,
    mapping: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
    basis: Basis,
    factors: Mapping[str, Fraction],
    date_order: str | None,
    decimal: str | None,
    problems: Problems,
) -> _Fields:
    def dates(name: str) -> Parsed:
        if name not in mapping:
            return absent("DATE")
        return read_dates(
            connection, table, mapping[name], date_order=date_order, problems=problems
        )

    def word(name: str, meaning: object, type_: str = "VARCHAR") -> Parsed:
        if name not in mapping:
            return absent(type_)
        return read_words(connection, table, mapping[name], f"reading_{name}", meaning, type_)  # type: ignore[arg-type]

    amount = read_amounts(connection, table, basis.column, decimal=decimal, problems=problems)
    quiet = Problems()
    numbers = {
        name: read_amounts(
            connection, table, mapping[name], decimal=decimal or amount.sign, problems=quiet
        )
        if name in mapping
        else no_amounts()
        for name in ("quantity", "unit_price", "list_price", "interval_count")
    }
    return _Fields(
        start=dates("start"),
        end=dates("end"),
        term_end=dates("term_end"),
        requested=dates("requested"),
        effective=dates("effective"),
        discount=word("discount_kind", words.discount),
        amount=amount,
        numbers=numbers,
        interval=_intervals(connection, table, mapping, factors),
        status=word("status", words.status),
        trial=word("is_trial", words.boolean, "BOOLEAN"),
        kind=word("kind", words.kind),
        reason=word("churn_reason", words.churn_reason),
    )


def _intervals(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    mapping: Mapping[str, str],
    factors: Mapping[str, Fraction],
) -> Parsed:
    """Understand the billing intervals; value is a struct of p, q (p/q a month) and months."""
    struct = "STRUCT(p BIGINT, q BIGINT, months INTEGER)"
    if "interval" not in mapping:
        return absent(struct)

    def meaning(text: str) -> dict[str, int] | None:
        found: Interval | None = words.interval(text, dict(factors))
        if found is None:
            return None
        numerator, denominator = found.per_month.as_integer_ratio()
        return {"p": numerator, "q": denominator, "months": found.months}

    return read_words(connection, table, mapping["interval"], _INTERVALS, meaning, struct)


def _understood(
    table: RawTable,
    mapping: Mapping[str, str],
    fields: _Fields,
    customer: Parsed,
    basis: Basis,
    currencies: Currencies,
) -> str:
    """Write the SELECT of raw rows with their fields understood."""
    subscription = (
        table.text(mapping["subscription_id"], "r.") if "subscription_id" in mapping else "NULL"
    )
    numbers = ", ".join(
        f"CAST({item.parsed.value} AS DOUBLE) / 1e{item.scale} AS {name}, "
        f"{item.parsed.state} AS {name}_state"
        for name, item in fields.numbers.items()
    )
    blank = " AND ".join(
        f"{table.text(h, 'r.') if table.is_text(h) else 'r.' + table.cell(h)} IS NULL"
        for h in sorted(table.headers, key=lambda h: h != mapping["customer_id"])
    )
    inner = f"""
SELECT r.*, {customer.value} AS customer, {customer.state} AS customer_state,
    CAST({subscription} AS VARCHAR) AS subscription, {blank} AS is_blank,
    {fields.start.value} AS start_date, {fields.start.state} AS start_state,
    CASE WHEN {fields.end.state} = {State.OK:d} THEN {fields.end.value} END AS end_date,
    {fields.end.state} AS end_state,
    CASE WHEN {fields.term_end.state} = {State.OK:d} THEN {fields.term_end.value} END AS term_end,
    {fields.term_end.state} AS term_end_state,
    {_known("requested", fields.requested)}, {_known("effective", fields.effective)},
    {fields.discount.value} AS discount_kind, {fields.discount.state} AS discount_state,
    {_listed(fields.numbers)} AS list_amount,
    {fields.amount.parsed.value} AS amount, {fields.amount.parsed.state} AS amount_state,
    {fields.amount.parsed.extra} AS sign, {numbers},
    {fields.interval.value} AS paid, {fields.interval.state} AS interval_state,
    {currencies.parsed.value} AS currency, {currencies.parsed.state} AS currency_state,
    {currencies.power_of_ten()} AS minor_units,
    {fields.status.value} AS status_word, {fields.status.state} AS status_state,
    {fields.trial.value} AS is_trial, {fields.trial.state} AS trial_state,
    {fields.kind.value} AS kind_word, {fields.kind.state} AS kind_state,
    {fields.reason.value} AS churn_reason, {fields.reason.state} AS reason_state
FROM {table.relation} AS r {customer.join} {fields.joins()} {currencies.parsed.join}"""
    count = (
        f"CASE WHEN interval_count_state IN ({State.BLANK:d}, {State.NULL_WORD:d}) THEN 1 "
        "WHEN interval_count BETWEEN 1 AND 1200 AND interval_count = floor(interval_count) "
        "THEN CAST(interval_count AS BIGINT) END"
    )
    numerator, denominator = _monthly(basis, fields.amount)
    listed = ", CAST(NULL AS BIGINT) AS own_list_mrr"
    above, below = "NULL", "NULL"
    if "list_price" in mapping:
        scale = fields.numbers["list_price"].scale + fields.numbers["quantity"].scale
        above, below = _monthly(basis, Amounts(absent("HUGEINT"), scale, True), "list_amount")
        half = "reading_half_even(list_above, list_below, abs(list_above) // list_below)"
        listed = f", CAST({half} AS BIGINT) AS own_list_mrr"
    return f"""
SELECT *, CAST(reading_half_even(numerator, denominator, quotient) AS BIGINT) AS own_mrr{listed}
FROM (
    SELECT *, abs(numerator) // denominator AS quotient
    FROM (
        SELECT *, {numerator} AS numerator, {denominator} AS denominator,
            {above} AS list_above, {below} AS list_below,
            CAST({_contract_months(basis)} AS INTEGER) AS interval_months
        FROM (
            SELECT *, {count} AS times,
                CASE WHEN kind_word = 'one_off' OR paid.p = 0 THEN 'one_off' ELSE 'recurring' END
                    AS kind,
                CASE WHEN is_trial THEN 'trial' ELSE coalesce(status_word, 'active') END AS status
            FROM ({inner}) AS cells
        ) AS counted
    ) AS priced
) AS divided"""


def _known(name: str, date: Parsed) -> str:
    """Write a date that may be missing, and its state."""
    value = f"CASE WHEN {date.state} = {State.OK:d} THEN {date.value} END AS {name}"
    return f"{value}, {date.state} AS {name}_state"


def _listed(numbers: Mapping[str, Amounts]) -> str:
    """Write the list price of all units, as an integer of as many decimals as both have."""
    price, quantity = numbers["list_price"], numbers["quantity"]
    read = f"CASE WHEN {price.parsed.state} = {State.OK:d} THEN {price.parsed.value} END"
    units = (
        f"CASE WHEN {quantity.parsed.state} = {State.OK:d} THEN {quantity.parsed.value} "
        f"ELSE {10**quantity.scale} END"
    )
    return f"CAST({read} AS HUGEINT) * {units}"


def _monthly(basis: Basis, amount: Amounts, column: str = "amount") -> tuple[str, str]:
    """Write the monthly amount in minor units of the row's own currency as a fraction."""
    type_ = "HUGEINT" if amount.wide else "BIGINT"
    p, q = {
        "mrr": ("1", "1"),
        "arr": ("1", "12"),
        "amount": ("coalesce(paid.p, 1)", "coalesce(paid.q, 1) * coalesce(times, 1)"),
    }[basis.field]
    scale = 10**amount.scale
    up = f"greatest(minor_units // {scale}, 1)"
    down = f"greatest({scale} // minor_units, 1)"
    recurring = "kind = 'recurring'"
    return (
        f"CAST({column} AS {type_}) * CASE WHEN {recurring} THEN {p} ELSE 1 END * {up}",
        f"CAST({down} AS {type_}) * CASE WHEN {recurring} THEN {q} ELSE 1 END",
    )


def _contract_months(basis: Basis) -> str:
    """Write the months of the billing interval, at least 1."""
    without = 12 if basis.field == "arr" else 1
    months = "round(coalesce(times, 1) * paid.q / paid.p)"
    return (
        f"CASE WHEN paid.p > 0 THEN greatest(1, {months}) "
        f"ELSE {without} * CASE WHEN paid IS NULL THEN coalesce(times, 1) ELSE 1 END END"
    )


def _reported(currencies: Currencies, rate_scale: int | None) -> tuple[str, str, str]:
    """Write the MRR, the columns that it needs, and the join of rates."""
    if rate_scale is None or not currencies.foreign:
        return "own_mrr", "", ""
    home = literal(currencies.reporting)
    units = 10 ** decimals(currencies.reporting)
    columns = (
        f", CAST(own_mrr AS HUGEINT) * rates.rate * {units} AS converted"
        f", CAST(own_list_mrr AS HUGEINT) * rates.rate * {units} AS list_converted"
        f", CAST(minor_units AS HUGEINT) * {10**rate_scale} AS divisor"
    )
    converted = "CAST(reading_half_even(converted, divisor, abs(converted) // divisor) AS BIGINT)"
    mrr = f"CASE WHEN currency = {home} THEN own_mrr ELSE {converted} END"
    join = (
        f"LEFT JOIN {RATES} AS rates ON rates.code = u.currency AND u.currency <> {home} "
        "AND rates.month = year(u.start_date) * 12 + month(u.start_date) - 1"
    )
    return mrr, columns, join


def _list_reported(mrr: str) -> str:
    """Write the MRR at list price in the reporting currency, from the words for the MRR."""
    return mrr.replace("own_mrr", "own_list_mrr").replace("converted", "list_converted")


def _bad_signs(
    connection: duckdb.DuckDBPyConnection, amount: Amounts, currencies: Currencies
) -> tuple[tuple[str, str], ...]:
    """Give the pairs of sign and currency that contradict each other."""
    if not amount.parsed.join or amount.sign is None:
        return ()
    table = amount.parsed.join.split()[2]
    signs = connection.execute(
        f"SELECT DISTINCT extra FROM {table} WHERE extra IS NOT NULL ORDER BY 1"
    ).fetchall()
    return tuple(
        (str(sign), code)
        for (sign,) in signs
        for code in currencies.codes
        if not words.fits_currency(str(sign), code)
    )


def _dimensions(
    table: RawTable, mapping: Mapping[str, str], problems: Problems
) -> list[tuple[str, str]]:
    """Give name in `lines` and column of every column that has no other meaning."""
    used = set(mapping.values())
    standard = {name.casefold() for name in (*LINE_COLUMNS, "flags")}
    taken = standard | {name.casefold() for name in table.headers}
    found = []
    for header in table.headers:
        if header in used:
            continue
        name = header
        while name.casefold() in standard or (name != header and name.casefold() in taken):
            name = f"{name}_in_file"
        if name != header:
            problems.add(NAME_TAKEN, f"kept as {name!r}", "note", column=header)
        found.append((name, header))
    return found
