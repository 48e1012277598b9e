"""A run's mean path as rates that anyone can work out again, by hand or in a spreadsheet.

The forecast without changes gives what each lever is by itself: customers won, what they pay, the
rate at which opening MRR churns, grows and shrinks. A scenario changes it (``times``, ``plus``).
What the engine adds to that (contracts, ages, whole customers, levers that are no rate) is the
*rest*, one number a movement and month. So the arithmetic below gives the run's mean exactly. After
an input is changed the rest stays as it was: near what a new run gives, and not the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from forecast.engine import FLOWS
from forecast.levers import Levers, Map
from history.segments import Segments

from .changes.any_change import Floats

if TYPE_CHECKING:
    from .run import Runs

RATES: Final = ("expansion", "contraction", "churn")
"""Movements that arise from opening MRR."""

INPUTS: Final = (
    "new_customers",
    "new_arpa",
    *RATES,
    "reactivation",
    "price",
    "fx_index",
    "one_off",
)
"""Levers that the arithmetic knows; others are in the rest."""


@dataclass(frozen=True, eq=False)
class Mechanics:
    """One run in rates; arrays (months, segments) unless said.

    Attributes
    ----------
    segments, months
        Of the arrays.
    opening
        MRR of each segment at the last close known, (segments,).
    forecast
        Lever of `INPUTS` to its value without changes: customers, MRR per customer, shares of
        opening MRR; of reactivation the MRR that comes back; 1 for indices, 0 for one_off.
    levers
        The scenario's changes.
    rest
        What the engine adds: to new and reactivation MRR, to the others a share of opening MRR.
    """

    segments: Segments
    months: pd.PeriodIndex
    opening: Floats
    forecast: Mapping[str, Floats]
    levers: Levers
    rest: Mapping[str, Floats] = field(repr=False)

    @classmethod
    def of(cls, runs: Runs, name: str) -> Mechanics:
        """Take a run apart.

        Parameters
        ----------
        runs
            Where it is from; the forecast without changes is projected on the same draws.
        name
            The scenario's.
        """
        plain, projection = runs.projection_of(()), runs[name].projection
        opening = np.asarray(projection.opening, dtype=float)
        usual = {flow: plain.means(flow) for flow in FLOWS}
        at_open = _openings(opening, usual)
        number = plain.means("new_customers")
        ones = np.ones_like(number)
        forecast = {
            "new_customers": number,
            "new_arpa": _share(usual["new"], number),
            **{flow: _share(np.abs(usual[flow]), at_open) for flow in RATES},
            "reactivation": usual["reactivation"],
            "price": ones,
            "fx_index": ones,
            "one_off": 0.0 * ones,
        }
        levers = runs[name].levers.fitted(*ones.shape)
        nothing = dict.fromkeys(FLOWS, 0.0 * ones)
        bare = cls(projection.segments, projection.months, opening, forecast, levers, nothing)
        flows = {flow: projection.means(flow) for flow in FLOWS}
        return bare._with_rest(flows)

    def map(self, lever: str) -> Map:
        """Give the change of a lever: factor and amount added."""
        ones = np.ones((len(self.months), len(self.segments)))
        return self.levers.maps.get(lever, Map(ones, 0.0 * ones))

    def played(self, levers: Levers | None = None) -> dict[str, Floats]:
        """Work the months out.

        Parameters
        ----------
        levers
            Other changes than the scenario's.

        Returns
        -------
        dict
            Signed MRR of each movement, and ``closing``.
        """
        if levers is not None:
            fitted = levers.fitted(len(self.months), len(self.segments))
            return replace(self, levers=fitted).played()
        mrr, months = self.opening, []
        for m in range(len(self.months)):
            flows = self._month(mrr, m)
            mrr = mrr + sum(flows.values())
            months.append({**flows, "closing": mrr})
        return {name: np.array([month[name] for month in months]) for name in (*FLOWS, "closing")}

    def _month(self, mrr: Floats, m: int) -> dict[str, Floats]:
        """Movements of a month from its opening MRR, (segments,)."""
        value = {name: self._value(name, m) for name in INPUTS}
        step = {name: value[name] / self._before(name, m) - 1.0 for name in ("price", "fx_index")}
        share = {flow: value[flow] + self.rest[flow][m] for flow in RATES}
        share["expansion"] = share["expansion"] + np.maximum(step["price"], 0.0)
        share["contraction"] = share["contraction"] + np.maximum(-step["price"], 0.0)
        sold = value["new_customers"] * value["new_arpa"]
        return {
            "new": sold + np.maximum(value["one_off"], 0.0) + self.rest["new"][m],
            "reactivation": value["reactivation"] + self.rest["reactivation"][m],
            "expansion": share["expansion"] * mrr,
            "contraction": -share["contraction"] * mrr,
            "churn": -share["churn"] * mrr - np.maximum(-value["one_off"], 0.0),
            "fx": (step["fx_index"] + self.rest["fx"][m]) * mrr,
        }

    def _value(self, name: str, m: int) -> Floats:
        found = self.map(name)
        # A share of the lapsed is no amount: only the factor can be worked out by hand.
        plus = 0.0 if name == "reactivation" else found.shift[m]
        return np.asarray(found.scale[m] * self.forecast[name][m] + plus)

    def _before(self, name: str, m: int) -> Floats:
        return self._value(name, m - 1) if m else np.ones(len(self.segments))

    def _with_rest(self, flows: Mapping[str, Floats]) -> Mechanics:
        """Give the same with the rest that leads to these movements."""
        opening = _openings(self.opening, flows)
        rest = {name: np.zeros_like(value) for name, value in flows.items()}
        for m, mrr in enumerate(opening):
            bare = self._month(mrr, m)
            for name, value in flows.items():
                missing = value[m] - bare[name]
                sign = -1.0 if name in ("contraction", "churn") else 1.0
                amount = name in ("new", "reactivation")
                rest[name][m] = missing if amount else sign * _share(missing, mrr)
        return Mechanics(self.segments, self.months, self.opening, self.forecast, self.levers, rest)


def _openings(opening: Floats, flows: Mapping[str, Floats]) -> Floats:
    """MRR at the opening of every month, array (months, segments)."""
    net = np.cumsum(sum(flows.values()), axis=0)
    return np.vstack([opening[None, :], opening + net[:-1]])


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
