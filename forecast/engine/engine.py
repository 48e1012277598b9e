"""The engine: plays a company's futures, and plays again only what a lever touches.

Everything random is drawn beforehand, everything believed is an array, and what is changed comes
as `Levers`. So a scenario runs on the very same luck as its base, and equals it bit for bit where
nothing is changed. Segments know nothing of each other: one whose levers are as in an earlier run
has the very numbers of that run, and they are kept. Inside a segment new business and the chances
of leaving are kept too, each under the levers it depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..beliefs import Beliefs
from ..layers import LayerPlan, plan_layers
from ..levers import LEVERS, Levers
from .changes import Changes
from .kept import Block, Kept
from .leaving import Expected, Known, Leaving
from .months import Given, Places, Sheets, play
from .paths import Paths
from .won import Won

_TILE: Final = 32_768
"""Cells of one month that are played together: few enough for the processor's cache."""

_BOUNDED: Final = ("new_customers", "new_arpa", "expansion", "contraction", "reactivation")
"""Beliefs that a lever may push out of its bounds."""


def simulate(beliefs: Beliefs, levers: Levers) -> Paths:
    """Play all paths, month after month.

    Parameters
    ----------
    beliefs : Beliefs
        Expectations and luck; left unchanged.
    levers : Levers
        Changes, for the same months and segments.

    Returns
    -------
    Paths
        Per path and segment, opening + flows = closing, nothing below 0, and what is lost never
        exceeds what is there.
    """
    return Engine(beliefs).play(levers)


class Engine:
    """Plays one set of beliefs under any levers.

    Parameters
    ----------
    beliefs : Beliefs
        Expectations and luck; left unchanged.
    keep : int
        Bytes of earlier results to keep; with 0 every run is played from the start.
    """

    def __init__(self, beliefs: Beliefs, keep: int = 0) -> None:
        self.beliefs = beliefs
        self._kept = Kept(keep)

    def play(self, levers: Levers) -> Paths:
        """Play all paths under some levers; as `simulate`."""
        segments, months, _ = self.beliefs.shape
        fitted = levers.fitted(months, segments)
        keys = [Changes.of(fitted, slice(s, s + 1)).key(*LEVERS) for s in range(segments)]
        sheets = [self._kept.get([("sheets", s, key)]) for s, key in enumerate(keys)]
        runs = [
            _Run(run, self.beliefs.of(run), Changes.of(fitted, run), self._kept)
            for run in self._runs([found is None for found in sheets])
        ]
        for run in runs:
            sheet = run.played()
            for at, s in enumerate(range(run.segments.start, run.segments.stop)):
                sheets[s] = {name: values[at : at + 1] for name, values in sheet.items()}
        parts = [{name: v[0] for name, v in sheet.items()} for sheet in sheets if sheet is not None]
        return Paths(
            parts,
            lambda: _outside(self.beliefs, fitted),
            lambda: _plan(self.beliefs, Changes.of(fitted, slice(0, segments))),
        )

    def _runs(self, wanted: Sequence[bool]) -> Iterator[slice]:
        """Neighbouring segments to be played, few enough for a tile."""
        segments, _, paths = self.beliefs.shape
        most = max(1, _TILE // paths)
        first = 0
        while first < segments:
            if not wanted[first]:
                first += 1
                continue
            last = first
            while last < segments and wanted[last] and last - first < most:
                last += 1
            yield slice(first, last)
            first = last


@dataclass(frozen=True, eq=False)
class _Run:
    """Some neighbouring segments under their levers."""

    segments: slice
    beliefs: Beliefs
    changes: Changes
    kept: Kept

    def played(self) -> Sheets:
        """Give what comes out, of new business and hazards as far as they are kept."""
        beliefs, changes = self.beliefs, self.changes
        won = Won(**self._stage("won", Won.LEVERS, lambda: Won.of(beliefs, changes)))
        leaving = self._stage(
            "leaving",
            Leaving.LEVERS,
            lambda: Leaving.of(beliefs, Expected.of(beliefs, changes, won)),
        )
        places = self._stage("places", (), lambda: Places.of(beliefs))
        given = Given.of(beliefs, changes, won, Leaving(**leaving), Places(**places))
        sheets, paths = given.sheets(), beliefs.shape[2]
        for first in range(0, paths, _TILE):
            play(given, sheets, slice(first, min(first + _TILE, paths)))
        self.kept.put(self.keys("sheets", tuple(LEVERS)), sheets)
        return sheets

    def keys(self, stage: str, levers: tuple[str, ...]) -> list[Hashable]:
        """Give what a stage is kept under, one key a segment."""
        run = self.segments
        return [
            (stage, s, self.changes.of_segment(s - run.start).key(*levers))
            for s in range(run.start, run.stop)
        ]

    def _stage(self, stage: str, levers: tuple[str, ...], make: Callable[[], object]) -> Block:
        keys = self.keys(stage, levers)
        found = self.kept.get(keys)
        if found is None:
            found = vars(make())
            self.kept.put(keys, found)
        return found


def _outside(beliefs: Beliefs, levers: Levers) -> tuple[str, ...]:
    """Give what was pulled back to a lever's bounds, in words."""
    changes = Changes.of(levers, slice(0, len(beliefs.opening)))
    notes = []
    for name in _BOUNDED:
        value = getattr(beliefs, name)
        outside = changes.outside(name, value)
        if outside:
            share = outside / value.size
            notes.append(f"{name}: {share:.1%} of the values were pulled back to its bounds.")
    return tuple(notes)


def _plan(beliefs: Beliefs, changes: Changes) -> LayerPlan:
    """Give what is expected of the layers."""
    expected = Expected.of(beliefs, changes, Won.of(beliefs, changes))
    known = Known.of(beliefs, changes)
    return plan_layers(beliefs, expected.cells, known.mrr, *expected.of_rest(beliefs.entrants))
