"""Timing: whether a shortfall in new business came later, or never; a rule that can be wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError
from history.language import say
from history.money import to_major

from ..plans.figures import MOVEMENTS, Floats, Ints, segment_columns, with_company
from .words import percent

if TYPE_CHECKING:
    from .variance import Variance

WINDOW: Final = 3
COLUMNS: Final = ("month", "variance", "timing", "permanent", "open", "verdict")


@dataclass(frozen=True, eq=False)
class Timing:
    """New business that came in another month than planned, and what never came.

    The rule: a month's shortfall is claimed to be timing. What later months bring above plan within
    the window makes up for it, the oldest shortfall first, segment by segment (and a surplus is
    taken back by later shortfalls likewise). When the window has ended, what was made up is
    timing and the rest permanent; until then the rest is open. The claim was right if at least half
    was made up.

    Attributes
    ----------
    window
        Months in which a shortfall may be made up.
    months
        Closed months.
    missed
        Variance of new business, (months, segments), minor units.
    timing, permanent, open
        Its three parts, same shape; they add up to it with ==.
    by_chance
        How often the same rule is right on the plan's own paths, 0-1; NaN without paths. Only if
        the claims are right more often than that do deals slip rather than fail.
    """

    window: int
    months: pd.PeriodIndex
    missed: Ints = field(repr=False)
    timing: Ints = field(repr=False)
    permanent: Ints = field(repr=False)
    open: Ints = field(repr=False)
    by_chance: float

    @property
    def claims(self) -> int:
        """Shortfalls (a month and segment each) whose window has ended."""
        return int(_scored(self.missed, self.timing, self.window)[0])

    @property
    def right(self) -> int:
        """How many of them were made up by half or more."""
        return int(_scored(self.missed, self.timing, self.window)[1])

    def verdicts(self) -> NDArray[np.str_]:
        """Give ``open``, ``timing`` or ``permanent`` by month and segment; blank: no shortfall."""
        short, made_up = _claims(self.missed, self.timing)
        ended = _ended(len(self.months), self.window)[:, None]
        said = np.where(made_up, "timing", np.where(ended, "permanent", "open"))
        return np.where(short, said, "")

    def __str__(self) -> str:
        told = {"window": self.window, "right": self.right, "claims": self.claims}
        if np.isnan(self.by_chance):
            return say(
                "Shortfalls made up by half or more within {window} months: {right} of {claims}",
                **told,
            )
        return say(
            "Shortfalls made up by half or more within {window} months: {right} of {claims}; "
            "{share} of those of the plan's own paths, where nothing slips",
            share=percent(self.by_chance, 0),
            **told,
        )


def timing_of(variance: Variance, window: int = WINDOW) -> Timing:
    """Apply the rule to the closed months; see `Timing`.

    Raises
    ------
    InputError
        The window is not 1 to 24 months.
    """
    if not 1 <= window <= 24:
        raise InputError(f"window={window}: a shortfall is made up within 1 to 24 months")
    closed = slice(0, variance.closed)
    missed = (variance.actual.movement("new") - variance.planned.movement("new"))[closed]
    left = settle(missed, window)
    ended = _ended(variance.closed, window)[:, None]
    draws = variance.plan.draws[MOVEMENTS.index("new")][:, closed]
    return Timing(
        window=window,
        months=variance.months[closed],
        missed=missed,
        timing=missed - left,
        permanent=np.where(ended, left, 0),
        open=np.where(ended, 0, left),
        by_chance=_by_chance(draws, window),
    )


def settle(missed: NDArray[Any], window: int) -> NDArray[Any]:
    """Let later months make up for earlier ones; give what is left of each.

    Parameters
    ----------
    missed
        Actual - planned, (months, ...).
    window
        How many months later still count.

    Examples
    --------
    100 too little, then 60 and 70 too much: 30 are left of the second.

    >>> settle(np.array([-100, 60, 70]), 2).tolist()
    [0, 0, 30]
    >>> settle(np.array([-100, 0, 70]), 1).tolist()
    [-100, 0, 70]
    """
    left = missed.copy()
    for late in range(len(left)):
        for early in range(max(0, late - window), late):
            opposite = np.sign(left[early]) * np.sign(left[late]) < 0
            size = np.where(opposite, np.minimum(np.abs(left[early]), np.abs(left[late])), 0)
            left[early] -= (np.sign(left[early]) * size).astype(left.dtype)
            left[late] -= (np.sign(left[late]) * size).astype(left.dtype)
    return left


def timing_table(variance: Variance, found: Timing, *, by_segment: bool) -> pd.DataFrame:
    """Give one row a month (and segment), major units; the company's verdict is blank.

    The company is the sum of its segments: what one segment lacks, another does not make up.
    """
    parts = (found.missed, found.timing, found.permanent, found.open)
    values = [with_company(part) for part in parts]
    verdicts = np.concatenate(
        [found.verdicts(), np.full((len(found.months), 1), "", dtype="<U9")], axis=1
    )
    by = variance.segments.by
    if not by:
        verdicts[:, -1] = verdicts[:, 0]
    columns = list(range(len(variance.segments) + 1)) if by_segment and by else [-1]
    table = pd.DataFrame({"month": found.months.repeat(len(columns))})
    if len(columns) > 1:
        for i, name in enumerate(segment_columns(by, COLUMNS)):
            table[name] = [variance.key(c)[i] for c in columns] * len(found.months)
    for name, value in zip(COLUMNS[1:5], values, strict=True):
        table[name] = to_major(value[:, columns].reshape(-1), variance.currency)
    return table.assign(verdict=verdicts[:, columns].reshape(-1))


def _by_chance(draws: Floats, window: int) -> float:
    """Share of shortfalls made up on paths (paths, months, segments) beside their mean."""
    if not draws.size:
        return float("nan")
    missed = (draws - draws.mean(axis=0)).transpose(1, 0, 2)
    claims, right = _scored(missed, missed - settle(missed, window), window)
    return float(right / claims) if claims else float("nan")


def _scored(missed: NDArray[Any], timing: NDArray[Any], window: int) -> tuple[float, float]:
    short, made_up = _claims(missed, timing)
    ended = _ended(len(missed), window)
    return float(short[ended].sum()), float((short & made_up)[ended].sum())


def _claims(
    missed: NDArray[Any], timing: NDArray[Any]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    short = np.asarray(missed < 0)
    return short, np.asarray(short & (2 * timing <= missed))


def _ended(months: int, window: int) -> NDArray[np.bool_]:
    return np.arange(months) + window <= months - 1
