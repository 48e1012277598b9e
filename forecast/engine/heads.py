"""Customers, one month after the other: who leaves and who comes back, on every path.

Nothing in it knows of money, so it is played once for all levers that move only amounts. Nothing
knows of other segments or paths, so any cut gives the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ..beliefs import Beliefs
from ..counts import binomial
from ..planes import planes
from .changes import Changes
from .leaving import Known, Leaving
from .tiles import cuts
from .won import Won

Singles = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Places:
    """Where the luck of counts lies in its distribution, 0 to 1; as the luck."""

    LEVERS: ClassVar[tuple[str, ...]] = ()

    churn: Singles
    reactivation: Singles

    @classmethod
    def of(cls, beliefs: Beliefs) -> Places:
        """Give the places of what was drawn."""
        return cls(*(ndtr(beliefs.luck[f"{name}_count"]) for name in ("churn", "reactivation")))


@dataclass(frozen=True, eq=False)
class Heads:
    """Whole customers.

    Attributes
    ----------
    there : array (segments, 1 + months, paths)
        Paying customers today and at each close.
    lost, came : array (segments, months, paths)
        Lost in the month, and come back.
    by_luck : array (segments, months, paths)
        Those lost of whom nobody knew beforehand.
    """

    LEVERS: ClassVar = Leaving.LEVERS

    there: Singles
    lost: Singles
    came: Singles
    by_luck: Singles

    @classmethod
    def of(
        cls, beliefs: Beliefs, changes: Changes, won: Won, leaving: Leaving, places: Places
    ) -> Heads:
        """Play all months of some segments."""
        segments, months, paths = beliefs.shape
        known = Known.of(beliefs, changes)
        several = planes((3 + known.any, segments, months + 1, paths), np.float32)
        there, (lost, came, *more) = several[0], several[1:, :, :months]
        heads = cls(there, lost, came, more[0] if known.any else lost)
        rate = changes("reactivation", beliefs.reactivation)
        if rate.max(initial=0.0) > 1.0:
            rate = np.minimum(rate, 1.0)
        there[:, 0] = beliefs.customers[:, None]
        for cut in cuts(paths):
            lapsed = np.repeat(beliefs.lapsed[:, None].astype(np.float32), len(there[0, 0, cut]), 1)
            for m in range(months):
                at = (slice(None), m, cut)
                z, u = (beliefs.luck["churn_count"][at], places.churn[at])
                heads._lose(known, m, cut, leaving.chance[at], z, u)
                z, u = beliefs.luck["reactivation_count"][at], places.reactivation[at]
                came[at] = _returned(lapsed, rate[at], z, u)
                close = there[:, m + 1, cut]
                np.subtract(there[at], lost[at], out=close)
                close += came[at]
                close += won.customers[at]
                lapsed -= came[at]
                lapsed *= np.float32(beliefs.memory)
                if lapsed.min(initial=0.0) < 0:
                    np.maximum(lapsed, np.float32(0.0), out=lapsed)
                lapsed += lost[at]
        return heads

    def _lose(
        self, known: Known, m: int, cut: slice, chance: Singles, z: Singles, u: Singles
    ) -> None:
        """Fill in who leaves in a month."""
        at = (slice(None), m, cut)
        if not known.any:
            self.lost[at] = binomial(self.there[at], chance, z, u)
            return
        by_luck = binomial(self.unknown(known, m, cut), chance, z, u)
        self.by_luck[at] = by_luck
        if known.customers[:, m].any():
            by_luck += known.customers[:, m, None]
            np.minimum(by_luck, self.there[at], out=by_luck)
        self.lost[at] = by_luck

    def unknown(self, known: Known, m: int, cut: slice) -> Singles:
        """Give customers at an opening of whom nobody knows whether they leave."""
        there = self.there[:, m, cut]
        if not known.pending[:, m].any():
            return there
        return np.asarray(np.maximum(there - known.pending[:, m, None], np.float32(0.0)))


def _returned(lapsed: Singles, rate: Singles, z: Singles, u: Singles) -> Singles:
    """Give customers who come back, array (segments, paths)."""
    most = np.ceil(lapsed)
    chance = lapsed / (most if most.min(initial=1.0) >= 1 else np.maximum(most, np.float32(1.0)))
    chance *= rate
    return np.asarray(binomial(most, chance, z, u))
