"""What the company costs a month, on which the costs of a scenario's changes come on top."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from history.months import index_of

from .files.fields import AmountOrByMonth, Share

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster

    from .scenario import Scenario

Floats = NDArray[np.float64]

KINDS: Final = ("sales", "marketing", "other")
"""Kinds of cost of a change: sales and marketing are the cost of acquisition, other is the rest."""


class Costs(BaseModel):
    """The base costs of a company, before what a scenario's changes add or save.

    An amount is one number a month, or amounts by month, each from that month on; what stands
    before the first of them is the first.

    Examples
    --------
    >>> costs = Costs(sales_and_marketing=120_000, other={"2026-07": 250_000}, gross_margin=0.8)
    >>> costs.as_dict()
    {'sales_and_marketing': 120000.0, 'other': {'2026-07': 250000.0}, 'gross_margin': 0.8}
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    sales_and_marketing: AmountOrByMonth
    """Sales and marketing a month, major units: the cost of acquisition."""
    other: AmountOrByMonth = 0.0
    """All other operating costs a month, without the cost of revenue."""
    gross_margin: Share
    """Gross margin on recurring revenue."""

    def as_dict(self) -> dict[str, Any]:
        """Give the keys that differ from their defaults, as plain values."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def __hash__(self) -> int:
        return hash(json.dumps(self.as_dict(), sort_keys=True))

    def __reduce__(self) -> tuple[Any, ...]:
        return Costs.model_validate, (self.as_dict(),)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "Costs":
        return self


def unseen_costs(costs: Costs, last: pd.Period) -> Iterator[tuple[tuple[str, str], str]]:
    """Give the amounts of months after the last one projected: key and month, and what is wrong.

    Examples
    --------
    >>> costs = Costs(sales_and_marketing={"2026-07": 9, "2029-01": 12}, gross_margin=0.8)
    >>> for at, said in unseen_costs(costs, pd.Period("2027-12", "M")): print(at, said)
    ('sales_and_marketing', '2029-01') 2029-01 is after 2027-12, the last month projected: \
project further to see it
    """
    for key in ("sales_and_marketing", "other"):
        told = getattr(costs, key)
        for month in told if isinstance(told, Mapping) else ():
            if month > str(last):
                said = (
                    f"{month} is after {last}, the last month projected: project further to see it"
                )
                yield (key, month), said


def by_month(amount: float | Mapping[str, float], months: pd.PeriodIndex) -> Floats:
    """Give an amount a month for each of the months, array (months,).

    Examples
    --------
    >>> months = pd.period_range("2026-09", periods=4, freq="M")
    >>> by_month({"2026-10": 5.0, "2026-12": 7.0}, months).tolist()
    [5.0, 5.0, 5.0, 7.0]
    """
    if not isinstance(amount, Mapping):
        return np.full(len(months), float(amount))
    starts = np.array([index_of(month) for month in amount])
    wanted = np.array([index_of(month) for month in months])
    place = np.searchsorted(starts, wanted, side="right") - 1
    return np.array(list(amount.values()), dtype=float)[np.maximum(place, 0)]


def added_costs(
    scenario: "Scenario", forecaster: "Forecaster", months: pd.PeriodIndex
) -> dict[str, Floats]:
    """Give what a scenario's changes cost beyond today's: kind to array (months,)."""
    total = {kind: np.zeros(len(months)) for kind in KINDS}
    for change in scenario.all_changes:
        for kind, amounts in change.costs(forecaster, months).items():
            total[kind] = total[kind] + amounts
    return total
