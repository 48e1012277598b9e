"""Native PowerPoint charts: a fan, a waterfall, lines. Their data can be edited in PowerPoint."""

from .fan import fan_chart
from .lines import error_chart, rate_chart
from .waterfall import waterfall_chart

__all__ = ["error_chart", "fan_chart", "rate_chart", "waterfall_chart"]
