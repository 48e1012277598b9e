"""Actuals beside a plan: what differs, by movement, driver and segment, to the minor unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from history.errors import InputError
from history.language import retold
from history.money import to_major
from history.months import month_of, text
from history.segments import Segments

from ..comparing.bridge import Bridge
from ..plans.figures import Ints
from ..plans.verification import known_closings
from .books import Books
from .cells import Cells
from .commentary import commentary
from .deals import PlannedDeal
from .drivers import split
from .lines import Driver
from .measures import Measures
from .places import Paths
from .report import lines_text, report
from .signals import signals_table
from .spans import Every, Span, spans
from .table import drivers_major, drivers_minor, lines_major, lines_minor
from .timing import WINDOW, Timing, timing_of, timing_table
from .way import way
from .words import Sentence

if TYPE_CHECKING:
    from forecast.projection import Projection

    from ..plans.plan import Plan

Month = str | pd.Period


@dataclass(frozen=True, eq=False)
class Variance:
    """A plan and what became of it; every array holds whole minor units of MRR.

    Attributes
    ----------
    plan
        The plan.
    as_of
        Last month known now.
    months
        The planned months that are compared.
    closed
        How many of them are closed.
    segments
        Those of the plan and those that are new since.
    reasons
        Of churn that are told apart; one blank where the ledger names none.
    planned, actual
        The two sides, by the plan's definitions (policy).
    policy
        What today's definitions make of each closing, (months, segments).
    history_now
        Closing MRR of the company by month index, all months known now, by the plan's definitions.
    notes
        What the reader has to know, such as another policy.
    deals
        Deals that the plan names and that were to have come by now.
    fiscal_year_start
        Month in which the fiscal year begins, 1 to 12.

    Notes
    -----
    In every month and period, by segment and in total, with ==: what the plan closes with, and what
    each driver makes of it, add up to the actual closing.
    """

    plan: Plan = field(repr=False)
    as_of: pd.Period
    months: pd.PeriodIndex
    closed: int
    segments: Segments
    reasons: tuple[str, ...]
    planned: Books = field(repr=False)
    actual: Books = field(repr=False)
    policy: Ints = field(repr=False)
    history_now: Mapping[int, int] = field(repr=False)
    notes: tuple[str, ...] = ()
    deals: tuple[PlannedDeal, ...] = ()
    fiscal_year_start: int = 1

    @property
    def currency(self) -> str:
        """ISO 4217 code of all amounts."""
        return self.plan.currency

    @property
    def restatement(self) -> Ints:
        """What the past has become since the sealing, (segments,) minor units."""
        return self.actual.opening - self.planned.opening

    @cached_property
    def cells(self) -> Cells:
        """Lines and drivers of any span, in every segment and the company."""
        counted = not bool(np.isnan([self.planned.won, self.actual.won]).any())
        drivers = split(self.planned, self.actual, self.reasons, counted=counted)
        return Cells(self.planned, self.actual, self.policy, drivers, self.reasons, counted)

    @cached_property
    def paths(self) -> Paths:
        """What each path of the plan has of each line and driver."""
        return Paths.of(
            self.plan.draws,
            self.plan.counts,
            self.plan.segments,
            self.segments,
            self.planned,
            self.currency,
            self.closed,
        )

    @property
    def drivers_shown(self) -> tuple[Driver, ...]:
        """Rows of `drivers`: each driver, and the closing that they add up to."""
        return (*self.cells.drivers, ("closing", ""))

    def minor(
        self,
        by_segment: bool = False,
        month: Month | None = None,
        *,
        every: Every = "month",
        cumulated: bool = False,
    ) -> pd.DataFrame:
        """Every line in whole minor units.

        Parameters
        ----------
        by_segment
            Rows of each segment too; the company's rows have ``total`` in the segment columns.
        month
            The month, or the period that ends with or holds it; None for all.
        every
            ``month``, ``quarter``, ``year_to_date``, ``year`` (fiscal) or ``to_date`` (since the
            plan began).
        cumulated
            The same as ``every="to_date"``, without its column.

        Returns
        -------
        DataFrame
            ``month`` (the last one of the period), ``period`` (its name, unless by month), segment
            columns (with `by_segment`; a dimension called as another column here, such as ``plan``,
            becomes ``plan_segment``), ``line`` (of `VARIANCE_LINES`), ``plan``, ``actual``,
            ``variance`` (int64). In each column the lines above the closing sum to it. The
            opening's variance is what the earlier months' movements left; what the past itself has
            become is the line restatement, what other definitions make of the closing the line
            policy.
        """
        chosen = self.spans(every, month, cumulated=cumulated)
        return lines_minor(self, chosen, self._columns(by_segment), period=every != "month")

    def table(
        self,
        by_segment: bool = False,
        month: Month | None = None,
        *,
        every: Every = "month",
        cumulated: bool = False,
    ) -> pd.DataFrame:
        """Every line in major units, with where the actual lies in the plan's distribution.

        Parameters
        ----------
        by_segment, month, every, cumulated
            As in `minor`.

        Returns
        -------
        DataFrame
            As `minor`, with amounts in major units (float64), ``variance_share`` (of the plan's
            absolute amount; NaN where that is 0), ``percentile`` (0-100: where the actual lies
            among the plan's draws, NaN where nothing is planned) and ``reading`` (``noise``
            inside the plan's 80 % band, ``above`` or ``below`` outside it, ``far above`` or
            ``far below`` outside the 95 % band, blank where there is no band).
        """
        chosen = self.spans(every, month, cumulated=cumulated)
        return lines_major(self, chosen, self._columns(by_segment), period=every != "month")

    def drivers_minor(
        self, by_segment: bool = False, month: Month | None = None, *, every: Every = "month"
    ) -> pd.DataFrame:
        """Give what each driver makes of the closing, in whole minor units.

        Parameters
        ----------
        by_segment, month, every
            As in `minor`.

        Returns
        -------
        DataFrame
            ``month``, ``period``, segment columns as in `minor`; ``line`` and ``driver`` (blank
            where a line is not split), ``variance`` (int64). In each period and segment the rows
            above the closing sum to its variance with ==. Over the segments each driver sums to
            the company's, but new business's volume and mix: their sum does.
        """
        return drivers_minor(
            self, self.spans(every, month), self._columns(by_segment), period=every != "month"
        )

    def drivers(
        self, by_segment: bool = False, month: Month | None = None, *, every: Every = "month"
    ) -> pd.DataFrame:
        """Give what each driver makes of the closing, with the figures behind it.

        Parameters
        ----------
        by_segment, month, every
            As in `minor`.

        Returns
        -------
        DataFrame
            As `drivers_minor`, ``variance`` in major units, and: ``variance_share`` (of the line's
            plan); ``plan_figure``, ``actual_figure`` and their ``change`` in ``unit`` (the
            currency; ``customers``; ``share``: 0-1 a month; ``x average``: MRR of a customer lost
            by that of the average one); ``points`` (the change of a share in percentage points,
            else NaN); ``percentile`` and ``reading`` as in `table`. A driver of which the plan's
            paths say nothing (churn by its reasons; in plans of earlier versions all that hangs on
            numbers of customers) has neither.
        """
        return drivers_major(
            self, self.spans(every, month), self._columns(by_segment), period=every != "month"
        )

    def bridge(self, month: Month | None = None, *, measure: str = "arr") -> Bridge:
        """From the planned to the actual closing of a month, all variances since the plan began.

        Parameters
        ----------
        month
            None for the last one.
        measure
            ``arr`` (12 x closing MRR) or ``mrr``.

        Returns
        -------
        Bridge
            Steps: restatement, new business split in customers, price and mix (and what rounding
            leaves), then each other movement, and other definitions. It adds up.
        """
        (span,) = self.spans("to_date", self._last(month))
        return way(self, span, measure)

    def new_split(self, month: Month | None = None, *, cumulated: bool = False) -> pd.DataFrame:
        """Give new business: more or fewer customers than planned, and more or less paid by each.

        Per segment and month, volume is (actual - planned customers) x planned MRR per new
        customer, price is (actual - planned MRR per new customer) x actual customers. Where
        either count is 0 there is no price to compare, and all is volume. For the company, volume
        is at the average of all segments, and mix what their own volumes differ from it. A planned
        one-off win brings MRR without customers, so its absence is in the price.

        Parameters
        ----------
        month, cumulated
            As in `minor`.

        Returns
        -------
        DataFrame
            ``month``, segment columns, ``volume``, ``price``, ``mix``, ``rounding``, ``variance``
            in whole minor units (int64); the last explains itself by the others with ==. The
            company's row of a month comes last (``total``).
        """
        chosen = self.spans("month", month, cumulated=cumulated)
        columns = self._columns(by_segment=True)
        parts = drivers_minor(self, chosen, columns, period=False)
        lines = lines_minor(self, chosen, columns, period=False)
        keys = [
            name for name in lines.columns if name not in ("line", "plan", "actual", "variance")
        ]
        new = parts[parts["line"] == "new"].set_index([*keys, "driver"])["variance"]
        wide = new.unstack("driver", sort=False).astype("int64")  # noqa: PD010 - one value a cell
        if "" in wide:
            raise InputError("this plan counts no new customers: volume and price are not known")
        wide = wide[["volume", "price", "mix"]].reset_index()
        whole = lines.loc[lines["line"] == "new", "variance"].reset_index(drop=True)
        wide.insert(len(wide.columns), "rounding", whole - wide.iloc[:, -3:].sum(axis=1))
        return wide.assign(variance=whole).rename_axis(columns=None)

    def outlook(self, projection: Projection) -> Variance:
        """Continue with a forecast for the rest of the plan, so that a year's outlook is there.

        Parameters
        ----------
        projection
            Of the same ledger, by the same segments, from the first month that is not closed.
            Its means stand in the place of actuals.

        Returns
        -------
        Variance
            Through the plan's last month, or the projection's: every table of it, such as
            ``minor(every="year")``, adds up as before.

        Raises
        ------
        InputError
            The projection is of another month, currency, ledger or segments, or the plan is over.
        """
        from .outlook import outlook_of

        return outlook_of(self, projection)

    def restated(self) -> pd.DataFrame:
        """Give the past month by month, as known at the sealing and as known now.

        Returns
        -------
        DataFrame
            ``month``, ``then``, ``now``, ``difference``: closing MRR of the company in major
            units, months in which the two differ.
        """
        found = [
            (month_of(text(month)), value, self.history_now.get(month, 0))
            for month, value in known_closings(self.plan).items()
            if value != self.history_now.get(month, 0)
        ]
        table = pd.DataFrame(found, columns=["month", "then", "now"])
        table["difference"] = table["now"] - table["then"]
        for column in ("then", "now", "difference"):
            table[column] = to_major(table[column].astype("int64"), self.currency)
        return table

    def timing(self, window: int = WINDOW) -> Timing:
        """Give what new business came in another month than planned, and what never came.

        Parameters
        ----------
        window
            Months in which a shortfall may be made up.

        Raises
        ------
        InputError
            The window is not 1 to 24 months.
        """
        return timing_of(self, window)

    def timing_table(self, by_segment: bool = False, window: int = WINDOW) -> pd.DataFrame:
        """Give one row a closed month (and segment): `timing` in major units.

        Returns
        -------
        DataFrame
            ``month``, segment columns, ``variance`` and its parts ``timing``, ``permanent`` and
            ``open``, ``verdict`` (of a segment's shortfall: open, timing or permanent).
        """
        return timing_table(self, timing_of(self, window), by_segment=by_segment)

    def signals(self, by_segment: bool = False) -> pd.DataFrame:
        """Look for runs and drifts: months on one side of the plan, told from noise.

        Returns
        -------
        DataFrame
            Segment columns (with `by_segment`), ``line`` (a movement, or ``net new``), ``rule``
            (``run``: the last months; ``drift``: all closed months), ``side``, ``months``,
            ``since``, ``variance`` (of these months, major units), ``chance`` (share of the plan's
            own paths of which the same can be said), ``together`` (share of which anything as rare
            can be said, in any line of the segment by either rule), ``flagged`` (that is 5 % at
            most: so often a plan that is right raises any flag in a segment and close).
        """
        return signals_table(self, by_segment=by_segment)

    def commentary(
        self, month: Month | None = None, *, every: Every = "month"
    ) -> tuple[Sentence, ...]:
        """Say what became of the plan, each sentence with its line, segment and amount.

        Parameters
        ----------
        month, every
            As in `minor`; the last period by default.
        """
        return commentary(self, self.spans(every, self._last(month))[0])

    def sentences(self, month: Month | None = None, *, every: Every = "month") -> list[str]:
        """Give `notes` and `commentary` as text."""
        return [
            *map(retold, self.notes),
            *(each.text for each in self.commentary(month, every=every)),
        ]

    def report(
        self,
        month: Month | None = None,
        *,
        every: Every = "month",
        by: str | Sequence[str] = (),
    ) -> str:
        """One period as a person reads it: lines and drivers, the bridge to date, the words.

        Parameters
        ----------
        month
            The month, or one of the period; None for the last one.
        every
            As in `minor`.
        by
            Dimensions of the plan: closings and lines by these segments too.

        Raises
        ------
        InputError
            The plan has no such segments.
        """
        return report(self, self._last(month), every, by)

    def __str__(self) -> str:
        return lines_text(self, self.months[-1])

    def spans(
        self, every: Every = "month", month: Month | None = None, *, cumulated: bool = False
    ) -> list[Span]:
        """Give the periods compared, or the one of a month.

        Raises
        ------
        InputError
            The month is not compared, or there is no such kind of period.
        """
        found = spans(self.months, "to_date" if cumulated else every, self.fiscal_year_start)
        if month is None:
            return found
        period = month_of(month)
        if period not in self.months:
            raise InputError(
                f"{period} has no variance: planned and closed are {self.months[0]} to "
                f"{self.months[-1]}"
            )
        at = int((self.months == period).argmax())
        ends = [span for span in found if span.last == at]
        return ends or [span for span in found if span.first <= at <= span.last]

    def measures(self, span: Span) -> Measures:
        """Give the figures behind the drivers of a period."""
        return Measures(self.planned, self.actual, self.reasons, self.currency, span.within)

    def key(self, column: int) -> tuple[str, ...]:
        """Give the values of a segment, ``total`` for the company (the last column)."""
        if column == len(self.segments):
            return ("total",) * len(self.segments.by)
        return self.segments.keys[column]

    def segments_of(self, column: int) -> list[int]:
        """Give the positions of the segments that a column stands for."""
        return list(range(len(self.segments))) if column == len(self.segments) else [column]

    def _last(self, month: Month | None) -> pd.Period:
        return self.months[-1] if month is None else month_of(month)

    def _columns(self, by_segment: bool) -> list[int]:
        company = len(self.segments)
        return list(range(company + 1)) if by_segment and self.segments.by else [company]
