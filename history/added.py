"""Added lines: read as those of the ledger were that they are added to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from .engines import DuckEngine
from .errors import InputError
from .findings import Findings
from .plain import put_lines
from .reading import Reading, convert_lines, read_lines

__all__ = ["ELSEWHERE", "VALUED", "AddedLines", "More", "more_clean", "more_of"]

ELSEWHERE = "the ledger was computed where its table lives: add to the table"
VALUED = "amounts in other currencies are valued at the rates of each close"


@dataclass(frozen=True)
class AddedLines:
    """Lines read like those of the ledger: ``numbered`` of an engine of their own."""

    engine: DuckEngine
    dimensions: tuple[str, ...]
    findings: Findings
    rejected: pd.DataFrame


More = Callable[[Any, Mapping[str, Any]], AddedLines] | str
"""How more lines are read for a ledger, or why none can be."""


def more_of(reading: Reading, options: Mapping[str, Any], *, dimensions: bool) -> More:
    """Say how lines are read like those of a reading.

    Parameters
    ----------
    reading
        What came of the ledger's own source.
    options
        With which it was read.
    dimensions
        Whether customers have dimensions from elsewhere.
    """
    for stands, why in (
        (
            reading.invoices,
            "lines of invoices are not added: credit notes and prorations belong to earlier ones",
        ),
        (
            reading.last_month is not None,
            "a customer x month table has no lines to which others could be added",
        ),
        (reading.rates is not None, VALUED),
        (dimensions, "attributes of customers and bands of MRR are of all customers"),
    ):
        if stands:
            return why
    columns = options["columns"]
    if not any(item.rule == "profile" for item in reading.findings):
        columns = {**reading.mapping, **(columns or {})}
    known = {**options, "columns": columns, "currency": reading.currency}

    def read(source: Any, told: Mapping[str, Any]) -> AddedLines:
        engine = DuckEngine()
        found = read_lines(source, engine.connection, **{**known, **told})
        engine.files = found.files
        if isinstance(why := more_of(found, options, dimensions=False), str):
            raise InputError(f"the lines cannot be added: {why}")
        if found.currency != reading.currency:
            raise InputError(
                f"the added lines are reported in {found.currency}, the ledger in"
                f" {reading.currency}"
            )
        placed = (replace(item, file=found.label) for item in found.findings)
        return AddedLines(engine, found.dimensions, Findings(placed), found.rejected)

    return read


def more_clean(currency: str, fx: Any = None) -> More:
    """Say how clean lines are added to clean lines that were converted at rates ``fx``, or not."""
    known = set() if fx is None else {"fx"}

    def put(frame: Any, told: Mapping[str, Any]) -> AddedLines:
        if other := [name for name in told if name not in known]:
            raise InputError(f"clean lines are read without {', '.join(other)}")
        engine = DuckEngine()
        dimensions = put_lines(frame, engine.connection, currency)
        if fx is not None:
            convert_lines(told.get("fx", fx), engine.connection, currency)
        engine.number("lines", "numbered")
        return AddedLines(engine, dimensions, Findings(), frame.iloc[:0].assign(reason=""))

    return put
