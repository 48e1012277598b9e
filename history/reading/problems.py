"""What goes wrong while a source is read: collected, then told all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ..errors import CurrencyError, InputError
from ..findings import Finding, Findings, Severity

__all__ = ["FILE_STEP", "NothingInsideError", "Part", "Problems", "listed", "proven_by"]

FILE_STEP = 10**9
"""In a folder, row r of the k-th file has the number k x FILE_STEP + r until it is reported."""

_NUMBERS = re.compile(r"\b\d{10,}\b")


class NothingInsideError(InputError):
    """A source without any row."""


@dataclass(frozen=True)
class Part:
    """One file of a folder: its name, and the number of its last row."""

    name: str
    last_row: int


def listed(rows: Iterable[int], most: int = 10) -> str:
    """Write row numbers for a message.

    Examples
    --------
    >>> listed([4])
    'row 4'
    >>> listed(range(2, 15), most=3)
    'rows 2, 3, 4 and 10 more'
    """
    every = list(rows)
    text = ", ".join(str(row) for row in every[:most])
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return f"row{'s' if len(every) > 1 else ''} {text}{more}"


def proven_by(found: list[tuple[int, str]]) -> str:
    """Write the rows and values that prove how a column is to be read.

    Examples
    --------
    >>> proven_by([(2, "13/01/2026"), (5, "14/01/2026")])
    "rows 2, 5 ('13/01/2026', '14/01/2026')"
    """
    values = ", ".join(repr(text) for _, text in found[:3])
    more = ", ..." if len(found) > 3 else ""
    return f"{listed([row for row, _ in found], most=5)} ({values}{more})"


@dataclass
class Problems:
    """Findings, rejected rows and refusals, in the order in which they came up.

    A refusal concerns the whole file (no start column, ambiguous dates): all of them are raised
    together by `raise_refused`. Findings and rejected rows are part of the result.
    """

    findings: list[Finding] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    reasons: dict[int, list[str]] = field(default_factory=dict)
    damaged: dict[int, Sequence[str | None]] = field(default_factory=dict)
    only_currency: bool = False
    parts: list[Part] = field(default_factory=list)

    def add(
        self,
        code: str,
        action: str,
        severity: Severity,
        *,
        row: int | None = None,
        column: str = "",
        value: object = "",
    ) -> None:
        """Keep a finding."""
        self.findings.append(Finding(row, column, code, str(value), action, severity))

    def reject(
        self, row: int, code: str, *, column: str = "", value: object = "", error: bool = True
    ) -> None:
        """Keep a finding that rejects its row."""
        severity: Severity = "error" if error else "warning"
        self.add(code, "row left out", severity, row=row, column=column, value=value)
        self.note_rejection(row, code, column)

    def note_rejection(self, row: int, reason: str, column: str) -> None:
        """Keep the reason for which a row is left out."""
        where = f" in {column}" if column else ""
        self.reasons.setdefault(row, []).append(f"{reason}{where}")

    def reject_damaged(self, row: int, code: str, cells: Sequence[str | None], value: str) -> None:
        """Reject a row that could not be brought into the raw table; its cells are kept here."""
        self.damaged[row] = cells
        self.reject(row, code, value=value)

    def refuse(self, text: str, *, currency: bool = False) -> None:
        """Keep a reason for which the whole source cannot be read."""
        self.refusals.append(text)
        self.only_currency = currency and (self.only_currency or len(self.refusals) == 1)

    def raise_refused(self) -> None:
        """Raise all refusals as one error.

        Raises
        ------
        InputError
            There is at least one refusal (a CurrencyError if all concern the currency).
        """
        if self.refusals:
            error = CurrencyError if self.only_currency else InputError
            raise error(self._placed("\n".join(self.refusals)))

    def sorted(self) -> Findings:
        """Give the findings: those of the whole file first, then by row."""
        ordered = sorted(self.findings, key=lambda f: (f.row is not None, f.row or 0))
        return Findings(self._of_file(item) for item in ordered)

    def adopt(self, other: Problems, part: Part) -> None:
        """Take over what was found in one file of a folder, its rows numbered among all."""
        self.parts.append(part)
        base = len(self.parts) * FILE_STEP
        for item in other.findings:
            row = None if item.row is None else base + item.row
            self.findings.append(replace(item, row=row, file=part.name))
        for row, reasons in other.reasons.items():
            self.reasons[base + row] = reasons
        for row, cells in other.damaged.items():
            self.damaged[base + row] = cells
        self.refusals += [f"{part.name}: {text}" for text in other.refusals]

    def _place(self, number: int) -> tuple[str, int] | None:
        """Give file and row of a number, if it is one of a folder's rows."""
        position, row = divmod(number, FILE_STEP)
        if not 1 <= position <= len(self.parts) or row > self.parts[position - 1].last_row:
            return None
        return self.parts[position - 1].name, row

    def _of_file(self, item: Finding) -> Finding:
        if not self.parts:
            return item
        place = None if item.row is None else self._place(item.row)
        value, action = self._placed(item.value), self._placed(item.action)
        if place is None:
            return replace(item, value=value, action=action)
        return replace(item, file=place[0], row=place[1], value=value, action=action)

    def _placed(self, text: str) -> str:
        """Write rows of a folder as row and file within a text."""

        def placed(match: re.Match[str]) -> str:
            place = self._place(int(match[0]))
            return match[0] if place is None else f"{place[1]} of {place[0]}"

        return _NUMBERS.sub(placed, text) if self.parts else text

    def rejected(
        self, headers: Sequence[str], cells: Mapping[int, Sequence[object]]
    ) -> pd.DataFrame:
        """Give the rejected rows as in the file.

        Parameters
        ----------
        headers
            Column names as in the file.
        cells
            Cells by row number, of the rejected rows that reached the raw table.

        Returns
        -------
        DataFrame
            One line a rejected row, by row: the file's columns, then row and reason (a column of
            the file with one of these names gets `_in_file` behind it). For a folder of files
            their name stands before the row, in a column `file`.
        """
        ours = ["file", "row", "reason"] if self.parts else ["row", "reason"]
        table = []
        for number in sorted(self.reasons):
            reason = self._placed("; ".join(dict.fromkeys(self.reasons[number])))
            place = self._place(number) or ("", number)
            shown = _fitted(self.damaged.get(number, cells.get(number, ())), len(headers))
            table.append([*shown, *(place if self.parts else (number,)), reason])
        names = [f"{name}_in_file" if name in ours else name for name in headers]
        if not table:
            blank: dict[str, list[object]] = {name: [] for name in (*names, *ours)}
            return pd.DataFrame(blank, dtype=object).assign(row=np.empty(0, dtype=np.int64))
        frame = pd.DataFrame(table, columns=[*names, *ours], dtype=object)
        return frame.astype({"row": "int64"})


def _fitted(cells: Sequence[object], width: int) -> list[object]:
    return [*cells[:width], *[None] * (width - len(cells))]
