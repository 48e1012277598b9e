"""What the tests of the readers share: read a text and look at what came of it."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from history.reading import Reading, read_lines

_CONNECTIONS = [duckdb.connect()]


def _sound_connection() -> duckdb.DuckDBPyConnection:
    """Give the one connection, or a new one where a damaged file has stopped the engine."""
    try:
        _CONNECTIONS[-1].execute("SELECT 1").fetchall()
    except duckdb.FatalException:
        _CONNECTIONS.append(duckdb.connect())
    return _CONNECTIONS[-1]


def read(source: object, **options: Any) -> tuple[Reading, pd.DataFrame]:
    """Read a source; give the reading and the table of lines."""
    connection = _sound_connection()
    reading = read_lines(source, connection, **options)
    lines = connection.execute(
        'SELECT * EXCLUDE (line_id) FROM numbered ORDER BY "row", start_date'
    ).df()
    if reading.files is None:
        left = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        assert {name for (name,) in left} == {"stored_lines", "customers", "facts"}
    return reading, lines


def read_text(tmp_path: Path, text: str, name: str = "ledger.csv", **options: Any):
    """Read a csv given as indented text."""
    path = tmp_path / name
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return read(path, **options)


def found(reading: Reading, rule: str) -> list[tuple[int | None, str, str]]:
    """Give row, column and value of the findings of a rule."""
    return [(f.row, f.column, f.value) for f in reading.findings if f.rule == rule]
