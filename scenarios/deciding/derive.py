"""Base, Upside and Downside from a company's own history: its best and its worst rolling years."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..scenario import Scenario
from .lived import FEWEST, SMALLEST, YEAR, Side, rolling_sums

if TYPE_CHECKING:
    from history import Ledger, Movements

Floats = NDArray[np.float64]

_LEAST, _ASSUMED = 0.05, 0.15
_LOWEST, _HIGHEST = 0.5, 2.0


@dataclass(frozen=True)
class _Rate:
    """A lever as a rolling-year figure: oldest first, with the window's last month."""

    lever: str
    good: int  # 1 when more is better, -1 when less is
    values: Floats
    ends: tuple[str, ...]
    starts: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def recent(self) -> float:
        return float(self.values[-1])

    def pick(self, side: Side) -> int:
        signed = self.good * self.values
        return int(np.argmax(signed) if side == "best" else np.argmin(signed))


def derived_scenarios(ledger: "Ledger") -> tuple[Scenario, Scenario, Scenario]:
    """Give base, and an Upside and a Downside as this company has lived them.

    Upside takes each of three rates from its best rolling twelve months, Downside from its worst,
    relative to the last twelve months: churn and expansion as shares of the opening MRR, new
    customers as the growth of a year over the year before (a growing company's smallest year is
    not its worst). Years in which the company was less than a quarter of its present size do not
    count. A factor moves a lever by at least 5 % and at most to its half or its double; where
    history is too short, 15 % is assumed. What was taken, and from which months, stands in each
    change's `because`.

    Parameters
    ----------
    ledger
        The company's ledger.

    Returns
    -------
    tuple of Scenario
        Base without changes; Upside and Downside based on it.
    """
    base = Scenario("Base", because="the forecast as it is")
    movements = ledger.movements()
    return (
        base,
        _scenario("Upside", "best", base, movements),
        _scenario("Downside", "worst", base, movements),
    )


def _scenario(name: str, side: Side, base: Scenario, movements: "Movements") -> Scenario:
    found = Scenario(
        name,
        based_on=base,
        because=f"each rate as in its own {side} rolling year; all at once they have not been",
    )
    for rate in _rates(movements):
        found = _changed(found, rate, side)
    return found


def _changed(scenario: Scenario, rate: _Rate, side: Side) -> Scenario:
    better = 1 if side == "best" else -1
    direction = better * rate.good
    if len(rate.values) < FEWEST:
        years = len(rate.values)
        because = (
            f"assumed: history has {years} rolling year{'' if years == 1 else 's'} to compare, "
            f"{FEWEST} are needed"
        )
        return scenario.change(rate.lever, times=1 + direction * _ASSUMED, because=because)
    at = rate.pick(side)
    because = (
        f"{side} rolling year {rate.starts[at]} to {rate.ends[at]}: {rate.words[at]}; "
        f"the last twelve months: {rate.words[-1]}"
    )
    if rate.recent <= 0:
        # Nothing to multiply: the rate of that year is added.
        if rate.values[at] <= 0 or rate.lever == "new_customers":
            return scenario
        return scenario.change(rate.lever, plus=float(rate.values[at]), because=because)
    factor = float(rate.values[at]) / rate.recent
    times, held = _bounded(factor, direction)
    return scenario.change(rate.lever, times=times, because=because + held)


def _bounded(factor: float, direction: int) -> tuple[float, str]:
    """Give the factor within bounds on its side, to two decimals, and words if it was moved."""
    if direction * (factor - 1) < _LEAST:
        times = 1 + direction * _LEAST
        return times, f"; no year differs by 5 % that way, so x {times:.2f} is assumed"
    times = round(min(max(factor, _LOWEST), _HIGHEST), 2)
    return times, "" if _LOWEST <= factor <= _HIGHEST else f"; held to x {times:.2f}"


def _rates(movements: "Movements") -> Iterator[_Rate]:
    months = [str(month) for month in movements.months[1:]]
    opening = _total(movements, "opening")
    size = rolling_sums(opening, YEAR)
    large = np.asarray(size >= SMALLEST * size[-1]) if len(size) else np.zeros(0, dtype=np.bool_)
    yield _new_customers(movements, months, large)
    for lever, good in (("churn", -1), ("expansion", 1)):
        flow = np.abs(rolling_sums(_total(movements, lever), YEAR))
        values = np.divide(flow, size, out=np.zeros_like(flow), where=size > 0)
        kept = np.flatnonzero(large)
        verb = "lost" if lever == "churn" else "won"
        yield _Rate(
            lever,
            good,
            values[kept],
            ends=tuple(months[i + YEAR - 1] for i in kept),
            starts=tuple(months[i] for i in kept),
            words=tuple(f"{values[i]:.2%} of the opening MRR {verb} a month" for i in kept),
        )


def _new_customers(movements: "Movements", months: list[str], large: NDArray[np.bool_]) -> _Rate:
    """Give a year's new customers over those of the year before; years without any are left out."""
    sums = rolling_sums(_total(movements, "new", "customers"), YEAR)
    pairs = [
        (i, sums[i] / sums[i - YEAR], f"{sums[i]:.0f} new customers after {sums[i - YEAR]:.0f}")
        for i in range(YEAR, len(sums))
        if large[i] and sums[i] > 0 and sums[i - YEAR] > 0
    ]
    return _Rate(
        "new_customers",
        1,
        np.array([ratio for _, ratio, _ in pairs]),
        ends=tuple(months[i + YEAR - 1] for i, _, _ in pairs),
        starts=tuple(months[i] for i, _, _ in pairs),
        words=tuple(f"{said} the year before ({ratio - 1:+.0%})" for _, ratio, said in pairs),
    )


def _total(movements: "Movements", name: str, value: Literal["mrr", "customers"] = "mrr") -> Floats:
    return np.asarray(movements.matrix(name, value).sum(axis=1).to_numpy()[1:], dtype=np.float64)
