"""The company's own template: its layouts, where a slide's body lies, and its colours."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from history.errors import InputError
from history.language import say

from . import xml
from .palette import palette
from .template import BODY, COVER_TITLE, TITLE, TITLE_SIZES, Box

if TYPE_CHECKING:
    from pptx.presentation import Presentation

_INCH: Final = 914400
_TEMPLATE: Final = b"presentationml.template.main+xml"
_DECK: Final = b"presentationml.presentation.main+xml"
_SHRINK: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
_STRETCH: Final = 1.25  # how much more than the other a side may be drawn out
_NARROW: Final = ("Arial", "Helvetica", "Calibri", "Aptos", "Times New Roman", "Segoe UI", "Roboto",
                  "Open Sans Condensed", "Carlito", "Liberation Sans", "Arial Narrow")  # fmt: skip
_SMALLER: Final = 0.88  # of fonts that may be wider than Arial, in which texts are measured


@dataclass(frozen=True)
class Look:
    """What a deck's slides are made on.

    Attributes
    ----------
    cover, content : slide layout
    titles : (cover, content)
        Where their titles stand, inches.
    sizes : (cover, content)
        Sizes of the titles, points, the usual one first.
    fit : xml.Fit, optional
        Where the body of a slide goes; None on arrcast's own template.
    said : tuple of str
        What of the template was not used, and why.
    """

    cover: Any
    content: Any
    titles: tuple[Box, Box]
    sizes: tuple[tuple[float, ...], tuple[float, ...]]
    fit: xml.Fit | None = None
    said: tuple[str, ...] = ()


def own_look(deck: Presentation) -> Look:
    """Give the look of arrcast's own template."""
    layouts: Any = deck.slide_layouts
    title = Box(COVER_TITLE.left, COVER_TITLE.top, TITLE.width - 0.6, COVER_TITLE.height)
    return Look(
        layouts.get_by_name("Title Slide"), layouts.get_by_name("Title Only"),
        (title, TITLE), ((36.0, 32.0, 28.0), TITLE_SIZES),
    )  # fmt: skip


def look_of(deck: Presentation) -> Look:
    """Find in a deck what slides are made on: arrcast's own template, or the company's."""
    titles = [shape for shape in deck.slide_master.placeholders if _kind(shape) == "TITLE"]
    if titles and _box(titles[0]).emu == TITLE.emu:
        return own_look(deck)
    return company_look(deck)


def open_template(path: Path) -> tuple[Presentation, int]:
    """Read a pptx or potx; give it without its slides, and how many those were.

    Raises
    ------
    InputError
        It is missing or no presentation.
    """
    deck = open_deck(path)
    listed: Any = deck.slides._sldIdLst  # noqa: SLF001 - python-pptx takes no slide out
    slides = list(listed)
    for item in slides:
        deck.part.drop_rel(item.rId)
        listed.remove(item)
    return deck, len(slides)


def open_deck(path: Path) -> Presentation:
    """Read a pptx or potx.

    Raises
    ------
    InputError
        It is missing or no presentation.
    """
    import pptx

    if not path.is_file():
        raise InputError(f"{path}: not found; name a PowerPoint file (pptx or potx)")
    try:
        stream = io.BytesIO()
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(stream, "w") as new:
            for name in old.namelist():
                held = old.read(name)
                if name == "[Content_Types].xml":
                    held = held.replace(_TEMPLATE, _DECK)
                new.writestr(name, held, zipfile.ZIP_DEFLATED)
        return pptx.Presentation(stream)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a PowerPoint file: {error}") from None


def company_look(deck: Presentation) -> Look:
    """Find the layouts, the place of the body and the colours of a company's template.

    Raises
    ------
    InputError
        No layout has a title.
    """
    master: Any = deck.slide_master
    every: Any = deck.slide_layouts
    layouts = [layout for layout in every if any(_is_title(s) for s in layout.placeholders)]
    if not layouts:
        raise InputError("the template has no layout with a title: every slide needs one")
    content = min(layouts, key=_others)
    covers = [one for one in layouts if "CENTER_TITLE" in map(_kind, one.placeholders)]
    covers = covers or [one for one in layouts if "SUBTITLE" in map(_kind, one.placeholders)]
    cover = covers[0] if covers else content
    said = []
    if not covers:
        said.append(
            say("no title slide: the cover is made on the layout '{layout}'", layout=content.name)
        )
    if _others(content):
        said.append(
            say(
                "no layout with a title alone: '{layout}' is used, its boxes left out",
                layout=content.name,
            )
        )
    if not any(_kind(shape) == "FOOTER" for shape in content.placeholders):
        said.append(
            say(
                "the layout '{layout}' has no footer: as-of and currency are on the cover and in "
                "the notes",
                layout=content.name,
            )
        )
    titles = [next(s for s in one.placeholders if _is_title(s)) for one in (cover, content)]
    sizes = [tuple(round(xml.title_size(title, master) * share, 1) for share in _SHRINK)
             for title in titles]  # fmt: skip
    area = _area(deck, content, _box(titles[1]))
    across, down = area.width / BODY.width, area.height / BODY.height
    scale = min(across, down)
    across, down = min(across, _STRETCH * scale), min(down, _STRETCH * scale)
    letters = scale if xml.body_font(master) in _NARROW else _SMALLER * scale
    colours, reason = palette(content)
    said += [reason] if reason else []
    places = [_inner(_box(title)) for title in titles]
    return Look(
        cover, content, (places[0], places[1]), (sizes[0], sizes[1]),
        xml.Fit(letters, across, down, BODY.left, BODY.top, area.left, area.top, colours),
        tuple(said),
    )  # fmt: skip


def _kind(shape: Any) -> str:
    kind = shape.placeholder_format.type
    return "" if kind is None else str(kind.name)


def _is_title(shape: Any) -> bool:
    return _kind(shape) in ("TITLE", "CENTER_TITLE")


def _others(layout: Any) -> int:
    """Count the boxes of a layout that arrcast does not fill; a cover's layout comes last."""
    filled = ("TITLE", "DATE", "FOOTER", "SLIDE_NUMBER")
    kinds = [_kind(shape) for shape in layout.placeholders]
    return sum(kind not in filled for kind in kinds) + 100 * ("CENTER_TITLE" in kinds)


def _box(shape: Any) -> Box:
    return Box(
        *((side or 0) / _INCH for side in (shape.left, shape.top, shape.width, shape.height))
    )


def _inner(box: Box) -> Box:
    """Leave the usual margins of a text box."""
    return Box(box.left + 0.1, box.top + 0.05, box.width - 0.2, box.height - 0.1)


def _area(deck: Presentation, layout: Any, title: Box) -> Box:
    """Find the room for a slide's body: below the title, above the footer, as wide as the body."""
    high = float(deck.slide_height or 0) / _INCH
    body = next((_box(s) for s in deck.slide_master.placeholders if _kind(s) == "BODY"), None)
    wide = body or title
    feet = [
        _box(shape).top
        for shape in layout.placeholders
        if _kind(shape) in ("FOOTER", "SLIDE_NUMBER", "DATE")
    ]
    bottom = min([high - 0.3, *(top for top in feet if top > high / 2)])
    top = title.top + title.height + 0.13
    if top > high / 2 and body is not None:  # the title stands at the side or below
        top, bottom = body.top, min(bottom, body.top + body.height)
    return Box(wide.left, top, wide.width, bottom - top - 0.05)
