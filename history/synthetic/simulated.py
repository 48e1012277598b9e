"""A history drawn from a company: every line ever written, and what was known of it when."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import InputError
from ..months import index_of, text
from . import arrivals, contracts, monthly
from .company import Company
from .days import NEVER, dates, last_day
from .truth import Truth, truth_of
from .world import REASONS, World

_INTERVALS = {1: "month", 3: "quarter", 12: "year"}


def simulate(company: Company, seed: int, through: str) -> Simulated:
    """Live a company's months one after the other; see `Company.generate`."""
    last = index_of(through)
    if last < index_of(company.first):
        raise InputError(
            f"{company.name} starts in {company.first}; through={through!r} is before that."
        )
    world = World(company, seed)
    for month in range(world.first, last + 1):
        world.month = month
        _live(world)
    return Simulated(company, seed, through, truth_of(company, through), world)


def _live(world: World) -> None:
    monthly.leave(world)
    arrivals.win(world)
    arrivals.come_back(world)
    monthly.resume(world)
    monthly.change(world)
    contracts.add_seats(world)
    monthly.pause(world)
    monthly.decide(world)
    contracts.settle_renewals(world)


@dataclass(frozen=True)
class Simulated:
    """One history of a company, with the truth behind it.

    Attributes
    ----------
    company, seed, through
        What it was drawn from, and the last month lived (YYYY-MM).
    truth
        Hazards, rates and means that the draw followed.
    """

    company: Company
    seed: int
    through: str
    truth: Truth
    _world: World = field(repr=False, compare=False)

    @property
    def lines(self) -> pd.DataFrame:
        """The ledger as exported at the close of `through`; see `ledger_frame`."""
        return self.ledger_frame(self.through)

    def ledger_frame(self, as_of: str) -> pd.DataFrame:
        """Return the ledger as the billing system would have exported it at a month's close.

        Lines that start later are in it when they were signed by then; a later end is in it when
        it is the end of a contract or when notice was given by then. Rows stand in the order of
        signing, so an earlier export is, but for ends and statuses, the beginning of a later one.

        Parameters
        ----------
        as_of
            YYYY-MM, at most `through`.

        Returns
        -------
        pandas.DataFrame
            One row a line: customer_id, subscription_id, start, end (exclusive), amount (major
            units for one interval), interval, term_end, currency, status, churn_reason,
            quantity (seats), unit_price and list_price (major units per seat and interval),
            size, region, channel, plan.

        Raises
        ------
        InputError
            When the history was not drawn that far.
        """
        if index_of(as_of) > index_of(self.through):
            raise InputError(
                f"This history ends in {self.through}; generate it with through={as_of!r} or later."
            )
        day, lines = last_day(index_of(as_of)), self._world.lines
        known = np.flatnonzero(lines["signed"] <= day)
        order = known[np.argsort(lines["signed"][known], kind="stable")]
        return _frame(self._world, order, day)

    def months(self) -> tuple[str, ...]:
        """Return every month lived, oldest first, as YYYY-MM."""
        first, last = self._world.first, index_of(self.through)
        return tuple(text(month) for month in range(first, last + 1))


def _frame(world: World, rows: npt.NDArray[np.int64], day: int) -> pd.DataFrame:
    lines, customers, company = world.lines, world.customers, world.company
    who, seats = lines["customer"][rows], lines["seats"][rows]
    closed = np.where(lines["closed_known"][rows] <= day, lines["closed"][rows], NEVER)
    end = np.minimum(lines["end"][rows], closed)
    cancelled = lines["cancelled_known"][rows] <= day
    unit = lines["unit"][rows].astype(np.int64)
    reason = np.where(cancelled, lines["reason"][rows], 0)
    sizes = [segment.name for segment in company.segments]
    return pd.DataFrame(
        {
            "customer_id": _numbered("C-", who),
            "subscription_id": _numbered("S-", rows),
            "start": dates(lines["start"][rows]),
            "end": dates(end),
            "amount": seats * unit / 100,
            "interval": _named(_INTERVALS, lines["interval"][rows]),
            "term_end": dates(lines["term_end"][rows]),
            "currency": company.currency,
            "status": _status(world, rows, day, cancelled),
            "churn_reason": _named(dict(enumerate(REASONS)), reason),
            "quantity": seats,
            "unit_price": unit / 100,
            "list_price": lines["list_unit"][rows] / 100,
            "size": _named(dict(enumerate(sizes)), customers["segment"][who]),
            "region": _named(_names(company.regions), customers["region"][who]),
            "channel": _channels(world, who),
            "plan": _named(dict(enumerate(world.plans)), lines["plan"][rows]),
        }
    )


def _status(
    world: World, rows: npt.NDArray[np.int64], day: int, cancelled: npt.NDArray[np.bool_]
) -> npt.NDArray[np.object_]:
    late = np.zeros(len(world.lines), dtype=bool)
    owed = (world.past_due["since"] <= day) & (day < world.past_due["until"])
    late[world.past_due["line"][owed]] = True
    status = np.where(late[rows], "past_due", "active")
    status = np.where(world.lines["paused"][rows], "paused", status)
    return np.where(cancelled, "cancelled", status).astype(object)


def _channels(world: World, who: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    result = np.empty(len(who), dtype=object)
    for position, segment in enumerate(world.company.segments):
        mine = world.customers["segment"][who] == position
        names = _names(segment.channels)
        result[mine] = _named(names, world.customers["channel"][who[mine]])
    return result


def _names(shares: tuple[tuple[str, float], ...]) -> dict[int, str]:
    return {number: name for number, (name, _) in enumerate(shares)}


def _named(
    names: dict[int, str] | dict[int, str | None], codes: npt.NDArray[np.int64]
) -> npt.NDArray[np.object_]:
    table = np.empty(max(names) + 1, dtype=object)
    for code, name in names.items():
        table[code] = name
    return table[codes]


def _numbered(prefix: str, numbers: npt.NDArray[np.int64]) -> list[str]:
    return [f"{prefix}{number:06d}" for number in (numbers + 1).tolist()]
