"""What is true of a simulated company, in closed form, for tests of recovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..months import index_of, period

if TYPE_CHECKING:
    from .company import Company, Segment

_AGES = 120


@dataclass(frozen=True)
class Truth:
    """The parameters a draw followed, tabulated.

    Attributes
    ----------
    hazards
        size, term (months), age (>= 1), hazard: share of those alive at age - 1 who are lost by
        `age`; voluntary, involuntary and pause are its parts. Without seasons, events and price
        rises; of customers who have not left before.
    new_customers
        month (period), size, mean: customers expected to start in the month.
    rates
        size, age (months since the customer came), expansion: expected share of seats added in
        a month by customers who can add (contracts: not in the last three months), contraction:
        largest expected share given back in a month (one seat always stays), upgrade, downgrade:
        probability per month.
    prices
        month (period), list: price list of new customers; monthly: list to which monthly
        customers have been moved; 1 = the first list.
    """

    hazards: pd.DataFrame
    new_customers: pd.DataFrame
    rates: pd.DataFrame
    prices: pd.DataFrame

    def hazard(self, size: str, term: int = 1) -> pd.Series:
        """Return the hazards of a segment and term by age (index 1, 2, ...)."""
        table = self.hazards
        chosen = table[(table["size"] == size) & (table["term"] == term)]
        return chosen.set_index("age")["hazard"]

    def survival(self, size: str, term: int = 1) -> pd.Series:
        """Return the share of a cohort left by age, 1 at age 0 (index 0, 1, 2, ...)."""
        hazard = self.hazard(size, term)
        values = np.concatenate([[1.0], np.cumprod(1.0 - hazard.to_numpy())])
        return pd.Series(values, index=pd.RangeIndex(len(values), name="age"), name="survival")


def truth_of(company: Company, through: str) -> Truth:
    """Tabulate a company's truth from its first month to `through`."""
    months = range(index_of(company.first), index_of(through) + 1)
    return Truth(
        hazards=pd.concat(
            [_hazards(s, term) for s in company.segments for term, _ in s.terms],
            ignore_index=True,
        ),
        new_customers=pd.DataFrame(
            [
                (period(month), s.name, company.new_mean(s, month))
                for month in months
                for s in company.segments
            ],
            columns=["month", "size", "mean"],
        ),
        rates=pd.concat([_rates(s) for s in company.segments], ignore_index=True),
        prices=pd.DataFrame(
            [(period(m), company.list_index(m), company.monthly_index(m)) for m in months],
            columns=["month", "list", "monthly"],
        ),
    )


def _hazards(segment: Segment, term: int) -> pd.DataFrame:
    age = np.arange(1, _AGES + 1)
    leaving = segment.leaving
    alpha, beta = leaving.monthly if term == 1 else leaving.renewal
    renewals = age if term == 1 else age // term
    due = age % term == 0
    voluntary = np.where(due, alpha / (alpha + beta + renewals - 1), 0.0)
    monthly = term == 1
    involuntary = (1 - voluntary) * (leaving.involuntary if monthly else 0.0)
    paused = np.where(age > 1, leaving.pause if monthly else 0.0, 0.0)
    # Who pauses in a month was spared by last month's notices and failures.
    paused = paused * (1 - voluntary - involuntary)
    return pd.DataFrame(
        {
            "size": segment.name,
            "term": term,
            "age": age,
            "hazard": voluntary + involuntary + paused,
            "voluntary": voluntary,
            "involuntary": involuntary,
            "pause": paused,
        }
    )


def _rates(segment: Segment) -> pd.DataFrame:
    usage, ages = segment.usage, range(_AGES + 1)
    return pd.DataFrame(
        {
            "size": segment.name,
            "age": ages,
            "expansion": [usage.expansion_at(age) * usage.expansion_size for age in ages],
            "contraction": usage.contraction * usage.contraction_size / 2,
            "upgrade": usage.upgrade,
            "downgrade": usage.downgrade,
        }
    )
