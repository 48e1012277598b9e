"""A projection: simulated paths of every movement, by month and segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError, unknown_name
from history.segments import Segments

from .engine import COUNTS, FLOWS, Paths
from .layers import LayerPlan, Layers, split
from .quantiles import QUANTILES, TOTAL, quantile
from .retention_adjusted import RetentionAdjusted

Floats = NDArray[np.float64]
Where = Mapping[str, str | list[str]]

MEASURES: Final = (
    "mrr",
    "arr",
    "new",
    "expansion",
    "contraction",
    "churn",
    "reactivation",
    "fx",
    "customers",
    "new_customers",
    "churned_customers",
)
"""What `Projection.draws` and `Projection.table` give, in their order."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Simulated futures of a company: opening + movements = closing on every path.

    Attributes
    ----------
    segments : Segments
        What the last axis of the arrays stands for.
    months : pandas.PeriodIndex
        The months projected, the first one after `as_of`.
    currency : str
        ISO 4217 code; every amount is in its major unit.
    as_of : pandas.Period
        Last month of history.
    opening, opening_customers : array (segments,)
        MRR and customers at the close of `as_of`.
    flows : mapping of movement to array (paths, months, segments)
        `new, reactivation, expansion, contraction, churn, fx`; MRR, signed.
    counts : mapping of name to array (paths, months, segments)
        `new_customers, reactivated_customers, churned_customers`; whole numbers, 0 or more.
    played : Paths, optional
        What the engine gave, from which notes, layers and sums come.
    """

    segments: Segments
    months: pd.PeriodIndex
    currency: str
    as_of: pd.Period
    opening: Floats
    opening_customers: Floats
    flows: Mapping[str, Floats]
    counts: Mapping[str, Floats]
    played: Paths | None = field(default=None, repr=False)

    @property
    def paths(self) -> int:
        """Number of simulated paths."""
        if self.played is not None:
            return int(self.played.parts[0]["new"].shape[1])
        return int(self.flows["new"].shape[0])

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be bent, such as a lever pulled back to its bounds."""
        return () if self.played is None else self.played.notes

    @property
    def plan(self) -> LayerPlan | None:
        """What was expected of the layers; None if the projection was made by hand."""
        return None if self.played is None else self.played.plan

    @cached_property
    def closing(self) -> Floats:
        """Closing MRR, array (paths, months, segments): opening + all flows so far."""
        if self.played is not None:
            return _shown(self.played.closings["mrr"])
        net = sum((self.flows[name] for name in FLOWS[1:]), start=self.flows[FLOWS[0]])
        return _locked(self.opening + np.cumsum(net, axis=1))

    @cached_property
    def customers(self) -> Floats:
        """Paying customers at the close, array (paths, months, segments)."""
        if self.played is not None:
            return _shown(self.played.closings["customers"])
        won = self.counts["new_customers"] + self.counts["reactivated_customers"]
        net = won - self.counts["churned_customers"]
        return _locked(self.opening_customers + np.cumsum(net, axis=1))

    def measure(self, name: str) -> Floats:
        """One measure by segment, array (paths, months, segments).

        Raises
        ------
        UnknownNameError
            Not one of `MEASURES`, `FLOWS` or `COUNTS`.
        """
        self._check(name)
        if name == "mrr":
            return self.closing
        if name == "arr":
            return 12.0 * self.closing
        if name == "customers":
            return self.customers
        return self.flows[name] if name in self.flows else self.counts[name]

    def _check(self, name: str) -> None:
        known = ("mrr", "arr", "customers", *self.flows, *self.counts)
        if name not in known:
            raise unknown_name("measure", name, known)

    def draws(self, measure: str, where: Where | None = None) -> Floats:
        """Paths of one measure summed over segments, array (paths, months).

        Parameters
        ----------
        measure : str
            One of `MEASURES`. `mrr` and `customers` are at the close, `arr` is 12 x closing MRR,
            the others are of the month.
        where : mapping of dimension to value or values, optional
            Only the segments that match; all if omitted.
        """
        chosen = None if where is None else self.segments.mask(where)
        if self.played is not None:
            self._check(measure)
            total = self.played.total("mrr" if measure == "arr" else measure, chosen)
            return (12.0 * total if measure == "arr" else total).T
        values = self.measure(measure)
        if chosen is not None:
            values = values[:, :, chosen]
        return np.ascontiguousarray(values.sum(axis=2))

    def means(self, measure: str) -> Floats:
        """Mean path of a flow or a count in every segment, array (months, segments).

        Raises
        ------
        UnknownNameError
            Not one of `FLOWS` or `COUNTS`.
        """
        if measure not in (*FLOWS, *COUNTS):
            raise unknown_name("movement", measure, (*FLOWS, *COUNTS))
        if self.played is None:
            return np.asarray(self.measure(measure).mean(axis=0))
        return np.stack(
            [part[measure].mean(axis=1, dtype=np.float64) for part in self.played.parts], axis=1
        )

    def at(self, month: str | pd.Period) -> int:
        """Position of a month in the projection.

        Raises
        ------
        InputError
            The month is not projected.
        """
        period = month if isinstance(month, pd.Period) else pd.Period(month, "M")
        if period not in self.months:
            raise InputError(
                f"{period} is not projected: the months are {self.months[0]} to "
                f"{self.months[-1]}. Project further or ask for a month among them."
            )
        return int(period.ordinal - self.months[0].ordinal)

    def layers(self) -> Layers:
        """Split closing MRR into layers: under contract, under notice, at risk, at will, not sold.

        They add up to the projection on every path; `forecast.LAYERS` says what each is.

        Raises
        ------
        InputError
            The projection was made by hand, without what was expected of its layers.
        """
        if self.plan is None:
            raise InputError("this projection has no layers: it was not made by Forecaster.project")
        return Layers(self.segments, self.months, split(self.plan, self.flows))

    def retention_adjusted(self, months: int = 12) -> RetentionAdjusted:
        """Give the revenue that today's customers are expected to pay over the next months.

        Parameters
        ----------
        months : int
            Months added up; twelve give retention-adjusted ARR.

        Raises
        ------
        InputError
            The projection covers fewer months, or was made by hand.
        """
        return RetentionAdjusted.of(self.layers(), self.opening, months)

    def table(self, by_segment: bool = True) -> pd.DataFrame:
        """Mean and quantiles of every measure, one row a month, segment and measure.

        Columns: `month` (period), the segment columns (none without `by`), `measure`, `mean` and
        the quantiles `p2_5 ... p97_5`. With segments, the company's rows have `total` in each
        segment column; they are quantiles of the summed paths, not sums of quantiles.
        """
        by = self.segments.by
        blocks = [self._block(name, by_segment and bool(by)) for name in MEASURES]
        table = pd.concat(blocks, ignore_index=True)
        order = ["_month", "_segment", "_measure"]
        table = table.sort_values(order, kind="stable").drop(columns=order)
        return table.reset_index(drop=True)

    def _block(self, name: str, by_segment: bool) -> pd.DataFrame:
        """Rows of one measure, with the sort keys of the table."""
        total = self.draws(name)[:, :, None]
        values = np.concatenate([self.measure(name), total], axis=2) if by_segment else total
        months, columns = values.shape[1:]
        keys = [*self.segments.keys, (TOTAL,) * len(self.segments.by)]
        keys = keys if by_segment else keys[-1:]
        ordered = np.sort(values.reshape(self.paths, -1).T, axis=1)
        data: dict[str, object] = {"month": self.months.repeat(columns)}
        for position, dimension in enumerate(self.segments.by):
            data[dimension] = [key[position] for key in keys] * months
        data |= {"measure": name, "mean": ordered.mean(axis=1)}
        data |= {column: quantile(ordered, p) for column, p in QUANTILES.items()}
        data |= {
            "_month": np.repeat(np.arange(months), columns),
            "_segment": np.tile(np.arange(columns), months),
            "_measure": MEASURES.index(name),
        }
        return pd.DataFrame(data)


class Shown(Mapping[str, Floats]):
    """Arrays of the engine by name, as (paths, months, segments), not to be written to."""

    def __init__(self, arrays: Mapping[str, Floats]) -> None:
        self._arrays = arrays

    def __getitem__(self, name: str) -> Floats:
        return _shown(self._arrays[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def _shown(values: Floats) -> Floats:
    return _locked(values.transpose(2, 1, 0))


def _locked(values: Floats) -> Floats:
    values.setflags(write=False)
    return values
