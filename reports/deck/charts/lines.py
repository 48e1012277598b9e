"""Lines: retention rates by month, errors by months ahead, retention curves by age."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from history.language import marked, say

from ... import style
from ...format import before_number, percent, share_format
from ...tables import neutral
from .. import xml
from ..native import add_chart, chart_data
from ..template import Box
from ..text import fitted
from .axes import (
    LABEL_SIZE,
    End,
    Plot,
    blanks,
    category_axis,
    date_axis,
    line,
    name_ends,
    value_axis,
)

if TYPE_CHECKING:
    from pptx.slide import Slide

_SHORT: Final = {
    "nrr": marked("NRR"),
    "grr": marked("GRR"),
    "logo_retention": marked("Customers"),
}
_COLOURS: Final = (("blue", "solid"), ("vermillion", "dash"), ("green", "dot"))
_CURVES: Final = (
    ("black", "solid"), ("blue", "dash"), ("vermillion", "dot"), ("green", "dash_dot"),
    ("purple", "long_dash"), ("orange", "dash"),
)  # fmt: skip
_GREYS: Final = ("dash", "dot", "dash_dot", "long_dash")


def rate_chart(
    slide: Slide,
    box: Box,
    rates: pd.DataFrame,
    names: Mapping[str, str],
    *,
    description: str,
) -> None:
    """Add lines of shares (0-1) by month, each named with its newest value at its end.

    Parameters
    ----------
    slide : Slide
    box : Box
    rates : DataFrame
        Index month, columns as in `names`, shares 0-1.
    names : mapping of column to label
        At most three.
    description : str
        The alternative text.
    """
    months = pd.PeriodIndex(rates.index)
    data = chart_data([period.start_time.date() for period in months], share_format(1))
    for name, label in names.items():
        data.add_series(label, blanks(rates[name]))
    chart = add_chart(slide, "LINE", box, data, description)
    shown = rates[list(names)].to_numpy(float)
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    pad = max(0.02, 0.15 * (high - low))
    low, high = value_axis(chart, max(0.0, low - pad), high + pad, share_format(0))
    ends = []
    for series, name, (colour, dash) in zip(chart.plots[0].series, names, _COLOURS, strict=False):
        line(series, style.OKABE_ITO[colour], dash=dash)
        newest = float(rates[name].iloc[-1])
        if math.isfinite(newest):
            text = f"{say(_SHORT[name])} {percent(newest)}"
            ends.append(End(series.points[len(rates) - 1], newest, text, style.ink(colour)))
    name_ends(chart, box, ends, Plot.beside(ends, box, left=0.09, height=0.85), low, high)
    date_axis(chart, (months[-1] - months[0]).n + 1, most=5)


def error_chart(slide: Slide, box: Box, errors: pd.DataFrame, *, description: str) -> None:
    """Add lines of errors by months ahead: the first column drawn strongly, the others in grey.

    Parameters
    ----------
    slide : Slide
    box : Box
    errors : DataFrame
        Index months ahead; shares of the actual, NaN where not known.
    description : str
        The alternative text.
    """
    data = chart_data([str(horizon) for horizon in errors.index], share_format(1))
    for baseline in errors.columns:
        data.add_series(str(baseline), blanks(errors[baseline]))
    chart = add_chart(slide, "LINE", box, data, description)
    top = float(np.nanmax(errors.to_numpy(float))) * 1.05
    low, high = value_axis(chart, 0.0, top, share_format(0 if top > 0.04 else 1))
    category_axis(chart.category_axis)
    ends = []
    for place, (series, name) in enumerate(zip(chart.plots[0].series, errors.columns, strict=True)):
        main = place == 0
        line(series, style.OKABE_ITO["blue"] if main else style.MUTED, points=3.0 if main else 1.5,
             dash="solid" if main else _GREYS[(place - 1) % len(_GREYS)])  # fmt: skip
        newest = float(errors[name].iloc[-1])
        if math.isfinite(newest):
            ink = style.ink("blue") if main else style.MUTED
            point = series.points[len(errors) - 1]
            ends.append(End(point, newest, f"{name} {percent(newest)}", ink))
    name_ends(chart, box, ends, Plot.beside(ends, box, left=0.06, height=0.82), low, high)


def curve_chart(slide: Slide, box: Box, curves: pd.DataFrame, *, description: str) -> None:
    """Add retention curves by age: the first column drawn strongly, each named at its end.

    Parameters
    ----------
    slide : Slide
    box : Box
    curves : DataFrame
        Index age in months, a column a curve, shares 0-1, NaN where not known.
    description : str
        The alternative text.
    """
    data = chart_data([str(age) for age in curves.index], share_format(0))
    for name in curves.columns:
        data.add_series(neutral(str(name)), blanks(curves[name]))
    chart = add_chart(slide, "LINE", box, data, description)
    figures = curves.to_numpy(float)
    low, high = value_axis(
        chart, 0.0 if np.nanmin(figures) < 0.5 else 0.5, max(1.0, float(np.nanmax(figures))),
        share_format(0),
    )  # fmt: skip
    category_axis(chart.category_axis)
    xml.edges_on_axis(chart)
    ends = []
    for place, (series, name) in enumerate(zip(chart.plots[0].series, curves.columns, strict=True)):
        colour, dash = _CURVES[place % len(_CURVES)]
        line(series, style.OKABE_ITO[colour], dash=dash, points=3.0 if place == 0 else 2.0)
        known = curves[name].dropna()
        cut = before_number(fitted(str(name), LABEL_SIZE, 1.5, bold=True))
        text = f"{cut} {percent(known.iloc[-1], 0)}"
        point = series.points[len(known) - 1]
        ends.append(End(point, float(known.iloc[-1]), text, style.ink(colour)))
    name_ends(chart, box, ends, Plot.beside(ends, box, left=0.09, height=0.85), low, high)
