"""Annual plans: new customers who would pay by the month sign for a year."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import pandas as pd
from pydantic import Field

from history.language import say

from ...files.fields import Share, percent
from ..reach import weight
from .driver import Driver, expected

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers

LONGEST_RAMP = 120


class AnnualPlans(Driver):
    """Some of the new customers who would pay by the month sign for a year, at a discount.

    Of the new customers who would sign for less than twelve months the share `takers` t signs for
    twelve: they can leave at renewals only. With a for the annual share of those won `annual_share`
    becomes a + t x (1 - a). Takers pay `discount` d less: with m for the annual share of the MRR
    won, `new_arpa` is multiplied by 1 - d x t x (1 - m). Customers who are here keep their
    contracts, and what comes in earlier as cash is not told.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> AnnualPlans(takers=0.4, discount=0.1, ramp=6, months="2026-10/").label
    '40 % of new monthly customers sign for a year at 10 % off, from 2026-10 on, phased in over \
6 months'
    """

    lever: Literal["annual_plans"] = "annual_plans"
    main: ClassVar[tuple[str, ...]] = ("takers",)
    less_is_better: ClassVar[tuple[str, ...]] = ("discount",)
    takers: Share
    """Share of new customers without an annual contract who then sign one."""
    discount: Annotated[Share, Field(lt=1)] = 0.0
    """What they pay less: 0.1 is a tenth off."""
    ramp: Annotated[int, Field(strict=True, ge=0, le=LONGEST_RAMP)] | None = None
    """Months over which it phases in."""

    @property
    def effect(self) -> str:
        """Who signs, and for how much less."""
        takers = percent(self.takers)
        if self.discount:
            return say(
                "{share} of new monthly customers sign for a year at {discount} off",
                share=takers,
                discount=percent(self.discount),
            )
        return say("{share} of new monthly customers sign for a year", share=takers)

    @property
    def drives(self) -> tuple[str, ...]:
        """The annual share, and what new customers pay where there is a discount."""
        return ("annual_share", "new_arpa") if self.discount else ("annual_share",)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the other mix; see the class."""
        taking = self.takers * weight(self, forecaster, months)
        if not taking.any():
            return levers
        if self.discount:
            monthly = 1.0 - expected(levers, forecaster, months).annual
            levers = levers.then("new_arpa", times=1.0 - self.discount * taking * monthly)
        return levers.then("annual_share", times=1.0 - taking).then("annual_share", plus=taking)
