"""Readers: billing histories from files and frames into one table of clean lines."""

from .currencies import convert_lines, rates_of_lines
from .mapping import ColumnMapping
from .reader import Reading, read_lines

__all__ = ["ColumnMapping", "Reading", "convert_lines", "rates_of_lines", "read_lines"]
