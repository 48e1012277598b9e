"""The future as a board reads it: fans by month, scenarios side by side at a year's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from forecast import Projection
    from scenarios import Comparison


def fans(comparison: Comparison, measure: str = "arr") -> dict[str, pd.DataFrame]:
    """Mean and quantiles by month of every scenario, the one compared against first.

    Parameters
    ----------
    comparison : Comparison
    measure : str
        `arr`, `mrr`, `customers`, ...

    Returns
    -------
    dict of str to DataFrame
        Index month; columns `mean`, `p2_5`, `p10`, `p25`, `p50`, `p75`, `p90`, `p97_5`.
    """
    return {name: fan(comparison.runs[name].projection, measure) for name in comparison.scenarios}


def joined(past: pd.Series, future: pd.Series) -> pd.Series:
    """Put the last close before a forecast at its head, so that a line starts where it began.

    The past may reach into the forecast (actuals that came since); it may end before it.
    """
    before: pd.Series = past.reindex([future.index[0] - 1]).dropna()
    line: pd.Series = pd.concat([before, future])
    return line


def fan(projection: Projection, measure: str = "arr") -> pd.DataFrame:
    """Mean and quantiles of one measure by month, of the whole company."""
    table = projection.table(by_segment=False)
    rows = table[table["measure"] == measure].set_index("month")
    return rows.drop(columns="measure")


def year_end(months: pd.PeriodIndex, closes_in: int = 12) -> pd.Period:
    """Find the last month of a fiscal year within the months projected, else the last month.

    Examples
    --------
    >>> year_end(pd.period_range("2026-07", "2028-03", freq="M"))
    Period('2027-12', 'M')
    >>> year_end(pd.period_range("2026-01", "2026-06", freq="M"))
    Period('2026-06', 'M')
    """
    closes = [month for month in months if month.month == closes_in]
    return closes[-1] if closes else months[-1]


def outlook(comparison: Comparison, at: pd.Period) -> pd.DataFrame:
    """Put the ARR of all scenarios side by side at one month.

    Returns
    -------
    DataFrame
        Index scenario name; columns `mean`, `p10`, `p50`, `p90` (major units), `difference`
        (mean less the mean of the scenario compared against), `probability_above` (share of the
        paths on which it is above that scenario; NaN for itself).
    """
    columns = ["mean", "p10", "p50", "p90", "difference", "probability_above"]
    table = comparison.table(at, measures="arr").set_index("scenario")
    return table[columns].astype(float)
