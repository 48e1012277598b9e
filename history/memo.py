"""Memo tables: a movement taken apart; its parts add up to it to the minor unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import months as month
from .errors import InputError, unknown_name
from .money import to_major
from .segments import Segments
from .tables import Tables

__all__ = ["Memo", "Parts", "laid", "months_of"]


@dataclass(frozen=True)
class Parts:
    """Months x parts x segments: MRR in minor units, and customers (None where not counted)."""

    mrr: npt.NDArray[np.int64]
    customers: npt.NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Memo:
    """Movements taken apart by month and segment, amounts signed as in the movements.

    Parameters
    ----------
    title
        Name of the column that holds the parts: "reason", "effect" or "stage".
    rows
        Movement and part of each row, in the order of the table.
    months
        The months with movements: from the second month of history on.
    """

    title: str
    rows: tuple[tuple[str, str], ...]
    segments: Segments
    currency: str
    months: pd.PeriodIndex
    cells: Parts
    total: Parts

    def __post_init__(self) -> None:
        if self.title in self.by:
            raise InputError(
                f"the dimension {self.title} has the name of a column of this table; rename it"
            )

    @property
    def by(self) -> tuple[str, ...]:
        """Names of the dimensions, empty without segments."""
        return self.segments.by

    @property
    def minor(self) -> pd.DataFrame:
        """One row a month, segment, movement and part, amounts in minor units.

        Returns
        -------
        DataFrame
            Columns month (period), the dimensions, movement, the part under its title,
            customers (where they are counted) and mrr (int64).
        """
        return self._frame(self.cells, list(self.segments.keys))

    def to_frame(self) -> pd.DataFrame:
        """Give the table in major units, total rows where there are segments."""
        frame = self.minor
        if self.by:
            total = self._frame(self.total, [("total",) * len(self.by)])
            frame = pd.concat([frame, total]).sort_values("month", kind="stable")
        return frame.assign(mrr=to_major(frame["mrr"], self.currency)).reset_index(drop=True)

    def matrix(self, movement: str, part: str) -> pd.DataFrame:
        """Give one part as months x segments, MRR in major units.

        Raises
        ------
        UnknownNameError
            There is no such movement or part.
        """
        if (movement, part) not in self.rows:
            known = [f"{each} {name}" for each, name in self.rows]
            raise unknown_name("part", f"{movement} {part}", known)
        cells = self.cells.mrr[:, self.rows.index((movement, part))]
        return pd.DataFrame(
            to_major(cells, self.currency),
            index=self.months.rename("month"),
            columns=pd.Index(self.segments.labels, name="segment"),
        )

    def _frame(self, cells: Parts, keys: list[tuple[str, ...]]) -> pd.DataFrame:
        count, rows, segments = len(self.months), len(self.rows), len(keys)
        frame = pd.DataFrame({"month": self.months.repeat(segments * rows)})
        for at, name in enumerate(self.by):
            values = np.repeat(np.array([key[at] for key in keys], dtype=object), rows)
            frame[name] = np.tile(values, count)
        for at, name in enumerate(("movement", self.title)):
            values = np.array([row[at] for row in self.rows], dtype=object)
            frame[name] = np.tile(values, count * segments)
        if cells.customers is not None:
            frame["customers"] = cells.customers.transpose(0, 2, 1).reshape(-1)
        frame["mrr"] = cells.mrr.transpose(0, 2, 1).reshape(-1)
        return frame


def laid(
    tables: Tables,
    segments: Segments,
    rows: Sequence[tuple[str, str]],
    frame: pd.DataFrame,
    *,
    counted: bool,
) -> Parts:
    """Lay rows of month, segment, movement, part, mrr (and customers) out as an array."""
    shape = (tables.as_of - tables.first_month, len(rows), len(segments))
    places = {row: at for at, row in enumerate(rows)}
    at = (
        frame["month"].to_numpy(dtype=np.int64) - tables.first_month - 1,
        np.array([places[row] for row in zip(frame["movement"], frame["part"], strict=True)], int),
        frame["segment"].to_numpy(dtype=np.int64),
    )
    mrr = np.zeros(shape, dtype=np.int64)
    np.add.at(mrr, at, frame["mrr"].to_numpy(dtype=np.int64))
    if not counted:
        return Parts(mrr)
    customers = np.zeros(shape, dtype=np.int64)
    np.add.at(customers, at, frame["customers"].to_numpy(dtype=np.int64))
    return Parts(mrr, customers)


def months_of(tables: Tables) -> pd.PeriodIndex:
    """Give the months that have movements."""
    return month.periods(range(tables.first_month + 1, tables.as_of + 1))
