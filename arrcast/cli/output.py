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
    currency = str(about["currency"])
    if output.out is not None:
        from reports.tables import write_table

        plain = {name: value for name, value in about.items() if isinstance(value, str | int)}
        write_table(frame, output.out, currency=currency, about=plain, force=output.force)
        print(f"wrote {output.out}", file=sys.stderr)
    if output.json:
        print_json({"schema": schema, **about, rows: records(frame, currency)})
    elif output.out is None:
        show(frame if view is None else view, currency)


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on standard output, and nothing else there."""
    sys.stdout.write(json.dumps(document, allow_nan=False, ensure_ascii=False, indent=1) + "\n")


def records(frame: pd.DataFrame, currency: str | None = None) -> list[dict[str, object]]:
    """Return a frame's rows as plain JSON values: months ``YYYY-MM``, blanks null.

    Amounts are rounded to the decimals of the currency.
    """
    columns = [
        [_rounded(_plain(cell), places) for cell, places in cells]
        for cells in _cells(frame, currency)
    ]
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def show(view: object, currency: str | None = None) -> None:
    """Print a frame as an aligned table, anything else as its text."""
    import pandas as pd

    if not isinstance(view, pd.DataFrame):
        print(view)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, dtype in view.dtypes.items():
        right = pd.api.types.is_numeric_dtype(dtype)
        table.add_column(str(name), justify="right" if right else "left", no_wrap=right)
    columns = [
        [_text(_plain(cell), places) for cell, places in cells] for cells in _cells(view, currency)
    ]
    for row in zip(*columns, strict=True):
        table.add_row(*row)
    # A pipe has no width: print the table as wide as it is, never cut.
    needed = Console(width=WIDEST).measure(table).maximum
    width = None if Console().is_terminal else needed
    Console(width=width, highlight=False, markup=False).print(table)


def _cells(frame: pd.DataFrame, currency: str | None) -> list[list[tuple[Any, int | None]]]:
    """Return each column's cells with their decimals; None where a cell is no amount."""
    from reports.tables import decimals_by_cell

    decimals = decimals_by_cell(frame, currency)
    unknown: list[int | None] = [None] * len(frame)
    return [
        list(zip(frame[name].tolist(), decimals.get(str(name), unknown), strict=True))
        for name in frame.columns
    ]


def _plain(value: Any) -> str | float | int | None:
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (int, str)) else str(value)


def _rounded(value: str | float | None, places: int | None) -> str | float | None:
    if isinstance(value, float) and places is not None:
        return round(value, places) + 0.0  # no negative zero
    return value


def _text(value: str | float | None, places: int | None) -> str:
    if isinstance(value, float):
        if places is None:
            places = 4 if abs(value) < 100 else 2
        return f"{_rounded(value, places):.{places}f}"
    return "" if value is None else str(value)
