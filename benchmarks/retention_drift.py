"""What knowing of newer and older cohorts, and of bad months, is worth in curves and projections.

Simulated companies whose cohorts get better or worse by so much a month, with or without a month in
which twice as many leave. Errors in thousandths: of the newest cohort's survival at age 12, and of
today's customers left in twelve months (per mille of them); then how often the 80 % interval of
the newest cohort's survival held.

    python benchmarks/retention_drift.py --companies 60 --seed 5
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
import pandas as pd

from forecast.retention import RetentionCurve, fit_effects, fit_retention

SIZES = ((12, 40), (24, 40), (36, 100))  # cohorts, new customers a month
TRENDS = (0.0, 0.01, -0.01, -0.03)  # of the log hazard from one cohort to the next
AGES = np.arange(1.0, 73.0)
BASES = {
    "beta-geometric": 0.8 / (0.8 + 12 + AGES - 1),
    "level": np.full(72, 0.04),
    "weibull .7": 1 - np.exp(-0.08 * (AGES**0.7 - (AGES - 1) ** 0.7)),
}


def rates(hazards: np.ndarray, cohorts: int, trend: float) -> np.ndarray:
    """Rates of each cohort (row) by age; the trend is 0 in the middle."""
    distance = np.arange(cohorts)[:, None] - (cohorts - 1) / 2
    return -np.log1p(-hazards) * np.exp(trend * distance)


def company(
    rate: np.ndarray, size: int, shock: int | None, rng: np.random.Generator
) -> pd.DataFrame:
    """Survivors by cohort and age; in the month of a shock twice as many leave."""
    cohorts = len(rate)
    cells = np.full((cohorts, cohorts), np.nan)
    cells[:, 0] = rng.poisson(size, cohorts)
    for row in range(cohorts):
        for age in range(1, cohorts - row):
            kept = np.exp(-rate[row, age - 1] * (2.0 if row + age == shock else 1.0))
            cells[row, age] = rng.binomial(int(cells[row, age - 1]), kept)
    return pd.DataFrame(cells)


def held(curve: RetentionCurve, truth: float, rng: np.random.Generator) -> bool:
    """Whether the 80 % interval of the survival at age 12 holds."""
    low, high = np.quantile(curve.sample_survival([12], 400, rng)[:, 0], [0.1, 0.9])
    return bool(low <= truth <= high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, default=60)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("error")
    rng = np.random.default_rng(options.seed)
    records = []
    for number in range(options.companies):
        cohorts, size = SIZES[number % len(SIZES)]
        hazards = list(BASES.values())[number // len(SIZES) % len(BASES)]
        for trend in TRENDS:
            for shock in (None, cohorts - 4):
                rate = rates(hazards, cohorts, trend)
                known = company(rate, size, shock, rng)
                last = np.arange(cohorts)[::-1]
                alive = known.to_numpy()[np.arange(cohorts), last]
                ahead = [rate[row, age : age + 12].sum() for row, age in enumerate(last)]
                truth, left = np.exp(-rate[-1, :12].sum()), alive @ np.exp(-np.array(ahead))
                effects, pooled = fit_effects(known), fit_retention(known)
                for name, curve, projected in (
                    ("one curve for all", pooled, pooled.project(12)[12].sum()),
                    ("cohort effects", effects.curve(), effects.project(12)[12].sum()),
                ):
                    row = {"newest": 1000 * abs(curve.survival(12) - truth),
                           "in 12 months": 1000 * abs(projected / left - 1),
                           "80 % held": 100.0 * held(curve, truth, rng)}  # fmt: skip
                    records.append({"trend": trend, "shock": shock is not None, "way": name, **row})
    table = pd.DataFrame(records).pivot_table(index=["trend", "shock"], columns="way")
    print(table.round(0).astype(int).to_string())


if __name__ == "__main__":
    main()
