"""How the sheet Assumptions is laid out, for who writes it and who reads it back."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import numpy as np

from history.language import marked

NAME: Final = marked("Assumptions")
RANGE: Final = "Assumptions"
"""Name, alike in every language, of the cells that may be typed over: by it the sheet is found."""

HEAD: Final = 3
"""Row of the headings, from 0."""

WAYS: Final = ("times", "plus")
CHECK: Final = marked("As written")
"""Heading of the letters that tell whether a row's numbers are those written."""


def check_of(values: np.ndarray) -> str:
    """Give letters that change when one of a row's numbers does.

    Examples
    --------
    >>> check_of(np.array([1.0, 0.8])) == check_of(np.array([1.0, 0.9]))
    False
    """
    return sha256(" ".join(f"{value:.12g}" for value in values + 0.0).encode()).hexdigest()[:8]
