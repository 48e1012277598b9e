"""The close: billing, CRM and accounting side by side, and what lies behind each difference."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pandas as pd

from . import months as month
from .money import half_even, to_decimal
from .other_books import OtherBooks
from .reading.synonyms import squashed
from .wording import aligned, counted

__all__ = ["CAUSES", "CloseReconciliation", "close_reconciliation_of"]

CAUSES: Final = {
    "signed, not started": "a line that is signed and starts later: not yet billed",
    "ended": "a line that ended this month: it still stands there, or its days were earned",
    "notice given": "a line that pays and is to end: it is gone there already",
    "started": "a line that started this month: not there yet, or its days before were not earned",
    "not counted": "a line that the definitions do not count: paused, past due, on trial",
    "one-off": "a line that is paid once and never in MRR",
    "rounding": "at most one minor unit a line",
    "unexplained": "nothing of the above",
}
"""What makes books differ from billing."""

_COLUMNS = (
    "system", "customer", "billing", "other", "difference", "cause", "amount", "rows", "their_rows",
)  # fmt: skip


@dataclass(frozen=True)
class CloseReconciliation:
    """A month's closing MRR in billing, beside the CRM's or accounting's amounts by customer.

    A line explains a difference if it fits into it whole, the largest first; what no line
    explains is unexplained. Per customer and in total, with ==: billing + the causes = the other
    system's amount.

    Parameters
    ----------
    month
        The month closed.
    currency
        Reporting currency.
    totals
        System -> minor units: billing, then crm and accounting as far as they were given.
    parts
        One row a system, customer that differs, and cause: billing, other and difference of the
        customer, the cause's amount (minor units), the rows of the ledger and of the other file.
    renamed
        (system, its name, billing's name) of customers that are written otherwise.
    """

    month: pd.Period
    currency: str
    totals: Mapping[str, int]
    parts: pd.DataFrame
    renamed: tuple[tuple[str, str, str], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that differs is explained."""
        return not (self.parts["cause"] == "unexplained").any()

    @property
    def systems(self) -> tuple[str, ...]:
        """What stands beside billing."""
        return tuple(name for name in self.totals if name != "billing")

    def unexplained(self, system: str) -> int:
        """Give the unexplained difference of a system, minor units."""
        return self._sum(system, "unexplained")

    def _sum(self, system: str, cause: str) -> int:
        here = (self.parts["system"] == system) & (self.parts["cause"] == cause)
        return int(self.parts.loc[here, "amount"].sum())

    def table(self) -> pd.DataFrame:
        """Give the way from billing to each system.

        Returns
        -------
        DataFrame
            system, step (billing, each cause, the system), amount (exact Decimals, major units)
            and customers (how many a cause concerns); the steps add up.
        """
        rows: list[tuple[str, str, Decimal, int | None]] = []
        for system in self.systems:
            rows.append((system, "billing", self._major(self.totals["billing"]), None))
            for cause in CAUSES:
                here = (self.parts["system"] == system) & (self.parts["cause"] == cause)
                if here.any():
                    count = self.parts.loc[here, "customer"].nunique()
                    rows.append((system, cause, self._major(self._sum(system, cause)), count))
            rows.append((system, system, self._major(self.totals[system]), None))
        frame = pd.DataFrame(rows, columns=["system", "step", "amount", "customers"])
        return frame.astype({"customers": "Int64"})

    def customers(self) -> pd.DataFrame:
        """Give `parts` in major units (exact Decimals), largest differences first."""
        frame = self.parts
        order = frame["difference"].abs().sort_values(ascending=False, kind="stable").index
        frame = frame.loc[order].reset_index(drop=True)
        names = ("billing", "other", "difference", "amount")
        for name in names:
            exact = [self._major(value) for value in frame[name].tolist()]
            frame[name] = pd.Series(exact, dtype=object)
        return frame

    def _major(self, minor: int) -> Decimal:
        return to_decimal(minor, self.currency)

    def __str__(self) -> str:
        lines = [f"{self.month}, {self.currency}"]
        for system, rows in self.table().groupby("system", sort=False):
            lines += aligned(
                (step, f"{amount}", "" if pd.isna(count) else counted(int(count), "customer"))
                for step, amount, count in zip(
                    rows["step"], rows["amount"], rows["customers"], strict=True
                )
            )
            left = self._major(self.unexplained(str(system)))
            lines.append(f"{system}: {left} {self.currency} of it unexplained")
        for system, theirs, ours in self.renamed:
            lines.append(f"{theirs!r} of {system} is taken for {ours!r} of billing")
        return "\n".join(lines)


def close_reconciliation_of(
    billing: pd.DataFrame,
    lines: pd.DataFrame,
    at: int,
    currency: str,
    books: Mapping[str, OtherBooks],
) -> CloseReconciliation:
    """Lay other books beside billing's.

    Parameters
    ----------
    billing
        customer and mrr (minor units) at the close.
    lines
        The ledger's lines, also those that start later: customer, row, start_date, end_date, mrr
        (minor units of the reporting currency), kind, counted (whether it stands in MRR).
    at
        The month.
    currency
        Reporting currency.
    books
        "crm", "accounting" -> its amounts. The CRM has what a customer is to pay a month,
        accounting what was earned in this month.
    """
    ours = billing.groupby("customer")["mrr"].sum()
    totals = {"billing": int(ours.sum())}
    rows: list[tuple[object, ...]] = []
    renamed: list[tuple[str, str, str]] = []
    by_customer = dict(iter(lines.groupby("customer")))
    for system, book in books.items():
        known = {str(name) for name in [*ours.index, *by_customer]}
        names = _matched(set(book.rows["customer"].astype(str)), known)
        renamed += [(system, theirs, mine) for theirs, mine in names.items() if theirs != mine]
        theirs = book.rows.assign(customer=book.rows["customer"].replace(names))
        amounts = theirs.groupby("customer")["amount"].sum()
        totals[system] = int(amounts.sum())
        their_rows = theirs.groupby("customer")["row"].agg(_listed)
        for customer in sorted({*ours.index, *amounts.index}):
            then, now = int(ours.get(customer, 0)), int(amounts.get(customer, 0))
            if then == now:
                continue
            own = by_customer.get(customer, lines.iloc[:0])
            for cause, amount, behind in _causes(own, now - then, at, earned=system != "crm"):
                rows.append(
                    (system, customer, then, now, now - then, cause, amount, behind,
                     their_rows.get(customer, "")),
                )  # fmt: skip
    parts = pd.DataFrame(rows, columns=list(_COLUMNS))
    return CloseReconciliation(month.period(at), currency, totals, parts, tuple(renamed))


def _matched(theirs: set[str], ours: set[str]) -> dict[str, str]:
    """Take names that differ in capitals, spaces and signs alone for one, where only one fits."""
    free: dict[str, list[str]] = {}
    for name in sorted(ours - theirs):
        free.setdefault(squashed(name), []).append(name)
    asked: dict[str, list[str]] = {}
    for name in sorted(theirs - ours):
        asked.setdefault(squashed(name), []).append(name)
    return {
        names[0]: free[key][0]
        for key, names in asked.items()
        if key and len(names) == 1 and len(free.get(key, [])) == 1
    }


def _causes(
    lines: pd.DataFrame, difference: int, at: int, *, earned: bool
) -> Iterator[tuple[str, int, str]]:
    """Give cause, amount and the ledger's rows; the amounts add up to the difference."""
    left = difference
    effects = [
        (*effect, int(line["row"]))
        for line in lines.to_dict("records")
        if (effect := _effect(line, at, earned=earned)) is not None
    ]
    found: dict[str, tuple[int, list[int]]] = {}
    for cause, amount, row in sorted(effects, key=lambda each: (-abs(each[1]), each[2])):
        if amount and (amount > 0) == (left > 0) and abs(amount) <= abs(left):
            left -= amount
            whole, rows = found.get(cause, (0, []))
            found[cause] = (whole + amount, [*rows, row])
    yield from ((cause, amount, _listed(rows)) for cause, (amount, rows) in found.items())
    if left:
        cause = "rounding" if abs(left) <= len(lines) else "unexplained"
        yield cause, left, _listed(lines["row"].tolist())


def _effect(line: Mapping[Hashable, Any], at: int, *, earned: bool) -> tuple[str, int] | None:
    """Give what a line may add to the other system's amount beside billing's, and why."""
    first = pd.Timestamp(month.close_of(at - 1)) + pd.Timedelta(days=1)
    after = pd.Timestamp(month.close_of(at)) + pd.Timedelta(days=1)
    start = pd.Timestamp(line["start_date"])
    # Later than every month: a line without an end does not stop.
    end = pd.Timestamp.max if pd.isna(line["end_date"]) else pd.Timestamp(line["end_date"])
    mrr = int(line["mrr"])
    if line["kind"] == "one_off":
        return ("one-off", mrr) if first <= start < after else None
    if not line["counted"]:
        return ("not counted", mrr) if start < after <= end else None
    if earned:
        days = max(0, (min(after, end) - max(first, start)).days)
        part = half_even(Fraction(mrr * days, (after - first).days))
        if first < start < after:
            return "started", part - (mrr if after <= end else 0)
        return ("ended", part) if first < end < after and start <= first else None
    if start >= after:
        return "signed, not started", mrr
    if end < after:
        return ("ended", mrr) if end >= first else None
    if end < pd.Timestamp.max:
        return "notice given", -mrr
    return ("started", -mrr) if start >= first else None


def _listed(rows: Iterable[int]) -> str:
    return ", ".join(str(int(row)) for row in rows)
