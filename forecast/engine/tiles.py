"""How the work is cut: few enough cells of one month together for the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

TILE: Final = 32768
"""Cells (segments x paths) of one month that are played together."""


def runs(wanted: Sequence[bool], paths: int) -> Iterator[slice]:
    """Give neighbouring wanted segments, together no more than a tile.

    Examples
    --------
    >>> list(runs([True, True, False, True], paths=100))
    [slice(0, 2, None), slice(3, 4, None)]
    """
    most = max(1, TILE // paths)
    first = 0
    while first < len(wanted):
        last = first
        while last < len(wanted) and wanted[last] and last - first < most:
            last += 1
        if last > first:
            yield slice(first, last)
        first = max(last, first + 1)


def cuts(paths: int) -> Iterator[slice]:
    """Give the paths of a segment, no more than a tile at a time.

    Examples
    --------
    >>> list(cuts(40_000))
    [slice(0, 32768, None), slice(32768, 40000, None)]
    """
    for first in range(0, paths, TILE):
        yield slice(first, min(first + TILE, paths))
