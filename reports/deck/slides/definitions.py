"""Definitions and method: what the words on the slides mean."""

from __future__ import annotations

from history.language import say

from ...format import month
from ...meanings import meanings
from ..page import Deck
from ..parts import Cell, Column, add_table
from ..template import BODY, Box


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    title = say(
        "All figures follow one policy and one ledger, read as of {month}", month=month(pack.as_of)
    )
    slide = deck.add(title, [say("The full definitions stand in the workbook, sheet Definitions.")])
    rows = [[Cell(word, bold=True), Cell(meaning)] for word, meaning in meanings(pack)]
    box = Box(BODY.left, BODY.top - 0.1, BODY.width, BODY.height + 0.3)
    columns = [Column(say("Word"), 1.0, "left"), Column(say("Meaning"), 5.2, "left")]
    add_table(
        slide, box, columns, rows, description=say("Definitions."), wrap=2,
        sizes=(14.0, 13.0, 12.0, 11.0),
    )  # fmt: skip
