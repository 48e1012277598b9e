"""From candidates to findings: one a customer and rule, ranked by expected money."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from .. import months as month
from .confidence import confidence_of
from .rules import AUDIT_RULES

__all__ = ["findings_of"]

_KEYS: Final = ["rule", "direction", "customer"]
_COLUMNS: Final = [
    "customer", "rule", "direction", "rows", "since", "until", "billed", "due", "stake",
    "strength", "confidence", "expected",
]  # fmt: skip
_WHOLE: Final = ("billed", "due", "stake", "strength", "expected")


def findings_of(candidates: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Make one finding of all candidates of a rule and customer, most expected money first.

    Parameters
    ----------
    candidates
        Columns rule, customer, at, beside, strength, billed, expected, since, until; see
        :meth:`Scan.candidates`.
    as_of
        Month index.

    Returns
    -------
    DataFrame
        The columns of :attr:`Audit.found`.
    """
    every = _weighed(candidates, as_of)
    by_key = every.groupby(_KEYS, sort=True)
    then = every[_in_worst_month(every)].groupby(_KEYS, sort=True)
    found = then[["billed", "due", "stake", "weighted"]].sum().reset_index()
    found["since"] = by_key["since"].min().to_numpy()
    found["until"] = by_key["until"].max().to_numpy() - 1
    found["until"] = found["until"].where(by_key["runs"].max().to_numpy() == 0)
    found["strength"] = by_key["strength"].max().to_numpy()
    found["confidence"] = (found["weighted"] / found["stake"]).astype(float).round(2)
    found["expected"] = found["weighted"].round()
    found["rows"] = _rows(every)
    return _ranked(found)


def _weighed(candidates: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Give candidates with stake, direction and confidence; those that run on end never."""
    every = candidates.rename(columns={"expected": "due"})
    since = every["since"].astype(float).clip(upper=as_of)
    until = every["until"].astype(float)
    stake = (every["due"] - every["billed"]).abs()
    weights = [
        confidence_of(rule, strength)
        for rule, strength in zip(every["rule"], every["strength"], strict=True)
    ]
    return every.assign(
        direction=np.where(every["billed"] < every["due"], "missing", "excess"),
        stake=stake,
        weighted=stake.astype(float) * np.array(weights, dtype=float),
        since=since,
        until=np.maximum(until, since + 1),  # one month at least
        runs=(until.isna() | (until > as_of)).astype(int),
    )


def _in_worst_month(every: pd.DataFrame) -> pd.Series:
    """Tell which candidates count in the month in which most is at stake of their finding."""
    until = every["until"].where(every["runs"] == 0)
    begins = every[_KEYS].assign(month=every["since"], step=every["stake"])
    ends = every[_KEYS].assign(month=until, step=-every["stake"]).dropna(subset=["month"])
    points = pd.concat([begins, ends])
    steps = points.groupby([*_KEYS, "month"], sort=True)["step"].sum().reset_index()
    steps["running"] = steps.groupby(_KEYS, sort=False)["step"].cumsum()
    worst = steps.loc[steps.groupby(_KEYS)["running"].idxmax(), [*_KEYS, "month"]]
    at = every[_KEYS].merge(worst, on=_KEYS, how="left")["month"].to_numpy()
    inside: pd.Series = (every["since"] <= at) & ~(until <= at)
    return inside


def _rows(every: pd.DataFrame) -> list[tuple[int, ...]]:
    """Give the rows of each finding, ascending, in the order of the keys."""
    both = pd.concat([every[_KEYS].assign(row=every[name]) for name in ("at", "beside")])
    ordered = both.drop_duplicates().sort_values([*_KEYS, "row"])
    return [tuple(int(row) for row in rows) for _, rows in ordered.groupby(_KEYS)["row"]]


def _ranked(found: pd.DataFrame) -> pd.DataFrame:
    """Order by expected money, ties by stake, rule and customer; months become periods."""
    place = {rule: i for i, rule in enumerate(AUDIT_RULES)}
    order = ["expected", "stake", "place", "customer"]
    ordered = (
        found.assign(place=found["rule"].map(place))
        .sort_values(order, ascending=[False, False, True, True], ignore_index=True)
        .astype(dict.fromkeys(_WHOLE, "int64"))[_COLUMNS]
    )
    for name in ("since", "until"):
        ordered[name] = ordered[name].map(_month)
    ordered.insert(0, "rank", np.arange(1, len(ordered) + 1))
    return ordered


def _month(index: float | None) -> pd.Period | None:
    return None if index is None or pd.isna(index) else month.period(int(index))
