"""Engines: where the ledger's rows live and the SQL texts run."""

from .duck import DuckEngine, out_of_memory
from .engine import Engine, Kind
from .meeting import side_by_side
from .names import quoted, quoted_table
from .postgres import PostgresEngine
from .spark import SparkEngine
from .texts import bound, sql_text

__all__ = [
    "DuckEngine",
    "Engine",
    "Kind",
    "PostgresEngine",
    "SparkEngine",
    "bound",
    "out_of_memory",
    "quoted",
    "quoted_table",
    "side_by_side",
    "sql_text",
]
