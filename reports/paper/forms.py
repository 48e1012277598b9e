"""A document as Markdown, Word (docx) or one page of HTML that needs no network."""

from __future__ import annotations

import html
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from history.language import language

from .. import style
from ..files import free_path, whole_file
from ..format import plain
from .document import Block, Document, Figure, Heading, Table, Text

ENDINGS: Final = (".md", ".docx", ".html")
_PAPER: Final = 6.7  # inches between the margins
_LETTER, _PADDING, _LONGEST_WORD = 0.066, 0.17, 26  # inches at 8 points; letters
_SPELLED: Final = {"en": "en-GB", "fr": "fr-FR"}
"""The language in which Word checks the spelling."""


def write(document: Document, path: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Write a document in the form of the path's ending.

    Parameters
    ----------
    document : Document
    path : path
        Ending in ``.md`` (figures are left out), ``.docx`` or ``.html``.
    force : bool
        Replace an existing file.

    Raises
    ------
    OverwriteError
        The file exists and `force` is off.
    InputError
        Another ending, or the folder is missing.
    """
    target = free_path(path, ENDINGS, force=force)
    with whole_file(target) as temporary:
        if target.suffix == ".docx":
            _word(document, temporary)
        else:
            text = markdown(document) if target.suffix == ".md" else page(document)
            temporary.write_text(text, encoding="utf-8", newline="\n")
    return target


def markdown(document: Document) -> str:
    """Give a document as Markdown (GitHub's tables), without its figures."""
    parts = [f"# {_mark(document.title)}", _mark(document.subtitle)]
    before: Block | None = None
    for block in document.blocks:
        text = _markdown(block)
        if isinstance(block, Text) and block.point and isinstance(before, Text) and before.point:
            parts[-1] += f"\n{text}"
        elif text:
            parts.append(text)
        before = block
    return "\n\n".join(parts) + "\n"


def _markdown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * (block.level + 1)} {_mark(block.text)}"
    if isinstance(block, Text):
        return f"- {_mark(block.text)}" if block.point else _mark(block.text)
    if isinstance(block, Figure):
        return ""
    line = ["---" if block.flush_left(i) else "---:" for i in range(len(block.heads))]
    rows = [[_mark(cell) for cell in row] for row in (block.heads, *block.rows)]
    table = [f"| {' | '.join(row)} |" for row in (rows[0], line, *rows[1:])]
    return "\n".join(table) + (f"\n\n{_mark(block.note)}" if block.note else "")


_MARKS: Final = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>|#"})


def _mark(text: str) -> str:
    """Make a text that Markdown shows as it is."""
    return plain(text).translate(_MARKS)


def page(document: Document) -> str:
    """Give a document as one page of HTML: styles and figures are in it, nothing is loaded."""
    body = "\n".join(_element(block) for block in document.blocks)
    title, subtitle = html.escape(plain(document.title)), html.escape(plain(document.subtitle))
    return (
        f'<!doctype html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{title}</h1>\n<p class="sub">{subtitle}</p>\n{body}\n</main>\n</body>\n</html>\n'
    )


def _element(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level + 1}>{html.escape(plain(block.text))}</h{block.level + 1}>"
    if isinstance(block, Text):
        text = html.escape(plain(block.text))
        return f'<p class="point">{text}</p>' if block.point else f"<p>{text}</p>"
    if isinstance(block, Figure):
        return (
            f'<figure role="img" aria-label="{html.escape(block.describe)}">{_svg(block)}</figure>'
        )
    return "".join(_table_element(block))


def _table_element(table: Table) -> Iterator[str]:
    yield '<div class="wide"><table>\n'
    for tag, rows in (("th", [table.heads]), ("td", table.rows)):
        for row in rows:
            sides = [" class=left" if table.flush_left(i) else "" for i in range(len(row))]
            texts = [html.escape(plain(cell)) for cell in row]
            cells = [
                f"<{tag}{side}>{text}</{tag}>" for side, text in zip(sides, texts, strict=True)
            ]
            yield f"<tr>{''.join(cells)}</tr>\n"
    yield "</table></div>\n"
    if table.note:
        yield f'<p class="sub">{html.escape(plain(table.note))}</p>'


_CSS: Final = f"""
body {{ margin: 0; color: {style.INK}; font: 16px/1.5 Arial, Helvetica, sans-serif; }}
main {{ max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }}
h1 {{ font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; }}
h2 {{ font-size: 1.25rem; margin: 2.2rem 0 .5rem; }}
h3 {{ font-size: 1.05rem; margin: 1.4rem 0 .4rem; }}
p {{ margin: .4rem 0; max-width: 46rem; }}
.sub {{ color: {style.MUTED}; font-size: .85rem; }}
.point {{ padding-left: 1.1em; text-indent: -1.1em; }}
.point::before {{ content: "\\2022"; display: inline-block; width: 1.1em; text-indent: 0; }}
.wide {{ overflow-x: auto; margin: .8rem 0; }}
table {{ border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .3rem .7rem; text-align: right; vertical-align: top;
  border-bottom: 1px solid {style.GRID}; }}
th {{ border-bottom: 1px solid {style.MUTED}; vertical-align: bottom; }}
.left {{ text-align: left; }}
figure {{ margin: 1rem 0; }} figure svg {{ width: 100%; height: auto; }}
@media print {{ main {{ padding: 0; max-width: none; }} h2 {{ break-after: avoid; }}
  figure, tr {{ break-inside: avoid; }} }}
"""


def _svg(figure: Figure) -> str:
    text = figure.svg.decode("utf-8")
    return text[text.index("<svg") :]


def _word(document: Document, path: Path) -> None:
    from docx import Document as Word
    from docx.shared import Inches, Pt, RGBColor

    word = Word()
    normal = word.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(10)
    for name in ("Title", "Heading 1", "Heading 2"):
        found = word.styles[name].font
        _own_font(word.styles[name].element)
        found.name, found.color.rgb = "Arial", RGBColor.from_string(style.INK.lstrip("#"))
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(word.sections[0], side, Inches(0.8))
    word.sections[0].page_width, word.sections[0].page_height = Inches(8.27), Inches(11.69)
    word.core_properties.title = plain(document.title)
    word.core_properties.author = "arrcast"
    word.core_properties.language = _SPELLED[language()]
    _speak(word, _SPELLED[language()])
    _foot(word.sections[0].footer, plain(document.subtitle))
    word.add_heading(plain(document.title), 0)
    word.add_paragraph(plain(document.subtitle))
    for block in document.blocks:
        _into(word, block)
    word.save(str(path))


def _own_font(found: Any) -> None:
    """Leave the font of the template's theme, which would go before the one that is named."""
    from docx.oxml.ns import qn

    for fonts in found.iter(qn("w:rFonts")):
        for name in [name for name in fonts.attrib if name.endswith("Theme")]:
            del fonts.attrib[name]


def _foot(footer: Any, text: str) -> None:
    """Put the line of every page and its number at the foot."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    run = footer.paragraphs[0].add_run(f"{text}  |  ")
    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), "PAGE")
    run.font.size = Pt(8)
    footer.paragraphs[0]._p.append(number)  # noqa: SLF001


def _speak(word: Any, spelled: str) -> None:
    """Set the language of all texts; the template is in American English."""
    from docx.oxml.ns import qn

    for found in word.styles.element.iter(qn("w:lang")):
        found.set(qn("w:val"), spelled)


def _into(word: Any, block: Block) -> None:
    from docx.shared import Inches

    if isinstance(block, Heading):
        word.add_heading(plain(block.text), block.level)
    elif isinstance(block, Text):
        word.add_paragraph(plain(block.text), style="List Bullet" if block.point else None)
    elif isinstance(block, Figure):
        from ..figures.canvas import saved

        word.add_picture(io.BytesIO(saved(block.drawn, "png")), width=Inches(6.0))
    else:
        _word_table(word, block)


def _word_table(word: Any, table: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Inches, Pt

    made = word.add_table(rows=0, cols=len(table.heads))
    made.autofit = False
    _rule(made)
    widths = _widths(table)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Inches(width)
    for number, row in enumerate((table.heads, *table.rows)):
        line = made.add_row()
        _whole(line, head=number == 0)
        for column, (cell, text) in enumerate(zip(line.cells, row, strict=True)):
            cell.width = Inches(widths[column])
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(plain(text))
            run.font.size, run.bold = Pt(8), number == 0
            paragraph.paragraph_format.space_after = Pt(1)
            if not table.flush_left(column):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    word.add_paragraph(plain(table.note))


def _rule(made: Any) -> None:
    """Draw a thin line under every row."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        border = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("color", style.GRID.lstrip("#"))):
            border.set(qn(f"w:{name}"), value)
        borders.append(border)
    made._tbl.tblPr.append(borders)  # noqa: SLF001


def _whole(line: Any, *, head: bool) -> None:
    """Keep a row on one page, and say the heads again on each."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = line._tr.get_or_add_trPr()  # noqa: SLF001
    for name in ("w:cantSplit", *(["w:tblHeader"] if head else [])):
        found = OxmlElement(name)
        found.set(qn("w:val"), "true")
        properties.append(found)


def _widths(table: Table) -> list[float]:
    """Inches of the columns: room for the longest word of each, the rest by their texts."""
    least, wanted = [], []
    for column in zip(table.heads, *table.rows, strict=True):
        texts = [plain(text) for text in column]
        word = max(len(word) for text in texts for word in [*text.split(" "), ""])
        least.append(_PADDING + _LETTER * min(word, _LONGEST_WORD))
        wanted.append(min(max(map(len, texts)), 90) ** 0.8)
    room = max(_PAPER - sum(least), 0.0)
    widths = [low + room * text / sum(wanted) for low, text in zip(least, wanted, strict=True)]
    return [_PAPER * width / sum(widths) for width in widths]
