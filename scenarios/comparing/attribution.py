"""Attribution: which change makes how much of the difference between two scenarios."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError, unknown_name
from history.fiscal import FiscalYear, Periods
from history.language import month_told, say
from history.money import decimals
from history.months import index_of, month_of
from history.wording import aligned

from ..changes.compile import carried
from ..means import COUNTED, LEVELS
from .bridge import Bridge, Step, foot
from .difference import Aligned, align
from .games import MOST_EXACT, Coalition, in_order, sampled_shapley, shapley

if TYPE_CHECKING:
    from ..run import Run, Runs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Method = Literal["shapley", "in_order", "first_in"]
METHODS: Final = get_args(Method)

PAIRS: Final = 16
"""Orders drawn beyond `MOST_EXACT` changes, each played forwards and backwards."""

_COUNT_DECIMALS: Final = 2
_PRINTED_COUNT_DECIMALS: Final = 1
_COLUMNS: Final = (
    "month", "period", "kind", "label", "amount", "alone", "interaction", "amount_error", "because",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Attribution:
    """The difference between two scenarios by change, for every month ahead.

    Attributes
    ----------
    before, after
        Names of the two scenarios.
    measure
        As in `Projection.draws`; means over the paths are taken apart.
    method
        ``shapley``: mean over all orders in which the changes can be made; ``in_order``: one after
        the other as they are written (what the first one left out comes first); ``first_in``:
        each alone on what the two have in common, and what they do together as a step of its own.
    unit, currency
        Unit of all amounts, and the currency.
    months
        The months projected.
    at
        The month that is printed.
    changes
        The changes, in their order.
    start, end
        Arrays (months,): the two scenarios.
    shares, alone
        Arrays (changes, months): what each makes of the difference, and what it makes alone.
    samples
        Array (pairs of orders, changes, months) where shares are sampled; else None.
    """

    before: str
    after: str
    measure: str
    method: Method
    unit: str
    currency: str
    months: pd.PeriodIndex
    at: pd.Period
    changes: tuple[Aligned, ...]
    start: Floats
    end: Floats
    shares: Floats
    alone: Floats
    samples: Floats | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """What each step is called: the change's label, "without ..." where it is left out."""
        return tuple(
            one.stated.change.label
            if one.after
            else say("without {change}", change=one.stated.change.label)
            for one in self.changes
        )

    @property
    def interaction(self) -> Floats:
        """What each share has beyond the change alone, array (changes, months)."""
        return self.shares - self.alone

    def bridge(self, at: str | pd.Period | None = None) -> Bridge:
        """Give one month as a bridge from the first scenario to the second."""
        month = self.at if at is None else month_of(at)
        place = self._place(month)
        reasons = [one.stated.change.because for one in self.changes]
        steps = [
            Step(label, float(amount), because)
            for label, amount, because in zip(
                self.labels, self.shares[:, place], reasons, strict=True
            )
        ]
        start, end = float(self.start[place]), float(self.end[place])
        if self._residual:
            rest = end - start - sum(step.amount for step in steps)
            steps.append(Step(say("interaction"), rest, say("what the changes do together")))
        words = self.measure.upper() if self.measure in {"arr", "mrr"} else self.measure
        return Bridge(
            start,
            tuple(steps),
            end,
            unit=self.unit,
            title=say(
                "{before} to {after}, {measure} at {month}",
                before=self.before,
                after=self.after,
                measure=words.replace("_", " "),
                month=month_told(month),
            ),
            start_label=self.before,
            end_label=self.after,
        )

    def table(self, every: Periods = "month", *, fiscal_year_start: int = 1) -> pd.DataFrame:
        """Give every month, quarter or year, in whole minor units that add up in each.

        A level (ARR, MRR, customers) is that of the period's last month; a movement is the sum of
        the period's months, and so is each of its steps: the printed months add up to the printed
        years. Rounding is by month: start and end by themselves, the steps by largest remainder.

        Parameters
        ----------
        every
            Periods; the last one may be unfinished.
        fiscal_year_start
            Month in which the fiscal year begins, 1 to 12.

        Returns
        -------
        DataFrame
            A row a period for the start, each step and the end. ``month`` (the period's last one
            that is projected), ``period`` (its name, such as FY27 or Q3 FY27), ``measure``,
            ``kind`` (start, step, end), ``label``, ``amount`` (major units, rounded to minor ones;
            customers to hundredths), ``alone`` (what the change makes by itself), ``interaction``
            (amount - alone), ``amount_error`` (of a sampled share, else NaN), ``because``.
        """
        year = FiscalYear(fiscal_year_start)
        roll = _roll(self.months, every, year, level=self.measure in LEVELS)
        scale = _decimals(self.measure, self.currency)
        start, steps, end = (part @ roll.T for part in self._footed(scale))
        alone = np.rint(self.alone * 10.0**scale).astype(np.int64) @ roll.T
        errors = self._errors(roll)
        rows: list[tuple[Any, ...]] = []
        for period, last in enumerate(_last_months(self.months, roll)):
            unit, head = 10.0**scale, (last, year.name(last, every))
            rows.append((*head, "start", self.before, start[period] / unit, *_BLANK, None))
            for i, one in enumerate(self.changes):
                share, by_itself = steps[i, period], alone[i, period]
                figures = (share / unit, by_itself / unit, (share - by_itself) / unit)
                reason = one.stated.change.because
                rows.append((*head, "step", self.labels[i], *figures, errors[i, period], reason))
            if self._residual:
                rest = steps[-1, period] / unit
                rows.append((*head, "step", "interaction", rest, np.nan, rest, np.nan, None))
            rows.append((*head, "end", self.after, end[period] / unit, *_BLANK, None))
        table = pd.DataFrame(rows, columns=list(_COLUMNS))
        table.insert(2, "measure", self.measure)
        # As objects, so that no reason stays None instead of NaN.
        return table.assign(because=pd.Series([row[-1] for row in rows], dtype=object))

    def text(self, every: Periods = "month", *, fiscal_year_start: int = 1) -> str:
        """Say every month, quarter or year, one block each; as `table`.

        Figures are whole (customers to tenths) and add up as printed in every block.
        """
        table = self.table(every, fiscal_year_start=fiscal_year_start)
        year = FiscalYear(fiscal_year_start)
        blocks = table.groupby("month", sort=False)
        return "\n\n".join(
            self._block(self._when(rows["month"].iloc[0], every, year), rows) for _, rows in blocks
        )

    def __str__(self) -> str:
        table = self.table()
        return self._block(
            self._when(self.at, "month", FiscalYear()), table[table["month"] == self.at]
        )

    def _when(self, last: pd.Period, every: Periods, year: FiscalYear) -> str:
        """Say a period: the month at which a level is read, the months of a movement."""
        if self.measure in LEVELS:
            return f"at {year.at(last, every)}"
        if every == "month":
            return f"in {last}"
        numbers = year.number(self.months, every)
        first = self.months[int(np.argmax(numbers == numbers[self._place(last)]))]
        return f"in {year.name(last, every)}, {first} to {last}"

    def _block(self, when: str, rows: pd.DataFrame) -> str:
        """Print the rows of one period so that the printed figures add up."""
        places = _PRINTED_COUNT_DECIMALS if self.measure in COUNTED else 0
        steps = rows[rows["kind"] == "step"]
        start, end = (_whole(rows["amount"].iloc[i], places) for i in (0, -1))
        shares = foot([Decimal(x).scaleb(places) for x in steps["amount"]], end - start)
        head: tuple[str, ...] = ("", "share", "alone", "interaction")
        if self.samples is not None:
            head = (*head, "standard error")
        lines = [head, (self.before, _figure(start, places))]
        for share, row in zip(shares, steps.to_dict("records"), strict=True):
            line = [row["label"], _figure(share, places, "+")]
            if not math.isnan(row["alone"]):
                alone = _whole(row["alone"], places)
                line += [_figure(alone, places, "+"), _figure(share - alone, places, "+")]
            if not math.isnan(row["amount_error"]):
                line.append(_figure(_whole(row["amount_error"], places), places))
            lines.append(tuple(line))
        lines.append((self.after, _figure(end, places)))
        words = self.measure.upper() if self.measure in {"arr", "mrr"} else self.measure
        title = f"{self.before} to {self.after}, {words.replace('_', ' ')} {when} ({self.unit})"
        return "\n".join([f"{title}, {self.method}", *(f"  {line}" for line in aligned(lines))])

    @property
    def _residual(self) -> bool:
        return self.method == "first_in" and len(self.changes) > 1

    def _place(self, month: pd.Period) -> int:
        return index_of(month) - index_of(self.months[0])

    def _footed(self, scale: int) -> tuple[Ints, Ints, Ints]:
        """Start, steps and end of every month in whole units of the last decimal, adding up."""
        exact = self.shares
        if self._residual:
            rest = self.end - self.start - self.shares.sum(axis=0)
            exact = np.vstack([self.shares, rest])
        ends = [np.rint(side * 10.0**scale).astype(np.int64) for side in (self.start, self.end)]
        steps = np.zeros(exact.shape, dtype=np.int64)
        for month in range(len(self.months)) if len(exact) else ():
            parts = [Decimal(float(part)).scaleb(scale) for part in exact[:, month]]
            steps[:, month] = foot(parts, int(ends[1][month] - ends[0][month]))
        return ends[0], steps, ends[1]

    def _errors(self, roll: Ints) -> Floats:
        """Give standard errors of the shares in each period; NaN where they are exact."""
        if self.samples is None:
            return np.full((len(self.changes), len(roll)), np.nan)
        rolled = self.samples @ roll.T
        return np.asarray(rolled.std(axis=0, ddof=1) / np.sqrt(len(rolled)))


_BLANK: Final = (np.nan, np.nan, np.nan)


def attribute(
    runs: Runs,
    before: str,
    after: str,
    *,
    measure: str,
    at: pd.Period,
    method: Method = "shapley",
    where: Mapping[str, str | list[str]] | None = None,
    pairs: int = PAIRS,
    progress: Callable[[int, int], None] | None = None,
) -> Attribution:
    """Take the difference of two runs apart; see `Comparison.attribution`.

    Every set of changes is projected once, on the random streams of the runs; the runs remember
    its means by month, segment and measure, so that another measure costs nothing. A change that
    needs another one does nothing in the sets without it (`carried`).
    """
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    if pairs < 2:
        raise InputError(f"pairs={pairs}: a standard error needs at least 2")
    first, second = runs[before], runs[after]
    rows = align(first.scenario, second.scenario)
    players = tuple(row for row in rows if row.side != "common")
    chosen = None if where is None else runs.forecaster.segments.mask(where)
    played = _Played(runs, rows, measure, chosen, progress, _planned(len(players), method, pairs))
    samples = None
    if not players:
        shares = np.zeros((0, len(runs.months)))
    elif method == "shapley" and len(players) > MOST_EXACT:
        samples = sampled_shapley(len(players), played, pairs, runs.seed)
        shares = samples.mean(axis=0)
    elif method == "first_in":
        shares = _alone(players, played)
    else:
        shares = (shapley if method == "shapley" else in_order)(len(players), played)
    return Attribution(
        before=before,
        after=after,
        measure=measure,
        method=method,
        unit=runs.unit(measure),
        currency=runs.currency,
        months=runs.months,
        at=at,
        changes=players,
        start=played.of(first),
        end=played.of(second),
        shares=shares,
        alone=_alone(players, played),
        samples=samples,
    )


class _Played:
    """The game: which changes are made, and the mean path that comes of it."""

    def __init__(
        self,
        runs: Runs,
        rows: tuple[Aligned, ...],
        measure: str,
        chosen: NDArray[np.bool_] | None,
        progress: Callable[[int, int], None] | None,
        planned: int,
    ) -> None:
        self._runs, self._rows = runs, rows
        self._measure, self._chosen = measure, chosen
        self._progress, self._planned = progress, planned
        self._known: dict[Coalition, Floats] = {}

    def __call__(self, made: Coalition) -> Floats:
        """Mean path once the players `made` have done what they do: come in, or go out."""
        if made not in self._known:
            changes = tuple(row.stated.change for row in self._present(made))
            try:
                means = self._runs.means_of(changes)
            except InputError:
                forecaster, months = self._runs.forecaster, self._runs.months
                means = self._runs.means_of(carried(changes, forecaster, months))
            self._known[made] = means.total(self._measure, self._chosen)
            if self._progress is not None:
                done = len(self._known)
                self._progress(done, max(done, self._planned))
        return self._known[made]

    def of(self, run: Run) -> Floats:
        means = self._runs.means_of(run.scenario.all_changes)
        return means.total(self._measure, self._chosen)

    def _present(self, made: Coalition) -> Iterator[Aligned]:
        player = 0
        for row in self._rows:
            if row.side == "common":
                yield row
            else:
                if row.after == (player in made):
                    yield row
                player += 1


def _alone(players: tuple[Aligned, ...], game: _Played) -> Floats:
    """Give what each change makes by itself on what the two scenarios have in common."""
    common = frozenset(i for i, one in enumerate(players) if not one.after)
    steps = [
        game(common | {i}) - game(common) if one.after else game(common) - game(common - {i})
        for i, one in enumerate(players)
    ]
    return np.array(steps) if steps else np.zeros((0, len(game(common))))


def _planned(players: int, method: Method, pairs: int) -> int:
    """How many sets of changes are run at most."""
    if method != "shapley":
        return 2 * players + 1
    every: int = 2**players
    return every if players <= MOST_EXACT else min(every, 2 * pairs * (players - 1) + 2)


def _roll(months: pd.PeriodIndex, every: Periods, year: FiscalYear, *, level: bool) -> Ints:
    """Matrix (periods, months) that adds up movements, or takes the last month of levels."""
    period = year.number(months, every)
    roll = (period == np.unique(period)[:, None]).astype(np.int64)
    if level:
        last = roll.shape[1] - 1 - roll[:, ::-1].argmax(axis=1)
        roll = np.zeros_like(roll)
        roll[np.arange(len(last)), last] = 1
    return np.asarray(roll)


def _last_months(months: pd.PeriodIndex, roll: Ints) -> list[pd.Period]:
    return [months[int(np.flatnonzero(row)[-1])] for row in roll]


def _decimals(measure: str, currency: str) -> int:
    return _COUNT_DECIMALS if measure in COUNTED else decimals(currency)


def _whole(value: float, places: int) -> int:
    return int(Decimal(value).scaleb(places).to_integral_value())


def _figure(units: int, places: int, sign: str = "") -> str:
    return format(Decimal(units).scaleb(-places), f"{sign},.{places}f")
