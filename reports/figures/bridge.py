"""The bridge between two figures, such as two scenarios or plan and actuals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import style
from ..format import Scale, label_words, scale_of
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
    scale = _scale(data)
    shown = data.rounded(scale.places)
    bars = waterfall(
        (shown.start_label, shown.start),
        [(label_words(step.label), step.amount) for step in shown.steps],
        (shown.end_label, shown.end),
    )
    draw_bars(bars, ax, currency, colours=colours or (style.TOTAL, style.TOTAL), scale=scale)
    dress(ax, data.title)
    return ax


def _scale(data: Bridge) -> Scale:
    """Choose the scale of the totals, or a finer one in which the largest step has two digits."""
    steps = [step.amount for step in data.steps]
    coarse = scale_of([data.start, data.end, *steps])
    largest = max(map(abs, steps), default=0.0)
    if round(largest, coarse.places) >= 10.0 ** (1 - coarse.places) or not largest:
        return coarse
    return scale_of(steps, digits=2)
