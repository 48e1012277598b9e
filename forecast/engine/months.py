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
from ..prospects import lost
from .changes import Changes
from .heads import Heads
from .leaving import Known, LeavingMrr
from .paths import FLOWS
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
    leaving : LeavingMrr
        How MRR leaves, against customers.
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
    leaving: LeavingMrr
    known: Known
    expansion: Singles
    contraction: Singles
    price: Floats | None
    fx: Floats | None
    losses: Floats | None

    @classmethod
    def of(
        cls, beliefs: Beliefs, changes: Changes, won: Won, heads: Heads, leaving: LeavingMrr
    ) -> Given:
        """Put together what some segments need."""
        return cls(
            beliefs,
            changes,
            won,
            heads,
            leaving,
            Known.of(beliefs, changes),
            changes("expansion", beliefs.expansion),
            changes("contraction", beliefs.contraction),
            _steps(changes, "price", beliefs.shape[1]),
            _steps(changes, "fx_index", beliefs.shape[1]),
            _losses(beliefs, changes),
        )

    def played(self) -> Sheets:
        """Play all months."""
        names = ("mrr", *(flow for flow in FLOWS if flow != "fx" or self.fx is not None))
        # One array, for many small ones make the system hand out (and clear) memory page by page.
        money = dict(zip(names, np.empty((len(names), *self.beliefs.shape)), strict=True))
        money["new"][:] = self.won.mrr
        for cut in cuts(self.beliefs.shape[2]):
            _play(self, money, cut)
        return {
            **money,
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
    """Fill in some paths."""
    tile = _Tile(given, cut)
    by_hand = any(given.changes.touches(name) for name in BY_HAND)
    mrr = np.repeat(given.beliefs.opening[:, None], money["mrr"][0, 0, cut].size, axis=1)
    for m in range(given.beliefs.shape[1]):
        at = (slice(None), m, cut)
        if given.fx is not None:
            money["fx"][at] = given.fx[:, m, None] * mrr
            mrr += money["fx"][at]
        size = mrr.astype(np.float32)
        churn = tile.churn(mrr, m)
        if by_hand:
            churn = np.minimum(given.changes.amounts("churn", churn, m), mrr)
        left = mrr - churn
        growth = tile.amount("expansion", given.expansion[at], size, m)
        shrink = tile.amount("contraction", given.contraction[at], size, m)
        shrink = np.minimum(shrink, _MOST_CONTRACTION * left)
        if given.price is not None:
            step = given.price[:, m, None]
            growth += np.maximum(step, 0.0) * mrr
            shrink = np.minimum(shrink + np.maximum(-step, 0.0) * mrr, left)
        if left.min(initial=1.0) <= 0:
            growth *= left > 0
        if given.losses is not None:
            churn = churn + np.minimum(given.losses[at], left - shrink)
        back = tile.returned(size, m)
        if by_hand:
            growth = given.changes.amounts("expansion", growth, m)
            shrink = given.changes.amounts("contraction", shrink, m)
            shrink = np.minimum(shrink, mrr - churn)
            back = given.changes.amounts("reactivation", back, m)
        mrr -= churn
        mrr -= shrink
        np.maximum(mrr, 0.0, out=mrr)
        mrr += growth
        mrr += back
        mrr += given.won.mrr[at]
        money["reactivation"][at], money["expansion"][at] = back, growth
        np.negative(shrink, out=money["contraction"][at])
        np.negative(churn, out=money["churn"][at])
        money["mrr"][at] = mrr


@dataclass(frozen=True, eq=False)
class _Tile:
    """What happens to some paths in one month; results are new arrays (segments, paths)."""

    given: Given
    cut: slice

    def churn(self, mrr: Floats, m: int) -> Floats:
        """Give the MRR of the customers lost."""
        heads, known = self.given.heads, self.given.known
        at = (slice(None), m, self.cut)
        gone = self.share_lost(m).astype(np.float64)
        if not known.any:
            gone *= mrr
            return gone
        gone *= np.maximum(mrr - known.pending_mrr[:, m, None], 0.0)
        gone += known.mrr[:, m, None]
        np.minimum(gone, mrr, out=gone)
        there = heads.there[at]
        stayed = there - heads.lost[at]
        if stayed.min(initial=1.0) <= 0:
            gone = np.where((stayed <= 0) & (there > 0), mrr, gone)
        return gone

    def share_lost(self, m: int) -> Singles:
        """Give the share of MRR that goes with those lost by luck.

        With a share f of the customers lost, the share of MRR is 1 - (1 - f) ** g: about g x f
        while f is small, everything when everyone leaves, and never more than is there.
        """
        leaving, heads = self.given.leaving, self.given.heads
        at = (slice(None), m, self.cut)
        there, lost = heads.unknown(self.given.known, m, self.cut), heads.by_luck[at]
        variance = there - lost
        variance /= np.maximum(there - _ONE, _ONE)  # the fewer stay unseen, the less it scatters
        variance *= self.scatter("churn")
        variance /= np.maximum(lost, _ONE)
        exponent = scattered(variance, self.luck("churn_size", m))
        exponent *= leaving.ratio[at]
        share = lost / np.maximum(there, _ONE)
        np.negative(share, out=share)
        with np.errstate(divide="ignore"):  # all are lost: log 0, and the share is 1
            np.log1p(share, out=share)
        share *= exponent
        np.expm1(share, out=share)
        np.negative(share, out=share)
        if there.min(initial=1.0) <= 0:  # MRR whose customers are at home elsewhere
            share = np.where(there <= 0, leaving.alone[at], share)
        return np.asarray(share, dtype=np.float32)

    def amount(self, flow: str, rate: Singles, size: Singles, m: int) -> Floats:
        """Give an amount that arises from the opening MRR, with noise and its own sampling."""
        mean = rate * size
        variance = np.abs(mean)
        if variance.min(initial=1.0) <= 0:
            np.maximum(variance, _TINY, out=variance)
        np.divide(self.scatter(flow), variance, out=variance)
        variance += self.given.beliefs.noise[flow].astype(np.float32)[:, None]
        mean *= scattered(variance, self.luck(flow, m))
        return np.asarray(mean, dtype=np.float64)

    def returned(self, size: Singles, m: int) -> Floats:
        """Give the MRR of customers who come back."""
        at = (slice(None), m, self.cut)
        came, there = self.given.heads.came[at], self.given.heads.there[at]
        if not came.any():
            return np.zeros(came.shape)
        average = size / np.maximum(there, _ONE)
        if there.min(initial=1.0) <= 0:
            average = np.where(there <= 0, self.given.won.arpa[at], average)
        variance = self.scatter("reactivation") / np.maximum(came, _ONE)
        average *= scattered(variance, self.luck("reactivation_size", m))
        average *= self.given.beliefs.returning_size.astype(np.float32)[:, None]
        average *= came
        return np.asarray(average, dtype=np.float64)

    def luck(self, name: str, m: int) -> Singles:
        """Give normals of a month."""
        return self.given.beliefs.luck[name][:, m, self.cut]

    def scatter(self, flow: str) -> Singles:
        """Give variances of one flow, array (segments, 1)."""
        return self.given.beliefs.scatter[flow].astype(np.float32)[:, None]
