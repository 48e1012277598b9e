"""Amounts: exact numbers from text, whatever the separators, and a refusal where they mislead."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from .parsed import Parsed, State, absent, joined, null_words
from .problems import Problems, proven_by
from .table import RawTable, only_row

__all__ = ["LARGEST", "Amounts", "no_amounts", "read_amounts"]

LARGEST = 10**13
"""Amounts from here on (major units) are refused as errors."""

_DIGITS = 12
_ROOM = 9 * 10**15
_PRODUCT = 10**17
"""A product below it fits any decimal that the engine chooses for it."""
_SIGN = "(?:US|CA|AU|NZ|HK|S|C|A|R)?[$]|[€£¥₹₩₽₺₪฿₫₦₴₱]|[A-Z]{3}|kr\\.?|zł|Kč|Ft|lei|Fr\\.?|SFr\\.?"
_AMOUNT = (
    rf"^({_SIGN})?\s*([-+−–]?)\s*({_SIGN})?\s*(\d[\d.,'’ ]*\d|\d|[.,]\d+)"
    rf"((?:[eE][-+]?\d{{1,2}})?)\s*({_SIGN})?\s*(-?)$"
)
_POINT = (
    r"(?:\d+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+|[1-9]\d{0,2}(?:['’]\d{3})+"
    r"|[1-9]\d?(?:,\d{2})+,\d{3})?(?:\.\d+)?"
)
_COMMA = (
    r"(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?: \d{3})+|[1-9]\d{0,2}(?:['’]\d{3})+)?"
    r"(?:,\d+)?"
)
_PLAIN = r"\d+(?:\.(?:\d{1,2}|\d{4,}))?"


@dataclass(frozen=True)
class Amounts:
    """A column of amounts, as integers of 10^-scale major units.

    Parameters
    ----------
    parsed
        Value: BIGINT (`wide` False) or HUGEINT; extra: the currency sign, NULL where none stands.
    scale
        Decimals of the value, as many as the column needs.
    wide
        Whether products with it may leave 64 bits.
    sign
        The decimal sign of a text column.
    """

    parsed: Parsed
    scale: int
    wide: bool
    sign: str | None = None


def no_amounts() -> Amounts:
    """Give the amounts of a column that the file does not have."""
    return Amounts(absent("BIGINT"), 0, False)


def read_amounts(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    header: str,
    *,
    decimal: str | None,
    problems: Problems,
) -> Amounts:
    """Understand a column of amounts, exactly (12 decimals are kept).

    Numbers are taken as they are; floats by their shortest decimal form. Text may have a currency
    sign or code, a minus before or behind, parentheses for negative, thousands in groups.

    Parameters
    ----------
    connection
        The engine.
    table
        The raw table.
    header
        The column, by its name in the file.
    decimal
        The decimal sign as told, "." or ","; None to find out from amounts that can be read one
        way only.
    problems
        Gets a refusal where all amounts can be read both ways, or where both signs occur.
    """
    type_ = table.type_of(header)
    cell = f"r.{table.cell(header)}"
    scale = _typed_scale(connection, table, header)
    if scale is not None:
        return _typed(connection, table, header, cell, scale)
    name = f"reading_amounts_{table.position(header)}"
    as_float = type_ in {"DOUBLE", "FLOAT"} or type_.startswith("DECIMAL")
    text = f"CAST({table.cell(header)} AS VARCHAR)" if as_float else table.text(header)
    _read_texts(connection, table, text, name)
    sign = "." if as_float else decimal or _decimal(connection, table, header, name, problems)
    scale, wide = _decide(connection, name, sign, table.excel and decimal is None)
    text = f"CAST({cell} AS VARCHAR)" if as_float else table.text(header, "r.")
    return Amounts(joined(name, text), scale, wide, None if as_float else sign)


def _typed_scale(connection: duckdb.DuckDBPyConnection, table: RawTable, header: str) -> int | None:
    """Give the decimals that a column of numbers needs; None if its texts must be read."""
    type_, cell = table.type_of(header), table.cell(header)
    if type_.removeprefix("U") in {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}:
        return 0
    if type_.startswith("DECIMAL"):
        scale = int(type_.rstrip(")").split(",")[1])
        return scale if scale <= _DIGITS else None
    if type_ != "DOUBLE":
        return None
    tests = ", ".join(f"bool_and(round({cell} * 1e{s}) / 1e{s} = {cell})" for s in (0, 2, 4, 6))
    *found, most = only_row(
        connection,
        f"SELECT {tests}, max(abs({cell})) FROM {table.relation} WHERE isfinite({cell})",
    )
    if most is not None and most >= 1e9:
        return None
    return next((s for s, fits in zip((0, 2, 4, 6), found, strict=True) if fits), None)


def _typed(
    connection: duckdb.DuckDBPyConnection, table: RawTable, header: str, cell: str, scale: int
) -> Amounts:
    type_ = table.type_of(header)
    if type_ == "DOUBLE":
        value = f"CAST(round({cell} * 1e{scale}) AS BIGINT)"
        value = f"CASE WHEN isfinite({cell}) THEN {value} END"
    elif type_.startswith("DECIMAL"):
        value = f"CAST(CAST({cell} AS DECIMAL(38,{scale})) * {10**scale} AS HUGEINT)"
    else:
        value = f"CAST({cell} AS HUGEINT)"
    raw = table.cell(header)
    guard = f"WHERE isfinite({raw})" if type_ == "DOUBLE" else ""
    most, filled = only_row(
        connection,
        f"SELECT greatest(0, CAST(max({raw}) AS DOUBLE), -CAST(min({raw}) AS DOUBLE)), "
        f"count({raw}) = count(*) FROM {table.relation} {guard}",
    )
    wide = _is_wide(float(most) * 10**scale, scale)
    # What the column's extremes rule out needs no look at a row; NaN and infinity are in none.
    branches = []
    if guard or not filled:
        branches.append(f"WHEN {cell} IS NULL THEN {State.BLANK:d}")
    if guard:
        branches.append(f"WHEN NOT isfinite({cell}) THEN {State.UNREADABLE:d}")
    if most >= LARGEST:
        branches.append(f"WHEN abs({cell}) >= {LARGEST} THEN {State.RANGE:d}")
    ok = str(int(State.OK))
    state = f"CASE {' '.join(branches)} ELSE {ok} END" if branches else ok
    if type_.startswith("DECIMAL") and float(most) * 100**scale < _PRODUCT:
        value = f"CAST({cell} * {10**scale} AS BIGINT)"  # several times faster than 38 digits
    if not wide:
        value = f"CAST({value} AS BIGINT)"
    return Amounts(Parsed("", value, state), scale, wide)


def _is_wide(most: float, scale: int) -> bool:
    """Say whether amount x 487 x 10^decimals (the monthly amount, undivided) may leave 64 bits."""
    return bool(most * 10 ** max(0, 4 - scale) >= _ROOM)


def _read_texts(
    connection: duckdb.DuckDBPyConnection, table: RawTable, text: str, name: str
) -> None:
    """Read each distinct text of the column with a point and with a comma."""
    exact = f"DECIMAL(38,{_DIGITS})"
    connection.execute(f"""
CREATE OR REPLACE TABLE {name} AS
WITH texts AS (
    SELECT {text} AS text, min("row") AS first_row FROM {table.relation}
    GROUP BY 1 HAVING text IS NOT NULL
), sorted AS (
    SELECT *, regexp_full_match(text, '{_PLAIN}') AS plain FROM texts
), others AS ({_others()})
SELECT text, first_row, lower(clean) IN {null_words()} AS is_blank,
    regexp_full_match(clean, '{_PLAIN}') AS number_cell,
    bracketed OR part.minus IN ('-', '−', '–') OR part.tail = '-' AS negative,
    nullif(part.s1 || part.s2 || part.s3, '') AS sign,
    CASE WHEN point_ok THEN TRY_CAST(point_text AS {exact}) END AS pointed,
    CASE WHEN comma_ok THEN TRY_CAST(comma_text AS {exact}) END AS comma
FROM others
UNION ALL
SELECT text, first_row, false, true, false, NULL,
    TRY_CAST(text AS {exact}), CASE WHEN NOT contains(text, '.') THEN TRY_CAST(text AS {exact}) END
FROM sorted WHERE plain""")


def _others() -> str:
    """Write the query that takes apart the texts that are not plain numbers."""
    amount = _AMOUNT.replace("'", "''")
    names = "['s1','minus','s2','body','power','s3','tail']"
    return f"""
SELECT *,
    part.body <> '' AND regexp_full_match(part.body, '{_POINT.replace("'", "''")}') AS point_ok,
    part.body <> '' AND part.power = ''
        AND regexp_full_match(part.body, '{_COMMA.replace("'", "''")}') AS comma_ok,
    regexp_replace(part.body, '[, ''’]', '', 'g') || part.power AS point_text,
    replace(regexp_replace(part.body, '[. ''’]', '', 'g'), ',', '.') AS comma_text
FROM (
    SELECT *, regexp_extract(trim(inside), '{amount}', {names}) AS part
    FROM (
        SELECT *, regexp_full_match(clean, '\\(.*\\)') AS bracketed,
            regexp_replace(clean, '^\\((.*)\\)$', '\\1') AS inside
        FROM (
            SELECT *, trim(regexp_replace(text, '[   ]', ' ', 'g')) AS clean
            FROM sorted WHERE NOT plain
        ) AS spaced
    ) AS bared
) AS cut"""


def _decimal(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    header: str,
    name: str,
    problems: Problems,
) -> str:
    """Find the decimal sign, or refuse the column."""
    spared = "NOT number_cell" if table.excel else "true"
    proofs: dict[str, list[tuple[int, str]]] = {}
    for key, condition in (
        (".", "pointed IS NOT NULL AND comma IS NULL"),
        (",", "comma IS NOT NULL AND pointed IS NULL"),
        ("both", "pointed <> comma"),
    ):
        proofs[key] = connection.execute(
            f"SELECT first_row, text FROM {name} WHERE {spared} AND {condition} ORDER BY first_row"
        ).fetchall()
    if proofs["."] and proofs[","]:
        problems.refuse(
            f"The amounts in column {header!r} mix two decimal signs: a point in "
            f"{proven_by(proofs['.'])}, a comma in {proven_by(proofs[','])}. Correct the file, or "
            "say which is right: --decimal . or --decimal , (rows that do not fit are rejected)."
        )
    elif proofs["both"] and not (proofs["."] or proofs[","]):
        _, text = proofs["both"][0]
        problems.refuse(
            f"The amounts in column {header!r} can be read in two ways: "
            f"{proven_by(proofs['both'])}; {text!r} may have thousands or decimals. Say which sign "
            "the decimals have: --decimal . or --decimal , (decimal='.')."
        )
    return "," if proofs[","] and not proofs["."] else "."


def _decide(
    connection: duckdb.DuckDBPyConnection, name: str, sign: str, numbers: bool
) -> tuple[int, bool]:
    """Turn the column's texts into integers of the scale that it needs."""
    chosen = "pointed" if sign == "." else "comma"
    if numbers:
        chosen = f"CASE WHEN number_cell THEN pointed ELSE {chosen} END"
    connection.execute(
        f"CREATE OR REPLACE TABLE {name} AS SELECT text, is_blank, sign AS extra, "
        f"{chosen} * CASE WHEN negative THEN -1 ELSE 1 END AS exact FROM {name}"
    )
    found = only_row(
        connection,
        "SELECT max(length(rtrim(split_part(CAST(exact AS VARCHAR), '.', 2), '0'))), "
        f"max(abs(exact)) FROM {name}",
    )
    scale, most = int(found[0] or 0), found[1] or 0
    wide = _is_wide(int(most) * 10**scale, scale)
    type_ = "HUGEINT" if wide else "BIGINT"
    shifted = f"CAST(CAST(exact AS DECIMAL(38,{scale})) AS VARCHAR)"
    connection.execute(f"""
CREATE OR REPLACE TABLE {name} AS
SELECT text, extra,
    CASE WHEN abs(exact) < {LARGEST} THEN CAST(replace({shifted}, '.', '') AS {type_}) END AS value,
    CASE WHEN is_blank THEN {State.NULL_WORD:d} WHEN exact IS NULL THEN {State.UNREADABLE:d}
    WHEN abs(exact) >= {LARGEST} THEN {State.RANGE:d} ELSE {State.OK:d} END AS state
FROM {name}""")
    return scale, wide
