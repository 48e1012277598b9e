"""Scenarios side by side: figures, differences, chances, and the way from one to the other."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError, unknown_name
from history.fiscal import FiscalYear, Periods
from history.months import month_of
from history.wording import aligned, chance

from ..run import Runs
from .attribution import PAIRS, Attribution, Method, attribute
from .bridge import Bridge
from .difference import COLUMNS, rows_of, table

Floats = NDArray[np.float64]
Month = str | pd.Period


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs laid beside one of them.

    Attributes
    ----------
    runs
        The runs.
    against
        Name of the one the others are measured against.
    """

    runs: Runs = field(repr=False)
    against: str

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of all scenarios, the one measured against first."""
        return (self.against, *(name for name in self.runs if name != self.against))

    @property
    def months(self) -> pd.PeriodIndex:
        """The months projected."""
        return self.runs.months

    @property
    def currency(self) -> str:
        """ISO 4217 code of all amounts."""
        return self.runs.forecaster.currency

    @property
    def as_of(self) -> pd.Period:
        """Last month of history."""
        return self.runs.forecaster.as_of

    def table(
        self,
        at: Month | None = None,
        *,
        measures: str | Sequence[str] = "arr",
        every: Periods = "month",
        fiscal_year_start: int = 1,
    ) -> pd.DataFrame:
        """Figures of every scenario and their difference to the one measured against.

        Parameters
        ----------
        at
            One month; None for several.
        measures
            As in `Projection.draws`: arr, mrr, customers, new, churn ...
        every
            Without `at`: each month, or the last one of each quarter or year; the last period may
            be unfinished.
        fiscal_year_start
            Month in which the fiscal year begins, 1 to 12.

        Returns
        -------
        DataFrame
            One row a month, measure and scenario. ``p10, p50, p90, mean`` and ``difference`` (of
            the means) in major units of the currency, or counts; ``difference_share`` as a share
            of the mean measured against (0.05 = 5 %); ``probability_above``: share of paths on
            which the scenario is above the one measured against, path by path (a tie is not
            above). The row of the one measured against has NaN in these three.
        """
        names = [measures] if isinstance(measures, str) else list(measures)
        positions = self._positions(at, every, FiscalYear(fiscal_year_start))
        rows = [row for measure in names for row in self._rows(measure, positions)]
        table = pd.DataFrame(rows)
        table["_measure"] = table["measure"].map(names.index)
        table = table.sort_values(["month", "_measure"], kind="stable")
        return table.drop(columns="_measure").reset_index(drop=True)

    def inputs(self) -> pd.DataFrame:
        """In what the scenarios differ from the one measured against: their changes.

        Returns
        -------
        DataFrame
            One row a change that only one of the two has. ``scenario``; ``side`` ("added" or
            "left out", seen from the one measured against); ``stated_in`` (the scenario of the
            chain that says it); ``lever``; ``way``; ``number`` in ``unit`` (NaN of a driver, whose
            ``way`` is its whole effect in words); ``months``, ``ramp``, ``where`` and ``because``
            as text or None.
        """
        base = self.runs[self.against].scenario
        rows = [
            {"scenario": name, **row}
            for name in self.scenarios[1:]
            for row in rows_of(base, self.runs[name].scenario)
        ]
        return table(rows, ("scenario", *COLUMNS))

    def attribution(
        self,
        name: str,
        at: Month | None = None,
        *,
        measure: str = "arr",
        method: Method = "shapley",
        where: Mapping[str, str | list[str]] | None = None,
        pairs: int = PAIRS,
        progress: Callable[[int, int], None] | None = None,
    ) -> Attribution:
        """Take the difference to another scenario apart by change, for every month at once.

        Parameters
        ----------
        name
            The scenario at the end.
        at
            The month that is printed; None for the last.
        measure
            As in `Projection.draws`; the means over paths are taken apart.
        method
            ``shapley``: each change's mean effect over all orders in which the changes can be
            made, exact up to 8 changes (every set of them is projected: 2 ** n projections) and
            from sampled orders beyond, with a standard error; ``in_order``: one after the other
            as they are written; ``first_in``: each alone on what the two scenarios have in
            common, and what they do together as a step called interaction.
        where
            Only the segments that match; all if omitted.
        pairs
            Orders drawn beyond 8 changes, each played forwards and backwards.
        progress
            Called with the number of sets projected and their total.

        Returns
        -------
        Attribution
            `table` has every month, quarter or year, `bridge` one month.

        Raises
        ------
        InputError
            No such scenario, measure, method, month or segment.
        """
        return attribute(
            self.runs,
            self.against,
            name,
            measure=measure,
            at=self.months[self._at(self.months[-1] if at is None else at)],
            method=method,
            where=where,
            pairs=pairs,
            progress=progress,
        )

    def bridge(
        self,
        name: str,
        at: Month | None = None,
        *,
        measure: str = "arr",
        method: Method = "first_in",
    ) -> Bridge:
        """Give the way from the one measured against to another scenario, change by change.

        Each change is run alone on what the two have in common ("first in"); what the changes
        make together beyond the sum of each alone is the step called interaction. Changes that
        only the one measured against has come out as steps "without ...".

        Parameters
        ----------
        name
            The scenario at the end.
        at
            The month; None for the last.
        measure
            As in `Projection.draws`; the mean over paths is bridged.
        method
            Another way to share the difference out; see `attribution`.

        Returns
        -------
        Bridge
            Adds up from one mean to the other.
        """
        return self.attribution(name, at, measure=measure, method=method).bridge()

    def probability(
        self, name: str, exceeds: str | float, at: Month | None = None, *, measure: str = "arr"
    ) -> float:
        """Share of paths on which a scenario is above another, or above a number.

        Parameters
        ----------
        name
            The scenario.
        exceeds
            Name of another scenario, compared path by path on the same random streams, or a
            number in the measure's unit. A tie is not above.
        at
            The month; None for the last.
        measure
            As in `Projection.draws`.

        Returns
        -------
        float
            0 to 1.
        """
        position = self._at(self.months[-1] if at is None else at)
        mine = self._draws(name, measure)[:, position]
        if isinstance(exceeds, str):
            return float((mine > self._draws(exceeds, measure)[:, position]).mean())
        return float((mine > float(exceeds)).mean())

    def unit(self, measure: str) -> str:
        """Give unit of a measure: ``"EUR ARR"``, ``"EUR"``, ``"customers"``."""
        return self.runs.unit(measure)

    def text(
        self, at: Month | None = None, *, every: Periods = "month", fiscal_year_start: int = 1
    ) -> str:
        """Say the ARR of every scenario, a block a period; as `table`.

        Figures are whole, and a difference is that of the means as printed.
        """
        year = FiscalYear(fiscal_year_start)
        table = self.table(at, every=every, fiscal_year_start=fiscal_year_start)
        above = f"above {self.against}"
        head = ("scenario", "p10", "p50", "p90", "mean", "difference", "", above)
        blocks = []
        for month, figures in table.groupby("month", sort=False):
            base = round(figures["mean"].iloc[0])
            rows = [head, *(_texts(row, base) for row in figures.to_dict("records"))]
            when = year.at(str(month), every)
            lines = [f"ARR at {when}, in {self.currency}, against {self.against}"]
            blocks.append("\n".join([*lines, *aligned(rows)]))
        return "\n\n".join(blocks)

    def __str__(self) -> str:
        return "\n".join([self.text(self.months[-1]), *map(str, self.runs.overlaps)])

    def _positions(self, at: Month | None, every: Periods, year: FiscalYear) -> list[int]:
        if at is not None:
            return [self._at(at)]
        numbers = year.number(self.months, every)
        return [
            i for i in range(len(numbers)) if i + 1 == len(numbers) or numbers[i + 1] > numbers[i]
        ]

    def _at(self, month: Month) -> int:
        period = month_of(month)
        if period not in self.months:
            raise InputError(
                f"{period} is not projected: the months are {self.months[0]} to {self.months[-1]}"
            )
        return list(self.months).index(period)

    def _draws(self, name: str, measure: str) -> Floats:
        return self.runs[name].projection.draws(measure)

    def _rows(self, measure: str, positions: list[int]) -> Iterator[dict[str, object]]:
        base = self._draws(self.against, measure)[:, positions]
        base_mean = base.mean(axis=0)
        for name in self.scenarios:
            draws = self._draws(name, measure)[:, positions]
            p10, p50, p90 = np.quantile(draws, [0.1, 0.5, 0.9], axis=0)
            mean = draws.mean(axis=0)
            above = (draws > base).mean(axis=0)
            for i, position in enumerate(positions):
                gap = mean[i] - base_mean[i] if name != self.against else np.nan
                yield {
                    "month": self.months[position],
                    "scenario": name,
                    "measure": measure,
                    "p10": p10[i],
                    "p50": p50[i],
                    "p90": p90[i],
                    "mean": mean[i],
                    "difference": gap,
                    "difference_share": gap / base_mean[i] if base_mean[i] else np.nan,
                    "probability_above": above[i] if name != self.against else np.nan,
                }


def compare(runs: Runs, against: str) -> Comparison:
    """Lay runs beside one of them.

    Parameters
    ----------
    runs
        What `run` returned.
    against
        Name of the scenario that the others are measured against.

    Raises
    ------
    UnknownNameError
        There is no run of that name.
    """
    if against not in runs:
        raise unknown_name("scenario", against, runs)
    return Comparison(runs, against)


def year_ends(months: pd.PeriodIndex, fiscal_year_start: int = 1) -> pd.PeriodIndex:
    """Give the months that end a fiscal year.

    Parameters
    ----------
    months
        The months projected.
    fiscal_year_start
        Month in which the fiscal year begins, 1 to 12.

    Returns
    -------
    PeriodIndex
        The last month alone when no year ends among them.

    Examples
    --------
    >>> months = pd.period_range("2026-07", "2028-03", freq="M")
    >>> [str(month) for month in year_ends(months, fiscal_year_start=4)]
    ['2027-03', '2028-03']
    """
    ends = months[months.month == (fiscal_year_start - 2) % 12 + 1]
    return ends if len(ends) else months[-1:]


def _texts(row: Mapping[Hashable, Any], base: int) -> tuple[str, ...]:
    def figure(key: str, spec: str) -> str:
        value = row[key]
        return "" if pd.isna(value) else format(value, spec)

    figures = [figure(key, ",.0f") for key in ("p10", "p50", "p90", "mean")]
    gap = "" if pd.isna(row["difference"]) else f"{round(row['mean']) - base:+,}"
    above = row["probability_above"]
    changes = [gap, figure("difference_share", "+.1%"), "" if pd.isna(above) else chance(above)]
    return (str(row["scenario"]), *figures, *changes)
