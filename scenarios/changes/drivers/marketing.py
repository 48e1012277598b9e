"""Marketing spend as a driver of new customers, with diminishing returns."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from history.errors import InputError
from history.language import say, spelt
from history.months import index_of

from ...files.fields import AmountOrByMonth, Number, Share, figure, month_words, percent
from ..reach import chosen, inside
from .driver import Driver, Flags, Floats

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers


class Marketing(Driver):
    """Another marketing budget wins other numbers of customers.

    `new_customers` is multiplied by 1 - b + b x (spend / reference) ** `returns`, where b is the
    `share` of new customers that marketing brings and the reference is the monthly spend behind
    the forecast: given, or `cac` x b x the customers expected a month over the next year. With
    returns of 1 the cost of a customer stays the same; with 0.5 twice the customers cost four
    times as much. (Constant elasticity: Hanssens, Parsons and Schultz, Market Response Models,
    2nd ed. 2001, ch. 3.)

    Costs: spend less reference, as marketing, in the `months`.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> Marketing(spend=60_000, reference=40_000, returns=0.6, share=0.5).label
    'marketing 60,000 a month instead of 40,000, returns 0.6, behind 50 % of new customers'
    """

    lever: Literal["marketing"] = "marketing"
    main: ClassVar[tuple[str, ...]] = ("spend",)
    less_is_better: ClassVar[tuple[str, ...]] = ("reference", "cac")
    spend: AmountOrByMonth
    """Spend a month, major units; by month, each amount from that month on."""
    reference: Annotated[Number, Field(gt=0)] | None = None
    """Spend a month behind the forecast; or else `cac`."""
    cac: Annotated[Number, Field(gt=0)] | None = None
    """Marketing cost of a customer it brings today; or else `reference`."""
    returns: Annotated[Number, Field(gt=0, le=1)]
    """Elasticity of the customers brought to the spend: 1 proportional, below 1 diminishing."""
    share: Annotated[Share, Field(gt=0)] = 1.0
    """Share of new customers that marketing brings."""

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        if (self.reference is None) == (self.cac is None):
            said = "neither is given" if self.reference is None else "both are given"
            return [("cac" if self.cac else "spend", f"needs reference or cac: {said}")]
        return []

    @property
    def effect(self) -> str:
        """The spend against what is behind the forecast."""
        if isinstance(self.spend, float):
            spend = say("marketing {amount} a month", amount=figure(self.spend))
        else:
            steps = (
                say("{amount} from {month} on", amount=figure(amount), month=month_words(month))
                for month, amount in self.spend.items()
            )
            spend = say("marketing {steps}", steps=", ".join(steps))
        if self.reference:
            first = say("{spend} instead of {today}", spend=spend, today=figure(self.reference))
        else:
            first = say(
                "{spend} where a customer it brings costs {cac} today",
                spend=spend,
                cac=figure(self.cac or 0),
            )
        parts = [first, say("returns {returns}", returns=spelt(f"{self.returns:g}"))]
        if self.share < 1:
            parts.append(say("behind {share} of new customers", share=percent(self.share)))
        return ", ".join(parts)

    @property
    def drives(self) -> tuple[str, ...]:
        """New customers."""
        return ("new_customers",)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the customers that the spend brings; see the class."""
        segments = chosen(self.where, forecaster)
        spend, reached = self._spent(months)
        ratio = spend / self._behind(forecaster, segments)
        factor = 1.0 - self.share + self.share * ratio**self.returns
        if (reached * (factor - 1.0) == 0).all():
            return levers
        weight = np.outer(reached, segments).astype(float)
        return levers.then("new_customers", times=factor[:, None], weight=weight)

    def costs(self, forecaster: "Forecaster", months: pd.PeriodIndex) -> Mapping[str, Floats]:
        """Give the spend beyond the reference by month, as marketing."""
        spend, reached = self._spent(months)
        behind = self._behind(forecaster, chosen(self.where, forecaster))
        return {"marketing": (spend - behind) * reached}

    def _spent(self, months: pd.PeriodIndex) -> tuple[Floats, Flags]:
        """Spend by month, and whether it is told for the month."""
        reached = inside(self.months, months)
        if isinstance(self.spend, float):
            return np.full(len(months), self.spend), reached
        spend, told = np.zeros(len(months)), np.zeros(len(months), dtype=bool)
        for month, amount in self.spend.items():
            since = np.array([index_of(each) >= index_of(month) for each in months])
            spend, told = np.where(since, amount, spend), told | since
        return spend, reached & told

    def _behind(self, forecaster: "Forecaster", segments: Flags) -> float:
        """Spend a month behind the forecast."""
        from forecast.outlook import Outlook

        if self.reference is not None:
            return self.reference
        won = float((Outlook.of(forecaster, 12).new_customers * segments).sum()) / 12.0
        if won <= 0:
            said = "no new customers are expected: give a reference instead of a cac"
            raise InputError(said, at=("cac",))
        return float(self.cac or 0.0) * self.share * won
