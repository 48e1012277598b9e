"""Sizes: how much the customers concerned differ from each other and from the average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .record import Record, summed

Floats = NDArray[np.float64]

_USUAL_SCATTER: Final = 1.0
"""Squared coefficient of variation assumed where nothing was seen (an exponential's)."""

_LEAN: Final = 10.0
_RATIO_BOUNDS: Final = (0.1, 10.0)


@dataclass(frozen=True, eq=False)
class Sizes:
    """Sizes of the customers lost and returned, arrays (segments,).

    Attributes
    ----------
    lost, returning : array
        Average MRR against the average of those at equal risk (lost), or of all (returning).
    lost_scatter, returning_scatter : array
        Squared coefficient of variation of one customer's MRR.
    """

    lost: Floats
    returning: Floats
    lost_scatter: Floats
    returning_scatter: Floats


def measure_sizes(record: Record, cells: pd.DataFrame, segments: int) -> Sizes:
    """Measure sizes from the movements and from the exposure of lives (major units)."""
    return Sizes(
        lost=_lost(cells, segments),
        returning=_returning(record),
        lost_scatter=scatter(record, "churn"),
        returning_scatter=scatter(record, "reactivation"),
    )


def scatter(record: Record, movement: str) -> Floats:
    """Squared coefficient of variation of the customers' amounts within a month, by segment.

    Segments lean on the company, the company on 1, with ten customers each.
    """
    count, amount = record.customers[movement], np.abs(record.mrr[movement])
    several = count >= 2
    divisor = np.where(several, count, 1.0)
    spread = np.where(several, record.squares[movement] - amount**2 / divisor, 0.0).sum(axis=0)
    freedom = np.where(several, count - 1.0, 0.0)
    square = (freedom * (amount / divisor) ** 2).sum(axis=0)
    freedom = freedom.sum(axis=0)
    own = np.divide(spread, square, out=np.zeros_like(spread), where=square > 0)
    seen = float(freedom.sum())
    average = float((own * freedom).sum() / seen) if seen > 0 else 0.0
    common = (seen * average + _LEAN * _USUAL_SCATTER) / (seen + _LEAN)
    return np.asarray(np.maximum((freedom * own + _LEAN * common) / (freedom + _LEAN), 0.0))


def _lost(cells: pd.DataFrame, segments: int) -> Floats:
    """MRR lost against what equal shares of the MRR at risk would be, by segment."""
    segment = cells["segment"].to_numpy(dtype=np.int64)
    share = cells["churned"].to_numpy(dtype=float) / cells["at_risk"].to_numpy(dtype=float)
    equal = cells["open_mrr"].to_numpy(dtype=float) * share
    lost = np.abs(cells["churn_mrr"].to_numpy(dtype=float))
    sums = [summed(segment, values, segments) for values in (lost, equal)]
    churned = cells["churned"].to_numpy(dtype=float).sum()
    return _leaning(sums[0], sums[1], churned)


def _returning(record: Record) -> Floats:
    """MRR of returned customers against the average paying customer's, by segment."""
    count = record.customers["reactivation"]
    paying = _paying(record)
    arpa = np.divide(record.opening, paying, out=np.zeros_like(paying), where=paying > 0)
    return _leaning(
        record.mrr["reactivation"].sum(axis=0), (count * arpa).sum(axis=0), float(count.sum())
    )


def _paying(record: Record) -> Floats:
    """Give customers at the opening of each month, array (months, segments)."""
    moves = record.customers
    net = moves["new"] + moves["reactivation"] - moves["churn"]
    closing = record.first_customers + np.cumsum(net, axis=0)
    return np.concatenate([record.first_customers[None, :], closing[:-1]])


def _leaning(seen: Floats, equal: Floats, events: float) -> Floats:
    """Ratios seen / equal: segments lean on the company's, the company's on 1."""
    whole, total = float(seen.sum()), float(equal.sum())
    if total <= 0 or events <= 0:
        return np.ones(len(seen))
    unit = total / events
    common = (whole + _LEAN * unit) / (total + _LEAN * unit)
    ratio = (seen + _LEAN * unit * common) / (equal + _LEAN * unit)
    return np.asarray(np.clip(ratio, *_RATIO_BOUNDS))
