"""Segments: the values of the dimensions by which a ledger is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .errors import InputError, unknown_name

__all__ = ["BLANK", "Segments", "dimension_names"]

BLANK = "(blank)"
"""The text that stands for a dimension value that is missing."""


@dataclass(frozen=True)
class Segments:
    """The segments of a table: names of dimensions and one key a segment, sorted.

    Parameters
    ----------
    by
        Names of the dimensions; empty for the whole company.
    keys
        One tuple of values a segment, sorted; ``((),)`` if ``by`` is empty.

    Examples
    --------
    >>> segments = Segments(("size", "region"), (("SMB", "EU"), ("SMB", "US")))
    >>> segments.labels
    ['SMB / EU', 'SMB / US']
    >>> segments.mask({"region": "US"}).tolist()
    [False, True]
    >>> Segments().labels
    ['total']
    """

    by: tuple[str, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ((),)

    def __post_init__(self) -> None:
        if any(len(key) != len(self.by) for key in self.keys):
            raise InputError(f"each segment key needs one value for each of {list(self.by)}")
        if list(self.keys) != sorted(set(self.keys)):
            raise InputError("segment keys must be sorted and unique")

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def labels(self) -> list[str]:
        """One readable label a segment, "total" when there are no dimensions."""
        return [" / ".join(key) if key else "total" for key in self.keys]

    def position(self, label: str) -> int:
        """Give the position of a segment by its label.

        Raises
        ------
        UnknownNameError
            No segment has this label.
        """
        if label not in self.labels:
            raise unknown_name("segment", label, self.labels)
        return self.labels.index(label)

    def mask(self, where: Mapping[str, str | list[str]] | None) -> npt.NDArray[np.bool_]:
        """Say which segments are meant.

        Parameters
        ----------
        where
            Dimension -> value or list of values; all must hold. None or empty means all.

        Returns
        -------
        array of bool, shape (segments,)

        Raises
        ------
        UnknownNameError
            A dimension or a value does not exist here.
        """
        chosen = np.ones(len(self), dtype=np.bool_)
        for name, wanted in (where or {}).items():
            if name not in self.by:
                raise unknown_name("segment column", name, self.by, at=("where", name))
            at = self.by.index(name)
            values = [key[at] for key in self.keys]
            wanted_values = [wanted] if isinstance(wanted, str) else [str(v) for v in wanted]
            for place, value in enumerate(wanted_values):
                if value not in values:
                    known, here = sorted(set(values)), ("where", name, place)
                    raise unknown_name(f"value of {name}", value, known, at=here)
            chosen &= np.array([value in wanted_values for value in values], dtype=np.bool_)
        return chosen


def dimension_names(by: str | Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """Turn the ``by`` of a call into names of dimensions.

    Parameters
    ----------
    by
        None, one name, or several.
    known
        The dimensions of the ledger.

    Raises
    ------
    UnknownNameError
        A name is no dimension of the ledger.
    InputError
        A name is given twice.
    """
    names = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    for name in names:
        if name not in known:
            raise unknown_name("segment column", name, known)
    if len(set(names)) != len(names):
        raise InputError(f"a segment column is named twice in {list(names)}")
    return names
