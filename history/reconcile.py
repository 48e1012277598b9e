"""Reconciliation: the ledger's closing MRR beside the closing MRR that finance has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from . import months as month
from .errors import InputError
from .money import to_decimal, to_minor
from .movements import Movements

__all__ = ["Reconciliation"]


@dataclass(frozen=True)
class Reconciliation:
    """Closing MRR by month: finance, ledger and their difference, exact.

    Parameters
    ----------
    currency
        Reporting currency.
    rows
        Month index, finance and ledger in minor units.

    Examples
    --------
    >>> found = Reconciliation("EUR", ((24311, 40102500, 40102500), (24312, 100, 90)))
    >>> found.ok
    False
    >>> print(found)
    month            finance        ledger    difference
    2025-12        401025.00     401025.00          0.00
    2026-01             1.00          0.90         -0.10
    1 of 2 months differ by more than nothing; in EUR, closing MRR
    """

    currency: str
    rows: tuple[tuple[int, int, int], ...]

    @property
    def ok(self) -> bool:
        """Whether every month agrees to the minor unit."""
        return all(finance == ledger for _, finance, ledger in self.rows)

    @property
    def table(self) -> pd.DataFrame:
        """One row a month: month (period), finance, ledger, difference (exact Decimals)."""
        lines = [
            [to_decimal(minor, self.currency) for minor in (finance, ledger, ledger - finance)]
            for _, finance, ledger in self.rows
        ]
        frame = pd.DataFrame(lines, columns=["finance", "ledger", "difference"], dtype=object)
        frame.insert(0, "month", month.periods(index for index, _, _ in self.rows))
        return frame

    def __str__(self) -> str:
        head = f"{'month':<10}{'finance':>14}{'ledger':>14}{'difference':>14}"
        body = [
            f"{row.month!s:<10}{row.finance:>14}{row.ledger:>14}{row.difference:>14}"
            for row in self.table.itertuples()
        ]
        apart = sum(finance != ledger for _, finance, ledger in self.rows)
        foot = (
            f"{apart} of {len(self.rows)} months differ by more than nothing"
            if apart
            else f"{len(self.rows)} months agree to the last unit"
        )
        return "\n".join([head, *body, f"{foot}; in {self.currency}, closing MRR"])


def reconciliation_of(
    movements: Movements, finance: Mapping[str, str | int | Decimal]
) -> Reconciliation:
    """Lay finance's closing MRR beside the ledger's.

    Raises
    ------
    InputError
        No month is given, a month lies after ``as_of``, or an amount is none.
    """
    if not finance:
        raise InputError("give at least one month and its closing MRR, such as 2025-12: 401025.00")
    last = month.index_of(movements.as_of)
    rows = []
    for text, amount in finance.items():
        index = month.index_of(text)
        if index > last:
            raise InputError(f"{text} lies after the ledger's as_of {movements.as_of}")
        if isinstance(amount, float):
            raise InputError(f"write {text}'s amount as text ('{amount}'), a float is not exact")
        minor = to_minor(amount, movements.currency)
        rows.append((index, minor, movements.closing_minor(month.period(index))))
    return Reconciliation(movements.currency, tuple(sorted(rows)))
