"""Finding where a function of one number changes its sign, by bracketing and then closing in."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Function = Callable[[float], float]
Place = tuple[float, float]
"""A place and the gap to the target there."""

_FIRST: Final = 0.05
_BEYOND: Final = 1.25
"""Factor beyond where a straight line says that the sign changes, so that it has."""

_WIDER: Final = (2.0, 8.0)
_PAST: Final = 4.0
_OF_A_JUMP: Final = 0.05
_PATIENCE: Final = 6
"""Steps that hit any target of a smooth function."""

_SLACK: Final = 4
"""Steps that closing in may take more than halving would."""


@dataclass(frozen=True)
class Bracket:
    """Two places: `short`, where a target is missed, and `there`, where it is reached.

    Attributes
    ----------
    short, there
        Place and gap to the target; the gap is below 0 at `short`, and 0 or more at `there`.
    before
        A third place beyond one of them, on the same side of the target, if one is known.
    """

    short: Place
    there: Place
    before: Place | None = None

    def cut(self, here: Place) -> "Bracket":
        """Give the bracket with a place between both put for the one on its side."""
        if here[1] < 0:
            return Bracket(here, self.there, self.short)
        return Bracket(self.short, here, self.there)


def bracket(gap: Function, start: float, limits: tuple[float, ...]) -> Bracket | None:
    """Search from 0 towards each limit for the first place where the gap changes its sign.

    Each step goes a little beyond where a straight line through the last two places ends: two to
    eight times as far as the one before.

    Parameters
    ----------
    gap
        What is missing (below 0) or left over; it may be a step function.
    start
        The gap at 0.
    limits
        Where the search ends, each with its direction, in the order in which they are tried.

    Returns
    -------
    Bracket or None
        None when no step on either side has the other sign.

    Examples
    --------
    >>> found = bracket(lambda x: 10 * x - 4, -4.0, (19.0, -1.0))
    >>> found.short, found.there
    ((0.05, -3.5), (0.4, 0.0))
    """
    for limit in limits:
        earlier, last = None, (0.0, start)
        while last[0] != limit:
            step = _further(earlier, last)
            here = math.copysign(min(step, abs(limit)), limit)
            value = gap(here)
            if (value >= 0) != (start >= 0):
                ends = (last, (here, value)) if start < 0 else ((here, value), last)
                return Bracket(*ends, earlier)
            earlier, last = last, (here, value)
    return None


def _further(earlier: Place | None, last: Place) -> float:
    """Give how far the next step of a search goes from 0."""
    if earlier is None:
        return _FIRST
    closed = 1.0 - last[1] / earlier[1] if earlier[1] else 0.0
    far = abs(last[0])
    if closed <= 0:
        return _WIDER[1] * far
    line = abs(earlier[0]) + (far - abs(earlier[0])) / closed
    return min(max(_BEYOND * line, _WIDER[0] * far), _WIDER[1] * far)


def close_in(
    gap: Function,
    found: Bracket,
    tolerance: float,
    width: float,
    hair: float = 0.0,
    near: float = 0.0,
) -> Bracket:
    """Narrow a bracket until the target is hit, or the two places are next to each other.

    Steps are those of Chandrupatla (1997): a parabola through three places where the function is
    smooth, about halving where it jumps. They are pulled towards the middle so far that halving
    would need no more than four steps less (as in ITP, Oliveira and Takahashi 2020).

    Parameters
    ----------
    gap
        As in `bracket`.
    found
        The bracket.
    tolerance
        The target is hit when the gap at `there` is not above this.
    width
        Distance of the two places at which a jump counts as found.
    hair
        Distance at which it counts as found as well where the slope of the whole bracket would
        make no more than a twentieth of it.
    near
        What hits the target instead where several steps have not: where the function jumps.

    Returns
    -------
    Bracket

    Examples
    --------
    >>> root = close_in(lambda x: x**2 - 2, Bracket((1.0, -1.0), (2.0, 2.0)), 1e-12, 1e-12)
    >>> round(root.there[0], 9)
    1.414213562
    """
    whole = abs(found.there[0] - found.short[0])
    slope = (found.there[1] - found.short[1]) / whole
    most = math.ceil(math.log2(max(whole / width, 2.0))) + _SLACK
    for turn in range(most):
        (a, below), (b, above) = found.short, found.there
        apart = abs(b - a)
        if above <= tolerance or apart <= width:
            break
        if apart <= hair and slope * apart <= _OF_A_JUMP * (above - below):
            break
        if turn >= _PATIENCE and above <= near:
            break
        aimed, middle = _aimed(found, tolerance / 2), (a + b) / 2
        reach = max(width / 2 * 2.0 ** (most - turn) - apart / 2, 0.0)
        reach = min(reach, (apart - width / 2) / 2)
        if abs(aimed - middle) > reach:
            aimed = middle + math.copysign(reach, aimed - middle)
        found = found.cut((aimed, gap(aimed)))
    return found


def _aimed(found: Bracket, level: float) -> float:
    """Give where the gap is expected to come to a level between both places."""
    ends = (found.short, found.there)
    third = found.before
    if third is None:
        (x1, y1), (x2, y2) = ends
        return x1 + (x2 - x1) * (level - y1) / (y2 - y1)
    (x1, y1), (x2, y2) = ends if third[1] < 0 else ends[::-1]
    x3, y3 = third
    y1, y2, y3 = y1 - level, y2 - level, y3 - level
    place, height = (x1 - x2) / (x3 - x2), (y1 - y2) / (y3 - y2)
    line = y1 / (y1 - y2)
    if height**2 < place and (1.0 - height) ** 2 < 1.0 - place:
        share = line * y3 / (y3 - y2)
        share += (x3 - x1) / (x2 - x1) * y1 / (y3 - y1) * y2 / (y3 - y2)
    else:  # a jump: the middle, or well beyond the line's end where that is near to one place
        share = max(min(0.5, _PAST * line), 1.0 - _PAST * (1.0 - line))
    return x1 + share * (x2 - x1)
