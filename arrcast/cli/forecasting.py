"""Commands on beliefs: retention, forecast, backtest."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Output, Simulation, Source, command


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "retention")(retention)
    command(app, "forecast")(forecast)
    command(app, "backtest")(backtest)


def retention(
    source: Source,
    output: Output,
    months: Annotated[int, typer.Option(min=1, max=120, help="Months after the as-of month.")] = 12,
    horizon: Annotated[
        int, typer.Option(min=1, max=600, help="Months of a customer's life added up.")
    ] = 60,
    discount: Annotated[
        float, typer.Option(min=0.0, max=0.99, help="Of a later month's payment, by month.")
    ] = 0.0,
    scatter: Annotated[
        str,
        typer.Option(
            metavar="pooled|mack",
            help="Scatter behind the chain ladder's errors: with that of younger ages, or as in "
            "Mack's paper.",
        ),
    ] = "pooled",
) -> None:
    """Cohorts completed by chain ladder with errors, newer against older ones, lifetime."""
    from .retention import run

    run(source, output, months, horizon, discount, scatter)


def forecast(
    source: Source,
    simulation: Simulation,
    output: Output,
    explain: Annotated[
        bool, typer.Option("--explain", help="What was chosen, against what, and why.")
    ] = False,
    layers: Annotated[
        bool,
        typer.Option(
            "--layers", help="MRR under contract, under notice, at risk, at will and not sold."
        ),
    ] = False,
) -> None:
    """Project MRR, ARR and every movement, with intervals whose coverage was measured."""
    import sys

    from .output import emit, header
    from .session import open_session, progress
    from .views import by_layer, by_month

    session = open_session(source)
    settings = session.simulation(simulation)
    forecaster = session.fit()
    with progress("Simulating"):
        projection = forecaster.project(
            months=settings.months, paths=settings.paths, seed=settings.seed
        )
    about = {**header(session.ledger), "paths": settings.paths, "seed": settings.seed}
    if layers:
        frame = projection.layers().table()
        emit(output, "arrcast.layers/1", frame, about=about, view=by_layer(frame))
        return
    frame = projection.table()
    emit(output, "arrcast.forecast/1", frame, about=about, view=by_month(frame))
    explanation = forecaster.explain()
    if explain:
        print(explanation, file=sys.stderr if output.json else sys.stdout)
    elif not output.json and output.out is None:
        print(explanation.summary)


def backtest(
    source: Source,
    output: Output,
    horizon: Annotated[int, typer.Option(min=1, max=60, help="Months ahead.")] = 12,
    origins: Annotated[int, typer.Option(min=1, max=60, help="Months to go back to.")] = 8,
) -> None:
    """Measure the forecast on the past: error, bias, coverage, skill by horizon."""
    from .output import emit, header
    from .session import open_session, progress

    session = open_session(source)
    from forecast import Forecaster

    with progress("Going back in time") as report:
        result = Forecaster.fit(session.ledger, by=session.by or None, calibrate=False).backtest(
            horizon=horizon, origins=origins, progress=report
        )
    about = {**header(session.ledger), "horizon": horizon, "origins": origins}
    emit(output, "arrcast.backtest/1", result.table, about=about, view=str(result))
