"""The application: commands in the order in which a company uses them, errors as sentences."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from . import (
    actuals,
    closing,
    deciding,
    economics,
    facts,
    fetching,
    forecasting,
    packs,
    planning,
    start,
)

app = typer.Typer(
    name="arrcast",
    help="From billing history to an ARR forecast that a CFO can defend.",
    epilog="Exit codes: 0 done; 1 check, verify or a reconciliation found something; 2 the input "
    "or the call is wrong.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from arrcast import __version__

        typer.echo(f"arrcast {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold what belongs to no single command."""


for module in (
    start, fetching, facts, closing, forecasting, deciding, planning, actuals, economics,
    packs,
):  # fmt: skip
    module.register(app)


def main() -> None:
    """Run the command line; an error of the input becomes a sentence and exit code 2."""
    # Small fits lose time to thread pools; one thread is faster and repeatable.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    try:
        app()
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; the interpreter must not flush again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the last door: no customer's row in a traceback
        sys.exit(_explain(error))


def _explain(error: Exception) -> int:
    """Print an error as a sentence on standard error; return the exit code."""
    from history.errors import ArrcastError

    if os.environ.get("ARRCAST_DEBUG"):
        raise error
    if isinstance(error, (ArrcastError, OSError)):
        print(f"error: {error}", file=sys.stderr)
    else:
        print(
            f"error: unexpected {type(error).__name__}: {error}\n"
            "This is a fault of arrcast. ARRCAST_DEBUG=1 shows where it happened.",
            file=sys.stderr,
        )
    return 2
