"""One result, three forms: a table for a person, JSON, or a file."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from history import Ledger

    from .options import Output

WIDEST = 10_000  # characters


def header(ledger: Ledger) -> dict[str, object]:
    """Return what every output says of its ledger: month, currency, policy."""
    return {
        "as_of": str(ledger.as_of),
        "currency": ledger.currency,
        "policy": ledger.policy.digest,
    }


def emit(
    output: Output,
    schema: str,
    frame: pd.DataFrame,
    *,
    about: Mapping[str, object],
    view: object = None,
    rows: str = "rows",
) -> None:
    """Write a tidy frame in the form that was asked for.

    Parameters
    ----------
    output
        The options of the call.
    schema
        Name of the JSON's shape, such as ``arrcast.history/1``.
    frame
        Tidy rows, amounts in major units.
    about
        What stands beside the rows in JSON: as-of month, currency, policy.
    view
        What a person reads instead of the tidy rows: a frame, or text.
    rows
        The key of the rows in JSON.
    """
    if output.out is not None:
        from reports.tables import write_table

        currency = about.get("currency")
        write_table(frame, output.out, currency=str(currency), force=output.force)
        print(f"wrote {output.out}", file=sys.stderr)
    if output.json:
        print_json({"schema": schema, **about, rows: records(frame)})
    elif output.out is None:
        show(frame if view is None else view)


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on standard output, and nothing else there."""
    sys.stdout.write(json.dumps(document, allow_nan=False, ensure_ascii=False, indent=1) + "\n")


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return a frame's rows as plain JSON values: months ``YYYY-MM``, blanks null."""
    names = [str(name) for name in frame.columns]
    columns = [[_plain(value) for value in frame[name].tolist()] for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> object:
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (bool, int, str)):
        return value
    if hasattr(value, "item"):
        return _plain(value.item())
    return str(value)


def show(view: object) -> None:
    """Print a frame as an aligned table, anything else as its text."""
    import pandas as pd

    if not isinstance(view, pd.DataFrame):
        print(view)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in view.dtypes]
    for name, right in zip(view.columns, numeric, strict=True):
        table.add_column(str(name), justify="right" if right else "left", no_wrap=right)
    for row in view.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    # A pipe has no width: print the table as wide as it is, never cut.
    needed = Console(width=WIDEST).measure(table).maximum
    width = None if Console().is_terminal else needed
    Console(width=width, highlight=False, markup=False).print(table)


def _cell(value: Any) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, float):
        return f"{plain:.0f}" if plain == round(plain) and abs(plain) >= 1e4 else f"{plain:.2f}"
    return str(plain)
