"""The sales team as the driver of new business: heads, ramp, quota, attainment, season."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from history.errors import InputError
from history.language import say, spelt
from history.months import index_of, text
from history.sales_capacity import RAMP, sales_capacity

from ...files.fields import Amount, ByMonth, Number, Share, TwelveFactors, figure, percent
from ..reach import chosen, inside
from .driver import Driver, Floats, expected, put_to

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers

_QUARTER = 3


class SalesCapacity(Driver):
    """New business is what the sales team can sell.

    Capacity of a month = sum over people of the share of a quota that they carry x `quota` / 12 x
    `attainment` x the month's factor of `seasonality` (`history.sales_capacity`). A person carries
    `ramp[0]` in the three months from the month of hire on, `ramp[1]` in the next three, and the
    last share for good; leavers are the longest served.

    In the `months` it is put in place of the expected new MRR: `new_customers` becomes
    capacity x w / `new_arpa` in each of the segments of `where`, with w their shares of the new
    MRR expected in the month. What is random about new business stays around it.

    Without a `quota` the team of today is taken to sell what is forecast, and `new_customers` is
    multiplied by what the team carries over what it carries today; season and attainment are then
    those of the forecast. So a team that stays as it is changes nothing.

    Costs: people more or fewer than today x `cost` / 12 a month, as sales.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> team = SalesCapacity(reps=7, hires={"2026-10": 3}, quota=1_800_000, attainment=0.85)
    >>> team.label
    'sales team of 7 with 3 hired, quota 1,800,000 ARR a year at 85 %'
    """

    lever: Literal["sales_capacity"] = "sales_capacity"
    main: ClassVar[tuple[str, ...]] = ("hires", "leavers", "quota")
    less_is_better: ClassVar[tuple[str, ...]] = ("leavers", "cost")
    whole: ClassVar[tuple[str, ...]] = ("reps", "hires", "leavers")
    reps: Annotated[Number, Field(gt=0, le=100_000)]
    """Fully ramped people today."""
    hires: ByMonth | None = None
    """People who start in a month; those of past months are still ramping and not among `reps`."""
    leavers: ByMonth | None = None
    """People who leave at the start of a month."""
    ramp: Annotated[tuple[Share, ...], Field(min_length=1, max_length=24)] = RAMP
    """Share of a full quota carried in the quarter of hire, in the next ...; the last one stays."""
    quota: Annotated[Number, Field(gt=0)] | None = None
    """New business that one ramped person is to win in a year, major units; none: as today."""
    quota_in: Literal["ARR", "MRR"] = "ARR"
    """What the quota counts."""
    attainment: Annotated[Number, Field(ge=0, le=3)] = 1.0
    """Share of the quota that is reached."""
    seasonality: TwelveFactors | None = None
    """Factors of January to December on a twelfth of the quota; they average 1."""
    cost: Amount = 0.0
    """Fully loaded cost of a person and year (on-target earnings and all else), major units."""

    def problems(self) -> list[tuple[str, str]]:
        """Give problems that concern several keys, as (key, message)."""
        if self.quota is not None:
            return []
        keys = ("quota_in", "attainment", "seasonality")
        changed = [k for k in keys if getattr(self, k) != type(self).model_fields[k].default]
        return [(key, f"{key} says nothing without a quota: give one") for key in changed]

    @property
    def effect(self) -> str:
        """The team, who comes and goes, and its quota."""
        team = {"reps": spelt(f"{self.reps:g}")}
        hired, leaving = (
            spelt(f"{sum(who.values()):g}") for who in (self.hires or {}, self.leavers or {})
        )
        if self.hires and self.leavers:
            told = say(
                "sales team of {reps} with {hired} hired and {leaving} leaving",
                hired=hired,
                leaving=leaving,
                **team,
            )
        elif self.hires:
            told = say("sales team of {reps} with {hired} hired", hired=hired, **team)
        elif self.leavers:
            told = say("sales team of {reps} with {leaving} leaving", leaving=leaving, **team)
        else:
            told = say("sales team of {reps}", **team)
        parts = [told]
        if self.quota is not None:
            parts.append(
                say(
                    "quota {quota} {measure} a year at {attainment}",
                    quota=figure(self.quota),
                    measure=self.quota_in,
                    attainment=percent(self.attainment),
                )
            )
        return ", ".join(parts)

    @property
    def drives(self) -> tuple[str, ...]:
        """New customers."""
        return ("new_customers",)

    def apply(self, levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Levers":
        """Give the levers with the capacity in place of new business; see the class."""
        segments = chosen(self.where, forecaster)
        weight = np.outer(inside(self.months, months), segments).astype(float)
        carried = self._carried(months)
        if self.quota is None:
            if carried[0] <= 0:
                raise InputError("nobody carries a quota today: give a quota", at=("reps",))
            factor = (carried[1:] / carried[0])[:, None]
            if (weight * (factor - 1.0) == 0).all():
                return levers
            return levers.then("new_customers", times=factor, weight=weight)
        outlook = expected(levers, forecaster, months)
        now, arpa = outlook.new_customers, outlook.new_arpa
        share = _shares(now * arpa * segments, forecaster.shares("new_customers") * segments)
        target = self._capacity(carried[1:], months)[:, None] * share
        customers = np.divide(target, arpa, out=np.zeros_like(target), where=arpa > 0)
        return put_to(levers, "new_customers", now, customers, weight)

    def costs(self, forecaster: "Forecaster", months: pd.PeriodIndex) -> Mapping[str, Floats]:
        """Give the cost of people more or fewer than today, by month, as sales."""
        del forecaster
        first = index_of(months[0])
        ahead = np.arange(first, first + len(months))
        heads = np.zeros(len(months))
        for who, sign in ((self.hires, 1.0), (self.leavers, -1.0)):
            for month, count in (who or {}).items():
                if index_of(month) >= first:
                    heads += sign * count * (ahead >= index_of(month))
        return {"sales": heads * self.cost / 12.0}

    def capacity(self, months: pd.PeriodIndex) -> Floats:
        """Give what the team can sell, new MRR by month, array (months,); needs a quota.

        Examples
        --------
        Four people hired today, 1,200 MRR a year each, over the first nine months:

        >>> team = SalesCapacity(reps=1e-9, hires={"2026-07": 4}, quota=1_200, quota_in="MRR")
        >>> team.capacity(pd.period_range("2026-07", periods=9, freq="M")).round(3).tolist()
        [0.0, 0.0, 0.0, 100.0, 100.0, 100.0, 200.0, 200.0, 200.0]
        """
        return self._capacity(self._carried(months)[1:], months)

    def _capacity(self, carried: Floats, months: pd.PeriodIndex) -> Floats:
        a_year = (self.quota or 0.0) / (12.0 if self.quota_in == "ARR" else 1.0)
        season = np.ones(12) if self.seasonality is None else np.array(self.seasonality)
        return np.asarray(carried * a_year / 12.0 * self.attainment * season[months.month - 1])

    def _carried(self, months: pd.PeriodIndex) -> Floats:
        """Quotas carried by the team, in the last known month and in each month ahead."""
        known, last = index_of(months[0]) - 1, index_of(months[-1])
        begin = min([known, *(index_of(month) for month in self.hires or {})])
        hires, leavers = np.zeros((2, last - begin + 1))
        for month, count in (self.hires or {}).items():
            if index_of(month) <= last:
                hires[index_of(month) - begin] += count
        for month, count in (self.leavers or {}).items():
            if index_of(month) <= known:
                said = f"{month} is past: who has left is not among the {self.reps:g} of today"
                raise InputError(said, at=("leavers", month))
            if index_of(month) <= last:
                leavers[index_of(month) - begin] += count
        there = self.reps + np.cumsum(hires - leavers)
        if (there < -1e-9).any():
            first = int(np.argmax(there < -1e-9))
            short = text(begin + first)
            raise InputError(f"in {short} more leave than are there", at=("leavers", short))
        monthly = [share for share in self.ramp for _ in range(_QUARTER)]
        carried = sales_capacity(
            hires.tolist(), quota=1.0, ramped=self.reps, leavers=leavers.tolist(), ramp=monthly
        )
        return carried[known - begin :]


def _shares(amounts: Floats, otherwise: Floats) -> Floats:
    """Shares of each row; the same shares in rows where there is nothing."""
    total = amounts.sum(axis=1, keepdims=True)
    even = otherwise / otherwise.sum() if otherwise.sum() > 0 else otherwise
    return np.where(total > 0, amounts / np.where(total > 0, total, 1.0), even[None, :])
