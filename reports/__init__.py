"""What is read: figures, tables, board deck, workbook. Takes results, computes none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import figures as figures
from .deck import board_deck
from .files import LeftOut, Written
from .memo import memo
from .overview import summary_page, web_report
from .raw import write_figures, write_tables
from .tables import write_table
from .workbook import workbook

if TYPE_CHECKING:
    from .read_back import ReadBack, read_assumptions

__all__ = [
    "LeftOut",
    "ReadBack",
    "Written",
    "board_deck",
    "memo",
    "read_assumptions",
    "summary_page",
    "web_report",
    "workbook",
    "write_figures",
    "write_table",
    "write_tables",
]


def __getattr__(name: str) -> object:
    """Load what needs the scenarios only when it is asked for."""
    if name in ("ReadBack", "read_assumptions"):
        from . import read_back

        return getattr(read_back, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
