"""What the engine is given: expectations as arrays, and luck drawn beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .luck import Normals

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

LUCK: Final = (
    "new_size",
    "churn_count",
    "churn_size",
    "expansion",
    "contraction",
    "reactivation_count",
    "reactivation_size",
)
"""Names of the standard normals that the engine itself turns into outcomes."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Today's customers, in cells of equal expected hazards.

    Attributes
    ----------
    segment : array (cells,)
        Position of the segment.
    customers, mrr : array (cells,)
        Customers and their MRR at the close of `as_of`.
    hazard : array (cells, months)
        Share of those still there that is lost in each month ahead.
    renewal : array (cells,)
        Months ahead in which the contract is up, 0 where nothing binds today.
    at_will : array (cells,)
        Whether they can leave in any month once nothing binds; others only at renewals.
    age : array (cells,)
        Months since they came, at the close of `as_of`.
    growth : mapping of flow to array (cells, months)
        `expansion`, `contraction`: factor of their age on the share of MRR that moves; 1 if absent.
    """

    segment: Whole
    customers: Floats
    mrr: Floats
    hazard: Floats
    renewal: Whole
    at_will: NDArray[np.bool_]
    age: Whole
    growth: Mapping[str, Floats] = field(default_factory=dict)

    def of(self, run: slice) -> Cells:
        """Give the cells of a run of segments, counted from the first of them."""
        mine = (self.segment >= run.start) & (self.segment < run.stop)
        values = {
            name: value[mine] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        values["segment"] = values["segment"] - run.start
        growth = {flow: value[mine] for flow, value in self.growth.items()}
        return Cells(**values, growth=growth)


@dataclass(frozen=True, eq=False)
class Entrants:
    """How customers won later will leave: groups by segment and term of contract.

    Attributes
    ----------
    segment : array (groups,)
        Position of the segment.
    customers, mrr : array (groups,)
        Share of the group among the segment's new customers, and among their MRR.
    hazard : array (groups, months)
        By age: column 0 is the hazard of the first month after the one they came in.
    calendar : array (segments, months)
        Factor on the hazard by calendar month.
    annual : array (groups,)
        Whether the contract binds for twelve months or more.
    growth : mapping of flow to array (months,)
        As of the cells, by age: column 0 is the first month after the one they came in.
    """

    segment: Whole
    customers: Floats
    mrr: Floats
    hazard: Floats
    calendar: Floats
    annual: NDArray[np.bool_]
    growth: Mapping[str, Floats] = field(default_factory=dict)

    def of(self, run: slice) -> Entrants:
        """Give the groups of a run of segments, counted from the first of them."""
        mine = (self.segment >= run.start) & (self.segment < run.stop)
        return Entrants(
            segment=self.segment[mine] - run.start,
            customers=self.customers[mine],
            mrr=self.mrr[mine],
            hazard=self.hazard[mine],
            calendar=self.calendar[run],
            annual=self.annual[mine],
            growth=self.growth,
        )


@dataclass(frozen=True, eq=False)
class Beliefs:
    """All that the engine needs: expectations, sizes, and luck drawn beforehand.

    Attributes
    ----------
    opening, customers, lapsed : array (segments,)
        MRR, paying customers, and customers who had left, at the close of `as_of`.
    cells, entrants : Cells, Entrants
        Expected hazards of those here and of those to come.
    notice, notice_mrr : array (segments, months)
        Customers, and their MRR, who have given notice for the month; they are not in `cells`.
    under_notice : array (segments,)
        MRR of all who have given notice, also for a month that is not projected.
    new_customers : array (segments, months, paths)
        Customers won, before rounding.
    rounding : array (segments, months, paths)
        Uniforms: a fraction of a customer counts as one with its probability.
    new_arpa : array (segments, months, paths)
        MRR per new customer, expected.
    churn : array (segments, months, paths)
        Factor on the expected hazard.
    lost_size : array (segments,)
        MRR of a lost customer against the average of those at equal risk.
    expansion, contraction : array (segments, months, paths)
        Share of opening MRR, expected.
    reactivation : array (segments, months, paths)
        Share of lapsed customers, expected.
    returning_size : array (segments,)
        MRR of a returning customer against the segment's average.
    memory : float
        Share of the lapsed customers that a month later can still come back, 0 to 1.
    scatter : mapping of flow to array (segments,)
        `new`, `churn`, `reactivation`: squared coefficient of variation of one customer's MRR;
        `expansion`, `contraction`: sampling variance per unit of amount.
    noise : mapping of flow to array (segments,)
        Variance of a month's relative noise of `new`, `expansion` and `contraction`.
    luck : mapping of name to array (segments, months, paths)
        Standard normals: new_size, churn_count, churn_size, expansion, contraction,
        reactivation_count, reactivation_size. With newcomers also launched_count, and launched:
        factors on the customers expected of them, 0 elsewhere.
    seed : int
        Of the random streams, for luck that a scenario brings along.
    """

    opening: Floats
    customers: Floats
    lapsed: Floats
    cells: Cells
    entrants: Entrants
    notice: Floats
    notice_mrr: Floats
    under_notice: Floats
    new_customers: Normals
    rounding: Normals
    new_arpa: Normals
    churn: Normals
    lost_size: Floats
    expansion: Normals
    contraction: Normals
    reactivation: Normals
    returning_size: Floats
    memory: float
    scatter: dict[str, Floats]
    noise: dict[str, Floats]
    luck: dict[str, Normals]
    seed: int = 0

    @property
    def shape(self) -> tuple[int, int, int]:
        """Segments, months, paths."""
        segments, months, paths = self.new_customers.shape
        return segments, months, paths

    def of(self, run: slice) -> Beliefs:
        """Give what is believed of a run of segments; big arrays are views."""
        if run == slice(0, len(self.opening)):
            return self
        values: dict[str, Any] = {
            name: value[run] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        for name in ("scatter", "noise", "luck"):
            values[name] = {key: value[run] for key, value in getattr(self, name).items()}
        values |= {"cells": self.cells.of(run), "entrants": self.entrants.of(run)}
        return replace(self, **values)
