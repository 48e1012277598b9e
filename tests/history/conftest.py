"""What the tests of history share: a PostgreSQL server, started when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres_server import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own; `postgres.new_database("name")` gives an address."""
    with running_postgres() as server:
        yield server
