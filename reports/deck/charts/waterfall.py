"""The waterfall: stacked columns with a hidden part below them and their amounts above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from history.language import marked, say

from ... import style
from ...format import Scale, money
from ...geometry import Bar, floor_of
from ...tables import neutral
from ..native import add_chart, chart_data, rgb
from ..template import Box
from ..text import fitted, width
from .axes import LABEL_SIZE, category_axis, hidden, label, money_axis

if TYPE_CHECKING:
    from pptx.slide import Slide

_SERIES: Final = {
    "total": (marked("Level"), marked("Level below zero")),
    "rise": (marked("Rise"), marked("Rise below zero")),
    "fall": (marked("Fall"), marked("Fall below zero")),
}
"""Kind of a bar -> the names of its part above zero and of that below."""

_MANY = 9  # bars above which the texts get smaller


def waterfall_chart(
    slide: Slide,
    box: Box,
    bars: Sequence[Bar],
    *,
    currency: str,
    scale: Scale,
    description: str,
    colours: tuple[str, str] = (style.TOTAL, style.TOTAL),
) -> float:
    """Add a waterfall of stacked columns with its amounts above the bars.

    Parameters
    ----------
    slide : Slide
    box : Box
    bars : sequence of Bar
        From `reports.geometry.waterfall`, rounded so that they foot.
    currency : str
    scale : Scale
        Of the printed amounts.
    description : str
        The alternative text.
    colours : (first, last)
        Of the two totals.

    Returns
    -------
    float
        Where the vertical axis starts; when that is not 0, the slide must say so.
    """
    floor = floor_of(bars)
    top = max(bar.high for bar in bars)
    bottom = floor or min(bar.low for bar in bars)
    reach = (top - bottom) or 1.0
    room = box.width * 0.9 / len(bars) * 0.95
    size = _category_size([bar.label for bar in bars], room)
    names = [neutral(fitted(bar.label, size, room, 3)) for bar in bars]
    data = _waterfall_data(bars, names, 0.06 * reach)
    chart = add_chart(slide, "COLUMN_STACKED", box, data, description)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 45, 100
    _paint_bars(plot, bars, colours)
    starts, _ = money_axis(chart, currency, bottom, top + 0.1 * reach)
    category_axis(chart.category_axis, size)
    for place, bar in enumerate(bars):
        text = money(bar.amount, currency, scale, signed=bar.kind != "total")
        point = plot.series[-1].points[place]
        label(point, text, style.INK, "INSIDE_BASE", LABEL_SIZE if len(bars) <= _MANY else 11.0)
    return max(starts, 0.0)


def _category_size(labels: Sequence[str], inches: float) -> float:
    """Choose the largest size at which no ordinary word of the labels is broken."""
    words = [word for label in labels for word in label.split() if len(word) <= 14]
    sizes = (13.0, 12.0, 11.0, 10.0)
    return next((s for s in sizes if all(width(word, s) <= inches for word in words)), sizes[-1])


def _waterfall_data(bars: Sequence[Bar], names: Sequence[str], pad: float) -> Any:
    data = chart_data(list(names), "#,##0.00")
    split = [bar.parts() for bar in bars]
    data.add_series(hidden(say("hidden")), [below for below, _, _ in split])
    for kind, names in _SERIES.items():
        for part, name in enumerate(names, start=1):
            values = [
                cut[part] if bar.kind == kind else 0.0 for bar, cut in zip(bars, split, strict=True)
            ]
            if part == 1 or any(values):
                data.add_series(say(name), values)
    data.add_series(hidden(say("labels")), [pad] * len(bars))
    return data


def _paint_bars(plot: Any, bars: Sequence[Bar], colours: tuple[str, str]) -> None:
    from pptx.enum.dml import MSO_PATTERN_TYPE

    kinds = {say(name): kind for kind, names in _SERIES.items() for name in names}
    for series in plot.series:
        fill, kind = series.format.fill, kinds.get(series.name)
        if kind is None:
            fill.background()
        elif kind == "rise":
            fill.solid()
            fill.fore_color.rgb = rgb(style.RISE)
        elif kind == "fall":
            fill.patterned()
            fill.pattern = MSO_PATTERN_TYPE.LIGHT_UPWARD_DIAGONAL
            fill.fore_color.rgb, fill.back_color.rgb = rgb(style.PAPER), rgb(style.FALL)
        else:
            fill.solid()
            fill.fore_color.rgb = rgb(colours[0])
            last = series.points[len(bars) - 1].format.fill
            last.solid()
            last.fore_color.rgb = rgb(colours[1])
        series.invert_if_negative = False
