"""A movement of MRR put to a number, as management or the sales desk has it."""

from typing import TYPE_CHECKING, ClassVar, Final, Literal

import numpy as np
import pandas as pd

from history.errors import InputError
from history.months import index_of

from ...files.fields import AmountOrByMonth, figure
from ..reach import chosen, inside
from .driver import Driver, Flags, Floats, expected

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers
    from forecast.outlook import Outlook

Measure = Literal["new", "expansion", "contraction", "churn"]
_LEVER: Final[dict[str, str]] = {
    "new": "new_customers",
    "expansion": "expansion",
    "contraction": "contraction",
    "churn": "churn",
}
_CLOSE: Final = 1e-6
_ROUNDS: Final = 200
_MOST: Final = 1e6


class Override(Driver):
    """New, expansion, contraction or churned MRR of a month is put to a number.

    Its lever (`new_customers` for new MRR) is multiplied, month by month and alike in the
    segments of `where`, by what makes the expected MRR of the movement there the number given;
    what is random about it stays around it, and customers and later months follow. Paths differ
    from the expectation by their luck, so the mean of a projection lies near the number and not
    on it. Bought books and single deals are part of new MRR: the rest of it is what is left to
    the number. The plain levers `new_mrr`, `churn_mrr` ... put every path to the number itself,
    and change no customers.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> Override(measure="new", mrr={"2026-07": 31_000, "2026-08": 28_500}).label
    'new MRR 31,000 in 2026-07, 28,500 in 2026-08'
    """

    lever: Literal["override"] = "override"
    main: ClassVar[tuple[str, ...]] = ("mrr",)
    measure: Measure
    """The movement."""
    mrr: AmountOrByMonth
    """MRR of the movement a month, major units and positive, or by month in these months alone."""

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        if not isinstance(self.mrr, float) and self.months is not None:
            return [("months", "the amounts are told by month: leave it out")]
        return []

    @property
    def effect(self) -> str:
        """The movement and its numbers."""
        if isinstance(self.mrr, float):
            return f"{self.measure} MRR {figure(self.mrr)} a month"
        amounts = (f"{figure(amount)} in {month}" for month, amount in self.mrr.items())
        return f"{self.measure} MRR {', '.join(amounts)}"

    @property
    def drives(self) -> tuple[str, ...]:
        """The lever of the movement."""
        return (_LEVER[self.measure],)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the movement at its numbers; see the class.

        Raises
        ------
        InputError
            None of its months is projected, nothing of the movement is expected there, or more
            would be lost than is there.
        """
        segments = chosen(self.where, forecaster)
        target, reached = self._target(months)
        weight = np.outer(reached, segments).astype(float)
        factor = np.ones(len(months))
        for _ in range(_ROUNDS):
            with_it = levers.then(self.drives[0], times=factor[:, None], weight=weight)
            now = (self._amount(expected(with_it, forecaster, months)) * segments).sum(axis=1)
            if (reached & (now <= 0) & (target > 0) & (factor > 0)).any():
                first = months[int(np.argmax(reached & (now <= 0)))]
                said = f"no {self.measure} MRR is expected in {first}: nothing to scale"
                raise InputError(said, at=("measure",))
            ratio = np.divide(target, now, out=np.ones_like(now), where=reached & (now > 0))
            if (np.abs(ratio - 1.0) <= _CLOSE).all():
                return with_it
            factor = factor * ratio
            if factor.max() > _MOST:
                break
        most = f"{self.measure} MRR of {figure(float(target.max()))} cannot be reached"
        raise InputError(most, at=("mrr",))

    def _target(self, months: pd.PeriodIndex) -> tuple[Floats, Flags]:
        """MRR by month, and the months in which it is told."""
        if isinstance(self.mrr, float):
            return np.full(len(months), self.mrr), inside(self.months, months)
        told = {index_of(month): amount for month, amount in self.mrr.items()}
        index = [index_of(month) for month in months]
        reached = np.array([at in told for at in index])
        if not reached.any():
            raise InputError(
                f"none of its months ({', '.join(self.mrr)}) is projected: the months are "
                f"{months[0]} to {months[-1]}",
                at=("mrr",),
            )
        return np.array([told.get(at, 0.0) for at in index]), reached

    def _amount(self, outlook: "Outlook") -> Floats:
        """Give the expected MRR of the movement, array (months, segments)."""
        if self.measure == "new":
            return outlook.new_mrr
        share = {
            "expansion": outlook.expansion,
            "contraction": outlook.contraction,
            "churn": outlook.churn,
        }[self.measure]
        return np.maximum(share * outlook.opening, 0.0)
