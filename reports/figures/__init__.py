"""Figures: each takes data and a matplotlib axes, draws on it and returns it.

Examples
--------
>>> from reports import figures
>>> figure, ax = figures.canvas(8, 5)
>>> ax.get_title()
''
"""

from .bridge import bridge
from .canvas import canvas, save
from .fan import arr_fan
from .heatmap import cohort_heatmap
from .plan import plan_versus_actuals
from .retention import retention_curves
from .tornado import tornado
from .waterfall import movements_waterfall

__all__ = [
    "arr_fan",
    "bridge",
    "canvas",
    "cohort_heatmap",
    "movements_waterfall",
    "plan_versus_actuals",
    "retention_curves",
    "save",
    "tornado",
]
