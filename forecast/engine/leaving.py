"""Who is expected to leave: today's customers and those to come, after the levers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ..beliefs import Beliefs, Entrants
from ..luck import Normals
from ..planes import planes
from .changes import Changes
from .won import Won, acquired

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
A = TypeVar("A", bound=NDArray[np.floating])
Pair = tuple[A, A]
"""Of customers, and of MRR."""

_RATIO_BOUNDS: Final = (0.05, 20.0)
_GONE: Final = 1e-9
_UNTHREADED: Final = 250_000
"""Multiplications up to which OpenBLAS works in one thread (65,536 x 4)."""


@dataclass(frozen=True, eq=False)
class Expected:
    """Who is expected to be there and to leave, after the levers; pairs: customers, MRR.

    Attributes
    ----------
    cells : array (cells, months)
        Hazards of today's customers.
    alive, lost : pair of array (segments, months)
        Today's customers there at each opening, and lost in the month; bought books too.
    stay, leave : pair of array (segments, months m, months s)
        Share of those who came in s that is there at the opening of m, and lost in it.
    won : pair of array (segments, months s, paths)
        New business of a month, bought books included.
    more : pair of array (segments, months s)
        Who comes back in a month, less the books bought.
    """

    cells: Floats
    alive: Pair[Floats]
    lost: Pair[Floats]
    stay: Pair[Floats]
    leave: Pair[Floats]
    won: Pair[NDArray[np.floating]]
    more: Pair[Singles]

    @classmethod
    def of(cls, beliefs: Beliefs, changes: Changes, won: Won) -> Expected:
        """Give what is expected of some segments."""
        back = _expected_returns(beliefs, changes)
        returning = back * (_average(beliefs) * beliefs.returning_size)[:, None]
        more = [back.astype(np.float32), returning.astype(np.float32)]
        ahead = np.arange(1, beliefs.shape[1] + 1)
        age = beliefs.cells.age[:, None] + ahead
        cells = changes.hazards(beliefs.cells.hazard, beliefs.cells.segment, age)
        alive, lost = _base_expected(beliefs, cells)
        stay, leave = entrant_weights(beliefs.entrants, changes)
        books = acquired(beliefs, changes)
        if any(book.any() for book in books):
            hazard = changes("acquired_churn", part_of(lost[0], alive[0]))
            for k, book in enumerate(books):
                more[k] -= book.astype(np.float32)
                there, gone = _of_books(book, hazard)
                alive[k], lost[k] = alive[k] + there, lost[k] + gone
        return cls(
            cells,
            _pair(alive),
            _pair(lost),
            _pair(stay),
            _pair(leave),
            (won.customers, won.mrr),
            _pair(more),
        )

    def entering(self, k: int) -> Singles:
        """Give who comes or comes back in a month, array (segments, months s, paths)."""
        more = self.more[k][:, :, None]
        return np.asarray(np.add(self.won[k], more, dtype=np.float32, casting="same_kind"))

    def on_paths(self, k: int, entering: Singles) -> tuple[Singles, Singles]:
        """Give who is expected there on each path and lost, arrays (segments, months, paths)."""
        there, gone = planes((2, *entering.shape), np.float32)
        _times(self.stay[k].astype(np.float32), entering, there)
        _times(self.leave[k].astype(np.float32), entering, gone)
        there += self.alive[k].astype(np.float32)[:, :, None]
        gone += self.lost[k].astype(np.float32)[:, :, None]
        return there, gone

    def of_rest(self, entrants: Entrants) -> tuple[Floats, dict[str, Floats]]:
        """Give hazard and growth of the MRR won or won back, on average (segments, months)."""
        entering = self.entering(1).mean(axis=2)[:, None, :]
        there = (self.stay[1] * entering).sum(axis=2)
        hazard = part_of((self.leave[1] * entering).sum(axis=2), there)
        ahead = np.arange(there.shape[1])
        column = np.maximum(ahead[:, None] - ahead[None, :] - 1, 0)
        growth = {}
        for flow, by_age in entrants.growth.items():
            weighed = (self.stay[1] * entering * by_age[column]).sum(axis=2)
            growth[flow] = np.where(there > 0, part_of(weighed, there), 1.0)
        return hazard, growth


@dataclass(frozen=True, eq=False)
class Leaving:
    """Of customers to leave in a month, given to be there; arrays (segments, months, paths).

    Attributes
    ----------
    hazard : array
        As expected from who comes on the path.
    chance : array
        The same with the path's own error and drift.
    """

    LEVERS: ClassVar = (
        "new_customers",
        "acquired_customers",
        "churn",
        "onboarding",
        "annual_share",
        "acquired_churn",
        "reactivation",
        "prospects",
    )

    hazard: Singles
    chance: Singles

    @classmethod
    def of(cls, beliefs: Beliefs, expected: Expected) -> Leaving:
        """Give the chances from what is expected of who comes on each path."""
        entering = expected.entering(0)
        there, gone = expected.on_paths(0, entering)
        hazard = part_of(gone, there)
        if there.min(initial=1.0) <= _GONE:
            hazard[there <= _GONE] = 0.0
            _carry_on(hazard, (there <= _GONE) & (entering <= 0))
        return cls(hazard, _proportional(hazard, beliefs.churn))


@dataclass(frozen=True, eq=False)
class LeavingMrr:
    """Of MRR to leave, arrays (segments, months, paths).

    Attributes
    ----------
    ratio : array
        Hazard of MRR against that of customers.
    alone : array
        Chance of MRR whose customers are at home in another segment.
    """

    LEVERS: ClassVar = (*Leaving.LEVERS, *Won.LEVERS)

    ratio: Singles
    alone: Singles

    @classmethod
    def of(cls, beliefs: Beliefs, expected: Expected, leaving: Leaving) -> LeavingMrr:
        """Give them from what is expected of who comes on each path."""
        there, gone = expected.on_paths(1, expected.entering(1))
        of_mrr, hazard, alone = part_of(gone, there), leaving.hazard, leaving.chance
        if hazard.min(initial=1.0) <= 0:
            hazard = np.where(hazard <= 0, of_mrr, hazard)
            alone = _proportional(hazard, beliefs.churn)
        ratio = divided(of_mrr, hazard, 0.0, 1.0)
        ratio *= beliefs.lost_size.astype(np.float32)[:, None, None]
        low, high = _RATIO_BOUNDS
        if ratio.min(initial=low) < low or ratio.max(initial=high) > high:
            np.clip(ratio, low, high, out=ratio)
        return cls(ratio, alone)


@dataclass(frozen=True, eq=False)
class Known:
    """Departures known by notice, arrays (segments, months): in the month, and from it on.

    A lever on churn acts on them as on a hazard of 1: with half the churn half of them stay.
    """

    customers: Singles
    mrr: Floats
    pending: Singles
    pending_mrr: Floats
    any: bool

    @classmethod
    def of(cls, beliefs: Beliefs, changes: Changes) -> Known:
        """Give the departures of some segments."""
        share = np.minimum(changes("churn", np.ones_like(beliefs.notice)), 1.0)
        customers = np.floor(share * beliefs.notice + 0.5).astype(np.float32)
        mrr = share * changes("fx_index", np.ones_like(share)) * beliefs.notice_mrr
        some = bool(customers.any() or mrr.any())
        return cls(customers, mrr, _from_here_on(customers), _from_here_on(mrr), some)


def _times(share: Singles, entering: Singles, made: Singles) -> None:
    """Fill in matrix products by segment, array (segments, months, paths), in pieces.

    They are small enough that the linear algebra starts no threads for them: on a busy machine
    waiting for these takes a hundred times as long as the product.
    """
    width = max(1, _UNTHREADED // share.shape[1] ** 2)
    for first in range(0, entering.shape[2], width):
        cut = (slice(None), slice(None), slice(first, first + width))
        np.matmul(share, entering[cut], out=made[cut])


def _pair(values: list[A]) -> Pair[A]:
    return values[0], values[1]


def _from_here_on(values: A) -> A:
    """Give sums over the month and all later ones, array (segments, months)."""
    return cast("A", np.cumsum(values[:, ::-1], axis=1)[:, ::-1])


def _carry_on(hazard: Singles, gone: NDArray[np.bool_]) -> None:
    """Where all were expected to be gone, those who stayed by luck keep the last hazard."""
    for m in np.flatnonzero(gone.any(axis=(0, 2))):
        if m:
            hazard[:, m] = np.where(gone[:, m], hazard[:, m - 1], hazard[:, m])


def _proportional(hazard: Singles, factor: Normals) -> Singles:
    """Hazards times a factor, as 1 - (1 - h) ** factor: certain stays certain, never above 1."""
    exponent = np.negative(hazard)
    with np.errstate(divide="ignore"):
        np.log1p(exponent, out=exponent)
    exponent *= factor
    np.expm1(exponent, out=exponent)
    return np.asarray(np.negative(exponent, out=exponent))


def _average(beliefs: Beliefs) -> Floats:
    """MRR per paying customer today, or of new business where nobody pays (segments,)."""
    expected = beliefs.new_arpa[:, 0].mean(axis=1)
    paying = beliefs.customers > 0
    return np.asarray(
        np.where(paying, beliefs.opening / np.maximum(beliefs.customers, 1.0), expected)
    )


def _expected_returns(beliefs: Beliefs, changes: Changes) -> Floats:
    """Roughly how many come back in each month, array (segments, months), for the mix of ages."""
    rate = changes("reactivation", beliefs.reactivation).mean(axis=2)
    return np.asarray(rate * beliefs.lapsed[:, None])


def _base_expected(beliefs: Beliefs, hazard: Floats) -> tuple[list[Floats], list[Floats]]:
    """Of today's customers: expected there at each opening and lost, in customers and MRR."""
    cells, (segments, _, _) = beliefs.cells, beliefs.shape
    there = still_there(hazard)
    gone = there * hazard
    member = (cells.segment[None, :] == np.arange(segments)[:, None]).astype(float)
    weights = [member * cells.customers, member * cells.mrr]
    return [w @ there for w in weights], [w @ gone for w in weights]


def still_there(hazard: Floats) -> Floats:
    """Give the share still there at each opening, array (..., months)."""
    there = np.ones_like(hazard)
    np.cumprod(1.0 - hazard[..., :-1], axis=-1, out=there[..., 1:])
    return there


def _of_books(book: Floats, hazard: Floats) -> tuple[Floats, Floats]:
    """Give what is there of bought books at each opening, and lost in the month."""
    there = np.zeros_like(book)
    for m in range(1, book.shape[1]):
        there[:, m] = there[:, m - 1] * (1.0 - hazard[:, m - 1]) + book[:, m - 1]
    return there, there * hazard


def entrant_weights(entrants: Entrants, changes: Changes) -> tuple[list[Floats], list[Floats]]:
    """Who of those that came in month s is there at the opening of month m, and lost in it.

    Two lists (customers, MRR) of arrays (segments, months m, months s).
    """
    months = entrants.hazard.shape[1]
    age = np.arange(months)[None, :] - np.arange(months)[:, None]  # start s, month m
    later = age >= 1
    by_age = entrants.hazard[:, np.maximum(age - 1, 0)]
    by_age *= entrants.calendar[entrants.segment][:, None, :]
    rows, ages = np.repeat(entrants.segment, months), np.tile(age, (len(by_age), 1))
    hazard = changes.hazards(by_age.reshape(-1, months), rows, ages).reshape(by_age.shape)
    hazard = np.where(later, hazard, 0.0)
    there = np.where(later, still_there(hazard), 0.0)
    member = entrants.segment[None, :] == np.arange(len(entrants.calendar))[:, None]
    stay: list[Floats] = []
    leave: list[Floats] = []
    for share in entrant_shares(entrants, changes):
        mine = share[:, :, None] * there
        for found, part in ((stay, mine), (leave, mine * hazard)):
            whole = member.astype(float) @ part.reshape(len(part), -1)
            found.append(whole.reshape(-1, months, months).swapaxes(1, 2))
    return stay, leave


def entrant_shares(entrants: Entrants, changes: Changes) -> list[Floats]:
    """Shares of the groups of new customers and of their MRR, arrays (groups, months s)."""
    months = entrants.hazard.shape[1]
    plain = [np.repeat(share[:, None], months, 1) for share in (entrants.customers, entrants.mrr)]
    if not changes.touches("annual_share"):
        return plain
    segments = len(entrants.calendar)
    member = (entrants.segment[None, :] == np.arange(segments)[:, None]).astype(float)
    usual = member @ (entrants.customers * entrants.annual)
    share = changes("annual_share", np.repeat(usual[:, None], months, 1))
    # Where a segment knows one kind of contract only, there is nothing to move.
    fixed = ((usual <= 0.0) | (usual >= 1.0))[:, None]
    longer = np.where(fixed, 1.0, share / np.where(fixed, 1.0, usual[:, None]))
    other = np.where(fixed, 1.0, (1.0 - share) / np.where(fixed, 1.0, 1.0 - usual[:, None]))
    factor = np.where(entrants.annual[:, None], longer[entrants.segment], other[entrants.segment])
    moved = [part * factor for part in plain]
    whole = [member @ part for part in moved]
    return [
        part_of(part, total[entrants.segment]) for part, total in zip(moved, whole, strict=True)
    ]


def part_of(part: A, whole: A) -> A:
    """Give part / whole, and 0 where there is no whole."""
    return divided(part, whole, 1e-12, 0.0)


def divided(part: A, whole: A, above: float, otherwise: float) -> A:
    """Give part / whole where the whole is above a bound; nothing is left out if all of it is."""
    if whole.size and whole.min() > above:
        return cast("A", part / whole)
    blank = np.full_like(part, otherwise)
    return cast("A", np.divide(part, whole, out=blank, where=whole > above))
