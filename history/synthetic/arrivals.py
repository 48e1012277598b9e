"""Customers who come, and customers who come back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..months import index_of
from .company import Segment, Shares
from .days import NEVER, day_in
from .world import INVOLUNTARY, VOLUNTARY, Ids, World

_PROMOTION = 0.20
_PROMOTION_MONTHS = 3


def win(world: World) -> None:
    """Sign the customers whose service starts up to the segment's lead after this month."""
    arrivals, attributes = world.dice("arrivals"), world.dice("attributes")
    for position, segment in enumerate(world.company.segments):
        lead = -(-segment.new.lead_days // 28)
        earliest = world.month if world.month == world.first else world.month + lead
        for start in range(earliest, world.month + lead + 1):
            count = _count(world, segment, start, arrivals)
            if count:
                _sign(world, position, start, count, attributes)


def _count(world: World, segment: Segment, month: int, rng: np.random.Generator) -> int:
    founders = segment.founders if month == world.first else 0
    mean = max(0.0, world.company.new_mean(segment, month) - founders)
    if segment.new.dispersion > 0 and mean > 0:
        mean = rng.gamma(1 / segment.new.dispersion, mean * segment.new.dispersion)
    return founders + int(rng.poisson(mean))


def _sign(world: World, position: int, month: int, count: int, rng: np.random.Generator) -> None:
    company, segment = world.company, world.company.segments[position]
    term = _choose(rng, segment.terms, count)
    billed = _choose(rng, segment.billing, count)
    off = np.zeros(count)
    for length, discount in company.term_discounts:
        off[term == length] = discount
    off += np.where(term > 1, segment.discount * rng.random(count), 0.0)
    promoted = (term == 1) & (rng.random(count) < segment.promotion)
    median, sigma = segment.seats
    ids = world.customers.append(
        count,
        segment=position,
        region=_choose(rng, _regions(world, month), count),
        channel=_choose(rng, _numbered(segment.channels), count),
        day=_start_day(rng, segment, count),
        came=month,
        term=term,
        interval=np.where(term > 1, billed, 1),
        renewal=np.where(term > 1, month + term, NEVER),
        plan=_choose(rng, [(world.plans.index(n), w) for n, w in segment.plans], count),
        seats=np.maximum(1, np.rint(median * np.exp(sigma * rng.standard_normal(count)))),
        discount=np.where(promoted, _PROMOTION, off),
        promotion_ends=np.where(promoted, month + _PROMOTION_MONTHS, NEVER),
        level=company.list_index(month),
        hazard=rng.beta(*segment.leaving.monthly, count),
        renewal_hazard=rng.beta(*segment.leaving.renewal, count),
    )
    start = day_in(month, world.customers["day"][ids])
    signed = start - rng.integers(0, segment.new.lead_days + 1, count)
    _start(world, ids, start, signed)


def _start(
    world: World,
    ids: Ids,
    start: npt.NDArray[np.int64],
    signed: npt.NDArray[np.int64] | None = None,
) -> None:
    state = world.customers
    renewal, day = state["renewal"][ids], state["day"][ids]
    bound = renewal != NEVER
    end = np.where(bound, day_in(np.where(bound, renewal, world.month), day), NEVER)
    state["line"][ids] = world.open_lines(ids, start, signed=signed, end=end)


def _start_day(rng: np.random.Generator, segment: Segment, count: int) -> npt.NDArray[np.int64]:
    """Draw first service days: any day, or the end of the month where deals are signed ahead."""
    any_day = rng.integers(1, 29, count)
    late = 28 - rng.geometric(0.25, count) % 14
    return np.where(rng.random(count) < (0.7 if segment.new.lead_days else 0.0), late, any_day)


def _regions(world: World, month: int) -> list[tuple[int, float]]:
    openings = world.company.openings
    return [
        (number, weight if name not in openings or index_of(openings[name]) <= month else 0.0)
        for number, (name, weight) in enumerate(world.company.regions)
    ]


def _numbered(shares: Shares) -> list[tuple[int, float]]:
    return [(number, weight) for number, (_, weight) in enumerate(shares)]


def _choose(
    rng: np.random.Generator,
    weighted: list[tuple[int, float]] | tuple[tuple[int, float], ...],
    n: int,
) -> npt.NDArray[np.int64]:
    values = np.array([value for value, _ in weighted], dtype=np.int64)
    weights = np.array([weight for _, weight in weighted])
    return values[np.searchsorted(np.cumsum(weights / weights.sum())[:-1], rng.random(n), "right")]


def come_back(world: World) -> None:
    """Bring some of those who left in an earlier month back, at today's list."""
    state, rng = world.customers, world.dice("returns")
    gone = np.flatnonzero(state["lost"])
    chance = _return_chance(world, gone)
    ids = gone[rng.random(len(gone)) < chance]
    state["lost"][ids] = False
    state["leaves"][ids] = NEVER
    state["came"][ids] = world.month
    state["day"][ids] = rng.integers(1, 29, len(ids))
    state["level"][ids] = world.company.list_index(world.month)
    state["promotion_ends"][ids] = NEVER
    term = state["term"][ids]
    state["renewal"][ids] = np.where(term > 1, world.month + term, NEVER)
    _start(world, ids, world.today(ids))


def _return_chance(world: World, gone: Ids) -> npt.NDArray[np.float64]:
    state = world.customers
    since = world.month - state["leaves"][gone]
    reason = state["reason"][gone]
    wanted = (reason == VOLUNTARY) & (since <= world.each(gone, "leaving.win_back_months"))
    failed = (reason == INVOLUNTARY) & (since <= world.each(gone, "leaving.repaired_months"))
    chance = np.where(wanted, world.each(gone, "leaving.win_back"), 0.0)
    chance = np.where(failed, world.each(gone, "leaving.repaired"), chance)
    return np.where(since >= 1, chance, 0.0)
