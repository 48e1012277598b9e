"""Bands: how many movements lie outside a plan's band, beside how many do by luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..plans.figures import Floats
from .lines import ACTUAL_MOVEMENTS
from .places import place_of
from .spans import Span
from .words import reading

if TYPE_CHECKING:
    from .variance import Variance


@dataclass(frozen=True)
class Bands:
    """The company's movements of a period beside the plan's 80 % band.

    Attributes
    ----------
    lines
        Movements that have a place among the paths.
    outside
        Those that lie outside the band.
    expected
        How many of the movements of the plan's own paths do, on average.
    chance
        Share of the plan's own paths of which as many do.
    """

    lines: int
    outside: tuple[str, ...]
    expected: float
    chance: float


def bands_of(variance: Variance, span: Span) -> Bands | None:
    """Count the movements outside the band, on the actuals and on every path.

    None where there are no paths, or the period reaches into months that are not closed.
    """
    paths = variance.paths
    if span.last >= variance.closed or not len(paths.closings):
        return None
    names = [name for name in ACTUAL_MOVEMENTS if (name, "") in paths.flows]
    outside, counts = [], np.zeros(len(paths.closings))
    for name in names:
        if reading(float(place_of(variance, span, name)[-1])) != "noise":
            outside.append(name)
        draws = paths.flows[name, ""][:, span.within, -1].sum(axis=1)
        own = places_among(np.rint(draws / paths.smallest))
        counts += (own < 10.0) | (own > 90.0)
    # The actuals count as one more path.
    beyond = int((counts >= len(outside)).sum()) + 1
    return Bands(len(names), tuple(outside), float(counts.mean()), beyond / (len(counts) + 1))


def places_among(values: Floats) -> Floats:
    """Place each value among the others: share below plus half the ties, 0-100.

    Examples
    --------
    >>> places_among(np.array([3.0, 1.0, 1.0, 2.0, 5.0])).tolist()
    [75.0, 12.5, 12.5, 50.0, 100.0]
    """
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    return np.asarray(50.0 * (below + upto - 1) / max(len(values) - 1, 1))
