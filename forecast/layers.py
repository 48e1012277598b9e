"""Layers: what of a projection is under contract, at risk, at will, or not sold yet.

The engine draws departures and growth of a segment as a whole. Here each path's amounts are given
to the layers in proportion to what was expected of them: of the departures a layer takes its MRR
times its expected hazard, so that what is certain loses nothing as long as others can. Layers add
up to the projection on every path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.language import marked
from history.segments import Segments

from .beliefs import Beliefs, Cells
from .quantiles import QUANTILES, TOTAL, quantile

Floats = NDArray[np.float64]

LAYERS: Final[Mapping[str, str]] = {
    "under_contract": marked("today's customers bound beyond the month: none can leave before"),
    "under_notice": marked("today's customers who have given notice and still pay"),
    "at_risk": marked(
        "today's contracts that have come up for renewal by the month, and were renewed"
    ),
    "at_will": marked("today's customers who can leave in any month"),
    "not_sold": marked("customers won or won back after as_of, signed ones included"),
}
"""Layer of MRR at a close -> what it is, the most certain first; they add up to MRR."""

_CONTRACT, _NOTICE, _RISK, _WILL, _REST = range(len(LAYERS))
_UNCERTAIN: Final = np.array([0.0, 0.0, 1.0, 1.0, 1.0])[:, None, None]


@dataclass(frozen=True, eq=False)
class LayerPlan:
    """What is expected of the layers; arrays (layers, segments, months) unless said.

    Attributes
    ----------
    opening : array (layers, segments)
        MRR at the close of `as_of`.
    hazard : array
        Share of a layer's MRR expected to be lost in the month.
    growth : mapping of flow to array
        `expansion`, `contraction`: weight of a layer's MRR, for young customers grow faster.
    up : array (2, segments, months)
        Share of the MRR under contract that comes up in the month, and is then at risk, at will.
    notice : array (segments, months)
        MRR that leaves in the month by notice.
    """

    opening: Floats
    hazard: Floats
    growth: Mapping[str, Floats]
    up: Floats
    notice: Floats


@dataclass(frozen=True, eq=False)
class Layers:
    """Closing MRR of a projection by layer.

    Attributes
    ----------
    segments : Segments
        What the last axis of the arrays stands for.
    months : pandas.PeriodIndex
        The months projected.
    mrr : mapping of layer to array (paths, months, segments)
        In the order of `LAYERS`; the sum is the projection's closing MRR.
    """

    segments: Segments
    months: pd.PeriodIndex
    mrr: Mapping[str, Floats]

    @property
    def today(self) -> Floats:
        """MRR of today's customers: all layers but `not_sold`, array (paths, months, segments)."""
        kept = [values for name, values in self.mrr.items() if name != "not_sold"]
        return np.asarray(np.sum(kept, axis=0))

    def table(self) -> pd.DataFrame:
        """Give mean and quantiles of every layer, one row a month, segment and layer.

        Columns: `month` (period), the segment columns ("total" in the company's rows), `layer`,
        `mean` and the quantiles `p2_5 ... p97_5`. Means add up to the projection's, quantiles
        do not.
        """
        by, months = self.segments.by, len(self.months)
        keys = [*self.segments.keys, (TOTAL,) * len(by)] if by else [()]
        blocks = []
        for place, (layer, values) in enumerate(self.mrr.items()):
            total = values.sum(axis=2, keepdims=True)
            draws = np.concatenate([values, total], axis=2) if by else total
            ordered = np.sort(draws.reshape(len(draws), -1).T, axis=1)
            data: dict[str, object] = {"month": self.months.repeat(len(keys))}
            for at, name in enumerate(by):
                data[name] = [key[at] for key in keys] * months
            data |= {"layer": layer, "mean": ordered.mean(axis=1)}
            data |= {name: quantile(ordered, share) for name, share in QUANTILES.items()}
            data |= {"_row": np.arange(len(ordered)) * len(LAYERS) + place}
            blocks.append(pd.DataFrame(data))
        table = pd.concat(blocks).sort_values("_row").drop(columns="_row")
        return table.reset_index(drop=True)


def plan_layers(
    beliefs: Beliefs, hazard: Floats, leaving: Floats, rest: Floats, young: Mapping[str, Floats]
) -> LayerPlan:
    """Give what is expected of the layers.

    Parameters
    ----------
    beliefs : Beliefs
        Expectations; of today's customers the cells are used.
    hazard : array (cells, months)
        Hazards of the cells after the levers.
    leaving : array (segments, months)
        MRR that leaves by notice, after the levers.
    rest : array (segments, months)
        Expected hazard of the MRR of those won or won back.
    young : mapping of flow to array (segments, months)
        Growth of those against a base of average age.
    """
    cells, (segments, months, _) = beliefs.cells, beliefs.shape
    there = np.ones_like(hazard)
    np.cumprod(1.0 - hazard[:, :-1], axis=1, out=there[:, 1:])
    mrr = cells.mrr[:, None] * there
    ahead = np.arange(1, months + 1)[None, :]
    bound = cells.renewal[:, None] > ahead
    will = cells.at_will[:, None]
    members = {_CONTRACT: bound, _RISK: ~bound & ~will, _WILL: ~bound & will}
    home = (cells.segment[None, :] == np.arange(segments)[:, None]).astype(float)
    lost = np.zeros((len(LAYERS), segments, months))
    growth = {flow: np.ones_like(lost) for flow in ("expansion", "contraction")}
    for layer, member in members.items():
        total = home @ (mrr * member)
        lost[layer] = _share(home @ (mrr * member * hazard), total, 0.0)
        for flow, factor in growth.items():
            weighed = home @ (mrr * member * cells.growth.get(flow, np.ones(1)))
            factor[layer] = _share(weighed, total, 1.0)
    lost[_REST] = rest
    for flow, factor in growth.items():
        factor[_REST] = young.get(flow, np.ones(1))
        factor[_NOTICE] = 0.0
    comes_up = cells.renewal[:, None] == ahead
    held = home @ (mrr * (bound | comes_up))
    up = [_share(home @ (mrr * (comes_up & each)), held, 0.0) for each in (~will, will)]
    return LayerPlan(_opening(beliefs, cells, home), lost, growth, np.stack(up), leaving)


def _opening(beliefs: Beliefs, cells: Cells, home: Floats) -> Floats:
    """Today's MRR by layer; what belongs to no customer of a segment is taken to be at will."""
    bound = cells.renewal > 0
    opening = np.zeros((len(LAYERS), len(beliefs.opening)))
    opening[_CONTRACT] = home @ (cells.mrr * bound)
    opening[_RISK] = home @ (cells.mrr * (~bound & ~cells.at_will))
    opening[_NOTICE] = beliefs.under_notice
    opening[_WILL] = beliefs.opening - opening.sum(axis=0)
    return opening


def split(plan: LayerPlan, flows: Mapping[str, Floats]) -> dict[str, Floats]:
    """Give every path's flows to the layers, month after month.

    Parameters
    ----------
    plan : LayerPlan
        What is expected of the layers.
    flows : mapping of movement to array (paths, months, segments)
        As in a projection.

    Returns
    -------
    mapping of layer to array (paths, months, segments)
        MRR at each close; the sum over layers is opening + all flows so far.
    """
    paths, months, segments = flows["new"].shape
    closing = np.empty((len(LAYERS), paths, months, segments))
    state = np.repeat(plan.opening[:, None, :], paths, axis=1)
    for m in range(months):
        moved = plan.up[:, None, :, m] * state[_CONTRACT]
        state[_CONTRACT] -= moved.sum(axis=0)
        state[_RISK] += moved[0]
        state[_WILL] += moved[1]
        state = state + _share(flows["fx"][:, m], state.sum(axis=0), 0.0) * state
        state = _after_losses(plan, state, {name: flow[:, m] for name, flow in flows.items()}, m)
        state[_REST] += flows["new"][:, m] + flows["reactivation"][:, m]
        closing[:, :, m] = state
    closing.setflags(write=False)
    return dict(zip(LAYERS, closing, strict=True))


def _after_losses(plan: LayerPlan, state: Floats, flow: Mapping[str, Floats], m: int) -> Floats:
    """Give the layers after a month's churn, contraction and expansion."""
    gone = np.minimum(np.minimum(plan.notice[:, m], state[_NOTICE]), -flow["churn"])
    state[_NOTICE] -= gone
    state = state - _taken(-flow["churn"] - gone, state * plan.hazard[:, None, :, m], state)
    shrinking = state * plan.growth["contraction"][:, None, :, m]
    state = state - _taken(-flow["contraction"], shrinking, state)
    growing = state * plan.growth["expansion"][:, None, :, m]
    total = growing.sum(axis=0)
    share = np.divide(growing, total, out=np.zeros_like(growing), where=total > 0)
    share[_REST] += total <= 0
    return np.asarray(state + share * flow["expansion"])


def _taken(amount: Floats, weight: Floats, there: Floats) -> Floats:
    """Take an amount from layers by weight, none more than is there, the certain ones last."""
    taken = np.zeros_like(there)
    for weights in (weight, there * _UNCERTAIN, there):
        left = amount - taken.sum(axis=0)
        room = np.where(weights > 0, there - taken, 0.0)
        basis = np.where(room > 0, weights, 0.0)
        total = basis.sum(axis=0)
        part = np.divide(left * basis, total, out=np.zeros_like(basis), where=total > 0)
        taken += np.minimum(part, room)
    return taken


def _share(part: Floats, whole: Floats, otherwise: float) -> Floats:
    blank = np.full_like(whole, otherwise)
    return np.asarray(np.divide(part, whole, out=blank, where=whole > 1e-9))
