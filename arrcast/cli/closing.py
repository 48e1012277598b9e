"""Commands for the month's close: revenue, finance's figures, what was restated since."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Output, Source, command


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "revenue")(revenue)
    command(app, "reconcile")(reconcile)
    # The two files are arguments, and what was restated is told by customer.
    command(app, "restated", without=("ledger", "table", "query", "by"))(restated)


def revenue(
    source: Source,
    output: Output,
    by_kind: Annotated[
        bool, typer.Option("--by-kind", help="Recurring, one-off and credit notes apart.")
    ] = False,
    late: Annotated[
        str,
        typer.Option(
            metavar="service|invoiced",
            help="Service before its invoice: revenue of its own months, or of the invoice's.",
        ),
    ] = "service",
    bridge: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="The steps from closing MRR to revenue instead."),
    ] = None,
    release: Annotated[
        bool, typer.Option("--release", help="When the deferred revenue will be earned instead.")
    ] = False,
) -> None:
    """Invoiced, recognised by service days, deferred and unbilled by month, from invoice lines."""
    from .reconciling import run_revenue

    run_revenue(source, output, by_kind=by_kind, late=late, bridge=bridge, release=release)


def reconcile(
    source: Source,
    output: Output,
    finance: Annotated[
        Path | None,
        typer.Option(help="Finance's figures: a csv with the columns month and amount."),
    ] = None,
    crm: Annotated[
        Path | None, typer.Option(help="What each customer is to pay: a customer and mrr or arr.")
    ] = None,
    accounting: Annotated[
        Path | None,
        typer.Option(help="What was earned of each customer in the month: a customer and amount."),
    ] = None,
    month: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="The month of --crm and --accounting; the last one."),
    ] = None,
    detail: Annotated[
        str,
        typer.Option(
            metavar="steps|customers",
            help="Of --crm and --accounting: what --json and --out write.",
        ),
    ] = "steps",
    what: Annotated[
        str, typer.Option(metavar="mrr|revenue", help="Closing MRR, or recognised revenue.")
    ] = "mrr",
    finance_decimal: Annotated[
        str,
        typer.Option(metavar=".|,", help="The decimal sign of finance's figures."),
    ] = ".",
) -> None:
    """Finance's figures by month, or CRM and accounting by customer, beside the ledger's.

    Ends with 1 where finance differs, or where a difference of the others is not explained.
    """
    from history import InputError

    from .reconciling import run_books, run_reconcile

    if finance is not None and (crm or accounting):
        raise InputError("--finance is by month: ask for --crm and --accounting by themselves")
    if finance is not None:
        run_reconcile(source, output, finance, what, finance_decimal)
    else:
        run_books(
            source,
            output,
            crm=crm,
            accounting=accounting,
            month=month,
            decimal=finance_decimal,
            detail=detail,
        )


def restated(
    earlier: Annotated[Path, typer.Argument(help="The export of which the months were closed.")],
    later: Annotated[Path, typer.Argument(help="A later export of the same billing.")],
    source: Source,
    output: Output,
    detail: Annotated[
        str,
        typer.Option(
            metavar="movements|customers|lines", help="Which of the three tables --out writes."
        ),
    ] = "movements",
) -> None:
    """Tell what a later export restates of closed months, and why; ends with 1 where it does.

    Both files are read with the same options, and as known at the close of --as-of.
    """
    from .restating import run

    run(source, output, earlier, later, detail)
