"""Dimensions of customers: attributes from a second file, and bands of their first MRR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd

from .customer_file import opened_customers
from .engines import DuckEngine, quoted
from .errors import InputError
from .findings import Finding, Findings, rule
from .money import to_minor
from .tables import Tables
from .wording import counted

__all__ = ["BAND", "Attributes", "attach_attributes", "attach_bands", "read_attributes"]

CUSTOMER_WITHOUT = rule(
    "customer-without-attributes",
    "A customer of the ledger is not in the file of customers.",
    "Add it, or take it as (blank).",
)
CUSTOMER_UNKNOWN = rule(
    "attributes-without-customer",
    "A customer of the file of customers has no line in the ledger.",
    "Nothing to do, unless the two files write customers differently.",
)

BAND = "mrr_band"
"""The dimension of size: the band of a customer's MRR at its first close with MRR > 0."""

_SHOWN = 5


@dataclass(frozen=True)
class Attributes:
    """A file of customers: ``rows`` has a column customer and one of text for each attribute."""

    rows: pd.DataFrame
    label: str

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes, in the order of the file."""
        return tuple(name for name in self.rows.columns if name != "customer")


def read_attributes(
    source: str | Path | pd.DataFrame, *, encoding: str | None = None
) -> Attributes:
    """Read a file of customers: one row a customer; every other column is an attribute.

    Raises
    ------
    InputError
        No column names the customer, or a customer stands in several rows.
    """
    with opened_customers(source, encoding) as (connection, table, key):
        others = [name for name in table.headers if name != key]
        columns = ", ".join(f"{table.text(name)} AS {quoted(name)}" for name in others)
        rows = connection.execute(
            f"SELECT {table.text(key)} AS customer{', ' if others else ''}{columns}"
            f" FROM {table.relation} WHERE {table.text(key)} IS NOT NULL"
        ).df()
        twice = rows["customer"][rows["customer"].duplicated()].unique().tolist()
        label = table.label
    if twice:
        raise InputError(
            f"{label}: {counted(len(twice), 'customer')} in several rows ({_some(twice)}); "
            "leave one row each"
        )
    return Attributes(rows, label)


def attach_attributes(engine: DuckEngine, attributes: Attributes) -> Findings:
    """Let the lines have the attributes of their customers as dimensions.

    Raises
    ------
    InputError
        A column has the name of one that the lines have.
    """
    connection = engine.connection
    described = connection.execute("DESCRIBE numbered").fetchall()
    taken = {str(name).casefold() for name, *_ in described} | {BAND}
    both = [name for name in attributes.names if name.casefold() in taken]
    if both:
        raise InputError(
            f"{attributes.label}: {', '.join(both)} is also a column of the ledger's lines; "
            "rename it in one of the two files"
        )
    connection.register("given_attributes", attributes.rows)
    columns = ", ".join(
        f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}"
        for name in ("customer", *attributes.names)
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE attributes AS SELECT {columns} FROM given_attributes"
    )
    connection.unregister("given_attributes")
    _join(engine, "attributes", attributes.names)
    without = _only(engine, "customers", "attributes")
    unknown = _only(engine, "attributes", "customers")
    found = []
    if without:
        told = f"{counted(len(without), 'customer')}: {_some(without)}"
        found.append(
            Finding(None, "", CUSTOMER_WITHOUT, told, "its attributes are (blank)", "warning")
        )
    if unknown:
        told = f"{counted(len(unknown), 'customer')}: {_some(unknown)}"
        found.append(Finding(None, "", CUSTOMER_UNKNOWN, told, "passed over", "note"))
    return Findings(found)


def attach_bands(engine: DuckEngine, tables: Tables, bands: Sequence[str], currency: str) -> None:
    """Let the lines have the band of their customer's first MRR as the dimension ``mrr_band``.

    Parameters
    ----------
    engine
        The engine of the ledger.
    tables
        Tables of the same lines, whose policy says what a customer paid at its first close.
    bands
        Where a band ends and the next begins, in major units, rising.
    currency
        Reporting currency.

    Raises
    ------
    InputError
        The bands do not rise, or one is no amount.
    """
    limits = [to_minor(str(band), currency) for band in bands]
    if not limits or limits[0] <= 0 or sorted(set(limits)) != limits:
        raise InputError(f"bands of MRR rise from above 0, as in 100, 500; not {list(bands)}")
    names = _named([str(band).strip() for band in bands])
    cases = " ".join(
        f"WHEN l.after < {limit} THEN '{name}'"
        for limit, name in zip(limits, names[:-1], strict=True)
    )
    tables.use(())
    tables.engine.share(
        "bands",
        f"SELECT c.customer, CASE {cases} ELSE '{names[-1]}' END AS {BAND} FROM levels AS l"
        " INNER JOIN customers AS c ON l.customer_id = c.customer_id"
        " WHERE l.month = l.first_close",
    )
    _join(engine, "bands", (BAND,))


def _named(limits: list[str]) -> list[str]:
    """Name the bands so that they sort by size.

    Examples
    --------
    >>> _named(["100", "500"])
    ['1: below 100', '2: 100 to 500', '3: from 500']
    """
    told = [f"below {limits[0]}"]
    told += [f"{low} to {high}" for low, high in pairwise(limits)]
    told += [f"from {limits[-1]}"]
    width = len(str(len(told)))
    return [f"{place:0{width}}: {text}" for place, text in enumerate(told, start=1)]


def _join(engine: DuckEngine, table: str, names: Sequence[str]) -> None:
    """Give ``numbered`` the columns of a table with one row a customer."""
    connection = engine.connection
    connection.execute(f"ALTER VIEW numbered RENAME TO numbered_without_{table}")
    columns = "".join(f", a.{quoted(name)}" for name in names)
    connection.execute(
        f"CREATE VIEW numbered AS SELECT n.*{columns} FROM numbered_without_{table} AS n"
        f" LEFT JOIN {table} AS a ON n.customer = a.customer"
    )


def _only(engine: DuckEngine, left: str, right: str) -> list[str]:
    rows = engine.connection.execute(
        f"SELECT DISTINCT customer FROM {left} WHERE customer NOT IN"
        f" (SELECT customer FROM {right}) ORDER BY 1"
    ).fetchall()
    return [str(name) for (name,) in rows]


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
