"""The commands on files that are read: report, read-workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Simulation, Source, command


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    command(app, "report")(report)
    command(app, "read-workbook")(read_workbook)


def report(
    source: Source,
    simulation: Simulation,
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO]...", help="Names or YAML files; all when left out."),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(help="Compare actuals with this plan as well.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", help="The folder to write to; by default out/.")
    ] = None,
    backtest: Annotated[
        bool, typer.Option(help="Measure the forecast's error on the past.")
    ] = True,
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE.pptx|potx", help="The company's own template for the deck."),
    ] = None,
    update: Annotated[
        Path | None,
        typer.Option(
            metavar="DECK.pptx",
            help="Renew arrcast's slides of this deck where they stand, and leave all others.",
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="en|fr", help="The pack's language; English when not said."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write the pack: deck, workbook, summary (pdf), page (html), memo, tables and figures."""
    from .pack import write_pack
    from .session import open_session

    session = open_session(source)
    write_pack(
        session,
        session.simulation(simulation),
        scenarios or [],
        plan=plan,
        folder=folder,
        with_backtest=backtest,
        template=template,
        update=update,
        language=language,
        force=force,
    )


def read_workbook(
    workbook: Annotated[
        Path, typer.Argument(metavar="FILE.xlsx", help="A results workbook, edited and saved.")
    ],
    folder: Annotated[
        Path | None,
        typer.Option("--out", help="The folder of the scenario files; by default only told."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Make scenario files of the assumptions that were typed over in a results workbook."""
    from .pack import read_back

    read_back(workbook, folder, force=force)
