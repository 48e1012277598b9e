"""Retention-adjusted ARR on made-up companies: what was expected of today's customers, what came.

At earlier months the forecaster is fitted on what was known then, calibration included. What the
customers of that month really paid over the next twelve months (the sum of their MRR at the closes
until they leave for the first time) is laid beside the expectation and its interval. The plain
forecast is ARR itself: that all of them stay and pay what they pay.

    python benchmarks/retention_adjusted.py --replicates 5 --first-seed 31
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from forecast import Forecaster
from history import Ledger
from history.synthetic import PRESETS

MONTHS = 12
STEP = 3
SHORTEST = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=31)
    parser.add_argument("--companies", default=",".join(PRESETS))
    parser.add_argument("--origins", type=int, default=4)
    parser.add_argument("--paths", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.replicates)
    tasks = [
        (name, seed, options.origins, options.paths)
        for name in options.companies.split(",")
        for seed in seeds
    ]
    started = time.perf_counter()
    with ProcessPoolExecutor(options.jobs) as pool:
        records = pd.concat(pool.map(one, tasks), ignore_index=True)
    print(f"{len(tasks)} histories in {time.perf_counter() - started:.0f} s\n")
    report(records)


def one(task: tuple[str, int, int, int]) -> pd.DataFrame:
    """Records of one draw of one company, one row an origin."""
    name, seed, origins, paths = task
    simulated = PRESETS[name]().generate(seed=seed)
    ledger = Ledger.read(simulated.lines, as_of=simulated.through, currency="EUR")
    moves = ledger.customer_movements()
    rows = []
    for back in range(MONTHS, MONTHS + STEP * origins, STEP):
        origin = ledger.as_of - back
        if (origin - ledger.first_month).n < SHORTEST:
            continue
        forecaster = Forecaster.fit(ledger.at(origin), by="size")
        expected = forecaster.project(months=MONTHS, paths=paths).retention_adjusted(MONTHS)
        rows.append(
            {
                "company": name,
                "seed": seed,
                "origin": origin,
                "actual": realised(moves, origin) / 100,
                "arr": MONTHS * float(expected.opening.sum()),
                "mean": expected.mean,
                **expected.interval,
            }
        )
    return pd.DataFrame(rows)


def realised(moves: pd.DataFrame, origin: pd.Period) -> int:
    """Minor units that the customers of a month paid over the next months, until they left."""
    known = moves[moves["month"] <= origin].groupby("customer")["mrr"].sum()
    paying = known[known > 0]
    later = moves[(moves["month"] > origin) & (moves["month"] <= origin + MONTHS)]
    later = later[later["customer"].isin(paying.index)].sort_values(["customer", "month"])
    left = (later["movement"] == "churn").astype(int)
    before = left.groupby(later["customer"]).cumsum() - left
    later = later[before == 0]
    ahead = np.array([(month - origin).n for month in later["month"]], dtype=int)
    return int(MONTHS * paying.sum() + (later["mrr"].to_numpy() * (MONTHS + 1 - ahead)).sum())


def report(records: pd.DataFrame) -> None:
    """Print error, bias and coverage by company, then of all together."""
    actual = records["actual"]
    table = records.assign(
        error=np.abs(records["mean"] / actual - 1),
        bias=records["mean"] / actual - 1,
        held_80=(actual >= records["p10"]) & (actual <= records["p90"]),
        held_95=(actual >= records["p2_5"]) & (actual <= records["p97_5"]),
        width_80=(records["p90"] - records["p10"]) / actual,
        error_arr=np.abs(records["arr"] / actual - 1),
    )
    names = ["error", "error_arr", "bias", "held_80", "held_95", "width_80"]
    groups = table.groupby("company", sort=False)
    by_company = (100 * groups[names].mean()).assign(n=groups.size())
    whole = (100 * table[names].mean()).to_frame("all companies").T.assign(n=len(table))
    print("Shares of the actual in %; error is the mean absolute one, error_arr that of plain ARR")
    print(pd.concat([by_company, whole]).round(1).to_string())


if __name__ == "__main__":
    main()
