"""Lives: how long customers stay, by age, and where those who stay now stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import months as month
from .cohorts import accumulated
from .money import to_major
from .segments import Segments
from .tables import Tables

__all__ = ["Lives"]

_KEYS = ["segment", "term", "life_start", "returned"]
_FLOWS = ("churned", "churn_mrr", "expansion_mrr", "contraction_mrr")


@dataclass(frozen=True)
class Lives:
    """Lives of customers: from a new or reactivation movement to the next churn.

    Parameters
    ----------
    segments
        The segments that ``segment`` points into.
    exposure
        One row a group of lives and age. Columns segment (position in ``segments``), term
        (months of contract of the largest line at the life's start), start (period; of lives
        already running in the first month, that month), left_truncated (such lives), returned
        (the life began with a reactivation), age (>= 1, months since the start), at_risk
        (customers alive at age - 1), churned (of them, by age), open_mrr (their MRR at age - 1),
        churn_mrr, expansion_mrr, contraction_mrr (what became of it by age; major units,
        signed). No row after ``as_of``, none where nobody is at risk.
    standing
        One row a group of customers paying at ``as_of``. Columns segment and term (of their
        largest line then), start (period; of the life), renewal (period or NaT: the month in
        which the contract is up, after ``as_of``), notice (every line is under notice; renewal
        is the month the customer leaves), customers, mrr (major units).
    """

    segments: Segments
    currency: str
    as_of: pd.Period
    exposure: pd.DataFrame
    standing: pd.DataFrame


def lives_of(tables: Tables, by: tuple[str, ...], currency: str) -> Lives:
    """Compute the lives of a ledger's tables by these dimensions."""
    segments = tables.use(by)
    return Lives(
        segments=segments,
        currency=currency,
        as_of=month.period(tables.as_of),
        exposure=_exposure(tables, currency),
        standing=_standing(tables, currency),
    )


def _exposure(tables: Tables, currency: str) -> pd.DataFrame:
    tables.once(("lived",), lambda: tables.make("lived"))
    tables.largest("SELECT customer_id, month FROM moves WHERE before <= 0 AND after > 0")
    changes = tables.run("lives")
    ages = accumulated(changes, _KEYS, "life_start", tables.as_of, ("alive", "mrr"), flows=_FLOWS)
    # What is at risk at an age is what was alive one month before.
    opened = ages[["alive", "mrr"]].shift(1, fill_value=0)
    ages = ages.assign(at_risk=opened["alive"], open_mrr=opened["mrr"])
    ages = ages[(ages["age"] > 0) & (ages["at_risk"] > 0)].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "segment": ages["segment"].to_numpy(dtype=np.int64),
            "term": ages["term"].to_numpy(dtype=np.int64),
            "start": month.periods(ages["life_start"]),
            "left_truncated": ages["life_start"].to_numpy() <= tables.first_month,
            "returned": ages["returned"].to_numpy() == 1,
            "age": ages["age"].to_numpy(dtype=np.int64),
            "at_risk": ages["at_risk"].to_numpy(dtype=np.int64),
            "churned": ages["churned"].to_numpy(dtype=np.int64),
        }
    )
    for name in ("open_mrr", "churn_mrr", "expansion_mrr", "contraction_mrr"):
        frame[name] = to_major(ages[name].to_numpy(), currency)
    return frame


def _standing(tables: Tables, currency: str) -> pd.DataFrame:
    tables.once(("standing_customers",), lambda: tables.make("standing_customers"))
    tables.largest(f"SELECT customer_id, {tables.as_of} AS month FROM standing_customers")
    rows = tables.run("standing").sort_values(
        ["segment", "term", "start_month", "renewal_month", "notice"], ignore_index=True
    )
    renewal = rows["renewal_month"].to_numpy()
    return pd.DataFrame(
        {
            "segment": rows["segment"].to_numpy(dtype=np.int64),
            "term": rows["term"].to_numpy(dtype=np.int64),
            "start": month.periods(rows["start_month"]),
            "renewal": month.periods(renewal).where(renewal > 0),
            "notice": rows["notice"].to_numpy() == 1,
            "customers": rows["customers"].to_numpy(dtype=np.int64),
            "mrr": to_major(rows["mrr"].to_numpy(), currency),
        }
    )
