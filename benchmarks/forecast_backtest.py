"""Accuracy and coverage of the forecast on made-up companies that behave differently.

Every company is drawn several times; each draw is backtested from eight earlier months. Errors are
shares of the actual closing MRR of the company; a skill above 0 beats the baseline.

    python benchmarks/forecast_backtest.py --replicates 5
    python benchmarks/forecast_backtest.py --replicates 20 --companies monthly_smb,shock --jobs 2
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from forecast import Forecaster
from forecast.baselines import BASELINES
from history import Ledger
from history.synthetic import PRESETS

HORIZONS = (1, 3, 6, 12)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--companies", default=",".join(PRESETS))
    parser.add_argument("--origins", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", help="write the single records to this csv file")
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.replicates)
    tasks = [
        (name, seed, options.origins) for name in options.companies.split(",") for seed in seeds
    ]
    started = time.perf_counter()
    with ProcessPoolExecutor(options.jobs) as pool:
        records = pd.concat(pool.map(one, tasks))
    print(f"{len(tasks)} companies in {time.perf_counter() - started:.0f} s\n")
    report(records)
    if options.keep:
        records.to_csv(options.keep, index=False)


def one(task: tuple[str, int, int]) -> pd.DataFrame:
    """Records of one draw of one company."""
    name, seed, origins = task
    simulated = PRESETS[name]().generate(seed=seed)
    ledger = Ledger.read(simulated.lines, as_of=simulated.through, currency="EUR")
    forecaster = Forecaster.fit(ledger, by="size", calibrate=False)
    result = forecaster.backtest(horizon=12, origins=origins)
    records = result.records.assign(company=name, seed=seed)
    return records.merge(result.calibrated[["origin", "spread"]], on="origin")


def report(records: pd.DataFrame) -> None:
    """Print coverage and width, then the error beside the baselines."""
    table = measured(records[records["horizon"].isin(HORIZONS)])
    groups = table.groupby(["company", "horizon"], sort=False)
    shares = groups[["bias", "inside_80", "inside_95", "width"]].mean().assign(n=groups.size())
    print("Bias, coverage and width of the 80 % interval (shares of the actual)")
    print((shares * [100, 100, 100, 100, 1]).round(1).to_string(), "\n")
    names = ["error", *BASELINES]
    print("Median absolute error, % of the actual")
    print((100 * groups[names].median()).round(2).to_string(), "\n")
    whole = table.groupby("horizon")
    print("All companies")
    together = whole[["bias", "inside_80", "inside_95"]].mean()
    together = together.join(whole[names].median())
    print((100 * together).round(2).to_string())


def measured(records: pd.DataFrame) -> pd.DataFrame:
    """Errors and hits of every record."""
    actual = records["actual"]
    table = records.assign(
        error=np.abs(records["mean"] / actual - 1),
        bias=records["mean"] / actual - 1,
        inside_80=(actual >= records["p10"]) & (actual <= records["p90"]),
        inside_95=(actual >= records["p2_5"]) & (actual <= records["p97_5"]),
        width=(records["p90"] - records["p10"]) / actual,
    )
    for name in BASELINES:
        table[name] = np.abs(records[name] / actual - 1)
    return table


if __name__ == "__main__":
    main()
