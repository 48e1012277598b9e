"""Profiles: how the export of a product becomes lines, or invoice lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..synonyms import squashed
from ..table import RawTable
from .cells import Cells

__all__ = ["Caution", "Profile", "Shape", "Skip"]


@dataclass(frozen=True)
class Skip:
    """Rows of an export that are no lines.

    Parameters
    ----------
    condition
        SQL over the export's cells.
    column
        The column that tells, as in the file.
    why
        What such a row is, for the finding.
    """

    condition: str
    column: str
    why: str


@dataclass(frozen=True)
class Caution:
    """Rows of which the export does not say enough; they are read nevertheless.

    Parameters
    ----------
    condition
        SQL over the export's cells.
    column
        The column that tells, as in the file.
    what
        What is missing, and how the row is read.
    """

    condition: str
    column: str
    what: str


@dataclass(frozen=True)
class Shape:
    """The lines of one export.

    Parameters
    ----------
    columns
        Field -> column of the export that holds it as it is.
    made
        Field -> SQL over the export's cells (text, a date, or a boolean).
    also
        Further lines of the same row: on which condition, and which fields differ in them.
    skips
        Rows that are left out, and said one by one.
    cautions
        What has to be said about some rows.
    """

    columns: Mapping[str, str]
    made: Mapping[str, str]
    also: tuple[tuple[str, Mapping[str, str]], ...] = ()
    skips: tuple[Skip, ...] = ()
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True)
class Profile:
    """How the export of one product is read.

    Parameters
    ----------
    name
        As said on the command line: "stripe-subscriptions".
    title
        As said in findings: "Stripe subscriptions export".
    documentation
        Where the columns are described.
    marks
        Columns that tell it from other tables; `a|b` for either name.
    shape
        Makes the lines of the export's cells.
    says
        How its dates and amounts are read, for the finding.
    kind
        "lines", or "invoices": then the fields are those of invoice lines.
    left_out
        Columns that change from export to export, or say nothing about a segment.
    """

    name: str
    title: str
    documentation: str
    marks: tuple[str, ...]
    shape: Callable[[Cells], Shape]
    says: str
    kind: Literal["lines", "invoices"] = "lines"
    left_out: frozenset[str] = field(default=frozenset())

    def fits(self, table: RawTable) -> bool:
        """Say whether a table has all columns that mark this export."""
        return not self.lacking(table)

    def lacking(self, table: RawTable) -> list[str]:
        """Give the marking columns that a table does not have."""
        known = {squashed(header) for header in table.headers}
        return [
            mark
            for mark in self.marks
            if not any(squashed(name) in known for name in mark.split("|"))
        ]
