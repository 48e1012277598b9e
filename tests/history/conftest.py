"""What the tests of history share: a PostgreSQL server and a Spark session, where asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from postgres_server import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own; `postgres.new_database("name")` gives an address."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The one Spark session of the tests: it takes half a minute to start."""
    from engines_help import spark_session

    session = spark_session(tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()
