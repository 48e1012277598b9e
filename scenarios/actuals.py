"""From a later ledger to the arrays of a variance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import CurrencyError, InputError
from history.months import index_of
from history.segments import Segments

from .figures import MOVEMENTS, Ints
from .variance import ACTUAL_MOVEMENTS, Variance

if TYPE_CHECKING:
    from history import Ledger

    from .plan import Plan


def variance_of(plan: Plan, ledger: Ledger) -> Variance:
    """Lay a ledger's actuals beside a plan; see `Plan.against`."""
    _check(plan, ledger)
    months = plan.months[plan.months <= ledger.as_of]
    minor = ledger.movements(by=list(plan.segments.by) or None).minor
    by = plan.segments.by
    keys = list(zip(*(minor[column].astype(str) for column in by), strict=True))
    table = pd.DataFrame(
        {
            "month": [index_of(month) for month in minor["month"]],
            "key": keys if by else [()] * len(minor),
            "line": minor["movement"].astype(str).to_numpy(),
            "customers": minor["customers"].to_numpy(dtype="int64", na_value=0),
            "mrr": minor["mrr"].to_numpy(dtype="int64", na_value=0),
        }
    )
    segments = Segments(by, tuple(sorted({*plan.segments.keys, *table["key"]})))
    span = [index_of(month) for month in months]
    closings = table.loc[table["line"] == "closing"]
    _, counts = _gather(table.loc[table["line"] == "new"], span, ("new",), segments)
    opening = closings.loc[closings["month"] == index_of(plan.as_of)].assign(month=span[0])
    actual, _ = _gather(table, span, ACTUAL_MOVEMENTS, segments)
    planned, opening_planned, customers = _planned(plan, len(months), segments)
    variance = Variance(
        plan=plan,
        as_of=ledger.as_of,
        months=months,
        segments=segments,
        planned=planned,
        actual=actual,
        opening_planned=opening_planned,
        opening_known=_gather(opening, span, ("closing",), segments)[0][0, 0],
        customers_planned=customers,
        customers_actual=counts[:, 0],
        history_now=_by_month(closings),
        notes=tuple(_notes(plan, ledger, months)),
    )
    closing, _ = _gather(closings, span, ("closing",), segments)
    reached = variance.opening_known + np.cumsum(actual.sum(axis=1), axis=0)
    if (reached != closing[:, 0]).any():
        raise InputError("the ledger's movements do not add up to its closing MRR")
    return variance


def _check(plan: Plan, ledger: Ledger) -> None:
    if ledger.currency != plan.currency:
        raise CurrencyError(
            f"the plan {plan.name!r} is in {plan.currency}, the ledger in {ledger.currency}: read "
            f"the ledger with currency={plan.currency!r}"
        )
    if ledger.as_of <= plan.as_of:
        raise InputError(
            f"the plan {plan.name!r} knows the months to {plan.as_of}, the ledger is read as of "
            f"{ledger.as_of}: no planned month is closed in it; read it as of a later month"
        )
    if ledger.first_month > plan.as_of:
        raise InputError(
            f"the ledger begins in {ledger.first_month}, after {plan.as_of}, the last month that "
            f"the plan {plan.name!r} knows: read a ledger that reaches back to it"
        )


def _notes(plan: Plan, ledger: Ledger, months: pd.PeriodIndex) -> Iterator[str]:
    if ledger.policy.digest != plan.manifest.known.policy:
        yield (
            "The definitions (policy) are not those of the plan: what they change stands in the "
            "restatement and in the movements."
        )
    if ledger.as_of > months[-1]:
        yield f"The plan ends in {months[-1]}; later months are not compared."


def _gather(
    table: pd.DataFrame, span: Sequence[int], lines: Sequence[str], segments: Segments
) -> tuple[Ints, Ints]:
    """MRR and customers of the lines as (months, lines, segments); 0 where there is no row."""
    month = {index: i for i, index in enumerate(span)}
    line = {name: i for i, name in enumerate(lines)}
    place = {key: i for i, key in enumerate(segments.keys)}
    mrr = np.zeros((len(span), len(lines), len(segments)), dtype=np.int64)
    customers = np.zeros_like(mrr)
    rows = table.loc[table["month"].isin(span) & table["line"].isin(lines)]
    at = (rows["month"].map(month), rows["line"].map(line), rows["key"].map(place))
    where = tuple(np.asarray(part, dtype=np.int64) for part in at)
    np.add.at(mrr, where, rows["mrr"].to_numpy())
    np.add.at(customers, where, rows["customers"].to_numpy())
    return mrr, customers


def _planned(plan: Plan, months: int, segments: Segments) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Planned movements, openings and new customers in the order of the segments given."""
    old = len(plan.segments)
    figures = plan.figures.loc[plan.figures["segment"] >= 0]
    lines = len(MOVEMENTS) + 2
    cube = figures["mean"].to_numpy(dtype=np.int64).reshape(-1, old, lines)[:months]
    people = figures["customers"].to_numpy().reshape(-1, old, lines)[:months]
    to = [segments.keys.index(key) for key in plan.segments.keys]
    planned = np.zeros((months, len(ACTUAL_MOVEMENTS), len(segments)), dtype=np.int64)
    planned[:, : len(MOVEMENTS), to] = cube[:, :, 1:-1].transpose(0, 2, 1)
    opening = np.zeros(len(segments), dtype=np.int64)
    opening[to] = cube[0, :, 0]
    customers = np.zeros((months, len(segments)))
    customers[:, to] = people[:, :, 1]
    return planned, opening, customers


def _by_month(closings: pd.DataFrame) -> dict[int, int]:
    found: dict[int, int] = {}
    for month, mrr in zip(closings["month"].tolist(), closings["mrr"].tolist(), strict=True):
        found[month] = found.get(month, 0) + mrr
    return found
