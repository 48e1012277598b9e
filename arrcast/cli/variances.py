"""``arrcast variance``: lines, drivers and words of a plan and what became of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from history import InputError
from scenarios import Plan

from .output import emit, header
from .session import open_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from pandas import DataFrame

    from scenarios import Variance
    from scenarios.variance.spans import Every

    from .options import Output, Source


def run(
    source: Source,
    output: Output,
    plan: Path,
    month: str | None,
    *,
    every: Every,
    fiscal_year_start: int,
    detail: str,
) -> None:
    """Print one period of a variance, or write one of its tables."""
    session = open_session(source)
    found = Plan.read(plan).against(session.ledger)
    found = replace(found, fiscal_year_start=fiscal_year_start)
    tables = _tables(found, every)
    if detail not in tables:
        raise InputError(f"--detail {detail}: write {', '.join(tables)}")
    last = found.months[-1] if month is None else month
    view = found.report(last, every=every)  # a period that is none is told before a file is written
    emit(
        output,
        "arrcast.variance/1" if detail == "lines" else f"arrcast.variance-{detail}/1",
        tables[detail](),
        about={**header(session.ledger), "plan": found.plan.name, "notes": list(found.notes)},
        view=view,
    )


def _tables(found: Variance, every: Every) -> dict[str, Callable[[], DataFrame]]:
    return {
        "lines": lambda: found.table(by_segment=True, every=every),
        "drivers": lambda: found.drivers(by_segment=True, every=every),
        "restated": found.restated,
    }
