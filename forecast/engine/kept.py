"""What is kept of earlier runs: arrays of segments, the longest unused given up first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ..planes import stacked

Block = Mapping[str, NDArray[Any]]
"""Arrays (segments, months, paths) by name, all of the same segments."""


@dataclass(frozen=True, eq=False)
class _Place:
    """One segment's arrays: where they stand in a block, and their size in bytes."""

    block: Block
    at: int
    size: int


class Kept:
    """Arrays by segment and key, up to a number of bytes.

    Parameters
    ----------
    most : int
        Bytes.
    """

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0
        self._found: OrderedDict[Hashable, _Place] = OrderedDict()

    def get(self, keys: Sequence[Hashable]) -> Block | None:
        """Give the arrays of some segments in the order of their keys; None if one is missing."""
        found = [self._found[key] for key in keys if key in self._found]
        if len(found) < len(keys):
            return None
        for key in keys:
            self._found.move_to_end(key)
        block, first = found[0].block, found[0].at
        if all(one.block is block and one.at == first + i for i, one in enumerate(found)):
            return {name: values[first : first + len(keys)] for name, values in block.items()}
        return {name: stacked([one.block[name][one.at] for one in found]) for name in block}

    def put(self, keys: Sequence[Hashable], block: Block) -> None:
        """Keep the arrays of some segments, one key a segment."""
        size = sum(values.nbytes for values in block.values()) // len(keys)
        for at, key in enumerate(keys):
            if key in self._found:
                self._held -= self._found.pop(key).size
            self._found[key] = _Place(block, at, size)
            self._held += size
        while self._held > self._most:
            self._held -= self._found.popitem(last=False)[1].size
