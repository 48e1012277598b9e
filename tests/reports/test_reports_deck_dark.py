"""Decks on dark templates: every text can be read on the background."""

from __future__ import annotations

import pptx
import pytest
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from reports_fakes import FakeLedger, comparison, movements

from reports import board_deck
from reports.deck import xml
from reports.deck.palette import contrast

PAPER = "0B1F3A"


def mapped(master):
    """Let the theme's dark colour be the background and its light one the text."""
    names = master._element.find(qn("p:clrMap"))
    for one, other in (("bg1", "dk1"), ("tx1", "lt1"), ("bg2", "dk2"), ("tx2", "lt2")):
        names.set(one, other)


def painted(master):
    """Paint the background by hand, as templates do whose theme is a light one."""
    page = master._element.cSld
    page.remove(page.find(qn("p:bg")))
    page.insert(0, parse_xml(
        f'<p:bg {nsdecls("p", "a")}><p:bgPr><a:solidFill><a:srgbClr val="{PAPER}"/></a:solidFill>'
        "<a:effectLst/></p:bgPr></p:bg>"
    ))  # fmt: skip


@pytest.mark.parametrize("darken", [mapped, painted])
def test_texts_can_be_read_on_a_dark_background(darken, tmp_path):
    template = pptx.Presentation()
    darken(template.slide_master)
    template.save(tmp_path / "dark.pptx")
    moves = movements(labels=("Enterprise", "Mid", "SMB"))
    path = tmp_path / "deck.pptx"
    board_deck(path, FakeLedger(moves), comparison(moves), template=tmp_path / "dark.pptx")
    seen = 0
    for slide in list(pptx.Presentation(path).slides)[1:]:
        layout = slide.slide_layout
        paper = xml.background(layout)
        for colour in colours(slide):
            seen += 1
            assert contrast(xml._shown(layout, colour), paper) >= 3, slide.shapes.title.text
    assert seen > 300


def colours(slide):
    """Give the colours of all texts that stand on the background itself."""
    for shape in slide.shapes:
        if shape.is_placeholder:
            continue
        parts = [shape._element]
        if shape.has_chart:
            parts.append(shape.chart._chartSpace)
        for part in parts:
            for run in part.iter(qn("a:rPr"), qn("a:defRPr")):
                fill = run.find(qn("a:solidFill"))
                if fill is not None and not xml._on_a_fill(fill[0]):
                    yield fill[0]
