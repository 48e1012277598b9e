"""A currency that rises or falls against the reporting one."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from history.errors import InputError, unknown_name
from history.language import say

from ...files.fields import Number, Text, percent
from ..reach import weight
from .driver import Driver, Floats

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers

LONGEST_RAMP = 120


class CurrencyMove(Driver):
    """What one unit of a currency is worth changes against today's rates.

    The share f of a segment's MRR that is paid in the currency at `as_of` is worth 1 + `change`
    times as much from the first month on (phased in over `ramp` months, back again after a closed
    span): the levers `fx_index` and `new_arpa` are multiplied by 1 + f x change x phase. As in the
    ledger a month's opening MRR is revalued first, which is its movement `fx`, and all else is at
    the month's rate; f is taken to stay as it is today, and new business to have it too.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> CurrencyMove(currency="USD", change=-0.08, months="2026-10/").label
    'USD -8 % against today, from 2026-10 on'
    """

    lever: Literal["fx"] = "fx"
    main: ClassVar[tuple[str, ...]] = ("change",)
    currency: Annotated[Text, Field(pattern=r"^[A-Z]{3}$")]
    """ISO 4217 code of the currency that moves."""
    change: Annotated[Number, Field(ge=-0.95, le=10)]
    """Relative change of its worth in the reporting currency: -0.08 is 8 % weaker."""
    ramp: Annotated[int, Field(strict=True, ge=0, le=LONGEST_RAMP)] | None = None
    """Months over which it phases in."""

    @property
    def effect(self) -> str:
        """The currency and its move."""
        sign = "+" if self.change >= 0 else ""
        return say(
            "{currency} {change} against today",
            currency=self.currency,
            change=f"{sign}{percent(self.change)}",
        )

    @property
    def drives(self) -> tuple[str, ...]:
        """What MRR is worth, of those here and of new customers."""
        return ("fx_index", "new_arpa")

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers at the other rate; see the class.

        Raises
        ------
        InputError
            Nobody pays in the currency, or it is the reporting one.
        """
        in_force = weight(self, forecaster, months)
        share = self._share(forecaster)
        if self.change == 0:
            return levers
        factor = 1.0 + self.change * share[None, :] * in_force
        return levers.then("fx_index", times=factor).then("new_arpa", times=factor)

    def _share(self, forecaster: "Forecaster") -> Floats:
        """Share of the MRR that is paid in the currency, array (segments,)."""
        if self.currency == forecaster.currency:
            said = f"{self.currency} is the reporting currency: name the one that moves"
            raise InputError(said, at=("currency",))
        paying = forecaster.ledger.paying(forecaster.segments.by or None)
        if self.currency not in set(paying["currency"]):
            known = sorted(set(paying["currency"]))
            raise unknown_name("currency", self.currency, known, at=("currency",))
        whole, part = np.zeros((2, len(forecaster.segments)))
        segment = forecaster.known[paying["segment"].to_numpy()]
        mrr = paying["mrr"].to_numpy(dtype=float)
        np.add.at(whole, segment, mrr)
        np.add.at(part, segment, mrr * (paying["currency"] == self.currency).to_numpy())
        return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
