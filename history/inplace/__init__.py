"""In place: the lines of a clean table, on the engine where it lives."""

from .layout import FIELDS
from .place import Placed, place_lines

__all__ = ["FIELDS", "Placed", "place_lines"]
