"""Mean paths of every measure of one projection: all that comparing assumptions needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from forecast.engine import COUNTS, FLOWS
from history.errors import unknown_name

if TYPE_CHECKING:
    from forecast.projection import Projection

Floats = NDArray[np.float64]

LEVELS: Final = ("mrr", "arr", "customers")
"""Measures at the close of a month; all others are of the month and add up over months."""

COUNTED: Final = ("customers", *COUNTS)
"""Measures in customers; all others are money."""


@dataclass(frozen=True, eq=False)
class Means:
    """Means over the paths, by month and segment.

    Attributes
    ----------
    values
        Measure to array (months, segments); amounts in major units.
    """

    values: Mapping[str, Floats]

    @classmethod
    def of(cls, projection: Projection) -> Means:
        """Take the means of a projection's movements; the levels follow from them."""
        flows = {name: projection.means(name) for name in FLOWS}
        counts = {name: projection.means(name) for name in COUNTS}
        mrr = projection.opening + np.cumsum(sum(flows.values()), axis=0)
        won = counts["new_customers"] + counts["reactivated_customers"]
        net = won - counts["churned_customers"]
        customers = projection.opening_customers + np.cumsum(net, axis=0)
        return cls({"mrr": mrr, "arr": 12.0 * mrr, "customers": customers, **flows, **counts})

    def total(self, measure: str, chosen: NDArray[np.bool_] | None = None) -> Floats:
        """Mean path of a measure, array (months,), over all segments or those chosen.

        Raises
        ------
        UnknownNameError
            No such measure.
        """
        if measure not in self.values:
            raise unknown_name("measure", measure, self.values)
        values = self.values[measure]
        return np.asarray((values if chosen is None else values[:, chosen]).sum(axis=1))
