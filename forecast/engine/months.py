"""Months, one after the other: MRR, customers and lapsed customers on every path.

The loop works on some segments and some paths, few enough for the processor's cache. Nothing in
it knows of other segments or paths, so any cut gives the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ..beliefs import Beliefs
from ..counts import binomial
from ..levers import BY_HAND
from ..luck import scattered
from .changes import Changes
from .leaving import Known, Leaving
from .paths import CLOSINGS, COUNTS, FLOWS
from .won import Won, known_deals

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

Sheets = dict[str, Floats]
"""What came out of some segments: arrays (segments, months, paths) by name, as `SegmentPaths`."""

_MOST_CONTRACTION: Final = 0.9


@dataclass(frozen=True, eq=False)
class Places:
    """Where the luck of counts lies in its distribution, 0 to 1; as the luck."""

    churn: Singles
    reactivation: Singles

    @classmethod
    def of(cls, beliefs: Beliefs) -> Places:
        """Give the places of what was drawn."""
        return cls(*(ndtr(beliefs.luck[f"{name}_count"]) for name in ("churn", "reactivation")))


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
    leaving : Leaving
        Chance of leaving, and the lost MRR's share against the customers'.
    places : Places
        Of the luck of counts.
    known : Known
        Departures by notice, arrays (segments, months).
    expansion, contraction, reactivation : array
        Shares after the levers.
    price : array (segments, months) or None
        Relative change of the price index in each month.
    losses : array (segments, months) or None
        Known single losses, 0 or more.
    """

    beliefs: Beliefs
    changes: Changes
    won: Won
    leaving: Leaving
    places: Places
    known: Known
    expansion: Singles
    contraction: Singles
    reactivation: Singles
    price: Floats | None
    losses: Floats | None

    @classmethod
    def of(
        cls, beliefs: Beliefs, changes: Changes, won: Won, leaving: Leaving, places: Places
    ) -> Given:
        """Put together what some segments need."""
        deals = known_deals(beliefs, changes)
        return cls(
            beliefs,
            changes,
            won,
            leaving,
            places,
            Known.of(beliefs, changes),
            changes("expansion", beliefs.expansion),
            changes("contraction", beliefs.contraction),
            changes("reactivation", beliefs.reactivation),
            _price_steps(changes, beliefs.shape[1]),
            None if deals is None else np.maximum(-deals, 0.0),
        )

    def sheets(self) -> Sheets:
        """Give sheets to be filled; new business stands in them."""
        names = (*FLOWS, *COUNTS, *CLOSINGS)
        # One array, for many small ones make the system hand out (and clear) memory page by page.
        sheets = dict(zip(names, np.empty((len(names), *self.beliefs.shape)), strict=True))
        sheets["new"][:], sheets["new_customers"][:] = self.won.mrr, self.won.customers
        return sheets


def _price_steps(changes: Changes, months: int) -> Floats | None:
    """Relative change of the price index in each month, array (segments, months)."""
    index = changes.constant("price", 1.0, months)
    if index is None:
        return None
    before = np.hstack([np.ones((len(index), 1)), index[:, :-1]])
    return index / before - 1.0


@dataclass(frozen=True, eq=False)
class _State:
    """At the opening of a month, arrays (segments, paths)."""

    mrr: Floats
    customers: Singles
    lapsed: Singles


def play(given: Given, sheets: Sheets, paths: slice) -> None:
    """Fill a tile of the sheets."""
    beliefs, won = given.beliefs, given.won
    tile = _Tile(given, paths)
    by_hand = any(given.changes.touches(name) for name in BY_HAND)
    width = len(range(*paths.indices(beliefs.shape[2])))
    opening, customers, lapsed = (
        np.repeat(values[:, None], width, axis=1)
        for values in (beliefs.opening, beliefs.customers, beliefs.lapsed)
    )
    state = _State(opening, customers.astype(np.float32), lapsed.astype(np.float32))
    for m in range(beliefs.shape[1]):
        at = (slice(None), m, paths)
        lost, churn = tile.churn(state, m)
        if by_hand:
            churn = np.minimum(given.changes.amounts("churn", churn, m), state.mrr)
        left = state.mrr - churn
        growth = tile.amount("expansion", given.expansion[at], state.mrr, m)
        growth *= left > 0
        shrink = tile.amount("contraction", given.contraction[at], state.mrr, m)
        shrink = np.minimum(shrink, _MOST_CONTRACTION * left)
        if given.price is not None:
            step = given.price[:, m, None]
            growth += np.maximum(step, 0.0) * state.mrr * (left > 0)
            shrink = np.minimum(shrink + np.maximum(-step, 0.0) * state.mrr, left)
        if given.losses is not None:
            churn = churn + np.minimum(given.losses[:, m, None], left - shrink)
        came, back = tile.returning(state, given.reactivation[at], won.arpa[at], m)
        if by_hand:
            growth = given.changes.amounts("expansion", growth, m)
            shrink = given.changes.amounts("contraction", shrink, m)
            shrink = np.minimum(shrink, state.mrr - churn)
            back = given.changes.amounts("reactivation", back, m)
        state = _State(
            np.maximum(state.mrr - churn - shrink, 0.0) + growth + back + won.mrr[at],
            state.customers - lost + came + won.customers[at],
            np.maximum(np.float32(beliefs.memory) * (state.lapsed - came), 0.0) + lost,
        )
        sheets["reactivation"][at], sheets["reactivated_customers"][at] = back, came
        sheets["expansion"][at] = growth
        np.negative(shrink, out=sheets["contraction"][at])
        np.negative(churn, out=sheets["churn"][at])
        sheets["churned_customers"][at] = lost
        sheets["mrr"][at], sheets["customers"][at] = state.mrr, state.customers


@dataclass(frozen=True, eq=False)
class _Tile:
    """What happens to a tile in one month."""

    given: Given
    paths: slice

    def churn(self, state: _State, m: int) -> tuple[Singles, Floats]:
        """Give customers lost and their MRR, arrays (segments, paths).

        With a share f of the customers lost, the share of MRR is 1 - (1 - f) ** g: about g x f
        while f is small, everything when everyone leaves, and never more than is there.
        """
        leaving, known = self.given.leaving, self.given.known
        at = (slice(None), m, self.paths)
        there, mrr = state.customers, state.mrr
        if known.any:
            there = np.maximum(there - known.pending[:, m, None], np.float32(0.0))
            mrr = np.maximum(mrr - known.pending_mrr[:, m, None], 0.0)
        lost = binomial(
            there, leaving.chance[at], self.luck("churn_count", m), self.given.places.churn[at]
        )
        unseen = (there - lost) / np.maximum(there - 1.0, 1.0)
        variance = self.scatter("churn") / np.maximum(lost, 1.0) * unseen
        exponent = leaving.ratio[at] * scattered(variance, self.luck("churn_size", m))
        with np.errstate(divide="ignore"):  # all are lost: log 0, and the share is 1
            share = -np.expm1(exponent * np.log1p(-lost / np.maximum(there, 1.0)))
        if there.min(initial=1.0) <= 0:  # MRR whose customers are at home elsewhere
            share = np.where(there <= 0, leaving.chance[at], share)
        gone = share * mrr
        if known.any:
            gone = np.minimum(gone + known.mrr[:, m, None], state.mrr)
            lost = np.minimum(lost + known.customers[:, m, None], state.customers)
        all_lost = (lost >= state.customers) & (state.customers > 0)
        return lost, np.where(all_lost, state.mrr, gone) if all_lost.any() else gone

    def amount(self, flow: str, rate: Singles, mrr: Floats, m: int) -> Floats:
        """Give an amount that arises from the opening MRR, with noise and its own sampling."""
        mean = rate * mrr
        size = np.abs(mean).astype(np.float32)
        if size.min(initial=1.0) > 0:
            variance = self.scatter(flow) / size
        else:
            some = np.broadcast_to(self.scatter(flow), size.shape)
            variance = np.divide(some, size, out=np.zeros_like(size), where=size > 0)
        variance += self.given.beliefs.noise[flow].astype(np.float32)[:, None]
        return np.asarray(mean * scattered(variance, self.luck(flow, m)))

    def returning(
        self, state: _State, rate: Singles, arpa: Singles, m: int
    ) -> tuple[Singles, Floats]:
        """Give customers who come back and their MRR, arrays (segments, paths)."""
        if not rate.any():
            return np.zeros_like(rate), np.zeros_like(state.mrr)
        most = np.ceil(state.lapsed)
        chance = np.clip(rate, 0.0, 1.0) * (state.lapsed / np.maximum(most, 1.0))
        place = self.given.places.reactivation[:, m, self.paths]
        came = binomial(most, chance, self.luck("reactivation_count", m), place)
        average = (state.mrr / np.maximum(state.customers, 1.0)).astype(np.float32)
        if state.customers.min(initial=1.0) <= 0:
            average = np.where(state.customers <= 0, arpa, average)
        variance = self.scatter("reactivation") / np.maximum(came, 1.0)
        size = self.given.beliefs.returning_size.astype(np.float32)[:, None] * average
        size *= scattered(variance, self.luck("reactivation_size", m))
        return came, (came * size).astype(np.float64)

    def luck(self, name: str, m: int) -> Singles:
        """Give normals of a month, array (segments, paths)."""
        return self.given.beliefs.luck[name][:, m, self.paths]

    def scatter(self, flow: str) -> Singles:
        """Give variances of one flow, array (segments, 1)."""
        return self.given.beliefs.scatter[flow].astype(np.float32)[:, None]
