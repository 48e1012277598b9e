"""A plan: one sealed file that holds what was known, assumed and expected, and never changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from pydantic import ValidationError

from history.errors import InputError, PlanError
from history.months import month_of
from history.segments import Segments

from ..changes.kinds import change_of
from ..costs import Costs
from ..run import Run
from ..scenario import Scenario
from ..variance import Variance
from ..variance.actuals import variance_of
from .budget import Budget
from .figures import (
    Floats,
    major_table,
    month_range,
    read_array,
    read_draws,
    read_figures,
    read_history,
)
from .following import write_following
from .freezing import frozen
from .importing import SOURCE, imported
from .manifest import COUNTS, Manifest, Predecessor
from .rerun import Fit, Rerun, rerun
from .sealing import seal_of, sha256, unseal
from .verification import Verification, arithmetic

if TYPE_CHECKING:
    from history import Ledger

_TABLES: Final = ("draws.npy", "figures.csv", "history.csv")


@dataclass(frozen=True, eq=False)
class Plan:
    """A sealed plan.

    Attributes
    ----------
    path
        The file it was read from.
    manifest
        Name, approver, assumptions, what was known, seed, versions, hashes.
    segments
        What the positions in the tables stand for.
    figures
        One row a month (index), segment (position, -1 the company) and line; ``mean`` in whole
        minor units, ``customers``, quantiles. Adds up with ==.
    history
        Movements by month and segment as known at the sealing, minor units.
    draws
        Float64 (movements, paths, months, segments), major units: a sample of the paths.
    seal
        SHA-256 over every byte of the file after its first line, which says it.
    counts
        Numbers of customers of the same paths, float64 (`figures.COUNTED`, paths, months,
        segments); None in budgets and in plans of earlier versions.
    """

    path: Path
    manifest: Manifest
    segments: Segments
    figures: pd.DataFrame = field(repr=False)
    history: pd.DataFrame = field(repr=False)
    draws: Floats = field(repr=False)
    seal: str
    counts: Floats | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Name of the plan."""
        return self.manifest.name

    @property
    def approved_by(self) -> str:
        """Who approved it."""
        return self.manifest.approved_by

    @property
    def scenario(self) -> Scenario:
        """Its assumptions as a scenario that can be run again.

        The chain in one, with the same name and reason; equal to the sealed one where that is
        based on nothing.
        """
        sealed = self.manifest.assumptions
        changes = tuple(change_of(content) for content in sealed.changes)
        costs = None if sealed.costs is None else Costs.model_validate(sealed.costs)
        return Scenario(sealed.name, because=sealed.because, changes=changes, costs=costs)

    @property
    def as_of(self) -> pd.Period:
        """Last month known when it was sealed."""
        return month_of(self.manifest.known.as_of)

    @property
    def months(self) -> pd.PeriodIndex:
        """The months planned."""
        return month_range(self.manifest.first, self.manifest.last)

    @property
    def currency(self) -> str:
        """ISO 4217 code of all amounts."""
        return self.manifest.currency

    @property
    def content_hash(self) -> str:
        """Hash of the logical content: equal for equal inputs, whoever approves and when."""
        return self.manifest.content_hash

    @property
    def itself(self) -> Predecessor:
        """What a plan that follows it seals in."""
        return Predecessor(name=self.name, content_hash=self.content_hash, seal=self.seal)

    @classmethod
    def freeze(
        cls,
        run: Run,
        *,
        name: str,
        approved_by: str,
        path: str | Path,
        follows: Plan | str | Path | None = None,
        kind: str | None = None,
        force: bool = False,
    ) -> Plan:
        """Seal a run as a plan.

        Parameters
        ----------
        run
            One of `Runs`.
        name
            Name of the plan.
        approved_by
            Who approved it.
        path
            Where to; folders are made as needed.
        follows
            The plan before this one, or its file: its content hash and its seal are sealed in.
        kind
            ``budget``, ``reforecast``, or months known + months forecast such as ``3+9``.
        force
            Changes nothing: a plan is never overwritten. Taken so that a caller that overwrites
            other files is refused here with the same error.

        Returns
        -------
        Plan
            As read back from the bytes written.

        Raises
        ------
        OverwriteError
            There is a file of that name, with or without `force`.
        InputError
            Name, approver or kind do not do, a figure is not finite, or it cannot follow that
            plan: it knows less, has another currency, or another plan of the folder follows it.
        PlanError
            The file of the plan before is broken.
        """
        del force
        before = cls.read(follows) if isinstance(follows, str | Path) else follows
        content, manifest = frozen(run, name, approved_by, follows=before, kind=kind)
        plan = _parse(content, Path(path))
        write_following(plan.path, content, manifest.predecessor)
        return plan

    @classmethod
    def import_budget(
        cls,
        source: str | Path,
        ledger: Ledger,
        *,
        name: str,
        approved_by: str,
        path: str | Path,
        follows: Plan | str | Path | None = None,
        kind: str | None = "budget",
        **reading: Any,
    ) -> Plan:
        """Seal a budget as finance has it in a spreadsheet: a plan without draws.

        Months may run along a row or a column, in a table of month x segment x movement or of
        levels only; totals are checked, and the file itself is sealed in.

        Parameters
        ----------
        source
            An xlsx or csv file.
        ledger
            The company's: it says where the budget opens, what was known, and which segments are.
        name, approved_by, path, follows, kind
            As of `freeze`.
        **reading
            As of `Budget.read`, where the file leaves a doubt: ``measure`` (``mrr`` or ``arr``),
            ``scale`` (1000), ``decimal``, ``sheet``, ``first`` (the first month of names without a
            year), ``by`` (dimensions), ``as_of`` (what was known; by default the month before the
            budget, or the ledger's last), ``no_losses`` (nothing is planned to be lost).

        Returns
        -------
        Plan
            Its manifest's notes say all that was assumed, `manifest.origin` every unused cell.

        Raises
        ------
        InputError
            The file can be read in two ways, or its sums are wrong: every cell is named.
        OverwriteError
            There is a file of that name.
        """
        file = Path(source)
        before = cls.read(follows) if isinstance(follows, str | Path) else follows
        budget = Budget.read(file, ledger, **reading)
        content, manifest = imported(
            file, budget, ledger, name, approved_by, follows=before, kind=kind
        )
        plan = _parse(content, Path(path))
        write_following(plan.path, content, manifest.predecessor)
        return plan

    @classmethod
    def read(cls, path: str | Path) -> Plan:
        """Read a plan, checking its seal.

        Raises
        ------
        PlanError
            Not a plan, or changed after it was sealed; the message says what is broken.
        InputError
            The file cannot be read at all.
        """
        return _parse(_bytes(Path(path)), Path(path))

    def verify(self) -> Verification:
        """Check the file again: seal, content hash, tables, and that every figure adds up.

        Returns
        -------
        Verification
            Also broken when the file now holds another plan than the one that was read.
        """
        found = verify_plan(self.path)
        if found.ok and found.content_hash != self.content_hash:
            return Verification(self.path, ("the file holds another plan than the one read",))
        return found

    def rerun(
        self,
        ledger: Ledger,
        fit: Fit | None = None,
        scenarios: Mapping[str, Scenario] | None = None,
    ) -> Rerun:
        """Run it again from a ledger: as of its month, under its policy, with its seed and levers.

        Parameters
        ----------
        ledger
            The company's ledger, as of the plan's month or later. A later export knows contracts
            and notices that were not known then; the export of the month itself is better.
        fit
            How a forecaster is fitted (ledger, dimensions, whether it is calibrated); as
            `Forecaster.fit` does when left out.
        scenarios
            Scenarios as they are now, by name, to say whether the plan's is still there. The plan
            is run with the changes that were sealed in.

        Returns
        -------
        Rerun
            Whether the figures are those sealed, and which input is gone or changed.
        """
        return rerun(self, ledger, fit, scenarios)

    def against(self, ledger: Ledger) -> Variance:
        """Lay actuals beside the plan.

        Parameters
        ----------
        ledger
            The same company's ledger, read as of a later month.

        Returns
        -------
        Variance
            Adds up to the minor unit: by month, to date, by segment and in total.

        Raises
        ------
        InputError
            No month of the plan is closed in the ledger, it has another currency, or it lacks a
            dimension of the plan.
        """
        return variance_of(self, ledger)

    def table(self, by_segment: bool = False) -> pd.DataFrame:
        """Give the planned figures in major units.

        Returns
        -------
        DataFrame
            ``month``, the segment columns (with `by_segment`; the company's rows have ``total``),
            ``line`` (opening, movements, closing), ``mean``, quantiles (NaN for the opening), and
            ``customers``.
        """
        return major_table(self.figures, self.segments, self.currency, by_segment=by_segment)

    def __str__(self) -> str:
        manifest = self.manifest
        closing = self.table().loc[lambda table: table["line"] == "closing", "mean"]
        arr = 12 * float(closing.iloc[-1])
        kind = "" if manifest.kind is None else f" ({manifest.kind})"
        return (
            f"{self.name}{kind}: {manifest.assumptions.name}, approved by {self.approved_by} on "
            f"{manifest.frozen_at[:10]}, known as of {self.as_of}, {self.months[0]} to "
            f"{self.months[-1]}; ARR {arr:,.0f} {self.currency} at {self.months[-1]}; "
            f"content {self.content_hash[:12]}"
        )


def verify_plan(path: str | Path) -> Verification:
    """Check a plan's file, broken or not.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Verification
        With every problem found.

    Raises
    ------
    InputError
        The file cannot be read at all.
    """
    return checked_plan(path)[0]


def checked_plan(path: str | Path) -> tuple[Verification, Plan | None]:
    """Check a plan's file and give the plan in it, reading it once; None where it cannot be read.

    Raises
    ------
    InputError
        The file cannot be read at all.
    """
    place = Path(path)
    try:
        plan = _parse(_bytes(place), place)
    except PlanError as error:
        return Verification(place, (str(error).removeprefix(f"{place}: "),)), None
    known = plan.manifest.known
    found = Verification(place, tuple(arithmetic(plan)), plan.content_hash, known.policy)
    return found, plan


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _parse(content: bytes, path: Path) -> Plan:
    """Give the plan in the bytes; every byte is vouched for by the seal, which is checked first."""
    members = unseal(content, str(path))
    try:
        return _plan(members, path, seal_of(content))
    except (PlanError, InputError) as error:
        raise PlanError(f"{path}: sealed, but not as this program seals: {error}") from None
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        said = str(error).splitlines()[0]
        raise PlanError(f"{path}: sealed, but not as this program seals: {said}") from None


def _plan(members: Mapping[str, bytes], path: Path, seal: str) -> Plan:
    if not {*_TABLES, "manifest.json"} <= set(members):
        raise PlanError(f"holds {', '.join(sorted(members))}")
    manifest = Manifest.model_validate(json.loads(members["manifest.json"]))
    tables = _TABLES if manifest.origin is None else (*_TABLES, SOURCE)
    if COUNTS in members:
        tables = (*tables, COUNTS)
    if set(members) != {*tables, "manifest.json"} or set(manifest.members) != set(tables):
        raise PlanError(f"holds {', '.join(sorted(members))}")
    if manifest.to_bytes() != members["manifest.json"]:
        raise PlanError("the manifest is not in its canonical form")
    for name in tables:
        if manifest.members.get(name) != sha256(members[name]):
            raise PlanError(f"{name} is not the table that the manifest names")
    if manifest.content() != manifest.content_hash:
        raise PlanError("the content hash does not follow from the content")
    return Plan(
        path=path,
        manifest=manifest,
        segments=Segments(manifest.by, manifest.segments),
        figures=read_figures(members["figures.csv"]),
        history=read_history(members["history.csv"]),
        draws=read_draws(members["draws.npy"]),
        seal=seal,
        counts=read_array(members[COUNTS], COUNTS) if COUNTS in members else None,
    )
