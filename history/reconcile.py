"""Reconciliation: the ledger's closing MRR or recognised revenue beside finance's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from . import months as month
from .errors import InputError
from .money import to_decimal, to_minor
from .wording import counted

__all__ = ["Reconciliation"]


@dataclass(frozen=True)
class Reconciliation:
    """Closing MRR, or recognised revenue, by month: finance, ledger and their difference, exact.

    Parameters
    ----------
    currency
        Reporting currency.
    rows
        Month index, finance and ledger in minor units.
    measure
        What is laid side by side.

    Examples
    --------
    >>> found = Reconciliation("EUR", ((24311, 40102500, 40102500), (24312, 100, 90)))
    >>> found.ok
    False
    >>> print(found)
    month            finance        ledger    difference
    2025-12        401025.00     401025.00          0.00
    2026-01             1.00          0.90         -0.10
    1 of 2 months differs by more than nothing; in EUR, closing MRR
    """

    currency: str
    rows: tuple[tuple[int, int, int], ...]
    measure: str = "closing MRR"

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
        months = counted(len(self.rows), "month")
        foot = (
            f"{apart} of {months} {'differs' if apart == 1 else 'differ'} by more than nothing"
            if apart
            else f"{months} {'agrees' if len(self.rows) == 1 else 'agree'} to the last unit"
        )
        return "\n".join([head, *body, f"{foot}; in {self.currency}, {self.measure}"])


def reconciliation_of(
    finance: Mapping[str, str | int | Decimal],
    *,
    ledger: Callable[[pd.Period], int],
    as_of: pd.Period,
    currency: str,
    measure: str,
) -> Reconciliation:
    """Lay finance's figures beside the ledger's.

    Parameters
    ----------
    finance
        "YYYY-MM" -> amount.
    ledger
        Gives the ledger's figure of a month in minor units.
    as_of, currency, measure
        The ledger's last month, its currency, and what is compared.

    Raises
    ------
    InputError
        No month is given, a month lies after ``as_of``, or an amount is none.
    """
    if not finance:
        raise InputError(f"give at least one month and its {measure}, such as 2025-12: 401025.00")
    last = month.index_of(as_of)
    rows = []
    for text, amount in finance.items():
        index = month.index_of(text)
        if index > last:
            raise InputError(f"{text} lies after the ledger's as_of {as_of}")
        if isinstance(amount, float):
            raise InputError(f"write {text}'s amount as text ('{amount}'), a float is not exact")
        rows.append((index, to_minor(amount, currency), ledger(month.period(index))))
    return Reconciliation(currency, tuple(sorted(rows)), measure)
