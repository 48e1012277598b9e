"""A meeting: rows of several engines side by side in one, to be compared there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from .duck import DuckEngine
from .engine import Engine

__all__ = ["side_by_side"]


@contextmanager
def side_by_side(rows: Mapping[str, tuple[Engine, str]]) -> Iterator[DuckEngine]:
    """Give an engine in which the rows of queries on other engines stand under these names.

    Embedded engines write them to files of a temporary folder, so that neither Python nor the
    memory holds them; from others they come as frames.

    Examples
    --------
    >>> one, other = DuckEngine(), DuckEngine()
    >>> with side_by_side({"a": (one, "SELECT 1 AS x"), "b": (other, "SELECT 2 AS x")}) as both:
    ...     both.frame("SELECT a.x + b.x AS x FROM a, b")["x"].tolist()
    [3]
    """
    with TemporaryDirectory(prefix="arrcast-") as folder, duckdb.connect(":memory:") as connection:
        connection.execute(f"SET temp_directory = {_literal(folder)}")
        for name, (engine, text) in rows.items():
            if isinstance(engine, DuckEngine):
                file = _literal(str(Path(folder) / f"{name}.parquet"))
                engine.connection.execute(f"COPY ({text}) TO {file} (FORMAT parquet)")
                connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({file})")
            else:
                connection.register(name, engine.frame(text))
        yield DuckEngine(connection)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
