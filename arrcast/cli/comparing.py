"""``arrcast compare``: side by side, which change makes how much, their mix, and chances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from history import InputError
from history.errors import unknown_name
from history.fiscal import PERIODS, FiscalYear, Periods
from history.wording import aligned, chance
from scenarios import chances, mixture

from .answers import about as facts_of
from .answers import figure_or_name, reaching, weights
from .decisions import compared
from .output import emit, show
from .session import progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scenarios import Comparison

    from .options import Output, Simulation
    from .session import Session

_QUANTILES = ("mean", "p10", "p50", "p90")


@dataclass(frozen=True)
class Asked:
    """What is asked of a comparison.

    Attributes
    ----------
    at
        One month, or the end of a fiscal period (FY27).
    every
        All months, quarters or years; not together with `at`.
    fiscal_year_start
        Month in which the fiscal year begins; None is the company's.
    attribution
        Method by which differences are shared out among the changes.
    mix
        Probabilities of scenarios, as NAME=WEIGHT.
    above
        A figure or a scenario.
    """

    at: str | None = None
    every: Periods | None = None
    fiscal_year_start: int | None = None
    attribution: str | None = None
    mix: Sequence[str] | None = None
    above: str | None = None

    def check(self) -> None:
        """Refuse what does not go together, before the work begins."""
        if self.every is not None and self.every not in PERIODS:
            raise unknown_name("period of --every", self.every, PERIODS)
        if self.at is not None and self.every is not None:
            raise InputError("--at is one month and --every are several: give one of them")
        if self.attribution is not None and (self.mix or self.above):
            raise InputError(
                "--attribution takes differences apart, --mix and --above tell chances: ask one "
                "after the other"
            )


def run(
    session: Session,
    simulation: Simulation,
    output: Output,
    names: Sequence[str],
    against: str | None,
    asked: Asked,
) -> None:
    """Run scenarios and write what is asked of them."""
    shares = weights(asked.mix)
    year = session.fiscal_year(asked.fiscal_year_start)
    at = session.month(asked.at, asked.fiscal_year_start)
    settings = reaching(session, simulation, at)
    view = compared(session, settings, names, against)
    about: dict[str, object] = {**facts_of(session, settings), "against": view.against}
    about["warnings"] = [str(overlap) for overlap in view.runs.overlaps]
    about["notes"] = list(view.runs.unseen)
    when = When(view, year, at, asked.every)
    if asked.attribution is not None:
        about["method"] = asked.attribution
        frame, text = when.attributed(asked.attribution)
        emit(output, "arrcast.attribution/1", frame, about=about, view=text)
    elif asked.above is not None:
        about["above"] = asked.above
        frame, text = when.chances(figure_or_name(asked.above), shares)
        emit(output, "arrcast.chances/1", frame, about=about, view=text)
    elif shares is not None:
        frame = when.chosen(mixture(view.runs, shares))
        emit(output, "arrcast.mix/1", frame, about=about, view=when.mix(frame, shares))
    elif output.json or output.out is not None:
        emit(output, "arrcast.compare/1", when.table(), about=about)
    else:
        when.show()


@dataclass(frozen=True)
class When:
    """A comparison, and the months of it that are asked for."""

    view: Comparison
    year: FiscalYear
    at: str | None
    every: Periods | None = None

    def table(self) -> pd.DataFrame:
        """Figures of every scenario in those months."""
        start = self.year.start
        return self.view.table(self.at, every=self.every or "month", fiscal_year_start=start)

    def chosen(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of the months that are asked for."""
        return frame[frame["month"].isin(self.table()["month"])].reset_index(drop=True)

    def show(self) -> None:
        """Print scenarios side by side, what differs in their inputs, and the way to each."""
        view, end = self.view, self.at or str(self.view.months[-1])
        # Nothing is printed before all is known to be right.
        bridges = [str(view.bridge(name, at=end)) for name in view.scenarios[1:]]
        if self.every is None:
            print(view.text(end))
        else:
            print(view.text(every=self.every, fiscal_year_start=self.year.start))
        print("\nWhat differs in the inputs")
        show(view.inputs())
        for bridge in bridges:
            print(f"\n{bridge}")

    def attributed(self, method: Any) -> tuple[pd.DataFrame, str]:
        """Take each difference apart by change: rows, and in words."""
        others = self.view.scenarios[1:]
        if not others:
            raise InputError("--attribution: name a scenario beside the one compared against")
        with progress("Attributing") as report:
            found = [
                self.view.attribution(name, self.at, method=method, progress=report)
                for name in others
            ]
        every: Periods = self.every or "month"
        start = self.year.start
        frames = [each.table(every, fiscal_year_start=start) for each in found]
        for each, frame in zip(found, frames, strict=True):
            frame.insert(0, "scenario", each.after)
        texts = [
            str(each) if self.every is None else each.text(every, fiscal_year_start=start)
            for each in found
        ]
        return self.chosen(pd.concat(frames, ignore_index=True)), "\n\n".join(texts)

    def chances(
        self, bar: str | float, shares: Mapping[str, float] | None
    ) -> tuple[pd.DataFrame, str]:
        """How likely each scenario is above a figure or another one, and the mix beside."""
        frame = self.chosen(chances(self.view.runs, bar, weights=shares))
        than = f"that of {bar}" if isinstance(bar, str) else f"{bar:,.0f} {self.view.currency}"
        names = list(frame.columns[1:])
        rows = [
            (self._named(row["month"]), *(chance(row[name]) for name in names))
            for row in frame.to_dict("records")
        ]
        lines = [f"Chance that ARR is above {than}", *aligned([("month", *names), *rows])]
        text = "\n".join(lines)
        if shares is None:
            return frame, text
        mixed = self.chosen(mixture(self.view.runs, shares))
        both = frame.merge(mixed, on="month")
        return both, f"{text}\n\n{self.mix(mixed, shares)}"

    def mix(self, frame: pd.DataFrame, shares: Mapping[str, float]) -> str:
        """Mean and quantiles of the mix, by month."""
        parts = ", ".join(f"{name} {100 * share:.4g}%" for name, share in shares.items())
        rows = [
            (self._named(row["month"]), *(f"{row[name]:,.0f}" for name in _QUANTILES))
            for row in frame.to_dict("records")
        ]
        title = f"ARR in {self.view.currency} when one of them comes true: {parts}"
        return "\n".join([title, *aligned([("month", *_QUANTILES), *rows])])

    def _named(self, month: pd.Period) -> str:
        return str(month) if self.every is None else self.year.at(month, self.every)
