"""Newcomers: segments that a scenario launches, believed to behave like one that the company has.

A newcomer begins with nobody. Who comes is said by the levers; how those who came leave, grow, come
back and what they pay is believed as of the segment that it is like, on the same paths: should that
one's churn turn out higher, so does the newcomer's. Only the luck of its own customers is its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from history.segments import Segments

from .beliefs import LUCK, Beliefs, Entrants
from .luck import Luck, Normals

if TYPE_CHECKING:
    from history import Movements

Whole = NDArray[np.int64]

_EMPTY: Final = (
    *("opening", "customers", "lapsed", "notice", "notice_mrr", "under_notice"),
    "new_customers",
)
"""What a newcomer has nothing of, before any lever."""


@dataclass(frozen=True)
class Newcomer:
    """A segment that is launched.

    Attributes
    ----------
    key : tuple of str
        Its values of the dimensions.
    like : tuple of str
        Key of the segment that it behaves like.
    """

    key: tuple[str, ...]
    like: tuple[str, ...]


@dataclass(frozen=True)
class Joined:
    """The company's segments and the newcomers, sorted together.

    Attributes
    ----------
    lived : Segments
        The segments of history.
    newcomers : tuple of Newcomer
        Each with a key that no other has.

    Examples
    --------
    >>> lived = Segments(("size",), (("Large",), ("Small",)))
    >>> both = Joined(lived, (Newcomer(("Medium",), ("Small",)),))
    >>> both.segments.labels, both.known.tolist(), both.source.tolist()
    (['Large', 'Medium', 'Small'], [0, 2], [0, 1, 1])
    """

    lived: Segments
    newcomers: tuple[Newcomer, ...] = ()

    @property
    def segments(self) -> Segments:
        """All of them."""
        if not self.newcomers:
            return self.lived
        keys = [*self.lived.keys, *(one.key for one in self.newcomers)]
        return Segments(self.lived.by, tuple(sorted(keys)))

    @property
    def known(self) -> Whole:
        """Places of the segments of history, array (segments of history,)."""
        keys = self.segments.keys
        return np.array([keys.index(key) for key in self.lived.keys], dtype=np.int64)

    @property
    def source(self) -> Whole:
        """Places in history of each segment, of a newcomer that of its like, array (segments,)."""
        like = {one.key: one.like for one in self.newcomers}
        places = [self.lived.keys.index(like.get(key, key)) for key in self.segments.keys]
        return np.array(places, dtype=np.int64)

    @property
    def new(self) -> NDArray[np.bool_]:
        """Whether a segment is a newcomer, array (segments,)."""
        found = np.ones(len(self.segments), dtype=np.bool_)
        found[self.known] = False
        return found

    def widened(self, values: NDArray[Any], axis: int = 0) -> NDArray[Any]:
        """Give values of the segments of history with zeros for the newcomers."""
        if not self.newcomers:
            return values
        wide = np.take(values, self.source, axis=axis)
        np.moveaxis(wide, axis, 0)[self.new] = 0
        return wide

    def movements(self, movements: Movements) -> Movements:
        """Give the history with columns for the newcomers, who have none."""
        if not self.newcomers:
            return movements
        cells = {name: self.widened(part, 2) for name, part in vars(movements.cells).items()}
        return replace(movements, segments=self.segments, cells=replace(movements.cells, **cells))

    def beliefs(self, beliefs: Beliefs, luck: Luck, errors: Normals) -> Beliefs:
        """Give beliefs about all segments.

        Parameters
        ----------
        beliefs : Beliefs
            About those of history; what was drawn for them stays as it is.
        luck : Luck
            Theirs, whose seed and shape are used.
        errors : array (segments of history, months, paths)
            Factors on the customers expected, by which forecasts of them are wrong.
        """
        if not self.newcomers:
            return beliefs
        new, source = self.new, self.source
        labels = [label for label, is_new in zip(self.segments.labels, new, strict=True) if is_new]
        own = replace(luck, labels=labels)
        values: dict[str, Any] = {
            name: self.widened(value) if name in _EMPTY else value[source]
            for name, value in vars(beliefs).items()
            if isinstance(value, np.ndarray)
        }
        for name in ("scatter", "noise"):
            values[name] = {key: part[source] for key, part in getattr(beliefs, name).items()}
        drawn = {name: beliefs.luck[name][source] for name in LUCK}
        for name, part in drawn.items():
            part[new] = own.normals(name)
        counts, launched = np.zeros((2, *drawn[LUCK[0]].shape), dtype=np.float32)
        counts[new] = own.normals("new customers, count")
        launched[new] = errors[source[new]]
        values["luck"] = {**drawn, "launched": launched, "launched_count": counts}
        cells = replace(beliefs.cells, segment=self.known[beliefs.cells.segment])
        entrants = self._entrants(beliefs.entrants)
        return replace(beliefs, **values, cells=cells, entrants=entrants)

    def _entrants(self, entrants: Entrants) -> Entrants:
        """Give the groups of those to come: each segment's as those of its source."""
        groups = [np.flatnonzero(entrants.segment == place) for place in self.source]
        taken = np.concatenate(groups)
        return replace(
            entrants,
            segment=np.repeat(np.arange(len(groups)), [len(group) for group in groups]),
            customers=entrants.customers[taken],
            mrr=entrants.mrr[taken],
            hazard=entrants.hazard[taken],
            calendar=entrants.calendar[self.source],
            annual=entrants.annual[taken],
        )
