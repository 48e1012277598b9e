"""What is read: figures, tables, board deck, workbook. Takes results, computes none."""

from . import figures as figures
from .deck import board_deck
from .files import LeftOut, Written
from .tables import write_table
from .workbook import workbook

__all__ = ["LeftOut", "Written", "board_deck", "workbook", "write_table"]
