"""Commands that answer questions of scenarios: solve, tornado, stress."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Output, Simulation, Source, command

Scenario = Annotated[str, typer.Argument(help="Name in the workspace, or a YAML file.")]
At = Annotated[
    str | None,
    typer.Option(
        metavar="YYYY-MM|FY27",
        help="The month, or the end of a fiscal year or quarter; the horizon's end when left out.",
    ),
]
Levers = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="A lever (churn) or a driver's number (price_rise.uplift); repeatable.",
    ),
]
During = Annotated[
    str | None,
    typer.Option(metavar="2027-01/2027-06", help="Months in which the levers are turned."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN=VALUE", help="Segments in which they are turned; repeatable."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "solve")(solve)
    command(app, "tornado")(tornado)
    command(app, "stress")(stress)


def solve(
    source: Source,
    simulation: Simulation,
    output: Output,
    scenario: Scenario = "Base",
    lever: Levers = None,
    way: Annotated[
        str | None,
        typer.Option(help="How: times, plus or set; times of levers, set of drivers' numbers."),
    ] = None,
    during: During = None,
    where: Where = None,
    target_arr: Annotated[float | None, typer.Option(help="ARR to be reached.")] = None,
    target_mrr: Annotated[float | None, typer.Option(help="MRR to be reached.")] = None,
    target_customers: Annotated[
        float | None, typer.Option(help="Paying customers to be reached.")
    ] = None,
    target_growth: Annotated[
        float | None, typer.Option(help="Growth of ARR over twelve months: 0.3 is 30 %.")
    ] = None,
    rule_of_40: Annotated[
        float | None, typer.Option("--rule-of-40", help="Growth plus margin: 0.4 is 40 %.")
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="Profit margin for the rule of 40: -0.05 is -5 %.")
    ] = None,
    tie_with: Annotated[
        str | None, typer.Option(metavar="SCENARIO", help="Its mean ARR is the target.")
    ] = None,
    at: At = None,
    probability: Annotated[
        float | None,
        typer.Option(help="Share of the paths that shall reach it; the mean when left out."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Write the answer as a scenario.")
    ] = None,
) -> None:
    """Say what must be true: the value of levers at which a target is just reached."""
    from scenarios import solve as solved

    from .answers import answered, check_probability, dials, run_one, target_of
    from .session import open_session, progress

    target = target_of(
        {
            "--target-arr": target_arr,
            "--target-mrr": target_mrr,
            "--target-customers": target_customers,
            "--target-growth": target_growth,
            "--rule-of-40": rule_of_40,
        },
        margin,
        tie_with,
    )
    check_probability(probability)
    turned = dials(lever or [], way, during, where) or []
    session = open_session(source)
    at = session.month(at)
    settings, runs, name = run_one(session, simulation, scenario, at, tie_with)
    with progress("Solving"):
        answer = solved(runs, name, turned, target, at=at, probability=probability)
    answered(session, settings, output, answer, save)


def tornado(
    source: Source,
    simulation: Simulation,
    output: Output,
    scenario: Scenario = "Base",
    lever: Levers = None,
    during: During = None,
    where: Where = None,
    measure: Annotated[str, typer.Option(help="arr, mrr, customers, new, churn, ...")] = "arr",
    at: At = None,
    step: Annotated[
        str,
        typer.Option(help="Share of its value by which each lever is turned, or history."),
    ] = "0.1",
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw it (png, svg or pdf).")
    ] = None,
) -> None:
    """Say which lever matters: each one down and up, the widest swing first."""
    from scenarios import tornado as turned

    from .answers import about, dials, draw, run_one, share
    from .output import emit
    from .session import open_session, progress

    by = share(step)
    session = open_session(source)
    at = session.month(at)
    chosen = dials(lever, "times", during, where)
    settings, runs, name = run_one(session, simulation, scenario, at)
    with progress("Turning levers"):
        found = turned(runs, name, at, measure=measure, step=by, levers=chosen)
    more = {"scenario": name, "at": str(found.at), "figure": found.center}
    if figure is not None:
        draw(found, figure, session.ledger.currency, force=output.force)
    facts = {**about(session, settings), **more}
    emit(output, "arrcast.tornado/1", found.table(), about=facts, view=found)


def stress(
    source: Source,
    simulation: Simulation,
    output: Output,
    scenario: Scenario = "Base",
    start: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="First month of the stress.")
    ] = None,
    at: At = None,
    save: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the tests as scenario files.")
    ] = None,
) -> None:
    """Let the company's own worst 3, 6 and 12 months come back."""
    from .answers import about, stressed, written
    from .output import emit
    from .session import open_session

    session = open_session(source)
    at = session.month(at)
    settings, view, text = stressed(session, simulation, scenario, start, at)
    if save is not None:
        written(view, save, force=output.force)
    emit(output, "arrcast.stress/1", view.table(at=at), about=about(session, settings), view=text)
