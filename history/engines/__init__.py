"""Engines: where the ledger's rows live and the SQL texts run."""

from .duck import DuckEngine
from .engine import Engine
from .meeting import side_by_side
from .texts import bound, sql_text

__all__ = ["DuckEngine", "Engine", "bound", "side_by_side", "sql_text"]
