"""What goes wrong while a source is read: collected, then told all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ..errors import CurrencyError, InputError
from ..findings import Finding, Findings, Severity

__all__ = ["Problems", "listed", "proven_by"]


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
            raise error("\n".join(self.refusals))

    def sorted(self) -> Findings:
        """Give the findings: those of the whole file first, then by row."""
        return Findings(
            sorted(self.findings, key=lambda f: (f.row is not None, f.row or 0)),
        )

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
            the file with one of these names gets `_in_file` behind it).
        """
        table = [
            [*_fitted(self.damaged.get(row, cells.get(row, ())), len(headers)), row, reason]
            for row in sorted(self.reasons)
            for reason in ("; ".join(dict.fromkeys(self.reasons[row])),)
        ]
        names = [f"{name}_in_file" if name in {"row", "reason"} else name for name in headers]
        frame = pd.DataFrame(table, columns=[*names, "row", "reason"], dtype=object)
        return frame.astype({"row": "int64"})


def _fitted(cells: Sequence[object], width: int) -> list[object]:
    return [*cells[:width], *[None] * (width - len(cells))]
