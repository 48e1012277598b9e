"""``arrcast economics``: what growth costs and returns, scenario by scenario."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from .options import FiscalYearStart, Output, Simulation, Source, command

if TYPE_CHECKING:
    import pandas as pd


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    command(app, "economics")(economics)


def economics(
    source: Source,
    simulation: Simulation,
    output: Output,
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCENARIO]...",
            help="Names in the workspace, or YAML files; all when left out.",
        ),
    ] = None,
    every: Annotated[str, typer.Option(help="quarter or year; whole ones alone.")] = "quarter",
    fiscal_year_start: FiscalYearStart = None,
) -> None:
    """CAC, payback, LTV/CAC, magic number, burn multiple and Rule of 40 by scenario.

    Base costs stand under costs in a scenario's file, or in arrcast.yaml for all scenarios.
    """
    from history import InputError
    from scenarios import unit_economics

    from .decisions import find_scenarios, run_scenarios
    from .output import emit, header
    from .session import open_session

    if every not in ("quarter", "year"):
        raise InputError(f"--every {every}: write quarter or year.")
    session = open_session(source)
    settings = session.simulation(simulation)
    costs = session.workspace.settings.costs if session.workspace is not None else None
    runs = run_scenarios(session, settings, find_scenarios(session, scenarios or []))
    if session.workspace is not None:
        for note in session.workspace.unseen_costs(runs.months[-1]):
            print(f"note: {note}", file=sys.stderr)
    start = session.fiscal_year(fiscal_year_start).start
    period = cast("Literal['quarter', 'year']", every)
    table = unit_economics(runs, costs, every=period, fiscal_year_start=start)
    about = {**header(session.ledger), "paths": settings.paths, "seed": settings.seed}
    emit(output, "arrcast.economics/1", table, about=about, view=_wide(table))


def _wide(table: pd.DataFrame) -> str:
    """Lay a block a scenario: figures with their units down, periods across."""
    from history.wording import aligned

    blocks = []
    for name, rows in table.groupby("scenario", sort=False):
        columns = rows[["period", "month"]].drop_duplicates()
        lines = [(str(name), *columns["period"]), ("", *columns["month"].astype(str))]
        for metric, cells in rows.groupby("metric", sort=False):
            unit = str(cells["unit"].iloc[0])
            figures = (_figure(value, unit) for value in cells["value"])
            lines.append((f"  {_named(str(metric), unit)}", *figures))
        blocks.append("\n".join(aligned(lines)))
    return "\n\n".join(blocks)


def _figure(value: float, unit: str) -> str:
    if value != value:
        return "not defined"
    if unit in _IN_PERCENT:
        return f"{value:.2%}" if abs(value) < 0.1 else f"{value:.1%}"
    if unit in ("ratio", "months"):
        return f"{value:,.1f}" if unit == "months" else f"{value:,.2f}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.1f}"


def _named(metric: str, unit: str) -> str:
    words = " ".join(_CAPITALS.get(word, word) for word in metric.split("_"))
    unit = _IN_PERCENT.get(unit, unit)
    return f"{words} ({unit})" if unit and unit not in words else words


_IN_PERCENT = {"share": "", "share a month": "a month"}
_CAPITALS = {word: word.upper() for word in ("arr", "cac", "arpa", "clv", "ltv")}
