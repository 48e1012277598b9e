"""Time of five retention curves for many cohorts: all at once, and one by one.

All at once is `fit_cohorts` (batched Fisher scoring); one by one is scipy's L-BFGS-B on the same
likelihood with the same analytic gradient, from the same starts, on a sample of the cohorts whose
time is scaled up. Seconds of cpu; the last columns say how many cohorts arrived, and by how much
the log-likelihood of the search exceeded ours at most (below 0: nowhere).

    python benchmarks/retention_time.py --cohorts 1800 --sample 100
"""

from __future__ import annotations

import argparse
import os
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # set before numpy: two threads are slower on problems so small

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy.optimize import minimize  # noqa: E402

from forecast.retention import fit_cohorts  # noqa: E402
from forecast.retention.forms import Form  # noqa: E402
from forecast.retention.models import FORMS  # noqa: E402
from forecast.retention.scoring import score  # noqa: E402

MODELS = ("kaplan_meier", "geometric", "sbg", "dw", "bdw")


def triangle(cohorts: int, ages: int, rng: np.random.Generator) -> pd.DataFrame:
    """Cohorts of 50 to 2,000 customers with beta-geometric hazards of their own."""
    alpha, beta = rng.uniform(0.3, 1.5, cohorts), rng.uniform(4, 20, cohorts)
    cells = np.empty((cohorts, ages + 1))
    cells[:, 0] = rng.integers(50, 2_000, cohorts)
    for age in range(1, ages + 1):
        hazard = alpha / (alpha + beta + age - 1)
        cells[:, age] = rng.binomial(cells[:, age - 1].astype(int), 1 - hazard)
    return pd.DataFrame(cells)


def one_by_one(form: Form, at_risk: np.ndarray, churned: np.ndarray) -> list[float]:
    """Highest log-likelihood of each row by L-BFGS-B from the starts of the form."""
    ages, reached = np.arange(1.0, at_risk.shape[1] + 1), []

    for risk, lost in zip(at_risk, churned, strict=True):

        def minus(phi: np.ndarray, row: tuple = (risk[None], lost[None])) -> tuple:
            value, gradient, _ = score(form, phi[None], ages, *row)
            return -value[0], -gradient[0]

        begin = form.starts(np.array([lost.sum() / risk.sum()]))[:, 0]
        begin = np.clip(begin, form.bounds[:, 0], form.bounds[:, 1])
        found = [
            minimize(minus, start, jac=True, method="L-BFGS-B", bounds=form.bounds)
            for start in begin
        ]
        reached.append(-min(result.fun for result in found))
    return reached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohorts", type=int, default=1_800)
    parser.add_argument("--ages", type=int, default=36)
    parser.add_argument("--sample", type=int, default=100)
    options = parser.parse_args()
    cells = triangle(options.cohorts, options.ages, np.random.default_rng(1))
    values = cells.to_numpy()[: options.sample]
    at_risk, churned = values[:, :-1], values[:, :-1] - values[:, 1:]
    rows = {}
    for model in MODELS:
        begin = time.process_time()
        table = fit_cohorts(cells, model)
        ours = time.process_time() - begin
        rows[model] = {"all at once": ours, "ms a fit": 1000 * ours / options.cohorts,
                       "arrived": table["converged"].mean()}  # fmt: skip
        if model in FORMS:
            begin = time.process_time()
            reached = one_by_one(FORMS[model], at_risk, churned)
            alone = (time.process_time() - begin) * options.cohorts / options.sample
            above = np.array(reached) - table["log_likelihood"].to_numpy()[: options.sample]
            rows[model] |= {"one by one": alone, "ratio": alone / ours, "above": above.max()}
    frame = pd.DataFrame(rows).T
    print(frame.round(4).to_string())
    print(f"five curves of {options.cohorts} cohorts: {frame['all at once'].sum():.2f} s of cpu")


if __name__ == "__main__":
    main()
