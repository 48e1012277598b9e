"""``arrcast audit``: probable billing omissions and errors, by rule and by the money at stake."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from reports.tables import write_table

from .output import header, print_json, records, show
from .session import open_session

if TYPE_CHECKING:
    from history import Audit

    from .options import Output, Source

_SHOWN = [
    "rank", "customer", "rule", "rows", "since", "until", "billed", "due", "stake", "confidence",
]  # fmt: skip


def run(source: Source, output: Output, product: list[str], top: int) -> None:
    """Print what the audit found, or write it."""
    session = open_session(source)
    audit = session.ledger.audit(product=product or None)
    frame = audit.frame()
    if output.out is not None:
        write_table(frame, output.out, currency=audit.currency, force=output.force)
        print(f"wrote {output.out}", file=sys.stderr)
    if output.json:
        listed = records(frame, audit.currency)
        for row, rows in zip(listed, audit.found["rows"], strict=True):
            row["rows"] = list(rows)
        print_json(
            {
                "schema": "arrcast.audit/1",
                **header(session.ledger),
                "product": list(audit.products),
                "rules": records(audit.by_rule(), audit.currency),
                "findings": listed,
                "skipped": records(audit.skipped.frame()[["value", "action"]]),
            }
        )
    elif output.out is None:
        _print(audit, top)


def _print(audit: Audit, top: int) -> None:
    rules = audit.by_rule()
    if len(audit):
        show(rules.drop(columns=["meaning", "cure"]), audit.currency)
        print()
        show(audit.frame()[_SHOWN].head(top), audit.currency)
        if len(audit) > top:
            print(f"... and {len(audit) - top} more: --top {len(audit)}, or --out audit.xlsx")
        print()
        for row in rules.drop_duplicates("rule").itertuples():
            print(f"{row.rule}: {row.meaning} {row.cure}")
        print()
    for note in audit.skipped:
        print(f"not looked for: {note.value}: {note.action}")
    print(f"{audit}; sold by: {', '.join(audit.products) or 'one product (say --product COLUMN)'}")
