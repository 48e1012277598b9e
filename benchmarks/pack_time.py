"""Time of a whole board pack, part by part and together, beside its target.

python benchmarks/pack_time.py [--profile PART]

Each part is first made alone, from results of which nothing is worked out yet; then all of them as
`arrcast report` makes them, each with what the parts before it have left. Matplotlib is imported
before, and told. With --profile a part is made once more under the profiler.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forecast import Backtest, Forecaster
from history import Ledger
from history.synthetic import example_company
from reports import board_pack
from reports.deck.board import deck_of
from reports.memo import write_memo
from reports.overview import write_page, write_summary
from reports.pack import Pack
from reports.raw import write_figures, write_tables
from reports.workbook import workbook_of
from scenarios import Comparison, Plan, Scenario, Variance, compare, run

TARGET, WORKBOOK_TARGET = 20.0, 3.0
BY = ("size", "region")
AS_OF, NOW, THROUGH = "2026-06", "2026-09", "2027-12"
PARTS: dict[str, Callable[[Pack, Path], object]] = {
    "deck": lambda pack, where: deck_of(pack, where / "deck.pptx"),
    "workbook": lambda pack, where: workbook_of(pack, where / "results.xlsx"),
    "summary": lambda pack, where: write_summary(pack, where / "summary.pdf"),
    "page": lambda pack, where: write_page(pack, where / "report.html"),
    "memo": lambda pack, where: write_memo(pack, where / "memo.docx"),
    "tables": lambda pack, where: write_tables(pack, where / "tables"),
    "figures": lambda pack, where: write_figures(pack, where / "figures"),
}

Results = tuple[Comparison, Variance, Backtest]


def main() -> None:
    """Print the time of each part, and of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=PARTS)
    chosen = parser.parse_args().profile
    simulated = example_company().generate(seed=1, through=NOW)
    lines = simulated.ledger_frame(NOW)
    before = Ledger.read(simulated.ledger_frame(AS_OF), as_of=AS_OF, currency="EUR")
    view, variance, backtest = results = made(before, lines)
    print(
        f"{lines['customer_id'].nunique()} customers, {len(view.scenarios)} scenarios, "
        f"{len(variance.segments)} segments, {len(variance.months)} months of a plan closed\n"
    )
    timed("importing matplotlib", figures_imported)
    print("alone")
    for name, write in PARTS.items():
        ledger = fresh(lines)
        with tempfile.TemporaryDirectory() as folder:
            pack = Pack(ledger, view, variance, backtest, company="Example Company")
            timed(f"  {name}", lambda p=pack, f=folder, w=write: w(p, Path(f)))
    print("together")
    together(fresh(lines), results)
    print(f"target: {TARGET:.0f} s for all, {WORKBOOK_TARGET:.0f} s for the workbook")
    if chosen:
        profiled(chosen, fresh(lines), results)


def made(before: Ledger, lines: Any) -> Results:
    """Fit, run three scenarios, seal the first and lay later actuals beside it."""
    base = Scenario("Base")
    downturn = (
        Scenario("Downturn", based_on=base)
        .change("new_customers", times=0.8, months="2026-10/2027-06")
        .change("churn", times=1.15, months="2026-10/2027-06")
    )
    rise = Scenario("Price rise", based_on=base).change("price", times=1.06, months="2027-01/")
    forecaster = Forecaster.fit(before, by=BY, calibrate=False)
    view = compare(run([base, downturn, rise], forecaster, through=THROUGH), against="Base")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.plan"
        Plan.freeze(view.runs["Base"], name="Budget", approved_by="CFO", path=path)
        variance = Plan.read(path).against(fresh(lines))
    return view, variance, forecaster.backtest(horizon=12, origins=4)


def fresh(lines: Any) -> Ledger:
    """Give a ledger of its own: what one has computed is kept for the next question."""
    return Ledger.read(lines, as_of=NOW, currency="EUR")


def figures_imported() -> None:
    """Import what draws."""
    from reports.figures import canvas

    canvas(1.0, 1.0)


def together(ledger: Ledger, results: Results) -> None:
    """Write the pack as `arrcast report` does, a line a file."""
    view, variance, backtest = results
    started = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        last = started
        for each in board_pack(
            folder, ledger, view, variance, backtest=backtest, company="Example Company"
        ):
            now = time.perf_counter(), time.process_time()
            told(f"  {each.path.name}", last, now)
            last = now
    told("all of it", started, (time.perf_counter(), time.process_time()))


def profiled(name: str, ledger: Ledger, results: Results) -> None:
    """Print where the processor's time of a part goes."""
    pack = Pack(ledger, *results, company="Example Company")
    profile = cProfile.Profile(time.process_time)
    with tempfile.TemporaryDirectory() as folder:
        profile.runcall(PARTS[name], pack, Path(folder))
    pstats.Stats(profile).sort_stats("cumulative").print_stats(60)


def timed(what: str, work: Callable[[], object]) -> None:
    """Run once, print wall and processor seconds."""
    started = time.perf_counter(), time.process_time()
    work()
    told(what, started, (time.perf_counter(), time.process_time()))


def told(what: str, before: tuple[float, float], after: tuple[float, float]) -> None:
    """Print wall and processor seconds."""
    wall, cpu = (now - then for then, now in zip(before, after, strict=True))
    print(f"{what:36s} {wall:7.2f} s wall {cpu:7.2f} s cpu", flush=True)


if __name__ == "__main__":
    main()
