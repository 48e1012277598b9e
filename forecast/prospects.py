"""Prospects: single wins and losses with a chance, which happen or not on every path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from history.errors import InputError

from .streams import stream

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Prospect:
    """A win or a loss that may come.

    Its luck is drawn by its name: whatever else a scenario holds, it happens on the same paths,
    and with a higher chance on those and some more.

    Attributes
    ----------
    name : str
        Name of its luck.
    mrr : float
        MRR that is won by one customer, or below 0 what is lost, major units.
    month : int
        Months ahead in which it closes, 0 for the first.
    chance : float
        That it happens, 0 to 1.
    slips : float
        Chance that it closes late, 0 to 1.
    late : int
        How many months later it then closes.
    shares : tuple of float
        Chance of each segment to be the one, adding up to 1.

    Raises
    ------
    InputError
        A number outside its bounds.
    """

    name: str
    mrr: float
    month: int
    chance: float
    slips: float
    late: int
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        shares = (self.chance, self.slips, *self.shares)
        if not all(0 <= share <= 1 for share in shares) or abs(sum(self.shares) - 1) > 1e-9:
            raise InputError(f"prospect {self.name!r}: chances and shares lie between 0 and 1")
        if min(self.month, self.late) < 0 or not np.isfinite(self.mrr):
            raise InputError(f"prospect {self.name!r}: months are 0 or more, MRR is finite")

    @cached_property
    def key(self) -> bytes:
        """Bytes that only an equal prospect has."""
        return repr(self).encode()

    def fates(self, seed: int, paths: int) -> Iterator[tuple[int, int, Flags]]:
        """Give segment, month and the paths on which it happens there."""
        won, slipped, place = stream(seed, f"prospect/{self.name}").random((3, paths))
        edges = np.cumsum(self.shares)
        home = np.searchsorted(edges[:-1] / edges[-1], place, side="right")
        for late in (False, True):
            here = (won < self.chance) & ((slipped < self.slips) == late)
            for segment in np.unique(home[here]).tolist():
                yield segment, self.month + late * self.late, here & (home == segment)


def won(
    prospects: Sequence[Prospect], seed: int, first: int, shape: tuple[int, int, int]
) -> tuple[Floats, Floats]:
    """Give customers and MRR that prospects bring.

    Parameters
    ----------
    prospects : sequence of Prospect
        Any of the company's.
    seed : int
        Of the random streams.
    first : int
        Place of the first segment wanted.
    shape : tuple
        Segments wanted, months, paths.

    Returns
    -------
    tuple of array (segments, months, paths)

    Examples
    --------
    >>> north = Prospect("North", 100.0, month=1, chance=0.4, slips=0.0, late=0, shares=(1.0,))
    >>> customers, mrr = won([north], 7, 0, (1, 3, 4_000))
    >>> bool((mrr == 100.0 * customers).all()), customers.mean(axis=2).round(1).tolist()
    (True, [[0.0, 0.4, 0.0]])
    """
    wins = [one for one in prospects if one.mrr >= 0]
    return _played(wins, seed, first, shape)


def lost(
    prospects: Sequence[Prospect], seed: int, first: int, shape: tuple[int, int, int]
) -> Floats | None:
    """Give MRR that is lost by prospects, 0 or more, as `won`; None where none can be."""
    losses = [one for one in prospects if one.mrr < 0]
    return -_played(losses, seed, first, shape)[1] if losses else None


def _played(
    prospects: Sequence[Prospect], seed: int, first: int, shape: tuple[int, int, int]
) -> tuple[Floats, Floats]:
    """Give number and MRR of those that happen."""
    number, mrr = np.zeros((2, *shape))
    for one in prospects:
        for segment, month, here in one.fates(seed, shape[2]):
            if first <= segment < first + shape[0] and month < shape[1]:
                number[segment - first, month] += here
                mrr[segment - first, month] += one.mrr * here
    return number, mrr


def expected(
    prospects: Sequence[Prospect], months: int, segments: int
) -> tuple[Floats, Floats, Floats]:
    """Give customers and MRR that prospects bring, and MRR lost, on average (months, segments).

    Examples
    --------
    >>> north = Prospect("North", 100.0, month=0, chance=0.5, slips=0.2, late=2, shares=(1.0,))
    >>> expected([north], 3, 1)[1].ravel().tolist()
    [40.0, 0.0, 10.0]
    """
    customers, mrr, gone = np.zeros((3, months, segments))
    for one in prospects:
        for month, part in ((one.month, 1.0 - one.slips), (one.month + one.late, one.slips)):
            if month < months:
                likely = one.chance * part * np.array(one.shares)
                customers[month] += likely * (one.mrr >= 0)
                mrr[month] += max(one.mrr, 0.0) * likely
                gone[month] += max(-one.mrr, 0.0) * likely
    return customers, mrr, gone
