"""The fitted model of a company: all parts together, and what the engine needs of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .ageing import Ageing, known_age
from .beliefs import LUCK, Beliefs, Cells, Entrants
from .hazards import Hazards, kind_of, months_of
from .luck import Luck, Normals
from .newbusiness import NewBusiness
from .newcomers import Joined, Newcomer
from .rates import Rates, rate_paths, relative_paths
from .record import Record, summed
from .sizes import Sizes
from .tilt import Tilt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from history import Movements

    from .retention import CohortEffects

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_YEAR: Final = 12

_UNSEEN: Final = 1.15
"""Factor on every spread for what no part sees: breaks, and links between the flows.

Without it the truth lay 1.05, 1.15, 1.2 and 1.15 standard deviations off after 1, 3, 6 and 12
months, on 65 histories of simulated companies without a crisis.
"""


@dataclass(frozen=True, eq=False)
class Model:
    """Everything fitted on one ledger as of one month; arrays are (segments,).

    Attributes
    ----------
    as_of : Period
        Last month of history.
    movements : Movements
        The history that it was fitted on.
    record : Record
        The same in arrays.
    opening, customers, lapsed : array
        MRR, paying customers, and lapsed customers at the close of `as_of`.
    standing : DataFrame
        Today's customers in cells, with `left_truncated` and `notice`.
    hazards : Hazards
        When customers leave.
    churn : Rates
        Departures by month against what the hazards expect.
    expansion, contraction : Rates
        Shares of opening MRR, for a base of average age.
    ageing : mapping of flow to Ageing
        How these shares depend on the customers' age.
    reactivation : Rates
        Share of lapsed customers.
    memory : float
        Share of the lapsed still counted a month later.
    sizes : Sizes
        MRR of those lost and returned.
    business : NewBusiness
        Customers won and what they pay.
    mix : DataFrame
        Terms of contract of new business.
    tilt : Tilt
        What other views than the cohorts change of the expected flows.
    effects : CohortEffects, optional
        Trend over the company's cohorts and months that stood out; None where they tell nothing
        or were not asked for.
    """

    as_of: pd.Period
    movements: Movements
    record: Record
    opening: Floats
    customers: Floats
    lapsed: Floats
    standing: pd.DataFrame
    hazards: Hazards
    churn: Rates
    expansion: Rates
    contraction: Rates
    ageing: Mapping[str, Ageing]
    reactivation: Rates
    memory: float
    sizes: Sizes
    business: NewBusiness
    mix: pd.DataFrame
    tilt: Tilt = field(default_factory=Tilt)
    effects: CohortEffects | None = None

    @property
    def labels(self) -> list[str]:
        """Names of the segments."""
        return self.movements.segments.labels

    def beliefs(
        self,
        months: int,
        paths: int,
        seed: int,
        spread: float = 1.0,
        newcomers: tuple[Newcomer, ...] = (),
    ) -> Beliefs:
        """Give what the engine needs for a projection.

        Parameters
        ----------
        months, paths : int
            Size of the projection.
        seed : int
            Of the random streams.
        spread : float
            Factor on every standard deviation but that of whole customers coming and going.
        newcomers : tuple of Newcomer
            Segments that are launched beside those of history.
        """
        spread = _UNSEEN * spread
        luck = Luck(seed, self.labels, months, paths)
        calendar = (self.as_of.month + np.arange(months)) % 12
        more = self.tilt.at("new", months)
        new_customers = self.business.customers(luck, calendar, spread, more)
        hazard = self._hazard_ahead(months, calendar)
        cells = self._cells(hazard, months)
        wide = spread**2
        beliefs = Beliefs(
            opening=self.opening,
            customers=self.customers,
            lapsed=self.lapsed,
            cells=cells,
            entrants=self._entrants(months, calendar),
            notice=self._given_notice("customers", months),
            notice_mrr=self._given_notice("mrr", months),
            under_notice=self._under_notice(),
            new_customers=new_customers,
            rounding=luck.uniforms("new customers, rounding"),
            new_arpa=rate_paths(self.business.arpa, luck, "new MRR", calendar, spread),
            churn=self._churn_paths(luck, spread, self._hazard_error(hazard)),
            lost_size=self.sizes.lost,
            expansion=self._share_paths("expansion", luck, calendar, spread, hazard),
            contraction=self._share_paths("contraction", luck, calendar, spread, hazard),
            reactivation=rate_paths(self.reactivation, luck, "reactivation", calendar, spread),
            returning_size=self.sizes.returning,
            memory=self.memory,
            scatter=self._scatter(wide),
            noise={
                "new": wide * self.business.arpa.noise**2,
                "expansion": wide * self.expansion.noise**2,
                "contraction": wide * self.contraction.noise**2,
            },
            luck={name: self._engine_luck(luck, name) for name in LUCK},
            seed=seed,
        )
        if not newcomers:
            return beliefs
        errors = self.business.errors(luck, spread)
        return Joined(self.movements.segments, newcomers).beliefs(beliefs, luck, errors)

    def _engine_luck(self, luck: Luck, name: str) -> Normals:
        """Give normals of the engine's own draws; noise of amounts is shared by segments."""
        related = {"expansion": self.expansion, "contraction": self.contraction}
        if name not in related:
            return luck.normals(name)
        rates = related[name]
        mean = np.abs(rates.level) * self.opening
        own = np.divide(rates.size, mean, out=np.ones_like(mean), where=mean > 0).mean()
        common = float((rates.noise**2).mean())
        return luck.related(name, rates.correlation * common / (common + own + 1e-12))

    def _scatter(self, wide: float) -> dict[str, Floats]:
        arpa = self.business.arpa
        new = np.divide(arpa.size, arpa.level, out=np.zeros_like(arpa.level), where=arpa.level > 0)
        return {
            "new": wide * new,
            "churn": wide * self.sizes.lost_scatter,
            "reactivation": wide * self.sizes.returning_scatter,
            "expansion": wide * self.expansion.size,
            "contraction": wide * self.contraction.size,
        }

    def _hazard_ahead(self, months: int, calendar: Whole) -> Floats:
        """Hazards of today's cells of customers, without those under notice (cells, months).

        The curves know nothing of notices, so a month's expected departures already hold those
        that are known; the rest of the segment carries only what remains.
        """
        segment = self.standing["segment"].to_numpy(dtype=np.int64)
        factor = self._churn_ahead(calendar)[segment]
        hazard = self.hazards.ahead(self.standing, self.as_of, months)
        hazard = np.asarray(np.clip(hazard * factor, 0.0, 1.0))
        known = self._notices(months)
        if not known.any():
            return hazard
        under = self.standing["notice"].to_numpy(dtype=bool)[:, None]
        customers = self._standing("customers")[:, None]
        group = len(self.opening) * kind_of(self.standing["term"].to_numpy(dtype=np.int64))
        group = group + segment
        member = (np.arange(group.max() + 1)[:, None] == group[None, :]).astype(float)
        remains = np.maximum(member @ ((hazard - known) * customers), 0.0)
        others = member @ (np.where(under, 0.0, hazard) * customers)
        share = np.divide(remains, others, out=np.ones_like(others), where=others > 0)
        return np.asarray(np.where(under, 0.0, hazard * np.minimum(share, 1.0)[group]))

    def _churn_ahead(self, calendar: Whole) -> Floats:
        """Departures against what the hazards expect, array (segments, months)."""
        return self.churn.mean(calendar) * self.tilt.at("churn", len(calendar))

    def _notices(self, months: int) -> NDArray[np.bool_]:
        """Whether a cell leaves in a month by notice, array (cells, months)."""
        notice = self.standing["notice"].to_numpy(dtype=bool)
        leaves = months_of(self.standing["renewal"]) - self.as_of.ordinal
        ahead = np.arange(1, months + 1)[None, :]
        return np.asarray(notice[:, None] & (ahead == np.maximum(leaves, 1)[:, None]))

    def _given_notice(self, column: str, months: int) -> Floats:
        """Give customers or MRR known to leave, array (segments, months)."""
        amount = self._standing(column)[:, None] * self._notices(months)
        total = np.zeros((len(self.opening), months))
        np.add.at(total, self.standing["segment"].to_numpy(dtype=np.int64), amount)
        return total

    def _standing(self, column: str) -> Floats:
        """Give customers or MRR of today's cells; MRR adds up to the segments' closing."""
        amount = self.standing[column].to_numpy(dtype=float)
        if column == "customers":
            return amount
        home = sum_by_segment(self.standing, "mrr", len(self.opening))
        scale = np.divide(self.opening, home, out=np.ones_like(home), where=home > 0)
        return np.asarray(amount * scale[self.standing["segment"].to_numpy(dtype=np.int64)])

    def _under_notice(self) -> Floats:
        """Give MRR of all who have given notice, array (segments,)."""
        notice = self.standing["notice"].to_numpy(dtype=bool)
        segment = self.standing["segment"].to_numpy(dtype=np.int64)
        return summed(segment, self._standing("mrr") * notice, len(self.opening))

    def _cells(self, hazard: Floats, months: int) -> Cells:
        """Today's customers who have not given notice."""
        stay = ~self.standing["notice"].to_numpy(dtype=bool)
        ages = self._ages()[stay, None] + np.arange(1, months + 1)
        up = np.maximum(months_of(self.standing["renewal"]) - self.as_of.ordinal, 0)
        return Cells(
            segment=self.standing["segment"].to_numpy(dtype=np.int64)[stay],
            customers=self._standing("customers")[stay],
            mrr=self._standing("mrr")[stay],
            hazard=hazard[stay],
            renewal=up[stay],
            at_will=kind_of(self.standing["term"].to_numpy(dtype=np.int64))[stay] == 0,
            age=self._ages()[stay],
            growth={flow: ageing.at(ages) for flow, ageing in self.ageing.items()},
        )

    def _ages(self) -> Whole:
        """Age of today's cells at `as_of`, in months, as the curves of growth know it."""
        age = self.as_of.ordinal - months_of(self.standing["start"])
        return known_age(age, self.standing["left_truncated"].to_numpy(dtype=bool))

    def _share_paths(
        self, flow: str, luck: Luck, calendar: Whole, spread: float, hazard: Floats
    ) -> Normals:
        """Shares of opening MRR by path, following the ages of the base."""
        rates = self.expansion if flow == "expansion" else self.contraction
        paths = rate_paths(rates, luck, flow, calendar, spread)
        mix = self._mix_ahead(self.ageing[flow], calendar, hazard)
        factor = mix * self.tilt.at(flow, len(calendar))
        paths *= factor.astype(np.float32)[:, :, None]
        return paths

    def _mix_ahead(self, ageing: Ageing, calendar: Whole, hazard: Floats) -> Floats:
        """Average factor of the expected MRR at each opening ahead, array (segments, months)."""
        months = len(calendar)
        there = np.cumprod(1.0 - hazard, axis=1) / np.maximum(1.0 - hazard, 1e-9)
        mrr = self._standing("mrr")[:, None] * there
        factor = ageing.at(self._ages()[:, None] + np.arange(1, months + 1))
        segment = self.standing["segment"].to_numpy(dtype=np.int64)
        total, weighed = np.zeros((2, len(self.opening), months))
        np.add.at(total, segment, mrr)
        np.add.at(weighed, segment, mrr * factor)
        won = self.business.expected(months, calendar) * self.business.arpa.level[:, None]
        young = ageing.at(np.arange(1, months + 1))
        entrants = self._entrants(months, calendar)
        for s, share, by_age in zip(entrants.segment, entrants.mrr, entrants.hazard, strict=True):
            kept = np.cumprod(np.r_[1.0, 1.0 - by_age[:-1]])
            total[s, 1:] += share * np.convolve(won[s], kept)[: months - 1]
            weighed[s, 1:] += share * np.convolve(won[s], kept * young)[: months - 1]
        return np.divide(weighed, total, out=np.ones_like(total), where=total > 0)

    def _entrants(self, months: int, calendar: Whole) -> Entrants:
        """Hazards of those to come."""
        groups = self.mix[self.mix["customers"] > 0]
        pairs = zip(groups["segment"], groups["term"], strict=True)
        return Entrants(
            segment=groups["segment"].to_numpy(dtype=np.int64),
            customers=groups["customers"].to_numpy(dtype=float),
            mrr=groups["mrr"].to_numpy(dtype=float),
            hazard=np.stack([self.hazards.entrants(int(s), int(t), months) for s, t in pairs]),
            calendar=self._churn_ahead(calendar),
            annual=groups["term"].to_numpy(dtype=np.int64) >= _YEAR,
            growth={
                flow: ageing.at(np.arange(1, months + 1)) for flow, ageing in self.ageing.items()
            },
        )

    def _hazard_error(self, hazard: Floats) -> Floats:
        """Relative error of the expected departures: the curves' or the level's, the larger."""
        kind = kind_of(self.standing["term"].to_numpy(dtype=np.int64))
        segment = self.standing["segment"].to_numpy(dtype=np.int64)
        weight = np.zeros_like(self.hazards.error)
        gone = self._standing("customers") * (1.0 - np.prod(1.0 - hazard, axis=1))
        np.add.at(weight, (kind, segment), gone)
        total = weight.sum(axis=0)
        share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
        curve = np.sqrt(((share * self.hazards.error) ** 2).sum(axis=0))
        return np.asarray(np.maximum(curve, self.churn.level_sd))

    def _churn_paths(self, luck: Luck, spread: float, error: Floats) -> Normals:
        """Factors on the expected hazard by path: error of the level, drift and monthly noise."""
        paths = relative_paths(self.churn, luck, "churn", spread, error)
        variance = np.log1p((spread * self.churn.noise) ** 2).astype(np.float32)[:, None, None]
        noise = luck.related("churn", self.churn.correlation)
        noise *= np.sqrt(variance)
        noise -= variance / 2
        paths *= np.exp(noise, out=noise)
        return paths


def sum_by_segment(cells: pd.DataFrame, column: str, segments: int) -> Floats:
    """Sum a column of cells by segment, array (segments,)."""
    segment = cells["segment"].to_numpy(dtype=np.int64)
    return summed(segment, cells[column].to_numpy(dtype=float), segments)
