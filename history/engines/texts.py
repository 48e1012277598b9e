"""The SQL texts: read from ``history/sql``, and their numbers put in."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

__all__ = ["PARAMETER", "bound", "sql_text"]

PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
"""A number's name in a text."""

_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)


@cache
def sql_text(name: str) -> str:
    """Read one of the SQL texts, without its comments and its closing semicolon.

    Examples
    --------
    >>> sql_text("balances").startswith("SELECT")
    True
    """
    text = (files("history") / "sql" / f"{name}.sql").read_text("utf-8")
    return _COMMENT.sub("", text).strip().rstrip(";")


def bound(text: str, **numbers: int) -> str:
    """Put integers in the place of a text's ``:names``.

    Raises
    ------
    KeyError
        The text names a number that is not given.

    Examples
    --------
    >>> bound("SELECT x FROM t WHERE month <= :as_of", as_of=24305)
    'SELECT x FROM t WHERE month <= 24305'
    """
    return PARAMETER.sub(lambda match: str(int(numbers[match[1]])), text)
