"""Stress tests: the worst months that the company has lived, once more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from history.errors import InputError
from history.wording import counted

from ..changes.change import MOST_TIMES
from ..scenario import Scenario
from .lived import RATES, YEAR, Lived, Rolling, figure

if TYPE_CHECKING:
    from history import Ledger

LENGTHS: Final = (3, 6, 12)
"""Months of the stress tests."""

_LEVERS: Final = ("churn", "new_customers", "expansion")
_LEAST: Final = 0.005


def stress_tests(
    ledger: Ledger,
    lengths: tuple[int, ...] = LENGTHS,
    *,
    start: str | None = None,
    based_on: Scenario | None = None,
) -> tuple[Scenario, ...]:
    """Give scenarios in which the company's own worst months come back.

    For each length the worst window of three levers is looked up in the movements: the highest
    churn and the lowest expansion (shares of the opening MRR), and the lowest number of new
    customers against the twelve months before it (a growing company's smallest months are not its
    worst). Churn and expansion are put to that window's rate, relative to the last twelve months;
    new customers fall as they fell then. All three come at once, for as many months as the window
    had; then everything is as forecast. Windows in which the company was less than a quarter of
    its present size do not count. What is repeated stands in each `because`; which lever is left
    as forecast, and why, in that of the scenario.

    Parameters
    ----------
    ledger
        The company's ledger.
    lengths
        Months of the windows, one scenario each.
    start
        First month of the stress, YYYY-MM; None is the first month after history.
    based_on
        The scenario under stress; None for the forecast as it is.

    Returns
    -------
    tuple of Scenario
        "Stress, 3 months" and so on. A lever that has never been worse than it is now, or whose
        history is too short for a window beside the last year, is left out; a length without any
        lever has no scenario.

    Raises
    ------
    InputError
        A length outside 1 to 120 months, or a start that is not a month after history.
    """
    wrong = [length for length in lengths if not 1 <= length <= 120]
    if wrong:
        raise InputError(f"lengths {wrong}: give 1 to 120 months")
    first = ledger.as_of + 1 if start is None else pd.Period(start, freq="M")
    if first <= ledger.as_of:
        raise InputError(f"start={start}: the history goes to {ledger.as_of}; give a later month")
    lived = Lived(ledger.movements())
    found = (_stressed(lived, length, first, based_on) for length in lengths)
    return tuple(scenario for scenario in found if scenario.changes)


def _stressed(lived: Lived, length: int, first: pd.Period, based_on: Scenario | None) -> Scenario:
    months = f"{first}/{first + length - 1}" if length > 1 else str(first)
    name = f"Stress, {counted(length, 'month')}"
    scenario = Scenario(
        name if based_on is None else f"{based_on.name}: {name}",
        based_on=based_on,
    )
    said = [f"the worst {counted(length, 'month')} of each lever in the company's history at once"]
    for lever in _LEVERS:
        worst = _worst_rate(lived, lever, length) if lever in RATES else _worst_fall(lived, length)
        if isinstance(worst, str):
            said.append(f"{lever} as forecast: {worst}")
        else:
            factor, because = worst
            scenario = scenario.change(lever, times=factor, months=months, because=because)
    return replace(scenario, because="; ".join(said))


def _worst_rate(lived: Lived, lever: str, length: int) -> tuple[float, str] | str:
    """Give the worst window's rate over that of the last twelve months, or why there is none."""
    windows, years = lived.rolling(lever, length), lived.rolling(lever, YEAR)
    if windows is None or years is None or not len(windows) or not len(years):
        return "the history is too short to look at"
    now = float(years.figures[-1])
    place = windows.pick("worst")
    then = float(windows.figures[place])
    worse = then > now if lever == "churn" else then < now
    if now <= 0 or not worse or abs(then / now - 1) < _LEAST:
        return f"no {counted(length, 'month')} were worse than the last twelve are"
    said = f"{windows.span(place)}: {figure(lever, then)} of the opening MRR"
    return _factor(then / now, f"{said}; the last twelve months: {figure(lever, now)}")


def _worst_fall(lived: Lived, length: int) -> tuple[float, str] | str:
    """Give the worst window's new customers over those of the year before, or why not."""
    windows, years = lived.rolling("new_customers", length), lived.rolling("new_customers", YEAR)
    if windows is None or years is None:
        return "the history is too short to look at"
    before = {end: float(value) for end, value in zip(years.ends, years.figures, strict=True)}
    falls = {
        place: float(windows.figures[place]) / before[end]
        for place in range(len(windows))
        if before.get(end := _month_before(windows, place), 0.0) > 0
    }
    if not falls:
        return f"no {counted(length, 'month')} of history have twelve before them to compare with"
    place = min(falls, key=lambda place: (falls[place], -place))
    if falls[place] > 1 - _LEAST:
        return f"no {counted(length, 'month')} brought fewer a month than the twelve before them"
    earlier = before[_month_before(windows, place)]
    now = float(windows.figures[place])
    said = f"{windows.span(place)}: {now:,.1f} new customers a month"
    return _factor(falls[place], f"{said}; the twelve months before: {earlier:,.1f}")


def _month_before(windows: Rolling, place: int) -> str:
    return str(pd.Period(windows.starts[place], freq="M") - 1)


def _factor(factor: float, because: str) -> tuple[float, str]:
    held = "" if factor <= MOST_TIMES else f"; held to x {MOST_TIMES:g}"
    return float(np.round(min(factor, MOST_TIMES), 4)), because + held
