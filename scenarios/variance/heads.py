"""Drivers of every path that hang on numbers of customers: volume, price, rate and size."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..plans.figures import COUNTED, Floats, with_company
from .books import Books
from .lines import Driver


def drivers_of_paths(
    flows: Mapping[str, Floats], counts: Floats, openings: Floats, planned: Books, unit: float
) -> dict[Driver, Floats]:
    """Split each path's variance of new business and churn as `drivers.split` does actuals.

    Parameters
    ----------
    flows
        ``new`` and ``churn``, (paths, months, segments), major units.
    counts
        (`COUNTED`, paths, months, segments).
    openings
        Opening MRR, (paths, months, segments), major units.
    planned
        The plan, in these segments.
    unit
        One minor unit in major units.

    Returns
    -------
    dict
        Driver to its part of the variance from the plan, the company as the last column. Churn is
        split only where its reasons are not told apart: a path has none.
    """
    won, gone, closing = (counts[COUNTED.index(name)] for name in COUNTED)
    wanted = np.asarray(unit * planned.movement("new"), dtype=np.float64)
    found = _new(flows["new"], wanted, won, planned.won)
    if planned.counts_leavers and planned.lost.shape[1] == 1:
        first = np.broadcast_to(planned.customers[0], closing[:, :1].shape)
        customers = np.concatenate([first, closing[:, :-1]], axis=1)
        base = unit * planned.openings
        churn = unit * planned.movement("churn")
        carried = np.divide(churn * openings, base, out=np.zeros_like(openings), where=base > 0)
        there = (customers > 0) & (planned.customers > 0) & (planned.lost[:, 0] > 0) & (base > 0)
        then = _over(planned.lost[:, 0], planned.customers, there)
        at_rate = np.where(
            there, carried * _over(_over(gone, customers, there), then, there), flows["churn"]
        )
        rest = np.where(base > 0, at_rate - carried, 0.0)
        found["churn", "rate"] = with_company(rest)
        found["churn", "size"] = with_company(np.where(there, flows["churn"] - at_rate, 0.0))
    return found


def _new(came: Floats, planned: Floats, won: Floats, wanted: Floats) -> dict[Driver, Floats]:
    """Give volume, mix and price; the company's volume is at the average of all segments."""
    priced = (won > 0) & (wanted > 0)
    at_plan = np.where(priced, planned * _over(won, wanted, priced), came)
    volume, price = with_company(at_plan - planned), with_company(came - at_plan)
    mix = np.zeros_like(volume)
    all_won, all_wanted, all_planned = (each.sum(axis=-1) for each in (won, wanted, planned))
    some = np.broadcast_to(all_wanted > 0, all_won.shape)
    together = all_planned * _over(all_won - all_wanted, all_wanted, some)
    mix[..., -1] = np.where(some, volume[..., -1] - together, 0.0)
    volume[..., -1] -= mix[..., -1]
    return {("new", "volume"): volume, ("new", "mix"): mix, ("new", "price"): price}


def _over(values: Floats, by: Floats, where: NDArray[np.bool_]) -> Floats:
    """Divide where it can be; 0 elsewhere."""
    return np.divide(values, by, out=np.zeros(where.shape), where=where)
