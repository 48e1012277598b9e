"""Dates: every way in which exports write them, and a refusal where two readings are possible."""

from __future__ import annotations

import duckdb

from ..wording import counted
from .parsed import Parsed, State, joined, null_words
from .problems import Problems, proven_by
from .rules import MONTH_ONLY
from .synonyms import MONTHS
from .table import RawTable, only_row

__all__ = ["EARLIEST", "LATEST", "read_dates"]

EARLIEST, LATEST = 1970, 2199
"""First and last year of a date; an end after that means no end."""

_CLOCK = (
    r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?"
    r"\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
_WEEKDAY = r"(?:(?:[Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)[a-z]*\.?,?\s+)?"
_ISO = rf"^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_CLOCK}$"
_COMPACT = r"^((?:19|20|21)\d{2})(\d{2})(\d{2})$"
_TURNED = rf"^(\d{{1,2}})([-/.])(\d{{1,2}})[-/.](\d{{4}}|\d{{2}}){_CLOCK}$"
_DAY_FIRST = (
    rf"^{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|er|\.)?[ \-/]*(?:de )?([a-z]+)\.?[ ,\-/]*"
    rf"(?:de )?(\d{{4}}|\d{{2}}){_CLOCK.replace('T', 't')}$"
)
_MONTH_FIRST = (
    rf"^{_WEEKDAY}([a-z]+)\.?[ \-/]*(\d{{1,2}})(?:st|nd|rd|th)?[ ,]+"
    rf"(\d{{4}}){_CLOCK.replace('T', 't')}$"
)
_MONTH_ONLY = r"^(\d{4})[-/](\d{1,2})$"
_SERIAL = r"^\d{1,6}(?:\.\d+)?$"
_SHAPES = (_ISO, _COMPACT, _TURNED, _MONTH_ONLY)


def read_dates(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    header: str,
    *,
    date_order: str | None,
    problems: Problems,
) -> Parsed:
    """Understand a column of dates.

    Typed columns (DATE, TIMESTAMP) are taken as they are, a time zone at UTC. In text columns each
    distinct text is read once: ISO dates with or without time (the date as written), YYYYMMDD,
    day/month/year or month/day/year, day.month.year, names of months in six languages, Unix times
    (10 or 13 digits), a month (its first day); in workbooks also serial numbers.

    Parameters
    ----------
    connection
        The engine.
    table
        The raw table.
    header
        The column, by its name in the file.
    date_order
        "dmy" or "mdy" as told; None to find out from dates that can be read one way only.
    problems
        Gets a refusal where every date can be read both ways, or where both orders occur.

    Returns
    -------
    Parsed
        Value: DATE. States: OK, BLANK, NULL_WORD, UNREADABLE, IMPOSSIBLE, RANGE, FAR.
    """
    type_ = table.type_of(header)
    if type_ == "DATE" or type_.startswith("TIMESTAMP"):
        return _typed(connection, table, header, type_)
    name = f"reading_dates_{table.position(header)}"
    _read_texts(connection, table, header, name)
    order = date_order or _order(connection, header, name, problems)
    _note_months(connection, header, name, problems)
    _decide(connection, name, order)
    return joined(name, table.text(header, "r."))


def _typed(
    connection: duckdb.DuckDBPyConnection, table: RawTable, header: str, type_: str
) -> Parsed:
    """Take dates as they are; states that the column's extremes rule out need no look at a row."""
    zoned = "TIME ZONE" in type_
    cell = table.cell(header)
    moment = f"(r.{cell} AT TIME ZONE 'UTC')" if zoned else f"r.{cell}"
    value = f"CAST({moment} AS DATE)"
    good, blank = only_row(
        connection,
        f"SELECT (SELECT min({cell}) >= '{EARLIEST}-01-02' AND max({cell}) < '{LATEST}-12-31' "
        f"FROM {table.relation}), EXISTS (FROM {table.relation} WHERE {cell} IS NULL)",
    )
    state = str(int(State.OK)) if good else f"CASE {_range(value)} END"
    if blank:
        state = f"CASE WHEN r.{cell} IS NULL THEN {State.BLANK:d} ELSE {state} END"
    return Parsed("", value, state)


def _range(value: str) -> str:
    """Give the branches of a CASE that tell a good date from one out of range."""
    return (
        f"WHEN {value} > DATE '{LATEST}-12-31' THEN {State.FAR:d} "
        f"WHEN {value} < DATE '{EARLIEST}-01-01' THEN {State.RANGE:d} ELSE {State.OK:d}"
    )


def _read_texts(
    connection: duckdb.DuckDBPyConnection, table: RawTable, header: str, name: str
) -> None:
    """Read each distinct text of the column into its possible dates."""
    months = "MAP {" + ", ".join(f"'{word}': {number}" for word, number in MONTHS.items()) + "}"
    serial = _serial(table) if table.excel else "CAST(NULL AS DATE)"
    groups = ", ".join(
        f"regexp_extract(text, '{pattern}', {names}) AS {alias}"
        for pattern, names, alias in (
            (_ISO, "['y','m','d']", "iso"),
            (_COMPACT, "['y','m','d']", "com"),
            (_TURNED, "['a','sep','b','y']", "tur"),
            (_MONTH_ONLY, "['y','m']", "mon"),
        )
    )
    named = ", ".join(
        f"regexp_extract(folded, '{pattern}', {names}) AS {alias}"
        for pattern, names, alias in (
            (_DAY_FIRST, "['d','m','y']", "dn"),
            (_MONTH_FIRST, "['m','d','y']", "mn"),
        )
    )
    connection.execute(f"""
CREATE OR REPLACE TABLE {name} AS
WITH texts AS (
    SELECT {table.text(header)} AS text, count(*) AS times, min("row") AS first_row
    FROM {table.relation} GROUP BY 1 HAVING text IS NOT NULL
), cut AS (
    SELECT *, strip_accents(lower(text)) AS folded, {groups} FROM texts
), cut_names AS (
    SELECT *, {named}, {months} AS months FROM cut
)
SELECT
    text, times, first_row, folded IN {null_words()} AS is_blank,
    iso.y <> '' OR com.y <> '' OR tur.y <> '' OR mon.y <> ''
        OR months[dn.m] IS NOT NULL OR months[mn.m] IS NOT NULL AS has_shape,
    mon.y <> '' AS is_month,
    coalesce(
        {_date("iso.y", "iso.m", "iso.d")}, {_date("com.y", "com.m", "com.d")},
        {_date("mon.y", "mon.m", "'1'")},
        {_date(_year("dn.y"), "months[dn.m]", "dn.d")},
        {_date("mn.y", "months[mn.m]", "mn.d")},
        CASE WHEN text SIMILAR TO '\\d{{10}}' THEN CAST(to_timestamp(CAST(text AS BIGINT))
            AT TIME ZONE 'UTC' AS DATE) END,
        CASE WHEN text SIMILAR TO '\\d{{13}}' THEN CAST(epoch_ms(CAST(text AS BIGINT)) AS DATE) END,
        {serial}
    ) AS certain,
    CASE WHEN tur.sep <> '-' OR length(tur.y) = 4
        THEN {_date(_year("tur.y"), "tur.b", "tur.a")} END AS dmy,
    CASE WHEN tur.sep <> '-' OR length(tur.y) = 4
        THEN {_date(_year("tur.y"), "tur.a", "tur.b")} END AS mdy,
    tur.sep = '.' AS dotted
FROM cut_names""")


def _date(year: str, month: str, day: str) -> str:
    return f"TRY_CAST({year} || '-' || {month} || '-' || {day} AS DATE)"


def _year(year: str) -> str:
    """Give a year of two digits its century: 00 to 69 are this one's."""
    return (
        f"CASE length({year}) WHEN 2 THEN CASE WHEN {year} < '70' THEN '20' ELSE '19' END "
        f"|| {year} ELSE {year} END"
    )


def _serial(table: RawTable) -> str:
    """Give the date of a serial number; 1900 counts a 29 February that never was."""
    origin = "1904-01-01" if table.date1904 else "1899-12-30"
    days = "CAST(floor(CAST(text AS DOUBLE)) AS INTEGER)"
    return (
        f"CASE WHEN regexp_matches(text, '{_SERIAL}') AND CAST(text AS DOUBLE) BETWEEN 61 AND "
        f"109574 THEN DATE '{origin}' + {days} END"
    )


def _order(
    connection: duckdb.DuckDBPyConnection, header: str, name: str, problems: Problems
) -> str:
    """Find the order of day and month, or refuse the column."""
    proofs: dict[str, list[tuple[int, str]]] = {}
    for key, condition in (
        ("dmy", "dmy IS NOT NULL AND (mdy IS NULL OR dotted)"),
        ("mdy", "mdy IS NOT NULL AND dmy IS NULL AND NOT dotted"),
        ("both", "dmy IS NOT NULL AND mdy IS NOT NULL AND dmy <> mdy AND NOT dotted"),
    ):
        proofs[key] = connection.execute(
            f"SELECT first_row, text FROM {name} WHERE certain IS NULL AND {condition} "
            "ORDER BY first_row"
        ).fetchall()
    if proofs["dmy"] and proofs["mdy"]:
        problems.refuse(
            f"The dates in column {header!r} mix two orders: "
            f"day first in {proven_by(proofs['dmy'])}, month first in {proven_by(proofs['mdy'])}. "
            "Correct the file, or say which order is right: "
            "--date-order dmy or --date-order mdy (rows that do not fit are rejected)."
        )
    elif proofs["both"] and not (proofs["dmy"] or proofs["mdy"]):
        problems.refuse(
            f"The dates in column {header!r} can be read day first or month first: "
            f"{proven_by(proofs['both'])}. Say which: --date-order dmy or --date-order mdy "
            "(date_order='dmy')."
        )
    return "mdy" if proofs["mdy"] and not proofs["dmy"] else "dmy"


def _note_months(
    connection: duckdb.DuckDBPyConnection, header: str, name: str, problems: Problems
) -> None:
    times, example = only_row(
        connection,
        f"SELECT sum(times), min(text) FROM {name} WHERE is_month AND certain IS NOT NULL",
    )
    if times:
        action = f"{counted(int(times), 'cell')} read as the first day of the month"
        problems.add(MONTH_ONLY, action, "note", column=header, value=example)


def _decide(connection: duckdb.DuckDBPyConnection, name: str, order: str) -> None:
    other = f"coalesce(certain, {order})"
    connection.execute(f"""
CREATE OR REPLACE TABLE {name} AS
SELECT text, {other} AS value, NULL AS extra,
    CASE WHEN is_blank THEN {State.NULL_WORD:d}
    WHEN {other} IS NULL AND has_shape THEN {State.IMPOSSIBLE:d}
    WHEN {other} IS NULL THEN {State.UNREADABLE:d} {_range(other)} END AS state
FROM {name}""")
