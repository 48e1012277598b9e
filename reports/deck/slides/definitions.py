"""Definitions and method: what the words on the slides mean."""

from __future__ import annotations

from ...meanings import meanings
from ..page import Deck
from ..parts import Cell, Column, add_table
from ..template import BODY, Box


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    title = (
        f"All figures follow one policy ({pack.ledger.policy.digest[:8]}) and one ledger "
        f"({pack.ledger.fingerprint().digest[:8]}), read as of {pack.as_of}"
    )
    slide = deck.add(title, ["The full definitions stand in the workbook, sheet Definitions."])
    rows = [[Cell(word, bold=True), Cell(meaning)] for word, meaning in meanings(pack)]
    box = Box(BODY.left, BODY.top - 0.1, BODY.width, BODY.height + 0.3)
    columns = [Column("Word", 1.0, "left"), Column("Meaning", 5.2, "left")]
    add_table(
        slide, box, columns, rows, description="Definitions.", wrap=2,
        sizes=(14.0, 13.0, 12.0, 11.0),
    )  # fmt: skip
