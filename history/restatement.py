"""Restatement: what a later export says of months that an earlier one had closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from . import months as month
from .engines import side_by_side, sql_text
from .errors import InputError
from .money import to_decimal, to_major
from .movements import FLOWS, MOVEMENTS
from .origin import Origin
from .policy import Policy
from .restated_lines import known_lines, lines_behind
from .tables import Tables

__all__ = ["Restatement"]

_CUSTOMER_COLUMNS = (
    "month", "customer", "movement", "earlier", "later", "difference", "because",
)  # fmt: skip
_RATES = "no line of the customer differs: the rates do"


@dataclass(frozen=True)
class Restatement:
    """What was restated of the months up to ``as_of``; what is not named here is the same.

    Notice, dates of renewal and lines that begin later are news and no restatement. In the first
    month of history, whose movements a ledger leaves blank, the customers who open it are new.

    Parameters
    ----------
    as_of
        The earlier snapshot's last month; both are read as known at its close.
    currency
        Reporting currency.
    movements
        One row a restated month and movement: month (period), movement, customers and mrr
        (minor units): later minus earlier. In each month opening and flows add up to the closing.
    customers
        One row a customer, month and movement: month (period), customer, movement, earlier,
        later, difference (minor units, signed), because.
    lines
        One row a line: change (added, removed, changed), customer, formerly (its name before),
        subscription, cause, detail, earlier_row, later_row, mrr_effect (whether it is behind one
        of ``customers``). Rows in another order are no change.
    uncompared
        Dimensions that only one of the snapshots has.

    Examples
    --------
    >>> import pandas as pd
    >>> from history import Ledger
    >>> names = ["customer", "start_date", "mrr"]
    >>> june = pd.DataFrame([["A", "2026-01-01", 10000]], columns=names)
    >>> july = pd.DataFrame([["A", "2026-01-01", 10000], ["B", "2026-05-20", 500]], columns=names)
    >>> found = Ledger.from_lines(july, as_of="2026-07", currency="EUR").restated(
    ...     Ledger.from_lines(june, as_of="2026-06", currency="EUR"))
    >>> found.ok, found.months
    (False, ['2026-05', '2026-06'])
    >>> found.lines["cause"].tolist()
    ['back-dated line of a new customer']
    """

    as_of: pd.Period
    currency: str
    movements: pd.DataFrame
    customers: pd.DataFrame
    lines: pd.DataFrame
    uncompared: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing of the past differs, labels and ids included."""
        return self.lines.empty and self.customers.empty

    @property
    def months(self) -> list[str]:
        """The months ("YYYY-MM") of which a figure differs, be it of one customer only."""
        return sorted(
            {str(at) for table in (self.movements, self.customers) for at in table["month"]}
        )

    def to_frame(self) -> pd.DataFrame:
        """Give the movements in major units: month, movement, customers, mrr."""
        return self.movements.assign(mrr=to_major(self.movements["mrr"], self.currency))

    def customers_frame(self, largest: int | None = None) -> pd.DataFrame:
        """Give the customers in major units, all or those with the largest differences."""
        frame = self.customers
        if largest is not None:
            size = frame["difference"].abs().groupby(frame["customer"]).sum()
            kept = size.sort_values(ascending=False, kind="stable").index[:largest]
            frame = frame[frame["customer"].isin(kept)].reset_index(drop=True)
        amounts = ["earlier", "later", "difference"]
        return frame.assign(**{name: to_major(frame[name], self.currency) for name in amounts})

    def __str__(self) -> str:
        if self.ok:
            return f"nothing up to {self.as_of} was restated"
        count, silent = len(self.lines), int((~self.lines["mrr_effect"]).sum())
        told = [f"{_count(count, 'line')} restated, {silent} without effect on MRR"]
        if self.months:
            closing = self.movements["movement"] == "closing"
            at = closing & (self.movements["month"] == self.as_of)
            amount = to_decimal(int(self.movements.loc[at, "mrr"].sum()), self.currency)
            names = self.customers["customer"].nunique()
            told.append(f"{_count(len(self.months), 'month')}, {_count(names, 'customer')}")
            told.append(f"closing MRR of {self.as_of} changed by {amount} {self.currency}")
        return "; ".join(told)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def refuse_unlike(earlier: tuple[Origin, Policy], later: tuple[Origin, Policy]) -> None:
    """Refuse ledgers whose figures cannot be laid side by side.

    Raises
    ------
    InputError
        They differ in currency or policy, or one values its lines at the rates of each close.
    """
    (before, then), (after, now) = earlier, later
    if before.currency != after.currency:
        raise InputError(
            f"the ledgers are in {before.currency} and {after.currency}; read both in one"
        )
    if then != now:
        raise InputError("the ledgers were read under two policies; read both under one")
    if before.rates is not None or after.rates is not None:
        raise InputError(
            "restatements are told of amounts that were converted once; read both ledgers "
            "with the policy currency: at_start"
        )


def restatement_of(
    earlier: Tables,
    later: Tables,
    earlier_dimensions: Sequence[str],
    later_dimensions: Sequence[str],
    currency: str,
) -> Restatement:
    """Compare two ledgers' tables at one ``as_of``, under one policy, in one currency."""
    shared = sorted({*earlier_dimensions} & {*later_dimensions})
    rows = {}
    for name, tables in (("earlier", earlier), ("later", later)):
        tables.use(())
        rows[f"{name}_flows"] = (tables.engine, sql_text("flows"))
        rows[f"{name}_lines"] = (tables.engine, known_lines(tables, shared))
    with side_by_side(rows) as both:
        flows = both.frame(sql_text("differing_flows"))
        lines = lines_behind(both, shared, currency)
    concerned = set(flows["customer"])
    touched = lines["customer"].isin(concerned) | lines["formerly"].isin(concerned)
    lines = lines.assign(mrr_effect=lines["counts"] & touched).drop(columns="counts")
    return Restatement(
        as_of=month.period(earlier.as_of),
        currency=currency,
        movements=_movements(flows, earlier.as_of),
        customers=_customers(flows, lines),
        lines=lines,
        uncompared=tuple(sorted({*earlier_dimensions} ^ {*later_dimensions})),
    )


def _customers(flows: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Name the causes behind each customer's differences."""
    behind = lines[lines["mrr_effect"]]
    names = [behind.assign(name=behind[name]) for name in ("customer", "formerly")]
    causes = pd.concat(names).groupby("name")["cause"].agg(lambda told: "; ".join(sorted({*told})))
    order = flows["movement"].map({name: at for at, name in enumerate(MOVEMENTS)})
    frame = flows.assign(order=order).sort_values(["month", "customer", "order"], kind="stable")
    frame["difference"] = frame["later"] - frame["earlier"]
    frame["because"] = frame["customer"].map(causes.to_dict()).astype(object).fillna(_RATES)
    frame["month"] = month.periods(frame["month"])
    return frame[list(_CUSTOMER_COLUMNS)].reset_index(drop=True)


def _movements(flows: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Add the customers' differences up to months and movements, and carry them on to closings."""
    signed = flows.assign(
        mrr=flows["later"] - flows["earlier"],
        customers=(flows["later"] != 0).astype("int64") - (flows["earlier"] != 0).astype("int64"),
    )
    span = pd.RangeIndex(signed["month"].min() if len(signed) else as_of + 1, as_of + 1)
    parts = {}
    for value in ("customers", "mrr"):
        wide = signed.pivot_table(
            index="month", columns="movement", values=value, aggfunc="sum", fill_value=0
        )
        wide = wide.reindex(index=span, columns=list(FLOWS), fill_value=0).astype("int64")
        steps = wide.sum(axis=1)
        if value == "customers":
            steps = wide["new"] + wide["reactivation"] - wide["churn"]
        closing = steps.cumsum()
        wide = wide.assign(opening=closing - steps, closing=closing)
        tall = wide[list(MOVEMENTS)].rename_axis(index="month", columns="movement").reset_index()
        parts[value] = tall.melt("month", value_name=value)
    table = parts["customers"].assign(mrr=parts["mrr"]["mrr"])
    table = table.sort_values("month", kind="stable")
    moved = table["mrr"].ne(0) | table["customers"].ne(0)
    table = table[table["month"].isin(table.loc[moved, "month"])].reset_index(drop=True)
    return table.assign(month=month.periods(table["month"]))
