"""What only shows when all lines are laid side by side: duplicates, overlaps, inclusive ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..wording import counted
from .loading import Lines
from .problems import Problems
from .rules import DUPLICATE, END_INCLUSIVE, OVERLAP, SPACES
from .table import RawTable, only_row, quoted

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
    item: Sequence[str] | None,
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
        Whether a line is a row of the file (not a run of invoices or of a customer x month table).
    item
        Columns of the lines by which those of one customer are told apart when overlaps are looked
        for; None to look for none.
    looked
        The raw table when customers and subscriptions have been looked at.
    """
    connection = lines.connection
    if whole_file:
        _duplicates(lines, problems)
    if item is not None:
        _overlaps(connection, mapping["start"], item, problems)
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
    connection: duckdb.DuckDBPyConnection, column: str, item: Sequence[str], problems: Problems
) -> None:
    """Say once how many lines begin while another line of their customer and item runs.

    A line that a credit takes back whole has run until then: an upgrade is no overlap. An upgrade
    charged at the net price, without a credit, is one: a line for the rest of a period beside the
    line of the whole period is also what a second item bought within it looks like, or a second
    charge. Both prices are added up, which is right for the first two. Left out beyond 200,000
    lines: the sort would take a third of the whole reading.
    """
    if only_row(connection, "SELECT count(*) FROM facts")[0] > _MANY:
        return
    named = ", ".join(quoted(name) for name in ("customer", *item))
    lines, customers, shown = only_row(
        connection,
        f"""
WITH spans AS (
    SELECT "row", hash(customer) AS who, hash({named}) AS item, mrr, start_date,
        coalesce(end_date, DATE '9999-12-31') AS last_date
    FROM numbered WHERE kind = 'recurring'
)
SELECT count(*), count(DISTINCT who), list("row" ORDER BY "row")[:10] FROM (
    SELECT s."row", who, s.start_date < max(least(s.last_date, c.start_date)) OVER (
        PARTITION BY s.item ORDER BY s.start_date, s."row"
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS concurs
    FROM spans AS s ASOF LEFT JOIN (
        SELECT item, -mrr AS mrr, start_date FROM spans WHERE mrr < 0
    ) AS c ON s.item = c.item AND s.mrr = c.mrr AND s.start_date <= c.start_date
    WHERE s.mrr > 0
) AS ordered WHERE concurs""",
    )
    if lines:
        rows = ", ".join(str(row) for row in shown)
        more = ", ..." if lines > len(shown) else ""
        told = f"{counted(lines, 'line')} of {counted(customers, 'customer')}"
        value = f"{told}: row{'s' if lines > 1 else ''} {rows}{more}"
        problems.add(OVERLAP, "added up", "note", column=column, value=value)


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
        value = f"{counted(count, 'cell')}, the first in row {first}"
        problems.add(SPACES, "read without them", "note", column=column, value=value)
