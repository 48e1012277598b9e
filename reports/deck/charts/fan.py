"""The fan: history, the bands of one scenario and the median of each, in one chart."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from history.language import decimal_mark, say

from ... import style
from ...digest import value
from ...digest.outlook import joined
from ...figures.fan import BANDS
from ...format import before_number, money, scale_of
from ...tables import neutral
from .. import xml
from ..native import add_chart, chart_data, rgb
from ..template import Box
from ..text import fitted
from .axes import LABEL_SIZE, End, Plot, blanks, date_axis, label, line, money_axis, name_ends

if TYPE_CHECKING:
    from pptx.slide import Slide


def fan_chart(
    slide: Slide,
    box: Box,
    past: pd.Series,
    future: Mapping[str, pd.DataFrame],
    *,
    focus: str,
    currency: str,
    description: str,
) -> None:
    """Add the fan: stacked areas for the bands of one scenario, lines for history and medians.

    Parameters
    ----------
    slide : Slide
    box : Box
    past : Series
        ARR by month to date, major units.
    future : mapping of scenario to DataFrame
        As `reports.digest.outlook.fans` gives them.
    focus : str
        The scenario with bands.
    currency : str
    description : str
        The alternative text.
    """
    months = pd.PeriodIndex(past.index.union(future[focus].index))
    chart = add_chart(
        slide, "AREA_STACKED", box, _fan_data(past, future, focus, months), description
    )
    looks = style.looks(future)
    bands = _paint_bands(chart, looks[focus].colour)
    xml.lines_over_areas(chart, bands)
    low, high = money_axis(chart, currency, *_reach(past, future))
    history, *medians = chart.plots[1].series
    line(history, style.INK)
    for series, name in zip(medians, future, strict=True):
        line(series, looks[name].colour, dash=looks[name].dash)
    last = months.get_loc(future[focus].index[-1])
    points = [series.points[last] for series in medians]
    ends = _ends(points, future, looks, currency)
    name_ends(chart, box, ends, Plot.beside(ends, box, left=0.065, height=0.86), low, high)
    today = history.points[len(past) - 1]
    label(today, money(float(past.iloc[-1]), currency), style.INK, "ABOVE")
    date_axis(chart, len(months))


def _reach(past: pd.Series, future: Mapping[str, pd.DataFrame]) -> tuple[float, float]:
    columns = [past, *(fan[name] for fan in future.values() for name in ("p2_5", "p97_5"))]
    low = min(0.0, *(float(column.min()) for column in columns))
    return low, max(float(column.max()) for column in columns) or 1.0


def _ends(
    points: list[Any],
    future: Mapping[str, pd.DataFrame],
    looks: Mapping[str, style.Look],
    currency: str,
) -> list[End]:
    levels = {name: value(frame["p50"], frame.index[-1]) for name, frame in future.items()}
    scale = scale_of(levels.values())
    return [
        End(
            point,
            level,
            f"{_cut(name)} {money(level, currency, scale)}",
            looks[name].ink,
        )
        for point, (name, level) in zip(points, levels.items(), strict=True)
    ]


def _cut(name: str) -> str:
    return before_number(fitted(name, LABEL_SIZE, 1.6, bold=True))


def _fan_data(
    past: pd.Series,
    future: Mapping[str, pd.DataFrame],
    focus: str,
    months: pd.PeriodIndex,
) -> Any:
    data = chart_data([month.start_time.date() for month in months], "#,##0")
    fan = future[focus]
    columns = [low for low, *_ in BANDS] + [high for _, high, *_ in reversed(BANDS)]
    # Areas read a blank as 0 and would slope up from there to today: so they follow the past.
    data.add_series(say("Below the bands"), list(fan[columns[0]].reindex(months).fillna(past)))
    for lower, upper in itertools.pairwise(columns):
        depth = (fan[upper] - fan[lower]).reindex(months, fill_value=0.0)
        data.add_series(say("{low} to {high}", low=_words(lower), high=_words(upper)), list(depth))
    data.add_series(say("ARR"), blanks(past.reindex(months)))
    for name, frame in future.items():
        data.add_series(neutral(name), blanks(joined(past, frame["p50"]).reindex(months)))
    return data


def _words(quantile: str) -> str:
    return quantile.upper().replace("_", decimal_mark())


def _paint_bands(chart: Any, colour: str) -> int:
    """Fill the band series; give their number (the hidden one below them included)."""
    shades = [None, *(style.blend(colour, strength) for _, _, strength, _ in BANDS)]
    shades += shades[1:-1][::-1]
    for series, shade in zip(chart.plots[0].series, shades, strict=False):
        if shade is None:
            series.format.fill.background()
        else:
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = rgb(shade)
        series.format.line.fill.background()
    return len(shades)
