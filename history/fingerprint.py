"""Fingerprint: what was known of the past, in one hash a month."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from . import months as month
from .ahead import announced_of
from .engines import bound, quoted
from .exchange import Rates
from .tables import Tables

__all__ = ["Fingerprint"]

_SEPARATOR = "CHR(31)"


@dataclass(frozen=True)
class Fingerprint:
    """Hashes of a ledger's logical content, independent of the order of rows and of the file.

    A line stands in the month of its start, its end in the month of the end; nothing dated
    after ``as_of`` is in the months, so reading a longer file at the same month gives the same
    hashes unless the past was changed.

    Parameters
    ----------
    as_of
        "YYYY-MM".
    currency
        Reporting currency.
    policy
        Digest of the policy.
    months
        "YYYY-MM" -> sha256 of what happened in that month.
    ahead
        Sha256 of what was known of the time after ``as_of``: contracts, renewals, notices.
    """

    as_of: str
    currency: str
    policy: str
    months: Mapping[str, str]
    ahead: str

    @property
    def digest(self) -> str:
        """Sha256 over everything here."""
        logical = {
            "as_of": self.as_of,
            "currency": self.currency,
            "policy": self.policy,
            "months": dict(self.months),
            "ahead": self.ahead,
        }
        canonical = json.dumps(logical, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def changed(self, other: Fingerprint) -> list[str]:
        """Give the months ("YYYY-MM", up to the earlier ``as_of``) whose content differs."""
        last = min(self.as_of, other.as_of)
        known = {name for name in {*self.months, *other.months} if name <= last}
        return sorted(name for name in known if self.months.get(name) != other.months.get(name))


def fingerprint_of(
    tables: Tables, dimensions: tuple[str, ...], currency: str, rates: Rates | None = None
) -> Fingerprint:
    """Compute the fingerprint of a ledger's tables, and of the rates up to ``as_of``."""
    names = sorted(dimensions)
    values = ["COALESCE(n.customer, '')", "COALESCE(n.subscription, '')"]
    values += ["CAST(n.start_date AS VARCHAR)", "CAST(n.mrr AS VARCHAR)"]
    values += [f"COALESCE(n.{quoted(name)}, '')" for name in names]
    line = f" || {_SEPARATOR} || ".join(values)
    if rates is not None:
        foreign = f"n.currency <> '{rates.reporting}'"
        line += f" || CASE WHEN {foreign} THEN {_SEPARATOR} || n.currency ELSE '' END"
    lines = "facts AS f INNER JOIN numbered AS n ON f.line_id = n.line_id"
    events = (
        f"SELECT f.first_month AS month, CONCAT_WS({_SEPARATOR}, 'start',"
        " CAST(f.interval_months AS VARCHAR), COALESCE(n.kind, 'recurring'),"
        f" COALESCE(NULLIF(n.status, 'cancelled'), 'active'), {line})"
        f" AS content FROM {lines} WHERE f.first_month <= :as_of"
        f" UNION ALL SELECT f.stop_month, CONCAT_WS({_SEPARATOR}, 'end',"
        f" CAST(f.end_date AS VARCHAR), {line})"
        f" FROM {lines} WHERE f.stop_month <= :as_of"
    )
    if rates is not None:
        events += (
            f" UNION ALL SELECT month, CONCAT_WS({_SEPARATOR}, 'rate', currency, top, bottom)"
            f" FROM close_rates WHERE month <= :as_of AND currency <> '{rates.reporting}'"
        )
    ahead = (
        f"SELECT 0 AS month, CONCAT_WS({_SEPARATOR}, CAST(f.contract_months AS VARCHAR),"
        " CAST(COALESCE(f.renewal_month, 0) AS VARCHAR),"
        f" CAST(COALESCE(f.notice_month, 0) AS VARCHAR), {line}) AS content"
        " FROM counted AS f INNER JOIN numbered AS n ON f.line_id = n.line_id"
        " WHERE f.contract_months > 1 OR f.renewal_month > 0 OR f.notice_month > 0"
    )
    hashes = _hashes(tables, events)
    known = [*_hashes(tables, ahead).values(), names, announced_of(tables)[()]]
    return Fingerprint(
        as_of=month.text(tables.as_of),
        currency=currency,
        policy=tables.policy.digest,
        months=MappingProxyType({month.text(at): hashes[at] for at in sorted(hashes)}),
        ahead=hashlib.sha256(json.dumps(known).encode()).hexdigest(),
    )


def _hashes(tables: Tables, contents: str) -> dict[int, str]:
    """Give month index -> sha256 of its rows in sorted order, one a line."""
    frame: pd.DataFrame = tables.engine.frame(
        "SELECT month, SHA256(STRING_AGG(content, CHR(10) ORDER BY content)) AS hash"
        f" FROM ({bound(contents, as_of=tables.as_of)}) AS rows_of_months GROUP BY month"
    )
    return {int(row.month): str(row.hash) for row in frame.itertuples()}  # type: ignore[arg-type]
