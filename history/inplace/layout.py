"""What the columns of a table are: fields of the ledger and dimensions, nothing guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..columns import COLUMNS
from ..engines import Kind, quoted, quoted_table
from ..errors import InputError, unknown_name

__all__ = ["DATES", "FIELDS", "NUMBERS", "WORDS", "Layout", "layout_of", "selection"]

FIELDS = (
    "customer_id", "subscription_id", "start", "end", "term_end", "mrr", "amount", "arr",
    "interval", "interval_count", "currency", "kind", "status", "churn_reason", "quantity",
    "unit_price", "list_price", "requested", "effective", "discount_kind",
)  # fmt: skip
"""The fields of a ledger."""

DATES = {
    "start": "start_date",
    "end": "given_end",
    "term_end": "given_term",
    "requested": "given_request",
    "effective": "given_effect",
}
"""Fields that are dates -> their column in ``taken``."""

WORDS = {
    "interval": "interval_word",
    "kind": "kind_word",
    "status": "status_word",
    "churn_reason": "reason_word",
    "currency": "currency_word",
    "discount_kind": "discount_word",
}
"""Fields that are words -> their column in ``taken``."""

NUMBERS = ("quantity", "unit_price", "list_price")
"""Fields that are numbers and called alike in ``taken``."""

_PRICES = ("mrr", "amount", "arr")
_LARGEST = 10**13


@dataclass(frozen=True)
class Layout:
    """Which column of the table is which field, and what it holds."""

    table: str
    mapping: dict[str, str]
    dimensions: dict[str, str]  # name in lines -> column
    kinds: Mapping[str, Kind]

    @property
    def price(self) -> str:
        """The field with the price."""
        return next(field for field in _PRICES if field in self.mapping)


def layout_of(table: str, kinds: Mapping[str, Kind], told: Mapping[str, str]) -> Layout:
    """Find the columns of the fields: those named alike, and those told.

    Raises
    ------
    InputError
        A field is missing, there are several prices, or a column holds another kind.
    UnknownNameError
        A field or a column that was told does not exist.
    """
    for field, column in told.items():
        if field not in FIELDS:
            raise unknown_name("field", field, FIELDS)
        if column and column not in kinds:
            raise unknown_name("column", column, kinds)
    mapping = {field: told.get(field, field) for field in FIELDS if field in told or field in kinds}
    mapping = {field: column for field, column in mapping.items() if column}
    used = list(mapping.values())
    standard = {name.casefold() for name in COLUMNS}
    dimensions: dict[str, str] = {}
    for column in (name for name in kinds if name not in used):
        name = column
        while name.casefold() in standard or name in dimensions:
            name = f"{name}_in_table"
        dimensions[name] = column
    layout = Layout(table, mapping, dimensions, kinds)
    problems = [*_missing(mapping), *_of_another_kind(layout)]
    if problems:
        raise InputError(f"table {table} cannot be read as a ledger: {'; '.join(problems)}")
    return layout


def _missing(mapping: Mapping[str, str]) -> list[str]:
    needed = [name for name in ("customer_id", "start") if name not in mapping]
    said = [
        f"it has no column {name}; say columns={{'{name}': ...}} if it is called differently"
        for name in needed
    ]
    prices = [name for name in _PRICES if name in mapping]
    if not prices:
        said.append("it has no column amount (with interval), mrr or arr")
    if len(prices) > 1:
        said.append(
            f"{' and '.join(prices)} are all prices; say columns={{'{prices[-1]}': ''}} to leave"
            " one out"
        )
    columns = list(mapping.values())
    twice = {column for column in columns if columns.count(column) > 1}
    return said + [f"column {column} is named for two fields" for column in sorted(twice)]


def _of_another_kind(layout: Layout) -> list[str]:
    wanted: dict[str, tuple[Kind, ...]] = dict.fromkeys(DATES, ("date", "timestamp"))
    numbers: tuple[Kind, ...] = ("integer", "decimal", "float")
    wanted |= dict.fromkeys((*_PRICES, *NUMBERS, "interval_count"), numbers)
    said = []
    for field, column in layout.mapping.items():
        kind = layout.kinds[column]
        if field in wanted and kind not in wanted[field]:
            what = "a point in time, whose day hangs on a time zone" if kind == "zoned" else kind
            must = "a date" if field in DATES else "a number"
            said.append(f"{column} ({field}) is {what} and must be {must}: cast it in a view")
        elif field not in wanted and kind == "float":
            said.append(f"{column} ({field}) is a floating number: cast it in a view")
    return said


def selection(layout: Layout) -> str:
    """Write the query that takes the table: every field in a type that all engines share."""
    given = {field: quoted(column) for field, column in layout.mapping.items()}

    def text(field: str) -> str:
        return f"CAST({given.get(field, 'NULL')} AS VARCHAR)"

    price, price_text = _number(layout, layout.price)
    count, count_text = _number(layout, "interval_count")
    columns = {
        "customer": f"CASE WHEN TRIM({text('customer_id')}) <> '' THEN {text('customer_id')} END",
        "subscription": f"NULLIF({text('subscription_id')}, '')",
        **{name: f"CAST({given.get(field, 'NULL')} AS DATE)" for field, name in DATES.items()},
        "price": price,
        "price_text": price_text,
        "listed": _listed(layout),
        "interval_count": count,
        "count_text": count_text,
        **{name: f"NULLIF(TRIM({text(field)}), '')" for field, name in WORDS.items()},
        **{name: f"CAST({given.get(name, 'NULL')} AS DOUBLE)" for name in NUMBERS},
        **{
            f"dimension_{at}": f"CAST({quoted(column)} AS VARCHAR)"
            for at, column in enumerate(layout.dimensions.values())
        },
    }
    chosen = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    return f"SELECT {chosen} FROM {quoted_table(layout.table)}"


def _number(layout: Layout, field: str) -> tuple[str, str]:
    """Write a number with twelve decimals, and the text of one that is none or too large."""
    if field not in layout.mapping:
        return "CAST(NULL AS DECIMAL(26, 12))", "CAST(NULL AS VARCHAR)"
    cell = quoted(layout.mapping[field])
    return (
        f"CASE WHEN {_fits(cell)} THEN CAST({_exact(layout, field)} AS DECIMAL(26, 12)) END",
        f"CASE WHEN NOT ({_fits(cell)}) THEN CAST({cell} AS VARCHAR) END",
    )


def _listed(layout: Layout) -> str:
    """Write the list price of all units; both count with six decimals."""
    if "list_price" not in layout.mapping:
        return "CAST(NULL AS DECIMAL(26, 12))"
    price, total = quoted(layout.mapping["list_price"]), _exact(layout, "list_price")
    units, fits = "1", _fits(price)
    if "quantity" in layout.mapping:
        cell = quoted(layout.mapping["quantity"])
        units = f"COALESCE(CAST({_exact(layout, 'quantity')} AS DECIMAL(18, 6)), 1)"
        both = f"CAST({price} AS DOUBLE) * CAST({cell} AS DOUBLE)"
        fits += f" AND ({cell} IS NULL OR ({_fits(cell, 10**12)} AND {_fits(both)}))"
    product = f"CAST({total} AS DECIMAL(19, 6)) * {units}"
    return f"CASE WHEN {fits} THEN CAST({product} AS DECIMAL(26, 12)) END"


def _exact(layout: Layout, field: str) -> str:
    """Write a number as it is; a floating one by its shortest text: 0.1 is then a tenth."""
    column = layout.mapping[field]
    cell = quoted(column)
    return f"CAST({cell} AS VARCHAR)" if layout.kinds[column] == "float" else cell


def _fits(cell: str, below: int = _LARGEST) -> str:
    return f"{cell} > -{below} AND {cell} < {below}"
