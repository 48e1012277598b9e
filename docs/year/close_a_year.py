"""A year in the life of a plan: twelve months closed, with what gets in the way.

python docs/year/close_a_year.py [FOLDER]

The example company seals its budget for the year from July 2026 on. Then every month is closed: its
ledger is read, laid beside the budget, and explained. On the way

- an invoice of May 2026 turns up in September, and a credit note for June in November (the past
  moves, as a line of its own);
- the deal with Globex, planned for September, is signed in December;
- prices of small customers rise at renewal from November on, by less than planned;
- from February on the company counts list prices instead of those after discounts.

After each quarter the year is forecast again, and the way from the last forecast to the new one is
shown; at the end all plans are scored.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from forecast import Forecaster
from history import Ledger, Policy
from history.synthetic import example_company
from scenarios import (
    Bridge,
    Chain,
    Deal,
    Pipeline,
    Plan,
    PriceRise,
    Runs,
    Scenario,
    Scorecard,
    Variance,
    reforecast_walk,
    run,
)

BUDGETED = pd.Period("2026-06", "M")
YEAR = pd.period_range("2026-07", "2027-06", freq="M")
LATE, CREDITED, SIGNED, RAISED, REDEFINED = (
    pd.Period(month, "M") for month in ("2026-09", "2026-11", "2026-12", "2026-11", "2027-02")
)
PATHS = 500


class Company:
    """What the billing system says at each close, with all that happens on the way."""

    def __init__(self) -> None:
        self._made = example_company().generate(seed=1, through="2027-09")

    def ledger(self, close: pd.Period) -> Ledger:
        """Read the ledger as of a close, by the definitions of that day."""
        lines = self._made.ledger_frame(str(close))
        lines = pd.concat([lines, *self._found(lines, close)], ignore_index=True)
        rise = (lines["size"] == "SMB") & (pd.to_datetime(lines["start"]) >= RAISED.start_time)
        for column in ("amount", "unit_price", "list_price"):
            lines.loc[rise, column] = (1.03 * lines.loc[rise, column]).round(2)
        policy = Policy(discounts="list") if close >= REDEFINED else Policy()
        return Ledger.read(lines, as_of=str(close), currency="EUR", policy=policy)

    def _found(self, lines: pd.DataFrame, close: pd.Period) -> Iterator[pd.DataFrame]:
        """Give lines that the billing system learns of late."""
        like = lines.iloc[[0]].assign(
            end=pd.NaT, term_end=pd.NaT, interval="month", status="active", churn_reason=None,
            quantity=1, region="DACH", channel="Inbound", plan="Team",
        )  # fmt: skip
        if close >= LATE:
            yield _line(like, "Late & Sons", "2026-05-01", 1_850.00, "Mid-Market")
        if close >= CREDITED:
            credit = _line(like, "Late & Sons", "2026-06-01", -450.00, "Mid-Market")
            yield credit.assign(subscription_id="credit")
        if close >= SIGNED:
            yield _line(like, "Globex", "2026-12-01", 6_200.00, "Enterprise")


def _line(like: pd.DataFrame, customer: str, start: str, amount: float, size: str) -> pd.DataFrame:
    return like.assign(
        customer_id=customer, subscription_id=f"{customer} 1", start=pd.Timestamp(start),
        amount=amount, unit_price=amount, list_price=amount, size=size,
    )  # fmt: skip


@dataclass(frozen=True)
class Month:
    """A month closed: the budget beside the actuals, and after a quarter the forecast again."""

    close: pd.Period
    variance: Variance
    walk: Bridge | None


def budget(ledger: Ledger) -> Runs:
    """Run the budget: a deal with Globex, and a price rise for small customers."""
    rise = PriceRise(
        uplift=0.05, when="renewal", months="2026-11/", where={"size": "SMB"},
        because="list prices up for the first time",
    )  # fmt: skip
    deal = Deal(name="Globex", mrr=6_000.0, closes="2026-09", probability=0.9)
    pipeline = Pipeline(deals=(deal,), where={"size": "Enterprise"}, because="terms are agreed")
    scenario = Scenario("Budget").add(rise, pipeline)
    return _forecast(scenario, ledger)


def _forecast(scenario: Scenario, ledger: Ledger) -> Runs:
    forecaster = Forecaster.fit(ledger, by="size", calibrate=False)
    return run(scenario, forecaster, through=str(YEAR[-1]), paths=PATHS)


def close_the_year(folder: Path) -> tuple[list[Month], Scorecard]:
    """Seal the budget, close twelve months, forecast again after each quarter, score all plans."""
    company = Company()
    known = company.ledger(BUDGETED)
    path = folder / "budget.plan"
    first = Plan.freeze(
        budget(known)["Budget"], name="Budget FY27", approved_by="CFO", path=path, kind="budget"
    )
    last, months = first, []
    for number, close in enumerate(YEAR, start=1):
        ledger = company.ledger(close)
        walk = None
        if number % 3 == 0 and close < YEAR[-1]:
            again = _forecast(Scenario("Reforecast"), ledger)["Reforecast"]
            walk = reforecast_walk(last.against(ledger), again)
            kind = f"{number}+{12 - number}"
            last = Plan.freeze(
                again, name=f"Forecast {kind}", approved_by="CFO",
                path=folder / f"forecast-{kind}.plan", kind=kind, follows=last,
            )  # fmt: skip
        months.append(Month(close, first.against(ledger), walk))
    chain = Chain.read(folder)
    return months, Scorecard.of(chain.plans, ledger)


def main() -> None:
    """Print every month's variance, each walk, and the scorecard."""
    with TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary)
        months, card = close_the_year(folder)
    for month in months:
        print(f"\n{month.close}\n{'=' * 7}\n{month.variance.report(month.close)}")
        if month.walk is not None:
            print(f"\n{month.walk}")
    print(f"\nThe year\n{'=' * 8}\n{months[-1].variance.report(YEAR[-1], every='to_date')}")
    print(f"\nAll plans\n{'=' * 9}\n{card}")


if __name__ == "__main__":
    main()
