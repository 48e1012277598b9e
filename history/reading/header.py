"""The header of a source: where it stands, and whether its names can be used."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from ..errors import InputError
from .problems import NothingInsideError, Problems
from .rules import HEADER_FOUND
from .synonyms import is_known_name, month_of_header

__all__ = ["HEADER_ROWS", "MOST_COLUMNS", "checked_header", "find_header", "refuse_blank_names"]

HEADER_ROWS = 20
"""The header is looked for among so many first rows."""

MOST_COLUMNS = 2_000
"""Columns that a source may have."""

_VALUE = re.compile(
    r"[-+(]?[$€£]?\s?\d[\d., ]*\)?%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?", re.ASCII
)


def find_header(
    rows: Sequence[Sequence[str]], named: frozenset[str], label: str, problems: Problems
) -> int:
    """Find the header among the first rows of a source.

    It is the row with the most names that are known (of columns as ledgers have them, months, or
    those that the caller named); the first row with any value where no name is known.

    Parameters
    ----------
    rows
        The first rows, as text; "" for blank.
    named
        Columns that the caller named in a mapping.
    label
        What messages call the source.
    problems
        Gets a note where the header is not in the first row.

    Returns
    -------
    int
        Position of the header in `rows`.

    Raises
    ------
    InputError
        There is no row with a value.
    """
    filled = [i for i, row in enumerate(rows[:HEADER_ROWS]) if any(cell.strip() for cell in row)]
    if not filled:
        raise NothingInsideError(f"{label} is empty: there is no header and no row.")
    first = filled[0]
    able = [i for i in filled if i == first or not _data_cells(rows[i])]
    best = max(able, key=lambda i: (_score(rows[i], named), -i))
    best = best if _score(rows[best], named) >= 2 else first
    if best > 0:
        above = " | ".join(c.strip() for row in rows[:best] for c in row if c.strip())
        problems.add(HEADER_FOUND, f"row {best + 1} read as the header", "note", value=above[:200])
    return best


def _score(row: Sequence[str], named: frozenset[str]) -> int:
    known = sum(1 for cell in row if cell.strip() in named or is_known_name(cell))
    return known + len(_months(row))


def _months(row: Sequence[str]) -> list[str]:
    """Give the months of a row of months: three at least, in rising order."""
    months = [month for cell in row if (month := month_of_header(cell)) is not None]
    rising = all(a < b for a, b in pairwise(months))
    return months if rising and len(months) >= 3 else []


def _data_cells(row: Sequence[str]) -> list[str]:
    """Give the cells that are numbers or dates, where the row is not one of months."""
    return [] if _months(row) else [cell for cell in row if _VALUE.fullmatch(cell.strip())]


def checked_header(cells: Sequence[str], named: frozenset[str], label: str, row: int) -> list[str]:
    """Give the header's names, "" for a blank one, or say what is wrong with it.

    Raises
    ------
    InputError
        Two columns have one name (capitals apart), the row looks like data, or there are more than
        `MOST_COLUMNS`.
    """
    if len(cells) > MOST_COLUMNS:
        raise InputError(
            f"{label}: the header (row {row}) has {len(cells):,} columns; {MOST_COLUMNS:,} are "
            "allowed. Keep those that the ledger needs."
        )
    names = [cell.strip().strip("\ufeff") for cell in cells]
    places: dict[str, list[int]] = defaultdict(list)
    for position, name in enumerate(names, start=1):
        if name:
            places[name.casefold()].append(position)
    twice = {name: where for name, where in places.items() if len(where) > 1}
    if twice:
        said = "; ".join(
            f"{names[where[0] - 1]!r} in columns {', '.join(map(str, where))}"
            for where in twice.values()
        )
        raise InputError(
            f"{label}: the header (row {row}) has the same name twice: {said}. "
            "Give each column a name of its own (capitals do not count)."
        )
    data = _data_cells(names)
    if len(data) > _score(names, named) or (data and _score(names, named) < 2):
        raise InputError(
            f"{label}: row {row} looks like data, not like a header ({', '.join(data[:3])}). "
            "Write the columns' names into a first row: customer_id, start, end, mrr, currency."
        )
    return names


def refuse_blank_names(positions: Sequence[int], label: str, row: int) -> None:
    """Raise for columns with values but without a name.

    Raises
    ------
    InputError
        Always, where `positions` (from 0) is not empty.
    """
    if positions:
        where = ", ".join(f"{p + 1} ({_letters(p)})" for p in positions)
        raise InputError(
            f"{label}: column {where} has values but no name in the header (row {row}). "
            "Name it, or remove it."
        )


def _letters(position: int) -> str:
    text = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(65 + rest) + text
    return text
