"""Tables of other libraries: DuckDB relations, Arrow streams (pyarrow, polars), Spark frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import duckdb

from ..errors import InputError
from .header import checked_header, refuse_blank_names
from .problems import NothingInsideError, Problems
from .stored import BATCH, store_values
from .table import RAW, RawTable, quoted

__all__ = ["is_spark", "is_stream", "read_spark", "read_stream"]

_STREAM = "reading_stream"
_VALUES = "reading_values"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a time at UTC, written without its zone


def is_stream(source: object) -> bool:
    """Say whether a source gives its rows by the Arrow protocol (PyCapsule)."""
    return hasattr(source, "__arrow_c_stream__")


def is_spark(source: object) -> bool:
    """Say whether a source is a Spark frame; Spark is not imported for it."""
    kinds = {f"{kind.__module__.split('.')[0]}.{kind.__name__}" for kind in type(source).__mro__}
    return "pyspark.DataFrame" in kinds


def read_stream(
    source: Any, connection: duckdb.DuckDBPyConnection, *, named: frozenset[str]
) -> RawTable:
    """Bring a table of another library into the raw table; row 2 is its first row.

    Raises
    ------
    InputError
        Its stream breaks off, a column has no name or two have one, or there is no row.
    """
    label = _label(source)
    try:
        # Asked for once and stored: a stream may flow a single time, and its table may change.
        connection.register(_STREAM, source.__arrow_c_stream__())
        connection.execute(f"CREATE OR REPLACE TABLE {_VALUES} AS SELECT * FROM {_STREAM}")
    except (duckdb.Error, RuntimeError) as error:
        said = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{label} cannot be read: {said}") from None
    finally:
        connection.unregister(_STREAM)
    described = connection.execute(f"DESCRIBE {_VALUES}").fetchall()
    headers = checked_header([str(row[0]) for row in described], named, label, 1)
    refuse_blank_names([i for i, name in enumerate(headers) if not name], label, 1)
    cells = ", ".join(f"{quoted(str(row[0]))} AS c{i}" for i, row in enumerate(described))
    connection.execute(
        f'CREATE OR REPLACE VIEW {RAW} AS SELECT rowid + 2 AS "row", {cells} FROM {_VALUES}'
    )
    table = RawTable(RAW, tuple(headers), tuple(str(row[1]) for row in described), label)
    if table.count(connection) == 0:
        raise NothingInsideError(f"{label} has columns but no rows. Nothing can be read from it.")
    return table


def read_spark(
    source: Any,
    connection: duckdb.DuckDBPyConnection,
    *,
    named: frozenset[str],
    problems: Problems,
) -> RawTable:
    """Bring a Spark frame into the raw table, one partition after the other; times at UTC."""
    fields = source.schema.fields
    zoned = [i for i, field in enumerate(fields) if field.dataType.typeName() == "timestamp"]
    # As numbers: a time would arrive in the zone of this machine, whatever Spark's is.
    asked = [
        f"unix_micros({_ticked(field.name)})" if i in zoned else _ticked(field.name)
        for i, field in enumerate(fields)
    ]
    return store_values(
        connection,
        [str(field.name) for field in fields],
        _batches(source.selectExpr(*asked), zoned),
        label="the Spark frame",
        named=named,
        problems=problems,
    )


def _ticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _batches(source: Any, zoned: Sequence[int]) -> Iterator[Sequence[Sequence[object]]]:
    rows = iter(source.toLocalIterator())
    while batch := list(islice(rows, BATCH)):
        yield [_with_times(row, zoned) for row in batch] if zoned else batch


def _with_times(row: Sequence[object], zoned: Sequence[int]) -> list[object]:
    cells = list(row)
    for i in zoned:
        micros = cells[i]
        cells[i] = None if micros is None else _EPOCH + timedelta(microseconds=int(str(micros)))
    return cells


def _label(source: object) -> str:
    if isinstance(source, duckdb.DuckDBPyRelation):
        return "the relation"
    return f"the {type(source).__module__.split('.')[0]} table"
