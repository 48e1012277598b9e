"""Amounts of the wrong scale: which of two neighbours is the odd one, and what it should be."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["off_scale"]

_SCALES: Final = np.log(np.array([10.0, 12.0, 100.0, 1000.0, 0.1, 1 / 12, 0.01, 0.001]))
_NEAR: Final = float(np.log(1.35))
_ALIKE: Final = float(np.log(2.5))
_REFERENCES: Final = ("to_before", "to_after", "to_price", "to_peers")
_CONTRADICT: Final = [0, 1, 3]
"""A unit price that agrees says little: it may be as wrong as the amount."""


def off_scale(suspects: pd.DataFrame) -> pd.DataFrame:
    """Give the suspects whose ratio is a scale to something and like nothing.

    Parameters
    ----------
    suspects
        Rows of ``audit/suspects.sql``: the ratio to what stands before, after, and to peers.

    Returns
    -------
    DataFrame
        The lines of the wrong scale with ``expected`` (the amount brought to scale) and
        ``strength``: 2 where two references agree, else 1.
    """
    logs = np.log(suspects[list(_REFERENCES)].to_numpy(dtype=float))
    distance = np.abs(logs[:, :, None] - _SCALES)
    nearest = _SCALES[np.argmin(np.nan_to_num(distance, nan=np.inf), axis=2)]
    votes = np.nanmin(np.where(np.isnan(distance), np.inf, distance), axis=2) < _NEAR
    against = np.abs(logs[:, _CONTRADICT]) < _ALIKE
    odd = votes.any(axis=1) & ~against.any(axis=1)
    odd &= ~_explained(suspects, odd, votes)
    scale = _first(nearest, votes)
    found: pd.DataFrame = suspects.assign(
        billed=suspects["mrr"],
        expected=suspects["mrr"] / np.exp(scale),
        strength=np.where(votes.sum(axis=1) >= 2, 2, 1),
    )
    kept: pd.DataFrame = found.loc[odd]
    return kept


def _first(
    nearest: npt.NDArray[np.float64], votes: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Give the scale by the reference that is most to be trusted: neighbours before peers."""
    place = np.argmax(votes, axis=1)
    first: npt.NDArray[np.float64] = nearest[np.arange(len(nearest)), place]
    return first


def _explained(
    suspects: pd.DataFrame, odd: npt.NDArray[np.bool_], votes: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Tell which lines are odd only beside the next one, which is odd itself.

    Of two lines that contradict each other, with nothing else to go by, the later one is the
    finding.
    """
    alone = (votes.sum(axis=1) == 1) & votes[:, _REFERENCES.index("to_after")]
    next_is_odd = suspects["after_id"].isin(suspects.loc[odd, "line_id"]).to_numpy()
    explained: npt.NDArray[np.bool_] = alone & next_is_odd
    return explained
