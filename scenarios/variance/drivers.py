"""Drivers: every movement's variance taken apart, month by month and segment by segment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..plans.figures import Ints, with_company
from .books import Books
from .lines import MIXED, ROUNDING, Driver, drivers_of
from .parts import split_lost, split_new, split_rate, together


def split(planned: Books, actual: Books, reasons: tuple[str, ...], *, counted: bool) -> Ints:
    """Take the variances of all movements apart.

    Parameters
    ----------
    planned, actual
        The two sides, in the same months and segments.
    reasons
        Of churn, as in both.
    counted
        Whether both count new customers.

    Returns
    -------
    array
        (months, drivers, segments and the company), whole minor units, drivers in the order of
        `drivers_of`. In each cell they sum to the movements' variances with ==. The company's
        drivers are the segments' sums, but for volume and exposure: these are the textbook's, on
        the average of all segments, and mix is what the segments' own differ from them.
    """
    drivers = drivers_of(reasons, counted)
    at = {driver: i for i, driver in enumerate(drivers)}
    months, segments = planned.openings.shape
    found = np.zeros((months, len(drivers), segments), dtype=np.int64)
    for m in range(months):
        for s in range(segments):
            for driver, amount in _cell(planned, actual, reasons, counted, (m, s)):
                found[m, at[driver], s] += amount
    missed = (actual.flows - planned.flows).sum(axis=1)
    found[:, at[ROUNDING]] = missed - found.sum(axis=1)
    whole = with_company(found)
    for name in MIXED:
        base = "volume" if name == "new" else "exposure"
        if (name, base) not in at:
            continue
        own = whole[:, at[name, base], -1]
        mix = own - _together(planned, actual, name, own)
        whole[:, at[name, "mix"], -1] = mix
        whole[:, at[name, base], -1] -= mix
    return whole


def _cell(
    planned: Books, actual: Books, reasons: tuple[str, ...], counted: bool, at: tuple[int, int]
) -> Iterator[tuple[Driver, int]]:
    m, s = at

    def pair(name: str) -> tuple[int, int]:
        return int(planned.movement(name)[m, s]), int(actual.movement(name)[m, s])

    base = int(planned.openings[m, s]), int(actual.openings[m, s])
    new = pair("new")
    if counted:
        volume, price = split_new(*new, float(planned.won[m, s]), float(actual.won[m, s]))
        yield ("new", "volume"), volume
        yield ("new", "price"), price
    else:
        yield ("new", ""), new[1] - new[0]
    for name in ("reactivation", "fx"):
        yield (name, ""), pair(name)[1] - pair(name)[0]
    for name in ("expansion", "contraction"):
        exposure, rate = split_rate(*pair(name), *base)
        yield (name, "exposure"), exposure
        yield (name, "rate"), rate
    customers = float(planned.customers[m, s]), float(actual.customers[m, s])
    for r, why in enumerate(reasons):
        exposure, rate, size = split_lost(
            int(planned.churn[m, r, s]),
            int(actual.churn[m, r, s]),
            (float(planned.lost[m, r, s]), float(actual.lost[m, r, s])),
            customers,
            base,
        )
        yield ("churn", "exposure"), exposure
        yield ("churn", f"{why} rate".strip()), rate
        yield ("churn", f"{why} size".strip()), size


def _together(planned: Books, actual: Books, name: str, own: Ints) -> Ints:
    """Give volume or exposure of all segments as one by month; their own where none is planned."""
    if name == "new":
        sides = [books.won.sum(axis=1).tolist() for books in (planned, actual)]
    else:
        sides = [books.openings.sum(axis=1).tolist() for books in (planned, actual)]
    amounts = planned.movement(name).sum(axis=1).tolist()
    found = [together(amount, *base) for amount, *base in zip(amounts, *sides, strict=True)]
    pairs = zip(found, own.tolist(), strict=True)
    return np.array([mine if all_ is None else all_ for all_, mine in pairs], dtype=np.int64)
