"""``arrcast report``: the board deck and the workbook of one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reports import board_deck, workbook
from scenarios import Plan

from .decisions import compared
from .session import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecast import Backtest
    from history import Ledger
    from scenarios import Comparison, Variance

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
    force: bool = False,
) -> None:
    """Write the deck and the workbook, named by the ledger's as-of month."""
    for write, name in ((board_deck, "board-deck.pptx"), (workbook, "results.xlsx")):
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
