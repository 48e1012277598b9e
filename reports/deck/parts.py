"""What stands on a slide: title, text, table, key, notes, footer; each fitted to its box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from .. import style
from ..format import plain
from . import xml
from .native import rgb, shapes_of
from .template import Box
from .text import LINE, fitted, lines, size_for, width

if TYPE_CHECKING:
    from pptx.slide import Slide

_PAD: Final = 0.08  # left and right in a cell, inches
_TABLE_SIZES: Final = (16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0)
_KEY_SIZES: Final = (13.0, 12.0, 11.0, 10.0, 9.0, 8.0)
_KEY_GAP: Final = 0.22
_FILLED: Final = ("TITLE", "CENTER_TITLE", "SUBTITLE")
Align = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    heading : str
    width : float
        Share of the table's width; the shares are scaled to add up to 1.
    align : {"left", "right", "center"}
    """

    heading: str
    width: float = 1.0
    align: Align = "right"


@dataclass(frozen=True)
class Cell:
    """One cell of a table's body: its text and, where it differs, its look."""

    text: str
    fill: str | None = None
    ink: str = style.INK
    bold: bool = False


def write_frame(
    slide: Any,
    title: str,
    box: Box,
    sizes: tuple[float, ...],
    *,
    notes: Sequence[str],
    footer: str | None,
) -> None:
    """Write a slide's title as large as its box allows, its notes and its footer."""
    from pptx.util import Pt

    size = size_for(title, box.width, box.height, sizes, bold=True)
    rows = max(1, int(box.height * 72 / size / LINE))
    slide.shapes.title.text = fitted(title, size, box.width, rows, bold=True)
    for paragraph in slide.shapes.title.text_frame.paragraphs:
        for run in paragraph.runs:
            run.font.size = Pt(size)
    for shape in list(slide.placeholders):
        if shape.placeholder_format.type.name not in _FILLED:
            xml.remove(shape)
    slide.notes_slide.notes_text_frame.text = "\n".join([plain(title), "", *map(plain, notes)])
    if footer is not None:
        text = fitted(footer, 10, 9.0)
        sizes = (10.0, 9.0, 8.0, 7.0)
        xml.add_footer(slide, text, lambda wide, high: size_for(text, wide, high, sizes))


def add_text(
    slide: Slide,
    box: Box,
    paragraphs: Sequence[str],
    *,
    size: float = 14.0,
    colour: str = style.INK,
    bold: bool = False,
    align: Align = "left",
) -> None:
    """Write paragraphs into a box; what would not fit is cut with an ellipsis."""
    from pptx.util import Pt

    frame = shapes_of(slide).add_textbox(*box.emu).text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    left = int(box.height * 72 / size / LINE + 1e-6)
    for place, text in enumerate(paragraphs):
        if left < 1:
            break
        shown = fitted(text, size, box.width * 0.99, left, bold=bold)
        left -= len(lines(shown, size, box.width * 0.99, bold=bold))
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = _alignment(align)
        run = paragraph.add_run()
        run.text = shown
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = rgb(colour)


def _alignment(align: Align) -> Any:
    from pptx.enum.text import PP_ALIGN

    return {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}[align]


def add_patch(slide: Slide, box: Box, colour: str) -> None:
    """Add a plain filled rectangle."""
    from pptx.enum.shapes import MSO_SHAPE

    patch = shapes_of(slide).add_shape(MSO_SHAPE.RECTANGLE, *box.emu)
    patch.fill.solid()
    patch.fill.fore_color.rgb = rgb(colour)
    patch.line.fill.background()
    xml.no_effects(patch)


def add_key(slide: Slide, box: Box, entries: Sequence[tuple[str, str]], size: float = 12.0) -> None:
    """Write a row of colour patches with their meaning, `size` points or as small as they fit."""
    size = _key_size([meaning for _, meaning in entries], box.width, size)
    room = box.width / len(entries) - 0.3 - _KEY_GAP
    left = box.left
    for colour, meaning in entries:
        shown = meaning if size > _KEY_SIZES[-1] else fitted(meaning, size, room)
        add_patch(slide, Box(left, box.top + 0.04, 0.22, 0.16), colour)
        wide = width(shown, size) * 1.03 + 0.05
        add_text(slide, Box(left + 0.3, box.top, wide, 0.26), [shown], size=size)
        left += 0.3 + wide + _KEY_GAP


def _key_size(meanings: Sequence[str], room: float, most: float) -> float:
    """Choose the largest size at which a key fits its box; at the smallest it is cut."""

    def needs(size: float) -> float:
        words = sum(width(meaning, size) * 1.03 + 0.05 for meaning in meanings)
        return words + len(meanings) * (0.3 + _KEY_GAP) - _KEY_GAP

    fits = (size for size in _KEY_SIZES if size <= most and needs(size) <= room)
    return next(fits, _KEY_SIZES[-1])


def add_table(
    slide: Slide,
    box: Box,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    description: str,
    sizes: tuple[float, ...] = _TABLE_SIZES,
    tallest: float = 0.44,
    wrap: int = 1,
) -> float:
    """Add a native table, as large as the box allows, and return its height in inches.

    Parameters
    ----------
    slide : Slide
    box : Box
    columns : sequence of Column
    rows : sequence of sequence of Cell
    description : str
        The alternative text.
    sizes : tuple of float
        Text sizes that may be chosen; the largest at which all rows fit.
    tallest : float
        No row is taller than this, inches (for one line).
    wrap : int
        Lines that a cell may take.
    """
    widths = _widths(columns, box.width)
    layout = _layout_table(box.height, columns, rows, widths, sizes, wrap)
    size, texts = layout.size, layout.texts
    spare = max(0.0, box.height - sum(layout.heights)) / len(layout.heights)
    heights = [height + min(spare, max(0.0, tallest - height)) for height in layout.heights]
    shape = shapes_of(slide).add_table(
        len(rows) + 1, len(columns), *Box(box.left, box.top, box.width, sum(heights)).emu
    )
    xml.describe(shape, description)
    table = shape.table
    xml.plain_table(table)
    table.horz_banding = False
    for place, inches in enumerate(widths):
        table.columns[place].width = round(inches * 914400)
    for place, inches in enumerate(heights):
        table.rows[place].height = round(inches * 914400)
    for i, column in enumerate(columns):
        heading = Cell(texts[0][i], ink=style.MUTED, bold=True)
        _fill_cell(table.cell(0, i), heading, size, column.align)
        xml.cell_line(table.cell(0, i), "B", style.MUTED, 1.25)
    for j, row in enumerate(rows, start=1):
        for i, cell in enumerate(row):
            shown = Cell(texts[j][i], cell.fill, cell.ink, cell.bold)
            _fill_cell(table.cell(j, i), shown, size, columns[i].align)
            xml.cell_line(table.cell(j, i), "B", style.GRID, 0.75)
    return sum(heights)


def rows_that_fit(
    height: float,
    width_: float,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    size: float,
    wrap: int = 1,
) -> int:
    """Count the first rows of a table that fit a height at one text size, heading included."""
    widths = _widths(columns, width_)
    room = height
    for place, used in enumerate(_at_size(size, columns, rows, widths, wrap).heights):
        room -= used
        if room < 0:
            return max(0, place - 1)
    return len(rows)


def _widths(columns: Sequence[Column], inches: float) -> list[float]:
    total = sum(column.width for column in columns)
    return [inches * column.width / total for column in columns]


@dataclass(frozen=True)
class _Layout:
    """A table at one text size: heights of its rows and what is written, heading first."""

    size: float
    heights: tuple[float, ...]
    texts: tuple[tuple[str, ...], ...]
    cuts_names: bool
    cuts_figures: bool


def _layout_table(
    height: float,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[float],
    sizes: tuple[float, ...],
    wrap: int,
) -> _Layout:
    """Take the largest size at which all rows fit and nothing is cut.

    Figures are cut never if it can be helped; names of any length are, rather than have the whole
    table in small print.
    """
    tried = [_at_size(size, columns, rows, widths, wrap) for size in sizes]
    fits = [layout for layout in tried if sum(layout.heights) <= height] or tried[-1:]
    clear = [layout for layout in fits if not layout.cuts_figures] or fits[-1:]
    whole = [layout for layout in clear if not layout.cuts_names]
    return (whole or clear)[0]


def _at_size(
    size: float,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[float],
    wrap: int,
) -> _Layout:
    texts, heights, cuts = [], [], set()
    for row in [[Cell(column.heading, bold=True) for column in columns], *rows]:
        deepest, shown = 1, []
        for column, cell, wide in zip(columns, row, widths, strict=True):
            room = (wide - 2 * _PAD) * 0.98
            text = fitted(cell.text, size, room, wrap, bold=cell.bold)
            if text != plain(cell.text) or _breaks(text, size, room, bold=cell.bold):
                cuts.add(column.align == "left")
            deepest = max(deepest, len(lines(text, size, room, bold=cell.bold)))
            shown.append(text)
        texts.append(tuple(shown))
        heights.append(deepest * size * LINE / 72 + 0.1)
    return _Layout(size, tuple(heights), tuple(texts), True in cuts, False in cuts)


def _breaks(text: str, size: float, room: float, *, bold: bool) -> bool:
    return any(width(word, size, bold=bold) > room for word in text.split(" "))


def _fill_cell(target: Any, cell: Cell, size: float, align: Align) -> None:
    from pptx.enum.text import MSO_ANCHOR
    from pptx.util import Inches, Pt

    target.margin_left = target.margin_right = Inches(_PAD)
    target.margin_top = target.margin_bottom = Inches(0.03)
    target.vertical_anchor = MSO_ANCHOR.MIDDLE
    if cell.fill is None:
        target.fill.background()
    else:
        target.fill.solid()
        target.fill.fore_color.rgb = rgb(cell.fill)
    paragraph = target.text_frame.paragraphs[0]
    paragraph.alignment = _alignment(align)
    run = paragraph.add_run()
    run.text = cell.text
    run.font.size, run.font.bold = Pt(size), cell.bold
    run.font.color.rgb = rgb(cell.ink)
