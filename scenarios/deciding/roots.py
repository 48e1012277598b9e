"""Finding where a function of one number changes its sign, by bracketing and then closing in."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Function = Callable[[float], float]


@dataclass(frozen=True)
class Bracket:
    """Two places: `short`, where a target is missed, and `there`, where it is reached.

    Attributes
    ----------
    short, there
        Place and gap to the target; the gap is below 0 at `short`, and 0 or more at `there`.
    """

    short: tuple[float, float]
    there: tuple[float, float]


def widening(limit: float, first: float = 0.05, factor: float = 4.0) -> Iterator[float]:
    """Give steps that grow from the first to the limit, with its sign.

    Examples
    --------
    >>> list(widening(-1.0))
    [-0.05, -0.2, -0.8, -1.0]
    """
    step = first
    while step < abs(limit):
        yield math.copysign(step, limit)
        step *= factor
    if limit:
        yield limit


def bracket(gap: Function, start: float, limits: tuple[float, ...]) -> Bracket | None:
    """Search from 0 towards each limit for the first place where the gap changes its sign.

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
    """
    for limit in limits:
        before = (0.0, start)
        for step in widening(limit):
            here = (step, gap(step))
            if (here[1] >= 0) != (start >= 0):
                return Bracket(before, here) if start < 0 else Bracket(here, before)
            before = here
    return None


def close_in(gap: Function, found: Bracket, tolerance: float, width: float) -> Bracket:
    """Narrow a bracket until the target is hit, or the two places are next to each other.

    ITP (Oliveira and Takahashi 2020): as fast as the secant where the function is smooth, and
    never more than one step slower than halving, also where it jumps.

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
    most = math.ceil(math.log2(max(whole / width, 2.0))) + 1
    for turn in range(most):
        (a, below), (b, above) = found.short, found.there
        if above <= tolerance or abs(b - a) <= width:
            break
        middle, secant = (a + b) / 2, (b * below - a * above) / (below - above)
        shift = min(0.2 / whole * (b - a) ** 2, abs(middle - secant))
        aimed = secant + math.copysign(shift, middle - secant)
        reach = max(width / 2 * 2.0 ** (most - turn) - abs(b - a) / 2, 0.0)
        if abs(aimed - middle) > reach:
            aimed = middle - math.copysign(reach, middle - secant)
        here = (aimed, gap(aimed))
        found = Bracket(here, found.there) if here[1] < 0 else Bracket(found.short, here)
    return found
