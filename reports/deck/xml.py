"""The PowerPoint XML that python-pptx has no words for; nothing else in the deck touches XML."""

# ruff: noqa: SLF001 - the XML behind python-pptx's objects is private by its naming

from __future__ import annotations

import copy
from typing import Any, Final

from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn

ARIAL: Final = "Arial"
_NO_STYLE: Final = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"


def set_theme(master: Any, colours: tuple[str, ...]) -> None:
    """Give a slide master's theme Arial and six accent colours (``#RRGGBB``)."""
    from pptx.opc.constants import RELATIONSHIP_TYPE
    from pptx.opc.oxml import serialize_part_xml

    part = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme = parse_xml(part.blob)
    for font in theme.iter(qn("a:majorFont"), qn("a:minorFont")):
        font.find(qn("a:latin")).set("typeface", ARIAL)
    for place, colour in enumerate(colours, start=1):
        for accent in theme.iter(qn(f"a:accent{place}")):
            accent[:] = [parse_xml(f'<a:srgbClr {nsdecls("a")} val="{colour.lstrip("#")}"/>')]
    part._blob = serialize_part_xml(theme)


_OURS: Final = "arrcast:"


def name_slide(slide: Any, key: str) -> None:
    """Write a slide's own name, which programs keep: `arrcast:` and what the slide shows."""
    slide._element.cSld.set("name", _OURS + key)


def slide_key(slide: Any) -> str | None:
    """Give the key of a slide that `name_slide` named; None of any other."""
    name = str(slide._element.cSld.get("name") or "")
    return name.removeprefix(_OURS) if name.startswith(_OURS) else None


def put_in_order(deck: Any, slides: list[Any]) -> None:
    """Let the slides of a deck stand in this order."""
    listed = deck.slides._sldIdLst
    places = {deck.part.related_part(item.rId): item for item in listed}
    for slide in slides:
        listed.append(places[slide.part])


def add_footer(slide: Any, text: str) -> None:
    """Fill the layout's footer and slide number on a slide, as real placeholders."""
    for shape in slide.slide_layout.placeholders:
        kind = shape.placeholder_format.type
        if kind is None or kind.name not in ("FOOTER", "SLIDE_NUMBER"):
            continue
        element = copy.deepcopy(shape._element)
        slide.shapes._spTree.append(element)
        if kind.name == "FOOTER":
            paragraph = element.find(qn("p:txBody")).find(qn("a:p"))
            for child in list(paragraph):
                paragraph.remove(child)
            run = parse_xml(f'<a:r {nsdecls("a")}><a:rPr lang="en-GB"/><a:t/></a:r>')
            run.find(qn("a:t")).text = text
            paragraph.append(run)
        element.nvSpPr.cNvPr.set("id", str(_free_id(slide)))


def _free_id(slide: Any) -> int:
    ids = [int(item.get("id")) for item in slide.shapes._spTree.iter(qn("p:cNvPr"))]
    return max(ids) + 1


def remove(shape: Any) -> None:
    """Take a shape off its slide, layout or master."""
    shape._element.getparent().remove(shape._element)


def describe(shape: Any, text: str) -> None:
    """Write a shape's alternative text, which screen readers speak."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", text)


def plain_table(table: Any) -> None:
    """Take the default style off a table; lines and fills are then its cells' own."""
    properties = table._tbl.tblPr
    style = properties.find(qn("a:tableStyleId"))
    if style is not None:
        style.text = _NO_STYLE


def cell_line(cell: Any, side: str, colour: str, points: float) -> None:
    """Draw one border of a table's cell: side ``L``, ``R``, ``T`` or ``B``."""
    properties = cell._tc.get_or_add_tcPr()
    tag = f"a:ln{side}"
    old = properties.find(qn(tag))
    if old is not None:
        properties.remove(old)
    line = parse_xml(
        f'<{tag} {nsdecls("a")} w="{round(points * 12700)}" cap="flat" cmpd="sng" algn="ctr">'
        f'<a:solidFill><a:srgbClr val="{colour.lstrip("#")}"/></a:solidFill>'
        f'<a:prstDash val="solid"/></{tag}>'
    )
    order = ("L", "R", "T", "B")
    behind = sum(
        properties.find(qn(f"a:ln{other}")) is not None for other in order[: order.index(side)]
    )
    properties.insert(behind, line)


def pin_plot(chart: Any, left: float, top: float, width: float, height: float) -> None:
    """Fix the inner plot area of a chart; all four are shares of the chart's size."""
    area = chart._chartSpace.chart.plotArea
    old = area.find(qn("c:layout"))
    if old is not None:
        area.remove(old)
    area.insert(0, _layout("inner", left, top, width, height))


def _layout(target: str, left: float, top: float, width: float, height: float) -> Any:
    return parse_xml(
        f'<c:layout {nsdecls("c")}><c:manualLayout><c:layoutTarget val="{target}"/>'
        '<c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="{left:.4f}"/><c:y val="{top:.4f}"/>'
        f'<c:w val="{width:.4f}"/><c:h val="{height:.4f}"/></c:manualLayout></c:layout>'
    )


def lines_over_areas(chart: Any, first: int) -> None:
    """Turn the series of an area chart from `first` on into lines on the same axes."""
    area = chart._chartSpace.chart.plotArea.find(qn("c:areaChart"))
    line = parse_xml(
        f'<c:lineChart {nsdecls("c")}><c:grouping val="standard"/><c:varyColors val="0"/>'
        '<c:marker val="1"/></c:lineChart>'
    )
    for series in area.findall(qn("c:ser"))[first:]:
        area.remove(series)
        line.insert(len(line) - 1, series)
        series.append(parse_xml(f'<c:smooth {nsdecls("c")} val="0"/>'))
        _no_marker(series)
    for axis in area.findall(qn("c:axId")):
        line.append(copy.deepcopy(axis))
    area.addnext(line)


def _no_marker(series: Any) -> None:
    marker = parse_xml(f'<c:marker {nsdecls("c")}><c:symbol val="none"/></c:marker>')
    before = series.find(qn("c:spPr"))
    (before if before is not None else series.find(qn("c:tx"))).addnext(marker)


def shift_label(data_label: Any, down: float) -> None:
    """Move a data label from its place; `down` is a share of the chart's height."""
    label = data_label._get_or_add_dLbl()
    old = label.find(qn("c:layout"))
    if old is not None:
        label.remove(old)
    label.find(qn("c:idx")).addnext(
        parse_xml(
            f'<c:layout {nsdecls("c")}><c:manualLayout><c:x val="0"/>'
            f'<c:y val="{down:.4f}"/></c:manualLayout></c:layout>'
        )
    )


def level_labels(axis: Any) -> None:
    """Keep an axis' labels level: PowerPoint would turn those that it finds too long."""
    text = axis._element.find(qn("c:txPr"))
    if text is not None:
        text.find(qn("a:bodyPr")).set("rot", "0")
        text.find(qn("a:bodyPr")).set("vert", "horz")


def month_axis(axis: Any, every: int) -> None:
    """Mark a date axis every so many months."""
    element = axis._element
    for tag in ("c:baseTimeUnit", "c:majorUnit", "c:majorTimeUnit"):
        for old in element.findall(qn(tag)):
            element.remove(old)
    for tag, value in (
        ("baseTimeUnit", "months"), ("majorUnit", str(every)), ("majorTimeUnit", "months"),
    ):  # fmt: skip
        element.append(parse_xml(f'<c:{tag} {nsdecls("c")} val="{value}"/>'))


def no_gaps(chart: Any) -> None:
    """Leave blanks of a series blank."""
    element = chart._chartSpace.chart
    old = element.find(qn("c:dispBlanksAs"))
    if old is not None:
        old.set("val", "gap")


def edges_on_axis(chart: Any) -> None:
    """Let the first and last category stand on the ends of the axis."""
    axis = chart.value_axis._element
    between = axis.find(qn("c:crossBetween"))
    if between is not None:
        between.set("val", "midCat")


def text_style(
    shape: Any, *, size: float, colour: str, bold: bool, anchor: str, align: str
) -> None:
    """Set how a placeholder of a master or layout writes its first level.

    Parameters
    ----------
    shape : placeholder
    size : float
        Points.
    colour : str
        ``#RRGGBB``.
    bold : bool
    anchor : {"t", "ctr", "b"}
        Where the text stands in its box, from above.
    align : {"l", "ctr", "r"}
    """
    body = shape._element.find(qn("p:txBody"))
    body.find(qn("a:bodyPr")).set("anchor", anchor)
    styles = body.find(qn("a:lstStyle"))
    for old in styles.findall(qn("a:lvl1pPr")):
        styles.remove(old)
    styles.insert(
        0,
        parse_xml(
            f'<a:lvl1pPr {nsdecls("a")} marL="0" indent="0" algn="{align}"><a:buNone/>'
            f'<a:defRPr sz="{round(size * 100)}" b="{int(bold)}"><a:solidFill>'
            f'<a:srgbClr val="{colour.lstrip("#")}"/></a:solidFill>'
            f'<a:latin typeface="{ARIAL}"/></a:defRPr></a:lvl1pPr>'
        ),
    )
