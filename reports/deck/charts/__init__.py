"""Native PowerPoint charts: fan, waterfall, lines, bars. Their data can be edited in PowerPoint."""

from .bars import grouped_bars, stacked_columns, tornado_chart
from .fan import fan_chart
from .lines import curve_chart, error_chart, rate_chart
from .waterfall import waterfall_chart

__all__ = [
    "curve_chart",
    "error_chart",
    "fan_chart",
    "grouped_bars",
    "rate_chart",
    "stacked_columns",
    "tornado_chart",
    "waterfall_chart",
]
