"""Engines: where the ledger's rows live and the SQL texts run."""

from .duck import DuckEngine
from .engine import Engine
from .texts import bound, sql_text

__all__ = ["DuckEngine", "Engine", "bound", "sql_text"]
