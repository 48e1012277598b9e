"""``arrcast report`` and ``read-workbook``: deck and workbook of a run; edits made scenarios."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reports import board_deck, read_assumptions, workbook
from scenarios import Plan

from .decisions import compared
from .session import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecast import Backtest
    from history import Ledger
    from scenarios import Comparison, Costs, Variance

    from ..workspace import ForecastSettings
    from .session import Session


def write_pack(
    session: Session,
    settings: ForecastSettings,
    names: Sequence[str],
    *,
    plan: Path | None,
    folder: Path | None,
    with_backtest: bool,
    force: bool,
) -> None:
    """Fit, run, compare and write; say what was written and what was left out."""
    forecaster = session.fit()
    view = compared(session, settings, names, None, forecaster)
    variance = Plan.read(plan).against(session.ledger) if plan is not None else None
    backtest = None
    if with_backtest:
        with progress("Going back in time") as report:
            backtest = forecaster.backtest(progress=report)
    where = folder or (session.workspace.out_folder if session.workspace else Path("out"))
    where.mkdir(parents=True, exist_ok=True)
    write_files(
        where,
        session.ledger,
        view,
        variance,
        backtest=backtest,
        company=session.company,
        costs=session.workspace.settings.costs if session.workspace else None,
        fiscal_year_start=session.fiscal_year().start,
        force=force,
    )


def write_files(
    folder: Path,
    ledger: Ledger,
    view: Comparison,
    variance: Variance | None,
    *,
    backtest: Backtest | None,
    company: str,
    costs: Costs | None = None,
    fiscal_year_start: int = 1,
    force: bool = False,
) -> None:
    """Write the deck and the workbook, named by the ledger's as-of month."""
    deck = partial(board_deck, costs=costs, fiscal_year_start=fiscal_year_start)
    for write, name in ((deck, "board-deck.pptx"), (workbook, "results.xlsx")):
        made = write(
            folder / f"{ledger.as_of}-{name}",
            ledger,
            view,
            variance,
            backtest=backtest,
            company=company,
            force=force,
        )
        print(f"wrote {made.path}")
        for left_out in made.left_out:
            print(f"  left out: {left_out}")


def read_back(path: Path, folder: Path | None, *, force: bool) -> None:
    """Say which assumptions of a workbook were typed over, and write those scenarios as files."""
    found = read_assumptions(path)
    edited = [one for one in found if one.edited]
    for one in found:
        print(f"{one.name}: {'; '.join(one.edited) or 'as written'}")
    if folder is None:
        if edited:
            print("give --out FOLDER to write what was edited as scenario files")
        return
    folder.mkdir(parents=True, exist_ok=True)
    for one in edited:
        slug = re.sub(r"[^a-z0-9]+", "-", one.scenario.name.lower()).strip("-")
        print(f"wrote {one.scenario.write(folder / f'{slug}.yaml', force=force)}")
