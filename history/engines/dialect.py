"""One text, several engines: DuckDB's words said in another dialect, over tables renamed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from ..errors import InputError
from .texts import PARAMETER

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["said"]

_TABLE, _NUMBER = "arrcast_table_", "arrcast_number_"
_MARK = re.compile(rf"\b(?:{_TABLE}(?P<table>\w+)|{_NUMBER}(?P<number>\w+))\b")


def said(text: str, dialect: str, names: Mapping[str, str], **numbers: int) -> str:
    """Say a text in an engine's words, with tables and numbers put in.

    Parameters
    ----------
    text
        In DuckDB's words, with ``:names`` for numbers.
    dialect
        "postgres" or "spark".
    names
        Table of the text -> where it stands, or a query in brackets, in the engine's words.
        Quoted tables are the user's own and stay as they are.

    Raises
    ------
    KeyError
        The text names a number that is not given.

    Examples
    --------
    >>> said("SELECT facts.mrr FROM facts", "postgres", {"facts": "arrcast_7"})
    'SELECT facts.mrr FROM arrcast_7 AS facts'
    >>> said("SELECT CAST(x AS HUGEINT), day + INTERVAL '1' DAY * :n FROM t", "spark", {}, n=5)
    'SELECT CAST(x AS DECIMAL(38, 0)), DATE_ADD(day, 5) FROM t AS t'
    >>> said('SELECT CAST(name AS VARCHAR) FROM "t"', "postgres", {})
    'SELECT (CAST(name AS TEXT) COLLATE "C") FROM "t"'
    >>> said("SELECT ARG_MIN(x, y) FROM t", "postgres", {})
    'SELECT (ARRAY_AGG(x ORDER BY y) FILTER(WHERE NOT y IS NULL))[1] FROM t AS t'
    """

    def put(found: re.Match[str]) -> str:
        table = found["table"]
        return str(int(numbers[found["number"]])) if table is None else names.get(table, table)

    return _MARK.sub(put, _translated(text, dialect))


@lru_cache(maxsize=512)
def _translated(text: str, dialect: str) -> str:
    """Translate a text; tables and numbers stand in it as marks.

    What sqlglot leaves as it is although it means something else: HUGEINT (a decimal elsewhere),
    texts compared by a language's rules (PostgreSQL), a hash of a text (PostgreSQL takes bytes),
    the value that goes with the least of another (PostgreSQL lacks it), days added to a date (Spark
    makes a point in time of it), a row's number (Spark counts in 32 bits).
    """
    try:
        import sqlglot
        from sqlglot import exp
    except ImportError:
        raise InputError(
            "an engine other than DuckDB needs sqlglot: pip install 'arrcast[sql]'"
        ) from None
    tree = sqlglot.parse_one(PARAMETER.sub(rf"{_NUMBER}\1", text), read="duckdb")
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        if not (table.db or table.this.quoted or table.name in own):
            marked = exp.to_table(_TABLE + table.name)
            table.replace(exp.alias_(marked, table.alias_or_name, table=True))
    words = {"postgres": _postgres, "spark": _spark}[dialect]
    changed = tree.transform(_wide, copy=False).transform(words, copy=False)
    return changed.sql(dialect=dialect, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)


def _wide(node: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.INT128:
        return exp.DataType.build("DECIMAL(38, 0)")
    return node


def _postgres(node: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    if isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.TEXT:
        if isinstance(node.parent, exp.Collate):
            return node
        return exp.paren(exp.Collate(this=node.copy(), expression=exp.to_identifier("C", True)))
    if isinstance(node, exp.SHA2):
        content = exp.func("CONVERT_TO", node.this.copy(), exp.Literal.string("UTF8"))
        return exp.SHA2(this=content, length=node.args.get("length"))
    if isinstance(node, exp.ArgMin):
        key = node.expression
        sorted_ = exp.Order(this=node.this.copy(), expressions=[exp.Ordered(this=key.copy())])
        known = exp.Where(this=exp.not_(exp.Is(this=key.copy(), expression=exp.Null())))
        all_ = exp.Filter(this=exp.ArrayAgg(this=sorted_), expression=known)
        return exp.Bracket(this=exp.paren(all_), expressions=[exp.Literal.number(0)])
    return node


def _spark(node: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    if isinstance(node, exp.Add) and isinstance(node.expression, exp.Mul):
        step = node.expression
        if isinstance(step.this, exp.Interval):
            return exp.Anonymous(this="DATE_ADD", expressions=[node.this, step.expression])
    if isinstance(node, exp.Window) and isinstance(node.this, exp.RowNumber):
        return node if isinstance(node.parent, exp.Cast) else exp.cast(node.copy(), "BIGINT")
    return node
