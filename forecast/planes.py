"""Planes: arrays (segments, months, paths) that lie in memory month after month.

The engine goes through the months with all its segments at once. A month in one piece is read
twice as fast as the same numbers in a piece for every segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def planes(shape: Sequence[int], kind: DTypeLike) -> NDArray[Any]:
    """Give an array, or several of one shape, of any content.

    Several in one go are quicker than one by one: the system hands out (and clears) the memory of
    large arrays in large pieces.

    Parameters
    ----------
    shape : (segments, months, paths) or (arrays, segments, months, paths)
        Of what is given.
    kind : dtype
        Of its values.

    Examples
    --------
    >>> made = planes((2, 3, 100), float)
    >>> made.shape, made[:, 1].flags.c_contiguous
    ((2, 3, 100), True)
    """
    *several, segments, months, paths = shape
    return np.empty((*several, months, segments, paths), dtype=kind).swapaxes(-3, -2)


def stacked(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Give arrays of single segments (months, paths) as one; not of the parts' memory."""
    made = planes((len(parts), *parts[0].shape), parts[0].dtype)
    return np.stack(parts, out=made)
