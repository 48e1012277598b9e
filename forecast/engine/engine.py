"""The engine: plays a company's futures, and plays again only what a lever touches.

Everything random is drawn beforehand, everything believed is an array, and what is changed comes
as `Levers`. So a scenario runs on the very same luck as its base, and equals it bit for bit where
nothing is changed. Segments know nothing of each other: one whose levers are as in an earlier run
has the very numbers of that run, and they are kept. Inside a segment each step is kept too, under
the levers it depends on: new business, the chances of leaving, who comes and goes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final, TypeVar

import numpy as np

from history.language import kept, share

from ..beliefs import Beliefs
from ..layers import LayerPlan, plan_layers
from ..levers import LEVERS, Levers
from .changes import Changes
from .heads import Heads, Places
from .kept import Kept
from .leaving import Expected, Known, Leaving, LeavingMrr
from .months import Given, Sheets
from .paths import Paths
from .shares import Shares
from .tiles import runs
from .won import Won

S = TypeVar("S", Won, Leaving, Places, Heads, Shares)

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
        for run in runs([found is None for found in sheets], self.beliefs.shape[2]):
            sheet = _Run(run, self.beliefs.of(run), Changes.of(fitted, run), self._kept).played()
            for at, s in enumerate(range(run.start, run.stop)):
                sheets[s] = {name: values[at : at + 1] for name, values in sheet.items()}
        unmoved = {"fx": np.broadcast_to(0.0, self.beliefs.shape[1:])}
        parts = [
            {**unmoved, **{name: v[0] for name, v in sheet.items()}}
            for sheet in sheets
            if sheet is not None
        ]
        return Paths(
            parts,
            lambda: _outside(self.beliefs, fitted),
            lambda: _plan(self.beliefs, Changes.of(fitted, slice(0, segments))),
        )


@dataclass(frozen=True, eq=False)
class _Run:
    """Some neighbouring segments under their levers."""

    segments: slice
    beliefs: Beliefs
    changes: Changes
    kept: Kept

    def played(self) -> Sheets:
        """Give what comes out; what no lever touches, as far as it is kept."""
        beliefs, changes = self.beliefs, self.changes
        won = self._stage(Won, lambda: Won.of(beliefs, changes))
        expected = cache(lambda: Expected.of(beliefs, changes, won))
        leaving = self._stage(Leaving, lambda: Leaving.of(beliefs, expected()))
        places = self._stage(Places, lambda: Places.of(beliefs))
        heads = self._stage(Heads, lambda: Heads.of(beliefs, changes, won, leaving, places))
        shares = self._stage(
            Shares,
            lambda: Shares.of(beliefs, changes, heads, LeavingMrr.of(beliefs, expected(), leaving)),
        )
        sheets = Given.of(beliefs, changes, won, heads, shares).played()
        self.kept.put(self.keys("sheets", tuple(LEVERS)), sheets)
        return sheets

    def _stage(self, kind: type[S], make: Callable[[], S]) -> S:
        keys = self.keys(kind.__name__, kind.LEVERS)
        found = self.kept.get(keys)
        if found is not None:
            return kind(**found)
        made = make()
        self.kept.put(keys, vars(made))
        return made

    def keys(self, stage: str, levers: tuple[str, ...]) -> list[Hashable]:
        """Give what a stage is kept under, one key a segment."""
        run = self.segments
        return [
            (stage, s, self.changes.of_segment(s - run.start).key(*levers))
            for s in range(run.start, run.stop)
        ]


def _outside(beliefs: Beliefs, levers: Levers) -> tuple[str, ...]:
    """Give what was pulled back to a lever's bounds, in words."""
    changes = Changes.of(levers, slice(0, len(beliefs.opening)))
    notes = []
    for name in _BOUNDED:
        value = getattr(beliefs, name)
        outside = changes.outside(name, value)
        if outside:
            notes.append(
                kept(
                    "{lever}: {share} of the values were pulled back to its bounds.",
                    lever=name,
                    share=partial(share, outside / value.size),
                )
            )
    return tuple(notes)


def _plan(beliefs: Beliefs, changes: Changes) -> LayerPlan:
    """Give what is expected of the layers."""
    expected = Expected.of(beliefs, changes, Won.of(beliefs, changes))
    known = Known.of(beliefs, changes)
    return plan_layers(beliefs, expected.cells, known.mrr, *expected.of_rest(beliefs.entrants))
