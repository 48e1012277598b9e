"""Early churn: who joins and leaves inside the first month, before any close has seen them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from history.errors import NotEnoughHistoryError

from .exposure import beyond_chance

if TYPE_CHECKING:
    from history import Ledger

    from .curve import RetentionCurve


@dataclass(frozen=True, eq=False)
class EarlyChurn:
    """The share of joiners whom no month's close has ever seen.

    Attributes
    ----------
    share
        Of all who joined, 0-1.
    standard_error
        Of the share, by its scatter over the months where that is above chance.
    low, high, level
        Interval (beta, Jeffreys).
    months
        Index the months; columns at_close (new at their first close), left (joined and left
        before it), share.
    """

    share: float
    standard_error: float
    low: float
    high: float
    level: float
    months: pd.DataFrame

    def survival(self, curve: RetentionCurve, ages: range | list[int]) -> pd.Series:
        """Share of all who joined that is left at ages of a curve, whose age 0 is the first close.

        Index the ages; before the first close everybody is there.
        """
        at = list(ages)
        left = (1.0 - self.share) * np.asarray(curve.survival(np.array(at, dtype=float)))
        return pd.Series(left, index=pd.Index(at, name="age"), name="survival")


def early_churn(ledger: Ledger, *, level: float = 0.8) -> EarlyChurn:
    """Count who joined and left between two closes, month by month.

    Cohorts begin with the first close that sees a customer, so these are in no cohort and in no
    retention curve; by default (`same_month="ignore"`) in no movement either.

    Parameters
    ----------
    ledger
        Under any policy.
    level
        Of the interval, 0-1.

    Returns
    -------
    EarlyChurn
        From the second month of history on. A customer known from before who comes back for less
        than a month counts as well.

    Raises
    ------
    NotEnoughHistoryError
        If nobody joined.

    Examples
    --------
    >>> import pandas as pd
    >>> from forecast.retention import early_churn
    >>> from history import Ledger
    >>> lines = pd.DataFrame({
    ...     "customer": ["A", "B", "C", "D", "E"], "mrr": 5000,
    ...     "start_date": ["2025-01-01", "2025-02-03", "2025-02-10", "2025-02-11", "2025-02-20"],
    ...     "end_date": [None, "2025-02-20", None, None, None]})
    >>> found = early_churn(Ledger.from_lines(lines, as_of="2025-03", currency="EUR"))
    >>> found.share, found.months.loc["2025-02"].tolist()
    (0.25, [3.0, 1.0, 0.25])
    """
    counts = {
        same_month: ledger.under(ledger.policy.model_copy(update={"same_month": same_month}))
        .movements()
        for same_month in ("ignore", "count")
    }  # fmt: skip
    churned = {how: moves.matrix("churn", "customers").sum(axis=1) for how, moves in counts.items()}
    at_close = counts["ignore"].matrix("new", "customers").sum(axis=1).iloc[1:]
    left = (churned["count"] - churned["ignore"]).iloc[1:]
    joined = at_close + left
    if joined.sum() <= 0:
        raise NotEnoughHistoryError("nobody joined after the first month of history.")
    share = float(left.sum() / joined.sum())
    some = joined > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = (left - joined * share) ** 2 / (joined * share * (1 - share))
    pearson = float(terms[some].sum()) if 0 < share < 1 else 0.0
    worth = float(joined.sum()) / beyond_chance(pearson, int(some.sum()) - 1)
    a, b = share * worth + 0.5, (1 - share) * worth + 0.5
    low, high = betaincinv(a, b, [0.5 - level / 2, 0.5 + level / 2])
    return EarlyChurn(
        share=share,
        standard_error=float(np.sqrt(share * (1 - share) / worth)),
        low=float(low) if share > 0 else 0.0,
        high=float(high),
        level=level,
        months=pd.DataFrame({"at_close": at_close, "left": left, "share": left / joined}),
    )
