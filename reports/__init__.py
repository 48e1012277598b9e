"""What is read: figures, tables, board deck, workbook. Takes results, computes none."""

from . import figures as figures
from .board_pack import board_pack
from .deck import board_deck
from .files import LeftOut, Written
from .memo import memo
from .overview import summary_page, web_report
from .raw import write_figures, write_tables
from .read_back import ReadBack, read_assumptions
from .tables import write_table
from .workbook import workbook

__all__ = [
    "LeftOut",
    "ReadBack",
    "Written",
    "board_deck",
    "board_pack",
    "memo",
    "read_assumptions",
    "summary_page",
    "web_report",
    "workbook",
    "write_figures",
    "write_table",
    "write_tables",
]
