"""Options that several commands share, as dataclasses that are expanded into a signature.

A command names a group as one parameter (``source: Source``); :func:`command` replaces it by the
group's fields before Typer sees the function, so every command has the same options, in the
same words.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

LEDGER = "Where the history comes from"
OUTPUT = "Where the result goes"


FiscalYearStart = Annotated[
    int | None,
    typer.Option(
        min=1, max=12, help="Month in which the fiscal year begins; as arrcast.yaml says, or 1."
    ),
]


@dataclass(frozen=True)
class Source:
    """The ledger: a bare file, folder or database, or the workspace in a folder."""

    ledger: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A billing file (csv, csv.gz, xlsx, parquet), a folder of them, or the address "
            "of a database.",
            rich_help_panel=LEDGER,
        ),
    ] = None
    table: Annotated[
        str | None,
        typer.Option(
            metavar="SCHEMA.TABLE", help="The table of a database.", rich_help_panel=LEDGER
        ),
    ] = None
    query: Annotated[
        str | None,
        typer.Option(metavar="SELECT", help="A query to a database.", rich_help_panel=LEDGER),
    ] = None
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The product's export that it is (stripe-subscriptions, ...); recognised by its "
            "columns when left out, none for a plain table.",
            rich_help_panel=LEDGER,
        ),
    ] = None
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM",
            help="The last closed month: nothing later is history.",
            rich_help_panel=LEDGER,
        ),
    ] = None
    currency: Annotated[
        str | None,
        typer.Option(
            metavar="ISO",
            help="Reporting currency, and that of rows without one.",
            rich_help_panel=LEDGER,
        ),
    ] = None
    fx: Annotated[
        Path | None,
        typer.Option(
            help="Rates by month: month, currency, rate (reporting currency per unit).",
            rich_help_panel=LEDGER,
        ),
    ] = None
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN", help="Segment by this column; repeatable.", rich_help_panel=LEDGER
        ),
    ] = None
    map: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=COLUMN",
            help="Which column is which field; repeatable.",
            rich_help_panel=LEDGER,
        ),
    ] = None
    date_order: Annotated[
        str | None,
        typer.Option(metavar="dmy|mdy", help="How 03/04/2026 is read.", rich_help_panel=LEDGER),
    ] = None
    decimal: Annotated[
        str | None,
        typer.Option(metavar=".|,", help="The decimal sign of amounts.", rich_help_panel=LEDGER),
    ] = None
    encoding: Annotated[
        str | None,
        typer.Option(help="The text encoding of a csv file.", rich_help_panel=LEDGER),
    ] = None
    part_months: Annotated[
        str | None,
        typer.Option(
            metavar="days|calendar",
            help="Of invoice lines: how long a period is that is not whole months.",
            rich_help_panel=LEDGER,
        ),
    ] = None
    customers: Annotated[
        Path | None,
        typer.Option(
            help="A second file, one row a customer: its columns become segments.",
            rich_help_panel=LEDGER,
        ),
    ] = None
    mrr_bands: Annotated[
        str | None,
        typer.Option(
            metavar="100,500",
            help="Bands of a customer's first MRR: makes the column mrr_band.",
            rich_help_panel=LEDGER,
        ),
    ] = None
    policy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PRESET|SWITCH=VALUE",
            help="Definitions: a product's name, or a switch; repeatable.",
            rich_help_panel=LEDGER,
        ),
    ] = None
    workspace: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="The company's folder with arrcast.yaml; this one when left out. With --ledger, "
            "that file is read as the settings say.",
            rich_help_panel=LEDGER,
        ),
    ] = None


@dataclass(frozen=True)
class Output:
    """A table for a person, JSON, or a file."""

    json: Annotated[
        bool, typer.Option("--json", help="JSON on standard output.", rich_help_panel=OUTPUT)
    ] = False
    out: Annotated[
        Path | None,
        typer.Option(help="Write csv, parquet or xlsx, by the ending.", rich_help_panel=OUTPUT),
    ] = None
    force: Annotated[
        bool,
        typer.Option("--force", help="Overwrite what is there.", rich_help_panel=OUTPUT),
    ] = False


@dataclass(frozen=True)
class Simulation:
    """How far and how finely is projected."""

    months: Annotated[
        int | None, typer.Option(min=1, max=120, help="Months after the as-of month.")
    ] = None
    paths: Annotated[int | None, typer.Option(min=100, max=100_000, help="Simulated futures.")] = (
        None
    )
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same figures.")] = None


def command(
    app: typer.Typer, name: str, *, without: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command, its option groups expanded but for fields left out."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(function, include_extras=True)
        hints.pop("return", None)
        groups: dict[str, Any] = {key: hint for key, hint in hints.items() if is_dataclass(hint)}
        parameters: list[inspect.Parameter] = []
        for key, parameter in inspect.signature(function).parameters.items():
            if key in groups:
                parameters += _fields_as_parameters(groups[key], without)
            else:
                parameters.append(
                    parameter.replace(annotation=hints[key], kind=inspect.Parameter.KEYWORD_ONLY)
                )

        @functools.wraps(function)
        def expanded(**values: Any) -> None:
            grouped = {
                key: group(
                    **{
                        field.name: values.pop(field.name)
                        for field in fields(group)
                        if field.name not in without
                    }
                )
                for key, group in groups.items()
            }
            function(**values, **grouped)

        expanded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        expanded.__annotations__ = {each.name: each.annotation for each in parameters}
        del expanded.__wrapped__
        app.command(name)(expanded)
        return function

    return register


def _fields_as_parameters(group: Any, without: tuple[str, ...]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
        if field.name not in without
    ]
