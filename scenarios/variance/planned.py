"""Books of what is planned or forecast: the figures of a plan in the segments of a variance."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from history.segments import Segments

from ..comparing.bridge import foot
from ..plans.figures import LINES, MOVEMENTS, Floats, Ints
from .books import Books
from .lines import ACTUAL_MOVEMENTS


def planned_books(
    figures: pd.DataFrame, of: Segments, months: int, segments: Segments, weights: Ints
) -> Books:
    """Give the figures of a plan, or of a projection as a plan has them.

    Parameters
    ----------
    figures
        As in `Plan.figures`.
    of
        Their segments.
    months
        How many of their months.
    segments
        Those of the variance; all of theirs are among them.
    weights
        By which churn is shared out, (2, reasons): MRR, and customers.
    """
    rows = figures.loc[figures["segment"] >= 0]
    to = [segments.keys.index(key) for key in of.keys]

    def cube(column: str) -> Floats:
        values = rows[column].to_numpy().reshape(-1, len(of), len(LINES))[:months]
        placed = np.zeros((months, len(LINES), len(segments)), dtype=values.dtype)
        placed[:, :, to] = values.transpose(0, 2, 1)
        return placed

    mean, people = cube("mean").astype(np.int64), cube("customers")
    flows = np.zeros((months, len(ACTUAL_MOVEMENTS), len(segments)), dtype=np.int64)
    for name in MOVEMENTS:
        flows[:, ACTUAL_MOVEMENTS.index(name)] = mean[:, LINES.index(name)]
    churn = LINES.index("churn")
    customers = weights[1] / weights[1].sum()
    return Books(
        opening=mean[0, 0],
        flows=flows,
        customers=people[:, 0],
        won=people[:, LINES.index("new")],
        churn=shared_out(mean[:, churn], weights[0]),
        lost=people[:, churn, None] * customers[:, None],
    )


def shared_out(amounts: Ints, weights: Ints) -> Ints:
    """Share amounts (months, segments) out by weights: (months, weights, segments), exactly.

    Examples
    --------
    >>> shared_out(np.array([[-100, 7]]), np.array([2, 1])).tolist()
    [[[-67, 5], [-33, 2]]]
    """
    whole = Decimal(int(weights.sum()))
    parts = [
        foot([Decimal(int(amount) * int(weight)) / whole for weight in weights], int(amount))
        for amount in amounts.flat
    ]
    shared = np.array(parts, dtype=np.int64).reshape(*amounts.shape, len(weights))
    return np.asarray(shared.transpose(0, 2, 1))
