"""An onboarding programme: fewer of the new customers leave in their first three months."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import pandas as pd
from pydantic import Field

from history.language import say

from ...files.fields import Amount, Share, figure, percent
from ..reach import weight
from .driver import Driver, Floats

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers

LONGEST_RAMP = 120


class OnboardingProgramme(Driver):
    """New customers are taken by the hand, so that fewer leave in their first three months.

    Of those who would leave in the three months after the one they came in, the share `saves`
    stays, among the `reach` of new customers who are taken along: the lever `onboarding` is
    multiplied by 1 - saves x reach. Who is saved leaves later as others do.

    Costs: `cost` x `reach` x the new customers expected in the month, as other (on the forecast
    without other changes).

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> OnboardingProgramme(saves=0.25, reach=0.8, cost=60, months="2026-10/").label
    '25 % of those who leave in their first three months are kept, 80 % of new customers reached, \
60 for each, from 2026-10 on'
    """

    lever: Literal["onboarding_programme"] = "onboarding_programme"
    main: ClassVar[tuple[str, ...]] = ("saves",)
    less_is_better: ClassVar[tuple[str, ...]] = ("cost",)
    saves: Share
    """Share of those reached who would leave in their first three months and stay instead."""
    reach: Share = 1.0
    """Share of new customers who are taken along."""
    cost: Amount = 0.0
    """Cost of each of them, major units."""
    ramp: Annotated[int, Field(strict=True, ge=0, le=LONGEST_RAMP)] | None = None
    """Months over which it phases in."""

    @property
    def effect(self) -> str:
        """Who is kept, who is reached, and what it costs."""
        parts = [
            say(
                "{share} of those who leave in their first three months are kept",
                share=percent(self.saves),
            )
        ]
        if self.reach < 1:
            parts.append(say("{share} of new customers reached", share=percent(self.reach)))
        if self.cost:
            parts.append(say("{cost} for each", cost=figure(self.cost)))
        return ", ".join(parts)

    @property
    def drives(self) -> tuple[str, ...]:
        """Churn of the first three months."""
        return ("onboarding",)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with fewer early leavers; see the class."""
        in_force = weight(self, forecaster, months)
        kept = self.saves * self.reach
        return levers.then("onboarding", times=1.0 - kept, weight=in_force) if kept else levers

    def costs(self, forecaster: "Forecaster", months: pd.PeriodIndex) -> Mapping[str, Floats]:
        """Give the cost of those reached by month, as other."""
        from forecast.outlook import Outlook

        if not (self.cost and self.reach):
            return {}
        won = Outlook.of(forecaster, len(months)).new_customers
        reached = (won * weight(self, forecaster, months)).sum(axis=1)
        return {"other": self.cost * self.reach * reached}
