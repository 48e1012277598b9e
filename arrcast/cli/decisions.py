"""What compare, freeze and report share: scenarios found, run and compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from history.errors import unknown_name
from scenarios import Scenario, compare, derived_scenarios, run

from .session import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        print(f"note: {note}", file=sys.stderr)
