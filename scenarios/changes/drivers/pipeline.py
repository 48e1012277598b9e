"""The pipeline: deals by name, with their chance and their month."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from history.errors import InputError, unknown_name
from history.language import say, say_many
from history.months import index_of

from ...files.fields import Month, Name, Number, Share, figure, percent
from ..reach import chosen, inside, spread
from .driver import Driver, Floats

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers
    from forecast.prospects import Prospect

MOST_DEALS = 500


class Deal(BaseModel):
    """One opportunity of a pipeline."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Name
    """How it is called."""
    mrr: Annotated[Number, Field(gt=0)] | None = None
    """MRR when it is won, major units; or else `arr`."""
    arr: Annotated[Number, Field(gt=0)] | None = None
    """ARR when it is won; or else `mrr`."""
    closes: Month
    """Month in which it is expected to close."""
    probability: Share | None = None
    """Chance that it is won; or else its `stage`."""
    stage: Name | None = None
    """Stage, whose chance stands under `stages`; or else its `probability`."""

    @property
    def value(self) -> float:
        """MRR when it is won."""
        return self.mrr if self.mrr is not None else (self.arr or 0.0) / 12.0


Stages = Annotated[
    Mapping[Name, Share],
    AfterValidator(lambda stages: MappingProxyType(dict(stages))),
    PlainSerializer(dict),
]


class Pipeline(Driver):
    """Deals of the pipeline, each of them won or not.

    On each path a deal is won with its `probability` (or that of its stage) x `chances`, at most
    1; with the chance `slips` it then closes `slip_months` late. A deal that is won is one
    customer with its MRR in one of the segments of `where`, which one by their share of expected
    new customers, and leaves like other new customers. The luck of a deal hangs on its name: in
    every scenario of a run it is won on the same paths, with a better chance on some more.

    The forecast's own new business holds deals like these already. `rest` is the share of it that
    still comes beside them in the `months` (without `months`: from the first to the last closing):
    `new_customers` is multiplied by it. With 1 the deals come on top, with 0 in its place.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> deals = [Deal(name="North", arr=120_000, closes="2026-09", stage="offer")]
    >>> pipeline = Pipeline(deals=deals, stages={"offer": 0.4}, rest=0.5)
    >>> pipeline.label
    'pipeline of 1 deal worth 4,000 MRR, 50 % of the forecast beside it'
    """

    lever: Literal["pipeline"] = "pipeline"
    main: ClassVar[tuple[str, ...]] = ("chances",)
    less_is_better: ClassVar[tuple[str, ...]] = ("slips",)
    deals: Annotated[tuple[Deal, ...], Field(min_length=1, max_length=MOST_DEALS)]
    """The deals."""
    stages: Stages | None = None
    """Chance of winning by stage, as {demo: 0.2, offer: 0.4}."""
    chances: Annotated[Number, Field(ge=0, le=10)] = 1.0
    """Factor on every chance: 0.8 where the desk sees a fifth too much."""
    slips: Share = 0.0
    """Chance of a deal that it closes later than its month."""
    slip_months: Annotated[int, Field(strict=True, ge=0, le=36)] = 0
    """How many months later."""
    rest: Share = 1.0
    """Share of the forecast's own new customers that still comes beside the deals."""

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        found = []
        for deal in self.deals:
            if (deal.mrr is None) == (deal.arr is None):
                found.append(f"deal {deal.name!r} needs mrr or arr, one of them")
            if (deal.probability is None) == (deal.stage is None):
                found.append(f"deal {deal.name!r} needs probability or stage, one of them")
            elif deal.stage is not None and deal.stage not in (self.stages or {}):
                said = str(unknown_name("stage", deal.stage, self.stages or {}))
                found.append(f"deal {deal.name!r}: {said}")
        twice = sorted(
            {d.name for d in self.deals if [e.name for e in self.deals].count(d.name) > 1}
        )
        found += [f"two deals are called {name!r}" for name in twice]
        problems = [("deals", message) for message in found]
        if (self.slips > 0) != (self.slip_months > 0):
            problems.append(("slips", "needs slips and slip_months: one of them is 0"))
        return problems

    @property
    def effect(self) -> str:
        """How many deals, their expected MRR, and what comes beside them."""
        value = sum(self.chance(deal) * deal.value for deal in self.deals)
        parts = [
            say_many(
                "pipeline of 1 deal worth {mrr} MRR",
                "pipeline of {n} deals worth {mrr} MRR",
                len(self.deals),
                mrr=figure(round(value, 2)),
            )
        ]
        if self.slips:
            parts.append(
                say_many(
                    "{share} of it 1 month late",
                    "{share} of it {n} months late",
                    self.slip_months,
                    share=percent(self.slips),
                )
            )
        if self.rest < 1:
            parts.append(say("{share} of the forecast beside it", share=percent(self.rest)))
        return ", ".join(parts)

    @property
    def drives(self) -> tuple[str, ...]:
        """Single wins (which a named customer is too), and new customers where they give way."""
        return ("one_off", "new_customers") if self.rest < 1 else ("one_off",)

    def chance(self, deal: Deal) -> float:
        """Give the chance that a deal is won: its own, or that of its stage, times `chances`."""
        own = deal.probability
        chance = (self.stages or {})[str(deal.stage)] if own is None else own
        return min(chance * self.chances, 1.0)

    def named_months(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Give the months that it names, those in which its deals close among them."""
        yield from super().named_months()
        yield from ((("deals", i, "closes"), deal.closes) for i, deal in enumerate(self.deals))

    def prospects(self, months: pd.PeriodIndex, shares: Floats) -> list["Prospect"]:
        """Give the deals as the forecast plays them.

        Parameters
        ----------
        months
            The months ahead.
        shares : array (segments,)
            Chance of each segment to be a customer's.

        Raises
        ------
        InputError
            A deal closes before the first month ahead, or none closes within them.
        """
        from forecast.prospects import Prospect

        first = index_of(months[0])
        past = [deal.name for deal in self.deals if index_of(deal.closes) < first]
        if past:
            raise InputError(f"{', '.join(past)}: closes before {months[0]}, the first month ahead")
        found = [
            Prospect(
                name=deal.name,
                mrr=deal.value,
                month=index_of(deal.closes) - first,
                chance=self.chance(deal),
                slips=self.slips,
                late=self.slip_months,
                shares=tuple(shares.tolist()),
            )
            for deal in self.deals
            if self.chance(deal) > 0
        ]
        if found and all(one.month >= len(months) for one in found):
            raise InputError(f"none of its deals closes by {months[-1]}: project further")
        return found

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the deals; see the class."""
        segments = chosen(self.where, forecaster)
        prospects = self.prospects(months, spread(forecaster.shares("new_customers"), segments))
        if self.rest < 1:
            closings = sorted(deal.closes for deal in self.deals)
            reached = inside(self.months or f"{closings[0]}/{closings[-1]}", months)
            weight = np.outer(reached, segments).astype(float)
            levers = levers.then("new_customers", times=self.rest, weight=weight)
        return levers.with_prospects(prospects)
