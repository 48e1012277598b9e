"""Commands on the facts: check, audit, history, cohorts, metrics, renewals."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Output, Source, command


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "check")(check)
    command(app, "audit")(audit)
    command(app, "history")(history)
    command(app, "cohorts")(cohorts)
    command(app, "metrics")(metrics)
    command(app, "renewals")(renewals)


def check(
    source: Source,
    output: Output,
    closing: Annotated[
        list[str] | None,
        typer.Option(metavar="YYYY-MM=AMOUNT", help="Closing MRR as finance has it; repeatable."),
    ] = None,
) -> None:
    """Every problem of the ledger: row, column, rule, value, what was done.

    Ends with 1 when it finds an error or a warning, or closing MRR differs from finance's.
    """
    from .check import run

    run(source, output, closing or [])


def audit(
    source: Source,
    output: Output,
    product: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="What is sold; repeatable. Guessed by name (plan, product, tier) when left out.",
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Findings to print.")] = 25,
) -> None:
    """Probable billing omissions and errors, ranked by the money expected of them a month."""
    from .audit import run

    run(source, output, product or [], top)


def history(
    source: Source,
    output: Output,
    churn_reasons: Annotated[
        bool,
        typer.Option("--churn-reasons", help="Churn alone: voluntary, involuntary, unknown."),
    ] = False,
    price_volume: Annotated[
        bool,
        typer.Option("--price-volume", help="Expansion and contraction alone: price, volume, mix."),
    ] = False,
    item: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="With --price-volume: what tells a customer's items apart; its subscriptions "
            "when left out.",
        ),
    ] = None,
    stages: Annotated[
        str | None,
        typer.Option(
            metavar="AGES",
            help="By stage of the customers' lives: months since the first close at which one "
            "stage ends and the next begins, as in 12,24,36.",
        ),
    ] = None,
) -> None:
    """MRR movements by month: opening + new + ... + churn = closing, exactly."""
    from .history import run

    run(
        source,
        output,
        churn_reasons=churn_reasons,
        price_volume=price_volume,
        item=item,
        stages=stages,
    )


def cohorts(
    source: Source,
    output: Output,
    every: Annotated[
        str,
        typer.Option(
            metavar="month|quarter|year", help="Whose first closes make a cohort; ages likewise."
        ),
    ] = "month",
) -> None:
    """Cohorts by the month of their first close: customers and MRR by age."""
    from .output import emit, header
    from .session import open_session
    from .views import by_age

    session = open_session(source)
    found = session.ledger.cohorts(by=session.by, every=every)  # type: ignore[arg-type]
    frame = found.table()
    about = {**header(session.ledger), "every": every}
    emit(output, "arrcast.cohorts/1", frame, about=about, view=by_age(frame))


def metrics(
    source: Source,
    output: Output,
    period: Annotated[int, typer.Option(min=1, help="Months that retention looks back.")] = 12,
    spread: Annotated[
        bool,
        typer.Option(
            "--spread", help="Every published definition, and the policies of known products."
        ),
    ] = False,
    retention_adjusted: Annotated[
        bool,
        typer.Option(
            "--retention-adjusted",
            help="Also what today's customers are expected to pay over the next twelve months; "
            "this takes a forecast.",
        ),
    ] = False,
) -> None:
    """NRR, GRR, churn, ARPA and more, each with the definition behind it."""
    from .metrics import run

    run(source, output, period, spread=spread, retention_adjusted=retention_adjusted)


def renewals(
    source: Source,
    output: Output,
    months: Annotated[int, typer.Option(min=1, max=120, help="Months after the as-of month.")] = 12,
    history: Annotated[
        bool, typer.Option("--history", help="What became of the contracts that came up, by month.")
    ] = False,
    future: Annotated[
        bool,
        typer.Option("--future", help="Secured and unsecured MRR and CMRR of the months ahead."),
    ] = False,
) -> None:
    """Which contracts come up for renewal, and what became of those that did."""
    from .renewals import run

    run(source, output, months, history=history, future=future)
