"""Places: where actuals lie among a plan's own paths, line by line and driver by driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from history.money import to_major
from history.segments import Segments

from ..plans.figures import MOVEMENTS, Floats, with_company
from .books import Books
from .heads import drivers_of_paths
from .lines import ACTUAL_MOVEMENTS, NET, VARIANCE_LINES, Driver

if TYPE_CHECKING:
    from .spans import Span
    from .variance import Variance

_RATED = ("expansion", "contraction", "churn")


def percentiles(values: Floats, draws: Floats, smallest: float) -> Floats:
    """Give where values lie among draws: share below plus half the ties, 0-100.

    Parameters
    ----------
    values
        The actuals, any shape.
    draws
        The plan's paths, (paths, *shape of values).
    smallest
        One minor unit: draws within half of it (or the precision in which they are kept) tie.

    Returns
    -------
    array
        Of the shape of `values`.

    Examples
    --------
    >>> percentiles(np.array([2.0]), np.array([[1.0], [2.0], [3.0], [4.0]]), 0.01).tolist()
    [37.5]
    """
    near = np.abs(draws - values) <= np.maximum(0.5 * smallest, 2.0**-22 * np.abs(values))
    below = (draws < values) & ~near
    return np.asarray(100.0 * (below.mean(axis=0) + 0.5 * near.mean(axis=0)))


@dataclass(frozen=True, eq=False)
class Paths:
    """What every path of a plan has of each line and driver.

    Attributes
    ----------
    columns
        Positions, among the variance's segments and the company, of what is planned.
    flows
        Line or driver to (paths, months, columns), major units; drivers as the path's variance
        from the plan.
    closings
        Closing MRR, (paths, months, columns), major units.
    smallest
        One minor unit.
    closed
        Months that are over: the mean of a forecast has no place among single paths.
    """

    columns: Sequence[int]
    flows: Mapping[Driver, Floats]
    closings: Floats
    smallest: float
    closed: int

    @classmethod
    def of(
        cls,
        draws: Floats,
        counts: Floats | None,
        plan: Segments,
        segments: Segments,
        planned: Books,
        currency: str,
        closed: int,
    ) -> Paths:
        """Give the paths of the months of the variance.

        Parameters
        ----------
        draws
            Movements, (movements, paths, months, segments of the plan), major units.
        counts
            Customers of the same paths, (`COUNTED`, ...); None where the plan keeps none.
        plan, segments
            Segments of the plan and of the variance.
        planned
            The plan's figures, in the variance's segments.
        currency
            Of the amounts.
        closed
            Months that are over.
        """
        to = [segments.keys.index(key) for key in plan.keys]
        months = len(planned.flows)
        draws = draws[:, :, :months]
        flows = {(name, ""): draws[k] for k, name in enumerate(MOVEMENTS)}
        flows[NET, ""] = draws.sum(axis=0)
        if not draws[MOVEMENTS.index("fx")].any():
            del flows["fx", ""]  # not planned
        opening = to_major(planned.opening[to], currency)
        closings = opening + np.cumsum(draws.sum(axis=0), axis=1)
        before = np.concatenate([np.broadcast_to(opening, closings[:, :1].shape), closings], axis=1)
        whole = {driver: with_company(values) for driver, values in flows.items()}
        openings = (
            with_company(before[:, :-1]),
            to_major(with_company(planned.openings[:, to]), currency),
        )
        for name in _RATED:
            mean = to_major(with_company(planned.movement(name)[:, to]), currency)
            whole |= _of_rate(name, whole[name, ""], mean, *openings)
            # Of churn, rate and size are apart where customers are counted.
            if name == "churn" and planned.counts_leavers:
                del whole[name, "rate"]
        if counts is not None:
            own = {name: draws[MOVEMENTS.index(name)] for name in ("new", "churn")}
            at = planned.chosen(to)
            unit = float(to_major(1, currency))
            whole |= drivers_of_paths(own, counts[:, :, :months], before[:, :-1], at, unit)
        return cls(
            columns=[*to, len(segments)],
            flows=whole,
            closings=with_company(closings),
            smallest=to_major(1, currency),
            closed=closed,
        )

    def place(self, driver: Driver, within: slice, amounts: Floats) -> Floats:
        """Give percentiles of amounts (columns of the variance), summed over months; NaN if none.

        Spans that reach into months not closed yet have none.

        Parameters
        ----------
        driver
            A line, a driver, or ("closing", ""), which is that of the last month.
        within
            The months.
        amounts
            Major units, one for each segment of the variance and the company.
        """
        found = np.full(amounts.shape, np.nan)
        if within.stop > self.closed:
            return found
        if driver == ("closing", ""):
            draws = self.closings[:, within][:, -1]
        elif driver in self.flows:
            draws = self.flows[driver][:, within].sum(axis=1)
        else:
            return found
        if len(draws):
            found[self.columns] = percentiles(amounts[self.columns], draws, self.smallest)
        if len(draws) and driver[1]:
            # A driver of which all paths say the same, such as the first month's base, has no band.
            same = np.ptp(draws, axis=0) <= self.smallest
            found[np.asarray(self.columns)[same]] = np.nan
        return found


def place_of(variance: Variance, span: Span, line: str) -> Floats:
    """Place a line of a span, or `NET`, by segment and in total; like is placed among like.

    What other definitions than the plan's make of the closing is left out: its paths know none.
    """
    _, actual = variance.cells.lines(span)
    if line == NET:
        amounts = sum(actual[VARIANCE_LINES.index(name)] for name in ACTUAL_MOVEMENTS)
    else:
        amounts = actual[VARIANCE_LINES.index(line)]
        if line == "closing":
            amounts = amounts - actual[VARIANCE_LINES.index("policy")]
    return variance.paths.place(
        (line, ""), span.within, np.asarray(to_major(amounts, variance.currency))
    )


def _of_rate(
    name: str, flow: Floats, mean: Floats, opening: Floats, base: Floats
) -> dict[Driver, Floats]:
    """Give exposure, mix and rate of every path's variance; the company is the last column."""
    rate = np.divide(mean, base, out=np.zeros_like(mean), where=base > 0)
    exposure = np.where(base > 0, (opening - base) * rate, flow - mean)
    mix = np.zeros_like(exposure)
    mix[..., -1] = exposure[..., :-1].sum(axis=-1) - exposure[..., -1]
    rest = flow - mean - exposure - mix
    return {(name, "exposure"): exposure, (name, "mix"): mix, (name, "rate"): rest}
