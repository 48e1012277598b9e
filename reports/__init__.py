"""What is read: figures, tables, board deck, workbook. Takes results, computes none."""

from . import figures as figures
from .deck import board_deck
from .files import LeftOut, Written
from .read_back import ReadBack, read_assumptions
from .tables import write_table
from .workbook import workbook

__all__ = [
    "LeftOut",
    "ReadBack",
    "Written",
    "board_deck",
    "read_assumptions",
    "workbook",
    "write_table",
]
