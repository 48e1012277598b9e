"""A customer by name who is won or lost in a month."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from history.errors import InputError, unknown_name
from history.language import say
from history.money import to_major
from history.months import span

from ...files.fields import Name, Number, Share, figure, percent
from ..reach import chosen, inside, spread
from .driver import Driver, Flags, Floats

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers
    from forecast.prospects import Prospect


class NamedCustomer(Driver):
    """A named customer is lost, or won, in a month.

    A loss takes the MRR that the ledger has for the customer at `as_of`, in the segments in which
    it pays, out of churn's side of `one_off`; a win brings `mrr` (or `arr` / 12) to the segments of
    `where`, by their share of expected new customers. With a `probability` below 1 it happens or
    not on each path, by a luck that hangs on the customer's name; a win is then one customer in
    one of the segments. Else no customer is counted. The forecast's own churn and growth of the
    customer until then are left as they are.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> NamedCustomer(customer="ACME", event="loss", months="2026-11").label
    'loss of ACME, 2026-11'
    """

    lever: Literal["named_customer"] = "named_customer"
    main: ClassVar[tuple[str, ...]] = ("mrr", "arr", "probability")
    customer: Name
    """Its name, for a loss as in the ledger."""
    event: Literal["loss", "win"]
    """What happens."""
    mrr: Annotated[Number, Field(gt=0)] | None = None
    """MRR won, or of a loss if not all that it pays, major units."""
    arr: Annotated[Number, Field(gt=0)] | None = None
    """The same as ARR."""
    probability: Share = 1.0
    """Chance that it happens."""

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        found = []
        if self.mrr is not None and self.arr is not None:
            found.append(("arr", "needs mrr or arr: both are given"))
        if self.event == "win" and self.amount is None:
            found.append(("event", "a win needs its mrr or arr"))
        if self.event == "loss" and self.where is not None:
            found.append(("where", "the ledger says where a customer pays: leave it out"))
        if self.months is None or len(set(span(self.months))) != 1:
            found.append(("months" if self.months else "customer", "needs one month: 2026-11"))
        return found

    @property
    def amount(self) -> float | None:
        """MRR as stated, None where it is to be looked up."""
        return self.mrr if self.arr is None else self.arr / 12.0

    @property
    def effect(self) -> str:
        """What happens to whom, how much, and how likely."""
        if self.event == "loss":
            said = say("loss of {customer}", customer=self.customer)
        else:
            said = say("win of {customer}", customer=self.customer)
        if self.amount is not None:
            amount = figure(round(self.amount, 2))
            said = say("{event} with {amount} MRR", event=said, amount=amount)
        if self.probability == 1:
            return said
        return say("{event}, {chance} likely", event=said, chance=percent(self.probability))

    @property
    def drives(self) -> tuple[str, ...]:
        """Single wins and losses."""
        return ("one_off",)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the win or the loss; see the class.

        Raises
        ------
        InputError
            The month is not projected, or the ledger has no such customer (the nearest are named)
            or less than is lost.
        """
        segments = chosen(self.where, forecaster)
        month = inside(self.months, months)
        if self.event == "loss":
            amounts = -self._lost(forecaster, segments)
        else:
            amounts = (self.amount or 0.0) * spread(forecaster.shares("new_customers"), segments)
        if self.probability == 1:
            return levers.then("one_off", plus=np.outer(month.astype(float), amounts))
        return levers.with_prospects(self._prospects(amounts, int(np.argmax(month))))

    def _prospects(self, amounts: Floats, month: int) -> list["Prospect"]:
        """Give what may happen: a win in one of its segments, a loss in all of them at once."""
        from forecast.prospects import Prospect

        some = np.flatnonzero(amounts)
        if not self.probability or not len(some):
            return []
        alone = np.eye(len(amounts))
        parts = (
            [(float(amounts.sum()), amounts / amounts.sum())]
            if self.event == "win"
            else [(float(amounts[s]), alone[s]) for s in some]
        )
        return [
            Prospect(self.customer, mrr, month, self.probability, 0.0, 0, tuple(shares.tolist()))
            for mrr, shares in parts
        ]

    def _lost(self, forecaster: "Forecaster", segments: Flags) -> Floats:
        """MRR lost by segment."""
        paying = forecaster.ledger.paying(forecaster.segments.by or None)
        theirs = paying[paying["customer"] == self.customer]
        if theirs.empty:
            known = _largest_first(paying)
            raise unknown_name("paying customer", self.customer, known, at=("customer",))
        minor = np.zeros(len(segments), dtype=np.int64)
        places = forecaster.known[theirs["segment"].to_numpy(dtype=np.int64)]
        np.add.at(minor, places, theirs["mrr"].to_numpy())
        amounts = np.asarray(to_major(minor, forecaster.currency))
        whole = float(amounts.sum())
        if self.amount is None:
            return amounts
        if self.amount > whole * (1 + 1e-9):
            more = f"{self.customer} pays {whole:,.2f}: {self.amount:,.2f} is more"
            raise InputError(more, at=("mrr" if self.arr is None else "arr",))
        return amounts * (self.amount / whole)


def _largest_first(paying: pd.DataFrame) -> list[str]:
    totals = paying.groupby("customer")["mrr"].sum()
    return [str(name) for name in totals.sort_values(ascending=False, kind="stable").index]
