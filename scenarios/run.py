"""Running scenarios: one projection each, all on the same random streams."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from history.errors import InputError, unknown_name

from .changes.any_change import AnyChange
from .changes.compile import compile_all, compile_changes
from .changes.overlaps import Overlap, overlaps
from .files.places import unseen
from .means import COUNTED, Means
from .scenario import Scenario

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers
    from forecast.newcomers import Newcomer
    from forecast.projection import Projection


@dataclass(frozen=True, eq=False)
class Run:
    """One scenario and what comes out of it.

    Attributes
    ----------
    scenario
        What was assumed.
    projection
        What follows: draws of every movement by month and segment.
    levers
        The assumptions as numbers, by month and segment.
    forecaster
        On what it rests.
    seed, paths
        Of the random streams.
    """

    scenario: Scenario
    projection: "Projection"
    levers: "Levers"
    forecaster: "Forecaster" = field(repr=False)
    seed: int
    paths: int

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name


@dataclass(frozen=True, eq=False)
class Runs(Mapping[str, Run]):
    """Runs by the scenarios' names, in the order given; months, seed and paths are common.

    Attributes
    ----------
    members
        Name to Run.
    forecaster
        On what all rest.
    months
        The months projected.
    paths, seed
        Number of paths, and the seed of the random streams, which all scenarios share: a
        difference between two of them is the scenarios and not the dice.
    """

    members: Mapping[str, Run]
    forecaster: "Forecaster" = field(repr=False)
    months: pd.PeriodIndex
    paths: int
    seed: int
    _means: dict[tuple[AnyChange, ...], Means] = field(default_factory=dict, repr=False, init=False)

    def __getitem__(self, name: str) -> Run:
        if name not in self.members:
            raise unknown_name("scenario", name, self.members)
        return self.members[name]

    def __contains__(self, name: object) -> bool:
        return name in self.members

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)

    @property
    def currency(self) -> str:
        """ISO 4217 code of all amounts."""
        return self.forecaster.currency

    def unit(self, measure: str) -> str:
        """Give unit of a measure: ``"EUR ARR"``, ``"EUR"``, ``"customers"``."""
        if measure in COUNTED:
            return "customers"
        if measure in {"arr", "mrr"}:
            return f"{self.currency} {measure.upper()}"
        return f"{self.currency} MRR a month"

    @property
    def overlaps(self) -> tuple[Overlap, ...]:
        """What counts double or cancels out inside one of the scenarios; see `overlaps`."""
        found = (overlap for run in self.values() for overlap in overlaps(run.scenario))
        return tuple(dict.fromkeys(found))

    @property
    def unseen(self) -> tuple[str, ...]:
        """What the scenarios say of months that are not projected, each with its place."""
        members = (one for run in self.values() for one in run.scenario.chain)
        found = (problem for one in members for problem in unseen(one, self.months))
        return tuple(dict.fromkeys(f"{each.place}: {each.message}" for each in found))

    def means_of(self, changes: tuple[AnyChange, ...]) -> Means:
        """Mean paths of all measures under any list of changes, on the same random streams.

        Parameters
        ----------
        changes
            Applied in their order.

        Returns
        -------
        Means
            Computed once and kept.
        """
        if changes not in self._means:
            self._means[changes] = Means.of(self.projection_of(changes))
        return self._means[changes]

    def projection_of(self, changes: tuple[AnyChange, ...]) -> "Projection":
        """Project any list of changes on the same random streams; not kept."""
        for member in self.members.values():
            if member.scenario.all_changes == changes:
                return member.projection
        levers = compile_changes(changes, self.forecaster, self.months)
        return self.forecaster.project(
            months=len(self.months), paths=self.paths, seed=self.seed, levers=levers
        )


def run(
    scenarios: Scenario | Iterable[Scenario],
    forecaster: "Forecaster",
    *,
    months: int | None = None,
    through: str | None = None,
    paths: int = 2_000,
    seed: int = 7,
    progress: Callable[[int, int], None] | None = None,
) -> Runs:
    """Project every scenario on the same random streams.

    Parameters
    ----------
    scenarios
        One or several, each with a name of its own.
    forecaster
        Fitted on the company's ledger.
    months, through
        Exactly one: how many months ahead, or the last month as YYYY-MM.
    paths
        Simulated futures a scenario.
    seed
        Of the random streams.
    progress
        Called with the number of scenarios projected and their total.

    Returns
    -------
    Runs
        By name, in the order given.

    Raises
    ------
    InputError
        No scenario, two with one name, one based on another scenario of the same name than the
        one that is run, or a change that the forecast cannot carry.
    """
    wanted = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    _check(wanted)
    ahead = forecaster.months_ahead(months=months, through=through)
    forecaster = _with_newcomers(wanted, forecaster)
    # All are compiled before one is projected: a mistake in the last is told at once.
    levers = compile_all(wanted, forecaster, ahead)
    members: dict[str, Run] = {}
    known: dict[tuple[AnyChange, ...], Projection] = {}
    for scenario in wanted:
        changes = scenario.all_changes
        if changes not in known:
            known[changes] = forecaster.project(
                months=len(ahead), paths=paths, seed=seed, levers=levers[scenario.name]
            )
        members[scenario.name] = Run(
            scenario, known[changes], levers[scenario.name], forecaster, seed, paths
        )
        if progress is not None:
            progress(len(members), len(wanted))
    return Runs(members, forecaster, ahead, paths, seed)


def _with_newcomers(scenarios: list[Scenario], forecaster: "Forecaster") -> "Forecaster":
    """Give the forecaster with every segment that one of the scenarios launches."""
    found: dict[tuple[str, ...], Newcomer] = {}
    for change in (change for scenario in scenarios for change in scenario.all_changes):
        with suppress(InputError):  # told with its place when the change is compiled
            if (newcomer := change.newcomer(forecaster)) is not None:
                found.setdefault(newcomer.key, newcomer)
    return forecaster.joined_by(tuple(found.values())) if found else forecaster


def _check(scenarios: list[Scenario]) -> None:
    if not scenarios:
        raise InputError('no scenario to run: give at least Scenario("Base")')
    met: dict[str, Scenario] = {}
    for scenario in scenarios:
        if not isinstance(scenario, Scenario):
            raise InputError(f"{scenario!r:.60} is not a Scenario")
        if scenario.name in met:
            raise InputError(f"two scenarios are called {scenario.name!r}: rename one of them")
        met[scenario.name] = scenario
    for scenario in scenarios:
        for ancestor in scenario.chain[:-1]:
            other = met.get(ancestor.name)
            if other is not None and other != ancestor:
                raise InputError(
                    f"scenario {scenario.name!r} is based on another {ancestor.name!r} than the "
                    "one in this run: base it on that one, or rename one of them"
                )
