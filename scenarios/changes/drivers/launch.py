"""The launch of a segment or a country, which behaves like a segment that the company has."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field, PlainSerializer

from history.errors import InputError, UnknownNameError, unknown_name
from history.language import say
from history.months import index_of, span

from ...files.fields import Amount, Name, Number, figure
from ..reach import inside, phase, segmented
from .driver import Driver, Floats, expected, put_to

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers
    from forecast.newcomers import Newcomer

LONGEST_RAMP = 120

Values = Annotated[
    Mapping[Name, Name],
    AfterValidator(lambda values: MappingProxyType(dict(values))),
    PlainSerializer(dict),
]


class Launch(Driver):
    """A segment is launched: a country, a size of customer, a product line.

    It stands in all results as a segment of its own, in every scenario that is run together with
    this one (empty where it is not launched), and adds up with the others to the company. From
    the first of the `months` on it wins `customers` a month (phased in over `ramp` months) at
    `arpa` each. How these leave, grow, come back and are won for a year or a month is believed as
    of the segment `like`, on the same paths; what forecasts of its new customers miss by, this one
    misses by too, and whole customers have their own luck (a Poisson count).

    `segment` names it by the dimensions of the forecast; a dimension that is left out is that of
    `like`. Expansion is that of `like` at its average age: young customers grow otherwise. Nobody
    moves over from another segment.

    A forecast without segments has none to be like: `like` is left out, and those who are won
    behave like the company's customers and are part of it. They are added to `new_customers`, and
    `new_arpa` becomes the average of what is expected and of `arpa`.

    Costs: `sales_cost` and `other_cost` a month from the first month on, and `setup` in it.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> launch = Launch(segment={"country": "Austria"}, like={"country": "Germany"}, customers=12,
    ...                 arpa=90, ramp=12, months="2027-01/")
    >>> launch.label
    'launch of Austria like Germany, 12 customers a month at 90 MRR each, from 2027-01 on, \
phased in over 12 months'
    """

    lever: Literal["launch"] = "launch"
    main: ClassVar[tuple[str, ...]] = ("customers",)
    less_is_better: ClassVar[tuple[str, ...]] = ("setup", "sales_cost", "other_cost")
    segment: Annotated[Values, Field(min_length=1)]
    """Its values of dimensions, as {country: Austria}."""
    like: Annotated[Values, Field(min_length=1)] | None = None
    """The segment that it behaves like, as {country: Germany}; none without segments."""
    customers: Amount
    """Customers won a month once it is ramped up."""
    arpa: Annotated[Number, Field(gt=0)] | None = None
    """MRR of each, major units; none: as of `like`."""
    ramp: Annotated[int, Field(strict=True, ge=0, le=LONGEST_RAMP)] | None = None
    """Months over which it phases in."""
    setup: Amount = 0.0
    """Cost in the first month, once, major units."""
    sales_cost: Amount = 0.0
    """Sales and marketing a month from the first month on, major units."""
    other_cost: Amount = 0.0
    """All other costs a month from the first month on, major units."""

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        found = []
        if self.months is None or span(self.months)[0] is None:
            found.append(("months" if self.months else "lever", "needs its first month: 2027-01/"))
        if self.where is not None:
            found.append(("where", "segment says what is launched: leave it out"))
        return found

    @property
    def effect(self) -> str:
        """What is launched, and whom it wins."""
        name = " / ".join(self.segment.values())
        like = say("the company") if self.like is None else " / ".join(self.like.values())
        told = {"name": name, "like": like, "customers": figure(self.customers)}
        if self.arpa is None:
            return say("launch of {name} like {like}, {customers} customers a month", **told)
        return say(
            "launch of {name} like {like}, {customers} customers a month at {arpa} MRR each",
            arpa=figure(self.arpa),
            **told,
        )

    @property
    def drives(self) -> tuple[str, ...]:
        """New customers, and what they pay where it is said."""
        return ("new_customers",) if self.arpa is None else ("new_customers", "new_arpa")

    @property
    def touches(self) -> Mapping[str, tuple[str, ...]]:
        """The segment alone that is launched."""
        return {dimension: (value,) for dimension, value in self.segment.items()}

    def newcomer(self, forecaster: "Forecaster") -> "Newcomer | None":
        """Give the segment that is launched; none where the forecast has no segments.

        Raises
        ------
        InputError
            The forecast has no such dimensions, the segment is there already, or `like` is not
            one segment of the company.
        """
        from forecast.newcomers import Newcomer

        lived = forecaster.joined.lived
        if not lived.by:
            if self.like is not None:
                raise InputError(
                    f"the forecast has no segments: {segmented(self.like)}, or leave like out, so "
                    "that what is launched behaves like the company and is part of it",
                    at=("like",),
                )
            return None
        if self.like is None:
            known = "; ".join(lived.labels)
            raise InputError(
                f"needs like: which segment of {', '.join(lived.by)} it behaves as ({known})",
                at=("segment",),
            )
        try:
            alike = np.flatnonzero(lived.mask({key: [value] for key, value in self.like.items()}))
        except UnknownNameError as error:
            raise UnknownNameError(*error.args, at=("like", *error.at[1:2])) from None
        if len(alike) != 1:
            found = "; ".join(lived.labels[place] for place in alike) or "none"
            raise InputError(
                f"needs one segment of {', '.join(lived.by)}; it names {found}", at=("like",)
            )
        like = lived.keys[alike[0]]
        unknown = next((key for key in self.segment if key not in lived.by), None)
        if unknown is not None:
            raise unknown_name("segment column", unknown, lived.by, at=("segment", unknown))
        key = tuple(self.segment.get(name, own) for name, own in zip(lived.by, like, strict=True))
        if key in lived.keys:
            said = f"{' / '.join(key)} is there already: change its new_customers"
            raise InputError(said, at=("segment",))
        return Newcomer(key, like)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the customers that the segment wins; see the class."""
        mine = self.newcomer(forecaster)
        if mine is None:
            return self._within(levers, forecaster, months)
        if mine not in forecaster.newcomers:
            name = " / ".join(mine.key)
            said = f"{name} is launched twice, like two others: call one otherwise"
            raise InputError(said, at=("segment",))
        place = np.array([key == mine.key for key in forecaster.segments.keys])
        weight = np.outer(phase(self, months), place)
        levers = levers.then("new_customers", plus=self.customers * weight)
        if self.arpa is None:
            return levers
        now = expected(levers, forecaster, months).new_arpa
        reached = np.outer(inside(self.months, months), place).astype(float)
        return put_to(levers, "new_arpa", now, np.full_like(now, self.arpa), reached)

    def _within(
        self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex
    ) -> "Levers":
        """Give the levers with its customers among those of a company without segments."""
        won = self.customers * phase(self, months)[:, None]
        if self.arpa is not None:
            outlook = expected(levers, forecaster, months)
            others, paid = outlook.new_customers, outlook.new_arpa
            everyone = others + won
            mixed = np.divide(
                others * paid + won * self.arpa, everyone, out=paid.copy(), where=everyone > 0
            )
            levers = put_to(levers, "new_arpa", paid, mixed, np.ones_like(paid))
        return levers.then("new_customers", plus=won)

    def costs(self, forecaster: "Forecaster", months: pd.PeriodIndex) -> Mapping[str, Floats]:
        """Give its costs by month: sales, and other with the setup in the first month."""
        del forecaster
        first = span(str(self.months))[0]
        since = inside(self.months, months).astype(float)
        begins = np.array([index_of(month) == first for month in months])
        other = self.other_cost * since + self.setup * begins
        return {"sales": self.sales_cost * since, "other": other}
