"""Ageing: young customers grow faster than old ones, so the base's rates follow its ages.

A company that grew quickly has a young base; when growth fades the base ages and expands less,
though nobody behaves otherwise. The relative rate of an age is measured within months and
segments, so that neither a price rise nor a slow year is taken for an age.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

STARTS: Final = np.array([1, 4, 7, 13, 25, 37])
"""First ages (months) of the groups that share a relative rate; the last one is open."""

_UNKNOWN: Final = 12
"""Months added to the known age of lives that ran before history began."""

_LEAN: Final = 0.5
"""Months of the company's flow that each group's factor leans on 1 with."""

_ROUNDS: Final = 20
_BOUNDS: Final = (0.2, 5.0)


@dataclass(frozen=True, eq=False)
class Ageing:
    """Relative rates by age, for one flow of MRR.

    Attributes
    ----------
    factor : array (groups,)
        Rate of an age group against the company's, one for each of `STARTS`.
    mix : array (months, segments)
        Average factor of the MRR at each month's opening, in history.
    """

    factor: Floats
    mix: Floats

    def at(self, age: Whole) -> Floats:
        """Factors at ages in months (1 or more), of the same shape."""
        return np.asarray(self.factor[group_of(age)])


def group_of(age: Whole) -> Whole:
    """Group of an age in months."""
    return np.asarray(np.maximum(np.searchsorted(STARTS, age, side="right") - 1, 0))


def known_age(age: Whole, truncated: NDArray[np.bool_]) -> Whole:
    """Ages with what is added where the start lies before history."""
    return np.asarray(age + np.where(truncated, _UNKNOWN, 0), dtype=np.int64)


def fit_ageing(cells: pd.DataFrame, flow: str, rows: Whole, shape: tuple[int, int]) -> Ageing:
    """Fit the relative rates of one flow by age.

    Parameters
    ----------
    cells : DataFrame
        Exposure of lives: `segment, age, left_truncated, open_mrr` and the flow's column.
    flow : str
        `expansion` or `contraction`.
    rows : array (cells,)
        Position of each cell's month in history.
    shape : (months, segments)
        Of history.

    Returns
    -------
    Ageing
    """
    age = cells["age"].to_numpy(dtype=np.int64)
    group = group_of(known_age(age, cells["left_truncated"].to_numpy(dtype=bool)))
    place = (group, rows, cells["segment"].to_numpy(dtype=np.int64))
    opened, amount = np.zeros((len(STARTS), *shape)), np.zeros((len(STARTS), *shape))
    np.add.at(opened, place, cells["open_mrr"].to_numpy(dtype=float))
    np.add.at(amount, place, np.abs(cells[f"{flow}_mrr"].to_numpy(dtype=float)))
    factor = _relative(opened, amount)
    weighed = np.einsum("g,gts->ts", factor, opened)
    total = opened.sum(axis=0)
    return Ageing(factor, np.divide(weighed, total, out=np.ones(shape), where=total > 0))


def _relative(opened: Floats, amount: Floats) -> Floats:
    """Factors by age group, within months and segments, leaning on 1."""
    factor = np.ones(len(opened))
    if amount.sum() <= 0:
        return factor
    months = max(int((amount.sum(axis=(0, 2)) > 0).sum()), 1)
    lean = _LEAN * amount.sum() / months
    for _ in range(_ROUNDS):
        base = np.einsum("g,gts->ts", factor, opened)
        rate = np.divide(amount.sum(axis=0), base, out=np.zeros_like(base), where=base > 0)
        expected = np.einsum("ts,gts->g", rate, opened)
        factor = np.clip((amount.sum(axis=(1, 2)) + lean) / (expected + lean), *_BOUNDS)
        weight = opened.sum(axis=(1, 2))
        factor = factor / ((factor * weight).sum() / weight.sum())
    return np.asarray(factor)
