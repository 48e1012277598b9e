"""A column that was understood: SQL expressions of its values, over the raw table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import duckdb
import pandas as pd

__all__ = ["NULL_WORDS", "Parsed", "State", "absent", "joined", "null_words", "store_words"]

NULL_WORDS = (
    "nan",
    "nat",
    "null",
    "none",
    "n/a",
    "#n/a",
    "na",
    "nil",
    "-",
    "--",
    "\u2013",
    "\u2014",
    "n.a.",
    "n.a",
    "#null!",
)
"""Words that stand for a blank cell, in small letters."""


class State(IntEnum):
    """What is the case with one cell."""

    OK = 0
    BLANK = 1
    NULL_WORD = 2
    UNREADABLE = 3
    IMPOSSIBLE = 4
    RANGE = 5
    FAR = 6


@dataclass(frozen=True)
class Parsed:
    """SQL expressions over the raw table `r` and the join that they need.

    Parameters
    ----------
    join
        "" or a LEFT JOIN of a small table of the column's distinct texts.
    value
        The value; NULL where the cell has none.
    state
        A `State` as an integer.
    extra
        A second value: the currency sign of an amount.
    """

    join: str
    value: str
    state: str
    extra: str = "NULL"


def absent(type_: str) -> Parsed:
    """Give the expressions of a column that the file does not have."""
    return Parsed("", f"CAST(NULL AS {type_})", str(int(State.BLANK)))


def joined(table: str, text: str) -> Parsed:
    """Give the expressions of a column whose distinct texts were read into a table.

    Parameters
    ----------
    table
        Its name; columns text, value, state, extra.
    text
        SQL expression of the cell as text.
    """
    return Parsed(
        f"LEFT JOIN {table} ON {table}.text = {text}",
        f"{table}.value",
        f"coalesce({table}.state, {int(State.BLANK)})",
        f"{table}.extra",
    )


def null_words() -> str:
    """Give the words for a blank cell as an SQL list."""
    return "(" + ", ".join(f"'{word}'" for word in NULL_WORDS) + ")"


def store_words(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[tuple[str, object, int, object]],
    value_type: str,
    extra_type: str = "VARCHAR",
) -> None:
    """Write what was understood of a column's distinct texts: text, value, state, extra."""
    frame = pd.DataFrame(rows, columns=["text", "value", "state", "extra"], dtype=object)
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} "
        f"(text VARCHAR, value {value_type}, state INTEGER, extra {extra_type})"
    )
    if rows:
        connection.register("reading_words", frame)
        connection.execute(f"INSERT INTO {table} SELECT * FROM reading_words")
        connection.unregister("reading_words")
