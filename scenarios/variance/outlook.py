"""The outlook: actuals as far as they are known, and a forecast for the rest of the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from history.errors import InputError
from history.segments import Segments

from ..figures import Ints, planned
from .books import Books
from .planned import planned_books

if TYPE_CHECKING:
    from forecast.projection import Projection

    from .variance import Variance


def outlook_of(variance: Variance, projection: Projection) -> Variance:
    """Continue a variance with the means of a projection; see `Variance.outlook`."""
    _check(variance, projection)
    plan, segments = variance.plan, variance.segments
    months = plan.months[plan.months <= projection.months[-1]]
    weights = _weights(variance.planned)
    rest = planned_books(
        planned(projection), projection.segments, len(months) - variance.closed, segments, weights
    )
    today = variance.actual.closings[-1] + variance.policy[-1]
    if (rest.opening != today).any():
        raise InputError(
            f"the forecast does not open as {variance.as_of} closed: fit it on the ledger that the "
            "plan is laid against"
        )
    ahead = np.repeat(variance.policy[-1:], len(rest.flows), axis=0)
    said = f"Months after {variance.as_of} are a forecast: its mean, {projection.paths} paths."
    return replace(
        variance,
        months=months,
        planned=planned_books(plan.figures, plan.segments, len(months), segments, weights),
        actual=variance.actual.followed_by(rest),
        policy=np.concatenate([variance.policy, ahead]),
        notes=(*variance.notes, said),
    )


def _check(variance: Variance, projection: Projection) -> None:
    plan = variance.plan
    if variance.closed < len(variance.months):
        raise InputError("this is an outlook already")
    if projection.currency != plan.currency:
        raise InputError(f"the plan is in {plan.currency}, the forecast in {projection.currency}")
    if projection.as_of != variance.as_of:
        raise InputError(
            f"the forecast begins after {projection.as_of}, the actuals end in {variance.as_of}: "
            "fit it on the ledger that the plan is laid against"
        )
    if variance.as_of >= plan.months[-1]:
        raise InputError(f"the plan ends in {plan.months[-1]}: nothing of it is left to forecast")
    _check_segments(variance.segments, projection.segments)


def _check_segments(known: Segments, forecast: Segments) -> None:
    if known.by != forecast.by:
        raise InputError(
            f"the plan is by {', '.join(known.by) or 'the company'}, the forecast by "
            f"{', '.join(forecast.by) or 'the company'}: fit it by the same"
        )
    strange = sorted({*forecast.keys} - {*known.keys})
    if strange:
        raise InputError(f"the forecast has segments that the ledger lacks: {strange}")


def _weights(books: Books) -> Ints:
    """By which reasons a plan's churn is shared out: MRR, and (in millionths) customers."""
    shares = [np.abs(books.churn.sum(axis=(0, 2))), np.nansum(books.lost, axis=(0, 2)) * 1e6]
    whole = [np.rint(values).astype(np.int64) for values in shares]
    return np.stack([values if values.sum() else np.ones_like(values) for values in whole])
