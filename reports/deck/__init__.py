"""The board deck (pptx)."""

from .board import board_deck

__all__ = ["board_deck"]
