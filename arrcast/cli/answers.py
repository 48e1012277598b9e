"""What solve, tornado, stress and compare share: one scenario run, levers as said, files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

from history import InputError
from history.months import month_of
from scenarios.files.fields import file_name, is_span

from .decisions import find_scenarios, run_scenarios
from .output import emit, header, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from scenarios import Comparison, Runs, Scenario, Solution, Target, Tornado
    from scenarios.deciding.dial import AnyDial

    from ..workspace import ForecastSettings
    from .options import Output, Simulation
    from .session import Session


_SHARES = ("--target-growth", "--rule-of-40")
_STRANGE = 10.0
"""From here on a share is taken for percent by mistake."""


def run_one(
    session: Session,
    simulation: Simulation,
    scenario: str,
    at: str | None,
    other: str | None = None,
) -> tuple[ForecastSettings, Runs, str]:
    """Run a scenario, and one beside it, far enough to reach a month; return its name too."""
    found = find_scenarios(session, [scenario] if other is None else [scenario, other])
    settings = reaching(session, simulation, at)
    runs = run_scenarios(session, settings, found)
    return settings, runs, found[0].name


def reaching(session: Session, simulation: Simulation, at: str | None) -> ForecastSettings:
    """Return the settings of a call, with as many months as it takes to reach one."""
    from forecast.forecaster import MOST_MONTHS

    settings = session.simulation(simulation)
    if at is None:
        return settings
    as_of = session.ledger.as_of
    ahead = month_of(at).ordinal - as_of.ordinal
    if ahead < 1:
        raise InputError(f"--at {at}: the history goes to {as_of}; give a later month")
    if ahead > MOST_MONTHS:
        raise InputError(f"--at {at} is {ahead} months ahead: {MOST_MONTHS} are the most")
    if simulation.months is not None:
        if ahead > simulation.months:
            raise InputError(
                f"--at {at} is after {as_of + simulation.months}, the last of --months "
                f"{simulation.months}: leave --months out, or give {ahead}"
            )
        return settings
    return settings.model_copy(update={"months": max(settings.months, ahead)})


def target_of(
    figures: Mapping[str, float | None], margin: float | None, tie_with: str | None
) -> Target | str:
    """Understand the target of solve: a figure by its option, or a scenario to tie with."""
    from scenarios import Target

    given = {option: figure for option, figure in figures.items() if figure is not None}
    said = [*given, *(["--tie-with"] if tie_with is not None else [])]
    if len(said) != 1:
        known = f"{', '.join(figures)} or --tie-with"
        raise InputError(f"give one of {known}; given: {' and '.join(said) or 'none'}")
    if tie_with is not None:
        return tie_with
    (option,) = given
    if (option == "--rule-of-40") != (margin is not None):
        raise InputError(
            "--rule-of-40 is growth plus margin: it goes with --margin, a share of revenue (-0.05 "
            "is a loss of 5 %)"
        )
    number = float(given[option] or 0.0)
    if option in _SHARES and number >= _STRANGE:
        raise InputError(
            f"{option} {number:g} is {number:,.0%}: a share is meant, {number:g} % is written "
            f"{number / 100:g}"
        )
    name = option.removeprefix("--").removeprefix("target-").replace("-", "_")
    return Target(**{name: given[option]}, margin=margin)


def check_probability(share: float | None) -> None:
    """Refuse a ``--probability`` that is none."""
    if share is not None and not 0 < share <= 1:
        raise InputError(f"--probability {share:g}: a share above 0, at most 1 (0.8 is 80 %)")


def dials(
    levers: Sequence[str] | None, way: str | None, during: str | None, where: Sequence[str] | None
) -> list[AnyDial] | None:
    """Return levers as dials that are turned in the months and segments said; None for all."""
    from scenarios.deciding.dial import dial_of
    from scenarios.deciding.sensitivity import TURNED

    if levers is None and during is None and not where:
        return None
    if during is not None and not is_span(during):
        raise InputError(
            f"--during {during}: write 2026-10/2027-06, 2026-10/ (from then on), /2027-06 (until "
            "then) or 2026-10 (that month alone)"
        )
    names = list(TURNED) if levers is None else levers
    if not names:
        raise InputError("--lever NAME: say which lever is turned, such as --lever churn")
    return [
        dial_of(name, way, during, _where(where))  # type: ignore[arg-type]  # checked
        for name in names
    ]


def share(text: str) -> float | Literal["history"]:
    """Understand ``--step``."""
    if text == "history":
        return "history"
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < 1:
        raise InputError(f"--step {text}: write a share such as 0.1, or history")
    return found


def weights(pairs: Sequence[str] | None) -> dict[str, float] | None:
    """Understand ``--mix NAME=WEIGHT``."""
    found: dict[str, float] = {}
    for pair in pairs or []:
        name, sign, number = (part.strip() for part in pair.rpartition("="))
        try:
            weight = float(number)
        except ValueError:
            sign = ""
        if not sign or name in found:
            raise InputError(f"--mix {pair}: write NAME=WEIGHT, each name once, as in Base=0.5")
        found[name] = weight
    return found or None


def figure_or_name(text: str) -> str | float:
    """Understand ``--above``: a figure, or the name of a scenario."""
    try:
        return float(text)
    except ValueError:
        return text


def about(session: Session, settings: ForecastSettings) -> dict[str, object]:
    """Return what every output says of its ledger and its simulation."""
    return {**header(session.ledger), "paths": settings.paths, "seed": settings.seed}


def answered(
    session: Session,
    settings: ForecastSettings,
    output: Output,
    answer: Solution,
    save: Path | None,
) -> None:
    """Write the answer of solve in the form that was asked for."""
    import pandas as pd

    facts = {**about(session, settings), "scenario": answer.scenario.name}
    if save is not None:
        print(f"wrote {answer.write(save, force=output.force)}", file=sys.stderr)
    if output.json and output.out is None:
        print_json({"schema": "arrcast.solve/1", **facts, **answer.as_dict()})
        return
    rows = pd.DataFrame(
        [
            {"lever": dial.lever, "way": dial.way, "number": number, "now": e.now, "then": e.then}
            for dial, number, e in zip(answer.dials, answer.numbers, answer.evidence, strict=True)
        ]
    ).assign(reached=answer.reached, score=answer.score, chance=answer.chance)
    emit(output, "arrcast.solve/1", rows, about=facts, view=answer)


def stressed(
    session: Session, simulation: Simulation, scenario: str, start: str | None, at: str | None
) -> tuple[ForecastSettings, Comparison, str]:
    """Run a scenario and the stress tests on it; return them compared, and in words."""
    from scenarios import compare, stress_tests

    (base,) = find_scenarios(session, [scenario])
    start, as_of = session.month(start), session.ledger.as_of
    if start is not None and month_of(start) <= as_of:
        raise InputError(f"--start {start}: the history goes to {as_of}; give a later month")
    tests = stress_tests(session.ledger, start=start, based_on=base)
    settings = reaching(session, simulation, at)
    view = compare(run_scenarios(session, settings, [base, *tests]), against=base.name)
    lines = [_in_words(test) for test in tests] or ["no months in history were worse than now"]
    return settings, view, "\n\n".join([*lines, view.text(at or view.months[-1])])


def written(view: Comparison, folder: Path, *, force: bool) -> None:
    """Write the scenarios of a comparison, but for the one it is against, as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in view.scenarios[1:]:
        path = view.runs[name].scenario.write(folder / f"{file_name(name)}.yaml", force=force)
        print(f"wrote {path}", file=sys.stderr)


def draw(found: Tornado, path: Path, currency: str, *, force: bool) -> None:
    """Draw a tornado."""
    from reports import figures

    _, ax = figures.canvas()
    figures.save(figures.tornado(found, ax, currency=currency), path, force=force)
    print(f"wrote {path}", file=sys.stderr)


def _in_words(scenario: Scenario) -> str:
    lines = [f"  {change.label}\n    {change.because}" for change in scenario.changes]
    return "\n".join([scenario.name, f"  ({scenario.because})", *lines])


def _where(pairs: Sequence[str] | None) -> dict[str, Any] | None:
    found: dict[str, list[str]] = {}
    for pair in pairs or []:
        name, sign, value = (part.strip() for part in pair.partition("="))
        if not (sign and name and value):
            raise InputError(f"--where {pair}: write COLUMN=VALUE, as in size=SMB")
        found.setdefault(name, []).append(value)
    return found or None
