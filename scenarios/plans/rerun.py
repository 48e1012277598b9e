"""Re-running a plan: its figures once more from its inputs, or which of them is gone or changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from forecast.quantiles import QUANTILES
from history.errors import InputError
from history.money import to_decimal
from history.months import text
from history.segments import Segments
from history.wording import counted

from ..run import run
from ..variance.sealed_policy import sealed_policy
from .budget import Budget
from .figures import (
    COMPANY,
    Floats,
    planned,
    read_array,
    read_draws,
    write_counts,
    write_draws,
)
from .freezing import levers_digest
from .importing import SOURCE, figures_of
from .manifest import COUNTS, versions
from .sealing import unseal

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from history import Ledger

    from ..run import Run
    from ..scenario import Scenario
    from .plan import Plan

State = Literal["same", "changed", "gone"]
Fit = Callable[["Ledger", Sequence[str], bool], "Forecaster"]

_SHOWN = 6


@dataclass(frozen=True)
class Input:
    """One input of a plan, as it is now.

    Attributes
    ----------
    name
        ledger, ahead, policy, segments, scenario file, levers, budget or versions.
    state
        ``same``, ``changed`` or ``gone``.
    said
        What about it, in words; blank where it is the same.
    """

    name: str
    state: State
    said: str = ""


@dataclass(frozen=True)
class Rerun:
    """What came out when a plan was run again.

    Attributes
    ----------
    name, currency
        Of the plan.
    inputs
        One by one: the same, changed or gone.
    furthest
        Largest difference of a planned mean or quantile, minor units of MRR; None where the plan
        could not be run again.
    where
        Where that is: month, line and segment.
    draws
        Largest difference of a draw, major units; None as above.
    customers
        Largest difference of a number of customers, mean or of a path; None as above.
    lacking
        Figures, amounts or customers, that stand in one of the two only.
    """

    name: str
    currency: str
    inputs: tuple[Input, ...]
    furthest: int | None = None
    where: str = ""
    draws: float | None = None
    customers: float | None = None
    lacking: int = 0

    @property
    def ok(self) -> bool:
        """Whether every figure and every draw came out as sealed."""
        return self.furthest == self.draws == self.customers == self.lacking == 0

    @property
    def changed(self) -> tuple[Input, ...]:
        """The inputs that are not the same."""
        return tuple(each for each in self.inputs if each.state != "same")

    def __str__(self) -> str:
        lines = [f"{self.name}: {self._outcome()}"]
        lines += [f"  {each.name} {each.state}: {each.said}" for each in self.changed]
        if not (self.ok or self.changed):
            lines.append("  no input differs: this program, or this machine, computes otherwise")
        return "\n".join(lines)

    def _outcome(self) -> str:
        if self.furthest is None:
            return "cannot be run again"
        if self.ok:
            return "run again, every figure and every draw is as sealed"
        apart = []
        if self.furthest:
            amount = to_decimal(self.furthest, self.currency)
            apart.append(f"figures DIFFER by at most {amount:,} {self.currency} ({self.where})")
        if self.customers:
            apart.append(f"customers DIFFER by at most {self.customers:,.6g}")
        if self.lacking:
            apart.append(f"{counted(self.lacking, 'figure')} DIFFER: one of the two has none")
        if not apart:
            apart.append(f"every figure is as sealed; draws DIFFER by at most {self.draws:,.2f}")
        return f"run again, {', '.join(apart)}"


def rerun(
    plan: Plan,
    ledger: Ledger,
    fit: Fit | None = None,
    scenarios: Mapping[str, Scenario] | None = None,
) -> Rerun:
    """Run a plan again; see `Plan.rerun`."""
    then = _then(plan, ledger)
    if isinstance(then, Input):
        return Rerun(plan.name, plan.currency, (then,))
    inputs = list(_inputs(plan, ledger, then))
    if plan.manifest.origin is not None:
        return _read_again(plan, then, Rerun(plan.name, plan.currency, tuple(inputs)))
    if scenarios is not None:
        inputs.append(_scenario(plan, scenarios))
    if any(each.state == "gone" for each in inputs):
        return Rerun(plan.name, plan.currency, tuple(inputs))
    calibrated = plan.manifest.calibrated is not False
    forecaster = (fit or _fit)(then, plan.segments.by, calibrated)
    try:
        made = _run(plan, forecaster)
    except InputError as error:
        gone = Input("levers", "gone", str(error))
        return Rerun(plan.name, plan.currency, (*inputs, gone))
    inputs.append(_levers(plan, made))
    found = Rerun(plan.name, plan.currency, tuple(inputs))
    if made.projection.segments != plan.segments:
        return replace(found, inputs=(*inputs, _segments(plan, made.projection.segments)))
    draws = read_draws(write_draws(made.projection))
    compared = _compared(plan, planned(made.projection), draws, found)
    if plan.counts is None:
        return compared
    counts = read_array(write_counts(made.projection), COUNTS)
    return replace(compared, customers=max(compared.customers or 0.0, _apart(counts, plan.counts)))


def _fit(ledger: Ledger, by: Sequence[str], calibrate: bool) -> Forecaster:
    from forecast.forecaster import Forecaster

    return Forecaster.fit(ledger, by=by or None, calibrate=calibrate)


def _run(plan: Plan, forecaster: Forecaster) -> Run:
    sealed, scenario = plan.manifest, plan.scenario
    runs = run(scenario, forecaster, through=sealed.last, paths=sealed.paths, seed=sealed.seed)
    return runs[scenario.name]


def _then(plan: Plan, ledger: Ledger) -> Ledger | Input:
    """Give the ledger as of the plan's month and under its policy, or why there is none."""
    if ledger.currency != plan.currency:
        return Input("ledger", "gone", f"it is in {ledger.currency}, the plan in {plan.currency}")
    if not ledger.first_month <= plan.as_of <= ledger.as_of:
        span = f"{ledger.first_month} to {ledger.as_of}"
        return Input("ledger", "gone", f"it holds {span}, the plan knows {plan.as_of}")
    lacking = [name for name in plan.segments.by if name not in ledger.dimensions]
    if lacking:
        return Input("segments", "gone", f"the ledger has no column {', '.join(lacking)}")
    sealed = sealed_policy(plan.manifest.known)
    then = ledger.at(plan.as_of)
    try:
        return then if sealed is None else then.under(sealed)
    except InputError:
        return then


def _inputs(plan: Plan, ledger: Ledger, then: Ledger) -> Iterator[Input]:
    known, now = plan.manifest.known, then.fingerprint()
    changed = sorted(
        month
        for month in {*known.months, *now.months}
        if known.months.get(month) != now.months.get(month)
    )
    if changed:
        what = f"{counted(len(changed), 'month')} of its past are not as they were known"
        yield Input("ledger", "changed", f"{what}: {_some(changed)}")
    else:
        yield Input("ledger", "same")
    if now.policy != known.policy:
        words = "its switches are not those of the plan"
        yield Input(
            "policy", "gone" if sealed_policy(plan.manifest.known) is None else "changed", words
        )
    elif ledger.policy.digest != known.policy:
        words = f"now {ledger.policy.changed or 'the default'}; the plan is run under its own"
        yield Input("policy", "changed", f"{words} ({known.switches or 'the default'})")
    else:
        yield Input("policy", "same")
    # The sealed digest covers months, policy and what was known of the time ahead.
    if replace(now, months=known.months, policy=known.policy).digest != known.digest:
        said = "renewals, notices or signatures after the month are not as they were known"
        yield Input("ahead", "changed", f"{said}; read the export of {plan.as_of}")
    else:
        yield Input("ahead", "same")
    yield _versions(plan.manifest.versions)


def _versions(sealed: dict[str, str]) -> Input:
    here = versions()
    names = sorted({*sealed, *here})
    other = [
        f"{name} {sealed.get(name, 'none')} -> {here.get(name, 'none')}"
        for name in names
        if sealed.get(name) != here.get(name)
    ]
    return Input("versions", "changed", ", ".join(other)) if other else Input("versions", "same")


def _scenario(plan: Plan, scenarios: Mapping[str, Scenario]) -> Input:
    sealed = plan.manifest.assumptions
    now = scenarios.get(sealed.name)
    if now is None or now.digest != sealed.digest:
        said = "is no longer there" if now is None else "is not what was sealed"
        words = f"{sealed.name!r} {said}; the plan is run with its own changes"
        return Input("scenario file", "changed", words)
    return Input("scenario file", "same")


def _levers(plan: Plan, made: Run) -> Input:
    if levers_digest(made.levers) == plan.manifest.assumptions.levers:
        return Input("levers", "same")
    said = "the same changes come to other numbers by month and segment"
    return Input("levers", "changed", said)


def _segments(plan: Plan, segments: Segments) -> Input:
    now, then = set(segments.keys), set(plan.segments.keys)
    gone = [" / ".join(key) for key in sorted(then - now)]
    new = [" / ".join(key) for key in sorted(now - then)]
    return Input("segments", "gone", f"gone: {_some(gone) or 'none'}; new: {_some(new) or 'none'}")


def _read_again(plan: Plan, then: Ledger, found: Rerun) -> Rerun:
    """Read the sealed file of an imported plan once more."""
    origin = plan.manifest.origin
    assert origin is not None  # noqa: S101 - the caller has looked
    with TemporaryDirectory(prefix="arrcast-") as folder:
        file = Path(folder) / Path(origin.file).name
        file.write_bytes(unseal(plan.path.read_bytes(), str(plan.path))[SOURCE])
        try:
            budget = Budget.read(file, then, **origin.options | {"as_of": str(plan.as_of)})
        except InputError as error:
            gone = Input("budget", "gone", str(error))
            return replace(found, inputs=(*found.inputs, gone))
    if budget.segments != plan.segments:
        return replace(found, inputs=(*found.inputs, _segments(plan, budget.segments)))
    return _compared(plan, figures_of(budget), plan.draws, found)


def _compared(plan: Plan, again: pd.DataFrame, draws: Floats, found: Rerun) -> Rerun:
    columns, sealed = ["mean", *QUANTILES, "customers"], plan.figures
    ours, theirs = (each[columns].to_numpy(float) for each in (again, sealed))
    # What is blank in both is the same; what is blank in one has no size, and is counted.
    lacking = np.isnan(ours) != np.isnan(theirs)
    apart = np.where(np.isnan(ours) | np.isnan(theirs), 0.0, np.abs(ours - theirs))
    worst = apart[:, :-1].max(axis=1)
    row = sealed.iloc[int(worst.argmax())]
    segment = "company" if row["segment"] == COMPANY else plan.segments.labels[row["segment"]]
    return replace(
        found,
        furthest=int(worst.max()),
        where=f"{text(int(row['month']))}, {row['line']}, {segment}",
        draws=_apart(draws, plan.draws),
        customers=float(apart[:, -1].max()),
        lacking=int(lacking.sum()),
    )


def _apart(again: Floats, sealed: Floats) -> float:
    """Give the largest difference; arrays of two shapes are apart without end."""
    if again.shape != sealed.shape:
        return float("inf")
    return float(np.abs(again - sealed).max(initial=0.0))


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
