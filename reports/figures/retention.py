"""Retention curves: what is still there of the cohorts, by age and segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from history.language import marked, say, say_many

from .. import style
from ..digest.retention import share_by_age
from ..format import percent, shorten
from ..geometry import spread
from .canvas import drawing, dress

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast import RetentionCurve
    from history import Cohorts

_MOST: Final = 6  # lines that a reader can follow
_TITLES: Final = {
    "customers": marked("Share of customers still there"),
    "mrr": marked("Share of MRR still there"),
}


@drawing
def retention_curves(
    cohorts: Cohorts,
    ax: Axes,
    *,
    value: Literal["customers", "mrr"] = "customers",
    fitted: Mapping[str, RetentionCurve] | None = None,
) -> Axes:
    """Draw the share still there by age, a line a segment, named at its end.

    Parameters
    ----------
    cohorts : Cohorts
        By any segments; the six largest are drawn.
    ax : Axes
    value : {"customers", "mrr"}
    fitted : mapping of segment label to RetentionCurve, optional
        Drawn as thin dotted lines over the same ages.

    Returns
    -------
    Axes
    """
    triangles = {
        label: cohorts.triangle(_segment(cohorts, place), value=value)
        for place, label in enumerate(cohorts.segments.labels)
    }
    largest = sorted(triangles, key=lambda label: -float(triangles[label][0].sum()))[:_MOST]
    curves = {label: share_by_age(triangles[label]) for label in largest}
    looks = style.looks(curves)
    for label, curve in curves.items():
        look = looks[label]
        ax.plot(curve.index.to_numpy(float), curve.to_numpy(), color=look.colour, linewidth=2.2,
                linestyle=look.linestyle)  # fmt: skip
        if fitted and label in fitted:
            ages = np.arange(int(curve.index.max()) + 1)
            ax.plot(ages, fitted[label].survival(ages), color=look.ink, linewidth=1.0,
                    linestyle=(0, (1, 2)))  # fmt: skip
    top = max(1.0, *(float(curve.max()) for curve in curves.values()))
    oldest = max(int(curve.index.max()) for curve in curves.values())
    ax.set_ylim(0, top * 1.04)
    ax.set_xlim(0, max(oldest, 1))
    ends = [float(curve.iloc[-1]) for curve in curves.values()]
    for (label, curve), place in zip(curves.items(), spread(ends, 0.06 * top), strict=True):
        ax.annotate(
            f"{shorten(label, 24)} {percent(float(curve.iloc[-1]), 0)}",
            (float(curve.index[-1]) / max(oldest, 1), place), xycoords=("axes fraction", "data"),
            xytext=(6, 0), textcoords="offset points", va="center", color=looks[label].ink,
            fontweight="bold", fontsize=10.5, annotation_clip=False,
        )  # fmt: skip
    ax.yaxis.set_major_formatter(_share)
    ax.set_xlabel(say("Months since the first paying close"))
    ax.locator_params(axis="x", integer=True)
    hidden = len(triangles) - len(curves)
    title = say(_TITLES[value])
    if hidden:
        title = say_many(
            "{title}; one smaller segment not drawn",
            "{title}; {n} smaller segments not drawn",
            hidden, title=title,
        )  # fmt: skip
    dress(ax, title)
    return ax


def _share(share: float, _place: float | None = None) -> str:
    return percent(share, 0)


def _segment(cohorts: Cohorts, place: int) -> str | None:
    return cohorts.segments.labels[place] if cohorts.segments.by else None
