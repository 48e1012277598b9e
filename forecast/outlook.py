"""What is expected of the months ahead, without draws: who is there, who comes, who is up.

A scenario that speaks of capacity, renewals or customers needs these to know what its words mean
in levers. They follow the engine's own expectations (its beliefs without any spread) month by
month, after the levers already made; the mean of a projection lies near them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .engine.changes import Changes
from .engine.leaving import entrant_shares, part_of, still_there
from .hazards import months_of
from .levers import Levers
from .prospects import expected

if TYPE_CHECKING:
    from .beliefs import Beliefs
    from .forecaster import Forecaster
    from .model import Model
    from .newcomers import Newcomer

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Outlook:
    """Expectations by month and segment, arrays (months, segments), after a set of levers.

    Attributes
    ----------
    new_customers : array
        Customers won in the month, without bought books and single deals.
    new_arpa : array
        MRR of each of them.
    new_mrr : array
        MRR of the movement new: as put by hand where it is, with bought books and single wins.
    opening, customers : array
        MRR (at the month's exchange rates) and paying customers at the month's opening.
    leaving, churn : array
        Share of the opening customers, and of the opening MRR, lost in the month; of the MRR as
        put by hand where it is.
    expansion, contraction : array
        Shares of the opening MRR.
    expansion_mrr, contraction_mrr, churn_mrr : array
        MRR of the movements as they come out, all positive: as put by hand, with what a step of
        the price makes of the first two, and with single losses in the last.
    annual : array
        Share of the MRR won that is signed for twelve months or more.
    here, later : array
        Shares of the opening MRR that belong to today's customers, without those under notice,
        and to customers won or won back after `as_of`.
    standing : Standing
        Today's customers in cells.
    """

    new_customers: Floats
    new_arpa: Floats
    new_mrr: Floats
    opening: Floats
    customers: Floats
    leaving: Floats
    churn: Floats
    expansion: Floats
    contraction: Floats
    expansion_mrr: Floats
    contraction_mrr: Floats
    churn_mrr: Floats
    annual: Floats
    here: Floats
    later: Floats
    standing: Standing

    def share_here(self, amounts: Floats) -> Floats:
        """Give parts of today's customers' MRR as shares of the opening MRR.

        Parameters
        ----------
        amounts : array (cells, months)
            Of `standing.mrr`, without growth: all of today's customers are taken to grow alike.

        Returns
        -------
        array (months, segments)
        """
        segments = self.opening.shape[1]
        whole = self.standing.sum(self.standing.mrr, segments)
        return self.here * part_of(self.standing.sum(amounts, segments), whole)

    @classmethod
    def of(cls, forecaster: Forecaster, months: int, levers: Levers | None = None) -> Outlook:
        """Give what is expected of so many months after `as_of`.

        Parameters
        ----------
        forecaster : Forecaster
            What is believed.
        months : int
            How many months ahead, 1 or more.
        levers : Levers, optional
            Changes that hold, for these months and segments.
        """
        model = forecaster.model
        found = levers if levers is not None else Levers.none()
        beliefs = _beliefs(model, months, forecaster.newcomers)
        calendar = (model.as_of.month + np.arange(months)) % 12
        # The beliefs' own number of new customers is a draw even without spread.
        won = model.business.expected(months, calendar) * model.tilt.at("new", months)
        won = forecaster.joined.widened(won)
        stay = ~model.standing["notice"].to_numpy(dtype=bool)
        fitted = found.fitted(months, len(beliefs.opening))
        changes = Changes.of(fitted, slice(0, len(beliefs.opening)))
        standing = Standing.of(beliefs, model.standing[stay], model.as_of, changes)
        return _walked(beliefs, standing, won.T, fitted, changes)


@dataclass(frozen=True, eq=False)
class Standing:
    """Today's customers who have not given notice, in cells that leave alike.

    Attributes
    ----------
    segment : array (cells,)
        Position of the segment.
    start : array (cells,)
        Month in which they came (ordinal of its Period).
    term : array (cells,)
        Months of their contract.
    up : array (cells,)
        Months ahead in which the contract is up next, 0 where nothing binds today.
    customers, mrr : array (cells, months)
        Customers and MRR expected at the opening of each month ahead, without growth.
    hazard, lost : array (cells, months)
        Share of the customers, and of the MRR, lost in the month.
    """

    segment: Whole
    start: Whole
    term: Whole
    up: Whole
    customers: Floats
    mrr: Floats
    hazard: Floats
    lost: Floats

    @classmethod
    def of(
        cls, beliefs: Beliefs, cells: pd.DataFrame, as_of: pd.Period, changes: Changes
    ) -> Standing:
        """Give the cells of the beliefs, which are those of the frame in the same order."""
        found = beliefs.cells
        ahead = found.age[:, None] + np.arange(1, found.hazard.shape[1] + 1)
        hazard = changes.hazards(found.hazard, found.segment, ahead)
        lost = -np.expm1(beliefs.lost_size[found.segment][:, None] * _log_stay(hazard))
        term = cells["term"].to_numpy(dtype=np.int64)
        age = as_of.ordinal - months_of(cells["start"])
        # Without a known end, contracts are taken to renew at the anniversaries of the start.
        unknown = (found.renewal == 0) & ~found.at_will
        up = np.where(unknown, term - age % term, found.renewal)
        return cls(
            segment=found.segment,
            start=months_of(cells["start"]),
            term=np.where(found.at_will, 1, term),
            up=up,
            customers=found.customers[:, None] * still_there(hazard),
            mrr=found.mrr[:, None] * still_there(lost),
            hazard=hazard,
            lost=lost,
        )

    def renews(self) -> NDArray[np.bool_]:
        """Whether a cell can leave or renew in a month, array (cells, months).

        At will it does so in every month once nothing binds; contracts do when their term is up,
        and every term after it.
        """
        ahead = np.arange(1, self.mrr.shape[1] + 1)[None, :] - self.up[:, None]
        return np.asarray((ahead >= 0) & (ahead % self.term[:, None] == 0))

    def sum(self, amounts: Floats, segments: int) -> Floats:
        """Sum amounts of the cells (cells, months) by segment, array (months, segments)."""
        total = np.zeros((segments, amounts.shape[1]))
        np.add.at(total, self.segment, amounts)
        return total.T


@lru_cache(maxsize=2)
def _beliefs(model: Model, months: int, newcomers: tuple[Newcomer, ...]) -> Beliefs:
    """Give the engine's expectations: what it believes without any spread, on one path."""
    return model.beliefs(months, 1, 0, spread=0.0, newcomers=newcomers)


def _log_stay(hazard: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log1p(-hazard))


@dataclass(frozen=True, eq=False)
class _Comers:
    """Shares of who came in month s at the opening of m and lost in it (segments, m, s)."""

    stay: tuple[Floats, Floats]
    leave: tuple[Floats, Floats]

    @classmethod
    def of(cls, beliefs: Beliefs, changes: Changes) -> _Comers:
        entrants = beliefs.entrants
        shares = entrant_shares(entrants, changes)
        segments, months, _ = beliefs.shape
        stay, leave = np.zeros((2, 2, segments, months, months))
        age = np.arange(months)[:, None] - np.arange(months)[None, :] - 1
        for g, s in enumerate(entrants.segment.tolist()):
            by_age = entrants.hazard[g][np.maximum(age, 0)] * entrants.calendar[s][:, None]
            changed = changes.hazards(by_age.T, np.full(months, s), age.T + 1).T
            hazard = np.where(age >= 0, changed, 0.0)
            lost = -np.expm1(beliefs.lost_size[s] * _log_stay(hazard))
            for k, (share, gone) in enumerate(((shares[0][g], hazard), (shares[1][g], lost))):
                there = np.where(age >= 0, still_there(gone.T).T, 0.0)
                stay[k, s] += share * there
                leave[k, s] += share * there * gone
        return cls((stay[0], stay[1]), (leave[0], leave[1]))


def _annual(beliefs: Beliefs, changes: Changes) -> Floats:
    """Share of the MRR won that binds for twelve months or more, array (months, segments)."""
    entrants = beliefs.entrants
    shares = entrant_shares(entrants, changes)[1] * entrants.annual[:, None]
    found = np.zeros(beliefs.shape[:2])
    np.add.at(found, entrants.segment, shares)
    return found.T


def _walked(
    beliefs: Beliefs, standing: Standing, won: Floats, levers: Levers, changes: Changes
) -> Outlook:
    """Go through the months: what is at the opening decides what is lost, grows and comes back."""
    segments, months, _ = beliefs.shape

    def after(name: str, value: Floats) -> Floats:
        return levers.apply(name, value)

    def put(flow: str, amount: Floats, m: int) -> Floats:
        return changes.amounts(flow, amount[:, None], m)[:, 0]

    nothing = np.zeros((months, segments))
    new_customers = after("new_customers", won)
    new_arpa = after("new_arpa", beliefs.new_arpa[:, :, 0].T.astype(float))
    bought = np.floor(after("acquired_customers", nothing) + 0.5)
    expansion = after("expansion", beliefs.expansion[:, :, 0].T.astype(float))
    contraction = after("contraction", beliefs.contraction[:, :, 0].T.astype(float))
    back = after("reactivation", beliefs.reactivation[:, :, 0].T.astype(float))
    one_off = after("one_off", nothing)
    single, single_mrr, gone_mrr = expected(levers.prospects, months, segments)
    new_mrr = after("new_mrr", new_customers * new_arpa) + after("acquired_mrr", nothing)
    new_mrr = new_mrr + np.maximum(one_off, 0.0) + single_mrr
    price = after("price", np.ones((months, segments)))
    step = price / np.vstack([np.ones(segments), price[:-1]]) - 1.0
    worth = after("fx_index", np.ones((months, segments)))
    revalued = worth / np.vstack([np.ones(segments), worth[:-1]])
    share = np.minimum(after("churn", np.ones((months, segments))), 1.0)
    known, known_mrr = share * beliefs.notice.T, share * worth * beliefs.notice_mrr.T
    comers = _Comers.of(beliefs, changes)
    base = [standing.sum(a, segments) for a in (standing.customers, standing.mrr)]
    base_gone = [
        standing.sum(standing.customers * standing.hazard, segments),
        standing.sum(standing.mrr * standing.lost, segments),
    ]
    noticed = beliefs.customers - base[0][0]
    noticed_mrr = beliefs.under_notice.astype(float)
    came = np.zeros((2, segments, months))
    opening, customers, churn, leaving, here, later = np.zeros((6, months, segments))
    grown, shrunk, lost_in_all = np.zeros((3, months, segments))
    lapsed, growth = beliefs.lapsed.astype(float), np.ones(segments)
    for m in range(months):
        growth, noticed_mrr = revalued[m] * growth, revalued[m] * noticed_mrr
        there = [base[k][m] + (comers.stay[k][:, m] * came[k]).sum(axis=1) for k in range(2)]
        gone = [base_gone[k][m] + (comers.leave[k][:, m] * came[k]).sum(axis=1) for k in range(2)]
        customers[m] = there[0] + noticed
        opening[m] = growth * there[1] + noticed_mrr
        here[m] = part_of(growth * base[1][m], opening[m])
        later[m] = part_of(growth * (there[1] - base[1][m]), opening[m])
        lost = gone[0] + known[m]
        lost_mrr = growth * gone[1] + known_mrr[m]
        leaving[m] = part_of(lost, customers[m])
        returned = back[m] * lapsed
        average = np.where(customers[m] > 0, part_of(opening[m], customers[m]), new_arpa[m])
        lost_mrr = np.minimum(put("churn", lost_mrr, m), opening[m])
        churn[m] = part_of(lost_mrr, opening[m])
        more = put("expansion", (expansion[m] + np.maximum(step[m], 0.0)) * opening[m], m)
        less = put("contraction", (contraction[m] + np.maximum(-step[m], 0.0)) * opening[m], m)
        single_loss = gone_mrr[m] - np.minimum(one_off[m], 0.0)
        grown[m], shrunk[m], lost_in_all[m] = more, less, lost_mrr + single_loss
        net = more - less - single_loss
        stayed = opening[m] - lost_mrr
        after_growth = growth * np.maximum(1.0 + part_of(net, stayed), 0.0)
        returning = put("reactivation", returned * beliefs.returning_size * average, m)
        came[0][:, m] = new_customers[m] + bought[m] + single[m] + returned
        came[1][:, m] = part_of(new_mrr[m] + returning, after_growth)
        lapsed = np.maximum(beliefs.memory * (lapsed - returned), 0.0) + lost
        noticed, noticed_mrr, growth = noticed - known[m], noticed_mrr - known_mrr[m], after_growth
    return Outlook(
        new_customers=new_customers,
        new_arpa=new_arpa,
        new_mrr=new_mrr,
        opening=opening,
        customers=customers,
        leaving=leaving,
        churn=churn,
        expansion=expansion,
        contraction=contraction,
        expansion_mrr=grown,
        contraction_mrr=shrunk,
        churn_mrr=lost_in_all,
        annual=_annual(beliefs, changes),
        here=here,
        later=later,
        standing=standing,
    )
