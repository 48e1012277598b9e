"""The outlook: actuals as far as they are known, and a forecast for the rest of the plan."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from history.errors import InputError
from history.language import kept, month_told
from history.segments import Segments

from ..plans.figures import Ints, planned
from .books import Books
from .planned import planned_books

if TYPE_CHECKING:
    from forecast.projection import Projection

    from .variance import Variance


def outlook_of(variance: Variance, projection: Projection) -> Variance:
    """Continue a variance with the means of a projection; see `Variance.outlook`."""
    check(variance, projection)
    variance = widened(variance, projection.segments)
    plan, segments = variance.plan, variance.segments
    months = plan.months[plan.months <= projection.months[-1]]
    weights = _weights(variance.planned)
    rest = planned_books(
        planned(projection), projection.segments, len(months) - variance.closed, segments, weights
    )
    check_opening(variance, rest)
    ahead = np.repeat(variance.policy[-1:], len(rest.flows), axis=0)
    said = kept(
        "Months after {month} are a forecast: its mean, {paths} paths.",
        month=partial(month_told, variance.as_of),
        paths=projection.paths,
    )
    return replace(
        variance,
        months=months,
        planned=planned_books(plan.figures, plan.segments, len(months), segments, weights),
        actual=variance.actual.followed_by(rest),
        policy=np.concatenate([variance.policy, ahead]),
        notes=(*variance.notes, said),
    )


def check(variance: Variance, projection: Projection) -> None:
    """Refuse a projection that does not follow on the actuals of a variance."""
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
    known, by = variance.segments.by, projection.segments.by
    if known != by:
        raise InputError(
            f"the plan is by {', '.join(known) or 'the company'}, the forecast by "
            f"{', '.join(by) or 'the company'}: fit it by the same"
        )


def check_opening(variance: Variance, forecast: Books) -> None:
    """Refuse a forecast of another ledger: it opens with what its own ledger closed with."""
    last = variance.closed - 1
    if (forecast.opening != variance.actual.closings[last] + variance.policy[last]).any():
        raise InputError(
            f"the forecast does not open as {variance.as_of} closed: fit it on the ledger that the "
            "plan is laid against"
        )


def widened(variance: Variance, forecast: Segments) -> Variance:
    """Give the variance with the segments that only the forecast has: those to be launched."""
    keys = tuple(sorted({*variance.segments.keys, *forecast.keys}))
    if keys == variance.segments.keys:
        return variance
    to, wide = [keys.index(key) for key in variance.segments.keys], len(keys)
    policy = np.zeros((len(variance.policy), wide), dtype=np.int64)
    policy[:, to] = variance.policy
    return replace(
        variance,
        segments=Segments(variance.segments.by, keys),
        planned=variance.planned.placed(to, wide),
        actual=variance.actual.placed(to, wide),
        policy=policy,
    )


def _weights(books: Books) -> Ints:
    """By which reasons a plan's churn is shared out: MRR, and (in millionths) customers."""
    shares = [np.abs(books.churn.sum(axis=(0, 2))), np.nansum(books.lost, axis=(0, 2)) * 1e6]
    whole = [np.rint(values).astype(np.int64) for values in shares]
    return np.stack([values if values.sum() else np.ones_like(values) for values in whole])
