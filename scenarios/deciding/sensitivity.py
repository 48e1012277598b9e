"""Sensitivity: what each lever does to a figure, one at a time and two together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from forecast.levers import USUAL
from history.errors import InputError
from history.months import month_of

from .dial import AnyDial, Dial, Placed, dials
from .driver_dial import main_dials
from .lived import Lived

if TYPE_CHECKING:
    from history import Movements

    from ..run import Runs

STEP: Final = 0.10
"""Share of its value by which a lever is turned when nothing else is said."""

TURNED: Final = USUAL
"""Levers of the forecast in a tornado; the main number of each driver in use comes beside them."""


@dataclass(frozen=True)
class Swing:
    """A lever, turned down and up.

    Attributes
    ----------
    dial
        The lever, and where it is turned.
    step
        By which share of its value.
    rule
        Where the step comes from: ``share``, ``history`` (one standard deviation of the company's
        own years), or ``assumed`` (history cannot tell, so the share is taken).
    down, up
        The figure with the lever down and up.
    """

    dial: Placed
    step: float
    rule: Literal["share", "history", "assumed"]
    down: float
    up: float

    @property
    def width(self) -> float:
        """How far apart the two figures are."""
        return abs(self.up - self.down)


@dataclass(frozen=True, eq=False)
class Tornado:
    """A figure under each lever's swing, the widest first.

    Attributes
    ----------
    scenario
        Name of the scenario around which the levers are turned.
    at
        The month.
    measure, unit
        The figure (a mean over the paths), and its unit.
    center
        The figure as it is.
    swings
        One a lever.
    """

    scenario: str
    at: pd.Period
    measure: str
    unit: str
    center: float
    swings: tuple[Swing, ...]

    def table(self) -> pd.DataFrame:
        """Give a row a lever, the widest swing first.

        Returns
        -------
        DataFrame
            ``lever``, ``measure``, ``turned_by`` (a share of its value, 0.1 = 10 %), ``rule``,
            ``down`` and ``up`` (difference to the figure as it is, in `unit`), ``figure_down``
            and ``figure_up`` (the figure itself).
        """
        rows = [
            {
                "lever": swing.dial.lever,
                "measure": self.measure,
                "turned_by": swing.step,
                "rule": swing.rule,
                "down": swing.down - self.center,
                "up": swing.up - self.center,
                "figure_down": swing.down,
                "figure_up": swing.up,
            }
            for swing in self.swings
        ]
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        lines = [f"{self.scenario}, {self.at}: {self.center:,.0f} {self.unit}"]
        wide = max([14, *(len(swing.dial.lever) for swing in self.swings)])
        for swing in self.swings:
            down, up = swing.down - self.center, swing.up - self.center
            step = f"-/+ {swing.step:.0%}{' (assumed)' if swing.rule == 'assumed' else ''}"
            lines.append(f"  {swing.dial.lever:<{wide}} {step:<18} {down:>+15,.0f} {up:>+15,.0f}")
        return "\n".join(lines)


def tornado(
    runs: Runs,
    name: str,
    at: str | pd.Period | None = None,
    *,
    measure: str = "arr",
    step: float | Literal["history"] = STEP,
    levers: str | AnyDial | Iterable[str | AnyDial] | None = None,
) -> Tornado:
    """Turn each lever down and up, one at a time, on the same random streams.

    Parameters
    ----------
    runs
        What `run` returned; its months, paths and seed are used.
    name
        The scenario around which the levers are turned.
    at
        The month; None for the last.
    measure
        As in `Projection.draws`; its mean over the paths.
    step
        Share of its value by which every lever is turned (0.1 = 10 %), or ``history``: each by
        one standard deviation of its own past. Of rates that is the standard deviation of the
        rolling years over the newest one, of new customers and their ARPA that of the growth of a
        rolling year over the year before. Where there are fewer than seven years to compare, and
        of prices and drivers, which movements do not show, 10 % are assumed, and the rule says so.
    levers
        Names of levers, or dials turned by a factor that say which months and segments; None is
        those that act in every month, and the main number of each driver that the scenario uses
        (``price_rise.uplift``).

    Returns
    -------
    Tornado

    Raises
    ------
    InputError
        A step that is not above 0 and below 1, a dial that is not turned by a factor, an unknown
        lever, measure, month or segment.
    """
    if step != "history" and not 0 < step < 1:
        raise InputError(f"step={step}: a share above 0 and below 1 (0.1 = 10 %), or 'history'")
    month = runs.months[-1] if at is None else month_of(at)
    changes = runs[name].scenario.all_changes
    place = runs[name].projection.at(month)

    def figure(dial: Placed, factor: float) -> float:
        turned = dial.turn(changes, factor)
        try:
            means = runs.means_of(turned)
        except InputError as error:
            said = f"{dial.lever} x {factor:g} cannot be carried ({error}): turn it less, or others"
            raise InputError(said) from None
        return float(means.total(measure)[place])

    swings = []
    for dial in dials(
        [*TURNED, *main_dials(changes)] if levers is None else levers, changes, "times"
    ):
        if dial.way != "times":
            raise InputError(f"{dial.lever}: a tornado turns levers by a factor, not by {dial.way}")
        share, rule = _step(runs, dial, step)
        low, high = dial.bounds
        factors = max(low, 1.0 - share), min(1.0 + share, high)
        swings.append(Swing(dial, share, rule, *(figure(dial, factor) for factor in factors)))
    center = float(runs.means_of(changes).total(measure)[place])
    ranked = sorted(swings, key=lambda swing: -swing.width)
    return Tornado(name, month, measure, runs.unit(measure), center, tuple(ranked))


def grid(
    runs: Runs,
    name: str,
    down: str | AnyDial,
    rows: Sequence[float],
    across: str | AnyDial,
    columns: Sequence[float],
    *,
    at: str | pd.Period | None = None,
    measure: str = "arr",
) -> pd.DataFrame:
    """Give a figure for every pair of values of two levers.

    Parameters
    ----------
    runs, name, at, measure
        As in `tornado`.
    down, rows
        A lever and its numbers, one a row: a factor, a driver's own number, or as a dial says.
    across, columns
        Another one, one a column.

    Returns
    -------
    DataFrame
        Means; rows and columns are the numbers, named by the levers.
    """
    month = runs.months[-1] if at is None else month_of(at)
    place = runs[name].projection.at(month)
    changes = runs[name].scenario.all_changes
    first, second = dials([down, across], changes)
    cells = [
        [
            runs.means_of(second.turn(first.turn(changes, one), other)).total(measure)[place]
            for other in columns
        ]
        for one in rows
    ]
    return pd.DataFrame(
        np.array(cells, dtype=np.float64).reshape(len(rows), len(columns)),
        index=pd.Index(rows, name=first.lever),
        columns=pd.Index(columns, name=second.lever),
    )


def _step(
    runs: Runs, dial: Placed, step: float | Literal["history"]
) -> tuple[float, Literal["share", "history", "assumed"]]:
    if step != "history":
        return step, "share"
    movements: Movements | None = runs.forecaster.movements if isinstance(dial, Dial) else None
    spread = None if movements is None else Lived(movements, dial.segments(runs)).spread(dial.lever)
    return (STEP, "assumed") if spread is None else (spread, "history")
