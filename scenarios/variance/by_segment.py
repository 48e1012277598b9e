"""A variance by segment as a person reads it: closings, and each line's variance; both foot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from history.errors import InputError
from history.money import to_major
from history.segments import dimension_names
from history.wording import aligned

from .lines import VARIANCE_LINES
from .places import place_of
from .spans import Every
from .words import of_whole, reading

if TYPE_CHECKING:
    from .variance import Variance

_TOTAL = "total"


def segments_text(
    variance: Variance, last: pd.Period, every: Every, by: str | Sequence[str]
) -> str:
    """Give the period that ends with a month by segment, the total last.

    Parameters
    ----------
    variance
        Of a plan with segments.
    last, every
        The month, and which of the periods.
    by
        Dimensions of the plan's; its other ones are added up.

    Raises
    ------
    InputError
        The plan has no segments, or not by these.
    """
    known = variance.segments.by
    if not known:
        raise InputError(
            f"the plan {variance.plan.name!r} has no segments: freeze it with --by to compare them"
        )
    names = dimension_names(by, known)
    (span,) = variance.spans(every, last)
    plan, actual = variance.cells.lines(span)
    groups: dict[str, list[int]] = {}
    for i, key in enumerate(variance.segments.keys):
        label = " / ".join(key[known.index(name)] for name in names)
        groups.setdefault(label, []).append(i)
    columns = [*groups.items(), (_TOTAL, [len(variance.segments)])]
    places = place_of(variance, span, "closing")
    closings: list[tuple[str, ...]] = [
        ("", "plan", "actual", "variance", "of plan", "percentile", "")
    ]
    parts = []
    for label, at in columns:
        then, now = (int(side[-1, at].sum()) for side in (plan, actual))
        place = float(places[at[0]]) if len(at) == 1 else float("nan")
        said = "" if np.isnan(place) else f"{place:.0f}"
        share = of_whole(now - then, abs(then)) if then else ""
        amounts = [_money(variance, each) for each in (then, now)]
        closings.append(
            (label, *amounts, _money(variance, now - then, signed=True), share, said,
             reading(place))
        )  # fmt: skip
        parts.append((label, (actual[:, at].sum(axis=1) - plan[:, at].sum(axis=1))))
    shown = [i for i in range(len(VARIANCE_LINES)) if any(gaps[i] for _, gaps in parts)]
    lines = [("", *(VARIANCE_LINES[i] for i in shown))]
    lines += [
        (label, *(_money(variance, int(gaps[i]), signed=True) for i in shown))
        for label, gaps in parts
    ]
    end = variance.months[span.last]
    side = "actual" if end <= variance.as_of else "outlook"
    title = f"{variance.plan.name} by {', '.join(names)}"
    return "\n".join(
        [
            f"{title}: plan and {side} closing MRR of {span.label} in {variance.currency}",
            *(f"  {line}" for line in aligned(closings)),
            "",
            f"{title}: variance of each line; rows add up to the closing, columns to the total",
            *(f"  {line}" for line in aligned(lines)),
        ]
    )


def _money(variance: Variance, minor: int, *, signed: bool = False) -> str:
    value = to_major(minor, variance.currency)
    return f"{value:+,.2f}" if signed else f"{value:,.2f}"
