"""A table of equally long numpy columns that grows at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Columns:
    """Named numpy columns of one length; rows are appended in blocks and never removed.

    Parameters
    ----------
    defaults
        For each column the value of a row that names none; its type is the column's type.

    Examples
    --------
    >>> import numpy as np
    >>> table = Columns({"age": 0, "rate": 1.0})
    >>> table.append(2, age=np.array([3, 4]))
    array([0, 1])
    >>> table["age"].tolist(), table["rate"].tolist()
    ([3, 4], [1.0, 1.0])
    """

    def __init__(self, defaults: Mapping[str, bool | int | float]) -> None:
        self._defaults = dict(defaults)
        self._size = 0
        self._data: dict[str, Array] = {
            name: np.full(1024, value) for name, value in defaults.items()
        }

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, name: str) -> Array:
        """Return a writable view of one column, valid until the next append."""
        return self._data[name][: self._size]

    def append(self, count: int, **values: Array | float) -> Array:
        """Append `count` rows and return their positions, shape (count,)."""
        self._reserve(self._size + count)
        rows = np.arange(self._size, self._size + count)
        self._size += count
        for name, value in values.items():
            self._data[name][rows] = value
        return rows

    def _reserve(self, size: int) -> None:
        for name, data in self._data.items():
            if size > len(data):
                grown = np.full(max(size, 2 * len(data)), self._defaults[name], dtype=data.dtype)
                grown[: len(data)] = data
                self._data[name] = grown
