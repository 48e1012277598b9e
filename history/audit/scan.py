"""The scan: the tables of the audit, made once, and the candidates of each rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

import pandas as pd

from ..engines import Engine, sql_text
from ..findings import Finding
from . import rules
from .scales import off_scale
from .typical import longest_usual, overdue_discounts

__all__ = ["Scan"]

_USUAL_SHARE: Final = 0.10
"""A pattern that more than this share of the lines shows is how the company works."""

_FEW: Final = 10
_GAP_DAYS: Final = 100
_GAP_DAYS_UNTOLD: Final = 45
_RECORDED: Final = 0.5
_KEPT: Final = 0.8
_PEERS_RAISED: Final = 0.6
_NEARLY_ALL_RAISED: Final = 0.95
_PAUSE_MONTHS: Final = 6
_FREE_MONTHS: Final = 3


class Scan:
    """Looks for candidates in all lines, by SQL; what comes back has the size of what was found.

    Parameters
    ----------
    engine
        An engine of its own, with the tables ``numbered``, ``facts`` and ``customers``, and the
        view ``audit_source``.
    as_of
        Month index.
    later
        Whether lines, ends and notices that lie after ``as_of`` are known.
    """

    def __init__(self, engine: Engine, *, as_of: int, later: bool) -> None:
        self._engine = engine
        self._numbers = {"as_of": as_of, "later": int(later)}
        self.skipped: list[Finding] = []
        for table in (
            "lines", "ends", "starts", "handovers", "breaks", "finished", "terms", "priced",
            "peers", "rises", "list_moves", "steps", "moves", "renewals",
            "renewal_peers", "yearly",
        ):  # fmt: skip
            self._make(table)

    def candidates(self) -> Mapping[str, pd.DataFrame]:
        """Give the candidates of every rule, in the order of the rules.

        Returns
        -------
        mapping
            Code of the rule -> frame with columns line_id, other_id, customer_id, customer, at,
            beside (rows as in the file), strength, billed, expected (minor units a month), since
            and until (month indices; until exclusive, NaN while it runs).
        """
        find: dict[str, Callable[[], pd.DataFrame]] = {
            rules.DUPLICATE_LINE: lambda: self._found("duplicate_line"),
            rules.WRONG_SCALE: self._wrong_scale,
            rules.CURRENCY_MIX: self._currency_mix,
            rules.UNBILLED_QUANTITY: self._unbilled,
            rules.OVERBILLED_QUANTITY: self._overbilled,
            rules.BILLED_AFTER_CANCELLATION: lambda: self._found("after_cancellation"),
            rules.DOUBLE_BILLING: self._double_billing,
            rules.MISSED_UPLIFT: self._missed_uplift,
            rules.EXPIRED_DISCOUNT: self._expired_discount,
            rules.FREE_LINE: self._free_line,
            rules.PAUSE_OVERRUN: self._pause_overrun,
            rules.SERVICE_GAP: lambda: self._gaps,
            rules.RENEWAL_MISSING: self._renewal_missing,
        }
        return {rule: self._unless_usual(rule, search()) for rule, search in find.items()}

    def _make(self, text: str, **numbers: int) -> None:
        numbers = {**self._numbers, **numbers}
        self._engine.make(f"audit_{text}", sql_text(f"audit/{text}"), **numbers)

    def _rows(self, text: str, **numbers: int) -> pd.DataFrame:
        return self._engine.frame(sql_text(f"audit/{text}"), **{**self._numbers, **numbers})

    def _found(self, text: str, **numbers: int) -> pd.DataFrame:
        """Run a rule's text and give its rows with the names by which the file knows them."""
        numbers = {**self._numbers, **numbers}
        self._engine.make("audit_found", sql_text(f"audit/{text}"), **numbers)
        return self._rows("found")

    def _skip(self, rule: str, reason: str) -> pd.DataFrame:
        self.skipped.append(Finding(None, "", rules.SKIPPED, rule, reason, "note"))
        return pd.DataFrame()

    def _unless_usual(self, rule: str, found: pd.DataFrame) -> pd.DataFrame:
        """Drop a pattern that is too frequent to be an error."""
        chances = self._chances(rule, len(found))
        if len(found) <= max(_FEW, _USUAL_SHARE * chances):
            return found
        return self._skip(
            rule,
            f"{len(found)} of {chances} lines look like this, so it is how the company works",
        )

    def _chances(self, rule: str, found: int) -> int:
        """Give how many lines could show the pattern of a rule."""
        habits = self.habits
        if rule == rules.SERVICE_GAP:
            return habits["handovers"] + found
        if rule in (rules.DOUBLE_BILLING, rules.CURRENCY_MIX):
            return habits["later_lines"]
        return habits["line_count"]

    @cached_property
    def habits(self) -> dict[str, int]:
        """What is usual in this ledger, as numbers; see ``audit/habits.sql``."""
        row = self._rows("habits").iloc[0]
        return {str(name): int(value) for name, value in row.fillna(0).items()}

    @cached_property
    def _records(self) -> bool:
        """Whether the ledger says of most of those who left that they did."""
        habits = self.habits
        return habits["finished"] > 0 and habits["told"] >= _RECORDED * habits["finished"]

    @cached_property
    def _basis(self) -> tuple[int, int]:
        """What unit prices are for (1 the interval, 2 a month, 0 unknown), and in how many %."""
        row = self._rows("priced_share").iloc[0]
        lines = int(row["lines"])
        best = "per_interval" if row["per_interval"] >= row["per_month"] else "per_month"
        if lines < _FEW or row[best] < _KEPT * lines:
            return 0, 0
        return 1 + (best == "per_month"), int(100 * row[best] / lines)

    def _wrong_scale(self) -> pd.DataFrame:
        return off_scale(self._found("suspects", basis=self._basis[0]))

    def _currency_mix(self) -> pd.DataFrame:
        return self._found("currency_mix")

    @cached_property
    def _quantities(self) -> pd.DataFrame:
        basis, share = self._basis
        if basis == 0:
            return self._skip(
                rules.UNBILLED_QUANTITY,
                "no columns of quantity and unit price that give the amount in 80 % of the lines",
            )
        return self._found("quantities", monthly=int(basis == 2), share=share)

    def _unbilled(self) -> pd.DataFrame:
        found = self._quantities
        return found[found["billed"] < found["expected"]] if len(found) else found

    def _overbilled(self) -> pd.DataFrame:
        found = self._quantities
        return found[found["billed"] > found["expected"]] if len(found) else found

    def _missed_uplift(self) -> pd.DataFrame:
        parts = [self._passed_over(), self._found("renewed_flat"), self._overdue_rises()]
        return pd.concat([part for part in parts if len(part)] or [pd.DataFrame()])

    def _passed_over(self) -> pd.DataFrame:
        found = self._found("passed_over")
        if found.empty:
            return found
        missed = found.groupby(["product", "month"])["line_id"].transform("count")
        share = found["raised"] / (found["raised"] + missed)
        found["strength"] = 1 + (share >= _NEARLY_ALL_RAISED)
        return found[share >= _PEERS_RAISED].drop(columns=["product", "month", "raised"])

    def _overdue_rises(self) -> pd.DataFrame:
        habit = self._engine.frame(
            "SELECT COUNT(*) AS steps, COALESCE(SUM(overdue), 0) AS overdue FROM audit_yearly"
        ).iloc[0]
        if habit["overdue"] > (1 - _PEERS_RAISED) * habit["steps"]:
            return pd.DataFrame()
        return self._found("own_habit")

    def _expired_discount(self) -> pd.DataFrame:
        spells = self._found("discounts")
        return overdue_discounts(spells, self._numbers["as_of"]) if len(spells) else spells

    @cached_property
    def _spans(self) -> pd.DataFrame:
        return self._rows("spans")

    def _free_line(self) -> pd.DataFrame:
        spans = self._spans[self._spans["paused"] == 0]
        months, _ = longest_usual(spans, default=_FREE_MONTHS)
        return self._found("free_line", months=months + 1)

    def _pause_overrun(self) -> pd.DataFrame:
        spans = self._spans[self._spans["paused"] == 1]
        months, known = longest_usual(spans, default=_PAUSE_MONTHS)
        return self._found("pause_overrun", months=months + 1, known=known)

    def _double_billing(self) -> pd.DataFrame:
        """Leave out what begins after a gap: it took the place of the line before the gap."""
        found = self._found("double_billing")
        return found[~found["other_id"].isin(self._gaps["line_id"])]

    @cached_property
    def _gaps(self) -> pd.DataFrame:
        days = _GAP_DAYS if self._records else _GAP_DAYS_UNTOLD
        return self._found("service_gap", records=int(self._records), gap_days=days)

    def _renewal_missing(self) -> pd.DataFrame:
        if not self._records:
            self._skip(
                rules.RENEWAL_MISSING,
                "the ledger does not say who cancelled (no status and no reason of most who left)",
            )
        terms = self._engine.frame(
            "SELECT COUNT(*) AS terms, COALESCE(SUM(followed), 0) AS followed FROM audit_terms"
        ).iloc[0]
        known = terms["terms"] >= _FEW and terms["followed"] >= _KEPT * terms["terms"]
        return self._found("renewal_missing", records=int(self._records), terms=int(known))
