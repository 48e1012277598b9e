"""Movements and levels as a board reads them: a year's walk, quarters, ARR to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from history.language import marked, say

from ..format import Scale, footed, month
from . import value

if TYPE_CHECKING:
    from history import Movements

STEPS: Final = ("new", "reactivation", "expansion", "contraction", "churn", "fx")
LABELS: Final = {
    "opening": marked("Opening"),
    "new": marked("New"),
    "reactivation": marked("Reactivation"),
    "expansion": marked("Expansion"),
    "contraction": marked("Contraction"),
    "churn": marked("Churn"),
    "fx": marked("FX"),
    "closing": marked("Closing"),
}
"""Movement -> its words, to be said."""


def closing_mrr(movements: Movements) -> pd.Series:
    """Total closing MRR by month, major units, from the first month of history."""
    return movements.matrix("closing").sum(axis=1)


def closing_arr(movements: Movements) -> pd.Series:
    """Total ARR (12 x closing MRR) by month, major units."""
    return 12 * closing_mrr(movements)


@dataclass(frozen=True)
class Walk:
    """From one closing MRR to a later one.

    Attributes
    ----------
    table : DataFrame
        Major units; index opening, the movements that occur, closing; a column a block of months
        and the last column `Total`.
    months : int
        Covered by the total.
    first, last : pd.Period
        The first and last month of the total.
    """

    table: pd.DataFrame
    months: int
    first: pd.Period
    last: pd.Period

    @property
    def opening(self) -> float:
        """MRR before the first month, major units."""
        return value(self.table, "opening", "Total")

    @property
    def closing(self) -> float:
        """MRR at the close of the last month, major units."""
        return value(self.table, "closing", "Total")

    @property
    def steps(self) -> pd.Series:
        """Signed movements of the whole time, major units."""
        return self.table["Total"].drop(["opening", "closing"])

    def footed(self, scale: Scale) -> Walk:
        """Round to a scale so that each column foots and each row adds up to its total."""
        blocks = self.table.drop(columns="Total")
        rounded = pd.DataFrame(index=self.table.index)
        for name in blocks.columns:
            rounded[name] = footed_column(blocks[name], scale)
        rounded["Total"] = _total_column(rounded)
        return Walk(rounded, self.months, self.first, self.last)


def footed_column(column: pd.Series, scale: Scale) -> list[float]:
    """Round a column of opening, movements and closing so that it foots."""
    digit = scale.divisor / 10**scale.decimals
    opening = round(column.iloc[0] / digit) * digit
    closing = round(column.iloc[-1] / digit) * digit
    return [opening, *footed(list(column.iloc[1:-1]), closing - opening, scale), closing]


def _total_column(blocks: pd.DataFrame) -> pd.Series:
    total = blocks.sum(axis=1)
    total["opening"] = blocks.loc["opening"].iloc[0]
    total["closing"] = blocks.loc["closing"].iloc[-1]
    return total


def walk(movements: Movements, months: int = 12, block: int = 3) -> Walk | None:
    """Sum the movements of the last months, in blocks (quarters, or single months).

    Parameters
    ----------
    movements : Movements
    months : int
        How far back from `as_of`; cut where the history begins.
    block : int
        Months a column, counted back from `as_of`.

    Returns
    -------
    Walk or None
        None where no month has computable movements (a history of one month).
    """
    every = pd.DataFrame({name: movements.matrix(name).sum(axis=1) for name in STEPS})
    closing = closing_mrr(movements)
    known = list(closing.index[1:][-months:])
    if not known:
        return None
    pieces = [known[max(0, end - block) : end] for end in range(len(known), 0, -block)][::-1]
    columns = {_block_name(piece): _block(piece, every, closing) for piece in pieces}
    table = pd.DataFrame(columns)
    table["Total"] = _total_column(table)
    quiet = [name for name in ("reactivation", "fx") if not table.loc[name].any()]
    return Walk(table.drop(index=quiet), len(known), known[0], known[-1])


def _block(piece: list[pd.Period], every: pd.DataFrame, closing: pd.Series) -> pd.Series:
    summed = every.loc[pd.PeriodIndex(piece)].sum()
    rows = {str(name): float(summed[name]) for name in STEPS}
    opening, end = value(closing, piece[0] - 1), value(closing, piece[-1])
    return pd.Series({"opening": opening, **rows, "closing": end})


def _block_name(piece: list[pd.Period]) -> str:
    first, last = piece[0], piece[-1]
    if first == last:
        return month(first)
    start = month(first).split()[0] if first.year == last.year else month(first)
    return say("{start}–{end}", start=start, end=month(last))
