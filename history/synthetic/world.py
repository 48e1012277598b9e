"""The state of a simulated company: its customers, the lines it has written, its dice."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ..months import index_of
from .columns import Columns
from .company import Company, Segment
from .days import NEVER, day_in

Ids = npt.NDArray[np.int64]

VOLUNTARY: Final = 1
INVOLUNTARY: Final = 2
REASONS: Final = (None, "voluntary", "involuntary")

_PURPOSES: Final = (
    "arrivals",
    "attributes",
    "returns",
    "resumptions",
    "changes",
    "add_ons",
    "pauses",
    "leaving",
    "failures",
    "renewals",
)


class World:
    """A company in the middle of its history; `month` is the month being lived.

    Every purpose of every month has its own stream of random numbers, spawned from the seed, so
    months to come never change the months behind and one purpose never shifts another.
    """

    def __init__(self, company: Company, seed: int) -> None:
        self.company = company
        self.seed = seed
        self.first = index_of(company.first)
        self.month = self.first
        self.plans = tuple(name for name, _ in company.prices)
        self.price = np.array([price for _, price in company.prices], dtype=np.float64)
        self.customers = Columns(
            {
                "segment": 0,
                "region": 0,
                "channel": 0,
                "day": 1,
                "came": 0,  # month of the first service day of the present life
                "term": 1,
                "interval": 1,
                "renewal": NEVER,  # month in which the running contract ends
                "plan": 0,
                "seats": 1,
                "discount": 0.0,
                "promotion_ends": NEVER,
                "level": 1.0,  # price list at which the customer pays
                "hazard": 0.0,
                "renewal_hazard": 0.0,
                "leaves": NEVER,  # month in which a decided departure takes effect
                "reason": 0,
                "lost": False,
                "resumes": NEVER,
                "line": -1,
            }
        )
        self.lines = Columns(
            {
                "customer": 0,
                "start": 0,
                "end": NEVER,  # as agreed at signing
                "term_end": NEVER,
                "closed": NEVER,  # ended before what was agreed, and the day this was recorded
                "closed_known": NEVER,
                "cancelled_known": NEVER,
                "reason": 0,
                "signed": 0,
                "interval": 1,
                "plan": 0,
                "seats": 1,
                "unit": 0,  # minor units per seat and billing interval
                "list_unit": 0,
                "paused": False,
            }
        )
        self.past_due = Columns({"line": 0, "since": 0, "until": 0})

    def dice(self, purpose: str) -> np.random.Generator:
        """Return the stream of a purpose for the month being lived."""
        key = (self.month, _PURPOSES.index(purpose))
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def by_segment(self, ids: Ids, values: list[Any]) -> npt.NDArray[Any]:
        """Return for each customer the value of his segment."""
        return np.array(values)[self.customers["segment"][ids]]

    def each(self, ids: Ids, what: str) -> npt.NDArray[Any]:
        """Return a parameter of the segments per customer, named like `leaving.pause`."""

        def value(segment: Segment) -> float:
            result: Any = segment
            for name in what.split("."):
                result = getattr(result, name)
            return float(result)

        return self.by_segment(ids, [value(segment) for segment in self.company.segments])

    def paying(self, *, monthly: bool) -> Ids:
        """Return the customers in service this month whose departure is not decided."""
        state = self.customers
        right = (state["term"] == 1) == monthly
        served = (state["came"] <= self.month) & ~state["lost"] & (state["resumes"] == NEVER)
        return np.flatnonzero(right & served & (state["leaves"] == NEVER))

    def today(self, ids: Ids) -> npt.NDArray[np.int64]:
        """Return the customers' billing days in the month being lived."""
        return day_in(self.month, self.customers["day"][ids])

    def unit(self, ids: Ids) -> npt.NDArray[np.float64]:
        """Return what customers pay per seat and billing interval, minor units."""
        state = self.customers
        return self._priced(ids, state["level"][ids] * (1.0 - state["discount"][ids]))

    def list_unit(self, ids: Ids) -> npt.NDArray[np.float64]:
        """Return this month's list price per seat and billing interval, minor units."""
        return self._priced(ids, np.full(len(ids), self.company.list_index(self.month)))

    def _priced(self, ids: Ids, factor: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        monthly = self.price[self.customers["plan"][ids]] * factor
        result: npt.NDArray[np.float64] = np.rint(monthly * self.customers["interval"][ids])
        return result

    def open_lines(
        self,
        ids: Ids,
        start: npt.NDArray[np.int64],
        *,
        signed: npt.NDArray[np.int64] | None = None,
        end: npt.NDArray[np.int64] | int = NEVER,
        seats: npt.NDArray[np.int64] | None = None,
        paused: bool = False,
    ) -> Ids:
        """Write a line for each customer at his present price and return the lines."""
        state = self.customers
        return self.lines.append(
            len(ids),
            customer=ids,
            start=start,
            end=end,
            term_end=end,
            signed=start if signed is None else signed,
            interval=state["interval"][ids],
            plan=state["plan"][ids],
            seats=state["seats"][ids] if seats is None else seats,
            unit=self.unit(ids),
            list_unit=self.list_unit(ids),
            paused=paused,
        )

    def replace_lines(self, ids: Ids, *, paused: bool = False) -> None:
        """End the customers' lines on their billing day and go on from there with new ones."""
        today = self.today(ids)
        self.close(ids, today, today)
        self.customers["line"][ids] = self.open_lines(ids, today, paused=paused)

    def close(self, ids: Ids, day: npt.NDArray[np.int64], known: npt.NDArray[np.int64]) -> None:
        """End the customers' running lines on a day, which becomes known on another."""
        line = self.customers["line"][ids]
        self.lines["closed"][line] = day
        self.lines["closed_known"][line] = known

    def cancel(
        self, ids: Ids, day: npt.NDArray[np.int64], known: npt.NDArray[np.int64], reason: int
    ) -> None:
        """End the customers' running lines because they leave."""
        self.close(ids, day, known)
        line = self.customers["line"][ids]
        self.lines["cancelled_known"][line] = known
        self.lines["reason"][line] = reason
