"""Where things stand in a picture: floating bars, spread labels, axis ends.

Shared by the matplotlib figures and the native PowerPoint charts, so that both show the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["total", "rise", "fall"]
_CUT_BELOW: Final = 0.25  # totals over four times the movement between them hide it


@dataclass(frozen=True)
class Bar:
    """One bar of a waterfall, in the unit of its data.

    Attributes
    ----------
    label : str
    amount : float
        What is printed: the level of a total, the signed change of a step.
    low, high : float
        The ends of the bar; a total reaches from 0 to its level.
    kind : {"total", "rise", "fall"}
    """

    label: str
    amount: float
    low: float
    high: float
    kind: Kind

    def parts(self) -> tuple[float, float, float]:
        """Split the bar for a stacked chart: hidden part, part above zero, part below zero.

        Stacked charts pile positive and negative values apart, so that a bar that crosses zero
        has a part on either side and nothing hidden.

        Examples
        --------
        >>> Bar("churn", -30.0, -10.0, 20.0, "fall").parts()
        (0.0, 20.0, -10.0)
        >>> Bar("new", 5.0, 20.0, 25.0, "rise").parts()
        (20.0, 5.0, 0.0)
        """
        if self.low >= 0:
            return self.low, self.high - self.low, 0.0
        if self.high <= 0:
            return self.high, 0.0, self.low - self.high
        return 0.0, self.high, self.low


def waterfall(
    start: tuple[str, float], steps: Sequence[tuple[str, float]], end: tuple[str, float]
) -> tuple[Bar, ...]:
    """Lay out a waterfall: a total, its steps, a total.

    Parameters
    ----------
    start, end : (label, level)
    steps : sequence of (label, signed change)

    Examples
    --------
    >>> [(bar.low, bar.high) for bar in waterfall(("a", 10.0), [("up", 5.0)], ("b", 15.0))]
    [(0.0, 10.0), (10.0, 15.0), (0.0, 15.0)]
    """
    bars = [_total(*start)]
    level = start[1]
    for label, amount in steps:
        reached = level + amount
        kind: Kind = "rise" if amount >= 0 else "fall"
        bars.append(Bar(label, amount, min(level, reached), max(level, reached), kind))
        level = reached
    return (*bars, _total(*end))


def _total(label: str, level: float) -> Bar:
    return Bar(label, level, min(0.0, level), max(0.0, level), "total")


def floor_of(bars: Sequence[Bar]) -> float:
    """Find where the axis of a waterfall starts: at zero, or below the steps where they are small.

    A step of 1 % of the total would be a hair on an axis from zero. Then the axis starts at a
    round number under the lowest bar, and the figure must say so.

    Examples
    --------
    >>> floor_of(waterfall(("a", 100.0), [("up", 60.0)], ("b", 160.0)))
    0.0
    >>> floor_of(waterfall(("a", 7.1e6), [("up", -2e5)], ("b", 6.9e6)))
    6800000.0
    """
    tops = [bar.high for bar in bars]
    lowest = min(bar.low if bar.kind != "total" else bar.high for bar in bars)
    span = max(tops) - lowest
    if min(bar.low for bar in bars) < 0 or span <= 0 or span > _CUT_BELOW * max(tops):
        return 0.0
    step = nice_step(span, 2)
    return max(0.0, math.floor((lowest - 0.2 * span) / step) * step)


def nice_step(span: float, intervals: int = 5) -> float:
    """Choose a step of 1, 2, 2.5 or 5 times a power of ten that gives about so many intervals.

    Examples
    --------
    >>> nice_step(7.3, 5), nice_step(0, 5)
    (2.0, 1.0)
    """
    if span <= 0 or not math.isfinite(span):
        return 1.0
    raw = span / intervals
    power = 10.0 ** math.floor(math.log10(raw))
    return next(nice * power for nice in (1.0, 2.0, 2.5, 5.0, 10.0) if nice * power >= raw * 0.999)


def axis_ends(low: float, high: float, intervals: int = 5) -> tuple[float, float, float]:
    """Round the ends of an axis outwards.

    Returns
    -------
    (low, high, step)

    Examples
    --------
    >>> axis_ends(0.0, 7.3)
    (0.0, 8.0, 2.0)
    """
    step = nice_step(high - low, intervals)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step


def spread(
    wanted: Sequence[float], gap: float, *, low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """Move labels apart so that no two are nearer than `gap`, each as little as possible.

    Order is kept; labels that touch form a group, which is centred on its wanted places.

    Parameters
    ----------
    wanted : sequence of float
        Where each label would stand alone.
    gap : float
        The least distance.
    low, high : float
        No label is below the one or above the other, as far as there is room for all.

    Returns
    -------
    list of float
        In the order given.

    Examples
    --------
    >>> spread([1.0, 1.0, 5.0], 1.0)
    [0.5, 1.5, 5.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[list[int]] = []
    for position in order:
        groups.append([position])
        while len(groups) > 1 and _starts(groups[-1], wanted, gap) < (
            _starts(groups[-2], wanted, gap) + gap * len(groups[-2])
        ):
            tail = groups.pop()
            groups[-1] += tail
    placed = [0.0] * len(wanted)
    for group in groups:
        start = _starts(group, wanted, gap)
        for step, position in enumerate(group):
            placed[position] = start + gap * step
    return _inside(placed, order, gap, low, high)


def _inside(
    placed: list[float], order: Sequence[int], gap: float, low: float, high: float
) -> list[float]:
    ceiling = high
    for position in reversed(order):
        placed[position] = min(placed[position], ceiling)
        ceiling = placed[position] - gap
    for position in order:
        placed[position] = max(placed[position], low)
        low = placed[position] + gap
    return placed


def _starts(group: Sequence[int], wanted: Sequence[float], gap: float) -> float:
    middle = sum(wanted[i] for i in group) / len(group)
    return middle - gap * (len(group) - 1) / 2
