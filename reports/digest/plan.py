"""Plan and actuals as a board reads them: one month's lines side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from history.language import marked

from .history import LABELS

if TYPE_CHECKING:
    from scenarios import Variance

LINE_LABELS: Final = {
    **LABELS,
    "restatement": marked("Restatement"),
    "policy": marked("Definitions"),
}
"""Line -> its words, to be said."""

_QUIET: Final = ("restatement", "policy", "reactivation", "fx")


def plan_lines(variance: Variance, at: pd.Period, *, cumulated: bool = False) -> pd.DataFrame:
    """Lines of one month that add up to the closing, plan beside actual.

    Parameters
    ----------
    variance : Variance
    at : pd.Period
    cumulated : bool
        Movements since the plan began instead of the month's own.

    Returns
    -------
    DataFrame
        Index line; columns `plan`, `actual`, `variance` (MRR, major units), `variance_share`,
        `percentile`, `reading`. Restatement, definitions, reactivation and FX only where they are
        not nil.
    """
    table = variance.table(by_segment=False, month=at, cumulated=cumulated).set_index("line")
    moved = table.index[(table["plan"] != 0) | (table["actual"] != 0)]
    nil = [name for name in _QUIET if name in table.index and name not in moved]
    return table.drop(index=nil).drop(columns="month")
