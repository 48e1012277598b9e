"""Commands on decisions: compare, freeze, verify, scorecard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from .options import FiscalYearStart, Output, Simulation, Source, command

BUDGET = "A budget from a spreadsheet"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "compare")(compare)
    command(app, "freeze")(freeze)
    command(app, "verify")(verify)
    command(app, "scorecard")(scorecard)


def compare(
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
    against: Annotated[
        str | None, typer.Option(help="The scenario that the others are compared with.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM|FY27", help="One month, or the end of a fiscal year or quarter."
        ),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(
            metavar="month|quarter|year",
            help="Every one of them, by the fiscal year, a block each.",
        ),
    ] = None,
    fiscal_year_start: FiscalYearStart = None,
    attribution: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD",
            help="What each change makes of the difference: shapley, in_order or first_in.",
        ),
    ] = None,
    mix: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=WEIGHT", help="Probability of a scenario; repeatable, they add up to 1."
        ),
    ] = None,
    above: Annotated[
        str | None,
        typer.Option(metavar="ARR|SCENARIO", help="Chance of being above it, month by month."),
    ] = None,
) -> None:
    """Scenarios side by side, difference of their inputs, bridge by change."""
    from .comparing import Asked, run
    from .session import open_session

    asked = Asked(at, cast("Any", every), fiscal_year_start, attribution, mix, above)
    asked.check()
    run(open_session(source), simulation, output, scenarios or [], against, asked)


def freeze(
    source: Source,
    simulation: Simulation,
    name: Annotated[str, typer.Option(help="The plan's name, such as 'FY27 board plan'.")],
    approved_by: Annotated[str, typer.Option(help="Who approved it.")],
    scenario: Annotated[
        str, typer.Argument(help="Name in the workspace, or a YAML file.")
    ] = "Base",
    out: Annotated[
        Path | None, typer.Option(help="The plan's file; by default plans/ of the workspace.")
    ] = None,
    follows: Annotated[
        Path | None,
        typer.Option(
            metavar="PLAN",
            help="The plan before this one; by default the one in the same folder that knows an "
            "earlier month and that no plan follows.",
        ),
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="It follows no plan.")] = False,
    kind: Annotated[
        str | None,
        typer.Option(help="budget, reforecast, or months known + months forecast such as 3+9."),
    ] = None,
    budget: Annotated[
        Path | None,
        typer.Option(
            help="Seal this budget (xlsx, csv) as finance has it instead of a scenario.",
            rich_help_panel=BUDGET,
        ),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(metavar="mrr|arr", help="What its amounts are.", rich_help_panel=BUDGET),
    ] = None,
    scale: Annotated[
        int | None,
        typer.Option(min=1, help="Its unit: 1000 for thousands.", rich_help_panel=BUDGET),
    ] = None,
    budget_decimal: Annotated[
        str | None,
        typer.Option(metavar=".|,", help="Its decimal sign.", rich_help_panel=BUDGET),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="The sheet of its workbook.", rich_help_panel=BUDGET)
    ] = None,
    first: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM",
            help="Its first month, where months have no year.",
            rich_help_panel=BUDGET,
        ),
    ] = None,
    no_losses: Annotated[
        bool,
        typer.Option(
            "--no-losses", help="It plans neither churn nor contraction.", rich_help_panel=BUDGET
        ),
    ] = False,
) -> None:
    """Seal a scenario, or a budget from a spreadsheet, as a plan. A plan is never overwritten."""
    from .plans import run_freeze, run_import
    from .session import open_session

    told = {"measure": measure, "scale": scale, "decimal": budget_decimal}
    told |= {"sheet": sheet, "first": first, "no_losses": no_losses or None}
    if budget is None and any(value is not None for value in told.values()):
        raise typer.BadParameter("--measure, --scale, --sheet ... say how a --budget is read")
    session = open_session(source)
    if budget is not None:
        run_import(
            session,
            budget,
            name,
            approved_by,
            out=out,
            follows=follows,
            alone=alone,
            kind=kind,
            reading={**told, "by": source.by},
        )
        return
    run_freeze(
        session,
        session.simulation(simulation),
        scenario,
        name,
        approved_by,
        out=out,
        follows=follows,
        alone=alone,
        kind=kind,
    )


def verify(
    source: Source,
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PLAN|DIR]...",
            help="A .plan file, or a folder of them with their chain (several where plans of one "
            "follow plans of another); the workspace's plans/ when left out.",
        ),
    ] = None,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HASH",
            help="A content hash or seal from the minutes that has to be there; repeatable.",
        ),
    ] = None,
    rerun: Annotated[
        bool,
        typer.Option(
            "--rerun", help="Run the plans again from the ledger, and say what is not the same."
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Prove plans and their chain unbroken, or say what was changed; ends with 1 when broken."""
    from .plans import ledger_reader, verified

    where = places or [(source.workspace or Path()) / "plans"]
    reader = ledger_reader(source) if rerun else None
    if not verified(where, expect or [], reader, json=json):
        raise typer.Exit(1)


def scorecard(
    source: Source,
    output: Output,
    plans: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A folder of plans; the workspace's when left out."),
    ] = None,
) -> None:
    """How good all sealed plans were, and what they tend to over-promise."""
    from .plans import run_scorecard

    run_scorecard(source, output, plans or (source.workspace or Path()) / "plans")
