"""Tables and queries of SQL databases: read-only, in batches, the password never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import duckdb

from ..errors import InputError, unknown_name
from .problems import Problems
from .stored import BATCH, store_values
from .table import RawTable

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, CursorResult, Engine

__all__ = ["has_password", "is_address", "read_database"]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NAME = re.compile(r'(?:"((?:[^"]|"")+)"|([^".]+))')
_PASSWORD = re.compile(r"://[^/@?#]*?:(?P<first>[^/@?#]+)@|[?&]password=(?P<second>[^&]+)")
_CURSOR = "arrcast_lines"
_Batches = Iterator[Sequence[Sequence[object]]]
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
_NEEDED = "reading from a database needs SQLAlchemy and psycopg: pip install 'arrcast[sql]'"


def is_address(source: object) -> bool:
    """Say whether a source is the address of a database, or a variable that holds one.

    Examples
    --------
    >>> is_address("postgresql+psycopg://reader@db/billing"), is_address("${BILLING_URL}")
    (True, True)
    >>> is_address("billing.csv")
    False
    """
    text = source if isinstance(source, str) else ""
    return "://" in text or _VARIABLE.fullmatch(text.strip()) is not None


def has_password(address: str) -> bool:
    """Say whether a password stands in an address, in letters (`${VARIABLE}` is none).

    Examples
    --------
    >>> has_password("postgresql://me:secret@db/billing")
    True
    >>> has_password("postgresql://me:${DB_PASSWORD}@db/billing"), has_password("sqlite:///a.db")
    (False, False)
    """
    return any(
        not _VARIABLE.fullmatch(found["first"] or found["second"])
        for found in _PASSWORD.finditer(address)
    )


def read_database(
    address: str,
    connection: duckdb.DuckDBPyConnection,
    *,
    query: str | None,
    table: str | None,
    named: frozenset[str],
    problems: Problems,
) -> RawTable:
    """Bring a table, or what a query gives, into the raw table.

    The transaction is read-only where the database knows such a thing (PostgreSQL, MySQL,
    MariaDB, SQLite) and never committed anywhere. Rows come through a cursor of the server, some
    at a time; NUMERIC stays exact.

    Parameters
    ----------
    address
        As SQLAlchemy takes it: postgresql+psycopg://user@host/database. `${NAME}` is replaced by
        that variable of the environment. PostgreSQL's own PGPASSWORD and ~/.pgpass serve as well.
    connection
        The engine.
    query, table
        A SELECT, or the name of a table or view, with its schema if need be ("sales.lines").
    named
        Columns that the caller named in a mapping.
    problems
        Gets what is found.

    Raises
    ------
    InputError
        Neither or both of query and table are given, the database cannot be reached, or it
        refuses the query. No message holds the password.
    """
    if (query is None) == (table is None):
        raise InputError(
            "a database needs either a table or a query: --table schema.lines (table=...) or "
            '--query "SELECT ..." (query=...)'
        )
    url = _url(address)
    place = _place(url)
    engine = _engine(url, place)
    label = f"table {table} of {place}" if table is not None else f"the query to {place}"
    try:
        with _reading(engine, url, place) as reader:
            text = query if query is not None else _select(engine, reader, str(table))
            with _refused(url, label):
                names, batches = _ask(reader, text, label)
            with _refused(url, label):
                return store_values(
                    connection, names, batches, label=label, named=named, problems=problems
                )
    finally:
        engine.dispose()


def _ask(reader: Connection, query: str, label: str) -> tuple[list[str], _Batches]:
    """Run a query; give the names of its columns, and its rows some at a time."""
    query = query.strip().rstrip(";")
    if reader.dialect.name == "postgresql":
        reader.exec_driver_sql(f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR {query}")
        first = reader.exec_driver_sql(f"FETCH {BATCH} FROM {_CURSOR}")
        return _names(first), _fetched(reader, first.all())
    result = reader.exec_driver_sql(query)
    if not result.returns_rows:
        raise InputError(f"{label} gives no rows: write a SELECT")
    return _names(result), result.partitions(BATCH)


def _names(result: CursorResult[Any]) -> list[str]:
    return [str(name) for name in result.keys()]  # noqa: SIM118 - not a mapping


def _fetched(reader: Connection, rows: Sequence[Sequence[object]]) -> _Batches:
    while rows:
        yield rows
        rows = reader.exec_driver_sql(f"FETCH {BATCH} FROM {_CURSOR}").all()


def _url(address: str) -> URL:
    """Read an address, its variables replaced.

    Raises
    ------
    InputError
        A variable is not set, or this is no address; the address itself is never shown.
    """
    try:
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError
    except ModuleNotFoundError:
        raise InputError(_NEEDED) from None
    text = address.strip()
    whole = _VARIABLE.fullmatch(text)
    text = (
        _value(whole[1]) if whole else _VARIABLE.sub(lambda m: quote(_value(m[1]), safe=""), text)
    )
    scheme, _, rest = text.partition("://")
    try:
        return make_url(f"{_DRIVERS.get(scheme, scheme)}://{rest}")
    except (ArgumentError, ValueError):
        raise InputError(
            "the address of the database is not understood; write for example "
            "postgresql+psycopg://user@host/database or sqlite:///file.db (special signs of a "
            "password as %40 and so on)"
        ) from None


def _value(name: str) -> str:
    if name not in os.environ:
        raise InputError(f"the address names ${{{name}}}, which is not set in the environment")
    return os.environ[name]


def _place(url: URL) -> str:
    """Say which database it is, without user and password."""
    host = url.host or url.query.get("host", "")
    where = f" on {host}" if isinstance(host, str) and host and not host.startswith("/") else ""
    name = Path(url.database).name if url.database else ""
    return f"the {url.get_backend_name()} database {name}{where}".replace("  ", " ").strip()


def _engine(url: URL, place: str) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError
    from sqlalchemy.pool import NullPool

    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise InputError(f"{place}: the file {url.database} does not exist")
    arguments = {}
    if url.get_backend_name() == "postgresql":  # also for what follows a COMMIT in the query
        told = url.query.get("options", "")
        arguments["options"] = f"{told} -c default_transaction_read_only=on".strip()
    try:
        return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    except NoSuchModuleError:
        raise InputError(f"{place}: SQLAlchemy knows no such database or driver") from None
    except ModuleNotFoundError as error:
        how = _NEEDED if error.name == "psycopg" else f"install its driver {error.name}"
        raise InputError(f"{place}: {how}") from None


@contextmanager
def _reading(engine: Engine, url: URL, place: str) -> Iterator[Connection]:
    """Open a read-only transaction; it is rolled back at the end, whatever was done in it."""
    kind = url.get_backend_name()
    options: dict[str, Any] = {"no_parameters": True}
    if kind == "postgresql":
        options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    else:
        options |= {"stream_results": True}
    with _refused(url, f"{place} cannot be opened"):
        connection = engine.connect()
    try:
        connection = connection.execution_options(**options)
        with _refused(url, f"{place} cannot be opened"):
            if kind == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
            elif kind in {"mysql", "mariadb"}:
                connection.exec_driver_sql("START TRANSACTION READ ONLY")
        yield connection
    finally:
        connection.rollback()
        connection.close()


@contextmanager
def _refused(url: URL, what: str) -> Iterator[None]:
    """Turn what the database says into an error without its address and password."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error)
    else:
        return
    raise InputError(f"{what}: {_without_password(said, url)}") from None


def _without_password(text: str, url: URL) -> str:
    secrets = [str(url.password or ""), str(url.query.get("password", ""))]
    for secret in secrets:
        for form in (secret, quote(secret, safe="")):
            if form:
                text = text.replace(form, "***")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "no reason given"


def _select(engine: Engine, reader: Connection, table: str) -> str:
    """Write the query of a whole table.

    Raises
    ------
    InputError
        The database has no such table or view.
    """
    from sqlalchemy import inspect

    parts = [found[1].replace('""', '"') if found[1] else found[2] for found in _parts(table)]
    if not parts or len(parts) > 2:
        raise InputError(f"table {table!r}: write it as lines or as schema.lines")
    schema, name = (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])
    inspector = inspect(reader)
    schemas = inspector.get_schema_names()
    if schema is not None and schema not in schemas:
        raise unknown_name("schema", schema, schemas)
    known = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    known += _materialized(inspector, schema)
    if name not in known:
        raise unknown_name("table", name, sorted(known))
    quoted = [engine.dialect.identifier_preparer.quote(part) for part in parts]
    return f"SELECT * FROM {'.'.join(quoted)}"


def _parts(table: str) -> list[re.Match[str]]:
    """Cut a name at its points, those between quotes apart."""
    found = list(_NAME.finditer(table.strip()))
    return found if ".".join(match[0] for match in found) == table.strip() else []


def _materialized(inspector: Any, schema: str | None) -> list[str]:
    try:
        return list(inspector.get_materialized_view_names(schema))
    except NotImplementedError:
        return []
