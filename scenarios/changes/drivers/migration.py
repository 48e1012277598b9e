"""Migration of customers from a legacy plan: a share a month, at another price."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from history.language import say

from ...files.fields import Name, Number, Share, percent
from ..reach import chosen, inside
from .driver import Driver, expected

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers


class Migration(Driver):
    """Customers move from a legacy plan to another, month by month.

    `where` names the segments of the legacy plan. In the k-th of the `months` the `share` m of
    those still there moves: H = m x (1 - m) ** (k - 1) x (today's customers' share of the expected
    opening MRR). Of them `extra_churn` leaves (a shift of `churn`), and the rest pays 1 + `uplift`
    of what it paid (the index `price` is multiplied by 1 + uplift x (1 - extra_churn) x the sum of
    H so far). Their MRR stays in the segment that they come from, so that the company's figures
    are right and those of the plans are by where customers began.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> Migration(to="Pro", share=0.1, uplift=0.2, extra_churn=0.05, where={"plan": "Old"}).label
    '10 % a month move to Pro at +20 %, 5 % of them leave, plan Old'
    """

    lever: Literal["migration"] = "migration"
    main: ClassVar[tuple[str, ...]] = ("share",)
    less_is_better: ClassVar[tuple[str, ...]] = ("extra_churn",)
    to: Name
    """The plan that they move to."""
    share: Share
    """Share of those still on the legacy plan that moves in a month."""
    uplift: Annotated[Number, Field(ge=-0.9, le=5)]
    """What they pay there against what they paid: 0.2 is 20 % more."""
    extra_churn: Share = 0.0
    """Share of those asked to move that leaves instead."""

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        if self.where is None:
            return [("lever", "needs where: the segments of the legacy plan")]
        return []

    @property
    def effect(self) -> str:
        """Who moves where, at what price."""
        sign = "+" if self.uplift >= 0 else ""
        moved = say(
            "{share} a month move to {plan} at {uplift}",
            share=percent(self.share),
            plan=self.to,
            uplift=f"{sign}{percent(self.uplift)}",
        )
        if not self.extra_churn:
            return moved
        return say("{moved}, {share} of them leave", moved=moved, share=percent(self.extra_churn))

    @property
    def drives(self) -> tuple[str, ...]:
        """Prices, and churn where some leave."""
        return ("price", "churn") if self.extra_churn else ("price",)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the migration; see the class."""
        segments = chosen(self.where, forecaster)
        reached = inside(self.months, months)
        if not self.share or not (self.uplift or self.extra_churn):
            return levers
        before = np.cumsum(reached) - 1
        moving = np.where(reached, self.share * (1.0 - self.share) ** np.maximum(before, 0), 0.0)
        hit = moving[:, None] * expected(levers, forecaster, months).here * segments[None, :]
        if self.uplift:
            kept = self.uplift * (1.0 - self.extra_churn)
            levers = levers.then("price", times=1.0 + kept * np.cumsum(hit, axis=0))
        if self.extra_churn:
            levers = levers.then("churn", plus=self.extra_churn * hit)
        return levers
