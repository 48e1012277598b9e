"""An independent, slow reading of a ledger: every customer at every close, in plain Python."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pandas as pd
from hypothesis import strategies as st

from history import Policy

DAY_ONE = date(2024, 1, 1)

SWITCHES = {
    "paused": st.sampled_from(["zero", "unchanged"]),
    "past_due": st.sampled_from(["counts", "zero"]),
    "reactivation_window": st.sampled_from([None, None, 1, 2, 5]),
    "same_month": st.sampled_from(["ignore", "count"]),
    "gap_days": st.sampled_from([0, 0, 5, 40]),
}
"""Strategies for the switches of a policy that this reading knows."""


@dataclass(frozen=True)
class Line:
    customer: str
    start: date
    end: date | None
    mrr: int
    plan: str | None = None
    kind: str = "recurring"
    status: str = "active"
    interval_months: int = 1
    term_end: date | None = None

    def known_at(self, as_of: str) -> Line | None:
        """The line in a file written at the close of as_of."""
        close = close_of(as_of)
        if self.start > close:
            return None
        end, status = self.end, self.status
        if end is None and status == "cancelled" and self.term_end and self.term_end > self.start:
            end = self.term_end
        if end is not None and end > close:
            renewal = self.term_end is not None or self.interval_months > 1
            end = end if renewal and status != "cancelled" else None
            status = "active" if status == "cancelled" else status
        return replace(self, end=end, status=status)


def frame(lines: list[Line]) -> pd.DataFrame:
    names = ["customer", "start_date", "end_date", "mrr", "plan", "kind", "status"]
    names += ["interval_months", "term_end"]
    rows = [
        (x.customer, x.start, x.end, x.mrr, x.plan, x.kind, x.status, x.interval_months, x.term_end)
        for x in lines
    ]
    return pd.DataFrame(rows, columns=names)


def months_to(first: str, last: str) -> list[str]:
    return [str(m) for m in pd.period_range(first, last, freq="M")]


def close_of(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, calendar.monthrange(year, number)[1])


@dataclass
class Slow:
    """Closing MRR of every customer and plan at every month, and what follows from it."""

    months: list[str]
    balances: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    passing: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    first: str | None = None
    every_plan: list[str] = field(default_factory=list)

    def total(self, customer: str, month: str) -> int:
        if month not in self.months:
            return 0
        return sum(self.balances[customer][month].values())

    def plan(self, customer: str, month: str, plan: str) -> int:
        return self.balances[customer][month].get(plan, 0) if month in self.months else 0

    def visit(self, customer: str, month: str) -> dict[str, int]:
        """What came and went inside the month, by plan, of one who pays at neither close."""
        held = self.passing.get(customer, {}).get(month, {})
        stays = self.total(customer, previous(month)) > 0 or self.total(customer, month) > 0
        return {} if stays or sum(held.values()) <= 0 else held


def counts(line: Line, paused: bool = False, past_due: bool = True) -> bool:
    return (
        line.kind == "recurring"
        and line.status != "trial"
        and (line.status != "paused" or paused)
        and (line.status != "past_due" or past_due)
        and line.mrr != 0
        and (line.end is None or line.end > line.start)
    )


def covers(line: Line, day: date) -> bool:
    return line.start <= day and (line.end is None or line.end > day)


def read(lines: list[Line], as_of: str, policy: Policy | None = None) -> Slow:
    policy = policy or Policy()
    paused, past_due = policy.paused == "unchanged", policy.past_due == "counts"
    known = [x for x in (line.known_at(as_of) for line in lines) if x is not None]
    paying = [line for line in known if counts(line, paused, past_due)]
    paying = bridge(paying, close_of(as_of), policy.gap_days)
    firsts = [
        line.start.strftime("%Y-%m")
        for line in paying
        if line.mrr > 0 and covers(line, close_of(line.start.strftime("%Y-%m")))
    ]
    if not firsts:
        return Slow([])
    earliest = min(line.start for line in paying).strftime("%Y-%m")
    slow = Slow(months_to(earliest, as_of), first=min(firsts))
    slow.every_plan = sorted({line.plan or "(blank)" for line in paying})
    for customer in sorted({line.customer for line in paying}):
        own = [line for line in paying if line.customer == customer]
        slow.balances[customer], slow.passing[customer] = {}, {}
        for month in slow.months:
            held: dict[str, int] = defaultdict(int)
            passed: dict[str, int] = defaultdict(int)
            for line in own:
                if covers(line, close_of(month)):
                    held[line.plan or "(blank)"] += line.mrr
                if line.end and f"{line.start:%Y-%m}" == f"{line.end:%Y-%m}" == month:
                    passed[line.plan or "(blank)"] += line.mrr
            slow.balances[customer][month] = dict(held)
            if policy.same_month == "count":
                slow.passing[customer][month] = dict(passed)
    return slow


def bridge(lines: list[Line], limit: date, gap_days: int) -> list[Line]:
    """Carry lines on over short times in which their customer has no line at all."""
    bridged = []
    for line in lines:
        own = [x for x in lines if x.customer == line.customer and x.mrr > 0]
        end = line.end
        if end is not None and end <= limit and not any(covers(x, end) for x in own):
            later = [x.start for x in own if x.start > end]
            ended = any(x.end == end for x in own)
            if later and ended and (min(later) - end).days <= gap_days:
                end = min(later)
        bridged.append(replace(line, end=end))
    return bridged


def arrival(slow: Slow, customer: str, month: str, window: int | None) -> str:
    """Name the coming of a customer who did not pay at the close before."""
    paid = [m for m in slow.months if m < month and slow.total(customer, m) > 0]
    visited = [m for m in slow.months if m < month and slow.visit(customer, m)]
    if not paid and not visited:
        return "new"
    exits = [len(months_to(m, month)) - 2 for m in paid[-1:]]
    exits += [len(months_to(m, month)) - 1 for m in visited[-1:]]
    return "new" if window is not None and min(exits) > window else "reactivation"


def classify(slow: Slow, customer: str, month: str, window: int | None = None) -> str | None:
    before = slow.total(customer, previous(month))
    after = slow.total(customer, month)
    if before <= 0 < after:
        return arrival(slow, customer, month, window)
    if before > 0 >= after:
        return "churn"
    if after > before:
        return "expansion"
    return "contraction" if after < before else None


def previous(month: str) -> str:
    first = date(int(month[:4]), int(month[5:]), 1)
    return (first - timedelta(days=1)).strftime("%Y-%m")


def movements(slow: Slow, plan: str | None = None, window: int | None = None) -> dict:
    """(month, movement) -> (customers, mrr) after the first month; of one plan or in total."""

    def held(customer: str, month: str) -> int:
        return slow.total(customer, month) if plan is None else slow.plan(customer, month, plan)

    table: dict = defaultdict(lambda: [0, 0])
    for month in (m for m in slow.months if m >= slow.first):
        for customer in slow.balances:
            before, after = held(customer, previous(month)), held(customer, month)
            for name, level in (("opening", before), ("closing", after)):
                table[month, name][0] += level > 0
                table[month, name][1] += level
            if before != after:
                name = classify(slow, customer, month, window) or "expansion"
                table[month, name][0] += 1
                table[month, name][1] += after - before
            visit = slow.visit(customer, month)
            passed = sum(visit.values()) if plan is None else visit.get(plan, 0)
            if passed and month > slow.first:
                name = arrival(slow, customer, month, window)
                for movement, amount in ((name, passed), ("churn", -passed)):
                    table[month, movement][0] += 1
                    table[month, movement][1] += amount
    return {key: tuple(value) for key, value in table.items()}


def first_close(slow: Slow, customer: str) -> str | None:
    return next((m for m in slow.months if slow.total(customer, m) > 0), None)


def cohorts(slow: Slow, *, by_plan: bool) -> dict:
    """(cohort, plan, age) -> (customers, mrr, kept customers, kept mrr)."""
    table: dict = defaultdict(lambda: [0, 0, 0, 0])
    for customer in slow.balances:
        cohort = first_close(slow, customer)
        if cohort is None:
            continue
        held = slow.balances[customer][cohort]
        home = min(held, key=lambda plan: (-held[plan], plan)) if by_plan else ""
        first, stayed = slow.total(customer, cohort), True
        for age, month in enumerate(months_to(cohort, slow.months[-1])):
            now = slow.total(customer, month)
            stayed = stayed and now > 0
            cell = table[cohort, home, age]
            cell[0] += now > 0
            cell[1] += now
            cell[2] += stayed
            cell[3] += max(0, min(now, first))
    return {key: tuple(value) for key, value in table.items()}


def lives(slow: Slow, window: int | None = None) -> dict:
    """(start, returned, age) -> (at risk, churned, open mrr, churn mrr, expansion, contraction)."""
    table: dict = defaultdict(lambda: [0, 0, 0, 0, 0, 0])
    for customer in slow.balances:
        start: str | None = None
        returned = False
        for month in slow.months:
            before, after = slow.total(customer, previous(month)), slow.total(customer, month)
            if before > 0 and start is not None:
                age = len(months_to(start, month)) - 1
                cell = table[start, returned, age]
                cell[0] += 1
                cell[1] += after <= 0
                cell[2] += before
                at = 3 if after <= 0 else 4 if after > before else 5
                cell[at] += after - before
            if before <= 0 < after:
                start = month
                returned = arrival(slow, customer, month, window) == "reactivation"
    return {key: tuple(value) for key, value in table.items()}
