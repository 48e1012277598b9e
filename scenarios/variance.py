"""Actuals beside a plan: what differs, by movement and segment, to the minor unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError
from history.money import to_major
from history.months import month_of, text
from history.segments import Segments

from .bridge import Bridge, Step
from .figures import MOVEMENTS, Ints, segment_columns, with_company
from .volume_price import Floats, percentiles, split_new
from .words import reading, sentences

if TYPE_CHECKING:
    from .plan import Plan

Month = str | pd.Period

ACTUAL_MOVEMENTS: Final = MOVEMENTS
"""Movements compared; fx is planned where the scenario moves a currency, else all is variance."""

VARIANCE_LINES: Final = ("opening", "restatement", *ACTUAL_MOVEMENTS, "closing")
"""Rows of a month: they add up from the first to the last but one to the last."""

_COLUMNS: Final = (
    *("month", "line", "plan", "actual", "variance"),
    *("variance_share", "percentile", "reading"),
)


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
        The planned months that are closed now.
    segments
        Those of the plan and those that are new since.
    planned, actual
        Movements, int64 (months, movements, segments), movements in the order of
        `ACTUAL_MOVEMENTS`.
    opening_planned, opening_known
        Closing of the plan's last known month, as known then and as known now, (segments,).
    customers_planned, customers_actual
        New customers, (months, segments): means of the plan, and counts.
    history_now
        Closing MRR of the company by month index, all months known now.
    notes
        What the reader has to know, such as another policy.

    Notes
    -----
    In every month, to date, by segment and in total, with ==: plan closing + restatement + the
    movements' variances so far = actual closing.
    """

    plan: Plan = field(repr=False)
    as_of: pd.Period
    months: pd.PeriodIndex
    segments: Segments
    planned: Ints = field(repr=False)
    actual: Ints = field(repr=False)
    opening_planned: Ints = field(repr=False)
    opening_known: Ints = field(repr=False)
    customers_planned: NDArray[np.float64] = field(repr=False)
    customers_actual: Ints = field(repr=False)
    history_now: Mapping[int, int] = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def currency(self) -> str:
        """ISO 4217 code of all amounts."""
        return self.plan.currency

    @property
    def restatement(self) -> Ints:
        """What the past has become since the sealing, (segments,) minor units."""
        return self.opening_known - self.opening_planned

    def minor(
        self, by_segment: bool = False, month: Month | None = None, *, cumulated: bool = False
    ) -> pd.DataFrame:
        """Every line in whole minor units.

        Parameters
        ----------
        by_segment
            Rows of each segment too; the company's rows have ``total`` in the segment columns.
        month
            One month; None for all that are closed.
        cumulated
            Movements since the plan began instead of the month's own.

        Returns
        -------
        DataFrame
            ``month``, segment columns (with `by_segment`; a dimension called as another column
            here, such as ``plan``, becomes ``plan_segment``), ``line`` (of `VARIANCE_LINES`),
            ``plan``, ``actual``, ``variance`` (int64). In each column the lines above the closing
            sum to it. The opening's variance is what the earlier months' movements left; what the
            past itself has become is the line restatement, the same in every month.
        """
        rows = [
            (position, column, line, int(p), int(a))
            for position in self._positions(month)
            for column in self._columns(by_segment)
            for line, p, a in self._cell(position, column, cumulated)
        ]
        found = pd.DataFrame(rows, columns=["_position", "_column", "line", "plan", "actual"])
        found["variance"] = found["actual"] - found["plan"]
        table = pd.DataFrame({"month": self.months[found["_position"].to_numpy()]})
        if by_segment:
            keys = [self._key(column) for column in found["_column"]]
            for i, column in enumerate(segment_columns(self.segments.by, _COLUMNS)):
                table[column] = [key[i] for key in keys]
        return pd.concat([table, found.drop(columns=["_position", "_column"])], axis=1)

    def table(
        self, by_segment: bool = False, month: Month | None = None, *, cumulated: bool = False
    ) -> pd.DataFrame:
        """Every line in major units, with where the actual lies in the plan's distribution.

        Parameters
        ----------
        by_segment, month, cumulated
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
        exact = self.minor(by_segment, month, cumulated=cumulated)
        table = exact.copy()
        for column in ("plan", "actual", "variance"):
            table[column] = to_major(exact[column], self.currency)
        size = table["plan"].abs()
        table["variance_share"] = (table["variance"] / size.where(size > 0)).astype("float64")
        found = self._percentiles(cumulated)
        table["percentile"] = [
            float(found[line][position, column])
            for position in self._positions(month)
            for column in self._columns(by_segment)
            for line in VARIANCE_LINES
        ]
        table["reading"] = [reading(value) for value in table["percentile"]]
        return table

    def bridge(self, month: Month | None = None, *, measure: str = "arr") -> Bridge:
        """From the planned to the actual closing of a month, all variances since the plan began.

        Parameters
        ----------
        month
            None for the last closed one.
        measure
            ``arr`` (12 x closing MRR) or ``mrr``.

        Returns
        -------
        Bridge
            Steps: restatement, new business split in customers and price (and what rounding
            leaves), then each other movement. It adds up.
        """
        if measure not in {"arr", "mrr"}:
            raise InputError(f"a variance is bridged in arr or mrr, not in {measure!r}")
        factor = 12 if measure == "arr" else 1
        last = self.months[-1] if month is None else month_of(month)
        position = self._positions(last)[0]
        cell = self._cell(position, len(self.segments), cumulated=True)
        lines = {line: (plan, actual) for line, plan, actual in cell}

        def amount(minor: int) -> float:
            return to_major(factor * minor, self.currency)

        def missed(line: str) -> int:
            return lines[line][1] - lines[line][0]

        volume, price = (int(part[: position + 1].sum()) for part in self._volume_and_price)
        parts = [
            ("restatement", missed("restatement")),
            ("new: customers", volume),
            ("new: price", price),
            ("new: rounding", missed("new") - volume - price),
            *((name, missed(name)) for name in ACTUAL_MOVEMENTS[1:]),
        ]
        optional = {"new: rounding", "fx", "restatement"}
        steps = tuple(Step(n, amount(v)) for n, v in parts if v or n not in optional)
        return Bridge(
            amount(lines["closing"][0]),
            steps,
            amount(lines["closing"][1]),
            unit=f"{self.currency} {measure.upper()}",
            title=f"{self.plan.name}: plan to actual {measure.upper()} at {self.months[position]}",
            start_label="plan",
            end_label="actual",
        )

    def new_split(self, month: Month | None = None, *, cumulated: bool = False) -> pd.DataFrame:
        """Give new business: more or fewer customers than planned, and more or less paid by each.

        Per segment and month, volume is (actual - planned customers) x planned MRR per new
        customer, price is (actual - planned MRR per new customer) x actual customers. Where
        either count is 0 there is no price to compare, and all is volume. Segments are split
        each by itself, so a shift between them is in the volume; a planned one-off win brings
        MRR without customers, so its absence is in the price.

        Parameters
        ----------
        month, cumulated
            As in `minor`.

        Returns
        -------
        DataFrame
            ``month``, segment columns, ``volume``, ``price``, ``rounding``, ``variance`` in whole
            minor units (int64); the last three explain the fourth with ==. The company's row of a
            month comes last (``total``).
        """
        volume, price = self._volume_and_price
        new = (self.actual - self.planned)[:, 0, :]
        if cumulated:
            volume, price, new = (np.cumsum(part, axis=0) for part in (volume, price, new))
        volume, price, new = (with_company(part) for part in (volume, price, new))
        rows = [
            (self.months[m], *self._key(c), *_explained(volume[m, c], price[m, c], new[m, c]))
            for m in self._positions(month)
            for c in self._columns(by_segment=True)
        ]
        amounts = ["volume", "price", "rounding", "variance"]
        by = segment_columns(self.segments.by, ["month", *amounts])
        return pd.DataFrame(rows, columns=["month", *by, *amounts])

    def restated(self) -> pd.DataFrame:
        """Give the past month by month, as known at the sealing and as known now.

        Returns
        -------
        DataFrame
            ``month``, ``then``, ``now``, ``difference``: closing MRR of the company in major
            units, months in which the two differ.
        """
        past = self.plan.history.loc[self.plan.history["line"] == "closing"]
        then: dict[int, int] = {}
        for month, mrr in zip(past["month"].tolist(), past["mrr"].tolist(), strict=True):
            then[month] = then.get(month, 0) + mrr
        found = [
            (month_of(text(month)), value, self.history_now.get(month, 0))
            for month, value in then.items()
            if value != self.history_now.get(month, 0)
        ]
        table = pd.DataFrame(found, columns=["month", "then", "now"])
        table["difference"] = table["now"] - table["then"]
        for column in ("then", "now", "difference"):
            table[column] = to_major(table[column].astype("int64"), self.currency)
        return table

    def sentences(self, month: Month | None = None) -> list[str]:
        """Give a month in words (the last closed one), each sentence with its number."""
        last = self.months[-1] if month is None else month_of(month)
        return [*self.notes, *sentences(self.table(month=last), self.currency, str(last))]

    def report(self, month: Month | None = None) -> str:
        """One month as a person reads it: the lines, the bridge since the start, the words.

        Parameters
        ----------
        month
            None for the last closed one.
        """
        last = self.months[-1] if month is None else month_of(month)
        return "\n".join([self._lines(last), "", str(self.bridge(last)), "", *self.sentences(last)])

    def __str__(self) -> str:
        return self._lines(self.months[-1])

    def _lines(self, last: pd.Period) -> str:
        lines = [f"{self.plan.name}: plan and actual MRR movements of {last} in {self.currency}"]
        lines.append(f"  {'':<13}{'plan':>16}{'actual':>16}{'variance':>16}  percentile")
        for row in self.table(month=last).to_dict("records"):
            place = f"{row['percentile']:>6.0f}  {row['reading']}" if row["reading"] else ""
            lines.append(
                f"  {row['line']:<13}{row['plan']:>16,.2f}{row['actual']:>16,.2f}"
                f"{row['variance']:>+16,.2f}  {place}".rstrip()
            )
        return "\n".join(lines)

    def _positions(self, month: Month | None) -> list[int]:
        if month is None:
            return list(range(len(self.months)))
        period = month_of(month)
        if period not in self.months:
            raise InputError(
                f"{period} has no variance: planned and closed are {self.months[0]} to "
                f"{self.months[-1]}"
            )
        return [list(self.months).index(period)]

    def _columns(self, by_segment: bool) -> list[int]:
        company = len(self.segments)
        return list(range(company + 1)) if by_segment and self.segments.by else [company]

    @cached_property
    def _cube(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Planned and actual with the company as last segment; opening planned, restatement."""
        return (
            with_company(self.planned),
            with_company(self.actual),
            with_company(self.opening_planned),
            with_company(self.restatement),
        )

    def _cell(self, position: int, column: int, cumulated: bool) -> Iterator[tuple[str, int, int]]:
        planned, actual, openings, restated = self._cube
        before = slice(0, 0) if cumulated else slice(0, position)
        within = slice(0, position + 1) if cumulated else slice(position, position + 1)
        opened = int(openings[column] + planned[before, :, column].sum())
        carried = int((actual - planned)[before, :, column].sum())
        plan, fact = planned[within, :, column].sum(axis=0), actual[within, :, column].sum(axis=0)
        yield "opening", opened, opened + carried
        yield "restatement", 0, int(restated[column])
        for k, name in enumerate(ACTUAL_MOVEMENTS):
            yield name, int(plan[k]), int(fact[k])
        closing = opened + carried + int(restated[column]) + int(fact.sum())
        yield "closing", opened + int(plan.sum()), closing

    def _percentiles(self, cumulated: bool) -> dict[str, Floats]:
        """Give percentiles by line, (months, segments and the company); NaN where not planned."""
        old = {key: i for i, key in enumerate(self.plan.segments.keys)}
        known = [i for i, key in enumerate(self.segments.keys) if key in old]
        here = [*known, len(self.segments)]
        there = [*(old[self.segments.keys[i]] for i in known), len(old)]
        draws = with_company(self.plan.draws)[:, :, : len(self.months)][..., there]
        actual, opening = self._cube[1][..., here], self._cube[2][here]
        closing = (self._cube[2] + self._cube[3])[here] + np.cumsum(actual.sum(axis=1), axis=0)
        facts = {name: actual[:, k] for k, name in enumerate(MOVEMENTS)}
        paths = dict(zip(MOVEMENTS, draws, strict=True))
        if cumulated:
            facts = {name: np.cumsum(values, axis=0) for name, values in facts.items()}
            paths = {name: np.cumsum(values, axis=1) for name, values in paths.items()}
        facts["closing"] = closing
        start = to_major(opening, self.currency)
        paths["closing"] = start + np.cumsum(draws.sum(axis=0), axis=1)
        found: dict[str, Floats] = {}
        for line in VARIANCE_LINES:
            found[line] = np.full((len(self.months), len(self.segments) + 1), np.nan)
            planned = line != "fx" or paths["fx"].any()
            if line in facts and planned:
                values = to_major(facts[line], self.currency)
                smallest = to_major(1, self.currency)
                found[line][:, here] = percentiles(values, paths[line], smallest)
        return found

    @cached_property
    def _volume_and_price(self) -> tuple[Ints, Ints]:
        planned, actual = self.planned[:, 0, :], self.actual[:, 0, :]
        pairs = [
            split_new(int(p), int(a), float(n), int(m))
            for p, a, n, m in zip(
                planned.flat,
                actual.flat,
                self.customers_planned.flat,
                self.customers_actual.flat,
                strict=True,
            )
        ]
        both = np.array(pairs, dtype=np.int64).reshape(*planned.shape, 2)
        return both[..., 0], both[..., 1]

    def _key(self, column: int) -> tuple[str, ...]:
        if column == len(self.segments):
            return ("total",) * len(self.segments.by)
        return self.segments.keys[column]


def _explained(volume: int, price: int, new: int) -> tuple[int, int, int, int]:
    return int(volume), int(price), int(new - volume - price), int(new)
