"""From MRR to recognised revenue: why a month's revenue is not the MRR at its close."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from . import months as month
from .engines import sql_text
from .errors import ArrcastError
from .money import to_decimal
from .movements import Movements
from .revenue import RevenueSchedule
from .revenue_tables import day_number
from .tables import Tables

__all__ = ["STEPS", "RevenueBridge"]

STEPS: dict[str, str] = {
    "days": "lines in service all month: its days' share of their period against an even month",
    "started": "lines that started during the month: the days before their start",
    "ended": "lines that ended before the close: revenue without MRR",
    "credit notes": "credit notes: what they take from revenue against what they take from MRR",
    "one-off": "lines that are paid once: revenue, never MRR",
    "counted otherwise": "lines that MRR counts otherwise: by policy (past due, bridged gaps), at "
    "the rate of another month, or not yet invoiced",
}
"""The steps from closing MRR to recognised revenue, and what each of them is."""


@dataclass(frozen=True)
class RevenueBridge:
    """How the closing MRR of a month becomes its recognised revenue; the steps add up, checked.

    Parameters
    ----------
    month
        The month.
    currency
        Reporting currency.
    mrr
        MRR at its close, in minor units.
    steps
        Name (of `STEPS`) and minor units, in that order.
    revenue
        Its recognised revenue, in minor units.

    Raises
    ------
    ArrcastError
        The steps do not add up.

    Examples
    --------
    EUR 1,200 for the year 2025 are EUR 100 of MRR, and 101.92 in January:

    >>> steps = tuple((name, 192 if name == "days" else 0) for name in STEPS)
    >>> print(RevenueBridge(month.period(24300), "EUR", 10000, steps, 10192))
    2025-01, EUR
    closing MRR                 100.00
    days                          1.92
    started                       0.00
    ended                         0.00
    credit notes                  0.00
    one-off                       0.00
    counted otherwise             0.00
    recognised revenue          101.92
    """

    month: pd.Period
    currency: str
    mrr: int
    steps: tuple[tuple[str, int], ...]
    revenue: int

    def __post_init__(self) -> None:
        if self.mrr + sum(amount for _, amount in self.steps) != self.revenue:
            raise ArrcastError(
                f"the steps from MRR to the revenue of {self.month} do not add up; "
                "this is a fault of arrcast"
            )

    def table(self) -> pd.DataFrame:
        """Give one row a step: month, step, amount (exact Decimals, major units), meaning."""
        rows = [
            ("closing MRR", self.mrr, "MRR at the close of the month"),
            *((name, amount, STEPS[name]) for name, amount in self.steps),
            ("recognised revenue", self.revenue, "by service days"),
        ]
        frame = pd.DataFrame(
            [(name, to_decimal(amount, self.currency), text) for name, amount, text in rows],
            columns=["step", "amount", "meaning"],
        )
        frame.insert(0, "month", month.periods([month.index_of(self.month)] * len(frame)))
        return frame

    def __str__(self) -> str:
        lines = [f"{row.step:<20}{row.amount:>14}" for row in self.table().itertuples()]
        return "\n".join([f"{self.month}, {self.currency}", *lines])


def revenue_bridge_of(
    tables: Tables, at: int, schedule: RevenueSchedule, movements: Movements
) -> RevenueBridge:
    """Compute the steps of one month from the table ``invoices``.

    Parameters
    ----------
    at
        The month.
    schedule, movements
        Of the same tables: what they say of the month's revenue and closing MRR.
    """
    engine, as_of, currency = tables.engine, tables.as_of, movements.currency
    mrr = movements.closing_minor(month.period(at))
    revenue = schedule.recognised_minor(month.period(at))
    days = {"first_day": day_number(at), "next_day": day_number(at + 1)}
    engine.make("touched", sql_text("touched"), as_of=as_of, **days)
    found = engine.frame(sql_text("revenue_and_mrr"), **days)
    apart = found["revenue"] - found["mrr"]
    step = found["stands"].replace({"whole": "days"})
    step = step.where(found["kind"] == "recurring", found["kind"])
    step = step.replace({"credit": "credit notes", "one_off": "one-off"})
    sums = {str(name): int(amount) for name, amount in apart.groupby(step).sum().items()}
    sums["counted otherwise"] = int(found["mrr"].sum()) - mrr
    steps = tuple((name, sums.get(name, 0)) for name in STEPS)
    return RevenueBridge(month.period(at), currency, mrr, steps, revenue)
