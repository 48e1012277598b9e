"""A toy forecaster: a few lines of arithmetic with the surface of the real one."""

import hashlib
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pandas as pd

from forecast.levers import Levers
from forecast.projection import Projection
from history import Ledger, Policy, Segments

SEGMENTS = Segments(("size",), (("Large",), ("Mid",), ("SMB",)))


def _normals(seed, name, shape):
    key = int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "big")
    return np.random.default_rng(key).standard_normal(shape)


@dataclass(frozen=True, eq=False)
class ToyForecaster:
    """Constant rates with noise; every lever acts as its meaning says."""

    segments: Segments = SEGMENTS
    as_of: pd.Period = field(default_factory=lambda: pd.Period("2026-06", "M"))
    currency: str = "EUR"
    opening: np.ndarray = field(default_factory=lambda: np.array([3000.0, 2000.0, 1000.0]))
    fingerprint: object = field(
        default_factory=lambda: SimpleNamespace(digest="d" * 64, months={"2026-06": "e" * 64})
    )
    policy: Policy = field(default_factory=Policy)
    movements: object = None
    calibration: object = field(default_factory=lambda: SimpleNamespace(origins=()))

    @property
    def policy_hash(self):
        return self.policy.digest

    @classmethod
    def of(cls, ledger: Ledger, by=None):
        moves = ledger.movements(by)
        return cls(
            moves.segments,
            ledger.as_of,
            ledger.currency,
            moves.matrix("closing").iloc[-1].to_numpy(),
            ledger.fingerprint(),
            ledger.policy,
            moves,
        )

    @property
    def known(self):
        return np.arange(len(self.segments))

    def months_ahead(self, months=None, through=None):
        if through is not None:
            months = (pd.Period(through, "M") - self.as_of).n
        return pd.period_range(self.as_of + 1, periods=months, freq="M")

    def shares(self, lever):
        del lever
        total = self.opening.sum()
        return self.opening / total if total > 0 else np.full(len(self.opening), 1 / 3)

    def project(self, *, months=None, through=None, paths=200, seed=7, levers=None):
        index = self.months_ahead(months, through)
        count, width = len(index), len(self.segments)
        levers = (levers or Levers.none()).fitted(count, width)

        def lever(name, value):
            return levers.apply(name, np.full((count, width), float(value)))

        def noise(name):
            return np.exp(0.2 * _normals(seed, name, (paths, count, width)))

        new_customers = np.rint(lever("new_customers", 3) * noise("new"))
        one_off, price = lever("one_off", 0), lever("price", 1)
        new = new_customers * lever("new_arpa", 20) + np.maximum(one_off, 0)
        step = np.diff(np.vstack([np.ones(width), price]), axis=0)
        flows = {
            name: np.zeros((paths, count, width)) for name in ("expansion", "contraction", "fx")
        }
        flows |= {"new": new, "reactivation": np.zeros((paths, count, width))}
        flows["churn"] = np.zeros((paths, count, width))
        level = np.broadcast_to(self.opening, (paths, width))
        churn, expansion = lever("churn", 0.02) * noise("churn"), lever("expansion", 0.01)
        for t in range(count):
            flows["expansion"][:, t] = level * (expansion[t] + np.maximum(step[t], 0))
            flows["contraction"][:, t] = level * (np.minimum(step[t], 0) - 0.002)
            flows["churn"][:, t] = -level * churn[:, t] + np.minimum(one_off[t], 0)
            level = level + sum(flow[:, t] for flow in flows.values())
        counts = {
            "new_customers": new_customers,
            "reactivated_customers": np.zeros_like(new_customers),
            "churned_customers": np.zeros_like(new_customers),
        }
        return Projection(
            self.segments, index, self.currency, self.as_of, self.opening,
            np.rint(self.opening / 20), flows, counts,
        )  # fmt: skip


def ledger_of(rows, as_of, currency="EUR", policy=None):
    """A ledger from (customer, start month, end month or None, mrr in minor units, size)."""
    lines = pd.DataFrame(rows, columns=["customer", "start_date", "end_date", "mrr", "size"])
    lines["start_date"] = [f"{month}-01" for month in lines["start_date"]]
    lines["end_date"] = [None if row[2] is None else f"{row[2]}-01" for row in rows]
    more = {} if policy is None else {"policy": policy}
    return Ledger.from_lines(lines, as_of=as_of, currency=currency, **more)
