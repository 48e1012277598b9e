"""``arrcast freeze``, ``verify`` and ``scorecard``: plans sealed, proved, and scored."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from history import InputError
from history.errors import OverwriteError
from history.wording import counted
from scenarios import Chain, Plan, Rerun, Scorecard
from scenarios.files.fields import file_name
from scenarios.plans.chain import missing
from scenarios.plans.following import refuse_rival
from scenarios.plans.plan import checked_plan
from scenarios.plans.rerun import Input

from .decisions import find_scenarios, run_scenarios
from .output import emit, header, print_json, records
from .session import open_session, progress

if TYPE_CHECKING:
    import pandas as pd

    from ..workspace import ForecastSettings
    from .options import Output, Source
    from .session import Session

Reader = Callable[[str], "Session | str"]


def run_freeze(
    session: Session,
    settings: ForecastSettings,
    scenario: str,
    name: str,
    approved_by: str,
    *,
    out: Path | None,
    follows: Path | None,
    alone: bool,
    kind: str | None,
) -> None:
    """Run one scenario, seal it, and print its hashes."""
    path = plan_path(session, name, out)
    before = predecessor(path.parent, session.ledger.as_of, follows, alone=alone)
    chosen = find_scenarios(session, [scenario])
    runs = run_scenarios(session, settings, chosen)
    plan = Plan.freeze(
        runs[chosen[0].name],
        name=name,
        approved_by=approved_by,
        path=path,
        follows=before,
        kind=kind,
    )
    print_sealed(plan)


def run_import(
    session: Session,
    file: Path,
    name: str,
    approved_by: str,
    *,
    out: Path | None,
    follows: Path | None,
    alone: bool,
    kind: str | None,
    reading: dict[str, Any],
) -> None:
    """Seal a budget from a spreadsheet; print what was assumed, every unused cell, its hashes."""
    path = plan_path(session, name, out)
    # Which months it knows depends on the file, so what it follows is not guessed.
    guess = follows is None
    before = predecessor(path.parent, session.ledger.as_of, follows, alone=alone or guess)
    plan = Plan.import_budget(
        file,
        session.ledger,
        name=name,
        approved_by=approved_by,
        path=path,
        follows=before,
        kind=kind or "budget",
        **reading,
    )
    origin = plan.manifest.origin
    assert origin is not None  # noqa: S101 - it was imported
    sheet = f", sheet {origin.sheet!r}" if origin.sheet else ""
    used = counted(origin.used, "cell")
    print(f"{origin.file}{sheet}: {used} used, {len(origin.unused)} not")
    for note in plan.manifest.notes:
        print(f"  assumed: {note}")
    for (_, why), group in groupby(origin.unused, key=_row_and_reason):
        (first, said, _), *others = group
        more = f" to {others[-1][0]}, {counted(len(others) + 1, 'cell')}" if others else ""
        print(f"  not used: {first} {said!r}{more}: {why}")
    closing = plan.table().query("line == 'closing'")["mean"]
    last = plan.months[-1]
    print(f"  ARR at {last}: {12 * float(closing.iloc[-1]):,.0f} {plan.currency}")
    print_sealed(plan)


def _row_and_reason(unused: tuple[str, str, str]) -> tuple[str, str]:
    cell, _, why = unused
    return cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), why


def print_sealed(plan: Plan) -> None:
    """Print what to write into the minutes."""
    print(f"sealed {plan.path}")
    if (before := plan.manifest.predecessor) is not None:
        print(f"follows {before.name}, content {before.content_hash}")
    print(f"content {plan.content_hash}\nseal {plan.seal}")


def plan_path(session: Session, name: str, out: Path | None) -> Path:
    """Return where a plan goes: as said, or by its name into the workspace's plans.

    Raises
    ------
    OverwriteError
        There is a file; it is looked for before the work begins.
    """
    folder = session.workspace.plans_folder if session.workspace else Path("plans")
    path = out or folder / f"{file_name(name, 'plan')}.plan"
    if path.exists():
        raise OverwriteError(
            f"{path} exists: a plan is never overwritten. Name another with --out."
        )
    return path


def predecessor(
    folder: Path, as_of: pd.Period, follows: Path | None, *, alone: bool
) -> Plan | None:
    """Return the plan before a new one: as said, or the one of the folder that nothing follows.

    Raises
    ------
    InputError
        Another plan of the folder follows that one, or several plans of an earlier month are
        followed by none: which is meant has to be said.
    """
    if follows is not None:
        if alone:
            raise InputError("--follows and --alone contradict each other; say one of them")
        before = Plan.read(follows)
        refuse_rival(folder, before.itself)
        if follows.parent.resolve() != folder.resolve():
            print(
                f"warning: {follows} lies in another folder than the new plan; their chain is "
                f"proved by both together: arrcast verify {folder} {follows.parent}",
                file=sys.stderr,
            )
        return before
    if alone or not any(folder.glob("*.plan")):
        return None
    chain = Chain.read(folder)
    for problem in chain.problems:
        print(f"warning: {problem}", file=sys.stderr)
    heads = [plan for plan in chain.heads if plan.as_of < as_of]
    if len(heads) > 1:
        names = ", ".join(str(plan.path) for plan in heads)
        raise InputError(
            f"several plans of an earlier month are followed by none ({names}): say which this one "
            "follows (--follows FILE), or --alone"
        )
    if heads:
        said = f"{heads[0].name}: the one plan of an earlier month that none follows"
        print(f"follows {said} (--alone: none)", file=sys.stderr)
        return heads[0]
    return None


def ledger_reader(source: Source) -> Reader:
    """Return how the ledger is read as of a plan's month, each month once."""

    @cache
    def read(as_of: str) -> Session | str:
        try:
            return open_session(replace(source, as_of=as_of), quiet=True)
        except InputError as error:
            return str(error)

    return read


def verified(places: list[Path], expected: list[str], reader: Reader | None, *, json: bool) -> bool:
    """Print whether a plan, or every plan of folders and their chain, is unbroken; return it.

    With a reader of the ledger the unbroken plans are run again.

    Raises
    ------
    InputError
        Several places are given, and one of them is no folder.
    """
    if len(places) == 1 and not places[0].is_dir():
        found = _file(places[0], expected)
    else:
        if files := [str(place) for place in places if not place.is_dir()]:
            raise InputError(f"{', '.join(files)}: no folder; several places have to be folders")
        inside = [place / "plans" for place in places]
        found = _folders(
            [own if own.is_dir() else place for own, place in zip(inside, places, strict=True)],
            expected,
        )
    reruns = [_again(plan, reader) for plan in found.plans] if reader else []
    ok = not found.problems and all(each.ok for each in reruns)
    if json:
        facts = {"ok": ok, "problems": found.problems, **found.facts}
        if reader:
            facts["reruns"] = [{**asdict(each), "ok": each.ok} for each in reruns]
        print_json({"schema": "arrcast.verify/1", **facts})
    else:
        print("\n".join([found.said, *map(str, reruns)]))
    return ok


@dataclass(frozen=True)
class _Found:
    """What was found in a file or a folder."""

    plans: tuple[Plan, ...]
    problems: list[str]
    facts: dict[str, object]
    said: str


def _file(place: Path, expected: list[str]) -> _Found:
    result, plan = checked_plan(place)
    plans = () if plan is None else (plan,)
    problems = [*result.problems, *missing(plans, expected)]
    facts: dict[str, object] = {"plan": str(place), "policy": result.policy}
    said = [str(replace(result, problems=tuple(problems)))]
    for plan in plans:
        facts |= _facts(plan)
        said.append(f"  seal {plan.seal}")
        if (before := plan.manifest.predecessor) is not None:
            said.append(f"  follows {before.name}, content {before.content_hash}")
    return _Found(plans, problems, facts, "\n".join(said))


def _folders(places: list[Path], expected: list[str]) -> _Found:
    chain = Chain.read(places, expected)
    facts: dict[str, object] = {
        "folder": ", ".join(map(str, places)),
        "notes": list(chain.notes),
        "plans": [{"plan": str(plan.path), **_facts(plan)} for plan in chain.plans],
    }
    return _Found(chain.plans, list(chain.problems), facts, str(chain))


def _again(plan: Plan, reader: Reader) -> Rerun:
    session = reader(str(plan.as_of))
    if isinstance(session, str):
        gone = Input("ledger", "gone", f"it cannot be read as of {plan.as_of}: {session}")
        return Rerun(plan.name, plan.currency, (gone,))
    scenarios = session.workspace.scenarios() if session.workspace else None
    with progress(f"Running {plan.name} again"):
        return plan.rerun(session.ledger, scenarios=scenarios)


def run_scorecard(source: Source, output: Output, folder: Path) -> None:
    """Score the unbroken plans of a folder against the ledger."""
    chain = Chain.read(folder)
    for problem in chain.problems:
        print(f"warning: {problem}", file=sys.stderr)
    session = open_session(source)
    found = Scorecard.of(chain.plans, session.ledger)
    about = {
        **header(session.ledger),
        "plans": found.plans,
        "promises": records(found.promises()),
        "notes": list(found.notes),
    }
    table = found.table(("line", "segment", "horizon"))
    emit(output, "arrcast.scorecard/1", table, about=about, view=str(found))


def _facts(plan: Plan) -> dict[str, object]:
    before = plan.manifest.predecessor
    return {
        "name": plan.name,
        "kind": plan.manifest.kind,
        "as_of": str(plan.as_of),
        "content": plan.content_hash,
        "seal": plan.seal,
        "follows": None if before is None else before.model_dump(),
    }
