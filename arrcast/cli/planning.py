"""Commands on decisions: compare, freeze, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Output, Simulation, Source, command


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "compare")(compare)
    command(app, "freeze")(freeze)
    command(app, "verify")(verify)


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
        str | None, typer.Option(metavar="YYYY-MM", help="The month of the table and the bridge.")
    ] = None,
    attribution: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD",
            help="What each change makes of the difference: shapley, in_order or first_in.",
        ),
    ] = None,
    every: Annotated[
        str, typer.Option(help="Rows of --attribution: month, quarter or year.")
    ] = "month",
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
    from scenarios import chances, mixture

    from .answers import about as facts_of
    from .answers import figure_or_name, reaching, weights
    from .decisions import attributed, compared, print_comparison
    from .output import emit
    from .session import open_session

    shares = weights(mix)
    session = open_session(source)
    settings = reaching(session, simulation, at)
    view = compared(session, settings, scenarios or [], against)
    about = {**facts_of(session, settings), "against": view.against}
    about["warnings"] = [str(overlap) for overlap in view.runs.overlaps]
    if above is not None:
        about["above"] = above
        frame = chances(view.runs, figure_or_name(above), weights=shares)
        emit(output, "arrcast.chances/1", frame, about=about)
    elif shares is not None:
        emit(output, "arrcast.mix/1", mixture(view.runs, shares), about=about)
    elif attribution is not None:
        about["method"] = attribution
        frame, text = attributed(view, at, attribution, every)
        emit(output, "arrcast.attribution/1", frame, about=about, view=text)
    elif output.json or output.out is not None:
        emit(output, "arrcast.compare/1", view.table(at=at), about=about)
    else:
        print_comparison(view, at)


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
) -> None:
    """Seal a scenario as a plan. A plan is never overwritten."""
    from .plans import run_freeze
    from .session import open_session

    session = open_session(source)
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
    place: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PLAN|DIR]",
            help="A .plan file, or a folder of them with their chain; the workspace's plans/ when "
            "left out.",
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

    where = place or (source.workspace or Path()) / "plans"
    reader = ledger_reader(source) if rerun else None
    if not verified(where, expect or [], reader, json=json):
        raise typer.Exit(1)
