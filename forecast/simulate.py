"""The engine: one loop over months, for all paths and segments at once.

Everything random is drawn beforehand (`Odds`), everything believed is an array (`Cells`,
`Entrants`, `Flow`), and what is changed comes as `Levers`. So a scenario runs on the very same luck
as its base, and equals it bit for bit when nothing is changed.

Arrays are (segments, months, paths) here; a projection shows them as (paths, months, segments).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .beliefs import Beliefs, Entrants
from .counts import binomial
from .layers import LayerPlan, plan_layers
from .levers import Levers
from .luck import Normals

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_RATIO_BOUNDS: Final = (0.05, 20.0)
_MOST_CONTRACTION: Final = 0.9
_GONE: Final = 1e-9


@dataclass(frozen=True, eq=False)
class Paths:
    """What came out: signed flows of MRR and counts, arrays (segments, months, paths).

    And what was expected of the layers, by which the flows can be split.
    """

    flows: dict[str, Floats]
    counts: dict[str, Floats]
    notes: tuple[str, ...]
    plan: LayerPlan


def simulate(beliefs: Beliefs, levers: Levers) -> Paths:
    """Play all paths, month after month.

    Parameters
    ----------
    beliefs : Beliefs
        Expectations and luck; left unchanged.
    levers : Levers
        Changes, for the same months and segments.

    Returns
    -------
    Paths
        Per path and segment, opening + flows = closing, nothing below 0, and what is lost never
        exceeds what is there.
    """
    segments, months, _ = beliefs.shape
    changes = _Changes(levers.fitted(months, segments))
    won = _new_business(beliefs, changes)
    expected = _Expected.of(beliefs, changes, won)
    hazard, ratio = _hazards(beliefs, expected)
    known = _Known.of(beliefs, changes)
    flows, counts = _loop(beliefs, changes, won, known, hazard, ratio)
    plan = plan_layers(beliefs, expected.cells, known.mrr, *_of_rest(beliefs, expected))
    return Paths(flows, counts, changes.notes(beliefs), plan)


class _Changes:
    """Levers with the engine's order of axes."""

    def __init__(self, levers: Levers) -> None:
        self.levers = levers

    def __call__(self, name: str, value: Floats) -> Floats:
        """Give changed values, array (segments, months, ...) as given."""
        if not self.levers.touches(name):
            return value
        return np.asarray(np.swapaxes(self.levers.apply(name, np.swapaxes(value, 0, 1)), 0, 1))

    def constant(self, name: str, base: float, segments: int, months: int) -> Floats | None:
        """Give changed values of a lever whose forecast is one number; None if untouched."""
        if not self.levers.touches(name):
            return None
        return self(name, np.full((segments, months), base))

    def notes(self, beliefs: Beliefs) -> tuple[str, ...]:
        """Give what was pulled back to a lever's bounds."""
        known = {
            "new_customers": beliefs.new_customers,
            "new_arpa": beliefs.new_arpa,
            "expansion": beliefs.expansion,
            "contraction": beliefs.contraction,
            "reactivation": beliefs.reactivation,
        }
        notes = []
        for name, value in known.items():
            outside = self.levers.clipped(name, np.swapaxes(value, 0, 1))
            if outside:
                share = outside / value.size
                notes.append(f"{name}: {share:.1%} of the values were pulled back to its bounds.")
        return tuple(notes)


@dataclass(frozen=True, eq=False)
class _Won:
    """New business after the levers, arrays (segments, months, paths), and wins and losses."""

    customers: Floats
    mrr: Floats
    arpa: Floats
    one_off: Floats | None


def _new_business(beliefs: Beliefs, changes: _Changes) -> _Won:
    """Give customers won and their MRR: number x average x scatter of that many sizes."""
    segments, months, _ = beliefs.shape
    number = np.floor(changes("new_customers", beliefs.new_customers) + beliefs.rounding)
    arpa = changes("new_arpa", beliefs.new_arpa)
    variance = beliefs.scatter["new"][:, None, None] / np.maximum(number, 1.0)
    variance += beliefs.noise["new"][:, None, None]
    mrr = number * arpa * _scattered(variance, beliefs.luck["new_size"])
    one_off = changes.constant("one_off", 0.0, segments, months)
    if one_off is not None:
        mrr = mrr + np.maximum(one_off, 0.0)[:, :, None]
    return _Won(number, mrr, arpa, one_off)


def _scattered(variance: Floats, z: Normals) -> Normals:
    """Positive factors with mean 1 and the given variance (lognormal), at standard normals."""
    sigma2 = np.log1p(variance.astype(np.float32))
    return np.asarray(np.exp(np.sqrt(sigma2) * z - sigma2 / 2))


@dataclass(frozen=True, eq=False)
class _Expected:
    """Who is expected to be there and to leave, after the levers; two entries: customers, MRR.

    Attributes
    ----------
    cells : array (cells, months)
        Hazards of today's customers.
    entering : list of array (segments, months s, paths)
        Who comes or comes back in a month.
    stay, leave : list of array (segments, months m, months s)
        Share of those who came in s that is there at the opening of m, and lost in it.
    """

    cells: Floats
    entering: list[Floats]
    stay: list[Floats]
    leave: list[Floats]
    alive: list[Floats]
    lost: list[Floats]

    @classmethod
    def of(cls, beliefs: Beliefs, changes: _Changes, won: _Won) -> _Expected:
        back = _expected_returns(beliefs, changes)[:, :, None]
        returning = back * (_average(beliefs) * beliefs.returning_size)[:, None, None]
        cells = _changed_by_segment(changes, beliefs.cells.hazard, beliefs.cells.segment)
        alive, lost = _base_expected(beliefs, cells)
        stay, leave = _entrant_weights(beliefs.entrants, changes)
        entering = [won.customers + back, won.mrr + returning]
        return cls(cells, entering, stay, leave, alive, lost)


def _hazards(beliefs: Beliefs, expected: _Expected) -> tuple[Floats, Floats]:
    """Give expected hazard of customers, and MRR's against it (segments, months, paths)."""
    there, of_mrr = (
        expected.alive[k][:, :, None] + np.matmul(expected.stay[k], expected.entering[k])
        for k in range(2)
    )
    gone, gone_mrr = (
        expected.lost[k][:, :, None] + np.matmul(expected.leave[k], expected.entering[k])
        for k in range(2)
    )
    hazard, of_mrr = _share(gone, there), _share(gone_mrr, of_mrr)
    hazard = np.where(there > 0, hazard, of_mrr)  # MRR whose customers are at home elsewhere
    _carry_on(hazard, (there <= _GONE) & (expected.entering[0] <= 0))
    ratio = np.divide(of_mrr, hazard, out=np.ones_like(hazard), where=hazard > 0)
    ratio *= beliefs.lost_size[:, None, None]
    return hazard, np.clip(ratio, *_RATIO_BOUNDS, out=ratio)


def _of_rest(beliefs: Beliefs, expected: _Expected) -> tuple[Floats, dict[str, Floats]]:
    """Give hazard and growth of the MRR won or won back, on average (segments, months)."""
    entering = expected.entering[1].mean(axis=2)[:, None, :]
    there = (expected.stay[1] * entering).sum(axis=2)
    hazard = _share((expected.leave[1] * entering).sum(axis=2), there)
    ahead = np.arange(beliefs.shape[1])
    column = np.maximum(ahead[:, None] - ahead[None, :] - 1, 0)
    growth = {}
    for flow, by_age in beliefs.entrants.growth.items():
        weighed = (expected.stay[1] * entering * by_age[column]).sum(axis=2)
        growth[flow] = np.where(there > 0, _share(weighed, there), 1.0)
    return hazard, growth


def _carry_on(hazard: Floats, gone: NDArray[np.bool_]) -> None:
    """Where all were expected to be gone, those who stayed by luck keep the last hazard."""
    for m in np.flatnonzero(gone.any(axis=(0, 2))):
        if m:
            hazard[:, m] = np.where(gone[:, m], hazard[:, m - 1], hazard[:, m])


def _average(beliefs: Beliefs) -> Floats:
    """MRR per paying customer today, or of new business where nobody pays (segments,)."""
    expected = beliefs.new_arpa[:, 0].mean(axis=1)
    paying = beliefs.customers > 0
    return np.asarray(
        np.where(paying, beliefs.opening / np.maximum(beliefs.customers, 1.0), expected)
    )


def _expected_returns(beliefs: Beliefs, changes: _Changes) -> Floats:
    """Roughly how many come back in each month, array (segments, months), for the mix of ages."""
    rate = changes("reactivation", beliefs.reactivation).mean(axis=2)
    return np.asarray(rate * beliefs.lapsed[:, None])


def _base_expected(beliefs: Beliefs, hazard: Floats) -> tuple[list[Floats], list[Floats]]:
    """Of today's customers: expected there at each opening and lost, in customers and MRR."""
    cells, (segments, months, _) = beliefs.cells, beliefs.shape
    there = np.ones((len(hazard), months))
    np.cumprod(1.0 - hazard[:, :-1], axis=1, out=there[:, 1:])
    gone = there * hazard
    member = (cells.segment[None, :] == np.arange(segments)[:, None]).astype(float)
    weights = [member * cells.customers, member * cells.mrr]
    return [w @ there for w in weights], [w @ gone for w in weights]


def _changed_by_segment(changes: _Changes, hazard: Floats, segment: Whole) -> Floats:
    """Hazards (rows, months) after the lever on churn of each row's segment."""
    if not changes.levers.touches("churn"):
        return np.clip(hazard, 0.0, 1.0)
    found = changes.levers.maps["churn"]
    scale, shift = found.scale.T[segment], found.shift.T[segment]
    return np.clip(scale * hazard + shift, 0.0, 1.0)


def _entrant_weights(entrants: Entrants, changes: _Changes) -> tuple[list[Floats], list[Floats]]:
    """Who of those that came in month s is there at the opening of month m, and lost in it.

    Two lists (customers, MRR) of arrays (segments, months m, months s).
    """
    groups, months = entrants.hazard.shape
    segments = len(entrants.calendar)
    stay = [np.zeros((segments, months, months)) for _ in range(2)]
    leave = [np.zeros((segments, months, months)) for _ in range(2)]
    ahead = np.arange(months)
    age = ahead[:, None] - ahead[None, :] - 1  # month m, start s: column of the hazard by age
    for g in range(groups):
        s = int(entrants.segment[g])
        by_age = np.where(age >= 0, entrants.hazard[g][np.maximum(age, 0)], 0.0)
        hazard = by_age * entrants.calendar[s][:, None]
        if changes.levers.touches("churn"):
            found = changes.levers.maps["churn"]
            hazard = found.scale[:, s][:, None] * hazard + found.shift[:, s][:, None]
        hazard = np.where(age >= 0, np.clip(hazard, 0.0, 1.0), 0.0)
        there = np.vstack([np.ones(months), np.cumprod(1.0 - hazard, axis=0)[:-1]])
        there = np.where(age >= 0, there, 0.0)
        for k, share in enumerate((entrants.customers[g], entrants.mrr[g])):
            stay[k][s] += share * there
            leave[k][s] += share * there * hazard
    return stay, leave


def _share(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(part), where=whole > 1e-12))


def _loop(
    beliefs: Beliefs,
    changes: _Changes,
    won: _Won,
    known: _Known,
    hazard: Floats,
    ratio: Floats,
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Give the months one after the other; the state is MRR, customers and lapsed customers."""
    segments, months, paths = beliefs.shape
    rates = {
        "expansion": changes("expansion", beliefs.expansion),
        "contraction": changes("contraction", beliefs.contraction),
        "reactivation": changes("reactivation", beliefs.reactivation),
    }
    step = _price_steps(changes, segments, months)
    names = ("reactivation", "expansion", "contraction", "churn")
    flows = {name: np.empty((segments, months, paths)) for name in names}
    counts = {
        name: np.empty((segments, months, paths))
        for name in ("reactivated_customers", "churned_customers")
    }
    state = _State(
        np.repeat(beliefs.opening[:, None], paths, axis=1),
        np.repeat(beliefs.customers[:, None], paths, axis=1),
        np.repeat(beliefs.lapsed[:, None], paths, axis=1),
    )
    for m in range(months):
        lost, churn = _churn(beliefs, known, state, hazard[:, m], ratio[:, m], m)
        left = state.mrr - churn
        staying = left > 0
        growth = _amount(beliefs, "expansion", rates["expansion"][:, m], state.mrr, m) * staying
        shrink = _amount(beliefs, "contraction", rates["contraction"][:, m], state.mrr, m)
        shrink = np.minimum(shrink, _MOST_CONTRACTION * left)
        if step is not None:
            growth += np.maximum(step[:, m], 0.0)[:, None] * state.mrr * staying
            cut = np.maximum(-step[:, m], 0.0)[:, None] * state.mrr
            shrink = np.minimum(shrink + cut, left)
        if won.one_off is not None:
            churn = churn + np.minimum(np.maximum(-won.one_off[:, m], 0.0)[:, None], left - shrink)
        came, back = _reactivation(beliefs, state, rates["reactivation"][:, m], won.arpa[:, m], m)
        flows["reactivation"][:, m], counts["reactivated_customers"][:, m] = back, came
        flows["expansion"][:, m] = growth
        flows["contraction"][:, m] = -shrink
        flows["churn"][:, m], counts["churned_customers"][:, m] = -churn, lost
        state = _State(
            np.maximum(state.mrr - churn - shrink, 0.0) + growth + back + won.mrr[:, m],
            state.customers - lost + came + won.customers[:, m],
            np.maximum(beliefs.memory * (state.lapsed - came), 0.0) + lost,
        )
    flows["new"], counts["new_customers"] = won.mrr, won.customers
    return flows, counts


@dataclass(frozen=True, eq=False)
class _State:
    """At the opening of a month, arrays (segments, paths)."""

    mrr: Floats
    customers: Floats
    lapsed: Floats


@dataclass(frozen=True, eq=False)
class _Known:
    """Departures known by notice, arrays (segments, months): in the month, and from it on.

    A lever on churn acts on them as on a hazard of 1: with half the churn half of them stay.
    """

    customers: Floats
    mrr: Floats
    pending: Floats
    pending_mrr: Floats

    @classmethod
    def of(cls, beliefs: Beliefs, changes: _Changes) -> _Known:
        share = np.minimum(changes("churn", np.ones_like(beliefs.notice)), 1.0)
        customers = np.floor(share * beliefs.notice + 0.5)
        mrr = share * beliefs.notice_mrr
        ahead = [np.cumsum(values[:, ::-1], axis=1)[:, ::-1] for values in (customers, mrr)]
        return cls(customers, mrr, ahead[0], ahead[1])


def _churn(
    beliefs: Beliefs, known: _Known, state: _State, hazard: Floats, ratio: Floats, m: int
) -> tuple[Floats, Floats]:
    """Give customers lost and their MRR, arrays (segments, paths).

    With a share f of the customers lost, the share of MRR is 1 - (1 - f) ** g: about g x f while
    f is small, everything when everyone leaves, and never more than is there.
    """
    there = np.maximum(state.customers - known.pending[:, m, None], 0.0)
    mrr = np.maximum(state.mrr - known.pending_mrr[:, m, None], 0.0)
    chance = _proportional(hazard, beliefs.churn[:, m])
    lost = binomial(there, chance, beliefs.luck["churn_count"][:, m])
    some = (lost > 0) & (lost < there)
    unseen = np.where(some, (there - lost) / np.maximum(there - 1.0, 1.0), 0.0)
    variance = beliefs.scatter["churn"][:, None] / np.maximum(lost, 1.0) * unseen
    exponent = ratio * _scattered(variance, beliefs.luck["churn_size"][:, m])
    share = np.where(some, lost / np.maximum(there, 1.0), 0.0)
    share = -np.expm1(exponent * np.log1p(-share))
    share = np.where(some, share, np.where(there > 0, lost > 0, chance))
    gone = np.minimum(share * mrr + known.mrr[:, m, None], state.mrr)
    lost = np.minimum(lost + known.customers[:, m, None], state.customers)
    nobody = (lost >= state.customers) & (state.customers > 0)
    return lost, np.where(nobody, state.mrr, gone)


def _proportional(hazard: Floats, factor: Normals) -> Floats:
    """Hazards times a factor, as 1 - (1 - h) ** factor: certain stays certain, never above 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(factor * np.log1p(-hazard)))


def _amount(beliefs: Beliefs, flow: str, rate: Floats, mrr: Floats, m: int) -> Floats:
    """Give an amount that arises from the opening MRR, with noise and its own sampling."""
    mean = rate * mrr
    noise, size = beliefs.noise[flow][:, None], beliefs.scatter[flow][:, None]
    variance = noise + np.divide(size, np.abs(mean), out=np.zeros_like(mean), where=mean != 0)
    return mean * _scattered(variance, beliefs.luck[flow][:, m])


def _reactivation(
    beliefs: Beliefs, state: _State, rate: Floats, arpa: Floats, m: int
) -> tuple[Floats, Floats]:
    """Give customers who come back and their MRR, arrays (segments, paths)."""
    most = np.ceil(state.lapsed)
    chance = np.clip(rate, 0.0, 1.0) * _share(state.lapsed, most)
    came = binomial(most, chance, beliefs.luck["reactivation_count"][:, m])
    average = np.where(state.customers > 0, state.mrr / np.maximum(state.customers, 1.0), arpa)
    variance = beliefs.scatter["reactivation"][:, None] / np.maximum(came, 1.0)
    size = beliefs.returning_size[:, None] * average
    return came, came * size * _scattered(variance, beliefs.luck["reactivation_size"][:, m])


def _price_steps(changes: _Changes, segments: int, months: int) -> Floats | None:
    """Relative change of the price index in each month, array (segments, months)."""
    index = changes.constant("price", 1.0, segments, months)
    if index is None:
        return None
    before = np.hstack([np.ones((segments, 1)), index[:, :-1]])
    return index / before - 1.0
