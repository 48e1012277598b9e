"""A budget as finance has it: read cell by cell, checked, and put into the figures of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from history.errors import InputError, unknown_name
from history.months import index_of, text
from history.reading.grid import Grid, read_grids
from history.segments import Segments, dimension_names
from history.wording import counted

from ..figures import MOVEMENTS
from .amounts import Amounts, amounts_of
from .known import History, values_of
from .layout import Layout, Values, layout_of
from .understood import Reading

if TYPE_CHECKING:
    from history import Ledger


@dataclass(frozen=True)
class Budget:
    """A budget that was read, in whole minor units of MRR.

    Attributes
    ----------
    name
        Of the file.
    sheet
        Of the workbook; "" for a text file.
    currency
        Of the ledger.
    as_of
        The last month known; the months between it and the budget are filled, and it is said.
    first
        Index of the first month of the file.
    months
        Indices, all that are planned.
    segments
        Whole company where the file has none.
    opening
        By segment.
    flows
        Line to (month, segment) to amount, signed as everywhere.
    customers
        Line to (month, segment) to count, where the file has them.
    given
        Lines that stand in the file; the others follow from them, or were assumed.
    by_segment
        The same for each segment of the file; None where it is the same for all.
    assumptions
        All that was assumed, in words.
    unused
        Every cell that was not used: name, what stands there, why.
    used
        How many cells with numbers were used or checked.
    options
        How it is read once more: measure, scale, decimal, sheet, first, by, as_of, no_losses.
    history
        What was known.
    """

    name: str
    sheet: str
    currency: str
    as_of: pd.Period
    first: int
    months: tuple[int, ...]
    segments: Segments
    opening: dict[int, int] = field(repr=False)
    flows: dict[str, dict[tuple[int, int], int]] = field(repr=False)
    customers: dict[str, dict[tuple[int, int], float]] = field(repr=False)
    given: tuple[str, ...]
    by_segment: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] | None
    assumptions: tuple[str, ...]
    unused: tuple[tuple[str, str, str], ...]
    used: int
    options: dict[str, Any]
    history: History = field(repr=False)

    @classmethod
    def read(
        cls,
        path: str | Path,
        ledger: Ledger,
        *,
        by: str | Sequence[str] | None = None,
        measure: str | None = None,
        scale: int | None = None,
        decimal: str | None = None,
        sheet: str | None = None,
        first: str | None = None,
        as_of: str | None = None,
        no_losses: bool | None = None,
    ) -> Budget:
        """Read a budget; see `Plan.import_budget`.

        Raises
        ------
        InputError
            It cannot be understood in one way only, or its sums are wrong: all cells are named.
        """
        place = Path(path)
        names = dimension_names(by, ledger.dimensions)
        values = values_of(ledger, names if by is not None else ledger.dimensions)
        grid, layout = _chosen(place, sheet, values, first)
        found = amounts_of(
            layout,
            label=place.name,
            currency=ledger.currency,
            measure=measure,
            scale=scale,
            decimal=decimal,
        )
        dimensions = names if by is not None else _dimensions(found, ledger.dimensions)
        found_in = Reading(place.name, found, layout, ledger, dimensions)
        found_in.check()
        known = found_in.as_of(as_of)
        sure = measure is not None and scale is not None
        made = found_in.figures(known, sure=sure, no_losses=bool(no_losses))
        options = {
            "measure": measure, "scale": scale, "decimal": decimal, "sheet": sheet,
            "first": first, "by": None if by is None else list(names), "as_of": as_of,
            "no_losses": no_losses or None,
        }  # fmt: skip
        return cls(
            name=place.name,
            sheet=grid.sheet,
            currency=ledger.currency,
            as_of=known,
            first=found_in.first,
            months=tuple(range(index_of(known) + 1, found_in.last + 1)),
            segments=made.segments,
            opening=made.opening,
            flows=made.flows,
            customers=made.customers,
            given=found_in.given,
            by_segment=found_in.by_segment,
            assumptions=tuple(layout.assumptions),
            unused=tuple(layout.unused),
            used=found.used,
            options=options,
            history=made.known,
        )

    def __str__(self) -> str:
        span = f"{text(self.months[0])} to {text(self.months[-1])}"
        where = f"{self.name}, sheet {self.sheet!r}" if self.sheet else self.name
        lines = [
            (
                f"{where}: {span}, {counted(len(self.segments), 'segment')}, {self.used} cells "
                f"used, {len(self.unused)} not used"
            ),
            *(f"  assumed: {each}" for each in self.assumptions),
            *(f"  not used: {cell} {said!r}: {why}" for cell, said, why in self.unused),
        ]
        return "\n".join(lines)


def _chosen(
    place: Path, sheet: str | None, values: Values, first: str | None
) -> tuple[Grid, Layout]:
    grids = read_grids(place)
    if sheet is not None:
        if sheet not in [grid.sheet for grid in grids]:
            raise unknown_name("sheet", sheet, [grid.sheet for grid in grids])
        grids = [grid for grid in grids if grid.sheet == sheet]
    read = [(grid, layout) for grid in grids if (layout := layout_of(grid, values, first))]
    useful = [pair for pair in read if any(entry.label.line for entry in pair[1].entries)] or read
    if not useful:
        raise InputError(
            f"{place.name}: no months run along a row or a column (such as 2027-01 or Jan 27)"
        )
    if len(useful) > 1:
        names = ", ".join(repr(grid.sheet) for grid, _ in useful)
        raise InputError(f"{place.name}: the sheets {names} have months: say --sheet NAME")
    grid, layout = useful[0]
    if len(grids) > 1:
        others = ", ".join(repr(each.sheet) for each in grids if each is not grid)
        said = f"the budget is on the sheet {grid.sheet!r}; nothing is read of {others}"
        layout.assumptions.append(said)
    return grid, layout


def _dimensions(found: Amounts, known: Sequence[str]) -> tuple[str, ...]:
    """Give the dimensions that every amount of a segment names."""
    named = [{name for name, _ in key[2]} for key in found.rows if key[2]]
    common = set.intersection(*named) if named else set()
    return tuple(name for name in known if name in common)


def cells_of(budget: Budget) -> Iterator[tuple[int, int, str, int, float]]:
    """Give month, segment, line, amount and customers of every row of a plan but the company."""
    for place in range(len(budget.segments)):
        level = budget.opening[place]
        for month in budget.months:
            rows = [("opening", level)]
            rows += [(line, budget.flows[line].get((month, place), 0)) for line in MOVEMENTS]
            level += sum(amount for _, amount in rows[1:])
            for line, amount in [*rows, ("closing", level)]:
                count = budget.customers.get(line, {}).get((month, place), float("nan"))
                yield month, place, line, amount, count
