"""What a report is made from: the results, and the few facts that stand on every page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import pandas as pd

from history.errors import InputError
from history.language import Language, retold, say, speaking

from .digest.churn import churn_by_segment
from .digest.curves import retention_curves, staying
from .digest.history import Walk, closing_arr, walk
from .digest.outlook import fans, outlook, year_end
from .digest.renewals import RenewalsAhead, layers_ahead, renewals_ahead
from .digest.retention import rate_history
from .format import month, plain

if TYPE_CHECKING:
    from forecast import Backtest
    from forecast.retention import Lifetime
    from forecast.retention.effects import Trend
    from history import Cohorts, Ledger, Movements
    from scenarios import Comparison, Costs, Mechanics, Tornado, Variance

    from .paper.document import Figure


P = ParamSpec("P")
T = TypeVar("T")


class NotShownError(Exception):
    """A slide or sheet cannot be made from these results; the message says why."""


def spoken(
    write: Callable[Concatenate[Pack, P], T],
) -> Callable[Concatenate[Pack, P], T]:
    """Let what is made of a pack speak the pack's language."""

    @wraps(write)
    def speak(pack: Pack, /, *given: P.args, **named: P.kwargs) -> T:
        with speaking(pack.language):
            return write(pack, *given, **named)

    return speak


@dataclass(frozen=True)
class Pack:
    """All results of one report; small tables are made once and kept.

    Attributes
    ----------
    ledger : Ledger
    comparison : Comparison
    variance : Variance, optional
    backtest : Backtest, optional
    company : str, optional
    costs : Costs, optional
        Of every scenario that names no costs of its own.
    fiscal_year_start : int
        Month in which the fiscal year begins, 1 to 12.
    language : str
        In which everything is written, ``en`` or ``fr``.
    """

    ledger: Ledger
    comparison: Comparison
    variance: Variance | None = None
    backtest: Backtest | None = None
    company: str | None = None
    costs: Costs | None = None
    fiscal_year_start: int = 1
    language: Language = "en"

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        return str(self.ledger.currency)

    @property
    def as_of(self) -> pd.Period:
        """Last month of history."""
        return self.ledger.as_of

    @property
    def by(self) -> tuple[str, ...]:
        """Dimensions by which the scenarios were projected; may be empty."""
        first = next(iter(self.comparison.runs.values()))
        return tuple(first.projection.segments.by)

    @property
    def name(self) -> str:
        """The company, or what stands in its place."""
        return plain(self.company or "") or say("Board report")

    @property
    def footer(self) -> str:
        """Company, as-of and currency, for the foot of every page."""
        return say(
            "{company}  |  as of {month}  |  {currency}",
            company=self.name,
            month=month(self.as_of),
            currency=self.currency,
        )

    @cached_property
    def movements(self) -> Movements:
        """Movements of the whole company."""
        return self.ledger.movements()

    @cached_property
    def cohorts(self) -> Cohorts:
        """Cohorts of the whole company."""
        return self.ledger.cohorts()

    @cached_property
    def arr(self) -> pd.Series:
        """ARR to date by month, major units."""
        return closing_arr(self.movements)

    @cached_property
    def year(self) -> Walk | None:
        """The last twelve months of movements in quarters; None where there are none."""
        return walk(self.movements, 12, 3)

    @cached_property
    def rates(self) -> pd.DataFrame:
        """Retention rates by month, shares 0-1; may be empty."""
        return rate_history(self.ledger)

    @cached_property
    def fans(self) -> dict[str, pd.DataFrame]:
        """ARR of every scenario by month: mean and quantiles."""
        return fans(self.comparison)

    @cached_property
    def at(self) -> pd.Period:
        """The month at which scenarios are compared: the last year's end projected."""
        return year_end(self.comparison.months, (self.fiscal_year_start - 2) % 12 + 1)

    @cached_property
    def outlook(self) -> pd.DataFrame:
        """ARR of the scenarios at that month."""
        return outlook(self.comparison, self.at)

    @cached_property
    def mechanics(self) -> dict[str, Mechanics]:
        """Every scenario's mean path in rates."""
        from scenarios import Mechanics

        runs = self.comparison.runs
        return {name: Mechanics.of(runs, name) for name in runs}

    @cached_property
    def churn(self) -> pd.DataFrame | None:
        """Churn by segment over twelve months; None where the history is shorter."""
        movements = self.ledger.movements(by=self.by) if self.by else self.movements
        return churn_by_segment(movements) if len(movements.months) > 12 else None

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Retention curves of the company and its segments; may be empty."""
        return retention_curves(self.ledger.cohorts(by=self.by) if self.by else self.cohorts)

    @cached_property
    def staying(self) -> tuple[Lifetime, Trend] | None:
        """Paying months of a new customer and their trend; None where cohorts are too few."""
        return staying(self.cohorts)

    @cached_property
    def renewals(self) -> RenewalsAhead:
        """What comes up for renewal within twelve months, and what became of what came up."""
        return renewals_ahead(self.ledger, self.by)

    @cached_property
    def layers(self) -> pd.DataFrame | None:
        """Mean MRR of the main scenario by layer; None of a projection made by hand."""
        projection = self.comparison.runs[self.against].projection
        return None if projection.plan is None else layers_ahead(projection.layers())

    @cached_property
    def economics(self) -> pd.DataFrame:
        """Unit economics of all scenarios by fiscal quarter.

        Raises
        ------
        NotShownError
            There are no costs, or no whole quarter is projected.
        """
        from scenarios import unit_economics

        try:
            return unit_economics(
                self.comparison.runs, self.costs, fiscal_year_start=self.fiscal_year_start
            )
        except InputError as error:
            raise NotShownError(retold(error.args[0])) from None

    @cached_property
    def tornado(self) -> Tornado:
        """Each lever of the main scenario turned down and up, by a tenth."""
        from scenarios import tornado

        return tornado(self.comparison.runs, self.against, self.at)

    @cached_property
    def stood_out(self) -> tuple[str, ...]:
        """What the forecaster found remarkable about the past, a sentence each."""
        found = self.comparison.runs.forecaster.explain().summary
        return tuple(line for line in found.split("\n") if line)

    @cached_property
    def figures(self) -> list[Figure]:
        """Every figure that these results have, each drawn once."""
        from .overview import figures_of

        return list(figures_of(self))

    @property
    def against(self) -> str:
        """The scenario that the others are compared with."""
        return self.comparison.against

    def provenance(self) -> list[str]:
        """Where the figures come from, for the notes of a slide."""
        return [
            say(
                "As of {month} (the newest month of history); currency {currency}.",
                month=str(self.as_of),
                currency=self.currency,
            ),
            say(
                "Policy {policy}; ledger {ledger} (the beginnings of their sha256).",
                policy=self.ledger.policy.digest[:16],
                ledger=self.ledger.fingerprint().digest[:16],
            ),
        ]
