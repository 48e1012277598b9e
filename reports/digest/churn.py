"""Churn as a board reads it: who left in the last twelve months, segment by segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from history import Movements

TOTAL = "Total"


def churn_by_segment(movements: Movements, months: int = 12) -> pd.DataFrame:
    """Give churn by segment over the last months, the largest loss first, the company last.

    A rate is the churn of the months over the sum of their openings: the average month, weighted
    by what there was to lose.

    Parameters
    ----------
    movements : Movements
        By segment or of the company.
    months : int

    Returns
    -------
    DataFrame
        Index segment label and `Total`; columns `lost` (MRR of those who left, major units, 0 or
        more), `share` (of the company's loss, 0-1), `rate` and `before` (shares a month, of the
        last months and of as many before them), `customers` (who left), `customer_rate` (share a
        month). NaN where there was nothing to lose.
    """
    mrr = _rates(movements, "mrr", months)
    people = _rates(movements, "customers", months)
    table = pd.DataFrame(
        {
            "lost": mrr["lost"],
            "share": _over(mrr["lost"], float(mrr["lost"].iloc[-1])),
            "rate": mrr["rate"],
            "before": mrr["before"],
            "customers": people["lost"],
            "customer_rate": people["rate"],
        }
    )
    parts = table.drop(index=TOTAL).sort_values("lost", ascending=False, kind="stable")
    return pd.concat([parts, table.loc[[TOTAL]]])


def _rates(movements: Movements, value: str, months: int) -> pd.DataFrame:
    """Give what was lost and its rate now and before, by segment and for the company."""
    sides = {}
    for name in ("churn", "opening"):
        frame = movements.matrix(name, value).iloc[1:].abs()  # type: ignore[arg-type]
        sides[name] = frame.assign(**{TOTAL: frame.sum(axis=1)})
    lost, base = sides["churn"], sides["opening"]
    now, then = slice(-months, None), slice(-2 * months, -months)
    before = _over(lost.iloc[then].sum(), base.iloc[then].sum())
    return pd.DataFrame(
        {
            "lost": lost.iloc[now].sum(),
            "rate": _over(lost.iloc[now].sum(), base.iloc[now].sum()),
            "before": before if len(lost) >= 2 * months else float("nan"),
        }
    )


def _over(part: pd.Series, whole: pd.Series | float) -> pd.Series:
    """Divide, NaN where there is nothing to divide by."""
    below = pd.Series(whole, part.index, dtype=float)
    return part / below.where(below > 0)
