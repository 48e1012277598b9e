"""Precision and recall of the audit, on faults of known truth in made-up companies.

Each fault of `history.synthetic.faults` is put into one of a hundred customers of each company;
nobody has two. A finding is true if the audit names the customer by the fault's rule. Ledgers are
read in several forms:

    full        with status, reason, quantity, unit price and list price
    strict      the same, where every renewal takes the new list (in `full` a fifth do not)
    escalators  contracts that rise by 3 % at every renewal of their own; no list moves
    lean        no quantity, unit price and list price
    silent      no status and no reason of leaving

Rules were tuned on seeds 1 to 3, and the confidences of `history/audit/confidence.csv` are measured
there; what is printed by default are seeds 11 to 13.

    python -m benchmarks.audit_accuracy             # the table
    python -m benchmarks.audit_accuracy --clean     # false alarms on companies without faults
    python -m benchmarks.audit_accuracy --write     # measure the confidences again
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))

from history import Ledger
from history.audit.rules import AUDIT_RULES
from history.synthetic import PRESETS, Fault, with_faults

TUNED: Final = (1, 2, 3)
HELD_OUT: Final = (11, 12, 13)
TABLE: Final = Path(__file__).parent.parent / "history" / "audit" / "confidence.csv"
COMPANIES: Final = ("example", "mixed", "price_rise", "annual_enterprise", "monthly_smb", "shock")
RATES: Final = pd.DataFrame(
    {
        "month": pd.period_range("2020-01", "2026-12", freq="M").astype(str),
        "currency": "USD",
        "rate": 0.9,
    }
)


@dataclass(frozen=True)
class Case:
    """One faulty ledger, and what is wrong with it."""

    form: str
    ledger: Ledger
    faults: tuple[Fault, ...]


def escalated(lines: pd.DataFrame) -> pd.DataFrame:
    """Let every contract rise by 3 % at each anniversary of its customer's first one."""
    first = lines.groupby("customer_id")["start"].transform("min")
    years = ((lines["start"] - first).dt.days + 5) // 365
    factor = np.where(lines["term_end"].notna(), 1.03**years, 1.0)
    unit = (lines["unit_price"] * factor).round(2)
    return lines.assign(unit_price=unit, amount=(unit * lines["quantity"]).round(2))


def lean(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.drop(columns=["quantity", "unit_price", "list_price"])


def silent(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.drop(columns=["status", "churn_reason"])


def as_is(lines: pd.DataFrame) -> pd.DataFrame:
    return lines


Form = Callable[[pd.DataFrame], pd.DataFrame]
FORMS: Final[dict[str, tuple[tuple[str, ...], float, Form, Form]]] = {
    "full": (COMPANIES, 0.8, as_is, as_is),
    "strict": (("example", "price_rise"), 1.0, as_is, as_is),
    "escalators": (("mixed", "annual_enterprise"), 0.8, escalated, as_is),
    "lean": (("example", "mixed"), 0.8, as_is, lean),
    "silent": (("example", "mixed"), 0.8, as_is, silent),
}
"""Form -> companies, share of renewals at list, what happens before the faults and after them."""


def cases(seeds: tuple[int, ...], *, share: float) -> Iterator[Case]:
    for form, (companies, at_list, before, after) in FORMS.items():
        for name in companies:
            company = replace(PRESETS[name](), renewals_at_list=at_list)
            for seed in seeds:
                simulated = company.generate(seed=seed)
                lines, faults = before(simulated.lines), ()
                if share:
                    lines, faults = with_faults(
                        lines, as_of=simulated.through, seed=seed, share=share
                    )
                ledger = Ledger.read(
                    after(lines), as_of=simulated.through, currency="EUR", fx=RATES
                )
                yield Case(form, ledger, faults)


def tally(seeds: tuple[int, ...], *, share: float = 0.01) -> pd.DataFrame:
    """One row a form and rule: injected, named, found, on other faults, on nothing."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for case in cases(seeds, share=share):
        truth = {fault.customer: fault.rule for fault in case.faults}
        found = case.ledger.audit().found
        counts.update((case.form, rule, "injected") for rule in truth.values())
        for rule, customer in zip(found["rule"], found["customer"], strict=True):
            counts[case.form, rule, "found"] += 1
            named = truth.get(customer)
            kind = "true" if named == rule else "nothing" if named is None else "other"
            counts[case.form, rule, kind] += 1
    rows = sorted({key[:2] for key in counts}, key=lambda r: (list(FORMS).index(r[0]), r[1]))
    kinds = ["injected", "true", "found", "other", "nothing"]
    table = pd.DataFrame(
        [[*row, *(counts[*row, kind] for kind in kinds)] for row in rows],
        columns=["form", "rule", *kinds],
    )
    table["recall"] = table["true"] / table["injected"].where(table["injected"] > 0)
    table["precision"] = table["true"] / table["found"].where(table["found"] > 0)
    return table


def by_strength(seeds: tuple[int, ...]) -> pd.DataFrame:
    """Findings and true ones by rule and strength, over all forms."""
    found: Counter[tuple[str, int]] = Counter()
    true: Counter[tuple[str, int]] = Counter()
    for case in cases(seeds, share=0.01):
        truth = {(fault.rule, fault.customer) for fault in case.faults}
        for row in case.ledger.audit().found.itertuples():
            key = (str(row.rule), int(row.strength))
            found[key] += 1
            true[key] += (row.rule, row.customer) in truth
    rows = [(rule, strength) for rule in AUDIT_RULES for strength in (1, 2)]
    table = pd.DataFrame(rows, columns=["rule", "strength"])
    table["found"] = [found[row] for row in rows]
    table["true"] = [true[row] for row in rows]
    table["confidence"] = ((table["true"] + 1) / (table["found"] + 2)).round(2)
    return table


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="write the table of confidences")
    parser.add_argument("--clean", action="store_true", help="companies without faults")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(HELD_OUT))
    given = parser.parse_args()
    if given.write:
        table = by_strength(TUNED)
        table.to_csv(TABLE, index=False, lineterminator="\n")
        print(table.to_string(index=False))
        return
    table = tally(tuple(given.seeds), share=0.0 if given.clean else 0.01)
    columns = ["form", "rule", "found"] if given.clean else list(table.columns)
    print(table[columns].round(3).to_string(index=False, na_rep=""))


if __name__ == "__main__":
    main()
