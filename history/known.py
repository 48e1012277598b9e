"""What a ledger says about the time around ``as_of``: findings, and when there is nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from . import months as month
from .engines import Engine
from .errors import InputError
from .findings import Finding, Findings, Severity, rule
from .policy import Policy
from .wording import counted

__all__ = ["default_as_of", "known_findings", "refuse_unpaid"]

AS_OF_GUESSED = rule(
    "as-of-guessed",
    "No as_of was given.",
    "Give as_of if that month is not complete yet.",
)
AS_OF_AHEAD = rule(
    "as-of-after-data",
    "The newest start (or end of a line without a contract) lies before as_of.",
    "Check that the export reaches to as_of: months after it show no movement, and a contract that"
    " ends in them counts as churn.",
)
STARTS_LATER = rule(
    "starts-after-as-of",
    "Lines start after as_of: signed and not started.",
    "Nothing to do; choose a later as_of to see them in the history.",
)
ENDS_LATER = rule(
    "ends-after-as-of",
    "Lines end after as_of without notice (status cancelled).",
    "Set status to cancelled where the customer gave notice.",
)
CANCELLED_OPEN = rule(
    "cancelled-without-end",
    "The line is cancelled but has no end.",
    "Give the date on which the paid period ends.",
)
NOBODY_PAYS = rule(
    "nobody-pays",
    "No line pays at the close of as_of.",
    "Check as_of and the ends: if the export stops earlier, choose the month where it does.",
)
NEGATIVE_TOTAL = rule(
    "negative-total",
    "The lines of a customer add up to less than 0 at the close of as_of.",
    "Check that the credit belongs to this customer and that it ends when it should.",
)
NOT_COUNTED = rule(
    "status-counts-nothing",
    "The status makes the line count 0 over its whole service period.",
    "End the line where the status began and add a line for the time of the status.",
)


_DATED = "CASE WHEN contract_months <= 1 AND end_date > start_date THEN end_date END"
"""The end of a line without a contract: somebody saw it. Another may be a date of renewal."""


def default_as_of(engine: Engine, today: date) -> tuple[int, Findings]:
    """Choose the month of the newest start, or end of a line without a contract, up to today.

    Raises
    ------
    InputError
        The ledger is empty, or all of it lies ahead.
    """
    frame = engine.frame(
        "SELECT COUNT(*) AS n, MAX(day) AS newest FROM ("
        f" SELECT start_date AS day FROM facts UNION ALL SELECT {_DATED} AS day FROM facts"
        f") AS days WHERE day <= DATE '{today.isoformat()}'"
    )
    if frame["n"].iloc[0] == 0:
        every = int(engine.frame("SELECT COUNT(*) AS n FROM facts")["n"].iloc[0])
        if every == 0:
            raise InputError(_EMPTY)
        raise InputError(f"{_all(every)} after today; give as_of to look ahead")
    index = month.index_of(pd.Timestamp(frame["newest"].iloc[0]).date())
    text = month.text(index)
    note = Finding(None, "", AS_OF_GUESSED, text, f"read as of {text}", "note")
    return index, Findings([note])


_RENEWED = (
    "taken as the date of renewal where there is a term or an interval longer than a month,"
    " else as blank"
)
_EMPTY = (
    "the ledger has no usable line; give at least one row with a customer, a start and an amount,"
    " and look at the findings for rows that were left out"
)


def refuse_unpaid(engine: Engine, as_of: int) -> None:
    """Say why no line pays up to ``as_of``.

    Raises
    ------
    InputError
        Always.
    """
    row = engine.frame(
        "SELECT COUNT(*) AS lines, MIN(CASE WHEN mrr > 0 THEN first_month END) AS earliest,"
        f" SUM(CASE WHEN first_month <= {as_of} THEN 1 ELSE 0 END) AS started FROM facts"
    ).iloc[0]
    if row["lines"] == 0:
        raise InputError(_EMPTY)
    if row["started"] == 0:
        earliest = "" if pd.isna(row["earliest"]) else f" (the first in {_text(row['earliest'])})"
        raise InputError(
            f"{_all(int(row['lines']))} after {month.text(as_of)}{earliest}; choose a later as_of"
        )
    raise InputError(
        f"no line pays at the close of any month up to {month.text(as_of)}: every line is one-off,"
        " a trial, paused, of amount 0 or less, or began and ended between two closes; check the"
        " columns for amount, start, end, kind and status"
    )


def _all(lines: int) -> str:
    return "the only line starts" if lines == 1 else f"all {lines} lines start"


def _ending(contracts: int) -> str:
    return f"{counted(contracts, 'contract')} {'ends' if contracts == 1 else 'end'}"


def _text(index: float) -> str:
    return month.text(int(index))


def known_findings(
    engine: Engine,
    as_of: int,
    policy: Policy,
    columns: Mapping[str, str],
    *,
    mixed: bool = False,
) -> Findings:
    """Find what the reader, who knows no ``as_of`` and no policy, cannot.

    Parameters
    ----------
    engine
        Has ``facts``, ``numbered`` and ``customers``.
    as_of, policy
        The last month of history, and the switches in force.
    columns
        Field -> column of the file.
    mixed
        Whether the amounts are in the currencies of their own lines.
    """
    end, start = columns.get("end", "end"), columns.get("start", "start")
    status = columns.get("status", "status")
    counts = engine.frame(
        f"SELECT COUNT(CASE WHEN first_month > {as_of} THEN 1 END) AS ahead,"
        f" COUNT(CASE WHEN first_month <= {as_of} AND stop_month > {as_of}"
        " AND cancelled = 0 THEN 1 END) AS ending,"
        " MAX(CASE WHEN contract_months <= 1 AND stop_month > first_month"
        " THEN stop_month ELSE first_month END) AS newest,"
        f" COUNT(CASE WHEN {_standing(as_of)} AND mrr > 0 THEN 1 END) AS paying,"
        f" COUNT(CASE WHEN {_standing(as_of)} AND mrr < 0 THEN 1 END) AS credits,"
        " COALESCE(SUM(cancelled), 0) AS cancelled,"
        " COUNT(CASE WHEN counts = 2 THEN 1 END) AS paused,"
        " COUNT(CASE WHEN counts = 3 THEN 1 END) AS past_due FROM facts"
    ).iloc[0]
    words = {word for word in ("paused", "past_due") if counts[word] > 0}
    found: list[Finding] = []
    if counts["cancelled"] > 0:
        found += _cancelled(engine, end)
    found += _silent(engine, policy, status, words)
    found += _around(engine, as_of, counts, start, end)
    if counts["credits"] > 0:
        found += _negative(engine, as_of, mixed=mixed)
    return Findings(found)


def _around(engine: Engine, as_of: int, counts: pd.Series, start: str, end: str) -> list[Finding]:
    """Tell of lines that start or end after ``as_of``, and of an ``as_of`` after the newest."""
    found = []
    if counts["ahead"] > 0:
        told = counted(int(counts["ahead"]), "line")
        found.append(Finding(None, start, STARTS_LATER, told, "not yet in MRR", "note"))
    if counts["ending"] > 0:
        told = counted(int(counts["ending"]), "line")
        found.append(Finding(None, end, ENDS_LATER, told, _RENEWED, "note"))
    if not pd.isna(counts["newest"]) and counts["newest"] < as_of:
        found.append(_beyond(engine, as_of, int(counts["newest"])))
    if counts["paying"] == 0 and not pd.isna(counts["newest"]):
        told = month.text(as_of)
        found.append(Finding(None, "", NOBODY_PAYS, told, "closing MRR is 0", "warning"))
    return found


def _standing(as_of: int, of: str = "") -> str:
    """Write the condition of a line that counts at the close of ``as_of``."""
    return (
        f"{of}counts > 0 AND {of}first_month <= {as_of}"
        f" AND ({of}stop_month IS NULL OR {of}stop_month > {as_of})"
    )


def _negative(engine: Engine, as_of: int, *, mixed: bool) -> list[Finding]:
    """Warn of customers whose lines (of one currency, where amounts are mixed) are below 0."""
    currency = "n.currency" if mixed else "0"
    below = engine.frame(
        "SELECT DISTINCT c.customer FROM customers AS c INNER JOIN ("
        "SELECT customer_id FROM (SELECT f.customer_id, f.mrr,"
        f" {currency} AS currency FROM facts AS f INNER JOIN numbered AS n"
        f" ON f.line_id = n.line_id WHERE {_standing(as_of, 'f.')}) AS standing"
        " GROUP BY customer_id, currency HAVING SUM(mrr) < 0"
        ") AS f ON c.customer_id = f.customer_id ORDER BY c.customer"
    )["customer"]
    if below.empty:
        return []
    named = ", ".join(map(str, below.head(10))) + (", ..." if len(below) > 10 else "")
    action = "their MRR counts, they do not count as customers"
    return [Finding(None, "", NEGATIVE_TOTAL, f"{len(below)}: {named}", action, "warning")]


def _beyond(engine: Engine, as_of: int, newest: int) -> Finding:
    """Warn of contracts that end after the newest news: if nobody looked, they are no churn."""
    ended = engine.frame(
        "SELECT COUNT(*) AS n FROM facts WHERE contract_months > 1 AND cancelled = 0"
        f" AND stop_month > {newest} AND stop_month <= {as_of}"
    )["n"].iloc[0]
    if not ended:
        return Finding(None, "", AS_OF_AHEAD, _text(newest), "read as given", "note")
    told = f"{_text(newest)}; {_ending(int(ended))} after it"
    return Finding(None, "", AS_OF_AHEAD, told, "read as ended", "warning")


def _cancelled(engine: Engine, column: str) -> list[Finding]:
    rows = engine.frame(
        'SELECT n."row" AS at, f.end_date IS NOT NULL AS bounded FROM facts AS f'
        " INNER JOIN numbered AS n ON f.line_id = n.line_id"
        " WHERE f.cancelled = 1 AND n.end_date IS NULL ORDER BY n.line_id"
    )
    told: dict[bool, tuple[str, Severity]] = {
        True: ("ended at its term_end", "warning"),
        False: ("counted as still paying", "error"),
    }
    return [
        Finding(int(row.at), column, CANCELLED_OPEN, "", *told[bool(row.bounded)])  # type: ignore[arg-type]
        for row in rows.itertuples()
    ]


def _silent(engine: Engine, policy: Policy, column: str, words: set[str]) -> list[Finding]:
    """Warn of open-ended lines that a status silences for all of the past.

    A line that takes over on the day on which another of its customer ends is as it should be.
    """
    silent = [
        name
        for name, zero in (
            ("paused", policy.paused == "zero"),
            ("past_due", policy.past_due == "zero"),
        )
        if zero and name in words
    ]
    if not silent:
        return []
    names = ", ".join(f"'{name}'" for name in silent)
    rows = engine.frame(
        'SELECT n."row" AS at, n.status FROM facts AS f'
        " INNER JOIN numbered AS n ON f.line_id = n.line_id"
        f" WHERE n.status IN ({names}) AND f.end_date IS NULL AND f.mrr <> 0"
        " AND NOT EXISTS (SELECT 1 FROM facts AS b"
        " WHERE b.customer_id = f.customer_id AND b.end_date = f.start_date)"
        " ORDER BY n.line_id"
    )
    action = "counted 0 from its start"
    return [
        Finding(int(row.at), column, NOT_COUNTED, str(row.status), action, "warning")  # type: ignore[arg-type]
        for row in rows.itertuples()
    ]
