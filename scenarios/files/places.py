"""Where a change of a scenario stands: line and key of its file, or its number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from history.months import index_of, span, text

from ..costs import unseen_costs
from ..scenario import Scenario
from .file import Read, check
from .yamltext import Problem, parse


def problem(
    scenario: Scenario, position: int, message: str, at: Sequence[str | int] = ()
) -> Problem:
    """Give what is wrong with a change, and where it stands.

    Parameters
    ----------
    scenario
        The scenario that states the change.
    position
        Its place among the scenario's own changes, from 1.
    message
        What is wrong and what to do.
    at
        Keys and positions inside the change, such as ``("where", "size")``; see `InputError`.

    Returns
    -------
    Problem
        At ``file:line:column`` where the change is still as its file has it; else at the
        scenario's name and the change's number.

    Examples
    --------
    >>> down = Scenario("Downturn").change("churn", times=1.2, months="2026-10/")
    >>> print(problem(down, 1, "later than all months", at=("months",)))
    scenario 'Downturn', change 1 (churn x 1.2, from 2026-10 on): months: later than all months
    """
    change = scenario.changes[position - 1]
    keys = ".".join(key for key in at if isinstance(key, str))
    said = f"{keys}: {message}" if keys else message
    read = _read(scenario)
    if read is not None and change in read.file.changes[position - 1 : position]:
        return read.document.problem(("changes", position - 1, *at), said)
    return Problem(f"scenario {scenario.name!r}, change {position} ({change.label})", said)


def unseen(scenario: Scenario, months: pd.PeriodIndex) -> Iterator[Problem]:
    """Give what a scenario's own costs and changes say of months that are not projected.

    Those after the last one, and a span that begins before the first one. (People hired or money
    spent earlier may well act on the months ahead.)

    Examples
    --------
    >>> down = Scenario("Downturn").change("churn", times=1.2, months="2026-10/2027-06")
    >>> months = pd.period_range("2026-07", "2026-12", freq="M")
    >>> for each in unseen(down, months): print(each.message)
    months: 2027-06 is after 2026-12, the last month projected: project further to see it
    """
    first, last = months[0], months[-1]
    if scenario.costs is not None:
        read = _read(scenario)
        for keys, message in unseen_costs(scenario.costs, last):
            said = f"costs.{keys[0]}: {message}"
            if read is not None and read.file.costs == scenario.costs:
                yield read.document.problem(("costs", *keys), said)
            else:
                yield Problem(f"scenario {scenario.name!r}", said)
    for position, change in enumerate(scenario.changes, 1):
        start = None if change.months is None else span(change.months)[0]
        if start is not None and start < index_of(first):
            message = (
                f"{text(start)} is before {first}, the first month projected: what was is history"
            )
            yield problem(scenario, position, message, ("months",))
        late: dict[tuple[str | int, ...], list[str]] = {}
        for at, month in change.named_months():
            if month > str(last):
                late.setdefault(at, []).append(month)
        for at, found in late.items():
            are = f"{' and '.join(found)} {'is' if len(found) == 1 else 'are'}"
            message = f"{are} after {last}, the last month projected: project further to see it"
            yield problem(scenario, position, message, at)


def _read(scenario: Scenario) -> Read | None:
    if scenario.source is None or scenario.file is None:
        return None
    return check(parse(scenario.source, scenario.file))
