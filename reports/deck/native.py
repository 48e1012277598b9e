"""Thin doors to python-pptx, which has no complete types: what comes back is its own objects."""

from __future__ import annotations

from typing import Any

from . import xml
from .template import Box


def rgb(colour: str) -> Any:
    """Turn ``#RRGGBB`` into PowerPoint's colour."""
    from pptx.dml.color import RGBColor

    make: Any = RGBColor.from_string
    return make(colour.lstrip("#"))


def shapes_of(slide: Any) -> Any:
    """Give the shapes of a slide."""
    return slide.shapes


def chart_data(categories: list[Any], number_format: str) -> Any:
    """Make the data of a chart with its categories; series are added by `add_series`."""
    from pptx.chart.data import CategoryChartData

    make: Any = CategoryChartData
    data = make(number_format=number_format)
    data.categories = categories
    return data


def add_chart(slide: Any, kind: str, box: Box, data: Any, description: str) -> Any:
    """Add a native chart without title and legend.

    Parameters
    ----------
    slide : Slide
    kind : str
        Name of a member of python-pptx's ``XL_CHART_TYPE``.
    box : Box
    data : chart data
    description : str
        The alternative text.

    Returns
    -------
    Chart
    """
    from pptx.enum.chart import XL_CHART_TYPE

    frame = slide.shapes.add_chart(getattr(XL_CHART_TYPE, kind), *box.emu, data)
    xml.describe(frame, description)
    chart = frame.chart
    chart.has_legend = chart.has_title = False
    return chart
