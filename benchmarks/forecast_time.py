"""Time of the forecast's parts, beside their targets, on the example company.

python benchmarks/forecast_time.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from forecast import Forecaster, Levers
from history import Ledger
from history.synthetic import example_company


def main() -> None:
    lines = example_company().generate(seed=1).ledger_frame("2026-06")
    ledger = Ledger.read(lines, as_of="2026-06", currency="EUR")
    months = len(ledger.movements().months)
    customers = lines["customer_id"].nunique()
    print(f"{customers} customers, {len(lines)} lines, {months} months, 3 segments\n")
    forecaster = timed("fit, calibrated", 5.0, lambda: Forecaster.fit(ledger, by="size"))
    timed("project 2,000 paths x 36 months", None, lambda: forecaster.project(months=36))
    levers = Levers.none().then("churn", times=0.9, weight=np.ones((36, 3)))
    timed(
        "the same with a lever moved",
        None,
        lambda: forecaster.project(months=36, levers=levers),
    )
    timed("its table", None, lambda: forecaster.project(months=36).table())
    timed("backtest, 8 origins x 12 months", 30.0, lambda: forecaster.backtest(12, 8))
    wide = Forecaster.fit(ledger, by=("size", "region"), calibrate=False)
    count = len(wide.segments)
    timed(
        f"project 2,000 x 36 x {count} segments",
        None,
        lambda: wide.project(months=36),
    )
    levers = Levers.none().then("churn", times=0.9, weight=np.ones((36, count)))
    timed(
        "the same with a lever moved",
        0.2 * count / 10,
        lambda: wide.project(months=36, levers=levers).draws("arr"),
    )


def timed(what: str, target: float | None, work: Callable[[], Any]) -> Any:
    """Run once, print wall and processor seconds beside the target."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    aim = "" if target is None else f"   target {target:.1f}"
    print(f"{what:40s} {wall:7.2f} s wall {cpu:7.2f} s cpu{aim}")
    return result


if __name__ == "__main__":
    main()
