"""Cells: the lines and drivers of one span, in every segment and the company, minor units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..plans.figures import Ints, with_company
from .books import Books
from .lines import LEVELS, Driver, drivers_of
from .spans import Span


@dataclass(frozen=True, eq=False)
class Cells:
    """All of a variance, ready to be put together over any months.

    Attributes
    ----------
    planned, actual
        The two sides, actuals by the plan's definitions.
    policy
        What other definitions make of each closing, (months, segments).
    amounts
        Drivers of the movements by month, (months, drivers, segments and the company).
    reasons
        Of churn.
    counted
        Whether new customers are counted on both sides.
    """

    planned: Books
    actual: Books
    policy: Ints
    amounts: Ints
    reasons: tuple[str, ...]
    counted: bool

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """What `explained` has rows of: the levels, the movements' drivers, rounding last."""
        return (*((name, "") for name in LEVELS), *drivers_of(self.reasons, self.counted))

    def lines(self, span: Span) -> tuple[Ints, Ints]:
        """Give plan and actual of a span, each (lines, segments and the company).

        Lines as in `VARIANCE_LINES`; in each column those above the closing sum to it.
        """
        planned, actual = self.planned, self.actual
        restated = actual.opening - planned.opening
        nothing = np.zeros_like(restated)
        policy = self.policy[span.last]
        plan = [
            *(planned.openings[span.first], nothing, nothing),
            *planned.flows[span.within].sum(axis=0),
            planned.closings[span.last],
        ]
        fact = [
            *(actual.openings[span.first] - restated, restated, policy),
            *actual.flows[span.within].sum(axis=0),
            actual.closings[span.last] + policy,
        ]
        return with_company(np.stack(plan)), with_company(np.stack(fact))

    def explained(self, span: Span) -> Ints:
        """Give what each driver makes of a span's closing, (drivers, segments and the company).

        In each column they sum to actual - planned closing.
        """
        plan, fact = self.lines(span)
        levels = (fact - plan)[: len(LEVELS)]
        return np.concatenate([levels, self.amounts[span.within].sum(axis=0)])
