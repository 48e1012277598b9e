"""The lines behind a restatement: which are gone, which have come, what changed in others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .engines import DuckEngine, bound, quoted, sql_text
from .money import to_decimal
from .tables import Tables

__all__ = ["known_lines", "lines_behind"]

_SEPARATOR = "\x1f"
_FACTS = (
    "customer", "subscription", "starts", "ends", "mrr", "interval_months", "kind", "status",
)  # fmt: skip
_CONTENT = (*_FACTS, "labels")
_CAUSES = {
    "subscription": "subscription id changed",
    "starts": "start moved",
    "ends": "end moved",
    "mrr": "amount changed",
    "interval_months": "billing interval changed",
    "kind": "kind changed",
    "status": "status changed",
    "labels": "relabelled",
}
_NAMES = {"starts": "start", "ends": "end", "interval_months": "interval in months"}
_SILENT = {"subscription", "labels", "interval_months"}
"""Fields that say nothing of MRR."""

_COLUMNS = (
    "change", "customer", "formerly", "subscription", "cause", "detail", "earlier_row",
    "later_row", "counts",
)  # fmt: skip


def known_lines(tables: Tables, dimensions: Sequence[str]) -> str:
    """Make the view ``named`` and give the query of what the lines say up to ``as_of``."""
    values = [f"COALESCE({quoted(name)}, '')" for name in dimensions] or ["''"]
    tables.engine.see(
        "named",
        'SELECT line_id, "row", customer, subscription, start_date, kind, status, currency,'
        f" {' || CHR(31) || '.join(values)} AS labels FROM numbered",
    )
    return bound(sql_text("known_lines"), as_of=tables.as_of)


def lines_behind(both: DuckEngine, dimensions: Sequence[str], currency: str) -> pd.DataFrame:
    """Compare ``earlier_lines`` with ``later_lines``; only what differs comes to Python.

    Returns
    -------
    DataFrame
        One row a line that was added, removed or changed, as in ``Restatement.lines``, with
        counts (whether it can count in MRR) for mrr_effect.
    """
    both.see("both_lines", sql_text("both_lines"))
    both.make("differing_lines", sql_text("differing_lines"))
    lines = both.frame(sql_text("unmatched_lines"))
    standing = both.frame(sql_text("customers_of_both")).set_index("customer")
    teller = _Teller(tuple(dimensions), currency, standing)
    gone = lines[lines["side"] < 0].reset_index(drop=True)
    come = lines[lines["side"] > 0].reset_index(drop=True)
    return pd.DataFrame(teller.rows(gone, come), columns=list(_COLUMNS)).astype(
        {"earlier_row": "Int64", "later_row": "Int64", "counts": "bool"}
    )


def _without(*names: str) -> list[str]:
    return [name for name in _CONTENT if name not in names]


@dataclass(frozen=True)
class _Pass:
    """What two lines must share to be one line that changed.

    Parameters
    ----------
    keys
        The fields.
    only
        "any" pairs in their order, "single" where each file has one such line, "named" where
        all such lines of a file are of one customer.
    identified
        Only lines with a subscription id.
    """

    keys: list[str]
    only: str = "any"
    identified: bool = False


_PASSES = (
    _Pass(_without("labels")),
    _Pass(["customer", "subscription", "starts", "mrr", "kind"]),
    _Pass(["customer", "subscription", "starts", "kind"]),
    _Pass(["customer", "subscription", "ends", "mrr", "kind"]),
    _Pass(["customer", "subscription"], "single", identified=True),
    _Pass(_without("subscription")),
    _Pass(_without("customer"), "named"),
    _Pass(["subscription", "starts", "mrr", "kind"], "named", identified=True),
)
"""From the closest resemblance to the loosest that is still certain."""


def _pairs(gone: pd.DataFrame, come: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Give the positions of the lines that are one line, changed."""
    for each in _PASSES:
        if gone.empty or come.empty:
            return
        left, right = _candidates(gone, each), _candidates(come, each)
        found = left.merge(right, on=[*each.keys, "copy"])
        yield from zip(found["at_x"], found["at_y"], strict=True)
        gone, come = gone.drop(found["at_x"]), come.drop(found["at_y"])


def _candidates(lines: pd.DataFrame, each: _Pass) -> pd.DataFrame:
    if each.identified:
        lines = lines[lines["subscription"] != ""]
    groups = lines.groupby(each.keys)["customer"]
    keep = pd.Series(True, index=lines.index)
    if each.only == "single":
        keep = groups.transform("size") == 1
    elif each.only == "named":
        keep = groups.transform("nunique") == 1
    found = lines[each.keys].assign(copy=groups.cumcount(), at=lines.index)
    return found[keep.astype(bool)]


@dataclass(frozen=True)
class _Teller:
    """Says in words what became of a line."""

    dimensions: tuple[str, ...]
    currency: str
    standing: pd.DataFrame

    def rows(self, gone: pd.DataFrame, come: pd.DataFrame) -> list[tuple[object, ...]]:
        pairs = list(_pairs(gone, come))
        before, after = list(gone.itertuples()), list(come.itertuples())
        told = [self._changed(before[i], after[j]) for i, j in pairs]
        left, right = {i for i, _ in pairs}, {j for _, j in pairs}
        told += [self._removed(line) for i, line in enumerate(before) if i not in left]
        told += [self._added(line) for j, line in enumerate(after) if j not in right]
        return sorted(told, key=lambda row: (str(row[1]), str(row[0]), str(row[5])))

    def _removed(self, line: Any) -> tuple[object, ...]:
        cause = "line deleted"
        if not self._stands(line.customer, "in_later"):
            cause += ", with all of the customer"
        return self._told("removed", line, cause, self._whole(line), line.source_row, None)

    def _added(self, line: Any) -> tuple[object, ...]:
        cause = "back-dated line"
        if not self._stands(line.customer, "in_earlier"):
            cause += " of a new customer"
        return self._told("added", line, cause, self._whole(line), None, line.source_row)

    def _changed(self, before: Any, after: Any) -> tuple[object, ...]:
        fields = [name for name in _CONTENT if getattr(before, name) != getattr(after, name)]
        causes = [self._cause(name, before, after) for name in fields]
        details = [text for name in fields for text in self._details(name, before, after)]
        counts = bool(set(fields) - _SILENT) and (_counts(before) or _counts(after))
        formerly = before.customer if "customer" in fields else ""
        return (
            "changed", after.customer, formerly, after.subscription, "; ".join(causes),
            "; ".join(details), before.source_row, after.source_row, counts,
        )  # fmt: skip

    def _told(
        self, change: str, line: Any, cause: str, detail: str, earlier: object, later: object
    ) -> tuple[object, ...]:
        return (
            change, line.customer, "", line.subscription, cause, detail, earlier, later,
            _counts(line),
        )  # fmt: skip

    def _cause(self, field: str, before: Any, after: Any) -> str:
        if field == "customer":
            return self._other_name(before.customer, after.customer)
        if field == "mrr" and before.currency != after.currency:
            return "currency changed"
        if field == "mrr" and after.currency not in ("", self.currency):
            return "amount or rate changed"
        return _CAUSES[field]

    def _other_name(self, before: str, after: str) -> str:
        if self._stands(before, "in_later"):
            return "line moved to another customer"
        return "customers merged" if self._stands(after, "in_earlier") else "customer renamed"

    def _stands(self, customer: str, where: str) -> bool:
        return bool(self.standing.loc[customer, where])

    def _details(self, field: str, before: Any, after: Any) -> list[str]:
        one, other = getattr(before, field), getattr(after, field)
        if field == "labels":
            values = zip(
                self.dimensions, one.split(_SEPARATOR), other.split(_SEPARATOR), strict=False
            )
            return [f"{name} {_arrow(old, new)}" for name, old, new in values if old != new]
        if field == "mrr":
            one, other = self._money(one), self._money(other)
        return [f"{_NAMES.get(field, field)} {_arrow(one, other)}"]

    def _whole(self, line: Any) -> str:
        until = f" to {line.ends}" if line.ends else ""
        return f"mrr {self._money(line.mrr)} from {line.starts}{until}"

    def _money(self, minor: int) -> str:
        return str(to_decimal(int(minor), self.currency))


def _arrow(before: object, after: object) -> str:
    return f"{'(blank)' if before == '' else before} -> {'(blank)' if after == '' else after}"


def _counts(line: Any) -> bool:
    """Whether the line can count in MRR at some close."""
    return bool(line.mrr != 0 and line.kind != "one_off" and line.status != "trial")
