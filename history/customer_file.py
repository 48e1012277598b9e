"""Files with a customer in each row, whatever else stands there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from .errors import InputError
from .own_folder import OwnFolder
from .reading.mapping import Vocabulary, guess_mapping
from .reading.problems import Problems
from .reading.source import open_source
from .reading.synonyms import SYNONYMS
from .reading.table import RawTable

__all__ = ["opened_customers"]

_VOCABULARY = Vocabulary(("customer_id",), {"customer_id": SYNONYMS["customer_id"]}, {})


@contextmanager
def opened_customers(
    source: str | Path | pd.DataFrame, encoding: str | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, RawTable, str]]:
    """Open a file or frame and find the column that names the customer.

    Yields
    ------
    tuple
        The connection, the table in it, and the name of the column.

    Raises
    ------
    InputError
        It cannot be read, or no column names the customer.
    """
    folder, problems = OwnFolder(), Problems()
    with duckdb.connect() as connection:
        table = open_source(
            source,
            connection,
            folder=folder.path,
            encoding=encoding,
            sheet=None,
            named=frozenset(),
            problems=problems,
        )
        problems.raise_refused()
        found = guess_mapping(table, connection, {}, problems, _VOCABULARY)
        if "customer_id" not in found:
            raise InputError(
                f"{table.label}: no column names the customer; call it customer_id. "
                f"The columns are {', '.join(table.headers)}"
            )
        yield connection, table, found["customer_id"]
    folder.remove()
