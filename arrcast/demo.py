"""``arrcast demo``: an example company, and the whole main job on it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from forecast import Forecaster
from history import Ledger, OverwriteError
from history.fiscal import FiscalYear
from history.synthetic import example_company
from history.wording import counted
from scenarios import Plan, Scenario, compare, derived_scenarios, run
from scenarios.files.fields import file_name

from .cli.comparing import When
from .cli.make_workspace import write_workspace
from .cli.options import Source
from .cli.output import show
from .cli.pack import write_files
from .cli.session import print_findings, progress
from .cli.views import by_movement
from .workspace import SETTINGS_FILE

if TYPE_CHECKING:
    from forecast import Backtest
    from scenarios import Comparison, Variance

AS_OF = "2026-06"
NEXT_MONTH = "2026-07"
THROUGH = "2027-12"
BY = ("size",)
COMPANY = "Example Company"


def run_demo(folder: Path, *, force: bool = False) -> None:
    """Make the company in `folder`; check, forecast, compare, plan, explain, report."""
    started = time.perf_counter()
    _clear(folder, force=force)
    _export(folder)
    ledger = _check(folder)
    _history(ledger)
    forecaster, backtest = _forecast(ledger)
    view = _compare(folder, ledger, forecaster)
    variance, july = _plan(folder, view)
    _title("Report: the board deck and the workbook")
    write_files(folder / "out", july, view, variance, backtest=backtest, company=COMPANY)
    print(f"\nDone in {time.perf_counter() - started:.0f} s. The company is in {folder}/")
    print(f"Go on: arrcast compare --workspace {folder} Base Downturn")


def _clear(folder: Path, *, force: bool) -> None:
    """Remove an earlier demo, and nothing else."""
    if folder.exists() and any(folder.iterdir()):
        if not force:
            raise OverwriteError(f"{folder} is not empty: --force replaces an earlier demo in it.")
        settings = folder / SETTINGS_FILE
        if not settings.is_file() or COMPANY not in settings.read_text(encoding="utf-8"):
            raise OverwriteError(f"{folder} holds no earlier demo: name another folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def _export(folder: Path) -> None:
    simulated = example_company().generate(seed=1, through="2026-09")
    for month in (AS_OF, NEXT_MONTH):
        frame = simulated.ledger_frame(month)
        frame.to_csv(folder / f"billing-{month}.csv", index=False)


def _check(folder: Path) -> Ledger:
    _title("Check: is the ledger sound?")
    billing = folder / f"billing-{AS_OF}.csv"
    ledger = Ledger.read(billing, as_of=AS_OF)
    write_workspace(folder, ledger, Source(ledger=str(billing)), company=COMPANY, by=BY)
    print_findings(ledger.findings)
    errors = counted(len(ledger.findings.errors), "error")
    warnings = counted(len(ledger.findings.warnings), "warning")
    print(f"{billing}: {errors}, {warnings}; as of {ledger.as_of}")
    return ledger


def _history(ledger: Ledger) -> None:
    _title("History: MRR movements of the last 12 months, exact to the cent")
    movements = ledger.movements()
    movements.verify()
    show(by_movement(movements.to_frame()).tail(12), ledger.currency)
    print()
    for metric in ledger.metrics(period=12):
        if metric.value is not None and metric.name in {"nrr", "grr", "logo_churn", "quick_ratio"}:
            print(f"{metric.name:<12} {metric.value:6.3f}  {metric.definition}")


def _forecast(ledger: Ledger) -> tuple[Forecaster, Backtest]:
    _title("Forecast: what was chosen, and how good it was on the past")
    with progress("Fitting and calibrating") as report:
        forecaster = Forecaster.fit(ledger, by=BY, progress=report)
    print(forecaster.explain())
    with progress("Going back in time") as report:
        backtest = forecaster.backtest(horizon=12, origins=8, progress=report)
    print()
    print(backtest)
    return forecaster, backtest


def _scenarios(folder: Path, ledger: Ledger) -> list[Scenario]:
    """Write Base and two what-ifs on it, each a file of the workspace."""
    base = next(each for each in derived_scenarios(ledger) if each.name == "Base")
    downturn = (
        Scenario("Downturn", based_on=base, because="a fifth less pipeline, budgets under review")
        .change("new_customers", times=0.80, months="2026-10/2027-06", because="less pipeline")
        .change("churn", times=1.15, months="2026-10/2027-06", because="budgets under review")
    )
    price = (
        Scenario("Price rise", based_on=base, because="SMB prices up 6 % in January")
        .change("price", times=1.06, months="2027-01/", where={"size": "SMB"}, because="the rise")
        .change(
            "churn",
            times=1.10,
            months="2027-01/2027-03",
            where={"size": "SMB"},
            because="some leave over it",
        )
    )
    found = [base, downturn, price]
    for each in found:
        each.write(folder / "scenarios" / f"{file_name(each.name)}.yaml")
    return found


def _compare(folder: Path, ledger: Ledger, forecaster: Forecaster) -> Comparison:
    _title("Compare: three scenarios on the same dice")
    scenarios = _scenarios(folder, ledger)
    with progress("Simulating"):
        runs = run(scenarios, forecaster, through=THROUGH, paths=2_000, seed=7)
    view = compare(runs, against="Base")
    When(view, FiscalYear(), THROUGH).show()
    return view


def _plan(folder: Path, view: Comparison) -> tuple[Variance, Ledger]:
    _title("Plan: Base is sealed; a month later the actuals are laid beside it")
    plan = Plan.freeze(
        view.runs["Base"],
        name="FY27 board plan",
        approved_by="CFO",
        path=folder / "plans" / "fy27-board-plan.plan",
    )
    print(plan.verify())
    july = Ledger.read(folder / f"billing-{NEXT_MONTH}.csv", as_of=NEXT_MONTH)
    variance = plan.against(july)
    print()
    print(variance)
    return variance, july


def _title(text: str) -> None:
    print(f"\n{text}\n{'=' * len(text)}")
