"""What a command works on: the ledger it was given, and the settings that apply to it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from history import Findings, InputError, Ledger, Policy
from history.errors import unknown_name
from history.fiscal import FiscalYear
from history.wording import counted

from ..workspace import SETTINGS_FILE, ForecastSettings, Workspace
from .options import Simulation, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecast import Forecaster, RetentionAdjusted


_READ_BY_SETTINGS = (
    "currency", "fx", "map", "date_order", "decimal", "encoding", "part_months", "customers",
    "mrr_bands", "policy", "table", "query", "profile",
)  # fmt: skip


@dataclass(frozen=True)
class Session:
    """A ledger, its segments, and the workspace when there is one."""

    ledger: Ledger
    by: tuple[str, ...]
    workspace: Workspace | None

    @property
    def company(self) -> str:
        """The company's name, or the word for none."""
        return self.workspace.settings.company if self.workspace else "Company"

    @property
    def closing(self) -> dict[str, str]:
        """Closing MRR by month as finance has it."""
        return dict(self.workspace.settings.closing) if self.workspace else {}

    def fiscal_year(self, start: int | None = None) -> FiscalYear:
        """Return the fiscal year given on the command line, or the company's."""
        own = self.workspace.settings.fiscal_year_start if self.workspace else 1
        return FiscalYear(own if start is None else start)

    def month(self, said: str | None, start: int | None = None) -> str | None:
        """Return a month of the command line as YYYY-MM: as it is, or the end of FY27."""
        return None if said is None else str(self.fiscal_year(start).month(said))

    def simulation(self, given: Simulation) -> ForecastSettings:
        """Options given on the command line, over those of the workspace, over the defaults."""
        base = self.workspace.settings.forecast if self.workspace else ForecastSettings()
        said = {name: value for name, value in vars(given).items() if value is not None}
        return base.model_copy(update=said)

    def fit(self) -> Forecaster:
        """Fit the forecaster, showing progress."""
        from forecast import Forecaster

        with progress("Fitting and calibrating") as report:
            return Forecaster.fit(self.ledger, by=self.by or None, progress=report)

    def retention_adjusted(self) -> RetentionAdjusted:
        """Fit, and give the revenue of today's customers over the next twelve months."""
        settings = self.simulation(Simulation())
        projection = self.fit().project(months=12, paths=settings.paths, seed=settings.seed)
        return projection.retention_adjusted()


def open_session(source: Source, *, quiet: bool = False) -> Session:
    """Read the ledger of a call; print its findings on standard error unless `quiet`."""
    if source.ledger is not None and source.workspace is None:
        session = _bare_file(source)
        if Path(SETTINGS_FILE).exists():
            print(
                f"note: {SETTINGS_FILE} here is not used beside --ledger alone; "
                "give --workspace . as well for its settings and scenarios",
                file=sys.stderr,
            )
    else:
        session = _in_workspace(source)
    session.ledger.segments(session.by)  # an unknown column is an error before the work begins
    if source.as_of is None and not (session.workspace and session.workspace.settings.as_of):
        as_of = session.ledger.as_of
        print(f"as of {as_of}: guessed from the file's dates; say --as-of", file=sys.stderr)
    if not quiet:
        print_findings(session.ledger.findings)
    return session


def _in_workspace(source: Source) -> Session:
    said = [f"--{name.replace('_', '-')}" for name in _READ_BY_SETTINGS if getattr(source, name)]
    if said:
        raise InputError(
            f"{', '.join(said)}: in a workspace {SETTINGS_FILE} says how the ledger is read; "
            "change it there, or leave --workspace out."
        )
    workspace = Workspace.open(source.workspace or Path())
    ledger = workspace.ledger(as_of=source.as_of, file=source.ledger)
    return Session(ledger, tuple(source.by or workspace.settings.by), workspace)


def _bare_file(source: Source) -> Session:
    assert source.ledger is not None  # noqa: S101 - the caller has looked
    ledger = Ledger.read(
        source.ledger,
        as_of=source.as_of,
        currency=source.currency,
        fx=source.fx,
        columns=_mapping(source.map),
        date_order=source.date_order,  # type: ignore[arg-type]  # checked by the reader
        decimal=source.decimal,  # type: ignore[arg-type]
        encoding=source.encoding,
        part_months=source.part_months or "days",  # type: ignore[arg-type]
        customers=source.customers,
        mrr_bands=tuple(each.strip() for each in (source.mrr_bands or "").split(",") if each),
        policy=_policy(source.policy),
        table=source.table,
        query=source.query,
        profile=source.profile,
    )
    return Session(ledger, tuple(source.by or ()), None)


def _policy(words: list[str] | None) -> Policy:
    """Understand ``--policy``: at most one preset, and switches over it."""
    said: dict[str, str | None] = {}
    for word in words or []:
        name, sign, value = (part.strip() for part in word.partition("="))
        switch, meant = (name, value) if sign else ("preset", name)
        if switch != "preset" and switch not in Policy.model_fields:
            raise unknown_name("switch of the policy", switch, list(Policy.model_fields))
        if switch in said:
            raise InputError(f"--policy {word}: {switch} is said twice.")
        said[switch] = None if meant == "none" else meant
    try:
        return Policy.model_validate(said)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InputError(f"--policy: {wrong}") from None


def _mapping(pairs: list[str] | None) -> dict[str, str] | None:
    mapping: dict[str, str] = {}
    for pair in pairs or []:
        field, sign, column = pair.partition("=")
        if not sign or not field.strip():
            raise InputError(
                f"--map {pair}: write FIELD=COLUMN, e.g. --map customer_id=account, or FIELD= for a"
                " field that is not there"
            )
        if field.strip() in mapping:
            raise InputError(f"--map {pair}: {field.strip()} is mapped twice.")
        mapping[field.strip()] = column.strip()
    return mapping or None


def print_findings(findings: Findings) -> None:
    """Print what the reader found on standard error: errors and warnings, notes as a number."""
    problems = findings.errors + findings.warnings
    if problems:
        print(problems, file=sys.stderr)
    if findings.notes:
        print(f"{counted(len(findings.notes), 'note')}: arrcast check lists them", file=sys.stderr)


class progress:  # noqa: N801 - used like a function
    """A bar on standard error for work of more than a second; silent where no one watches."""

    def __init__(self, title: str) -> None:
        self._title = title

    def __enter__(self) -> Callable[[int, int], None]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Elapsed(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._bar.start()
        task = self._bar.add_task(self._title, total=None)

        def report(done: int, total: int) -> None:
            self._bar.update(task, completed=done, total=total)

        return report

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
