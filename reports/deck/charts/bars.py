"""Bars: groups side by side, stacked columns, and the tornado."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from history.language import say

from ... import style
from ...tables import neutral
from ..native import add_chart, chart_data, rgb
from ..template import Box
from ..text import fitted, width
from .axes import AXIS_SIZE, LABEL_SIZE, blanks, category_axis, hidden, label, value_axis

if TYPE_CHECKING:
    from pptx.slide import Slide

Told = Callable[[float], str]
_SIZES: Final = (LABEL_SIZE, 11.0, 10.0, 9.0)
_PLOT: Final = 0.72  # of a tornado's width; the names of its levers stand beside it


def grouped_bars(
    slide: Slide,
    box: Box,
    table: pd.DataFrame,
    colours: Sequence[str],
    told: Told,
    number_format: str,
    *,
    description: str,
) -> None:
    """Add columns side by side, each with its figure above it.

    Parameters
    ----------
    slide : Slide
    box : Box
    table : DataFrame
        Index what stands below, a column a group; blank where not known.
    colours : sequence of str
        One a column; every second group is hatched, so that colour is not the only sign.
    told : function
        Prints a figure; none is printed where they are wider than their bars.
    number_format : str
        Of the axis and the data behind.
    description : str
        The alternative text.
    """
    room = box.width * 0.9 / len(table) * 0.95
    names = [neutral(fitted(str(name), AXIS_SIZE, room, 2)) for name in table.index]
    data = chart_data(names, number_format)
    for name in table.columns:
        data.add_series(neutral(str(name)), blanks(table[name].astype(float)))
    chart = add_chart(slide, "COLUMN_CLUSTERED", box, data, description)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 60, -5
    figures = table.to_numpy(float)
    finite = figures[~pd.isna(figures)]
    value_axis(chart, min(0.0, *finite), (max(0.0, *finite) or 1.0) * 1.12, number_format)
    category_axis(chart.category_axis)
    widest = [told(value) for value in finite]
    bar = box.width * 0.88 / len(table) / (len(table.columns) + plot.gap_width / 100)
    size = next((s for s in _SIZES if all(width(text, s, bold=True) <= bar for text in widest)), 0)
    for place, (series, colour) in enumerate(zip(plot.series, colours, strict=True)):
        paint(series, colour, hatched=place % 2 == 1)
        for row, value in enumerate(figures[:, place]):
            if size and math.isfinite(value):
                label(series.points[row], told(value), style.INK, "OUTSIDE_END", size)


def stacked_columns(
    slide: Slide,
    box: Box,
    table: pd.DataFrame,
    colours: Sequence[str],
    told: Told,
    *,
    description: str,
) -> None:
    """Add columns of parts on each other with their sum above.

    Parameters
    ----------
    slide : Slide
    box : Box
    table : DataFrame
        Index what stands below, a column a part, 0 or more, major units.
    colours : sequence of str
        One a column.
    told : function
        Prints a sum.
    description : str
        The alternative text.
    """
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    data = chart_data([neutral(str(name)) for name in table.index], "#,##0")
    for name in table.columns:
        data.add_series(str(name), [float(value) for value in table[name]])
    sums = table.sum(axis=1)
    data.add_series(hidden(say("labels")), [0.08 * (float(sums.max()) or 1.0)] * len(table))
    chart = add_chart(slide, "COLUMN_STACKED", box, data, description)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 45, 100
    value_axis(chart, 0.0, (float(sums.max()) or 1.0) * 1.12, "#,##0")
    chart.value_axis.has_major_gridlines = False  # every column has its sum above it
    chart.value_axis.tick_label_position = XL_TICK_LABEL_POSITION.NONE
    category_axis(chart.category_axis, 11.0)
    *parts, labels = plot.series
    for series, colour in zip(parts, colours, strict=True):
        paint(series, colour)
    labels.format.fill.background()
    for row, value in enumerate(sums):
        label(labels.points[row], told(float(value)), style.INK, "INSIDE_BASE", 11.0)


def tornado_chart(
    slide: Slide,
    box: Box,
    swings: Mapping[str, tuple[float, float]],
    told: Told,
    number_format: str,
    *,
    description: str,
) -> None:
    """Add a bar a lever, from its figure turned down to its figure turned up.

    Parameters
    ----------
    slide : Slide
    box : Box
    swings : mapping of label to (down, up)
        Differences to the figure as it is, the widest first.
    told : function
        Prints a difference.
    number_format : str
        Of the data behind.
    description : str
        The alternative text.
    """
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    data = chart_data([neutral(name) for name in swings], number_format)
    for place, name in enumerate((say("Lever down"), say("Lever up"))):
        data.add_series(name, [pair[place] for pair in swings.values()])
    chart = add_chart(slide, "BAR_CLUSTERED", box, data, description)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 35, 100
    reach = max((abs(end) for pair in swings.values() for end in pair), default=0.0) or 1.0
    value_axis(chart, -1.3 * reach, 1.3 * reach, number_format)
    # Not rounded outwards: nothing is read off this axis, and its room is for the labels.
    half = box.width * _PLOT / 2
    texts = [told(end) for pair in swings.values() for end in pair]
    beside = max((width(text, 12.0, bold=True) for text in texts), default=0.0) + 0.15
    edge = reach * max(1.35, half / max(0.3 * half, half - beside))
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = -edge, edge
    chart.value_axis.has_major_gridlines = False
    chart.value_axis.tick_label_position = XL_TICK_LABEL_POSITION.NONE
    category_axis(chart.category_axis)
    chart.category_axis.reverse_order = True
    for place, (series, colour) in enumerate(
        zip(plot.series, (style.FALL, style.OKABE_ITO["blue"]), strict=True)
    ):
        paint(series, colour, hatched=place == 0)
        for row, pair in enumerate(swings.values()):
            if pair[place] * pair[1 - place] <= 0 or abs(pair[place]) >= abs(pair[1 - place]):
                label(series.points[row], told(pair[place]), style.INK, "OUTSIDE_END", 12.0)


def paint(series: Any, colour: str, *, hatched: bool = False) -> None:
    """Fill the bars of a series, plain or hatched."""
    from pptx.enum.dml import MSO_PATTERN_TYPE

    fill = series.format.fill
    if hatched:
        fill.patterned()
        fill.pattern = MSO_PATTERN_TYPE.LIGHT_UPWARD_DIAGONAL
        fill.fore_color.rgb, fill.back_color.rgb = rgb(style.PAPER), rgb(colour)
    else:
        fill.solid()
        fill.fore_color.rgb = rgb(colour)
    series.invert_if_negative = False
