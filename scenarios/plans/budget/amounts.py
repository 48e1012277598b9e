"""The amounts of a budget: which cells count, in which unit, scale and sign."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from typing import Final

from history.errors import InputError
from history.money import CURRENCIES
from history.months import text
from history.reading.grid import exact_numbers
from history.wording import counted

from .layout import Entry, Layout
from .words import label_of, scale_of, slip_of

FLOWS: Final = ("new", "reactivation", "expansion", "contraction", "churn", "fx")
LOSSES: Final = ("contraction", "churn")
STOCKS: Final = ("opening", "closing")

Segment = tuple[tuple[str, str], ...]
Key = tuple[str, bool, Segment]
"""Line, whether customers are counted, and segment (blank: the company)."""

_SHOWN: Final = 20
_OUTSIDE: Final = re.compile(r"^\((.*)\)\s*([^\d\s()]{1,3})$")
"""A currency behind the brackets of a negative amount."""

_CODE: Final = re.compile(r"(?<![A-Za-z])k?([A-Z]{3})(?![A-Za-z])")
_SIGNS: Final = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}


@dataclass
class Amounts:
    """Exact amounts of MRR in major units (or customers), by line, segment and month.

    Parameters
    ----------
    rows
        Key to month index to amount.
    cells
        The same, to the names of the cells that it comes from.
    beside
        Cells in columns of totals: key, position along the row, name, amount, header.
    measure, scale, decimal
        As found or told: ``mrr`` or ``arr``, factor, decimal sign.
    unit
        Half of the last digit that the file's amounts have, in MRR.
    places
        Position along the row to month.
    used
        How many cells with numbers were read.
    off
        By how much sums are off within rounding, at most.
    """

    measure: str = "mrr"
    scale: int = 1
    decimal: str = "."
    unit: Fraction = Fraction(0)
    rows: dict[Key, dict[int, Fraction]] = field(default_factory=lambda: defaultdict(dict))
    cells: dict[Key, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    beside: list[tuple[Key, int, str, Fraction, str]] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    used: int = 0
    off: Fraction = Fraction(0)


def amounts_of(
    layout: Layout,
    *,
    label: str,
    currency: str,
    measure: str | None,
    scale: int | None,
    decimal: str | None,
) -> Amounts:
    """Read the amounts of a sheet.

    Parameters
    ----------
    layout
        Gets what is unused and what was assumed.
    label
        What messages call the file.
    currency
        Of the ledger.
    measure, scale, decimal
        As told; None to find them out.

    Raises
    ------
    InputError
        Something can be read in two ways, or not at all: all cells are named.
    """
    entries = _meant(layout)
    if not entries:
        raise InputError(f"{label}: no row is called as a line of a plan (new, churn, closing ...)")
    numbers, sign = _numbers(entries, label, decimal, layout.grid.typed, currency)
    _one_currency(layout, label, currency)
    found = Amounts(decimal=sign)
    found.measure = _measure(layout, entries, measure, label)
    found.scale = _scale(layout, scale, label)
    digits = max((_decimals(number) for number in numbers), default=0)
    found.unit = Fraction(found.scale, 2 * 10**digits) / (12 if found.measure == "arr" else 1)
    both = _with_both_units(entries)
    _collect(layout, found, [(e, n) for e, n in zip(entries, numbers, strict=True)], both)
    _turn_losses(layout, found)
    found.used = len(entries)
    layout.leave()
    return found


def _meant(layout: Layout) -> list[Entry]:
    """Give the entries that have a line; what has none is unused, or all of it is a closing."""
    entries: list[Entry] = []
    unknown: list[Entry] = []
    bare = not any(e.label.line and e.month is not None for e in layout.entries)
    for entry in layout.entries:
        if entry.label.other:
            why = f"{entry.row!r} is a rate or a share, which follows from the amounts"
        elif entry.label.line is not None:
            entries.append(entry)
            continue
        elif bare and (entry.segment or entry.label.total or entry.label.unit):
            entries.append(_closing(entry))
            continue
        else:
            why = f"{entry.row!r} is no line of a plan"
            unknown.append(entry)
        layout.unused.append((entry.cell, entry.said, why))
    _mistyped(unknown, {(e.label.line, e.segment) for e in entries})
    if bare and entries:
        layout.assumptions.append(
            "no row is called new, churn or the like: every row is the level at the month's close"
        )
    return _logos(layout, entries)


def _mistyped(unknown: Sequence[Entry], given: set[tuple[str | None, Segment]]) -> None:
    """Refuse rows whose name is a slip of the pen away from a line that is not there."""
    problems = []
    for row, cells in groupby(unknown, key=lambda entry: (entry.row, entry.segment)):
        meant = slip_of(row[0])
        if meant is not None and (meant[1], row[1]) not in given:
            problems.append(
                f"{next(cells).cell}: the row {row[0]!r} is no line of a plan; is {meant[0]!r} "
                f"({meant[1]}) meant? Write it so, or leave the row out"
            )
    refuse("the budget", problems)


def _logos(layout: Layout, entries: Sequence[Entry]) -> list[Entry]:
    """Take logos for customers where the same line stands there in money, else for money."""
    money = {e.label.line for e in entries if not e.label.either and not e.label.heads}
    doubt = {e.row for e in entries if e.label.either and e.label.line not in money}
    if doubt:
        said = ", ".join(repr(row) for row in sorted(doubt))
        layout.assumptions.append(f"{said} are amounts and not numbers of customers")
    return [
        replace(e, label=replace(e.label, heads=e.label.line in money)) if e.label.either else e
        for e in entries
    ]


def _closing(entry: Entry) -> Entry:
    return replace(entry, label=replace(entry.label, line="closing"))


def _numbers(
    entries: Sequence[Entry], label: str, decimal: str | None, typed: bool, currency: str
) -> tuple[list[Fraction], str]:
    try:
        found, sign = exact_numbers(
            [_OUTSIDE.sub(r"(\1 \2)", entry.said) for entry in entries],
            label=label,
            decimal=decimal,
            typed=typed,
        )
    except InputError as error:
        plain = re.sub(r"\brows? [\d, ]+(?:and \d+ more )?\(", "(", str(error))
        raise InputError(plain.replace(f" in column {label!r}", f" of {label}")) from None
    problems = []
    for entry, number in zip(entries, found, strict=True):
        if number.value is None and not number.blank:
            problems.append(f"{entry.cell} is {entry.said!r}: no number")
        said = _SIGNS.get(number.sign or "", number.sign or "")
        if len(said) == 3 and said.isalpha() and said != currency:
            problems.append(f"{entry.cell} is in {said}, the ledger in {currency}")
    refuse(label, problems)
    return [number.value or Fraction(0) for number in found], sign


def _one_currency(layout: Layout, label: str, currency: str) -> None:
    """Refuse a sheet of which a cell or the name speaks of another currency than the ledger's."""
    texts = [(layout.name(r, c), cell) for r, c, cell in layout.grid.cells()]
    problems = []
    for where, said in [*texts, ("the sheet's name", layout.grid.sheet)]:
        named = {code for code in _CODE.findall(said) if code in CURRENCIES}
        named |= {code for sign, code in _SIGNS.items() if sign in said}
        other = sorted(named - {currency})
        if "$" in said and not currency.endswith("D"):
            other.append("dollars")
        problems += [f"{where} ({said!r:.40}) speaks of {one}" for one in other]
    if problems:
        problems.append(f"the ledger is in {currency}: convert the budget first")
    refuse(label, problems)


def _measure(layout: Layout, entries: Sequence[Entry], told: str | None, label: str) -> str:
    if told is not None:
        if told not in {"mrr", "arr"}:
            raise InputError(f"measure={told!r}: write mrr or arr")
        return told
    said = {e.label.unit for e in entries if e.label.unit and not e.label.heads}
    if not said:
        texts = [*layout.above, ("the sheet's name", layout.grid.sheet)]
        found = {unit: where for where, t in texts if (unit := label_of(t).unit) is not None}
        if len(found) == 1:
            ((unit, where),) = found.items()
            layout.telling.add(where)
            layout.assumptions.append(f"amounts are {unit.upper()}, as {where} says")
            return unit
        raise InputError(
            f"{label}: no cell says whether the amounts are MRR or ARR: say --measure mrr or "
            "--measure arr"
        )
    loose = [e.cell for e in entries if e.label.unit is None and not e.label.heads]
    if len(said) > 1 and loose:
        raise InputError(
            f"{label}: some rows are MRR and some ARR, and others do not say it (such as "
            f"{loose[0]}): write it into their names, or say --measure mrr or --measure arr"
        )
    if said == {"arr"}:
        layout.assumptions.append("amounts are ARR: each is divided by 12")
        return "arr"
    return "mrr"


def _scale(layout: Layout, told: int | None, label: str) -> int:
    if told is not None:
        return told
    grid = layout.grid
    found = {
        factor: layout.name(r, c)
        for r, c, cell in grid.cells()
        if (factor := scale_of(cell)) is not None
    }
    if (factor := scale_of(grid.sheet)) is not None:
        found[factor] = "the sheet's name"
    if len(found) > 1:
        where = " and ".join(found.values())
        raise InputError(f"{label}: {where} say two scales: say --scale 1, 1000 or 1000000")
    for factor, where in found.items():
        layout.telling.add(where)
        layout.assumptions.append(f"amounts are in units of {factor:,}, as {where} says")
        return factor
    layout.assumptions.append("amounts are in units of 1: no cell says thousands or millions")
    return 1


def _decimals(number: Fraction) -> int:
    return next((d for d in range(7) if (number * 10**d).denominator == 1), 6)


def _with_both_units(entries: Sequence[Entry]) -> set[tuple[str, Segment]]:
    """Give lines and segments that stand there as MRR and as ARR."""
    units: dict[tuple[str, Segment], set[str]] = defaultdict(set)
    for entry in entries:
        if entry.label.unit and not entry.label.heads:
            units[entry.label.line or "", entry.segment].add(entry.label.unit)
    return {key for key, said in units.items() if len(said) > 1}


def _collect(
    layout: Layout,
    found: Amounts,
    numbers: Iterable[tuple[Entry, Fraction]],
    both: set[tuple[str, Segment]],
) -> None:
    names: dict[Key, dict[str, None]] = defaultdict(dict)
    taken: dict[tuple[Key, int], set[str]] = defaultdict(set)
    problems = []
    for entry, number in numbers:
        line, unit = entry.label.line or "", entry.label.unit or found.measure
        if (line, entry.segment) in both and unit == "arr" and not entry.label.heads:
            why = "the same stands there as MRR, which is used"
            layout.unused.append((entry.cell, entry.said, why))
            continue
        key = (line, entry.label.heads, entry.segment)
        amount = number
        if not entry.label.heads:
            amount = number * found.scale / (12 if unit == "arr" else 1)
        if entry.month is None:
            found.beside.append((key, entry.place, entry.cell, amount, entry.row))
            continue
        found.places.setdefault(entry.place, entry.month)
        names[key][entry.row] = None
        month = entry.month
        if month not in found.rows[key]:
            found.rows[key][month], found.cells[key][month] = amount, entry.cell
        elif line in FLOWS and entry.row not in taken[key, month]:
            found.rows[key][month] += amount
            found.cells[key][month] += f"+{entry.cell}"
        else:
            there = found.cells[key][month]
            problems.append(f"{there} and {entry.cell} are both {called(key)} of {text(month)}")
        taken[key, month].add(entry.row)
    for key, rows in names.items():
        if len(rows) > 1 and key[0] in FLOWS:
            said = ", ".join(repr(row) for row in rows)
            layout.assumptions.append(f"{called(key)} is the sum of the rows {said}")
    refuse("the budget", problems)


def _turn_losses(layout: Layout, found: Amounts) -> None:
    """Turn losses that are written as positive amounts; refuse a table with both signs."""
    losses = [key for key in found.rows if key[0] in LOSSES and not key[1]]
    above, below = (
        {
            key: [found.cells[key][m] for m, amount in found.rows[key].items() if sign * amount > 0]
            for key in losses
        }
        for sign in (1, -1)
    )
    if any(above.values()) and any(below.values()):
        refuse("the budget", [_both_signs(above, below)])
    turned = set(losses) if any(above.values()) else set()
    for key in turned:
        found.rows[key] = {month: -amount for month, amount in found.rows[key].items()}
    found.beside = [
        (key, place, cell, -amount if key in turned else amount, header)
        for key, place, cell, amount, header in found.beside
    ]
    for line in sorted({key[0] for key, cells in above.items() if cells}):
        layout.assumptions.append(f"{line} is written as positive amounts: they are taken off")


def _both_signs(above: dict[Key, list[str]], below: dict[Key, list[str]]) -> str:
    """Say which losses are written above 0 and which below."""
    sides = []
    for side in (above, below):
        rows = [
            f"{called(key)} ({', '.join(cells[:3])}{' ...' if len(cells) > 3 else ''})"
            for key, cells in side.items()
            if cells
        ]
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        sides.append(", ".join(rows[:_SHOWN]) + more)
    return (
        f"losses have both signs: above 0 {sides[0]}; below 0 {sides[1]}. Write all of them above "
        "or all below 0"
    )


def called(key: Key) -> str:
    """Name a line of a segment, for messages."""
    line, heads, segment = key
    where = " / ".join(value for _, value in segment)
    return f"{line}{' customers' if heads else ''}{f' of {where}' if where else ''}"


def refuse(label: str, problems: Sequence[str]) -> None:
    """Raise all problems as one error, if there is any.

    Raises
    ------
    InputError
        With the first `_SHOWN` of them, and how many there are.
    """
    if problems:
        more = f"\n... and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        listed = "\n".join(f"  {each}" for each in problems[:_SHOWN])
        raise InputError(f"{label}: {counted(len(problems), 'problem')}\n{listed}{more}")
