"""A price rise for customers who are here: on a date or at renewal, and who leaves over it."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from history.language import marked, say
from history.months import month_of, span

from ...files.fields import Month, Number, Share, month_words, percent
from ..reach import chosen, inside
from .driver import Driver, Flags, Floats, expected

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers
    from forecast.outlook import Outlook

LONGEST_REACTION = 36


_WHOSE: Final = {
    "existing": marked("prices of existing customers {uplift}"),
    "new": marked("prices of new customers {uplift}"),
    "all": marked("prices of all customers {uplift}"),
}


class PriceRise(Driver):
    """Prices of customers who are here rise, once each.

    With H(t, s) for the share of a segment's opening MRR whose price rises in month t and u for
    the `uplift`, the index of existing customers' prices (lever `price`) is multiplied by
    1 + u x (H summed up to the month).

    On a date (`when: date`) H is the `share` in the first of the `months`; a closed span of n
    months puts a n-th of them up in each. At renewal (`when: renewal`) H is what of today's
    customers comes up in the month, and renews, times the `share`, over the expected opening MRR:
    contracts at the end of their term, who can leave at will in the first month; each once, in
    the span. Customers won from now on are not asked again (`who: existing`), or are won at the
    new price: `new_arpa` x (1 + u) from the first month on (`who: all`, or `new` alone).

    Of those whose price rises in a month, `churn_per_percent` x 100 u leave: in equal parts in
    that month and the `churn_months` after it, as a shift of `churn`. A share `downgrade` of them
    stays instead and gives up `downgrade_loss` of its MRR, as a shift of `contraction`.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> rise = PriceRise(uplift=0.06, when="renewal", churn_per_percent=0.005, months="2027-01/")
    >>> rise.label
    'prices of existing customers +6 % at renewal, 3 % of them leave over it, from 2027-01 on'
    """

    lever: Literal["price_rise"] = "price_rise"
    main: ClassVar[tuple[str, ...]] = ("uplift",)
    less_is_better: ClassVar[tuple[str, ...]] = ("churn_per_percent", "downgrade_loss")
    uplift: Annotated[Number, Field(ge=-0.9, le=5)]
    """Relative rise of the price: 0.06 is 6 %; a cut is negative."""
    when: Literal["date", "renewal"] = "date"
    """In the first of the months for all, or for each customer when the contract is up."""
    who: Literal["existing", "new", "all"] = "existing"
    """Whose price rises: customers who are here, those won from then on, or both."""
    share: Share = 1.0
    """Share of the customers here, by MRR, that is covered; the others keep their price."""
    exempt_before: Month | None = None
    """Customers who came before this month keep their old price (grandfathering)."""
    churn_per_percent: Annotated[Number, Field(ge=0, le=0.2)] = 0.0
    """Share of the customers touched that leaves for each 1 % of the rise: 0.005 is 0.5 %."""
    churn_months: Annotated[int, Field(strict=True, ge=0, le=LONGEST_REACTION)] = 0
    """Months after the rise over which they leave: 0 is all of them in its month."""
    downgrade: Share = 0.0
    """Share of those who would leave that stays on a smaller plan instead."""
    downgrade_loss: Share = 0.0
    """Share of their MRR that these give up."""

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        found = []
        if self.months and span(self.months)[0] is None:
            found.append(("months", f"{self.months} has no first month: the rise needs one"))
        if self.reaction > 1:
            message = f"{percent(self.reaction)} of the customers would leave: more than there are"
            found.append(("churn_per_percent", message))
        if self.reaction < 0:
            found.append(("churn_per_percent", "a price cut drives nobody away: leave it out"))
        if (self.downgrade > 0) != (self.downgrade_loss > 0):
            found.append(("downgrade", "needs downgrade and downgrade_loss: one of them is 0"))
        if self.who == "new" and self._on_those_here():
            said = f"who: new touches nobody who is here: leave out {self._on_those_here()}"
            found.append((self._on_those_here(), said))
        return found

    def _on_those_here(self) -> str:
        keys = ("when", "share", "exempt_before", "churn_per_percent")
        return next((k for k in keys if getattr(self, k) != type(self).model_fields[k].default), "")

    @property
    def reaction(self) -> float:
        """Share of the customers touched that would leave, before any of them downgrades."""
        return self.churn_per_percent * 100.0 * self.uplift

    @property
    def effect(self) -> str:
        """The rise, for whom, and who leaves over it."""
        sign = "+" if self.uplift >= 0 else ""
        uplift = f"{sign}{percent(self.uplift)}"
        if self.when == "renewal":
            uplift = say("{uplift} at renewal", uplift=uplift)
        parts = [say(_WHOSE[self.who], uplift=uplift)]
        if self.share < 1:
            parts.append(say("{share} of them covered", share=percent(self.share)))
        if self.exempt_before:
            before = month_words(self.exempt_before)
            parts.append(say("not for those who came before {month}", month=before))
        if self.reaction and self.downgrade:
            parts.append(
                say(
                    "{share} of them leave over it ({downgrade} of these downgrade instead)",
                    share=percent(self.reaction),
                    downgrade=percent(self.downgrade),
                )
            )
        elif self.reaction:
            parts.append(say("{share} of them leave over it", share=percent(self.reaction)))
        return ", ".join(parts)

    @property
    def drives(self) -> tuple[str, ...]:
        """The levers that it moves with these numbers."""
        here = ["price"] if self.who != "new" else []
        here += ["new_arpa"] if self.who != "existing" else []
        here += ["churn"] if self.reaction and self.downgrade < 1 else []
        return (*here, *(["contraction"] if self.reaction and self.downgrade else []))

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the rise after the changes already made; see the class."""
        segments = chosen(self.where, forecaster)
        span_months = inside(self.months, months)
        if self.uplift == 0:
            return levers
        if self.who != "existing":
            since = np.maximum.accumulate(span_months)
            factor = 1.0 + self.uplift
            levers = levers.then("new_arpa", times=factor, weight=np.outer(since, segments))
        if self.who == "new":
            return levers
        hit = self._hit(levers, forecaster, months, span_months) * segments[None, :]
        reacting = self.reaction * _spread_after(hit, self.churn_months)
        index = 1.0 + self.uplift * np.cumsum(hit, axis=0)
        levers = levers.then("price", times=index)
        if self.reaction and self.downgrade < 1:
            levers = levers.then("churn", plus=(1.0 - self.downgrade) * reacting)
        if self.reaction and self.downgrade:
            loss = self.downgrade * self.downgrade_loss
            levers = levers.then("contraction", plus=loss * reacting)
        return levers

    def _hit(
        self,
        levers: "Levers",
        forecaster: "Forecaster",
        months: pd.PeriodIndex,
        span_months: Flags,
    ) -> Floats:
        """Share of the opening MRR whose price rises in a month, array (months, segments)."""
        width = len(forecaster.segments)
        parts = self._parts(span_months)
        if self.when == "date" and self.exempt_before is None:
            return np.outer(self.share * parts, np.ones(width))
        outlook = expected(levers, forecaster, months)
        standing = outlook.standing
        covered = self._covered(outlook)[:, None]
        if self.when == "date":
            touched = outlook.share_here(standing.mrr * covered) + outlook.later
            return np.asarray(self.share * parts[:, None] * touched)
        up = standing.renews() & span_months[None, :]
        first = up & (np.cumsum(up, axis=1) == 1)
        renewed = standing.mrr * (1.0 - standing.lost) * first
        return np.asarray(self.share * outlook.share_here(renewed * covered))

    def _parts(self, span_months: Flags) -> Floats:
        """Share of the customers asked by month: all in the first, or evenly in a closed span."""
        first, last = (None, None) if self.months is None else span(self.months)
        if first is None or last is None:
            at_once = np.arange(len(span_months)) == np.argmax(span_months)
            return np.asarray(at_once, dtype=float)
        return np.asarray(span_months / (last - first + 1))

    def _covered(self, outlook: "Outlook") -> Floats:
        """Whether a cell's customers are asked, by when they came, array (cells,)."""
        start = outlook.standing.start
        if self.exempt_before is None:
            return np.ones(len(start))
        return np.asarray(start >= month_of(self.exempt_before).ordinal, dtype=float)


def _spread_after(hit: Floats, months_after: int) -> Floats:
    """Spread what happens in a month evenly over it and so many months after it."""
    total = np.zeros_like(hit)
    for late in range(months_after + 1):
        total[late:] += hit[: len(hit) - late] / (months_after + 1)
    return total
