"""Jobs: the slides that are asked for, each with what draws it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from history.language import say

from ..pack import NotShownError
from .names import KINDS
from .page import Deck


@dataclass(frozen=True)
class Job:
    """One slide to be drawn.

    Attributes
    ----------
    key : str
        By which it is known again in a deck: its kind, of a bridge also its scenario.
    part : str
        What it shows, for a message.
    draw : function
        Adds the slide or raises `NotShownError`.
    size : float
        Of a bridge, its difference without sign: the largest are drawn where not all fit.
    """

    key: str
    part: str
    draw: Callable[[], None]
    size: float = 0.0


def jobs(deck: Deck, names: tuple[str, ...]) -> Iterator[Job]:
    """Give the slides named, in that order; of `bridges` one a scenario."""
    from . import slides

    for name in names:
        if name == "bridges":
            yield from _bridges(deck)
        else:
            draw = slides.DRAWN[name]
            yield Job(name, say(KINDS[name]), partial(draw, replace(deck, key=name)))


def _bridges(deck: Deck) -> Iterator[Job]:
    from .slides import bridges

    names = bridges.names(deck)
    if not names:
        reason = say("there is one scenario, so nothing to bridge to")
        yield Job("bridges", say(KINDS["bridges"]), partial(_leave_out, reason))
    for name in names:
        key = f"bridge:{hashlib.sha256(name.encode()).hexdigest()[:6]}"
        draw = partial(bridges.draw, replace(deck, key=key), name)
        part = say("bridge to {scenario}", scenario=name)
        yield Job(key, part, draw, bridges.size(deck, name))


def _leave_out(reason: str) -> None:
    raise NotShownError(reason)
