"""Rows of Python values brought into a raw table, batch by batch: exact, and never all at once.

Every value is written as text and read back by the engine in the type that its whole column has:
a database's NUMERIC stays a decimal and meets no float on its way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd

from ..errors import InputError
from .header import checked_header, refuse_blank_names
from .problems import NothingInsideError, Problems
from .rules import NUMBER_UNREADABLE
from .table import RAW, RawTable

__all__ = ["BATCH", "store_values"]

BATCH = 20_000
"""Rows that are held in memory at a time."""

_TEXTS = "reading_texts"
_VALUES = "reading_values"
_MOST_DECIMALS = 12


def store_values(
    connection: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    batches: Iterable[Sequence[Sequence[object]]],
    *,
    label: str,
    named: frozenset[str],
    problems: Problems,
) -> RawTable:
    """Bring rows into the raw table; row 2 is the first one, as in a file with a header.

    Parameters
    ----------
    connection
        The engine.
    names
        Column names.
    batches
        The rows, some at a time; each row has a value a column.
    label
        What messages call the source.
    named
        Columns that the caller named in a mapping.
    problems
        Gets a warning for a number that is none (NaN).

    Raises
    ------
    InputError
        A column has no name or two have one, a number is too large, or there is no row.
    """
    headers = checked_header(list(names), named, label, 1)
    refuse_blank_names([i for i, name in enumerate(headers) if not name], label, 1)
    columns = [_Column(name) for name in headers]
    cells = [f"c{i}" for i in range(len(headers))]
    connection.execute(
        f'CREATE OR REPLACE TABLE {_TEXTS} ("row" BIGINT, '
        + ", ".join(f"{cell} VARCHAR" for cell in cells)
        + ")"
    )
    rows = 0
    for batch in batches:
        if batch:
            taken = [
                column.take([row[i] for row in batch], rows, problems)
                for i, column in enumerate(columns)
            ]
            _insert(connection, cells, taken, rows)
            rows += len(batch)
    if not rows:
        raise NothingInsideError(f"{label} has columns but no rows. Nothing can be read from it.")
    types = [column.type for column in columns]
    _settle(connection, headers, types, label)
    return RawTable(RAW, tuple(headers), tuple(types), label)


def _insert(
    connection: duckdb.DuckDBPyConnection,
    cells: Sequence[str],
    columns: Sequence[list[str | None]],
    before: int,
) -> None:
    frame = pd.DataFrame(dict(zip(cells, columns, strict=True)), dtype=object)
    frame.insert(0, "row", range(before + 2, before + 2 + len(frame)))
    connection.register("reading_batch", frame)
    connection.execute(f"INSERT INTO {_TEXTS} SELECT * FROM reading_batch")
    connection.unregister("reading_batch")


def _settle(
    connection: duckdb.DuckDBPyConnection, headers: Sequence[str], types: Sequence[str], label: str
) -> None:
    """Read the texts back in the type of each column."""
    cells = ", ".join(f"CAST(c{i} AS {type_}) AS c{i}" for i, type_ in enumerate(types))
    try:
        connection.execute(
            f'CREATE OR REPLACE TABLE {_VALUES} AS SELECT "row", {cells} FROM {_TEXTS}'
        )
    except duckdb.ConversionException as error:
        said = str(error).splitlines()[0]
        raise InputError(
            f"{label}: a number is too large to be an amount or a count: {said}. "
            f"Its columns: {', '.join(headers)}."
        ) from None
    connection.execute(f"DROP TABLE {_TEXTS}")
    connection.execute(f"CREATE OR REPLACE VIEW {RAW} AS SELECT * FROM {_VALUES}")


def _moment(value: Any) -> str:
    """Write a time; one with a zone at UTC, as everywhere in the reading."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return str(value.isoformat(sep=" "))


def _plain(value: Any) -> str:
    return format(value, "f")


_KINDS: dict[type, tuple[str, Callable[[Any], str]]] = {
    str: ("VARCHAR", str),
    bool: ("BOOLEAN", str),
    int: ("HUGEINT", str),
    float: ("DOUBLE", repr),
    Decimal: ("DECIMAL", _plain),
    datetime: ("TIMESTAMP", _moment),
    date: ("DATE", date.isoformat),
}
_TOGETHER: dict[frozenset[str], str] = {
    frozenset({"HUGEINT", "DECIMAL"}): "DECIMAL",
    frozenset({"HUGEINT", "DOUBLE"}): "DOUBLE",
    frozenset({"DATE", "TIMESTAMP"}): "TIMESTAMP",
}


class _Column:
    """What is known of a column so far: the kinds of its values, and the room that they need."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._kinds: set[str] = set()
        self._digits = 0
        self._decimals = 0

    def take(self, values: list[object], before: int, problems: Problems) -> list[str | None]:
        """Write the values of a batch as text."""
        types = {type(value) for value in values} - {type(None)}
        if types == {str}:
            self._kinds.add("VARCHAR")
            return values  # type: ignore[return-value]  # texts and None
        if Decimal in types or float in types:
            values = self._without_nan(values, before, problems)
        known = {type_: _kind_of(type_) for type_ in types}
        self._kinds |= {kind for kind, _ in known.values()}
        texts = [None if value is None else known[type(value)][1](value) for value in values]
        if self._kinds & {"DECIMAL", "HUGEINT"}:
            self._measure(texts)
        return texts

    def _without_nan(self, values: list[object], before: int, problems: Problems) -> list[object]:
        kept = list(values)
        for i, value in enumerate(values):
            if isinstance(value, Decimal | float) and not _is_finite(value):
                kept[i] = None
                problems.add(
                    NUMBER_UNREADABLE,
                    "read as blank",
                    "warning",
                    row=before + i + 2,
                    column=self._name,
                    value=value,
                )
        return kept

    def _measure(self, texts: list[str | None]) -> None:
        for text in texts:
            if text is not None:
                whole, _, rest = text.partition(".")
                self._digits = max(self._digits, len(whole))
                self._decimals = max(self._decimals, len(rest))

    @property
    def type(self) -> str:
        """The engine's type for the whole column."""
        kind = _TOGETHER.get(frozenset(self._kinds)) or (
            next(iter(self._kinds)) if len(self._kinds) == 1 else "VARCHAR"
        )
        if kind == "HUGEINT":
            return "BIGINT" if self._digits <= 18 else "HUGEINT"
        if kind == "DECIMAL":
            scale = min(self._decimals, _MOST_DECIMALS)
            return f"DECIMAL({18 if self._digits + scale <= 18 else 38},{scale})"
        return kind


def _is_finite(value: Decimal | float) -> bool:
    return value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)


def _kind_of(type_: type) -> tuple[str, Callable[[Any], str]]:
    """Give the engine's type for a Python type and the way to write its values."""
    for known in type_.__mro__:
        if known in _KINDS:
            return _KINDS[known]
    return "VARCHAR", str
