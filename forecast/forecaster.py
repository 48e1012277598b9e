"""The forecaster: fitted on a ledger, it projects, explains itself and measures its own error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError, unknown_name
from history.language import kept

from .backtest import Backtest, run_backtest
from .calibration import Calibration, Fits, calibrate
from .engine import Engine
from .explain import Explanation, explain
from .levers import LEVERS, Levers
from .model import Model
from .newcomers import Joined, Newcomer
from .projection import Projection, Shown

if TYPE_CHECKING:
    from history import Fingerprint, Ledger, Movements, Policy, Segments

Floats = NDArray[np.float64]

MOST_MONTHS: Final = 120
"""Longest projection in months."""

_MOST_KEPT: Final = 4_000_000_000
"""Bytes of draws and results that may be kept between calls, so that a lever moves quickly."""

_DRAWN, _PLAYED = 80, 120
"""Bytes of a cell (a segment in a month on a path): its draws, and what one run makes of them."""

_RUNS_KEPT: Final = 3
"""As many runs are kept, the last ones of every segment."""


@dataclass(frozen=True, eq=False)
class Forecaster:
    """What is believed about a company's future, fitted on its history; immutable.

    Attributes
    ----------
    ledger : Ledger
        What it was fitted on.
    model : Model
        The fitted parts.
    calibration : Calibration
        What was measured about the spread at earlier months.
    newcomers : tuple of Newcomer
        Segments that scenarios launch, beside those of history; see `joined_by`.
    """

    ledger: Ledger = field(repr=False)
    model: Model = field(repr=False)
    calibration: Calibration
    newcomers: tuple[Newcomer, ...] = ()

    @classmethod
    def fit(
        cls,
        ledger: Ledger,
        by: str | Sequence[str] | None = None,
        *,
        calibrate: bool = True,
        progress: Callable[[int, int], None] | None = None,
    ) -> Forecaster:
        """Fit on all that a ledger knows.

        Parameters
        ----------
        ledger : Ledger
            The history; nothing after its `as_of` is used.
        by : str or sequence of str, optional
            Dimensions to segment by.
        calibrate : bool
            Whether the spread is measured by going back in time (up to six refits).
        progress : callable, optional
            Called with the number of refits done and their total.

        Returns
        -------
        Forecaster

        Raises
        ------
        NotEnoughHistoryError
            One month of history only, or nobody ever paid.
        UnknownNameError
            A dimension that the ledger does not have.
        """
        names = _names(by)
        fits = Fits(ledger, names)
        model = fits.at(ledger.as_of)
        found = Calibration.none(len(model.record.months), kept("not calibrated, as asked for"))
        if calibrate:
            found = _calibrated(fits, ledger.as_of, progress)
        return cls(ledger, found.apply(model), found)

    @property
    def as_of(self) -> pd.Period:
        """Last month of history."""
        return self.model.as_of

    @property
    def currency(self) -> str:
        """ISO 4217 code of all amounts."""
        return self.ledger.currency

    @property
    def segments(self) -> Segments:
        """The segments, in the order of the arrays."""
        return self.joined.segments

    @property
    def joined(self) -> Joined:
        """The segments of history and the newcomers together."""
        return Joined(self.model.movements.segments, self.newcomers)

    @property
    def known(self) -> NDArray[np.int64]:
        """Places of the segments of history among the segments, array (segments of history,)."""
        return self.joined.known

    def joined_by(self, newcomers: Sequence[Newcomer]) -> Forecaster:
        """Give the same forecaster with segments that are launched; what it believes stays.

        A newcomer has nobody and wins nobody by itself: that is said by levers.
        """
        return replace(self, newcomers=tuple(dict.fromkeys((*self.newcomers, *newcomers))))

    @property
    def movements(self) -> Movements:
        """The history by these segments."""
        return self.joined.movements(self.model.movements)

    @property
    def fingerprint(self) -> Fingerprint:
        """Fingerprint of the ledger that it was fitted on."""
        return self.ledger.fingerprint()

    @property
    def policy(self) -> Policy:
        """The definitions in force."""
        return self.ledger.policy

    @property
    def policy_hash(self) -> str:
        """Digest of the policy in force."""
        return self.policy.digest

    def months_ahead(self, months: int | None = None, through: str | None = None) -> pd.PeriodIndex:
        """Give the months of a projection: so many after `as_of`, or through a month.

        Raises
        ------
        InputError
            Not exactly one of the two, or not between 1 and 120 months ahead.
        """
        if (months is None) == (through is None):
            raise InputError("Give either months (how many) or through (YYYY-MM).")
        ahead = months if months is not None else self._until(str(through))
        if not 1 <= ahead <= MOST_MONTHS:
            last = self.as_of + MOST_MONTHS
            raise InputError(
                f"{'months' if through is None else 'through'}={months or through}: a projection "
                f"covers 1 to {MOST_MONTHS} months after {self.as_of}, that is {self.as_of + 1} "
                f"to {last}."
            )
        return pd.period_range(self.as_of + 1, periods=ahead, freq="M")

    def _until(self, through: str) -> int:
        try:
            month = pd.Period(through, freq="M")
        except ValueError:
            raise InputError(f"through={through!r} is not a month: write YYYY-MM.") from None
        return int(month.ordinal - self.as_of.ordinal)

    def project(
        self,
        *,
        months: int | None = None,
        through: str | None = None,
        paths: int = 2000,
        seed: int = 7,
        levers: Levers | None = None,
    ) -> Projection:
        """Simulate the future.

        Parameters
        ----------
        months, through : int, str
            Exactly one: how many months, or the last month as YYYY-MM.
        paths : int
            Number of simulated futures.
        seed : int
            Of the random streams; the same seed gives the same luck, whatever the levers.
        levers : Levers, optional
            Changes for these months and segments.

        Returns
        -------
        Projection

        Raises
        ------
        InputError
            Wrong months, fewer than 1 path, a negative seed, or levers of another shape.
        """
        index = self.months_ahead(months=months, through=through)
        if paths < 1 or seed < 0:
            raise InputError(f"paths={paths}, seed={seed}: paths is 1 or more, the seed 0 or more.")
        played = self._engine(len(index), paths, seed).play(levers or Levers.none())
        return Projection(
            segments=self.segments,
            months=index,
            currency=self.currency,
            as_of=self.as_of,
            opening=self.joined.widened(self.model.opening),
            opening_customers=self.joined.widened(self.model.customers),
            flows=Shown(played.flows),
            counts=Shown(played.counts),
            played=played,
        )

    def _engine(self, months: int, paths: int, seed: int) -> Engine:
        spread = self.calibration.spread
        if len(self.segments) * months * paths * (_DRAWN + _PLAYED) > _MOST_KEPT:
            return Engine(self.model.beliefs(months, paths, seed, spread, self.newcomers))
        return _kept_engine(self.model, months, paths, seed, spread, self.newcomers)

    def shares(self, lever: str) -> Floats:
        """How a company-wide amount of a lever is spread over segments, array (segments,).

        New customers and their MRR by what is expected of the next twelve months, everything else
        by opening MRR; evenly where there is neither. Sums to 1.

        Raises
        ------
        UnknownNameError
            No such lever.
        """
        if lever not in LEVERS:
            raise unknown_name("lever", lever, LEVERS)
        weight = self.model.opening
        if lever in {"new_customers", "new_mrr"}:
            business = self.model.business
            weight = business.expected(12, (self.as_of.month + np.arange(12)) % 12).sum(axis=1)
            weight = weight * business.arpa.level if lever == "new_mrr" else weight
        weight = np.maximum(weight, 0.0)
        if weight.sum() <= 0:
            weight = np.ones(len(weight))
        return self.joined.widened(np.asarray(weight / weight.sum()))

    def explain(self) -> Explanation:
        """Give what was chosen, against what, on how much data, and which fallbacks were taken."""
        return explain(self.model, self.calibration)

    def backtest(
        self,
        horizon: int = 12,
        origins: int = 8,
        progress: Callable[[int, int], None] | None = None,
    ) -> Backtest:
        """Go back in time on the ledger, forecast from what was known then, and compare.

        Parameters
        ----------
        horizon : int
            Months ahead.
        origins : int
            Months to go back to, at most.
        progress : callable, optional
            Called with the number of origins done and their total.

        Returns
        -------
        Backtest

        Raises
        ------
        NotEnoughHistoryError
            No earlier month has a year of movements before it and a month after it.
        """
        fits = Fits(self.ledger, self.segments.by)
        return run_backtest(fits, horizon, origins, progress)


def _names(by: str | Sequence[str] | None) -> tuple[str, ...]:
    if by is None:
        return ()
    return (by,) if isinstance(by, str) else tuple(by)


def _calibrated(
    fits: Fits, as_of: pd.Period, progress: Callable[[int, int], None] | None
) -> Calibration:
    return calibrate(fits, as_of, progress)


@lru_cache(maxsize=1)
def _kept_engine(
    model: Model,
    months: int,
    paths: int,
    seed: int,
    spread: float,
    newcomers: tuple[Newcomer, ...],
) -> Engine:
    """Give the last projection's engine: scenarios of a run share its draws and results."""
    beliefs = model.beliefs(months, paths, seed, spread, newcomers)
    cells = beliefs.new_customers.size
    keep = min(_RUNS_KEPT * cells * _PLAYED, _MOST_KEPT - cells * _DRAWN)
    return Engine(beliefs, keep)


def forget_projections() -> None:
    """Give up the draws and results that are kept between projections."""
    _kept_engine.cache_clear()
