"""Customers who can leave every month: changes, pauses, notices and failed payments."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .days import NEVER, day_in
from .world import INVOLUNTARY, VOLUNTARY, Ids, World

Months = int | npt.NDArray[np.int64]

_MOST = 0.95  # no factor makes a hazard larger than this
_RETRY_DAYS = 3
_STAYS_AFTER_PAUSE = 0.8


def leave(world: World) -> None:
    """Let decided departures of this month, of any customer, take effect."""
    state = world.customers
    state["lost"][(state["leaves"] == world.month) & ~state["lost"]] = True


def resume(world: World) -> None:
    """End the pauses that end this month: most go on, some leave for good."""
    state, rng = world.customers, world.dice("resumptions")
    ids = np.flatnonzero((state["resumes"] == world.month) & ~state["lost"])
    stays = rng.random(len(ids)) < _STAYS_AFTER_PAUSE
    state["resumes"][ids] = NEVER
    world.replace_lines(ids[stays])
    gone = ids[~stays]
    world.cancel(gone, world.today(gone), world.today(gone), VOLUNTARY)
    state["leaves"][gone] = world.month
    state["reason"][gone] = VOLUNTARY
    state["lost"][gone] = True


def change(world: World) -> None:
    """Change seats, plans and prices of monthly customers on their billing day."""
    state, rng = world.customers, world.dice("changes")
    ids = world.paying(monthly=True)
    ids = ids[_since_line(world, ids) > 0]
    before = _bought(world, ids)
    state["seats"][ids] = seats_after(world, ids, rng)
    move_plan(world, ids, rng, months=1)
    over = ids[state["promotion_ends"][ids] <= world.month]
    state["discount"][over] = 0.0
    state["promotion_ends"][over] = NEVER
    level = world.company.monthly_index(world.month)
    state["level"][ids] = np.maximum(state["level"][ids], level)
    world.replace_lines(ids[(_bought(world, ids) != before).any(axis=0)])


def _since_line(world: World, ids: Ids) -> npt.NDArray[np.int64]:
    result: npt.NDArray[np.int64] = (
        world.today(ids) - world.lines["start"][world.customers["line"][ids]]
    )
    return result


def _bought(world: World, ids: Ids) -> npt.NDArray[np.float64]:
    return np.array([world.customers["seats"][ids], world.customers["plan"][ids], world.unit(ids)])


def seats_after(
    world: World, ids: Ids, rng: np.random.Generator, *, months: Months = 1, grow: bool = True
) -> npt.NDArray[np.int64]:
    """Draw the seats of customers after so many months of contraction, and of expansion."""
    seats: npt.NDArray[np.int64] = world.customers["seats"][ids]
    u = rng.random((4, len(ids)))
    growth = rng.standard_exponential(len(ids)) * world.each(ids, "usage.expansion_size")
    added = np.floor(seats * growth + u[1])
    chance = expansion_chance(world, ids) if grow else np.zeros(len(ids))
    grows = u[0] < chance
    once = world.each(ids, "usage.contraction")
    shrinks = ~grows & (u[2] < 1 - (1 - once) ** months)
    largest = world.each(ids, "usage.contraction_size")
    dropped = np.minimum(np.floor(seats * largest * u[3] + u[1]), seats - 1)
    change = np.where(grows, added, np.where(shrinks, -dropped, 0.0))
    return (seats + change).astype(np.int64)


def expansion_chance(world: World, ids: Ids) -> npt.NDArray[np.float64]:
    """Return the probability that each customer adds seats this month."""
    age = world.month - world.customers["came"][ids]
    first, late = world.each(ids, "usage.expansion"), world.each(ids, "usage.expansion_late")
    fading = np.exp(-age / world.each(ids, "usage.expansion_fade"))
    event = [world.company.expansion_factor(s, world.month) for s in world.company.segments]
    result: npt.NDArray[np.float64] = first * (late + (1 - late) * fading)
    result *= world.by_segment(ids, event)
    return result


def move_plan(world: World, ids: Ids, rng: np.random.Generator, *, months: Months) -> None:
    """Move some customers one plan up or down, as so many months of chances would."""
    state, u = world.customers, rng.random(len(ids))
    up = 1 - (1 - world.each(ids, "usage.upgrade")) ** months
    down = 1 - (1 - world.each(ids, "usage.downgrade")) ** months
    plan = state["plan"][ids] + (u < up) - (u > 1 - down)
    state["plan"][ids] = np.clip(plan, 0, len(world.plans) - 1)


def pause(world: World) -> None:
    """Pause some monthly customers for one to three months, in a line of its own."""
    state, rng = world.customers, world.dice("pauses")
    ids = world.paying(monthly=True)
    ids = ids[_since_line(world, ids) > 0]
    pauses = rng.random(len(ids)) < world.each(ids, "leaving.pause")
    chosen = ids[pauses]
    world.replace_lines(chosen, paused=True)
    state["resumes"][chosen] = world.month + rng.integers(1, 4, len(chosen))


def decide(world: World) -> None:
    """Decide who leaves on next month's billing day, on purpose or by a failed payment."""
    ids = world.paying(monthly=True)
    leaving = _give_notice(world, ids)
    _fail_payments(world, ids[~leaving])


def _give_notice(world: World, ids: Ids) -> npt.NDArray[np.bool_]:
    rng, month = world.dice("leaving"), world.month + 1
    factor = [world.company.churn_factor(s, month, monthly=True) for s in world.company.segments]
    hazard = np.minimum(world.customers["hazard"][ids] * world.by_segment(ids, factor), _MOST)
    leaving: npt.NDArray[np.bool_] = rng.random(len(ids)) < hazard
    ahead = rng.integers(0, 28, len(ids))[leaving]
    _part(world, ids[leaving], VOLUNTARY, ahead)
    return leaving


def _fail_payments(world: World, ids: Ids) -> None:
    rng = world.dice("failures")
    failed = ids[rng.random(len(ids)) < world.each(ids, "leaving.payment_failure")]
    world.past_due.append(
        len(failed),
        line=world.customers["line"][failed],
        since=world.today(failed) + _RETRY_DAYS,
        until=day_in(world.month + 1, world.customers["day"][failed]),
    )
    lost = failed[rng.random(len(failed)) >= world.each(failed, "leaving.recovery")]
    _part(world, lost, INVOLUNTARY, np.zeros(len(lost), dtype=np.int64))


def _part(world: World, ids: Ids, reason: int, ahead: npt.NDArray[np.int64]) -> None:
    end = day_in(world.month + 1, world.customers["day"][ids])
    world.cancel(ids, end, end - ahead, reason)
    world.customers["leaves"][ids] = world.month + 1
    world.customers["reason"][ids] = reason
