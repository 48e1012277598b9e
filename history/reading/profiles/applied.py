"""A profile applied: from the raw table of an export to one that reads like a plain ledger."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import duckdb

from ...errors import InputError, unknown_name
from ...findings import rule
from ..problems import Problems
from ..synonyms import squashed
from ..table import RawTable, only_row
from .cells import Cells
from .chargebee import CHARGEBEE
from .chartmogul import CHARTMOGUL
from .maxio import MAXIO
from .profile import Profile, Shape
from .recurly import RECURLY
from .stripe import STRIPE

__all__ = ["PROFILES", "apply_profile"]

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {profile.name: profile for profile in (*STRIPE, *CHARGEBEE, *CHARTMOGUL, *RECURLY, *MAXIO)}
)
"""The profiles by name."""

PROFILE = rule(
    "profile",
    "The columns are those of a product's export.",
    "Say --profile none (profile='none') if it is a plain table.",
)
PROFILE_ROW = rule(
    "profile-row", "The row of the export is no line of the ledger.", "Nothing to do."
)
PROFILE_GAP = rule(
    "profile-gap",
    "The export does not say all that the ledger needs.",
    "Use the product's invoices or its history instead if it matters.",
)
_NONE = "none"
_TABLE = "reading_profile"
_PRICES = ("mrr", "amount", "arr")


def apply_profile(
    table: RawTable,
    connection: duckdb.DuckDBPyConnection,
    name: str | None,
    *,
    told: Mapping[str, str],
    currency: str | None,
    decimal: str | None,
    problems: Problems,
) -> tuple[RawTable, dict[str, str]]:
    """Give an export as a table of lines, and the fields of its columns.

    Parameters
    ----------
    table
        The raw table.
    connection
        The engine.
    name
        The profile as told; None to recognise it, "none" for no profile.
    told
        Field -> column as the caller named them: they go before the profile's.
    currency, decimal
        As told.
    problems
        Gets what the table was read as, the rows that are no lines, and what the export hides.

    Returns
    -------
    RawTable, dict
        The table itself and `told` where there is no profile. Otherwise one with the columns
        that the profile makes, and the columns of the export that it did not use; an export of
        invoices has the names of invoice fields and no further fields are told.

    Raises
    ------
    UnknownNameError
        There is no such profile.
    InputError
        The table lacks columns of the export that it is said to be.
    """
    profile = _chosen(table, name)
    if profile is None:
        return table, dict(told)
    cells = Cells(table, currency, decimal)
    shape = profile.shape(cells)
    problems.add(PROFILE, f"read as a {profile.title}: {profile.says}", "note", value=profile.name)
    _skip(table, connection, shape, problems)
    _caution(table, connection, shape, problems)
    named = {column for column in told.values() if column}
    hidden = {squashed(header) for header in (*profile.left_out, *cells.used)}
    hidden -= {squashed(header) for header in (*shape.columns.values(), *named)}
    kept = [header for header in table.headers if squashed(header) not in hidden]
    fields = _fields(shape, told)
    if profile.kind == "lines":
        fields = {"invoice_id": "", **fields}  # whatever its other columns are called
    return _made(table, connection, shape, kept), fields


def _chosen(table: RawTable, name: str | None) -> Profile | None:
    if name == _NONE:
        return None
    if name is not None:
        if name not in PROFILES:
            raise unknown_name("profile", name, [*PROFILES, _NONE])
        profile = PROFILES[name]
        lacking = profile.lacking(table)
        if lacking:
            raise InputError(
                f"{table.label} is no {profile.title}: it lacks "
                f"{', '.join(mark.replace('|', ' or ') for mark in lacking)}. "
                f"Its columns: {', '.join(table.headers)}. See {profile.documentation}"
            )
        return profile
    fitting = [profile for profile in PROFILES.values() if profile.fits(table)]
    return max(fitting, key=lambda profile: len(profile.marks), default=None)


def _fields(shape: Shape, told: Mapping[str, str]) -> dict[str, str]:
    """Give the fields of the profile's columns; one price is enough."""
    found = {**shape.columns, **{field: field for field in shape.made}}
    if any(told.get(price) for price in _PRICES):
        found = {field: header for field, header in found.items() if field not in _PRICES}
    return {**found, **told}


def _skip(
    table: RawTable, connection: duckdb.DuckDBPyConnection, shape: Shape, problems: Problems
) -> None:
    for skip in shape.skips:
        if not skip.column:
            continue
        rows = connection.execute(
            f'SELECT "row", {table.text(skip.column)} FROM {table.relation} '
            f'WHERE {skip.condition} ORDER BY "row"'
        ).fetchall()
        for row, value in rows:
            action = f"row left out: {skip.why}"
            problems.add(
                PROFILE_ROW, action, "note", row=row, column=skip.column, value=value or ""
            )
            problems.note_rejection(row, PROFILE_ROW, skip.column)


def _caution(
    table: RawTable, connection: duckdb.DuckDBPyConnection, shape: Shape, problems: Problems
) -> None:
    without = f"NOT ({_skipped(shape)})"
    for caution in shape.cautions:
        if not caution.column:
            continue
        count, first = only_row(
            connection,
            f'SELECT count(*), min("row") FROM {table.relation} '
            f"WHERE coalesce({caution.condition}, false) AND {without}",
        )
        if count:
            value = f"{count} row{'s' if count > 1 else ''}, the first is row {first}"
            problems.add(PROFILE_GAP, caution.what, "warning", column=caution.column, value=value)


def _skipped(shape: Shape) -> str:
    return " OR ".join(f"({skip.condition})" for skip in shape.skips if skip.column) or "false"


def _made(
    table: RawTable, connection: duckdb.DuckDBPyConnection, shape: Shape, kept: list[str]
) -> RawTable:
    """Make the table: kept columns, then made ones; a row of the export may give several lines."""
    cells = [f"{table.cell(header)} AS c{i}" for i, header in enumerate(kept)]
    without = f"NOT ({_skipped(shape)})"
    selects = []
    for condition, differing in (("true", {}), *shape.also):
        made = {**shape.made, **differing}
        columns = [f"{made[field]} AS c{len(kept) + i}" for i, field in enumerate(shape.made)]
        selects.append(
            f'SELECT "row", {", ".join([*cells, *columns])} FROM {table.relation} '
            f"WHERE {without} AND {condition}"
        )
    connection.execute(f"CREATE OR REPLACE TABLE {_TABLE} AS {' UNION ALL '.join(selects)}")
    types = [str(row[1]) for row in connection.execute(f"DESCRIBE {_TABLE}").fetchall()[1:]]
    headers = [f"{name}_in_file" if name in shape.made else name for name in kept]
    lines = RawTable(
        _TABLE,
        (*headers, *shape.made),
        tuple(types),
        table.label,
        excel=table.excel,
        date1904=table.date1904,
    )
    return lines.inspected(connection)
