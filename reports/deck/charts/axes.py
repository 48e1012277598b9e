"""Axes, lines and labels of native charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from history.language import language

from ... import style
from ...format import scale_of, unit
from ...geometry import axis_ends, spread
from .. import xml
from ..native import rgb
from ..template import Box
from ..text import LINE, width

AXIS_SIZE: Final = 12.0
LABEL_SIZE: Final = 13.0
_LOCALES: Final = {"en": "809", "fr": "40C"}  # Microsoft's numbers of languages
_DASHES: Final = {
    "solid": "SOLID",
    "dash": "DASH",
    "dot": "ROUND_DOT",
    "dash_dot": "DASH_DOT",
    "long_dash": "LONG_DASH",
}


def axis_format(currency: str, low: float, high: float, step: float) -> str:
    r"""Write the number format of a money axis: as many decimals as its step needs.

    Examples
    --------
    >>> axis_format("EUR", 0.0, 5e6, 2.5e6)
    '"€"#,##0.0,,"M";("€"#,##0.0,,"M");"€"0'
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     axis_format("EUR", 0.0, 5e6, 2.5e6)
    '#,##0.0,,"\xa0M€";(#,##0.0,,"\xa0M€");0"\xa0€"'
    """
    scale = scale_of([low, high], decimals=0)
    digits = step / scale.divisor
    decimals = next((n for n in range(6) if abs(digits * 10**n - round(digits * 10**n)) < 1e-6), 6)
    commas = "," * round(math.log10(scale.divisor) / 3)
    zeros = "." + "0" * decimals if decimals else ""
    body = f"#,##0{zeros}{commas}".join(map(_quoted, unit(currency, scale.suffix)))
    return f"{body};({body});{'0'.join(map(_quoted, unit(currency, '')))}"


def _quoted(text: str) -> str:
    return f'"{text}"' if text else ""


def money_axis(chart: Any, currency: str, low: float, high: float) -> tuple[float, float]:
    """Round the value axis outwards and print amounts on it; give its ends."""
    ends = axis_ends(low, high)
    return value_axis(chart, low, high, axis_format(currency, *ends))


def value_axis(
    chart: Any, low: float, high: float, number_format: str, *, intervals: int = 5
) -> tuple[float, float]:
    """Round the value axis outwards and set its format; give its ends."""
    low, high, step = axis_ends(low, high, intervals)
    axis = chart.value_axis
    axis.minimum_scale, axis.maximum_scale, axis.major_unit = low, high, step
    axis.tick_labels.number_format = _spoken(number_format)
    axis.tick_labels.number_format_is_linked = False
    axis.has_major_gridlines = True
    axis.major_gridlines.format.line.color.rgb = rgb(style.GRID)
    axis.format.line.fill.background()
    axis_text(axis)
    return low, high


def _spoken(number_format: str) -> str:
    """Let a number format write decimals as the deck's language does."""
    if language() == "en":
        return number_format
    return ";".join(f"[$-{_LOCALES[language()]}]{part}" for part in number_format.split(";"))


def axis_text(axis: Any, size: float = AXIS_SIZE, colour: str = style.INK) -> None:
    """Write an axis without ticks in this size and colour."""
    from pptx.enum.chart import XL_TICK_MARK
    from pptx.util import Pt

    axis.major_tick_mark = XL_TICK_MARK.NONE
    axis.minor_tick_mark = XL_TICK_MARK.NONE
    font = axis.tick_labels.font
    font.size, font.color.rgb = Pt(size), rgb(colour)


def category_axis(axis: Any, size: float = AXIS_SIZE) -> None:
    """Write a category axis below the plot, its labels level."""
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    axis.has_major_gridlines = False
    axis.format.line.color.rgb = rgb(style.MUTED)
    # Below the plot also where the bars go under zero.
    axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    axis_text(axis, size)
    xml.level_labels(axis)


def line(series: Any, colour: str, *, dash: str = "solid", points: float = 2.5) -> None:
    """Draw a series as a line of this colour and dash."""
    from pptx.enum.dml import MSO_LINE_DASH_STYLE
    from pptx.util import Pt

    line = series.format.line
    line.color.rgb, line.width = rgb(colour), Pt(points)
    if dash != "solid":
        line.dash_style = getattr(MSO_LINE_DASH_STYLE, _DASHES[dash])
    series.smooth = False


def label(point: Any, text: str, colour: str, position: str, size: float = LABEL_SIZE) -> None:
    """Write a text at a point; `position` is a name of ``XL_LABEL_POSITION``."""
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.util import Pt

    label = point.data_label
    frame = label.text_frame
    frame.text = text
    frame.word_wrap = False
    font = frame.paragraphs[0].runs[0].font
    font.size, font.bold, font.color.rgb = Pt(size), True, rgb(colour)
    label.position = getattr(XL_LABEL_POSITION, position)


@dataclass(frozen=True)
class End:
    """The named end of a line: its last point, its level, what is written and in which colour."""

    point: Any
    level: float
    text: str
    ink: str


@dataclass(frozen=True)
class Plot:
    """The inner plot area of a chart, as shares of the chart's width and height."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def beside(cls, ends: Sequence[End], box: Box, *, left: float, height: float) -> Plot:
        """Leave room at the right for the names of the lines."""
        widest = max((width(end.text, LABEL_SIZE, bold=True) for end in ends), default=0.0)
        return cls(left, 0.03, 1 - left - (widest + 0.3) / box.width, height)


def name_ends(
    chart: Any, box: Box, ends: Sequence[End], plot: Plot, low: float, high: float
) -> None:
    """Fix the plot area and name the lines at their last points, moved apart."""
    xml.pin_plot(chart, plot.left, plot.top, plot.width, plot.height)
    gap = (high - low) * (LABEL_SIZE * LINE / 72 + 0.04) / (box.height * plot.height)
    places = spread([end.level for end in ends], gap, low=low + gap / 2, high=high)
    for end, place in zip(ends, places, strict=True):
        label(end.point, end.text, end.ink, "RIGHT")
        if abs(place - end.level) > 1e-9 * max(1.0, abs(high)):
            xml.shift_label(end.point.data_label, (end.level - place) / (high - low) * plot.height)


def date_axis(chart: Any, months: int, *, most: int = 11) -> None:
    """Mark an axis of months, at most so often."""
    every = next((n for n in (1, 2, 3, 6, 12) if months / n <= most), 24)
    axis = chart.category_axis
    # Month names in the deck's language, whatever the reader's computer speaks.
    axis.tick_labels.number_format = f"[$-{_LOCALES[language()]}]mmm yyyy"
    axis.tick_labels.number_format_is_linked = False
    category_axis(axis)
    xml.month_axis(axis, every)
    xml.edges_on_axis(chart)


def hidden(name: str) -> str:
    """Name a series that is not seen, and only holds others or labels in their places."""
    return f"({name})"


def blanks(values: pd.Series) -> list[float | None]:
    """Give a series as floats, None where it is blank."""
    return [None if math.isnan(value) else float(value) for value in values]
