"""A pandas frame brought into a raw table."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from .header import checked_header, refuse_blank_names
from .problems import NothingInsideError
from .table import RAW, RawTable

__all__ = ["FRAME", "engine_column", "read_frame"]

FRAME = "reading_frame"
_LARGEST_ITEM = 8  # bytes of a number that the engine knows


def read_frame(
    frame: pd.DataFrame, connection: duckdb.DuckDBPyConnection, named: frozenset[str]
) -> RawTable:
    """Make the raw view over a frame; row 2 is its first line, as in a file with a header."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    headers = checked_header([str(name) for name in frame.columns], named, "the frame", 1)
    if not headers:
        raise NothingInsideError("the frame is empty: it has no columns.")
    refuse_blank_names([i for i, name in enumerate(headers) if not name], "the frame", 1)
    plain = pd.DataFrame(
        {f"c{i}": engine_column(frame.iloc[:, i]) for i in range(len(headers))},
    ).reset_index(drop=True)
    plain.insert(0, "row", range(2, len(plain) + 2))
    connection.register(FRAME, plain)
    connection.execute(f"CREATE OR REPLACE VIEW {RAW} AS SELECT * FROM {FRAME}")
    described = connection.execute(f"DESCRIBE {RAW}").fetchall()
    types = tuple(str(row[1]) for row in described[1:])
    return RawTable(RAW, tuple(headers), types, "the frame")


def engine_column(column: pd.Series) -> pd.Series:
    """Give a column in a shape that the engine reads without guessing from its first values.

    It lies in memory in its order (the engine knows no steps backwards, as of a reversed frame);
    what the engine has no type for becomes text.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.PeriodDtype):
        return pd.Series(column.dt.to_timestamp())
    if isinstance(dtype, pd.SparseDtype):
        return pd.Series(np.asarray(column), index=column.index)
    if isinstance(dtype, pd.CategoricalDtype | pd.IntervalDtype):
        return _texts(column.astype(object))
    if isinstance(dtype, np.dtype) and (
        dtype.kind == "c" or (dtype.kind == "f" and dtype.itemsize > _LARGEST_ITEM)
    ):
        return _texts(column.astype(object))
    if not pd.api.types.is_object_dtype(dtype):
        return column.copy()
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in {"date", "datetime", "datetime64"}:
        try:
            return pd.to_datetime(column)
        except (ValueError, TypeError, OverflowError):
            return _texts(column)
    return _texts(column)


def _texts(column: pd.Series) -> pd.Series:
    texts: pd.Series = column.map(lambda cell: None if _missing(cell) else str(cell))
    return texts.astype(object)


def _missing(cell: object) -> bool:
    return (
        cell is None
        or cell is pd.NaT
        or cell is pd.NA
        or (isinstance(cell, float) and cell != cell)
    )
