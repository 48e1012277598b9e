"""How often the 90 % intervals of a chain ladder's total held, on simulated companies.

A company's cohorts start with 5,000 to 20,000 of MRR and become 97 % of it each period, with
scatter as the chain ladder assumes it; the total is that of all cohorts at the oldest age.

    python benchmarks/retention_errors.py --companies 300 --seed 12
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from forecast.retention import chain_ladder

COHORTS = (8, 12, 24)
SCATTERS = ("mack", "pooled")


def company(cohorts: int, rng: np.random.Generator) -> np.ndarray:
    """Full square of MRR by cohort and age."""
    cells = np.empty((cohorts, cohorts))
    cells[:, 0] = rng.uniform(5_000, 20_000, cohorts)
    for age in range(1, cohorts):
        noise = rng.normal(size=cohorts) * 3.0 * np.sqrt(cells[:, age - 1])
        cells[:, age] = 0.97 * cells[:, age - 1] + noise
    return cells


def scores(cohorts: int, companies: int, rng: np.random.Generator) -> dict[str, list[float]]:
    """Errors of the totals, in standard errors."""
    rows, ages = np.indices((cohorts, cohorts))
    found: dict[str, list[float]] = {scatter: [] for scatter in SCATTERS}
    for _ in range(companies):
        cells = company(cohorts, rng)
        known = pd.DataFrame(np.where(rows + ages < cohorts, cells, np.nan))
        for scatter, values in found.items():
            total = chain_ladder(known, scatter=scatter).total
            values.append((cells[:, -1].sum() - total["ultimate"]) / total["standard_error"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, default=300)
    parser.add_argument("--seed", type=int, default=12)
    options = parser.parse_args()
    table = {}
    for cohorts in COHORTS:
        rng = np.random.default_rng(options.seed)
        for scatter, found in scores(cohorts, options.companies, rng).items():
            held = np.mean(np.abs(found) < 1.645)
            table[cohorts, scatter] = {"90 % held": held, "spread of scores": np.std(found)}
    print(pd.DataFrame(table).T.round(3).to_string())


if __name__ == "__main__":
    main()
