"""The deck that is being written: adds slides with the pack's footer and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import style
from ..pack import Pack
from . import xml
from .parts import add_slide, add_text
from .template import BODY, Box

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

REMARK = Box(BODY.left, BODY.top + BODY.height - 0.05, BODY.width, 0.4)


@dataclass(frozen=True)
class Deck:
    """A presentation and the results it is made from.

    Attributes
    ----------
    presentation : Presentation
    pack : Pack
    key : str
        The name under which the slide being drawn is known.
    """

    presentation: Presentation
    pack: Pack
    key: str = ""

    def add(self, title: str, notes: Sequence[str], *, cover: bool = False) -> Slide:
        """Add a slide: its conclusion as the title, its sources in the notes."""
        slide = add_slide(
            self.presentation,
            title,
            notes=[*notes, *self.pack.provenance()],
            footer=self.pack.footer,
            cover=cover,
        )
        xml.name_slide(slide, self.key)
        return slide


def remark(slide: Slide, text: str) -> None:
    """Write the line at the foot of a slide's body that says what the reader must know."""
    add_text(slide, REMARK, [text], size=12, colour=style.MUTED)
