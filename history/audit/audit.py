"""The audit: probable billing omissions and errors, ranked by the money expected of them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .. import months as month
from ..engines import Engine
from ..exchange import Rates
from ..findings import RULES, Findings
from ..money import decimals, to_major
from ..wording import counted
from .grouping import findings_of
from .scan import Scan
from .source import see_source

__all__ = ["Audit", "audit_of"]


@dataclass(frozen=True)
class Audit:
    """What an audit found, most expected money first.

    Attributes
    ----------
    as_of
        The last month of history that was looked at.
    currency
        The reporting currency.
    products
        The dimensions that say what is sold.
    found
        One row a customer and rule: rank, customer, rule, direction ("missing": less is billed
        than is due; "excess": more), rows (as in the file), since and until (months; until blank
        while it runs), billed, due and stake (minor units a month, of the worst month), strength
        (of the evidence: 2 clear, 1 doubtful), confidence (share 0-1) and expected (stake x
        confidence, minor units a month).
    skipped
        The rules that do not fit this ledger, and why.
    """

    as_of: pd.Period
    currency: str
    products: tuple[str, ...]
    found: pd.DataFrame
    skipped: Findings

    def __len__(self) -> int:
        return len(self.found)

    def frame(self) -> pd.DataFrame:
        """Give the findings with amounts in major units, rows as text, and what to do.

        Returns
        -------
        DataFrame
            The columns of ``found``, ``rows`` as "12, 15"; and of the rule, meaning and cure.
        """
        frame = self.found.copy()
        for name in ("billed", "due", "stake", "expected"):
            frame[name] = to_major(frame[name], self.currency)
        frame["rows"] = [", ".join(map(str, rows)) for rows in frame["rows"]]
        rules = [RULES[code] for code in frame["rule"]]
        return frame.assign(meaning=[r.meaning for r in rules], cure=[r.cure for r in rules])

    def by_rule(self) -> pd.DataFrame:
        """Give one row a rule that found something, most expected money first, in major units.

        Returns
        -------
        DataFrame
            Columns rule, direction, customers, stake, expected, meaning, cure.
        """
        totals = (
            self.frame()
            .groupby(["rule", "direction"], as_index=False)
            .agg(
                customers=("customer", "count"),
                stake=("stake", "sum"),
                expected=("expected", "sum"),
            )
            .sort_values(["expected", "rule"], ascending=[False, True], ignore_index=True)
        )
        meanings = [RULES[code].meaning for code in totals["rule"]]
        cures = [RULES[code].cure for code in totals["rule"]]
        return totals.assign(meaning=meanings, cure=cures)

    def __str__(self) -> str:
        if self.found.empty:
            return f"no findings as of {self.as_of}"
        money = to_major(int(self.found["stake"].sum()), self.currency)
        return (
            f"{counted(len(self.found), 'finding')} as of {self.as_of}, "
            f"{money:.{decimals(self.currency)}f} {self.currency} a month at stake"
        )


def audit_of(
    engine: Engine,
    *,
    as_of: int,
    later: bool,
    currency: str,
    rates: Rates | None,
    products: tuple[str, ...],
) -> Audit:
    """Audit the lines of an engine; see :meth:`history.Ledger.audit`."""
    see_source(engine, products, currency, rates, as_of)
    scan = Scan(engine, as_of=as_of, later=later)
    found = findings_of(_explained_once(scan), as_of)
    skipped = Findings(scan.skipped)
    return Audit(month.period(as_of), currency, products, found, skipped)


def _explained_once(scan: Scan) -> pd.DataFrame:
    """Lay the candidates of all rules together; a line is a finding of one rule only."""
    claimed: set[int] = set()
    parts = []
    for rule, found in scan.candidates().items():
        if found.empty:
            continue
        left = found[~found["line_id"].isin(claimed)]
        claimed.update(left["line_id"])
        parts.append(left.assign(rule=rule))
    columns = [
        "rule", "customer", "at", "beside", "strength", "billed", "expected", "since", "until",
    ]  # fmt: skip
    none = pd.DataFrame(columns=columns)
    every = pd.concat([part[columns] for part in parts], ignore_index=True) if parts else none
    for name in ("billed", "expected"):
        every[name] = every[name].astype(float).round().astype("int64")
    return every[every["billed"] != every["expected"]].reset_index(drop=True)
