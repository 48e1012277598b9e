"""A small company with usual manners, to put one odd customer into."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from history import Audit, Ledger

Row = dict[str, Any]


def line(customer: str, start: str, end: str | None = None, mrr: int = 10_000, **more: Any) -> Row:
    """One line at 50.00 a seat and month, list price the same, in minor units a month."""
    seats = more.pop("quantity", mrr / 5_000)
    return {
        "customer": customer,
        "start_date": start,
        "end_date": end,
        "mrr": mrr,
        "quantity": seats,
        "unit_price": 50.0,
        "list_price": 50.0,
        "plan": "Pro",
        **more,
    }


def usual(count: int = 40) -> list[Row]:
    """Customers on monthly lines; a quarter cancelled, a quarter changed its seats once."""
    rows = []
    for i in range(count):
        name, start = f"N{i:02d}", date(2023, i % 12 + 1, 5).isoformat()
        if i % 4 == 0:
            rows.append(line(name, start, "2025-06-05", status="cancelled"))
        elif i % 4 == 1:
            rows.append(line(name, start, "2025-05-05"))
            rows.append(line(name, "2025-05-05", mrr=15_000))
        else:
            rows.append(line(name, start))
    return rows


def audit(*odd: Row, company: list[Row] | None = None, as_of: str = "2025-12") -> Audit:
    """Audit a company of usual manners with these lines behind its own."""
    rows = [*odd, *(usual() if company is None else company)]
    return Ledger.from_lines(pd.DataFrame(rows), as_of=as_of, currency="EUR").audit()


def only(result: Audit) -> dict[str, Any]:
    """The one finding, its months as text and a blank end as ""."""
    assert len(result) == 1, result.found.to_string()
    row = result.found.iloc[0].to_dict()
    blank = row["until"] is None or pd.isna(row["until"])
    return row | {"since": str(row["since"]), "until": "" if blank else str(row["until"])}
