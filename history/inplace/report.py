"""What is told of a table's rows: those left out, and what was noticed of those kept."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ..engines import Engine
from ..findings import Finding, Severity
from ..reading import rules
from ..wording import counted
from .layout import DATES, NUMBERS, WORDS, Layout

__all__ = ["left_out", "notes", "rejected_rows", "rejections"]

_SHOWN = 5


def left_out(layout: Layout) -> str:
    """Write the query for the rows that become no line, each cell as text."""
    fields = {
        "customer_id": "customer",
        "subscription_id": "subscription",
        **DATES,
        layout.price: "COALESCE(price_text, CAST(price AS VARCHAR))",
        "interval_count": "COALESCE(count_text, CAST(interval_count AS VARCHAR))",
        **WORDS,
        **{name: name for name in NUMBERS},
    }
    cells = [fields[field] for field in layout.mapping]
    cells += [f"dimension_{at}" for at in range(len(layout.dimensions))]
    texts = ", ".join(f"CAST({cell} AS VARCHAR) AS cell_{at}" for at, cell in enumerate(cells))
    return f"SELECT line_id, customer, rule, {texts} FROM understood WHERE rule IS NOT NULL"


def rejected_rows(engine: Engine, layout: Layout) -> pd.DataFrame:
    """Pull the rows left out: row, the columns of the table as text, reason."""
    frame = engine.frame("SELECT * FROM left_out ORDER BY line_id")
    columns = [*layout.mapping.values(), *layout.dimensions.values()]
    told = pd.DataFrame({"row": frame["line_id"]})
    for at, column in enumerate(columns):
        told[column] = frame[f"cell_{at}"]
    for field in (layout.price, "interval_count"):
        if field in layout.mapping:
            column = layout.mapping[field]
            told[column] = (
                told[column]
                .str.replace(r"\.?0*$", "", regex=True)
                .where(told[column].str.contains(r"^-?\d+\.\d+$", na=False), told[column])
            )
    return told.assign(reason=frame["rule"])


def rejections(engine: Engine, layout: Layout) -> list[Finding]:
    """Tell each rule that left rows out: how many, and the first of them."""
    frame = engine.frame(
        "SELECT l.rule, l.line_id, l.customer, c.times FROM ("
        "SELECT rule, line_id, customer, ROW_NUMBER() OVER (PARTITION BY rule ORDER BY line_id)"
        " AS place FROM left_out) AS l INNER JOIN ("
        "SELECT rule, COUNT(*) AS times FROM left_out GROUP BY rule) AS c ON l.rule = c.rule"
        f" WHERE l.place <= {_SHOWN} ORDER BY l.rule, l.line_id"
    )
    found = []
    for rule, rows in frame.groupby("rule", sort=False):
        times = int(rows["times"].iloc[0])
        shown = [
            f"{number} ({'nobody' if pd.isna(customer) else customer})"
            for number, customer in zip(rows["line_id"], rows["customer"], strict=True)
        ]
        more = ", ..." if times > len(shown) else ""
        column = layout.mapping.get(_field_of(str(rule), layout), "")
        value = f"{counted(times, 'row')}: {', '.join(shown)}{more}"
        found.append(Finding(None, column, str(rule), value, "left out", "error"))
    return found


def _field_of(rule: str, layout: Layout) -> str:
    known = {
        rules.CUSTOMER_BLANK: "customer_id",
        rules.DATE_BLANK: "start",
        rules.DATE_RANGE: "start",
        rules.END_BEFORE_START: "end",
        rules.AMOUNT_BLANK: layout.price,
        rules.AMOUNT_UNREADABLE: layout.price,
        rules.AMOUNT_RANGE: layout.price,
        rules.INTERVAL_BLANK: "interval",
        rules.INTERVAL_UNREADABLE: "interval",
        rules.COUNT_UNREADABLE: "interval_count",
        rules.CURRENCY_UNKNOWN: "currency",
    }
    return known.get(rule, "")


_NOTES: Mapping[str, tuple[str, str, str, str]] = {
    "negative": (
        "price < 0",
        "",
        rules.AMOUNT_NEGATIVE,
        "added up with the customer's other lines",
    ),
    "zero": ("price = 0", "", rules.AMOUNT_ZERO, "counts nothing"),
    "empty": ("given_end = start_date", "end", rules.EMPTY_PERIOD, "counts nothing"),
    "far": ("given_end > DATE '2199-12-31'", "end", rules.DATE_FAR, "read as open-ended"),
    "term": (
        "given_term IS NOT NULL AND term_end IS NULL",
        "term_end",
        rules.TERM_UNREADABLE,
        "read as blank",
    ),
    "requested": (
        "given_request IS NOT NULL AND requested IS NULL",
        "requested",
        rules.CANCELLATION_UNREADABLE,
        "read as blank",
    ),
    "effective": (
        "given_effect IS NOT NULL AND effective IS NULL",
        "effective",
        rules.CANCELLATION_UNREADABLE,
        "read as blank",
    ),
}
"""What is worth telling of a row that is kept: condition, field, rule, what was done."""


_WARNED = (rules.AMOUNT_NEGATIVE, rules.TERM_UNREADABLE, rules.CANCELLATION_UNREADABLE)


def notes(engine: Engine, layout: Layout) -> list[Finding]:
    """Tell what is worth knowing of the rows that are kept, by kind: how many."""
    sums = ", ".join(
        f"CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT) AS {name}_rows"
        for name, (condition, *_) in _NOTES.items()
    )
    row = engine.frame(f"SELECT {sums} FROM understood WHERE rule IS NULL").iloc[0]
    found = []
    for name, (_, field, rule, action) in _NOTES.items():
        times = int(row[f"{name}_rows"])
        if times:
            column = layout.mapping[field or layout.price]
            severity: Severity = "warning" if rule in _WARNED else "note"
            found.append(Finding(None, column, rule, counted(times, "row"), action, severity))
    if layout.price == "amount" and "interval" not in layout.mapping:
        column = layout.mapping["amount"]
        action = rules.MONTH_ASSUMED
        found.append(Finding(None, column, rules.INTERVAL_MISSING, "", action, "warning"))
    return found
