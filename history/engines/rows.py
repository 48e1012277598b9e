"""Rows as a server gives them, as the frame that DuckDB would give."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

__all__ = ["frame_of"]

_NULLABLE = {
    "bool": "boolean", "int8": "Int8", "int16": "Int16", "int32": "Int32", "int64": "Int64",
}  # fmt: skip


def frame_of(
    names: Sequence[str], dtypes: Sequence[str], rows: Sequence[Sequence[object]]
) -> pd.DataFrame:
    """Make a frame of rows; whole numbers with blanks get pandas' types for that.

    Parameters
    ----------
    names, dtypes
        Of each column: its name, and its numpy type, "date", "decimal" or "text".
    rows
        One sequence a row, None for a blank.

    Examples
    --------
    >>> frame_of(["n", "x"], ["int64", "int32"], [(1, None), (2, 5)]).dtypes.astype(str).tolist()
    ['int64', 'Int32']
    """
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    made = [_column(values, dtype) for values, dtype in zip(columns, dtypes, strict=True)]
    frame = pd.concat(made, axis=1) if made else pd.DataFrame()
    return frame.set_axis(list(names), axis=1)


def _column(values: Sequence[object], dtype: str) -> pd.Series:
    if dtype == "text":
        nothing = all(value is None for value in values)
        return pd.Series(list(values), dtype="object" if nothing else "str")
    if dtype == "date":
        return pd.Series(list(values), dtype="object").astype("datetime64[us]")
    if dtype == "decimal":
        whole = all(value is None or value == int(value) for value in values)  # type: ignore[call-overload]
        dtype = "int64" if whole else "float64"
    plain = [int(v) if isinstance(v, Decimal) and dtype == "int64" else v for v in values]
    if any(value is None for value in values):
        dtype = _NULLABLE.get(dtype, dtype)
    return pd.Series(plain, dtype=dtype)
