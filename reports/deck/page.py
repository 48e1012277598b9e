"""The deck that is being written: adds slides with the pack's footer and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import style
from ..pack import Pack
from . import xml
from .parts import add_text, write_frame
from .template import BODY, Box
from .text import size_for

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

    from .company import Look

REMARK = Box(BODY.left, BODY.top + BODY.height - 0.05, BODY.width, 0.22)


@dataclass(frozen=True)
class Deck:
    """A presentation and the results it is made from.

    Attributes
    ----------
    presentation : Presentation
    pack : Pack
    look : Look
        The layouts and where things stand on them.
    standing : dict of str to Slide
        Slides of an earlier run, which are made anew where they stand.
    key : str
        The name under which the slide being drawn is known.
    """

    presentation: Presentation
    pack: Pack
    look: Look
    standing: dict[str, Slide] = field(default_factory=dict)
    key: str = ""

    def add(self, title: str, notes: Sequence[str], *, cover: bool = False) -> Slide:
        """Add a slide: its conclusion as the title, its sources in the notes."""
        slides: Any = self.presentation.slides
        slide: Any = self.standing.get(self.key)
        if slide is None:
            slide = slides.add_slide(self.look.cover if cover else self.look.content)
        else:
            xml.clear(slide)
        place = 0 if cover else 1
        write_frame(
            slide,
            title,
            self.look.titles[place],
            self.look.sizes[place],
            notes=[*notes, *self.pack.provenance()],
            footer=None if cover else self.pack.footer,
        )
        xml.name_slide(slide, self.key)
        made: Slide = slide
        return made


def remark(slide: Slide, text: str) -> None:
    """Write the line at the foot of a slide's body that says what the reader must know."""
    size = size_for(text, REMARK.width, REMARK.height, (12.0, 11.0, 10.0, 9.0))
    add_text(slide, REMARK, [text], size=size, colour=style.MUTED)
