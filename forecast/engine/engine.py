"""The engine: plays a company's futures, and plays again only what a lever touches.

Everything random is drawn beforehand, everything believed is an array, and what is changed comes
as `Levers`. So a scenario runs on the very same luck as its base, and equals it bit for bit where
nothing is changed. Segments know nothing of each other: one whose levers are as in an earlier run
has the very numbers of that run, and they are kept. Inside a segment new business and the chances
of leaving are kept too, each under the levers it depends on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from ..beliefs import Beliefs
from ..layers import LayerPlan, plan_layers
from ..levers import LEVERS, Levers
from .changes import Changes
from .kept import Block, Kept
from .leaving import Expected, Known, Leaving
from .months import Given, Places, play
from .paths import Paths
from .won import Won

_TILE: Final = 16_384
"""Cells of one month that are played together: few enough for the processor's cache."""

_LEAST: Final = 4_096
"""Cells of a month below which a second processor gains nothing."""

_WORKERS: Final = min(os.cpu_count() or 1, 8)

_BOUNDED: Final = ("new_customers", "new_arpa", "expansion", "contraction", "reactivation")
"""Beliefs that a lever may push out of its bounds."""

T = TypeVar("T")
R = TypeVar("R")


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
        given = _each(_Run.prepared, runs)
        made = [one.sheets() for one in given]
        tiles = [
            (one, sheet, *tile)
            for one, sheet in zip(given, made, strict=True)
            for tile in _tiles(one.beliefs.shape, len(runs))
        ]
        _each(lambda tile: play(*tile), tiles)
        for run, sheet in zip(runs, made, strict=True):
            names = run.keys("sheets", tuple(LEVERS))
            self._kept.put(names, sheet)
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
        most = max(1, min(_TILE // paths, -(-segments // _WORKERS)))
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

    def prepared(self) -> Given:
        """Give what the loop over months needs, as far as it is kept."""
        beliefs, changes = self.beliefs, self.changes
        won = Won(**self._stage("won", Won.LEVERS, lambda: Won.of(beliefs, changes)))
        leaving = self._stage(
            "leaving",
            Leaving.LEVERS,
            lambda: Leaving.of(beliefs, Expected.of(beliefs, changes, won)),
        )
        places = self._stage("places", (), lambda: Places.of(beliefs))
        return Given.of(beliefs, changes, won, Leaving(**leaving), Places(**places))

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


def _tiles(shape: tuple[int, int, int], runs: int) -> Iterator[tuple[slice, slice]]:
    """Cut a run into tiles along the paths; one alone gives work to every processor."""
    segments, _, paths = shape
    cells = segments * paths
    wanted = 1 if runs >= _WORKERS else min(_WORKERS, cells // _LEAST)
    width = -(-paths // max(wanted, -(-cells // _TILE), 1))
    for first in range(0, paths, width):
        yield slice(0, segments), slice(first, min(first + width, paths))


def _each(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Give the results for all items, worked out on every processor."""
    if _WORKERS == 1 or len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(_WORKERS, len(items))) as pool:
        return list(pool.map(work, items))


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
