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
MOST: Final = 0.99
"""No finding is certain: made-up companies are tidier than real ones."""

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


def examined(seeds: tuple[int, ...], *, share: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The faults (form, rule), and the findings: form, rule, strength, and what they were on.

    true: a fault of this rule; other: a fault of another rule; nothing: no fault.
    """
    faults: list[tuple[str, str]] = []
    findings: list[tuple[str, str, int, str]] = []
    for case in cases(seeds, share=share):
        truth = {fault.customer: fault.rule for fault in case.faults}
        faults += [(case.form, rule) for rule in truth.values()]
        for row in case.ledger.audit().found.itertuples():
            named = truth.get(str(row.customer))
            on = "true" if named == row.rule else "nothing" if named is None else "other"
            findings.append((case.form, str(row.rule), int(row.strength), on))
    return (
        pd.DataFrame(faults, columns=["form", "rule"]),
        pd.DataFrame(findings, columns=["form", "rule", "strength", "on"]),
    )


def by_rule(faults: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """One row a form and rule: injected, found, and what the findings were on."""
    keys = ["form", "rule"]
    table = pd.DataFrame({"injected": faults.groupby(keys).size()})
    on = findings.groupby([*keys, "on"]).size().unstack(fill_value=0)
    on = on.reindex(columns=["true", "other", "nothing"], fill_value=0)
    table = table.join(on, how="outer").fillna(0).astype(int)
    table.insert(1, "found", table[["true", "other", "nothing"]].sum(axis=1))
    table["recall"] = table["true"] / table["injected"].where(table["injected"] > 0)
    table["precision"] = table["true"] / table["found"].where(table["found"] > 0)
    return table.loc[[form for form in FORMS if form in table.index]].reset_index()


def by_strength(findings: pd.DataFrame) -> pd.DataFrame:
    """Findings and true ones by rule and strength, over all forms, and the confidence."""
    rows = [(rule, strength) for rule in AUDIT_RULES for strength in (1, 2)]
    groups = findings.assign(true=findings["on"] == "true").groupby(["rule", "strength"])["true"]
    table = groups.agg(["size", "sum"]).reindex(rows, fill_value=0)
    table = table.set_axis(["found", "true"], axis=1).rename_axis(["rule", "strength"])
    share = (table["true"] + 1) / (table["found"] + 2)
    return table.assign(confidence=share.round(2).clip(upper=MOST)).reset_index()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="write the table of confidences")
    parser.add_argument("--clean", action="store_true", help="companies without faults")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(HELD_OUT))
    given = parser.parse_args()
    seeds = TUNED if given.write else tuple(given.seeds)
    faults, findings = examined(seeds, share=0.0 if given.clean else 0.01)
    strengths = by_strength(findings)
    if given.write:
        strengths.to_csv(TABLE, index=False, lineterminator="\n")
    else:
        columns = ["form", "rule", "found"] if given.clean else slice(None)
        table = by_rule(faults, findings).loc[:, columns]
        print(table.round(3).to_string(index=False, na_rep=""), end="\n\n")
    if not given.clean:
        print(strengths.to_string(index=False))


if __name__ == "__main__":
    main()
