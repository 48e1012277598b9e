"""Commands that fetch a billing history from where it is made: fetch stripe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import command

if TYPE_CHECKING:
    from history.connectors import StripeFetch


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    fetch = typer.Typer(
        help="Fetch a billing history, read only, from where it is made.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    command(fetch, "stripe")(stripe)
    # A lone command would swallow its own name.
    fetch.callback()(_root)
    app.add_typer(fetch, name="fetch")


def _root() -> None:
    """Fetch a billing history, read only, from where it is made."""


def stripe(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of its own; it is made.")],
    since: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="First day of the history; all of it if left out."),
    ] = None,
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="Where the days begin, such as Europe/Paris.")
    ] = "UTC",
    metadata: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Metadata that becomes a column; repeatable."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Download subscriptions and invoices from Stripe; the key is in STRIPE_API_KEY.

    Stopped or killed, the same command goes on where it stopped.
    """
    from history.connectors import fetch_stripe
    from reports.tables import write_table

    with _Progress() as progress:
        fetched = fetch_stripe(
            folder, since=since, timezone=timezone, metadata=metadata or (), say=progress
        )
    findings = fetched.findings.frame()
    write_table(findings, folder / "findings.csv", force=True)
    if len(findings):
        print(fetched.findings, file=sys.stderr)
    if json:
        _print_json(fetched)
        return
    print(
        f"{fetched.subscriptions}: {fetched.lines:,} lines, "
        f"{', '.join(fetched.currencies) or 'no currency'}, as of {fetched.until:%Y-%m-%d %H:%M}\n"
        f"{fetched.invoices}: {fetched.invoice_lines:,} invoice lines"
    )


def _print_json(fetched: StripeFetch) -> None:
    from .output import print_json, records

    print_json(
        {
            "schema": "arrcast.fetch/1",
            "source": "stripe",
            "until": fetched.until.isoformat(),
            "currencies": list(fetched.currencies),
            "subscriptions": str(fetched.subscriptions),
            "lines": fetched.lines,
            "invoices": str(fetched.invoices),
            "invoice_lines": fetched.invoice_lines,
            "findings": records(fetched.findings.frame()),
        }
    )


class _Progress:
    """What a download says, on standard error: one line that is renewed, or a line each."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._width = 0

    def __enter__(self) -> _Progress:
        return self

    def __call__(self, text: str) -> None:
        if self._live:
            print(f"\r{text:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        if self._width:
            print(file=sys.stderr)
