"""The bridge between two figures, such as two scenarios or plan and actuals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import style
from ..format import scale_of
from ..geometry import waterfall
from .canvas import drawing, dress
from .waterfall import draw_bars

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from scenarios import Bridge


@drawing
def bridge(
    data: Bridge, ax: Axes, *, currency: str, colours: tuple[str, str] | None = None
) -> Axes:
    """Draw a bridge: its start, its steps, its end, the printed figures adding up.

    Parameters
    ----------
    data : Bridge
        Amounts in major units.
    ax : Axes
    currency : str
        ISO 4217 code.
    colours : (start, end), optional
        Of the two totals, such as the colours of two scenarios.

    Returns
    -------
    Axes
    """
    scale = scale_of([data.start, data.end, *(step.amount for step in data.steps)])
    shown = data.rounded(scale.places)
    bars = waterfall(
        (shown.start_label, shown.start),
        [(step.label, step.amount) for step in shown.steps],
        (shown.end_label, shown.end),
    )
    draw_bars(bars, ax, currency, colours=colours or (style.TOTAL, style.TOTAL))
    dress(ax, data.title)
    return ax
