"""The cleaning: from cells as they stand to the table `lines`, and every doubt along the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from fractions import Fraction

import duckdb

from ..columns import COLUMNS
from ..money import decimals
from . import words
from .amounts import Amounts, no_amounts, read_amounts
from .checks import Check, checks_for
from .currencies import HALF_EVEN, RATES, Currencies
from .customers import CUSTOMERS, read_customers
from .dates import read_dates
from .parsed import Parsed, State, absent
from .problems import Problems
from .rules import NAME_TAKEN
from .table import RawTable, literal, quoted
from .words import Interval, read_words

__all__ = ["Basis", "LineQuery", "line_query"]


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
    table
        The raw table, with what is known of its texts.
    named
        Whether the table `CUSTOMERS` holds every customer as its cell stands.
    understood
        SELECT of the raw rows with all fields understood.
    columns, dimensional, told
        The columns of the lines by name, those of the dimensions, and the FROM clause over
        `understood` that they are taken from.
    checks
        The checks, by bit.
    dimensions
        Name in `lines` of each dimension.
    """

    table: RawTable
    named: bool
    understood: str
    columns: Mapping[str, str]
    dimensional: str
    told: str
    checks: tuple[Check, ...]
    dimensions: tuple[str, ...]

    def select(self, more: str = "", *, only: Collection[str] = ()) -> str:
        """Write the query of the lines, with more columns, or of some of their columns only."""
        named = [
            f"{value} AS {quoted(name)}"
            for name, value in self.columns.items()
            if not only or name in only
        ]
        return f"SELECT {', '.join(named)}{'' if only else self.dimensional}{more} {self.told}"


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
    intervals: tuple[Interval, ...]
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

    def cells(self, mapping: Mapping[str, str]) -> dict[str, str]:
        """Give the values and states of the fields that a file may lack and this one has."""
        found: dict[str, str] = {}
        for name, value, date in (
            ("end", "end_date", self.end),
            ("term_end", "term_end", self.term_end),
            ("requested", "requested", self.requested),
            ("effective", "effective", self.effective),
        ):
            if name in mapping:
                found[value] = f"CASE WHEN {date.state} = {State.OK:d} THEN {date.value} END"
                found[f"{name}_state"] = date.state
        for name, value, state, word in (
            ("interval", "paid", "interval_state", self.interval),
            ("status", "status_word", "status_state", self.status),
            ("is_trial", "is_trial", "trial_state", self.trial),
            ("kind", "kind_word", "kind_state", self.kind),
            ("churn_reason", "churn_reason", "reason_state", self.reason),
            ("discount_kind", "discount_kind", "discount_state", self.discount),
        ):
            if name in mapping:
                found |= {value: word.value, state: word.state}
        for name, number in self.numbers.items():
            if name in mapping:
                found[name] = f"CAST({number.parsed.value} AS DOUBLE) / 1e{number.scale}"
                found[f"{name}_state"] = number.parsed.state
        if "list_price" in mapping:
            found["list_amount"] = _listed(self.numbers)
        return found


def line_query(
    table: RawTable,
    mapping: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
    *,
    basis: Basis,
    numbering: Future[tuple[RawTable, bool]],
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
    numbering
        What `number_customers` gives, which may still be at work.
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
    connection.execute(HALF_EVEN)
    seen, named = numbering.result()
    table = table.knowing(seen)
    text = table.text(mapping["customer_id"], "r.")
    places = (CUSTOMERS, "r.customer") if named else (table.relation, text)
    customer = read_customers(connection, text, *places)
    cells = _cells(mapping, fields, customer, currencies)
    understood = _understood(table, mapping, fields, cells, customer, basis, currencies)
    signs = _bad_signs(connection, fields.amount, currencies)
    blank = _blank(table, mapping["customer_id"])
    checks = checks_for(mapping, basis.field, signs, blank, cells)
    dimensions = _dimensions(table, mapping, problems)
    dimensional = "".join(
        f", {table.text(header)} AS {quoted(name)}" for name, header in dimensions
    )
    mrr, units, join = _reported(currencies, rate_scale, listed="list_price" in mapping)
    known = {"row", "interval_months", "kind", "status"}
    columns = {
        name: quoted(name) if name in known or name in cells else f"CAST(NULL AS {type_})"
        for name, type_ in COLUMNS.items()
    }
    columns["mrr"] = mrr
    if "subscription_id" in mapping:
        columns["subscription"] = table.text(mapping["subscription_id"])
    if "list_price" in mapping:
        columns["list_mrr"] = _list_reported(mrr)
    told = f"FROM ({understood}) AS u"
    if join:
        told = f"FROM (SELECT u.*{units} {told} {join}) AS told"
    names = tuple(name for name, _ in dimensions)
    return LineQuery(table, named, understood, columns, dimensional, told, checks, names)


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
        return read_words(connection, table, mapping[name], f"reading_{name}", meaning, type_)[0]  # type: ignore[arg-type]

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
    interval, intervals = _intervals(connection, table, mapping, factors)
    return _Fields(
        start=dates("start"),
        end=dates("end"),
        term_end=dates("term_end"),
        requested=dates("requested"),
        effective=dates("effective"),
        discount=word("discount_kind", words.discount),
        amount=amount,
        numbers=numbers,
        interval=interval,
        intervals=intervals,
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
) -> tuple[Parsed, tuple[Interval, ...]]:
    """Understand the billing intervals: each cell's position among those that occur."""
    if "interval" not in mapping:
        return absent("INTEGER"), ()
    occurring: list[Interval] = []

    def meaning(text: str) -> int | None:
        found = words.interval(text, dict(factors))
        if found is None:
            return None
        if found not in occurring:
            occurring.append(found)
        return occurring.index(found)

    parsed, _ = read_words(
        connection, table, mapping["interval"], "reading_intervals", meaning, "INTEGER"
    )
    return parsed, tuple(occurring)


@dataclass(frozen=True)
class _Terms:
    """What a row's price is paid for, as SQL expressions; constants where the file says nothing.

    The engine carries no constant from one subquery into the next, so they stand where they are
    needed.
    """

    recurring: str
    status: str
    times: str
    p: str
    q: str
    months: str

    @property
    def count(self) -> str:
        """How many intervals are paid at once."""
        return "1" if self.times == "1" else "coalesce(times, 1)"

    @property
    def kind(self) -> str:
        """The word for whether the price is paid again."""
        return f"CASE WHEN {self.recurring} THEN 'recurring' ELSE 'one_off' END"


def _terms(mapping: Mapping[str, str], basis: Basis, intervals: Sequence[Interval]) -> _Terms:
    """Write the terms of a row: how many of its interval a month holds is p / q."""
    ratios = [found.per_month.as_integer_ratio() for found in intervals]
    p, q = _by_interval([p for p, _ in ratios], 1), _by_interval([q for _, q in ratios], 1)
    times = "1"
    if "interval_count" in mapping:
        times = (
            f"CASE WHEN interval_count_state IN ({State.BLANK:d}, {State.NULL_WORD:d}) THEN 1 "
            "WHEN interval_count BETWEEN 1 AND 1200 AND interval_count = floor(interval_count) "
            "THEN CAST(interval_count AS BIGINT) END"
        )
    without = 12 if basis.field == "arr" else 1
    if times == "1":
        rounded = [max(1, (2 * q + p) // (2 * p)) if p else without for p, q in ratios]
        months = _by_interval(rounded, without)
    elif "interval" not in mapping:
        months = f"{without} * coalesce(times, 1)"
    else:
        months = (
            f"CASE WHEN paid IS NULL THEN {without} * coalesce(times, 1) WHEN {p} = 0 THEN "
            f"{without} ELSE greatest(1, round(coalesce(times, 1) * {q} / {p})) END"
        )
    once = ["coalesce(kind_word = 'one_off', false)"] if "kind" in mapping else []
    if 0 in (p for p, _ in ratios):
        once.append(f"{p} = 0")
    status = "coalesce(status_word, 'active')" if "status" in mapping else "'active'"
    return _Terms(
        recurring=f"NOT ({' OR '.join(once)})" if once else "true",
        status=f"CASE WHEN is_trial THEN 'trial' ELSE {status} END"
        if "is_trial" in mapping
        else status,
        times=times,
        p=p,
        q=q,
        months=months,
    )


def _by_interval(values: Sequence[int], without: int) -> str:
    """Write a number that depends on the interval alone."""
    if set(values) <= {without}:
        return str(without)
    branches = " ".join(f"WHEN {i} THEN {value}" for i, value in enumerate(values))
    return f"CASE paid {branches} ELSE {without} END"


def _cells(
    mapping: Mapping[str, str], fields: _Fields, customer: Parsed, currencies: Currencies
) -> dict[str, str]:
    """Give name and SQL expression of every understood field and of its state."""
    return {
        "customer": customer.value,
        "customer_state": customer.state,
        "start_date": fields.start.value,
        "start_state": fields.start.state,
        "amount": fields.amount.parsed.value,
        "amount_state": fields.amount.parsed.state,
        "sign": fields.amount.parsed.extra,
        "currency": currencies.parsed.value,
        "currency_state": currencies.parsed.state,
        "minor_units": currencies.power_of_ten(),
        **fields.cells(mapping),
    }


def _understood(
    table: RawTable,
    mapping: Mapping[str, str],
    fields: _Fields,
    cells: Mapping[str, str],
    customer: Parsed,
    basis: Basis,
    currencies: Currencies,
) -> str:
    """Write the SELECT of raw rows with their fields understood."""
    inner = f"""
SELECT r.*, {", ".join(f"{value} AS {name}" for name, value in cells.items())}
FROM {table.relation} AS r {customer.join} {fields.joins()} {currencies.parsed.join}"""
    terms = _terms(mapping, basis, fields.intervals)
    units = "minor_units" if currencies.foreign else cells["minor_units"]
    numerator, denominator = _monthly(basis, terms, units, fields.amount)
    listed, prices = "", ""
    if "list_price" in mapping:
        scale = fields.numbers["list_price"].scale + fields.numbers["quantity"].scale
        above, below = _monthly(
            basis, terms, units, Amounts(absent("HUGEINT"), scale, True), "list_amount"
        )
        prices = f", {above} AS list_above, {below} AS list_below"
        half = "reading_half_even(list_above, list_below, abs(list_above) // list_below)"
        listed = f", CAST({half} AS BIGINT) AS own_list_mrr"
    counted = f"({inner})"
    if terms.times != "1":
        counted = f"(SELECT *, {terms.times} AS times FROM {counted} AS cells)"
    return f"""
SELECT *, CAST(reading_half_even(numerator, denominator, quotient) AS BIGINT) AS own_mrr{listed}
FROM (
    SELECT *, abs(numerator) // denominator AS quotient
    FROM (
        SELECT *, {numerator} AS numerator, {denominator} AS denominator{prices},
            CAST({terms.months} AS INTEGER) AS interval_months, {terms.kind} AS kind,
            {terms.recurring} AS recurring, {terms.status} AS status
        FROM {counted} AS counted
    ) AS priced
) AS divided"""


def _blank(table: RawTable, first: str) -> str:
    """Write whether a row has no value at all."""
    headers = sorted(table.headers, key=lambda header: header != first)
    cells = [table.text(h) if table.is_text(h) else table.cell(h) for h in headers]
    return " AND ".join(f"{cell} IS NULL" for cell in cells)


def _listed(numbers: Mapping[str, Amounts]) -> str:
    """Write the list price of all units, as an integer of as many decimals as both have."""
    price, quantity = numbers["list_price"], numbers["quantity"]
    read = f"CASE WHEN {price.parsed.state} = {State.OK:d} THEN {price.parsed.value} END"
    units = (
        f"CASE WHEN {quantity.parsed.state} = {State.OK:d} THEN {quantity.parsed.value} "
        f"ELSE {10**quantity.scale} END"
    )
    return f"CAST({read} AS HUGEINT) * {units}"


def _monthly(
    basis: Basis, terms: _Terms, minor_units: str, amount: Amounts, column: str = "amount"
) -> tuple[str, str]:
    """Write the monthly amount in minor units of the row's own currency as a fraction."""
    type_ = "HUGEINT" if amount.wide else "BIGINT"
    p, q = {
        "mrr": ("1", "1"),
        "arr": ("1", "12"),
        "amount": (terms.p, f"{terms.q} * {terms.count}"),
    }[basis.field]
    scale = 10**amount.scale
    up = f"greatest({minor_units} // {scale}, 1)"
    down = f"greatest({scale} // {minor_units}, 1)"
    return (
        f"CAST({column} AS {type_}) * CASE WHEN {terms.recurring} THEN {p} ELSE 1 END * {up}",
        f"CAST({down} AS {type_}) * CASE WHEN {terms.recurring} THEN {q} ELSE 1 END",
    )


def _reported(
    currencies: Currencies, rate_scale: int | None, *, listed: bool
) -> tuple[str, str, str]:
    """Write the MRR, the columns that it needs, and the join of rates."""
    if rate_scale is None or not currencies.foreign:
        return "own_mrr", "", ""
    home = literal(currencies.reporting)
    units = 10 ** decimals(currencies.reporting)
    columns = (
        f", CAST(own_mrr AS HUGEINT) * rates.rate * {units} AS converted"
        f", CAST(minor_units AS HUGEINT) * {10**rate_scale} AS divisor"
    )
    if listed:
        columns += f", CAST(own_list_mrr AS HUGEINT) * rates.rate * {units} AS list_converted"
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
    standard = {name.casefold() for name in (*COLUMNS, "flags")}
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
