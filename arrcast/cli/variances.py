"""``arrcast variance``: lines, drivers and words of a plan and what became of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from history import InputError
from history.money import to_major
from history.months import index_of
from scenarios import Plan

from .output import emit, header
from .session import open_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from pandas import DataFrame

    from scenarios import Run, Variance
    from scenarios.variance.spans import Every

    from .options import Output, Simulation, Source
    from .session import Session


def run(
    source: Source,
    simulation: Simulation,
    output: Output,
    plan: Path,
    month: str | None,
    *,
    every: Every,
    fiscal_year_start: int | None,
    outlook: str | None,
    detail: str,
) -> None:
    """Print one period of a variance, or write one of its tables."""
    session = open_session(source)
    found = Plan.read(plan).against(session.ledger)
    found = replace(found, fiscal_year_start=session.fiscal_year(fiscal_year_start).start)
    if outlook is not None:
        found = found.outlook(_to_the_end(session, simulation, found.plan, outlook).projection)
    tables = _tables(found, every)
    if detail not in tables:
        raise InputError(f"--detail {detail}: write {', '.join(tables)}")
    last = found.months[-1] if month is None else month
    # A period or segment that is none is told before a file is written.
    view = found.report(last, every=every, by=source.by or ())
    emit(
        output,
        "arrcast.variance/1" if detail == "lines" else f"arrcast.variance-{detail}/1",
        tables[detail](),
        about={**header(session.ledger), "plan": found.plan.name, "notes": list(found.notes)},
        view=view,
    )


def walk(
    source: Source,
    simulation: Simulation,
    output: Output,
    plan: Path,
    scenario: str,
    *,
    at: str | None,
    measure: str,
) -> None:
    """Print the way from a plan to a new forecast."""
    from scenarios import reforecast_walk

    session = open_session(source)
    found = Plan.read(plan).against(session.ledger)
    new = _to_the_end(session, simulation, found.plan, scenario)
    way = reforecast_walk(found, new, at=session.month(at), measure=measure)
    emit(
        output,
        "arrcast.reforecast/1",
        way.table(),
        about={**header(session.ledger), "plan": found.plan.name, "scenario": new.name},
        view=way,
    )


def _to_the_end(session: Session, simulation: Simulation, plan: Plan, name: str) -> Run:
    """Run a scenario to the plan's end, by the plan's segments."""
    from .decisions import find_scenarios, run_scenarios

    session = replace(session, by=plan.segments.by)
    ahead = index_of(plan.months[-1]) - index_of(session.ledger.as_of)
    if ahead < 1:
        raise InputError(f"the plan ends in {plan.months[-1]}: nothing of it is left to forecast")
    settings = session.simulation(simulation).model_copy(update={"months": ahead})
    (scenario,) = find_scenarios(session, [name])
    return run_scenarios(session, settings, [scenario])[scenario.name]


def _tables(found: Variance, every: Every) -> dict[str, Callable[[], DataFrame]]:
    return {
        "lines": lambda: found.table(by_segment=True, every=every),
        "drivers": lambda: found.drivers(by_segment=True, every=every),
        "restated": found.restated,
        "signals": lambda: found.signals(by_segment=True),
        "timing": lambda: found.timing_table(by_segment=True),
        "commentary": lambda: _said(found, every),
    }


def _said(found: Variance, every: Every) -> DataFrame:
    """Give every period's sentences, each with the line and the amount that it rests on."""
    from pandas import DataFrame

    rows = [
        (found.months[span.last], span.label, said.text, said.source, said.line, said.driver,
         " / ".join(said.segment), to_major(said.amount, found.currency))
        for span in found.spans(every)
        for said in found.commentary(found.months[span.last], every=every)
    ]  # fmt: skip
    names = ["month", "period", "text", "source", "line", "driver", "segment", "variance"]
    return DataFrame(rows, columns=names)
