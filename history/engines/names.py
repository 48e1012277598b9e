"""Names of columns and tables, quoted for SQL."""

from __future__ import annotations

__all__ = ["quoted", "quoted_table"]


def quoted(name: str) -> str:
    """Quote a column name for SQL.

    Examples
    --------
    >>> print(quoted('the "net" price'))
    "the ""net"" price"
    """
    return '"' + name.replace('"', '""') + '"'


def quoted_table(table: str) -> str:
    """Quote a table's name, its parts divided by points, as it stands in the catalogue.

    Examples
    --------
    >>> print(quoted_table("finance.billing"))
    "finance"."billing"
    """
    return ".".join(quoted(part) for part in table.split("."))
