"""Customers bound for a year or more: seats added during the term, and what happens at its end."""

from __future__ import annotations

import numpy as np

from .days import day_in
from .monthly import expansion_chance, move_plan, seats_after
from .world import VOLUNTARY, Ids, World

_NOTICE_MONTHS = 3  # renewals are settled so many months before the term ends
_TELLS_AHEAD = 0.6  # share of those who do not renew and say so before the last day
_MOST = 0.95


def add_seats(world: World) -> None:
    """Sell more seats inside running contracts: a further line that ends with the contract."""
    state, rng = world.customers, world.dice("add_ons")
    ids = world.paying(monthly=False)
    ids = ids[(state["came"][ids] < world.month) & (_left(world, ids) > _NOTICE_MONTHS)]
    grows = rng.random(len(ids)) < expansion_chance(world, ids)
    growth = rng.standard_exponential(len(ids)) * world.each(ids, "usage.expansion_size")
    added = np.floor(state["seats"][ids] * growth + rng.random(len(ids))).astype(np.int64)
    sold = grows & (added > 0)
    chosen = ids[sold]
    end = day_in(state["renewal"][chosen], state["day"][chosen])
    world.open_lines(chosen, world.today(chosen), end=end, seats=added[sold])
    state["seats"][chosen] += added[sold]


def _left(world: World, ids: Ids) -> Ids:
    left: Ids = world.customers["renewal"][ids] - world.month
    return left


def settle_renewals(world: World) -> None:
    """Decide the contracts that end three months from now: notice, or a renewal signed ahead."""
    state, rng = world.customers, world.dice("renewals")
    ids = world.paying(monthly=False)
    ids = ids[_left(world, ids) == _NOTICE_MONTHS]
    month = world.month + _NOTICE_MONTHS
    factor = [world.company.churn_factor(s, month, monthly=False) for s in world.company.segments]
    hazard = np.minimum(state["renewal_hazard"][ids] * world.by_segment(ids, factor), _MOST)
    leaving = rng.random(len(ids)) < hazard
    _let_go(world, ids[leaving], rng)
    _renew(world, ids[~leaving], rng)


def _let_go(world: World, ids: Ids, rng: np.random.Generator) -> None:
    state, lines = world.customers, world.lines
    end = day_in(state["renewal"][ids], state["day"][ids])
    ahead = rng.integers(1, 89, len(ids)) * (rng.random(len(ids)) < _TELLS_AHEAD)
    known = np.full(len(state), -1)
    known[ids] = end - ahead
    ending = np.zeros(len(state), dtype=np.int64)
    ending[ids] = end
    mine = (known[lines["customer"]] >= 0) & (lines["end"] == ending[lines["customer"]])
    lines["cancelled_known"][mine] = known[lines["customer"][mine]]
    lines["reason"][mine] = VOLUNTARY
    state["leaves"][ids] = state["renewal"][ids]
    state["reason"][ids] = VOLUNTARY


def _renew(world: World, ids: Ids, rng: np.random.Generator) -> None:
    state, company = world.customers, world.company
    term = state["term"][ids]
    state["seats"][ids] = seats_after(world, ids, rng, months=term, grow=False)
    move_plan(world, ids, rng, months=term)
    accepts = rng.random(len(ids)) < company.renewals_at_list
    listed = company.list_index(world.month + _NOTICE_MONTHS)
    risen = np.maximum(state["level"][ids], listed)
    state["level"][ids] = np.where(accepts, risen, state["level"][ids])
    start = day_in(state["renewal"][ids], state["day"][ids])
    state["renewal"][ids] += term
    end = day_in(state["renewal"][ids], state["day"][ids])
    signed = start - rng.integers(0, 46, len(ids))
    state["line"][ids] = world.open_lines(ids, start, signed=signed, end=end)
