"""PostgreSQL as an engine: a ledger in temporary tables of one session."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import InputError
from .engine import Kind
from .names import quoted
from .renaming import RenamingEngine
from .rows import frame_of

if TYPE_CHECKING:
    import psycopg

__all__ = ["PostgresEngine"]

_TYPES: Mapping[int, tuple[Kind, str]] = {
    16: ("boolean", "bool"),
    20: ("integer", "int64"),
    21: ("integer", "int16"),
    23: ("integer", "int32"),
    25: ("text", "text"),
    700: ("float", "float32"),
    701: ("float", "float64"),
    1042: ("text", "text"),
    1043: ("text", "text"),
    1082: ("date", "date"),
    1114: ("timestamp", "date"),
    1184: ("zoned", "object"),
    1700: ("decimal", "decimal"),
}
"""PostgreSQL's number of a type -> what it holds, and its type in a frame."""

_IDLE = 0
"""The state of a connection that is in no transaction."""

_SETTINGS: Mapping[str, str] = {
    "DateStyle": "ISO, YMD",
    "extra_float_digits": "1",
    # Temporary tables have no index: a nested loop is only ever chosen by a wrong estimate.
    "enable_nestloop": "off",
    # Where one cannot be avoided, that makes the query look dear enough to be compiled first.
    "jit": "off",
}
"""What holds during each of our statements."""

_OWN = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in _SETTINGS.items())
_KNOWN = ", ".join(f"current_setting('{name}')" for name in _SETTINGS)
_BACK = ", ".join(f"set_config('{name}', %s, true)" for name in _SETTINGS)


class PostgresEngine(RenamingEngine):
    """Computes ledgers inside a PostgreSQL server.

    The rights that it needs are to read the user's table and to make temporary tables
    (``TEMP`` on the database). Each statement is a transaction of its own (a savepoint where the
    connection is in one), so a failed one leaves nothing behind; temporary tables are dropped
    when their ledger is forgotten, at the latest when the session ends.

    Parameters
    ----------
    connection
        An open psycopg connection, or an address such as "postgresql://user@host/database". The
        password is better left to the environment (PGPASSWORD) or to ``~/.pgpass``.

    Raises
    ------
    InputError
        psycopg is not installed, or the server does not answer.
    """

    def __init__(self, connection: psycopg.Connection[Any] | str) -> None:
        opened = _opened(connection) if isinstance(connection, str) else connection
        session = _PostgresSession(opened)
        if isinstance(connection, str):
            weakref.finalize(session, opened.close)
        super().__init__(session)


class _PostgresSession:
    """Each statement in a transaction of its own, or in a savepoint."""

    dialect = "postgres"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @contextmanager
    def _statement(self) -> Iterator[psycopg.Cursor[Any]]:
        """Open a transaction or savepoint, and leave the user's settings in it as they were."""
        inside = self._connection.info.transaction_status != _IDLE
        with self._connection.transaction(), self._connection.cursor() as cursor:
            before = cursor.execute(f"SELECT {_KNOWN}".encode()).fetchone() if inside else None
            cursor.execute(f"SELECT {_OWN}".encode())
            yield cursor
            if before is not None:
                cursor.execute(f"SELECT {_BACK}".encode(), before)

    def columns(self, query: str, table: str) -> Mapping[str, Kind]:
        import psycopg

        try:
            found = self._described(f"{query} LIMIT 0")
        except psycopg.errors.Error as error:
            raise InputError(f"table {table} cannot be read: {_first_line(error)}") from None
        return {name: _TYPES.get(type_, ("other", ""))[0] for name, type_ in found}

    def _described(self, query: str) -> list[tuple[str, int]]:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(query.encode())
            return [(column.name, column.type_code) for column in cursor.description or ()]

    def create(self, name: str, query: str, *, numbered: bool) -> None:
        if numbered:
            described = self._described(f"{query} LIMIT 0")
            order = ", ".join(f"ordered.{quoted(name)} NULLS FIRST" for name, _ in described)
            query = (
                f"SELECT ROW_NUMBER() OVER (ORDER BY {order}) AS line_id, ordered.* "
                f"FROM ({query}) AS ordered"
            )
        with self._statement() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {name} AS {query}; ANALYZE {name}".encode())

    def frame(self, query: str) -> pd.DataFrame:
        with self._statement() as cursor:
            cursor.execute(query.encode())
            described = cursor.description or []
            rows = cursor.fetchall()
        dtypes = [_TYPES.get(column.type_code, ("other", "text"))[1] for column in described]
        return frame_of([column.name for column in described], dtypes, rows)

    def drop(self, name: str) -> None:
        with self._connection.transaction():
            self._connection.execute(f"DROP TABLE IF EXISTS pg_temp.{name}".encode())


def _opened(address: str) -> psycopg.Connection[Any]:
    try:
        import psycopg
    except ImportError:
        raise InputError(
            "PostgreSQL needs psycopg and sqlglot: pip install 'arrcast[sql]'"
        ) from None
    try:
        return psycopg.connect(
            address.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True
        )
    except psycopg.Error as error:
        raise InputError(f"PostgreSQL does not answer: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
