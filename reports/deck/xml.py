"""The PowerPoint XML that python-pptx has no words for; nothing else in the deck touches XML."""

# ruff: noqa: SLF001 - the XML behind python-pptx's objects is private by its naming

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
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
    """Write a slide's own name, which programs keep: what it shows, and a digest of its texts.

    PowerPoint gives a copy of a slide another name, so a copy is a hand-made slide.
    """
    slide._element.cSld.set("name", f"{_OURS}{key}#{_digest(slide)}")


def slide_key(slide: Any) -> str | None:
    """Give the key of a slide that `name_slide` named; None of any other."""
    name = str(slide._element.cSld.get("name") or "")
    return name.removeprefix(_OURS).partition("#")[0] if name.startswith(_OURS) else None


def edited(slide: Any) -> bool:
    """Tell whether texts, notes or the number of shapes have changed since `name_slide`."""
    name = str(slide._element.cSld.get("name") or "")
    return name.rpartition("#")[2] != _digest(slide)


def _digest(slide: Any) -> str:
    trees = [slide.shapes._spTree]
    if slide.has_notes_slide:
        trees.append(slide.notes_slide.notes_text_frame._element)
    # Fields are left out: PowerPoint writes the number of the slide into its text.
    texts = [
        "".join(text.text or "" for run in line.iter(qn("a:r")) for text in run.iter(qn("a:t")))
        for tree in trees
        for line in tree.iter(qn("a:p"))
    ]
    said = "\n".join([str(len(slide.shapes)), *(text for text in texts if text)])
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def put_in_order(deck: Any, slides: list[Any]) -> None:
    """Let the slides of a deck stand in this order."""
    listed = deck.slides._sldIdLst
    places = {deck.part.related_part(item.rId): item for item in listed}
    for slide in slides:
        listed.append(places[slide.part])


def add_footer(slide: Any, text: str, size_in: Callable[[float, float], float]) -> None:
    """Fill the layout's footer and slide number on a slide, as real placeholders.

    `size_in` gives the size of the text, points, from the width and height of the box, inches.
    """
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
            size = size_in(shape.width / 914400 - 0.2, shape.height / 914400)
            run = parse_xml(
                f'<a:r {nsdecls("a")}><a:rPr lang="en-GB" sz="{round(size * 100)}">'
                '<a:latin typeface="+mn-lt"/></a:rPr><a:t/></a:r>'
            )
            run.find(qn("a:t")).text = text
            paragraph.append(run)
        element.nvSpPr.cNvPr.set("id", str(_free_id(slide)))


def speak(slide: Any, language: str) -> None:
    """Say in which language a slide is written, so that a program checks its spelling in it."""
    parts = [slide._element, slide.notes_slide._element]
    parts += [shape.chart._chartSpace for shape in slide.shapes if shape.has_chart]
    for part in parts:
        for run in part.iter(qn("a:r")):
            run.get_or_add_rPr().set("lang", language)
        for other in part.iter(qn("a:endParaRPr"), qn("a:fld")):
            properties = other if other.tag == qn("a:endParaRPr") else other.find(qn("a:rPr"))
            if properties is not None:
                properties.set("lang", language)


def _free_id(slide: Any) -> int:
    ids = [int(item.get("id")) for item in slide.shapes._spTree.iter(qn("p:cNvPr"))]
    return max(ids) + 1


def remove(shape: Any) -> None:
    """Take a shape off its slide, layout or master."""
    shape._element.getparent().remove(shape._element)


def no_effects(shape: Any) -> None:
    """Take the theme's shadow off a shape."""
    for effect in shape._element.iter(qn("a:effectRef")):
        effect.set("idx", "0")


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


_LENGTHS: Final = (
    ("a:ext", "cx", "across"),
    ("a:ext", "cy", "down"),
    ("a:gridCol", "w", "across"),
    ("a:tr", "h", "down"),
    *(("a:tcPr", name, "letters") for name in ("marL", "marR", "marT", "marB")),
)


@dataclass(frozen=True)
class Fit:
    """Where the body of a slide goes on another template, and in which colours.

    Attributes
    ----------
    letters, across, down : float
        Scales of texts, of what lies across and of what goes down.
    left, top : float
        Of arrcast's own body, inches.
    to_left, to_top : float
        Of the template's body, inches.
    colours : dict
        ``#RRGGBB`` to the XML of a theme colour.
    """

    letters: float
    across: float
    down: float
    left: float
    top: float
    to_left: float
    to_top: float
    colours: dict[str, str]

    def move(self, slide: Any) -> None:
        """Move, scale and recolour what was drawn on a slide; placeholders stay."""
        for shape in slide.shapes:
            if shape.is_placeholder:
                continue
            parts = [shape._element]
            if getattr(shape, "has_chart", False):
                parts.append(shape.chart._chartSpace)
            for part in parts:
                self._scale(part)
                self._recolour(part)

    def _scale(self, part: Any) -> None:
        for place in part.iter(qn("a:off")):
            for name, scale, start, to in (
                ("x", self.across, self.left, self.to_left),
                ("y", self.down, self.top, self.to_top),
            ):
                at = (int(place.get(name)) / 914400 - start) * scale + to
                place.set(name, str(round(at * 914400)))
        for tag, name, way in _LENGTHS:
            for element in part.iter(qn(tag)):
                if element.get(name):
                    element.set(name, str(round(int(element.get(name)) * getattr(self, way))))
        for element in part.iter(qn("a:rPr"), qn("a:defRPr"), qn("a:endParaRPr")):
            if element.get("sz"):
                # Rounded down: a text that grew would not fit its box.
                element.set("sz", str(int(int(element.get("sz")) * self.letters / 10) * 10))

    def _recolour(self, part: Any) -> None:
        for colour in list(part.iter(qn("a:srgbClr"))):
            theirs = self.colours.get(f"#{colour.get('val')}")
            if theirs is None or _on_a_fill(colour):
                continue
            colour.getparent().replace(colour, parse_xml(theirs))


def _on_a_fill(colour: Any) -> bool:
    """Tell whether a colour belongs to a table's cell that has a fill of its own."""
    cell = next(colour.iterancestors(qn("a:tc")), None)
    if cell is None:
        return False
    properties = cell.find(qn("a:tcPr"))
    return properties is not None and properties.find(qn("a:solidFill")) is not None


def theme_colour(name: str, tint: float | None = None, *, shade: float | None = None) -> str:
    """Write a colour of the theme: as it is, mixed with white (`tint`), or darker (`shade`)."""
    inside = ""
    if tint is not None:
        inside = f'<a:lumMod val="{round(tint * 1e5)}"/><a:lumOff val="{round((1 - tint) * 1e5)}"/>'
    if shade is not None:
        inside = f'<a:lumMod val="{round(shade * 1e5)}"/>'
    return f'<a:schemeClr {nsdecls("a")} val="{name}">{inside}</a:schemeClr>'


def plain_colour(colour: str) -> str:
    """Write a colour ``RRGGBB`` that no theme has."""
    return f'<a:srgbClr {nsdecls("a")} val="{colour}"/>'


def background(layout: Any) -> str:
    """Give the colour ``RRGGBB`` behind a layout's texts; a picture counts as the theme's own."""
    for holder in (layout, layout.slide_master):
        painted = holder._element.cSld.find(qn("p:bg"))
        if painted is None:
            continue
        for colour in painted.iter(qn("a:srgbClr"), qn("a:schemeClr")):
            return _shown(layout, colour)
    return scheme_colour(layout, "bg1") or "FFFFFF"


def scheme_colour(layout: Any, name: str) -> str:
    """Give a colour of a layout's theme, ``RRGGBB``, by what slides call it (`bg1`, `accent2`)."""
    names = dict(layout.slide_master._element.find(qn("p:clrMap")).attrib)
    for other in layout._element.iter(qn("a:overrideClrMapping")):
        names.update(other.attrib)
    return theme_colours(layout.slide_master).get(names.get(name, name), "")


def _shown(layout: Any, colour: Any) -> str:
    """Give a colour as it is shown, its luminance changed as it says."""
    import colorsys

    value = colour.get("val")
    if colour.tag == qn("a:schemeClr"):
        value = scheme_colour(layout, value) or "FFFFFF"
    shares = {tag: colour.find(qn(f"a:{tag}")) for tag in ("lumMod", "lumOff")}
    times, plus = (
        default if shares[tag] is None else int(shares[tag].get("val")) / 1e5
        for tag, default in (("lumMod", 1.0), ("lumOff", 0.0))
    )
    hue, light, strong = colorsys.rgb_to_hls(*(int(value[i : i + 2], 16) / 255 for i in (0, 2, 4)))
    parts = colorsys.hls_to_rgb(hue, min(1.0, light * times + plus), strong)
    return "".join(f"{round(255 * part):02X}" for part in parts)


def theme_colours(master: Any) -> dict[str, str]:
    """Give the colours of a master's theme: `accent1`, `lt1`, ... to ``RRGGBB``."""
    from pptx.opc.constants import RELATIONSHIP_TYPE

    theme = parse_xml(master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob)
    found = {}
    for scheme in theme.iter(qn("a:clrScheme")):
        for entry in scheme:
            for colour in entry:
                value = colour.get("lastClr") or colour.get("val") or ""
                if len(value) == 6:
                    found[entry.tag.rpartition("}")[2]] = value.upper()
    return found


def body_font(master: Any) -> str:
    """Give the font of a theme's texts."""
    from pptx.opc.constants import RELATIONSHIP_TYPE

    theme = parse_xml(master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob)
    fonts = [font.find(qn("a:latin")) for font in theme.iter(qn("a:minorFont"))]
    return str(fonts[0].get("typeface")) if fonts and fonts[0] is not None else ""


def title_size(title: Any, master: Any) -> float:
    """Give the size at which a layout writes its title, points."""
    places = [title._element.find(qn("p:txBody"))]
    places += [s._element.find(qn("p:txBody")) for s in master.placeholders
               if s.placeholder_format.type.name == "TITLE"]  # fmt: skip
    places.append(master._element.find(qn("p:txStyles")).find(qn("p:titleStyle")))
    for place in places:
        if place is None:
            continue
        for level in place.iter(qn("a:lvl1pPr")):
            size = level.find(qn("a:defRPr"))
            if size is not None and size.get("sz"):
                return int(size.get("sz")) / 100
    return 28.0


def clear(slide: Any) -> None:
    """Take everything off a slide, and give it its layout's placeholders anew."""
    tree = slide.shapes._spTree
    for element in list(tree)[2:]:  # the first two are the group's own properties
        if element.tag != qn("p:extLst"):
            tree.remove(element)
    for timing in slide._element.findall(qn("p:timing")):  # it names shapes that are gone
        slide._element.remove(timing)
    for name, relation in list(slide.part.rels.items()):
        if relation.reltype.endswith(("/chart", "/image")):
            slide.part.rels.pop(name)
    slide.shapes.clone_layout_placeholders(slide.slide_layout)
