"""Error of retention curves beyond the oldest age, on made-up companies of thirteen shapes.

Each company is a triangle of monthly cohorts. Errors: of the survival at twice the oldest age (in
thousandths), and of the customers left of today's in twelve months (per mille of them); then how
often the 80 % interval of 400 draws holds the truth at half, once and twice the oldest age.

    python benchmarks/retention_choice.py --replicates 2 --seed 78
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict

import numpy as np
import pandas as pd
from scipy.special import betaln

from forecast.retention import RetentionCurve, fit_retention

MODELS = (None, "bdw", "sbg", "dw", "geometric", "kaplan_meier")
SIZES = (8, 40, 200)  # new customers a month
COHORTS = (6, 9, 13, 24, 36)


def shapes(oldest: int = 100) -> dict[str, np.ndarray]:
    """Hazards by age 1, 2, ... of companies that behave differently."""
    ages, t = np.arange(1, oldest + 1), np.arange(oldest + 1.0)
    yearly, onboarding = np.where(ages % 12 == 0, 0.15, 0.002), np.full(oldest, 0.02)
    onboarding[:3] = 0.12, 0.08, 0.05
    falling = np.where(ages % 12 == 0, 0.25 / (1 + 0.6 * (ages // 12 - 1)), 0.001)
    at_will = np.exp(betaln(0.8, 12 + t) - betaln(0.8, 12))
    bound = np.cumprod(np.append(1.0, 1 - yearly))
    return {
        "level 3 %": np.full(oldest, 0.03),
        "level 8 %": np.full(oldest, 0.08),
        "beta-geometric": 0.8 / (0.8 + 12 + ages - 1),
        "very unlike": 0.4 / (0.4 + 3 + ages - 1),
        "weibull .7": _lost(np.exp(-0.08 * t**0.7)),
        "weibull 1.2": _lost(np.exp(-0.015 * t**1.2)),
        "beta-weibull": _lost(np.exp(betaln(0.5, 8 + t**1.4) - betaln(0.5, 8))),
        "cured": _lost(0.35 + 0.65 * 0.93**t),
        "two kinds": _lost(0.5 * 0.9**t + 0.5 * 0.99**t),
        "onboarding": onboarding,
        "yearly": yearly,
        "yearly, falling": falling,
        "mixed": _lost(0.5 * bound + 0.5 * at_will),
    }


def _lost(survival: np.ndarray) -> np.ndarray:
    return 1 - survival[1:] / survival[:-1]


def company(hazards: np.ndarray, cohorts: int, size: int, rng: np.random.Generator) -> pd.DataFrame:
    """Survivors by cohort and age, blank after the newest diagonal."""
    cells = np.full((cohorts, cohorts), np.nan)
    cells[:, 0] = rng.poisson(size, cohorts)
    for row in range(cohorts):
        for age in range(1, cohorts - row):
            cells[row, age] = rng.binomial(int(cells[row, age - 1]), 1 - hazards[age - 1])
    return pd.DataFrame(cells)


def errors(curve: RetentionCurve, known: pd.DataFrame, survival: np.ndarray) -> tuple[float, float]:
    """Errors at twice the oldest age, and of today's customers in twelve months."""
    oldest = len(known) - 1
    last = np.arange(oldest, -1, -1)
    alive = known.to_numpy()[np.arange(len(known)), last]
    expected = alive @ np.asarray(curve.survival_given(last)(12))
    truth = alive @ (survival[last + 12] / survival[last])
    far = abs(curve.survival(2 * oldest) - survival[2 * oldest])
    return 1000 * far, 1000 * abs(expected / truth - 1)


def covered(
    curve: RetentionCurve, oldest: int, survival: np.ndarray, rng: np.random.Generator
) -> list[bool]:
    """Whether the 80 % interval of the draws holds the truth at three ages."""
    ages = np.array([max(1, oldest // 2), oldest, 2 * oldest])
    low, high = np.quantile(curve.sample_survival(ages, 400, rng), [0.1, 0.9], axis=0)
    return list((low <= survival[ages]) & (survival[ages] <= high))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=2)
    parser.add_argument("--seed", type=int, default=78)
    options = parser.parse_args()
    warnings.simplefilter("error")
    rng = np.random.default_rng(options.seed)
    records, inside = [], defaultdict(list)
    for cohorts in COHORTS:
        for size in SIZES:
            for shape, hazards in shapes().items():
                survival = np.cumprod(np.append(1.0, 1 - hazards))
                for _ in range(options.replicates):
                    known = company(hazards, cohorts, size, rng)
                    for model in MODELS:
                        curve = fit_retention(known, model)
                        far, year = errors(curve, known, survival)
                        name = model or "chosen"
                        records.append((name, shape, size, cohorts, far, year))
                        inside[name].append(covered(curve, cohorts - 1, survival, rng))
    table = pd.DataFrame(records, columns=["model", "shape", "size", "cohorts", "far", "year"])
    for value, title in (("far", "survival at twice the oldest age"), ("year", "in 12 months")):
        print(f"\nmean error, {title}: {len(table) // len(MODELS)} companies")
        parts = [table.groupby("model")[value].mean().rename("all")]
        parts += [
            table.pivot_table(index="model", columns=by, values=value)
            for by in ("size", "cohorts", "shape")
        ]
        print(pd.concat(parts, axis=1).sort_values("all").round(0).astype(int).to_string())
    print("\n80 % intervals hold the truth at half, once, twice the oldest age")
    print(pd.DataFrame({m: np.mean(x, axis=0) for m, x in inside.items()}).T.round(2).to_string())


if __name__ == "__main__":
    main()
