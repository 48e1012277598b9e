"""What is found when a sealed plan is checked: what was changed, and what does not add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from history.months import index_of

from .figures import COMPANY, COUNTED, LINES, MOVEMENTS, Ints

if TYPE_CHECKING:
    from .plan import Plan


@dataclass(frozen=True)
class Verification:
    """What was found when a plan's file was checked.

    Attributes
    ----------
    path
        The file.
    problems
        What is broken, in words; empty when nothing is.
    content_hash
        Of the plan, when it could be read: compare it with the one in the minutes.
    policy
        Digest of the policy that the plan rests on, when it could be read.
    """

    path: Path
    problems: tuple[str, ...]
    content_hash: str | None = None
    policy: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is broken."""
        return not self.problems

    def __str__(self) -> str:
        if self.ok:
            return f"{self.path}: unbroken, content {self.content_hash}"
        return f"{self.path}: BROKEN\n" + "\n".join(f"  {problem}" for problem in self.problems)


def arithmetic(plan: Plan) -> list[str]:
    """Give what does not add up in a plan that is sealed."""
    months, columns = len(plan.months), len(plan.segments) + 1
    figures = plan.figures
    if len(figures) != months * columns * len(LINES):
        return [f"figures.csv has {len(figures)} rows, not {months * columns * len(LINES)}"]
    cube = figures["mean"].to_numpy(dtype=np.int64).reshape(months, columns, len(LINES))
    found = list(_counted(plan))
    if plan.draws.shape != (len(MOVEMENTS), plan.manifest.paths_kept, months, columns - 1):
        found.append("draws.npy has another shape than the figures")
    if not np.isfinite(plan.draws).all():
        found.append("draws.npy holds numbers that are not finite")
    if (cube[:, :, :-1].sum(axis=2) != cube[:, :, -1]).any():
        found.append("opening and movements do not add up to the closing")
    if (cube[1:, :, 0] != cube[:-1, :, -1]).any():
        found.append("a month does not open as the month before closed")
    if (cube[:, :-1, :].sum(axis=1) != cube[:, -1, :]).any():
        found.append("the segments do not add up to the company")
    # A budget from outside opens as finance has it; what lies between is told when it is imported.
    own = plan.manifest.origin is None
    if own and (cube[0, :-1, 0] != known_closing(plan)).any():
        found.append("the plan does not open as history closed")
    return found


def _counted(plan: Plan) -> Iterator[str]:
    """Say what is wrong with the customers of the paths, where a plan keeps them."""
    if plan.counts is None:
        return
    if plan.counts.shape != (len(COUNTED), *plan.draws.shape[1:]):
        yield "counts.npy has another shape than the draws"
    if not (np.isfinite(plan.counts).all() and (plan.counts >= 0).all()):
        yield "counts.npy holds what is no number of customers"


def known_closing(plan: Plan) -> Ints:
    """Give closing MRR of the plan's last known month, minor units, by segment."""
    closings = plan.history.loc[plan.history["line"] == "closing"]
    rows = closings.loc[closings["month"] == index_of(plan.as_of)]
    closing = np.zeros(len(plan.segments), dtype=np.int64)
    closing[rows["segment"].to_numpy()] = rows["mrr"].to_numpy(dtype=np.int64)
    return closing


def known_closings(plan: Plan) -> dict[int, int]:
    """Give the company's closing MRR as the plan knew it, month index to minor units."""
    closings = plan.history.loc[plan.history["line"] == "closing"]
    found: dict[int, int] = {}
    for month, mrr in zip(closings["month"].tolist(), closings["mrr"].tolist(), strict=True):
        found[month] = found.get(month, 0) + mrr
    return found


def opening_of(plan: Plan) -> Ints:
    """Give the opening of the plan's first month, minor units, by segment."""
    figures = plan.figures
    rows = figures.loc[(figures["line"] == "opening") & (figures["segment"] != COMPANY)]
    return np.asarray(rows["mean"].to_numpy(dtype=np.int64)[: len(plan.segments)])
