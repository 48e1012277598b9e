"""Commands that lay actuals beside a plan: variance, reforecast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import FiscalYearStart, Output, Simulation, Source, command


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    # How far a forecast goes says the plan.
    command(app, "variance", without=("months",))(variance)
    command(app, "reforecast", without=("months",))(reforecast)


def variance(
    source: Source,
    simulation: Simulation,
    output: Output,
    plan: Annotated[Path, typer.Argument(help="A .plan file.")],
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Explain this month; the last by default.")
    ] = None,
    every: Annotated[
        str,
        typer.Option(
            metavar="PERIOD", help="month, quarter, year_to_date, year (fiscal) or to_date."
        ),
    ] = "month",
    fiscal_year_start: FiscalYearStart = None,
    outlook: Annotated[
        str | None,
        typer.Option(
            metavar="SCENARIO",
            help="Continue with a forecast under this scenario to the plan's end.",
        ),
    ] = None,
    detail: Annotated[
        str,
        typer.Option(
            metavar="TABLE",
            help="What --json and --out write: lines, drivers, signals, timing, commentary or "
            "restated.",
        ),
    ] = "lines",
) -> None:
    """Actuals against a plan, by driver; the lines add up to the cent."""
    from .variances import run

    run(
        source,
        simulation,
        output,
        plan,
        month,
        every=every,  # type: ignore[arg-type]  # checked there
        fiscal_year_start=fiscal_year_start,
        outlook=outlook,
        detail=detail,
    )


def reforecast(
    source: Source,
    simulation: Simulation,
    output: Output,
    plan: Annotated[Path, typer.Argument(help="The previous forecast: a .plan file.")],
    scenario: Annotated[
        str, typer.Argument(help="The new one: a name in the workspace, or a YAML file.")
    ] = "Base",
    at: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM|FY27", help="The month walked to; the plan's last one."),
    ] = None,
    measure: Annotated[str, typer.Option(metavar="arr|mrr", help="What is walked.")] = "arr",
) -> None:
    """From the previous forecast to the new one: actuals, refit, new business, new levers."""
    from .variances import walk

    walk(source, simulation, output, plan, scenario, at=at, measure=measure)
