"""``arrcast economics``: what growth costs and returns, scenario by scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from .options import Output, Simulation, Source, command

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
    fiscal_year_start: Annotated[
        int, typer.Option(min=1, max=12, help="Month in which the fiscal year begins.")
    ] = 1,
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
    runs = run_scenarios(session, settings, find_scenarios(session, scenarios or []))
    costs = session.workspace.settings.costs if session.workspace is not None else None
    period = cast("Literal['quarter', 'year']", every)
    table = unit_economics(runs, costs, every=period, fiscal_year_start=fiscal_year_start)
    about = {**header(session.ledger), "paths": settings.paths, "seed": settings.seed}
    emit(output, "arrcast.economics/1", table, about=about, view=_wide(table))


def _wide(table: pd.DataFrame) -> str:
    """One block a scenario: figures down, periods across."""
    blocks = []
    for name in dict.fromkeys(table["scenario"]):
        rows = table[table["scenario"] == name]
        wide = rows.pivot_table(
            index="metric", columns="month", values="value", sort=False, dropna=False
        )
        text = wide.map(_figure).to_string(header=[str(month) for month in wide.columns])
        # The names of the axes take a line of their own, which says nothing.
        lines = [line for line in text.splitlines() if line.strip() not in ("metric", "month")]
        blocks.append("\n".join([name, *lines]))
    return "\n\n".join(blocks)


def _figure(value: float) -> str:
    if value != value:
        return "not defined"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.3g}"
