"""What compare, freeze and report share: scenarios found, run and compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from history import InputError
from history.errors import unknown_name
from scenarios import Scenario, compare, derived_scenarios, run

from .output import show
from .session import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pandas import DataFrame

    from forecast import Forecaster
    from scenarios import Comparison, Runs

    from ..workspace import ForecastSettings
    from .session import Session


def find_scenarios(session: Session, names: Sequence[str]) -> list[Scenario]:
    """Return the scenarios of a call: names of the workspace, or files; all when none is named.

    A bare file has no scenarios of its own: Base, Upside and Downside are derived from its
    history.
    """
    known = (
        session.workspace.scenarios()
        if session.workspace is not None
        else {each.name: each for each in derived_scenarios(session.ledger)}
    )
    if not names:
        return list(known.values())
    return [_named(name, known) for name in names]


def _named(name: str, known: dict[str, Scenario]) -> Scenario:
    if name in known:
        return known[name]
    if Path(name).suffix in {".yaml", ".yml"}:
        return Scenario.read(name, based_on=known)
    raise unknown_name("scenario", name, known)


def run_scenarios(
    session: Session,
    settings: ForecastSettings,
    scenarios: Sequence[Scenario],
    forecaster: Forecaster | None = None,
) -> Runs:
    """Run scenarios on one forecaster, with the same random streams."""
    fitted = session.fit() if forecaster is None else forecaster
    with progress("Simulating"):
        runs = run(
            scenarios, fitted, months=settings.months, paths=settings.paths, seed=settings.seed
        )
    _warn(runs)
    return runs


def compared(
    session: Session,
    settings: ForecastSettings,
    names: Sequence[str],
    against: str | None,
    forecaster: Forecaster | None = None,
) -> Comparison:
    """Run scenarios and compare them with `against`: Base, or the first of them."""
    chosen = find_scenarios(session, names)
    known = [each.name for each in chosen]
    base = against or ("Base" if "Base" in known else known[0])
    if base not in known:
        chosen = [*find_scenarios(session, [base]), *chosen]
    return compare(run_scenarios(session, settings, chosen, forecaster), against=base)


def _warn(runs: Runs) -> None:
    """Print on standard error what counts double inside a scenario, and what is not projected."""
    for overlap in runs.overlaps:
        print(f"warning: {overlap}", file=sys.stderr)
    for note in runs.unseen:
        print(f"note: {note} (--months N projects further)", file=sys.stderr)


def attributed(view: Comparison, at: str | None, method: str, every: str) -> tuple[DataFrame, str]:
    """Return what each change makes of each difference: rows, and in words."""
    import pandas as pd

    with progress("Attributing") as report:
        found = [
            view.attribution(name, at, method=method, progress=report)  # type: ignore[arg-type]
            for name in view.scenarios[1:]
        ]
    frames = [each.table(every) for each in found]  # type: ignore[arg-type]  # checked there
    for each, frame in zip(found, frames, strict=True):
        frame.insert(0, "scenario", each.after)
    if not frames:
        raise InputError("--attribution: name a scenario beside the one compared against")
    return pd.concat(frames, ignore_index=True), "\n\n".join(map(str, found))


def print_comparison(view: Comparison, at: str | None) -> None:
    """Print scenarios side by side, their inputs and the bridge of each, at the horizon's end."""
    month = at or str(view.months[-1])
    print(f"ARR at {month}, {view.currency}")
    show(view.table(at=month), view.currency)
    print("\nWhat differs in the inputs")
    show(view.inputs())
    for name in view.scenarios:
        if name != view.against:
            print(f"\n{view.bridge(name, at=month)}")
