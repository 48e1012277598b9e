"""The lines of a clean table, made where the table lives: nothing but small tables is pulled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from ..columns import COLUMNS
from ..engines import Engine, quoted, sql_text
from ..errors import InputError
from ..findings import Finding, Findings
from ..money import decimals
from ..policy import Policy
from ..reading import rules
from ..wording import counted
from .layout import DATES, NUMBERS, WORDS, Layout, layout_of, selection
from .report import left_out, notes, rejected_rows, rejections
from .vocabulary import read_words

__all__ = ["Placed", "place_lines"]

_MADE = (
    "customer", "subscription", "start_date", "end_date", "term_end", "mrr", "interval_months",
    "kind", "status", "churn_reason", "currency", "requested", "effective", "discount_kind",
    "list_mrr", *NUMBERS,
)  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """A table's lines, as the table ``lines`` of an engine.

    Parameters
    ----------
    engine
        Holds ``lines`` and ``left_out``, the rows that became none.
    mapping
        Field of the ledger -> column of the table.
    dimensions
        The other columns, by their names in ``lines``.
    findings
        What was found, by rule: how many rows and the first of them.
    rejected
        Gives the rows left out: row, the columns of the table as text, reason.
    """

    engine: Engine
    mapping: Mapping[str, str]
    dimensions: tuple[str, ...]
    findings: Findings
    rejected: Callable[[], pd.DataFrame]


def place_lines(
    engine: Engine,
    table: str,
    *,
    currency: str,
    policy: Policy,
    columns: Mapping[str, str] | None = None,
) -> Placed:
    """Turn a clean table into lines on its own engine.

    Parameters
    ----------
    engine
        Where the table lives.
    table
        Its name, parts divided by points, as it stands in the catalogue.
    currency
        The reporting currency, checked; every row must be in it.
    policy
        Says how many weeks a month has.
    columns
        Field -> column where they are called differently; "" where the table has none.

    Raises
    ------
    InputError
        A column is missing or holds another type than its field, or no row is usable.
    CurrencyError
        Rows are in other currencies.
    """
    known, told = engine.columns(table), dict(columns or {})
    if told.pop("invoice_id", None) != "" and "invoice_id" in map(str.casefold, known):
        raise InputError(
            f"table {table} has a column invoice_id: lines of invoices are read by Ledger.read. If "
            "its rows are subscription lines, say so: columns={'invoice_id': ''}"
        )
    layout = layout_of(table, known, told)
    taken = engine.take(selection(layout), "taken")
    found = read_words(taken, layout, currency, policy)
    found += _find_copies(taken, layout)
    taken.share(
        "understood",
        sql_text("understood"),
        by_interval=int(layout.price == "amount"),
        needs_interval=int(layout.price == "amount" and "interval" in layout.mapping),
        months=12 if layout.price == "arr" else 1,
    )
    taken.share("left_out", left_out(layout))
    taken.see("priced", sql_text("priced"), minor=10 ** decimals(currency))
    taken.share("lines", _lines(layout))
    found += [*rejections(taken, layout), *notes(taken, layout)]
    for name in ("understood", "copies", "words", "taken"):
        taken.forget(name)
    findings = Findings(found)
    if taken.frame("SELECT COUNT(*) AS n FROM lines")["n"].iloc[0] == 0:
        raise InputError(f"table {table} has no usable row.\n{findings.errors}")
    return Placed(
        taken,
        layout.mapping,
        tuple(layout.dimensions),
        findings,
        partial(rejected_rows, taken, layout),
    )


def _find_copies(engine: Engine, layout: Layout) -> list[Finding]:
    """Make the table ``copies``: numbers of the rows that equal an earlier one in every column."""
    columns = ", ".join(
        [
            "customer",
            "subscription",
            *DATES.values(),
            "price",
            "price_text",
            "listed",
            "interval_count",
        ]
        + ["count_text", *WORDS.values(), *NUMBERS]
        + [f"dimension_{at}" for at in range(len(layout.dimensions))]
    )
    seen = engine.frame(
        "SELECT COUNT(*) AS n, COUNT(DISTINCT subscription) AS different FROM taken"
    ).iloc[0]
    if seen["n"] == seen["different"]:
        engine.share("copies", "SELECT line_id FROM taken WHERE 1 = 0")
        return []
    engine.share(
        "copies",
        f"SELECT line_id, subscription FROM (SELECT line_id, subscription, ROW_NUMBER() OVER"
        f" (PARTITION BY {columns} ORDER BY line_id) AS copy FROM taken) AS numbered"
        " WHERE copy > 1",
    )
    kept = int(
        engine.frame("SELECT COUNT(*) AS n FROM copies WHERE subscription IS NULL")["n"].iloc[0]
    )
    if not kept:
        return []
    return [Finding(None, "", rules.DUPLICATE, counted(kept, "row"), "kept, all count", "warning")]


def _lines(layout: Layout) -> str:
    """Write the query that gives the lines their columns; what a table cannot say is blank."""
    made = {name: name for name in _MADE} | {"row": "line_id"}
    columns = [
        f"{made.get(name, f'CAST(NULL AS {type_})')} AS {quoted(name)}"
        for name, type_ in COLUMNS.items()
    ]
    columns += [f"dimension_{at} AS {quoted(name)}" for at, name in enumerate(layout.dimensions)]
    return f"SELECT {', '.join(columns)} FROM priced"
