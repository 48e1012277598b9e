"""Readers: billing histories from files and frames into one table of clean lines."""

from .mapping import ColumnMapping
from .reader import Reading, read_lines

__all__ = ["ColumnMapping", "Reading", "read_lines"]
