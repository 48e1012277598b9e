"""Who pays: what a customer's cell may hold."""

from __future__ import annotations

import duckdb

from .parsed import Parsed, State, store_words
from .table import literal, only_row

__all__ = ["read_customers"]

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


def read_customers(connection: duckdb.DuckDBPyConnection, relation: str, text: str) -> Parsed:
    """Understand the customers' cells: a name, or a word for nobody or for a total.

    Parameters
    ----------
    connection
        The engine.
    relation
        The raw table, called `r` in `text`.
    text
        SQL expression of the cell as trimmed text.

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
        f"SELECT count(*) FROM (SELECT 1 FROM {relation} AS r WHERE {text} IN ({known}) LIMIT 1)"
    )
    if not only_row(connection, found)[0]:  # far cheaper than the join below
        return Parsed("", text, f"CASE WHEN {text} IS NULL THEN {State.BLANK:d} ELSE 0 END")
    store_words(connection, _TABLE, words, "VARCHAR")
    state = f"CASE WHEN {text} IS NULL THEN {State.BLANK:d} ELSE coalesce({_TABLE}.state, 0) END"
    return Parsed(f"LEFT JOIN {_TABLE} ON {_TABLE}.text = {text}", text, state)


def _camel(name: str) -> str:
    return {"nan": "NaN", "nat": "NaT"}.get(name, name)
