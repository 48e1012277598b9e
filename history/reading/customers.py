"""Who pays: what a customer's cell may hold."""

from __future__ import annotations

import duckdb

from .parsed import Parsed, State, store_words
from .table import RawTable, literal, only_row

__all__ = ["CUSTOMERS", "number_customers", "read_customers"]

CUSTOMERS = "customers"
"""Name of the table of customers and their numbers."""

_TABLE = "reading_no_customers"
_NOBODY = (
    "nan", "nat", "null", "none", "n/a", "#n/a", "(blank)", "(leer)", "(vide)", "#ref!", "#value!",
    "#div/0!", "#name?", "#num!", "#null!",
)  # fmt: skip
_TOTALS = (
    "total", "totals", "grand total", "grand totals", "sub total", "subtotal", "sub-total", "sum",
    "total:", "grand total:", "summe", "gesamt", "gesamtsumme", "gesamtergebnis", "zwischensumme",
    "total general", "total général", "somme", "sous-total", "suma",
)  # fmt: skip


def number_customers(
    connection: duckdb.DuckDBPyConnection, table: RawTable, header: str
) -> tuple[RawTable, bool]:
    """Give every customer a number before the lines are read, where the cells are kept as they are.

    The number is the first row in which it stands. What the cells look like is then asked of each
    customer once.

    Returns
    -------
    tuple
        The table, with what is known of the column now; and whether `CUSTOMERS` was made.
    """
    if not table.kept or table.type_of(header) != "VARCHAR":
        return table, False
    cell = table.cell(header)
    connection.execute(
        f"CREATE OR REPLACE TABLE {CUSTOMERS} AS "
        f'SELECT {cell} AS customer, CAST(min("row") AS INTEGER) AS customer_id '
        f"FROM {table.relation} WHERE {cell} IS NOT NULL GROUP BY {cell}"
    )
    table = table.looked_in(connection, header, f"(SELECT customer AS {cell} FROM {CUSTOMERS})")
    return table, table.is_plain(header)


def read_customers(
    connection: duckdb.DuckDBPyConnection, text: str, relation: str, cell: str
) -> Parsed:
    """Understand the customers' cells: a name, or a word for nobody or for a total.

    Parameters
    ----------
    connection
        The engine.
    text
        SQL expression of the cell as trimmed text.
    relation, cell
        Where every customer's cell is found (called `r`), and the expression of it there.

    Returns
    -------
    Parsed
        State: BLANK where nobody is named (or an error value stands), RANGE for a row of totals,
        else OK.
    """
    words = [
        (variant, None, int(state), None)
        for names, state in ((_NOBODY, State.BLANK), (_TOTALS, State.RANGE))
        for name in names
        for variant in sorted({name, name.upper(), name.title(), name.capitalize(), _camel(name)})
    ]
    known = ", ".join(literal(str(word[0])) for word in words)
    found = (
        f"SELECT count(*) FROM (SELECT 1 FROM {relation} AS r WHERE {cell} IN ({known}) LIMIT 1)"
    )
    if not only_row(connection, found)[0]:  # far cheaper than the join below
        return Parsed("", text, f"CASE WHEN {text} IS NULL THEN {State.BLANK:d} ELSE 0 END")
    store_words(connection, _TABLE, words, "VARCHAR")
    state = f"CASE WHEN {text} IS NULL THEN {State.BLANK:d} ELSE coalesce({_TABLE}.state, 0) END"
    return Parsed(f"LEFT JOIN {_TABLE} ON {_TABLE}.text = {text}", text, state)


def _camel(name: str) -> str:
    return {"nan": "NaN", "nat": "NaT"}.get(name, name)
