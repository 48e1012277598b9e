"""What only shows when all lines are laid side by side: duplicates, overlaps, inclusive ends."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from .loading import Lines
from .problems import Problems
from .rules import DUPLICATE, END_INCLUSIVE, OVERLAP, SPACES
from .table import RawTable, only_row

__all__ = ["review_lines"]

_FEW = 20
_MANY = 200_000
_AT_ONCE = 10_000_000
_HASH = "hash(customer_id, start_date, end_date, mrr)"


def review_lines(
    lines: Lines,
    mapping: Mapping[str, str],
    problems: Problems,
    *,
    whole_file: bool,
    looked: Future[RawTable],
) -> None:
    """Look at the lines as a whole.

    A row that equals an earlier one in every cell is one line delivered twice if it names its
    subscription: the later row is rejected. Without a subscription both are kept, with a warning.

    Parameters
    ----------
    lines
        The lines, with `facts` made of them.
    mapping
        Field -> column.
    problems
        Gets what is found.
    whole_file
        Whether a line is a row of the file (not a run of a customer x month table).
    looked
        The raw table when customers and subscriptions have been looked at.
    """
    connection = lines.connection
    if whole_file:
        _duplicates(lines, problems)
        _overlaps(connection, mapping, problems)
    if "end" in mapping and whole_file:
        _inclusive_ends(connection, mapping["end"], problems)
    table = looked.result()
    for field in ("customer_id", "subscription_id"):
        if field in mapping and table.position(mapping[field]) in table.padded:
            _spaces(connection, table, mapping[field], problems)


def _duplicates(lines: Lines, problems: Problems) -> None:
    """Find rows that are equal: first by a hash of the facts, then cell by cell."""
    connection, table = lines.connection, lines.table
    twice = _twice(connection)
    if not len(twice):
        return
    connection.register("reading_hashes", pd.DataFrame({"hash": twice}))
    cells = ", ".join(f"r.c{i}" for i in range(len(table.headers)))
    found = connection.execute(f"""
SELECT n."row", n.first_row, n.subscription FROM (
    SELECT r."row", min(r."row") OVER (PARTITION BY {cells}) AS first_row, s.subscription
    FROM {table.relation} AS r INNER JOIN (
        SELECT l."row", l.subscription FROM numbered AS l
        SEMI JOIN (
            SELECT line_id FROM facts SEMI JOIN reading_hashes ON {_HASH} = reading_hashes.hash
        ) AS f ON l.line_id = f.line_id
    ) AS s ON s."row" = r."row"
) AS n WHERE n."row" <> n.first_row ORDER BY n."row" """).fetchall()
    connection.unregister("reading_hashes")
    rejected = []
    for row, first, subscription in found:
        if subscription is None:
            action = f"kept, both count; equals row {first}"
            problems.add(DUPLICATE, action, "warning", row=row)
        else:
            action = f"row left out; equals row {first}"
            problems.add(DUPLICATE, action, "error", row=row, value=subscription)
            problems.note_rejection(row, f"{DUPLICATE} of row {first}", "")
            rejected.append(row)
    lines.leave_out(rejected)


def _twice(connection: duckdb.DuckDBPyConnection) -> npt.NDArray[np.uint64]:
    """Give the hashes that several lines share.

    Sorting 64-bit numbers takes a third of the time of grouping by them; so that it never holds
    more than some 80 MB, many lines are looked at band by band.
    """
    count = only_row(connection, "SELECT count(*) FROM facts")[0]
    bands = 1 + count // _AT_ONCE
    found = []
    for band in range(bands):
        where = f"WHERE {_HASH} % {bands} = {band}" if bands > 1 else ""
        query = f"SELECT {_HASH} AS h FROM facts {where}"
        hashes = np.sort(connection.execute(query).fetchnumpy()["h"])
        found.append(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
    return np.concatenate(found)


def _overlaps(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping[str, str], problems: Problems
) -> None:
    """Say once how many lines begin while another line of their customer runs.

    Left out beyond 200,000 lines: the sort would take a third of the whole reading, and
    overlapping lines are added up by definition.
    """
    if only_row(connection, "SELECT count(*) FROM facts")[0] > _MANY:
        return
    lines, customers, shown = only_row(
        connection,
        """
SELECT count(*), count(DISTINCT who), list("row" ORDER BY "row")[:10] FROM (
    SELECT "row", who, start_date < max(last_date) OVER (PARTITION BY who
        ORDER BY start_date, "row" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS concurs
    FROM (
        SELECT "row", hash(customer) AS who, start_date,
            coalesce(end_date, DATE '9999-12-31') AS last_date
        FROM numbered WHERE mrr > 0 AND kind = 'recurring'
    ) AS spans
) AS ordered WHERE concurs""",
    )
    if lines:
        rows = ", ".join(str(row) for row in shown)
        more = ", ..." if lines > len(shown) else ""
        problems.add(
            OVERLAP,
            "added up",
            "note",
            column=mapping["start"],
            value=f"{lines} lines of {customers} customers: rows {rows}{more}",
        )


def _inclusive_ends(connection: duckdb.DuckDBPyConnection, column: str, problems: Problems) -> None:
    ends, last_days = only_row(
        connection,
        "SELECT count(end_date), count(*) FILTER (day(end_date + 1) = 1) FROM facts",
    )
    if ends >= _FEW and last_days >= 0.9 * ends:
        problems.add(
            END_INCLUSIVE,
            "read as the first day without service",
            "warning",
            column=column,
            value=f"{last_days} of {ends} ends",
        )


def _spaces(
    connection: duckdb.DuckDBPyConnection, table: RawTable, column: str, problems: Problems
) -> None:
    cell = table.cell(column)
    count, first = only_row(
        connection,
        f'SELECT count(*), min("row") FROM {table.relation} WHERE {cell} <> {table.text(column)}',
    )
    if count:
        value = f"{count} cells, the first in row {first}"
        problems.add(SPACES, "read without them", "note", column=column, value=value)
