"""What a company has lived: its levers month by month and over rolling months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from history import Movements

    from ..means import Means

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Side = Literal["best", "worst"]

LESS_IS_BETTER: Final = ("churn", "contraction")
"""Levers of which less is better; of all others more is."""

RATES: Final = ("churn", "expansion", "contraction", "reactivation")
"""Levers that are shares: of the opening MRR, or of the customers who had left."""

YEAR: Final = 12
FEWEST: Final = 7
"""Rolling windows needed before one speaks of their spread, or of the worst of them."""

SMALLEST: Final = 0.25
"""Share of today's size below which a window says little about today, and does not count."""


def better(lever: str) -> int:
    """1 where more of a lever is better, -1 where less is."""
    return -1 if lever in LESS_IS_BETTER else 1


@dataclass(frozen=True, eq=False)
class Rolling:
    """A lever's value over rolling months, oldest first.

    Attributes
    ----------
    lever
        Its name.
    length
        Months a window.
    figures
        In the lever's unit a month.
    starts, ends
        First and last month of each window, YYYY-MM.
    """

    lever: str
    length: int
    figures: Floats
    starts: tuple[str, ...]
    ends: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.figures)

    def pick(self, side: Side) -> int:
        """Place of the best or the worst window; the newest of equal ones."""
        signed = better(self.lever) * self.figures[::-1]
        found = int(np.argmax(signed) if side == "best" else np.argmin(signed))
        return len(self.figures) - 1 - found

    def span(self, place: int) -> str:
        """Name a window: ``2024-03 to 2024-05``, or its month."""
        start, end = self.starts[place], self.ends[place]
        return start if start == end else f"{start} to {end}"


@dataclass(frozen=True, eq=False)
class Lived:
    """A company's levers as they were, from its movements.

    Churn, expansion and contraction are shares of the opening MRR, reactivation is a share of the
    customers who had left in known history, new customers are those of a month and new ARPA is
    their MRR each. Windows in which the company was less than a quarter of the newest one's size
    (opening MRR) do not count. Prices and one-offs are not to be seen in movements.

    Attributes
    ----------
    movements
        The history; its first month has no movements.
    chosen
        Segments looked at, array (segments,) of bool; None is all.
    """

    movements: Movements
    chosen: Flags | None = None

    def rolling(self, lever: str, length: int) -> Rolling | None:
        """Give a lever over windows of so many months; None where movements do not show it."""
        parts = self._parts(lever)
        if parts is None:
            return None
        months = [str(month) for month in self.movements.months[1:]]
        above, below = (rolling_sums(part, length) for part in parts)
        size = rolling_sums(self._total("opening"), length)
        large = size >= SMALLEST * size[-1] if len(size) else np.zeros(0, dtype=np.bool_)
        kept = np.flatnonzero(large & (below > 0))
        return Rolling(
            lever,
            length,
            above[kept] / below[kept],
            tuple(months[i] for i in kept),
            tuple(months[i + length - 1] for i in kept),
        )

    def spread(self, lever: str) -> float | None:
        """Give a lever's own spread as a share of its value: one standard deviation.

        Of a rate: the standard deviation of its rolling years over the newest of them. Of new
        customers and their ARPA: the standard deviation of the growth of a rolling year over the
        year before, for the level of a growing company is not its spread.

        Returns
        -------
        float or None
            None where fewer than `FEWEST` years can be compared, or the newest is zero.
        """
        years = self.rolling(lever, YEAR)
        if years is None or len(years) < FEWEST or years.figures[-1] == 0:
            return None
        if lever in RATES:
            return float(years.figures.std(ddof=1) / years.figures[-1])
        # Windows that do not count are the oldest ones, so that places a year apart are a year
        # apart; where a window without new customers is missing, the ends say so.
        place = {end: i for i, end in enumerate(years.ends)}
        growth = [
            years.figures[i] / years.figures[place[before]]
            for i, end in enumerate(years.ends)
            if (before := str(pd.Period(end, "M") - YEAR)) in place
            and years.figures[place[before]] > 0
        ]
        return float(np.std(growth, ddof=1)) if len(growth) >= FEWEST else None

    def _parts(self, lever: str) -> tuple[Floats, Floats] | None:
        """Numerator and denominator by month."""
        if lever in {"churn", "contraction", "expansion"}:
            return np.abs(self._total(lever)), self._total("opening")
        if lever == "reactivation":
            back = self._total("reactivation", "customers")
            gone = np.cumsum(self._total("churn", "customers") - back)
            return back, np.concatenate([[0.0], gone[:-1]])
        if lever in {"new_customers", "new_arpa"}:
            won = self._total("new", "customers")
            return (won, np.ones_like(won)) if lever == "new_customers" else (
                self._total("new"), won
            )  # fmt: skip
        return None

    def _total(self, name: str, value: Literal["mrr", "customers"] = "mrr") -> Floats:
        matrix = self.movements.matrix(name, value).to_numpy(dtype=np.float64)[1:]
        return np.asarray((matrix if self.chosen is None else matrix[:, self.chosen]).sum(axis=1))


def ahead(means: Means, lever: str, opening: Floats, chosen: Flags, months: Flags) -> float | None:
    """Give a lever's mean value in a projection, in the unit of `Lived`.

    Parameters
    ----------
    means
        Mean paths.
    lever
        Its name.
    opening
        MRR at the close of the last known month, array (segments,).
    chosen
        Segments, array of bool.
    months
        Months, array of bool.

    Returns
    -------
    float or None
        None of a lever that the movements do not show.
    """
    parts: Mapping[str, tuple[str, str]] = {"new_arpa": ("new", "new_customers")}
    if lever in {"churn", "contraction", "expansion"}:
        closing = means.total("mrr", chosen)
        below = np.concatenate([[opening[chosen].sum()], closing[:-1]])
        above = np.abs(means.total(lever, chosen))
    elif lever == "new_customers":
        above = means.total("new_customers", chosen)
        below = np.ones_like(above)
    elif lever in parts:
        above, below = (means.total(name, chosen) for name in parts[lever])
    else:
        return None
    whole = float(below[months].sum())
    return float(above[months].sum()) / whole if whole > 0 else None


def figure(lever: str, value: float) -> str:
    """Print a lever's value in its unit.

    Examples
    --------
    >>> figure("churn", 0.0123), figure("new_customers", 31.24), figure("price", 1.05)
    ('1.23% a month', '31.2 a month', '1.05')
    """
    if lever in RATES:
        return f"{value:.2%} a month"
    if lever == "new_customers":
        return f"{value:,.1f} a month"
    return f"{value:,.2f}"


def rolling_sums(values: Floats, length: int) -> Floats:
    """Give sums over windows of so many months, oldest first."""
    if len(values) < length:
        return np.zeros(0)
    running = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(running[length:] - running[:-length])
