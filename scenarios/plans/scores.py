"""Scores of one plan: every planned figure beside what came, and beside what needs no plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from forecast.quantiles import QUANTILES
from history.errors import CurrencyError
from history.money import to_major
from history.months import index_of

from .figures import COMPANY, MOVEMENTS, Floats

if TYPE_CHECKING:
    from history import Ledger

    from .plan import Plan

SCORED: Final = (*MOVEMENTS, "closing")
"""Lines that are scored; net new is the sum of the movements."""

NET: Final = "net new"
TOTAL: Final = "company"

_UNKNOWN: Final = -2
_BAND_80: Final = ("p10", "p90")
_BAND_95: Final = ("p2_5", "p97_5")


def scores_of(plan: Plan, ledger: Ledger) -> pd.DataFrame:
    """Lay every planned figure of a closed month beside what came.

    Parameters
    ----------
    plan
        A sealed plan.
    ledger
        The same company's, as known now.

    Returns
    -------
    DataFrame
        One row a month, segment (``company`` too) and line (of `SCORED`, and net new): ``plan``
        (its name), ``seal``, ``month`` (index), ``horizon`` (months after the plan's as-of),
        ``segment``, ``line``, ``planned``, ``actual``, ``last_value``, ``drift`` (naive forecasts
        from the history that the plan knew), major units of MRR signed as everywhere; ``pinball``
        (mean over the plan's quantiles), ``in_80``, ``in_95`` (1, 0, or NaN without quantiles).
        Empty where no planned month is closed.

    Raises
    ------
    CurrencyError
        Plan and ledger are in two currencies.
    UnknownNameError
        The ledger lacks a dimension of the plan.
    """
    if ledger.currency != plan.currency:
        raise CurrencyError(
            f"the plan {plan.name!r} is in {plan.currency}, the ledger in {ledger.currency}"
        )
    figures = plan.figures
    figures = figures.loc[figures["line"].isin(SCORED)]
    figures = figures.loc[figures["month"] <= index_of(ledger.as_of)]
    if (origin := plan.manifest.origin) is not None:
        # What was assumed when it was imported is no promise of finance.
        figures = figures.loc[figures["month"] >= index_of(origin.first)]
    if not plan.segments.by:
        figures = figures.loc[figures["segment"] == COMPANY]
    table = figures[["month", "segment", "line", "mean", *QUANTILES]].merge(
        _actual(plan, ledger), on=["month", "segment", "line"], how="left"
    )
    table["actual"] = table["actual"].fillna(0)
    table = _with_naive(table, plan)
    columns = ["mean", "actual", "last_value", "drift", *QUANTILES]
    table[columns] = to_major(table[columns], plan.currency)
    table = pd.concat([table, _net_new(table)], ignore_index=True)
    if origin is not None:
        keys = dict(enumerate(plan.segments.keys))
        promised = {i: {*origin.planned_in(key), NET} for i, key in keys.items()}
        promised[COMPANY] = {*origin.planned, NET}
        pairs = zip(table["line"], table["segment"], strict=True)
        table = table.loc[[line in promised[i] for line, i in pairs]].reset_index(drop=True)
    labels = dict(enumerate(plan.segments.labels)) | {COMPANY: TOTAL}
    quantiles, actual = table[list(QUANTILES)].to_numpy(), table["actual"].to_numpy()
    return pd.DataFrame(
        {
            "plan": plan.name,
            "seal": plan.seal,
            "month": table["month"],
            "horizon": table["month"] - index_of(plan.as_of),
            "segment": table["segment"].map(labels),
            "line": table["line"],
            "planned": table["mean"],
            "actual": actual,
            "last_value": table["last_value"],
            "drift": table["drift"],
            "pinball": pinball(quantiles, actual),
            "in_80": _inside(table, *_BAND_80),
            "in_95": _inside(table, *_BAND_95),
        }
    )


def pinball(quantiles: Floats, actual: Floats) -> Floats:
    """Mean pinball loss over the levels of `QUANTILES`, in the unit of the actuals.

    Parameters
    ----------
    quantiles
        (rows, levels); a row with NaN gives NaN.
    actual
        (rows,).

    Notes
    -----
    At level q the loss is q (y - x) where the actual y lies above the quantile x, else
    (1 - q) (x - y): Koenker and Bassett 1978, equation 3.1.

    Examples
    --------
    >>> pinball(np.zeros((1, 7)), np.array([10.0])).round(3).tolist()
    [5.0]
    """
    levels = np.array(list(QUANTILES.values()))
    above = actual[:, None] - quantiles
    return np.asarray(np.maximum(levels * above, (levels - 1.0) * above).mean(axis=1))


def _actual(plan: Plan, ledger: Ledger) -> pd.DataFrame:
    """Give what came by month, segment of the plan and company; minor units."""
    by = list(plan.segments.by)
    minor = ledger.movements(by=by or None).minor
    rows = pd.DataFrame(
        {
            "month": [index_of(month) for month in minor["month"]],
            "line": minor["movement"].astype(str).to_numpy(),
            "actual": minor["mrr"].to_numpy(dtype="int64", na_value=0),
        }
    )
    keys = zip(*(minor[name].astype(str) for name in by), strict=True) if by else [()] * len(minor)
    places = {key: i for i, key in enumerate(plan.segments.keys)}
    # A segment that the plan does not know counts for the company only.
    known = rows.assign(segment=np.array([places.get(key, _UNKNOWN) for key in keys]))
    both = [known.loc[known["segment"] != _UNKNOWN], rows.assign(segment=COMPANY)]
    groups = pd.concat(both, ignore_index=True).groupby(["month", "segment", "line"])
    return groups[["actual"]].sum().reset_index()


def _with_naive(table: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Add the last value known at the sealing, and the line from the first through the last."""
    history, last = plan.history, index_of(plan.as_of)
    history = history.loc[history["line"].isin(SCORED)]
    whole = history.groupby(["month", "line"], as_index=False)["mrr"].sum().assign(segment=COMPANY)
    known = pd.concat([history[["month", "segment", "line", "mrr"]], whole], ignore_index=True)
    first = int(history["month"].min())
    # In the first month of history there is a closing only.
    start = np.where(known["line"] == "closing", first, first + 1)
    steps = np.maximum(last - start, 1)
    ends = known.assign(
        last_value=np.where(known["month"] == last, known["mrr"].fillna(0), 0),
        first_value=np.where(known["month"] == start, known["mrr"].fillna(0), 0),
        steps=steps,
    )
    found = ends.groupby(["segment", "line"], as_index=False).agg(
        {"last_value": "sum", "first_value": "sum", "steps": "first"}
    )
    table = table.merge(found, on=["segment", "line"], how="left")
    table[["last_value", "first_value"]] = table[["last_value", "first_value"]].fillna(0)
    slope = (table["last_value"] - table["first_value"]) / table["steps"].fillna(1)
    table["drift"] = table["last_value"] + slope * (table["month"] - last)
    return table.drop(columns=["first_value", "steps"])


def _net_new(table: pd.DataFrame) -> pd.DataFrame:
    """Sum the movements of each month and segment; a sum has no quantiles of its own here."""
    moved = table.loc[table["line"].isin(MOVEMENTS)]
    sums = moved.groupby(["month", "segment"], as_index=False)[
        ["mean", "actual", "last_value", "drift"]
    ].sum()
    return sums.assign(line=NET, **dict.fromkeys(QUANTILES, np.nan))


def _inside(table: pd.DataFrame, low: str, high: str) -> Floats:
    inside = (table["actual"] >= table[low]) & (table["actual"] <= table[high])
    return np.where(table[low].isna(), np.nan, inside.astype(float))
