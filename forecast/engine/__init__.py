"""The engine: one loop over months, for many paths and segments at once."""

from .engine import Engine, simulate
from .paths import CLOSINGS, COUNTS, FLOWS, Paths

__all__ = ["CLOSINGS", "COUNTS", "FLOWS", "Engine", "Paths", "simulate"]
