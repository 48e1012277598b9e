"""``arrcast init``: a workspace from a billing file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from history import InputError, OverwriteError
from history.reading.database import has_password, is_address
from scenarios import derived_scenarios
from scenarios.files.fields import file_name

from ..workspace import (
    ADDRESS_REFUSED,
    SETTINGS_FILE,
    LedgerSource,
    Settings,
    Workspace,
    settings_text,
)
from .session import open_session

if TYPE_CHECKING:
    from history import Ledger

    from .options import Source

COMMENTS = {
    "ledger": "The billing file and its columns; write the right name where a guess is wrong.",
    "as_of": "The last closed month. Without it, the last month that the file reaches.",
    "fiscal_year_start": "First month of the fiscal year; FY27 is the one that ends in 2027.",
    "by": "Dimensions that every figure is broken down by.",
    "closing": "Closing MRR as finance has it; arrcast check reconciles with it.",
}


def make(
    folder: Path, source: Source, *, company: str | None, fiscal_year_start: int, force: bool
) -> None:
    """Read the file, say what was guessed, write settings and three scenarios."""
    if source.ledger is None:
        raise InputError("arrcast init DIR needs --ledger FILE: the billing file to start from.")
    settings_path = folder / SETTINGS_FILE
    if settings_path.exists() and not force:
        raise OverwriteError(f"{settings_path} exists: --force overwrites it.")
    session = open_session(source)
    ledger = session.ledger
    workspace = write_workspace(
        folder,
        ledger,
        source,
        company=company or folder.resolve().name,
        by=session.by,
        fiscal_year_start=fiscal_year_start,
    )
    print(f"wrote {settings_path}")
    for field, column in ledger.mapping.items():
        print(f"  {field} = {column}")
    for scenario in derived_scenarios(ledger):
        path = workspace.scenarios_folder / f"{file_name(scenario.name)}.yaml"
        if path.exists() and not force:
            print(f"kept {path}")
            continue
        scenario.write(path, force=force)
        print(f"wrote {path}: {scenario.because or scenario.name}")


def write_workspace(
    folder: Path,
    ledger: Ledger,
    source: Source,
    *,
    company: str,
    by: tuple[str, ...],
    fiscal_year_start: int = 1,
) -> Workspace:
    """Make the folder and its settings; return the workspace."""
    assert source.ledger is not None  # noqa: S101 - the callers have looked
    settings = Settings(
        company=company,
        currency=ledger.currency,
        as_of=str(ledger.as_of),
        fiscal_year_start=fiscal_year_start,
        by=by,
        ledger=LedgerSource(
            **_place(source.ledger, folder),
            table=source.table,
            query=source.query,
            profile=source.profile,
            columns=dict(ledger.mapping),
            date_order=source.date_order,
            decimal=source.decimal,
            encoding=source.encoding,
            fx=_relative(source.fx, folder) if source.fx else None,
            part_months=source.part_months or "days",
        ),
    )
    for part in (folder, folder / "scenarios", folder / "plans", folder / "out"):
        part.mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS_FILE).write_text(settings_text(settings, COMMENTS), encoding="utf-8")
    return Workspace(folder, settings)


def _place(ledger: str, folder: Path) -> dict[str, str]:
    """Give the setting that says where the ledger is.

    Raises
    ------
    InputError
        A password stands in the address: it would stand in the settings as well.
    """
    if not is_address(ledger):
        return {"file": _relative(Path(ledger), folder)}
    if has_password(ledger):
        raise InputError(ADDRESS_REFUSED)
    return {"address": ledger}


def _relative(file: Path, folder: Path) -> str:
    return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
