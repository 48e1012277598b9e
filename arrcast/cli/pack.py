"""``arrcast report`` and ``read-workbook``: a run as files; an edited workbook as scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from history import InputError
from history.language import Language, spoken_language
from reports import board_pack, read_assumptions
from scenarios import Plan
from scenarios.files.fields import file_name

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
    template: Path | None,
    update: Path | None,
    language: str | None,
    force: bool,
) -> None:
    """Fit, run, compare and write; say what was written and what was left out."""
    form = _form(session, template, update, language)
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
        form=form,
        force=force,
    )


def _form(
    session: Session, template: Path | None, update: Path | None, language: str | None
) -> PackForm:
    """Say how the pack is made, from the command line and the workspace; files must exist."""
    if template is not None and update is not None:
        raise InputError("--template makes a new deck and --update renews one: give one of them")
    workspace = session.workspace
    slides = None
    if workspace is not None:
        settings = workspace.settings.report
        slides = settings.slides
        language = language or settings.language
        if template is None and update is None and settings.template:
            template = workspace.folder / settings.template
    for option, path in (("template", template), ("update", update)):
        if path is not None and not path.is_file():
            raise InputError(f"{option} {path}: not found; name a PowerPoint file")
    return PackForm(template, slides, update, spoken_language(language or "en"))


@dataclass(frozen=True)
class PackForm:
    """How a pack is made: a template, a choice of slides, an earlier deck; its language."""

    template: Path | None = None
    slides: tuple[str, ...] | None = None
    update: Path | None = None
    language: Language = "en"


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
    form: PackForm | None = None,
    force: bool = False,
) -> None:
    """Write the pack, files named by the ledger's as-of month; with an update the deck alone."""
    pack = board_pack(
        folder,
        ledger,
        view,
        variance,
        backtest=backtest,
        company=company,
        costs=costs,
        fiscal_year_start=fiscal_year_start,
        **vars(form or PackForm()),
        force=force,
    )
    for made in pack:
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
        written = folder / f"{file_name(one.scenario.name)}.yaml"
        print(f"wrote {one.scenario.write(written, force=force)}")
