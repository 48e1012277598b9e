"""Small results with the attributes that the reports read, for companies of any shape."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd

from forecast.levers import Levers
from forecast.projection import FLOWS, Projection
from history.segments import Segments
from scenarios.comparing.bridge import Bridge, Step
from scenarios.comparing.compare import Comparison
from scenarios.run import Run, Runs
from scenarios.variance import Variance
from scenarios.variance.books import Books
from scenarios.variance.lines import ACTUAL_MOVEMENTS

ORDER = ("opening", "new", "reactivation", "expansion", "contraction", "churn", "fx", "closing")


@dataclass(frozen=True)
class FakeMovements:
    matrices: dict
    segments: Segments
    currency: str
    as_of: pd.Period

    @property
    def by(self):
        return self.segments.by

    @property
    def months(self):
        return self.matrices["closing"].index

    def matrix(self, movement, value="mrr"):
        if value == "mrr":
            return self.matrices[movement]
        people = {name: (self.matrices[name].abs() / 250).round() for name in ORDER}
        net = people["new"] + people["reactivation"] - people["churn"]
        people["closing"] = people["closing"].iloc[0] + net.fillna(0).cumsum()
        people["opening"] = people["closing"].shift(1)
        return people[movement]

    def to_frame(self):
        rows = []
        for month in self.months:
            for label in self.segments.labels:
                for name in ORDER:
                    amount = self.matrices[name].loc[month, label]
                    rows.append((month, label, name, 3, amount))
        frame = pd.DataFrame(rows, columns=["month", "segment", "movement", "customers", "mrr"])
        if not self.segments.by:
            return frame.drop(columns="segment")
        total = frame.groupby(["month", "movement"], as_index=False, sort=False)[
            ["customers", "mrr"]
        ].sum(min_count=1)
        frame = pd.concat([frame, total.assign(segment="total")], ignore_index=True)
        return frame.rename(columns={"segment": self.segments.by[0]})


def movements(months=48, labels=("total",), *, churn=0.02, currency="EUR", seed=1, scale=1.0):
    rng = np.random.default_rng(seed)
    index = pd.period_range(end="2026-06", periods=months, freq="M")
    labels = list(labels)
    size = len(labels)
    cubes = {name: np.full((months, size), np.nan) for name in ORDER}
    level = np.full(size, 120_000.0 * scale / size)
    cubes["closing"][0] = level
    for place in range(1, months):
        step = {
            "new": level * 0.03 * rng.uniform(0.5, 1.5, size) + 2000 * scale / size,
            "reactivation": level * 0.002 * rng.uniform(0.5, 1.5, size),
            "expansion": level * 0.010 * rng.uniform(0.5, 1.5, size),
            "contraction": -level * 0.004 * rng.uniform(0.5, 1.5, size),
            "churn": -level * churn * rng.uniform(0.5, 1.5, size),
            "fx": np.zeros(size),
        }
        cubes["opening"][place] = level
        for name, amount in step.items():
            cubes[name][place] = np.round(amount, 2)
        level = level + sum(np.round(amount, 2) for amount in step.values())
        cubes["closing"][place] = level
    frames = {name: pd.DataFrame(cube, index=index, columns=labels) for name, cube in cubes.items()}
    by = () if labels == ["total"] else ("size",)
    keys = ((),) if not by else tuple((label,) for label in sorted(labels))
    return FakeMovements(frames, Segments(by, keys), currency, index[-1])


@dataclass(frozen=True)
class FakeCohorts:
    segments: Segments
    months: int
    churn: float

    def triangle(self, segment=None, value="customers"):
        index = pd.period_range(end="2026-06", periods=self.months, freq="M")
        drift = 1.0 if value == "customers" else 1.004
        extra = 0.0 if segment is None else 0.02 * self.segments.labels.index(segment)
        ages = np.arange(self.months)
        alive = (1 - self.churn - extra / 10) ** ages * drift**ages
        cube = np.floor((40 + ages[:, None]) * alive)
        cube[ages[:, None] + ages >= self.months] = np.nan
        frame = pd.DataFrame(cube, index=index, columns=ages)
        frame.index.name = "cohort"
        return frame

    def table(self):
        stacked = self.triangle().reset_index().melt("cohort").dropna()
        stacked.columns = ["cohort", "age", "customers"]
        return stacked.assign(mrr=stacked["customers"] * 250.0)


@dataclass(frozen=True)
class FakeRenewals:
    """Contracts of a tenth of today's MRR come up each month."""

    ledger: FakeLedger

    def schedule(self):
        level = float(self.ledger.moves.matrix("closing").iloc[-1].sum())
        months = pd.period_range(self.ledger.as_of + 1, periods=12, freq="M")
        frame = pd.DataFrame({"month": months, "customers": 3, "mrr": level / 10})
        for name in self.ledger.moves.by:
            frame[name] = "total"
        return frame.assign(signed_mrr=level / 100, notice_mrr=level / 200)

    def rates(self, last=None):
        labels = [*self.ledger.moves.segments.labels] if self.ledger.moves.by else []
        frame = pd.DataFrame({"term": ["total"] * (len(labels) + 1)})
        for name in self.ledger.moves.by:
            frame[name] = [*labels, "total"]
        shares = {"logo_renewal": 0.9, "gross_renewal": 0.88, "net_renewal": 0.97}
        return frame.assign(customers=20, mrr=1000.0, **shares)

    def largest_contracts(self, places=10):
        names = [*self.ledger.moves.segments.labels, "C-1", "C-2"][:places]
        days = pd.date_range("2026-08-31", periods=len(names), freq="D").date
        return pd.DataFrame({"customer": names, "arr": 12_000.0, "renews_on": days})


@dataclass(frozen=True)
class FakeLedger:
    moves: FakeMovements
    churn: float = 0.02
    dimensions: tuple = ("size",)

    @property
    def as_of(self):
        return self.moves.as_of

    @property
    def currency(self):
        return self.moves.currency

    @property
    def first_month(self):
        return self.moves.months[0]

    @property
    def last_month(self):
        return self.as_of

    @property
    def policy(self):
        return SimpleNamespace(digest="0123456789abcdef" * 4)

    def movements(self, by=None):
        return self.moves

    def cohorts(self, by=None):
        return FakeCohorts(self.moves.segments, len(self.moves.months), self.churn)

    def at(self, month):
        period = pd.Period(month, "M")
        cut = {name: frame.loc[:period] for name, frame in self.moves.matrices.items()}
        moves = FakeMovements(cut, self.moves.segments, self.currency, period)
        return FakeLedger(moves, self.churn)

    def metrics(self, period=12, by=None):
        known = len(self.moves.months) > period
        wave = 0.01 * np.sin(len(self.moves.months))
        values = {
            "nrr": 1.02 + wave,
            "grr": 0.91 + wave / 2,
            "logo_retention": 0.88,
            "arpa": 251.0,
            "quick_ratio": 3.1,
        }
        return [
            SimpleNamespace(
                name=name,
                period=period,
                value=value if known else None,
                definition=f"the definition of {name}",
                segment={},
            )
            for name, value in values.items()
        ]

    def renewals(self, months=12, by=None):
        return FakeRenewals(self)

    def fingerprint(self):
        return SimpleNamespace(as_of=self.as_of, policy=self.policy.digest, digest="f" * 64)


def projection(moves, months=18, paths=400, *, new=1.0, churn=1.0, seed=7):
    rng = np.random.default_rng(seed)
    size = len(moves.segments)
    opening = moves.matrix("closing").iloc[-1].to_numpy(float)
    shape = (paths, months, size)
    drift = 1 + 0.25 * rng.standard_normal((paths, 1, 1)) + 0.15 * rng.standard_normal(shape)
    flows = {
        "new": np.maximum(opening * 0.03 * new * drift, 0),
        "reactivation": np.broadcast_to(opening * 0.002, shape).copy(),
        "expansion": np.maximum(opening * 0.01 * drift, 0),
        "contraction": -np.broadcast_to(opening * 0.004, shape),
        "churn": -np.maximum(opening * 0.02 * churn * drift, 0),
        "fx": np.zeros(shape),
    }
    assert tuple(flows) == FLOWS
    counts = {
        name: np.ones(shape)
        for name in ("new_customers", "reactivated_customers", "churned_customers")
    }
    index = pd.period_range(moves.as_of + 1, periods=months, freq="M")
    return Projection(
        moves.segments,
        index,
        moves.currency,
        moves.as_of,
        opening,
        np.full(size, 100.0),
        flows,
        counts,
    )


@dataclass(frozen=True)
class FakeScenario:
    name: str
    because: str | None
    all_changes: tuple = ()
    costs_in_force: object = None


class FakeRuns(Runs):
    """The real ones, with levers that move ARR by a share of their own."""

    def means_of(self, changes):
        base = float(self["Base" if "Base" in self.members else next(iter(self))]
                     .projection.draws("arr").mean())  # fmt: skip
        moved = sum(
            (each.number - 1) * 0.1 / (1 + len(each.lever)) * (-1 if each.lever == "churn" else 1)
            for each in changes
        )
        return SimpleNamespace(total=lambda measure: np.full(len(self.months), base * (1 + moved)))


class FakeForecaster:
    """What a deck asks of a forecaster."""

    def __init__(self, moves):
        self.currency, self.as_of = moves.currency, moves.as_of
        self.segments = moves.segments

    def explain(self):
        return SimpleNamespace(
            summary="at 6 earlier months ...\nchurn stood out in 2024-01 (2.1 times the usual)"
        )


class FakeComparison(Comparison):
    """The real one on projections made by hand, with bridges that run no forecaster."""

    def bridge(self, name, at=None, *, measure="arr"):
        def mean(run):
            place = run.projection.at(at)
            return float(run.projection.draws("arr")[:, place].mean())

        start, end = mean(self.runs[self.against]), mean(self.runs[name])
        half = (end - start) * 0.7
        steps = (
            Step("new_customers x 0.8, 2026-10/2027-06", half, "pipeline -22 % in Q2"),
            Step("churn x 1.15", end - start - half - 10.0, "support team halved"),
            Step("interaction", 10.0),
        )
        title = f"{self.against} to {name}, ARR at {at}"
        return Bridge(start, steps, end, "EUR ARR", title, self.against, name)

    def inputs(self):
        rows = [
            (name, "added", name, lever, "times", 0.8, "factor", "2026-10/2027-06", None,
             "size: SMB", "pipeline -22 % in Q2, win rates back to 2023")
            for name in self.scenarios[1:]
            for lever in ("new_customers", "churn")
        ]  # fmt: skip
        columns = ["scenario", "side", "stated_in", "lever", "way", "number", "unit"]
        columns += ["months", "ramp", "where", "because"]
        return pd.DataFrame(rows, columns=columns)


def comparison(moves, names=("Base", "Upside", "Downside"), months=18):
    members = {}
    for place, name in enumerate(names):
        sign = 0 if place == 0 else (0.15 if place % 2 else -0.2) * (1 + place / 10)
        result = projection(moves, months, new=1 + sign, churn=1 - sign / 2)
        scenario = FakeScenario(name, f"why {name}")
        members[name] = Run(scenario, result, Levers.none(), None, 7, 400)
    ahead = result.months
    return FakeComparison(FakeRuns(members, FakeForecaster(moves), ahead, 400, 7), names[0])


def backtest():
    horizons = [1, 3, 6, 12]
    table = pd.DataFrame(
        {
            "horizon": horizons,
            "n": [8, 8, 8, 8],
            "error": [0.008, 0.017, 0.029, 0.051],
            "bias": [0.002, -0.004, -0.011, -0.02],
            "coverage_80": [0.875, 0.75, 0.75, 0.625],
            "coverage_95": [1.0, 0.875, 1.0, 0.875],
            "skill_last_value": [0.5, 0.6, 0.7, 0.72],
            "skill_drift": [0.2, 0.1, 0.15, -0.05],
            "skill_trailing_three_months": [0.1, 0.08, 0.12, 0.2],
            "skill_damped_ETS": [0.15, 0.12, 0.02, 0.09],
        }
    )
    return SimpleNamespace(table=table)


class FakeVariance(Variance):
    """The real one on two months typed in whole euros, with words of its own."""

    def sentences(self, month=None, *, every="month"):
        return ["Closing MRR is 3,800 EUR below plan in 2026-08."]


def _books(opening, flows, customers, won, lost):
    """One side in two months and two segments, a quarter and three quarters of each line."""
    parts = np.array([25, 75])
    moved = [[np.array(amount) * parts for amount in month] for month in flows]
    moved = np.array(moved, dtype=np.int64)
    people = np.ones((2, 2))
    return Books(
        opening=opening * parts,
        flows=moved,
        customers=people * customers,
        won=people * won,
        churn=moved[:, [ACTUAL_MOVEMENTS.index("churn")]],
        lost=people[:, None] * lost,
    )


def variance():
    segments = Segments(("size",), (("Enterprise",), ("SMB",)))
    months = pd.period_range("2026-07", "2026-08", freq="M")
    # In the order of ACTUAL_MOVEMENTS: new, reactivation, expansion, contraction, churn, fx.
    planned = [[12_000, 800, 4_000, -1_500, -8_000, 0]] * 2
    came = [[9_500, 650, 4_600, -1_200, -9_900, 0]] * 2
    rng = np.random.default_rng(3)
    draws = np.moveaxis(np.array(planned, dtype=float)[None, :, :, None], 2, 0)
    draws = draws * [0.25, 0.75] * rng.normal(1, 0.2, (6, 100, 2, 2))
    plan = SimpleNamespace(
        name="FY27 board plan",
        as_of=pd.Period("2026-06", "M"),
        currency="EUR",
        segments=segments,
        draws=draws,
        counts=None,
    )
    return FakeVariance(
        plan=plan,
        as_of=months[-1],
        months=months,
        closed=2,
        segments=segments,
        reasons=("",),
        planned=_books(408_000, planned, 400.0, 10.5, 7.25),
        actual=_books(408_000 - 350, came, 401.0, 9.0, 8.0),
        policy=np.zeros((2, 2), dtype=np.int64),
        history_now={},
    )
