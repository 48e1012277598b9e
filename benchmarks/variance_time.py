"""Time of plan and actuals for the example company (3,000 customers and more), beside its target.

python benchmarks/variance_time.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forecast import Forecaster
from history import Ledger, Policy
from history.synthetic import example_company
from scenarios import Plan, Scenario, run

TARGET = 2.0


def main() -> None:
    simulated = example_company().generate(seed=1, through="2026-06")
    early = simulated.ledger_frame("2025-06")
    late = simulated.ledger_frame("2026-06")
    before = Ledger.read(early, as_of="2025-06", currency="EUR")
    print(f"{late['customer_id'].nunique()} customers, {len(late)} lines, 12 months closed\n")
    for by in ("size", ("size", "region")):
        forecaster = Forecaster.fit(before, by=by, calibrate=False)
        made = run(Scenario("Base"), forecaster, months=18, paths=2_000)["Base"]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "p.plan"
            Plan.freeze(made, name="Budget", approved_by="CFO", path=path)
            plan = Plan.read(path)
        print(f"{len(plan.segments)} segments")
        # A ledger of its own for each: what one has computed is kept for the next.
        for policy, said in ((Policy(), ""), (Policy(gap_days=30), ", read by two policies")):
            ledger = Ledger.read(late, as_of="2026-06", currency="EUR", policy=policy)
            parts(plan, ledger, said)


def parts(plan: Plan, ledger: Ledger, said: str) -> None:
    started = time.perf_counter()
    found = timed(f"  against{said}", lambda: plan.against(ledger))
    timed("  lines and drivers, every month and segment", lambda: (
        found.table(by_segment=True), found.drivers(by_segment=True)))  # fmt: skip
    timed("  quarters, years, to date", lambda: [
        found.drivers(by_segment=True, every=every)
        for every in ("quarter", "year", "year_to_date", "to_date")])  # fmt: skip
    timed("  signals, timing, commentary", lambda: (
        found.signals(by_segment=True), found.timing(), found.commentary()))  # fmt: skip
    whole = time.perf_counter() - started
    print(f"  {'all of it':44s} {whole:7.2f} s   target {TARGET:.1f}\n")


def timed(what: str, work: Callable[[], Any]) -> Any:
    """Run once, print wall and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:46s} {wall:7.2f} s wall {cpu:7.2f} s cpu")
    return result


if __name__ == "__main__":
    main()
