"""An empty 16:9 deck: python-pptx's own template with our sizes, fonts, colours and two layouts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .. import style
from . import xml

if TYPE_CHECKING:
    from pptx.presentation import Presentation

WIDTH: Final = 13.333
HEIGHT: Final = 7.5
MARGIN: Final = 0.6
TITLE_SIZES: Final = (28.0, 26.0, 24.0, 22.0)
_KEPT: Final = ("Title Slide", "Title Only")


@dataclass(frozen=True)
class Box:
    """A place on a slide, in inches from its upper left corner."""

    left: float
    top: float
    width: float
    height: float

    @property
    def emu(self) -> tuple[int, int, int, int]:
        """Left, top, width and height in PowerPoint's units (914,400 an inch)."""
        return (
            round(self.left * 914400),
            round(self.top * 914400),
            round(self.width * 914400),
            round(self.height * 914400),
        )

    def split(self, share: float, gap: float = 0.3) -> tuple[Box, Box]:
        """Cut into a left part, with this share of the width, and a right part."""
        left = (self.width - gap) * share
        rest = self.width - gap - left
        return (
            Box(self.left, self.top, left, self.height),
            Box(self.left + left + gap, self.top, rest, self.height),
        )

    def below(self, inches: float) -> Box:
        """Leave off so much at the top."""
        return Box(self.left, self.top + inches, self.width, self.height - inches)


TITLE: Final = Box(MARGIN, 0.35, WIDTH - 2 * MARGIN, 0.98)
BODY: Final = Box(MARGIN, 1.5, WIDTH - 2 * MARGIN, 5.35)
FOOTER: Final = Box(MARGIN, 7.0, 9.0, 0.3)
NUMBER: Final = Box(WIDTH - MARGIN - 1.5, 7.0, 1.5, 0.3)
COVER_TITLE: Final = Box(MARGIN + 0.3, 2.15, WIDTH - 2 * MARGIN - 0.6, 1.9)
COVER_TEXT: Final = Box(MARGIN + 0.3, 4.25, WIDTH - 2 * MARGIN - 0.6, 1.4)


def empty_deck() -> Presentation:
    """Make a presentation without slides, 16:9, with the layouts `Title Slide` and `Title Only`."""
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    xml.set_theme(deck.slide_master, _accents())
    for layout in list(deck.slide_layouts):
        if layout.name not in _KEPT:
            deck.slide_layouts.remove(layout)
    for holder in (deck.slide_master, *deck.slide_layouts):
        for shape in list(holder.placeholders):
            _place(shape, cover=holder.name == "Title Slide")
    return deck


def _accents() -> tuple[str, ...]:
    return tuple(
        style.OKABE_ITO[name] for name in ("blue", "green", "vermillion", "purple", "sky", "orange")
    )


def _place(shape: Any, *, cover: bool) -> None:
    from pptx.util import Pt

    kind = shape.placeholder_format.type.name
    box = {
        "TITLE": TITLE,
        "CENTER_TITLE": COVER_TITLE,
        "SUBTITLE": COVER_TEXT,
        "BODY": BODY,
        "FOOTER": FOOTER,
        "SLIDE_NUMBER": NUMBER,
    }.get(kind)
    if box is None or (cover and kind in ("FOOTER", "SLIDE_NUMBER")):
        xml.remove(shape)
        return
    shape.left, shape.top, shape.width, shape.height = box.emu
    frame = shape.text_frame
    if kind in ("TITLE", "CENTER_TITLE", "SUBTITLE"):
        xml.text_style(shape, size=TITLE_SIZES[0] if kind != "SUBTITLE" else 18.0,
                       colour=style.INK, bold=kind != "SUBTITLE",
                       anchor="b" if kind == "CENTER_TITLE" else "t", align="l")  # fmt: skip
    elif kind in ("FOOTER", "SLIDE_NUMBER"):
        align = "l" if kind == "FOOTER" else "r"
        xml.text_style(shape, size=10.0, colour=style.MUTED, bold=False, anchor="ctr", align=align)
    frame.margin_left = frame.margin_right = Pt(0)
