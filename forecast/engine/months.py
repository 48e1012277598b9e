"""Money, one month after the other: MRR and its movements on every path.

Who leaves and comes back stands (`Heads`); here it gets amounts. Nothing knows of other segments or
paths, so any cut gives the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..beliefs import Beliefs
from ..levers import BY_HAND
from ..luck import scattered
from ..planes import planes
from ..prospects import lost
from .changes import Changes
from .heads import Heads
from .leaving import Known
from .shares import Shares
from .tiles import cuts
from .won import Won, known_deals

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

Sheets = dict[str, NDArray[np.floating]]
"""What came out of some segments: arrays (segments, months, paths) by name, as `SegmentPaths`."""

_MOST_CONTRACTION: Final = 0.9
_TINY: Final = np.float32(1e-6)
_ONE: Final = np.float32(1.0)


@dataclass(frozen=True, eq=False)
class Given:
    """All that the loop reads, arrays (segments, months, paths) unless said.

    Attributes
    ----------
    beliefs : Beliefs
        Of these segments.
    changes : Changes
        What is changed about them.
    won : Won
        New business.
    heads : Heads
        Customers.
    shares : Shares
        What those who leave and come back are worth.
    known : Known
        Departures by notice, arrays (segments, months).
    expansion, contraction : array
        Shares after the levers.
    price, fx : array (segments, months) or None
        Relative change of the price index, and of what MRR is worth, in each month.
    losses : array or None
        Single losses, 0 or more.
    """

    beliefs: Beliefs
    changes: Changes
    won: Won
    heads: Heads
    shares: Shares
    known: Known
    expansion: Singles
    contraction: Singles
    price: Floats | None
    fx: Floats | None
    losses: Floats | None

    @classmethod
    def of(
        cls, beliefs: Beliefs, changes: Changes, won: Won, heads: Heads, shares: Shares
    ) -> Given:
        """Put together what some segments need."""
        return cls(
            beliefs,
            changes,
            won,
            heads,
            shares,
            Known.of(beliefs, changes),
            changes("expansion", beliefs.expansion),
            changes("contraction", beliefs.contraction),
            _steps(changes, "price", beliefs.shape[1]),
            _steps(changes, "fx_index", beliefs.shape[1]),
            _losses(beliefs, changes),
        )

    def played(self) -> Sheets:
        """Play all months."""
        names = ["mrr", "reactivation", "expansion", "contraction", "churn"]
        names += ["fx"] * (self.fx is not None)
        made = planes((len(names), *self.beliefs.shape), np.float64)
        money = dict(zip(names, made, strict=True))
        for cut in cuts(self.beliefs.shape[2]):
            _play(self, money, cut)
        return {
            **money,
            "new": self.won.mrr,
            "new_customers": self.won.customers,
            "reactivated_customers": self.heads.came,
            "churned_customers": self.heads.lost,
            "customers": self.heads.there[:, 1:],
        }


def _losses(beliefs: Beliefs, changes: Changes) -> Floats | None:
    """Single losses, known ones and those by chance, array (segments, months, paths)."""
    deals = known_deals(beliefs, changes)
    known = None if deals is None else np.maximum(-deals, 0.0)[:, :, None]
    by_chance = lost(changes.prospects, beliefs.seed, changes.first, beliefs.shape)
    if known is None or by_chance is None:
        found = known if by_chance is None else by_chance
        return None if found is None else np.broadcast_to(found, beliefs.shape)
    return known + by_chance


def _steps(changes: Changes, name: str, months: int) -> Floats | None:
    """Relative change of an index in each month, array (segments, months)."""
    index = changes.constant(name, 1.0, months)
    if index is None:
        return None
    before = np.hstack([np.ones((len(index), 1)), index[:, :-1]])
    return index / before - 1.0


def _play(given: Given, money: dict[str, Floats], cut: slice) -> None:
    """Fill in some paths; the places where a month's results go are worked in."""
    tile = _Tile(given, cut)
    by_hand = any(given.changes.touches(name) for name in BY_HAND)
    mrr = np.repeat(given.beliefs.opening[:, None], money["mrr"][0, 0, cut].size, axis=1)
    for m in range(given.beliefs.shape[1]):
        at = (slice(None), m, cut)
        back, growth, shrink, churn = (
            money[name][at] for name in ("reactivation", "expansion", "contraction", "churn")
        )
        if given.fx is not None:
            money["fx"][at] = given.fx[:, m, None] * mrr
            mrr += money["fx"][at]
        size = mrr.astype(np.float32)
        tile.churn(mrr, m, churn)
        if by_hand:
            np.minimum(given.changes.amounts("churn", churn, m), mrr, out=churn)
        left = mrr - churn
        tile.amount("expansion", given.expansion[at], size, m, growth)
        tile.amount("contraction", given.contraction[at], size, m, shrink)
        np.minimum(shrink, _MOST_CONTRACTION * left, out=shrink)
        if given.price is not None:
            step = given.price[:, m, None]
            growth += np.maximum(step, 0.0) * mrr
            np.minimum(shrink + np.maximum(-step, 0.0) * mrr, left, out=shrink)
        if left.min(initial=1.0) <= 0:
            growth *= left > 0
        if given.losses is not None:
            churn += np.minimum(given.losses[at], left - shrink)
        tile.returned(size, m, back)
        if by_hand:
            growth[:] = given.changes.amounts("expansion", growth, m)
            shrink[:] = given.changes.amounts("contraction", shrink, m)
            np.minimum(shrink, mrr - churn, out=shrink)
            back[:] = given.changes.amounts("reactivation", back, m)
        np.negative(churn, out=churn)
        np.negative(shrink, out=shrink)
        mrr += churn
        mrr += shrink
        if mrr.min(initial=0.0) < 0:
            np.maximum(mrr, 0.0, out=mrr)
        mrr += growth
        mrr += back
        mrr += given.won.mrr[at]
        money["mrr"][at] = mrr


@dataclass(frozen=True, eq=False)
class _Tile:
    """What happens to some paths in one month; results (segments, paths) go into `out`."""

    given: Given
    cut: slice

    def churn(self, mrr: Floats, m: int, out: Floats) -> None:
        """Give the MRR of the customers lost."""
        heads, known = self.given.heads, self.given.known
        at = (slice(None), m, self.cut)
        out[:] = self.given.shares.lost[at]
        if not known.pending[:, m].any() and not known.pending_mrr[:, m].any():
            out *= mrr
            return
        out *= np.maximum(mrr - known.pending_mrr[:, m, None], 0.0)
        out += known.mrr[:, m, None]
        np.minimum(out, mrr, out=out)
        there = heads.there[at]
        stayed = there - heads.lost[at]
        if stayed.min(initial=1.0) <= 0:
            np.copyto(out, mrr, where=(stayed <= 0) & (there > 0))

    def amount(self, flow: str, rate: Singles, size: Singles, m: int, out: Floats) -> None:
        """Give an amount that arises from the opening MRR, with noise and its own sampling."""
        mean = rate * size
        variance = np.abs(mean)
        if variance.min(initial=1.0) <= 0:
            np.maximum(variance, _TINY, out=variance)
        beliefs = self.given.beliefs
        np.divide(beliefs.scatter[flow].astype(np.float32)[:, None], variance, out=variance)
        variance += beliefs.noise[flow].astype(np.float32)[:, None]
        mean *= scattered(variance, beliefs.luck[flow][:, m, self.cut])
        out[:] = mean

    def returned(self, size: Singles, m: int, out: Floats) -> None:
        """Give the MRR of customers who come back."""
        at = (slice(None), m, self.cut)
        came, there = self.given.heads.came[at], self.given.heads.there[at]
        if there.min(initial=1.0) >= 1:
            average = size / there
        else:
            average = np.where(there <= 0, self.given.won.arpa[at], size / np.maximum(there, _ONE))
        average *= self.given.shares.returned[at]
        average *= self.given.beliefs.returning_size.astype(np.float32)[:, None]
        average *= came
        out[:] = average
