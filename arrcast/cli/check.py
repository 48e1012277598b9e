"""``arrcast check``: findings, rejected rows beside the file, reconciliation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from history import Findings, InputError, OverwriteError, Reconciliation
from history.findings import RULES
from history.reading.database import is_address
from history.wording import counted
from reports.tables import write_table

from .output import header, print_json, records, show
from .session import Session, open_session

if TYPE_CHECKING:
    import pandas as pd

    from .options import Output, Source

_SINGLY = {"error": 20, "warning": 20, "note": 2}
"""Findings of one kind that are still told one by one."""


def run(source: Source, output: Output, closing: list[str]) -> None:
    """Print every problem; exit with 1 when there is one."""
    session = open_session(source, quiet=True)
    ledger = session.ledger
    findings = ledger.findings.frame()
    expected = {**session.closing, **_closing(closing)}
    reconciliation = ledger.reconcile(expected) if expected else None
    if output.out is not None:
        write_table(findings, output.out, about=header(ledger), force=output.force)
    if output.json:
        print_json(
            {
                "schema": "arrcast.check/1",
                **header(ledger),
                "findings": records(findings),
                "reconciliation": records(reconciliation.table) if reconciliation else [],
            }
        )
    else:
        _print(session, reconciliation)
    _write_rejected(session, source, force=output.force)
    problems = bool(ledger.findings.errors or ledger.findings.warnings)
    if problems or (reconciliation is not None and not reconciliation.ok):
        raise typer.Exit(1)


def _closing(pairs: list[str]) -> dict[str, str]:
    expected = {}
    for pair in pairs:
        month, sign, amount = pair.partition("=")
        if not sign:
            raise InputError(f"--closing {pair}: write YYYY-MM=AMOUNT, e.g. 2025-12=401025.00")
        expected[month.strip()] = amount.strip()
    return expected


def _print(session: Session, reconciliation: Reconciliation | None) -> None:
    ledger = session.ledger
    if len(ledger.findings):
        groups = ledger.findings.alike()
        show(_listed(groups))
        print()
        for code in dict.fromkeys(group.items[0].rule for group in groups):
            print(f"{code}: {RULES[code].meaning} {RULES[code].cure}")
        if any(len(group) > _SINGLY[group.items[0].severity] for group in groups):
            print("\nRows told of together: --out FILE or --json lists every one of them.")
        print()
    print(
        f"{counted(len(ledger.findings.errors), 'error')}, "
        f"{counted(len(ledger.findings.warnings), 'warning')}, "
        f"{counted(len(ledger.findings.notes), 'note')}; "
        f"{counted(len(ledger.rejected), 'row')} rejected; as of {ledger.as_of}, {ledger.currency}"
    )
    if reconciliation is not None:
        print(reconciliation)


def _listed(groups: list[Findings]) -> pd.DataFrame:
    """Give a line a finding, or one line for many that are alike."""
    import pandas as pd

    lines = []
    for group in groups:
        single = len(group) <= _SINGLY[group.items[0].severity]
        for part in [Findings([item]) for item in group] if single else [group]:
            first = part.items[0]
            value = first.value if len(part) == 1 else part.values_text()
            rows = part.rows_text()
            lines.append((first.severity, rows, first.column, first.rule, value, first.action))
    return pd.DataFrame(lines, columns=["severity", "row", "column", "rule", "value", "action"])


def _write_rejected(session: Session, source: Source, *, force: bool) -> None:
    """Write the rejected rows, as they stand in the file, beside it (or in ``out/``)."""
    if session.ledger.rejected.empty:
        return
    if session.workspace is not None:
        path = session.workspace.out_folder / "rejected.csv"
    elif is_address(source.ledger):
        path = Path("rejected.csv")  # an address is no path, and may hold a password
    else:
        path = Path(f"{Path(str(source.ledger))}.rejected.csv")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(session.ledger.rejected, path, force=force or session.workspace is not None)
        print(f"rejected rows: {path}", file=sys.stderr)
    except OverwriteError as error:
        print(f"rejected rows not written: {error}", file=sys.stderr)
    except OSError as error:
        print(
            f"rejected rows not written beside the file ({error.strerror}): "
            "copy the file to a folder that can be written",
            file=sys.stderr,
        )
