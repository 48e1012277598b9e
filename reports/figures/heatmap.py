"""The cohort heat map: share still there, cohorts down, months since the start across."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from history.language import marked, say

from .. import style
from ..digest.retention import cohort_groups
from ..format import percent
from .canvas import drawing, dress

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from history import Cohorts


_TITLES: Final = {
    "customers": {
        "month": marked("Customers still there, by month of start"),
        "quarter": marked("Customers still there, by quarter of start"),
        "year": marked("Customers still there, by year of start"),
    },
    "mrr": {
        "month": marked("MRR still there, by month of start"),
        "quarter": marked("MRR still there, by quarter of start"),
        "year": marked("MRR still there, by year of start"),
    },
}


@drawing
def cohort_heatmap(
    cohorts: Cohorts, ax: Axes, *, value: Literal["customers", "mrr"] = "customers", rows: int = 16
) -> Axes:
    """Draw the triangle of cohorts, months put together so that at most `rows` remain.

    Parameters
    ----------
    cohorts : Cohorts
        The total over its segments is drawn.
    ax : Axes
    value : {"customers", "mrr"}
    rows : int

    Returns
    -------
    Axes
    """
    import matplotlib as mpl

    groups = cohort_groups(cohorts.triangle(value=value), rows)
    shares = groups.shares.to_numpy(float)
    colours = mpl.colormaps[style.HEAT]
    top = max(1.0, float(np.nanmax(shares)))
    ax.imshow(np.ma.masked_invalid(shares), cmap=colours, vmin=0.0, vmax=top, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        if np.isfinite(share):
            ax.text(column, row, percent(float(share), 0), ha="center", va="center", fontsize=10,
                    color=heat_ink(float(share)))  # fmt: skip
    ax.set_xticks(range(shares.shape[1]), [str(age) for age in groups.shares.columns])
    ax.set_yticks(range(shares.shape[0]), [str(label) for label in groups.shares.index])
    ax.set_xlabel(say("Months since the first paying close"))
    dress(ax, say(_TITLES[value][groups.word]))
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    return ax


def heat_colour(share: float, top: float = 1.0) -> str:
    """Colour of a share on the heat map, ``#RRGGBB``.

    Examples
    --------
    >>> heat_colour(1.0), heat_colour(0.0)
    ('#FEE838', '#00224E')
    """
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    return to_hex(mpl.colormaps[style.HEAT](min(max(share / top, 0.0), 1.0))).upper()


def heat_ink(share: float) -> str:
    """Colour of the text on a cell of the heat map, light on dark and dark on light.

    Examples
    --------
    >>> heat_ink(0.9), heat_ink(0.1)
    ('#000000', '#FFFFFF')
    """
    return "#000000" if share > 0.5 else "#FFFFFF"
