"""A movement of MRR put to a number, as management or the sales desk has it."""

from typing import TYPE_CHECKING, ClassVar, Final, Literal

import numpy as np
import pandas as pd

from forecast.lever_words import LEVER_WORDS
from history.errors import InputError
from history.language import say
from history.months import index_of

from ...files.fields import AmountOrByMonth, figure, month_words
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
_TINY: Final = 1e-9


class Override(Driver):
    """New, expansion, contraction or churned MRR of a month is put to a number.

    Its lever (`new_customers` for new MRR) is multiplied, month by month and alike in the
    segments of `where`, by what makes the expected MRR of the movement there the number given;
    what is random about it stays around it, and customers and later months follow. Paths differ
    from the expectation by their luck, so the mean of a projection lies near the number and not
    on it. Bought books and single deals are part of new MRR, single losses of churn, and a price
    rise of expansion: the rest of it is what is left to the number. The plain levers `new_mrr`,
    `churn_mrr` ... put every path to the number itself, and change no customers.

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
        movement = say(LEVER_WORDS[f"{self.measure}_mrr"])
        if isinstance(self.mrr, float):
            amount = figure(self.mrr)
            return say("{movement} {amount} a month", movement=movement, amount=amount)
        amounts = (
            say("{amount} in {month}", amount=figure(amount), month=month_words(month))
            for month, amount in self.mrr.items()
        )
        told = ", ".join(amounts)
        return f"{movement} {told}"

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

        def scaled(factor: Floats) -> tuple["Levers", Floats, Floats]:
            """Give the levers, the amounts, and what they are shares of, by month."""
            made = levers.then(self.drives[0], times=factor[:, None], weight=weight)
            outlook = expected(made, forecaster, months)
            amount = (self._amount(outlook) * segments).sum(axis=1)
            opening = (outlook.opening * segments).sum(axis=1)
            whole = np.ones_like(amount) if self.measure == "new" else np.maximum(opening, _TINY)
            return made, amount, whole

        # What no factor moves: bought books, single deals, steps of the price.
        _, amount, whole = scaled(np.zeros(len(months)))
        fixed = amount / whole
        factor = np.ones(len(months))
        for _ in range(_ROUNDS):
            made, now, whole = scaled(factor)
            wrong = reached & (np.abs(now - target) > _CLOSE * target)
            if not wrong.any():
                return made
            moved, wanted = now - fixed * whole, target - fixed * whole
            if (none := wrong & (moved <= 0) & (factor > 0)).any():
                said = f"no {self.measure} MRR is expected in {_first(none, months)}: nothing to "
                raise InputError(f"{said}scale", at=("measure",))
            if (less := wrong & (wanted < -_CLOSE * target)).any():
                raise InputError(self._below(less, fixed * whole, months), at=("mrr",))
            ratio = np.divide(np.maximum(wanted, 0.0), moved, out=np.ones_like(now), where=wrong)
            factor = factor * ratio
            if factor.max() > _MOST:
                break
        first = _first(wrong, months)
        told, most = figure(float(target[wrong][0])), figure(round(float(now[wrong][0]), 2))
        raise InputError(
            f"{self.measure} MRR of {told} in {first} cannot be reached: {most} is the most",
            at=("mrr",),
        )

    def _below(self, less: Flags, fixed: Floats, months: pd.PeriodIndex) -> str:
        """Say that a number is less than what is there whatever the lever does."""
        sources = {"new": "bought books and single deals", "churn": "single losses and shifts"}
        least, by = figure(round(float(fixed[less][0]), 2)), sources.get(self.measure, "prices")
        first = _first(less, months)
        return (
            f"{self.measure} MRR in {first} cannot be reached: {least} is the least, by {by} alone"
        )

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
        return {
            "new": outlook.new_mrr,
            "expansion": outlook.expansion_mrr,
            "contraction": outlook.contraction_mrr,
            "churn": outlook.churn_mrr,
        }[self.measure]


def _first(months_of: Flags, months: pd.PeriodIndex) -> str:
    return str(months[int(np.argmax(months_of))])
