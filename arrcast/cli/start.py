"""Commands to begin with: demo, init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import FiscalYearStart, Source, command


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "demo")(demo)
    command(app, "init")(init)


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A folder to make.")] = Path(
        "demo-company"
    ),
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier demo.")] = False,
) -> None:
    """Make an example company and run the whole main job on it."""
    from ..demo import run_demo

    run_demo(folder, force=force)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workspace to make.")],
    source: Source,
    company: Annotated[str | None, typer.Option(help="The company's name.")] = None,
    fiscal_year_start: FiscalYearStart = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Make a workspace from a billing file; write Base, Upside, Downside from its own history."""
    from .make_workspace import make

    make(folder, source, company=company, fiscal_year_start=fiscal_year_start or 1, force=force)
