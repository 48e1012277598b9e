"""Currencies of a file: the reporting currency, that of each row, and rates between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import duckdb

from ..errors import InputError
from ..exchange import Rates
from ..money import currency_code, decimals
from ..months import text as month_text
from ..own_folder import OwnFolder
from . import words
from .amounts import read_amounts
from .dates import read_dates
from .parsed import Parsed, State
from .problems import Problems, listed
from .rules import BUDGET_RATE, CONSTANT_RATES, CURRENCY_ASSUMED, MONTHLY_RATES
from .source import open_source
from .synonyms import currency_in_name, squashed
from .table import RawTable, literal
from .words import read_words

__all__ = [
    "HALF_EVEN",
    "RATES",
    "Currencies",
    "convert_lines",
    "known_rates",
    "note_rates",
    "rates_of_lines",
    "read_rates",
    "refuse_missing_rates",
    "settle_currencies",
]

RATES = "reading_rates"
"""Table of rates: month (index), code, rate (HUGEINT, 10^-scale reporting units per unit)."""

HALF_EVEN = (
    "CREATE OR REPLACE MACRO reading_half_even(n, d, q) AS CASE WHEN n < 0 THEN -1 ELSE 1 "
    "END * (q + CASE WHEN 2 * (abs(n) - q * d) > d OR (2 * (abs(n) - q * d) = d "
    "AND q % 2 = 1) THEN 1 ELSE 0 END)"
)
"""Makes the macro that rounds n / d half-even; q is abs(n) // d."""

_NAMES = {
    "month": ("month", "yearmonth", "period", "date", "monat", "mois"),
    "currency": ("currency", "currencycode", "code", "from", "fromcurrency", "ccy", "waehrung"),
    "rate": ("rate", "fxrate", "exchangerate", "fx", "value", "kurs", "taux"),
}
_PLACEHOLDER = "USD"
"""Stands for the currency of a file that is about to be refused, so that all else is looked at."""
_HOW = (
    "Give rates: --fx FILE (fx=...), a csv or frame with the columns month (YYYY-MM), currency and "
    "rate: {code} per unit of that currency"
)


@dataclass(frozen=True)
class Currencies:
    """The currency of the ledger and of its rows.

    Parameters
    ----------
    reporting
        ISO 4217 code of the ledger.
    codes
        All codes that occur, the reporting currency among them.
    parsed
        Value: the row's code, NULL where unknown.
    """

    reporting: str
    codes: tuple[str, ...]
    parsed: Parsed

    @property
    def foreign(self) -> tuple[str, ...]:
        """The codes that need rates."""
        return tuple(code for code in self.codes if code != self.reporting)

    def power_of_ten(self) -> str:
        """Give minor units per major unit of the row's currency as an SQL expression."""
        if not self.foreign:
            return str(10 ** decimals(self.reporting))
        branches = " ".join(
            f"WHEN {literal(code)} THEN {10 ** decimals(code)}" for code in self.codes
        )
        return f"CASE {self.parsed.value} {branches} END"


def settle_currencies(
    table: RawTable,
    mapping: Mapping[str, str],
    connection: duckdb.DuckDBPyConnection,
    *,
    currency: str | None,
    rates: bool,
    problems: Problems,
) -> Currencies:
    """Find the reporting currency and the currency of each row.

    Parameters
    ----------
    table, mapping, connection
        The raw table, its mapping, the engine.
    currency
        The reporting currency as told; None to take the file's only one.
    rates
        Whether rates are given.
    problems
        Gets a refusal where no currency is told, or several without rates.

    Raises
    ------
    CurrencyError
        The told currency is unknown.
    """
    told = currency_code(currency) if currency is not None else None
    if "currency" not in mapping:
        code = told or _from_name(table, mapping, problems)
        if code is None:
            problems.refuse(
                "No column says the currency. Say which it is: --currency EUR (currency='EUR'), or "
                "map the column: --map currency=COLUMN.",
                currency=True,
            )
        code = code or _PLACEHOLDER
        return Currencies(code, (code,), Parsed("", literal(code), str(int(State.OK))))
    column = mapping["currency"]
    parsed, meanings = read_words(connection, table, column, "reading_currency", words.currency)
    codes = sorted({str(code) for code in meanings.values() if code is not None})
    reporting = told or (codes[0] if len(codes) == 1 else None)
    if reporting is None:
        _refuse_several(codes, column, problems)
        reporting = codes[0] if codes else _PLACEHOLDER
    foreign = [code for code in codes if code != reporting]
    if foreign and not rates and told is not None:
        texts = {code: [t for t, c in meanings.items() if c == code] for code in foreign}
        _refuse_foreign(table, connection, column, texts, reporting, problems)
    value = f"CASE WHEN {parsed.state} IN ({State.BLANK:d}, {State.NULL_WORD:d}) THEN "
    value += f"{literal(reporting)} ELSE {parsed.value} END"
    everyone = tuple(sorted({reporting, *codes}))
    return Currencies(reporting, everyone, Parsed(parsed.join, value, parsed.state))


def _from_name(table: RawTable, mapping: Mapping[str, str], problems: Problems) -> str | None:
    """Take the currency from the name of the column with the price, as in `mrr_usd`."""
    del table
    column = next((mapping[name] for name in ("mrr", "amount", "arr") if name in mapping), "")
    code = currency_in_name(column)
    if code is not None:
        problems.add(CURRENCY_ASSUMED, f"{code}, from the column's name", "warning", column=column)
    return code


def _refuse_several(codes: list[str], column: str, problems: Problems) -> None:
    if not codes:
        problems.refuse(
            f"Column {column!r} names no known currency. Say which it is: --currency EUR, and map "
            "the field to nothing: --map currency=",
            currency=True,
        )
        return
    problems.refuse(
        f"The file has several currencies ({', '.join(codes)}). Say in which one to report: "
        f"--currency {codes[0]}. {_HOW.format(code=codes[0])}.",
        currency=True,
    )


def _refuse_foreign(
    table: RawTable,
    connection: duckdb.DuckDBPyConnection,
    column: str,
    foreign: Mapping[str, Sequence[str]],
    reporting: str,
    problems: Problems,
) -> None:
    """Refuse currencies without rates; `foreign` has the texts that mean each of them."""
    said = []
    for code, texts in foreign.items():
        rows = connection.execute(
            f'SELECT "row" FROM {table.relation} WHERE {table.text(column)} IN '
            f"({', '.join(map(literal, texts))}) ORDER BY 1"
        ).fetchall()
        said.append(f"{code} in {listed([row[0] for row in rows])}")
    problems.refuse(
        f"Column {column!r} has other currencies than {reporting}: {'; '.join(said)}. "
        f"{_HOW.format(code=reporting)}.",
        currency=True,
    )


def read_rates(
    fx: object,
    connection: duckdb.DuckDBPyConnection,
    *,
    folder: Path,
    date_order: str | None,
    decimal: str | None,
) -> int:
    """Read rates by month and currency into the table `RATES`.

    Parameters
    ----------
    fx
        Path or frame with the columns month, currency and rate (units of the reporting currency
        for one unit of that currency).
    connection
        The engine.
    folder
        A temporary folder of its own.
    date_order, decimal
        As told by the caller; decimal None means a point.

    Returns
    -------
    int
        Decimals of the rates.

    Raises
    ------
    InputError
        A column is missing, or a rate cannot be read, is not positive, or is given twice.
    """
    problems = Problems()
    named = frozenset(_NAMES)
    table = open_source(
        fx, connection, folder=folder, encoding=None, sheet=None, named=named, problems=problems
    )
    columns = {field: _rate_column(table, field) for field in _NAMES}
    dates = read_dates(
        connection, table, columns["month"], date_order=date_order, problems=problems
    )
    codes = read_words(
        connection, table, columns["currency"], "reading_rate_codes", words.currency
    )[0]
    rates = read_amounts(
        connection, table, columns["rate"], decimal=decimal or ".", problems=problems
    )
    problems.raise_refused()
    connection.execute(f"""
CREATE OR REPLACE TABLE {RATES} AS
SELECT DISTINCT min(r."row") AS "row",
    CAST(year({dates.value}) * 12 + month({dates.value}) - 1 AS INTEGER) AS month,
    {codes.value} AS code, CAST({rates.parsed.value} AS HUGEINT) AS rate
FROM {table.relation} AS r {dates.join} {codes.join} {rates.parsed.join} GROUP BY ALL""")
    bad = connection.execute(
        f'SELECT "row" FROM {RATES} WHERE month IS NULL OR code IS NULL OR rate IS NULL '
        "OR rate <= 0 ORDER BY 1"
    ).fetchall()
    if bad:
        raise InputError(
            f"{table.label}: {listed([row[0] for row in bad])} cannot be read as month (YYYY-MM), "
            "currency (ISO 4217) and a rate above 0"
        )
    twice = connection.execute(
        f'SELECT max("row") FROM {RATES} GROUP BY month, code HAVING count(*) > 1 ORDER BY 1'
    ).fetchall()
    if twice:
        raise InputError(
            f"{table.label}: {listed([row[0] for row in twice])} gives another rate for a month "
            "and currency that has one; keep one of them"
        )
    return rates.scale


def _rate_column(table: RawTable, field: str) -> str:
    for name in _NAMES[field]:
        for header in table.headers:
            if squashed(header) == name:
                return header
    raise InputError(
        f"{table.label} (rates) has no column {field!r}; its columns: {', '.join(table.headers)}. "
        "It needs month, currency and rate."
    )


def refuse_missing_rates(missing: list[tuple[str, int, int]], reporting: str) -> None:
    """Raise for lines whose month has no rate.

    Parameters
    ----------
    missing
        Currency, month (index) and first row of each rate that is needed and not there.
    reporting
        The reporting currency.

    Raises
    ------
    InputError
        `missing` is not empty.
    """
    if missing:
        said = ", ".join(f"{code} {month_text(month)} (row {row})" for code, month, row in missing)
        raise InputError(
            f"Rates to {reporting} are missing for {said}: each line is converted at the rate of "
            "the month in which it starts. Add them to the rates."
        )


def known_rates(
    connection: duckdb.DuckDBPyConnection, reporting: str, foreign: Sequence[str], scale: int
) -> Rates | None:
    """Give the rates of a ledger's other currencies from the table `RATES`; None if it has none.

    Parameters
    ----------
    connection
        The engine.
    reporting, foreign
        The currency of the ledger, and the others of its lines.
    scale
        Decimals of the rates in the table.
    """
    if not foreign:
        return None
    found: dict[str, dict[int, Fraction]] = {code: {} for code in foreign}
    rows = connection.execute(f"SELECT code, month, rate FROM {RATES} ORDER BY month").fetchall()
    for code, month, rate in rows:
        if code in found:
            found[code][int(month)] = Fraction(int(rate), 10**scale)
    return Rates(reporting, found)


def rates_of_lines(
    fx: object, connection: duckdb.DuckDBPyConnection, reporting: str
) -> Rates | None:
    """Read rates for the clean lines in the table `lines`; None if all are in one currency.

    Parameters
    ----------
    fx
        As in :func:`read_rates`.
    connection, reporting
        The engine, and the currency of the ledger.

    Raises
    ------
    InputError
        The rates cannot be read.
    """
    scale = _read_own(fx, connection)
    return known_rates(connection, reporting, _foreign(connection, reporting), scale)


def convert_lines(fx: object, connection: duckdb.DuckDBPyConnection, reporting: str) -> None:
    """Convert the clean lines in the table `lines`, each at the rate of its first month.

    Their ``mrr`` and ``list_mrr`` are rounded half-even to minor units of the reporting currency.

    Parameters
    ----------
    fx
        As in :func:`read_rates`.
    connection, reporting
        The engine, and the currency of the ledger.

    Raises
    ------
    InputError
        The rates cannot be read, or one that a line needs is missing.
    """
    scale = _read_own(fx, connection)
    foreign = _foreign(connection, reporting)
    if not foreign:
        return
    at = f"month = {month_number('l.start_date')} AND r.code = l.currency"
    missing = connection.execute(
        f'SELECT l.currency, {month_number("l.start_date")}, min(l."row") FROM lines AS l'
        f" WHERE l.currency <> {literal(reporting)}"
        f" AND NOT EXISTS (SELECT 1 FROM {RATES} AS r WHERE r.{at}) GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    refuse_missing_rates(missing, reporting)
    units = " ".join(f"WHEN {literal(code)} THEN {10 ** decimals(code)}" for code in foreign)
    below = f"(CAST(CASE l.currency {units} END AS HUGEINT) * {10**scale})"
    connection.execute(HALF_EVEN)
    values = []
    for name in ("mrr", "list_mrr"):
        above = f"(CAST(l.{name} AS HUGEINT) * r.rate * {10 ** decimals(reporting)})"
        half = f"reading_half_even({above}, {below}, abs({above}) // {below})"
        values.append(f"{name} = CAST({half} AS BIGINT)")
    connection.execute(
        f"UPDATE lines AS l SET {', '.join(values)} FROM {RATES} AS r"
        f" WHERE l.currency <> {literal(reporting)} AND r.{at}"
    )


def month_number(date: str) -> str:
    """Write the month of a date as an index, in SQL."""
    return f"CAST(year({date}) * 12 + month({date}) - 1 AS INTEGER)"


def _read_own(fx: object, connection: duckdb.DuckDBPyConnection) -> int:
    """Read rates as they are, for lines that need no reading; give their decimals."""
    folder = OwnFolder()
    try:
        return read_rates(fx, connection, folder=folder.path, date_order=None, decimal=None)
    finally:
        folder.remove()


def _foreign(connection: duckdb.DuckDBPyConnection, reporting: str) -> list[str]:
    """Give the currencies of the table `lines` that are not the reporting one."""
    rows = connection.execute("SELECT DISTINCT currency FROM lines ORDER BY currency").fetchall()
    return [str(code) for (code,) in rows if code != reporting]


def note_rates(currencies: Currencies, rates: Rates | None, problems: Problems) -> None:
    """Say at which rates lines in other currencies are converted; None is that of their start."""
    if not currencies.foreign:
        return
    if rates is None:
        found = [(CONSTANT_RATES, "warning", currencies.foreign)]
    else:
        moving = tuple(code for code in currencies.foreign if code not in rates.constant)
        found = [(MONTHLY_RATES, "note", moving), (BUDGET_RATE, "warning", rates.constant)]
    for rule, severity, codes in found:
        if codes:
            action = f"converted to {currencies.reporting}"
            problems.add(rule, action, severity, value=", ".join(codes))  # type: ignore[arg-type]
