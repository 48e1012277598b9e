"""Closing: added lines put to those of a known ledger, and what they say of closed months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from . import months as month
from .added import AddedLines
from .carried import CarriedTables
from .engines import DuckEngine, Engine, quoted, sql_text
from .errors import InputError, unknown_name
from .findings import Finding, Findings, rule
from .money import to_decimal
from .origin import Origin
from .tables import Tables

__all__ = ["Replaces", "closed_origin"]

CLOSED_MONTHS = rule(
    "close-restates",
    "The lines that were added change MRR of months that were closed.",
    "Lay the two ledgers side by side with restated: it names every movement and its cause.",
)
RELABELLED = rule(
    "close-relabels",
    "Lines of closed months have other dimensions than before.",
    "Check that it is a correction: segments of closed months move, their total does not.",
)
BESIDE = rule(
    "close-beside",
    "An added line runs while another line of its subscription runs, and both count.",
    "If its start was corrected, let whole subscriptions be replaced (replaces='subscription').",
)
ELSEWHERE = rule(
    "close-other-customer",
    "An added line's subscription was known as another customer's, and both count.",
    "If the customer was renamed or the line moved, read the whole export.",
)
AGAIN = rule(
    "close-again",
    "An added line without a subscription equals an earlier line of its customer.",
    "If it is the same line, leave it out: without a subscription it cannot be known again.",
)

Replaces = Literal["line", "subscription"]
"""Whose place an added line takes: its subscription's line of the same start, or all of them."""

_MOST = 12
"""Closed months that a finding names."""


def closed_origin(
    origin: Origin,
    earlier: Tables,
    as_of: int,
    lines: Any,
    replaces: Replaces,
    options: Mapping[str, Any],
) -> tuple[Origin, CarriedTables]:
    """Give the origin with added lines, and its tables at the close; see :meth:`Ledger.close`.

    Parameters
    ----------
    earlier
        Tables of the ledger that is closed, whose policy holds.
    lines, options
        What is added, and how it is read otherwise; None where nothing is new.
    """
    if isinstance(origin.more, str):
        raise InputError(f"{origin.more}; read the whole as of {month.text(as_of)}")
    added = None if lines is None else origin.more(lines, options)
    engine = _joined(origin.engine, origin.dimensions, added, replaces)
    tables = CarriedTables(engine.fork(), earlier.policy, as_of, notices=True, earlier=earlier)
    heard = Findings(item for item in origin.findings if item.rule != "as-of-guessed")
    heard += added.findings if added else Findings()
    heard += _closing_findings(tables, earlier, origin.dimensions, origin.currency)
    rejected = origin.rejected if added is None else added.rejected
    return replace(origin, engine=engine, findings=heard, rejected=rejected), tables


def _joined(
    earlier: Engine, dimensions: tuple[str, ...], added: AddedLines | None, replaces: Replaces
) -> DuckEngine:
    """Give an engine over the earlier lines with the added ones, as those of any ledger.

    The earlier lines stay where they are; their facts are copied.

    Raises
    ------
    InputError
        The lines are not in the embedded engine, the dimensions are others, or it cannot be told
        which of several lines an added one replaces.
    """
    if replaces not in ("line", "subscription"):
        raise unknown_name("way to replace", replaces, ["line", "subscription"])
    if not isinstance(earlier, DuckEngine):
        raise InputError(
            "the ledger's lines live on a server or a cluster: add the month's lines to its table"
            " and compute it again with Ledger.on"
        )
    engine = earlier.apart()
    for table in ("facts", "customers"):
        engine.see(f"earlier_{table}", f"SELECT * FROM {earlier.place(table)}")
    numbered = earlier.place("numbered")
    engine.see("earlier_lines", f"SELECT * FROM {numbered}")
    names = [str(row[0]) for row in engine.connection.execute(f"DESCRIBE {numbered}").fetchall()]
    _take(engine, names, dimensions, added)
    _match(engine, dimensions, replaces)
    columns = ", ".join(quoted(name) for name in names)
    engine.share("told_customers", sql_text("close_customers"))
    engine.connection.execute(
        f"CREATE VIEW customers AS SELECT * FROM {earlier.place('customers')}"
        " UNION ALL SELECT * FROM told_customers"
    )
    engine.share("told_facts", f"WITH numbered AS (SELECT * FROM told_lines) {sql_text('facts')}")
    for table, what, source in (
        ("numbered", columns, "told_lines"),
        ("facts", "*", "told_facts"),
    ):
        engine.connection.execute(
            f"CREATE VIEW {table} AS SELECT {what} FROM {earlier.place(table)} AS e"
            " WHERE NOT EXISTS (SELECT 1 FROM replaced AS r WHERE r.line_id = e.line_id)"
            f" UNION ALL SELECT {what} FROM {source}"
        )
    return engine


def _match(engine: DuckEngine, dimensions: tuple[str, ...], replaces: Replaces) -> None:
    """Make the table ``replaced``, and what else there is of the subscriptions told."""
    looked = ("line_id", "customer", "subscription", "start_date", "end_date", *dimensions)
    columns = ", ".join(quoted(name) for name in looked)
    engine.see("earlier_names", f"SELECT {columns} FROM earlier_lines")
    engine.make("namesakes", sql_text("close_namesakes"))
    engine.share("replaced", sql_text("close_replaced"), whole=int(replaces == "subscription"))
    if replaces == "line":
        _refuse_fewer(engine)
    engine.share(
        "kept_namesakes",
        "SELECT * FROM namesakes AS e"
        " WHERE NOT EXISTS (SELECT 1 FROM replaced AS r WHERE r.line_id = e.line_id)",
    )


def _take(
    engine: DuckEngine, names: list[str], dimensions: tuple[str, ...], added: AddedLines | None
) -> None:
    """Make the table ``told_lines``, numbered after the earlier lines."""
    if added is None:
        engine.share("told_lines", "SELECT * FROM earlier_lines WHERE line_id IS NULL")
        return
    if set(added.dimensions) != set(dimensions):
        raise InputError(
            f"the added lines have the dimensions {', '.join(added.dimensions) or '(none)'}, the"
            f" ledger has {', '.join(dimensions) or '(none)'}; give both the same columns"
        )
    newest = "(SELECT COALESCE(MAX(line_id), 0) FROM earlier_facts)"
    number = f"{newest} + ROW_NUMBER() OVER (ORDER BY line_id)"
    columns = ", ".join(quoted(name) for name in names if name != "line_id")
    with TemporaryDirectory(prefix="arrcast-") as folder:
        file = "'" + str(Path(folder) / "told.parquet").replace("'", "''") + "'"
        added.engine.connection.execute(f"COPY (SELECT * FROM numbered) TO {file} (FORMAT parquet)")
        engine.share(
            "told_lines",
            f"SELECT CAST({number} AS BIGINT) AS line_id, {columns} FROM read_parquet({file})",
        )


def _refuse_fewer(engine: DuckEngine) -> None:
    fewer = engine.frame(sql_text("close_fewer"))
    if len(fewer):
        first = fewer.iloc[0]
        raise InputError(
            f"{len(fewer)} subscriptions have several lines with one start, and fewer were added"
            f" (the first: {first['subscription']} of {first['customer']},"
            f" {first['start_date']:%Y-%m-%d});"
            " give all its lines of that start, or read the whole export"
        )


def _closing_findings(
    tables: CarriedTables, earlier: Tables, dimensions: tuple[str, ...], currency: str
) -> Findings:
    """Tell what added lines did to closed months, and which of them may count twice."""
    found = [*_restated(tables, earlier, currency), *_relabelled(tables, earlier, dimensions)]
    engine = tables.engine
    counts = engine.frame(sql_text("close_doubts")).set_index("doubt")["n"]
    for name, code in (("beside", BESIDE), ("elsewhere", ELSEWHERE), ("again", AGAIN)):
        if counts[name]:
            found.append(Finding(None, "", code, _lines(counts[name]), "added", "warning"))
    for table in ("kept_namesakes", "points_before"):
        engine.forget(table)
    return Findings(found)


def _restated(tables: CarriedTables, earlier: Tables, currency: str) -> list[Finding]:
    engine, before = tables.engine, "points_before"
    points = "c.customer_id, c.first_month, c.stop_month, c.mrr FROM counted AS c INNER JOIN"
    earlier.engine.share(
        tables.place(before),
        f"SELECT -1 AS side, r.subscription AS line, {points} {tables.place('replaced')} AS r"
        " ON c.line_id = r.line_id",
    )
    engine.see(
        "both_points",
        f"SELECT * FROM {before} UNION ALL SELECT 1 AS side,"
        f" COALESCE(t.subscription, CAST(t.line_id AS VARCHAR)) AS line, {points} told_lines AS t"
        " ON c.line_id = t.line_id",
    )
    rows = engine.frame(sql_text("close_points"), last=earlier.as_of)
    if rows.empty:
        return []
    counts = rows[["month", "mrr", "lines", "customers"]].head(_MOST).astype("int64")
    said = [
        f"{month.text(at)} {to_decimal(mrr, currency):+} {currency}"
        f" ({_lines(lines)}, {_customers(customers)})"
        for at, mrr, lines, customers in counts.to_numpy().tolist()
    ]
    told = "; ".join(said) + ("; ..." if len(rows) > _MOST else "")
    return [Finding(None, "", CLOSED_MONTHS, told, "taken as told", "warning")]


def _relabelled(
    tables: CarriedTables, earlier: Tables, dimensions: tuple[str, ...]
) -> list[Finding]:
    if not dimensions:
        return []
    same = " AND ".join(
        f"COALESCE(t.{quoted(name)}, '') = COALESCE(r.{quoted(name)}, '')" for name in dimensions
    )
    lines = (
        "(SELECT 1 FROM told_lines AS t WHERE t.customer = r.customer"
        " AND t.subscription = r.subscription AND t.start_date = r.start_date"
    )
    row = tables.engine.frame(
        "SELECT COUNT(*) AS n, COUNT(DISTINCT r.customer) AS customers FROM replaced AS r"
        f" WHERE r.start_date <= DATE '{month.close_of(earlier.as_of)}'"
        f" AND EXISTS {lines}) AND NOT EXISTS {lines} AND {same})"
    ).iloc[0]
    if not row["n"]:
        return []
    told = f"{_lines(row['n'])}, {_customers(row['customers'])}"
    return [Finding(None, "", RELABELLED, told, "taken as told", "warning")]


def _lines(count: int) -> str:
    return f"{int(count)} line" + ("" if count == 1 else "s")


def _customers(count: int) -> str:
    return f"{int(count)} customer" + ("" if count == 1 else "s")
