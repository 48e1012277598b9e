"""``arrcast revenue`` and ``arrcast reconcile``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from history import InputError
from history.wording import aligned, counted

from .output import emit, header
from .session import open_session

if TYPE_CHECKING:
    from history.close_reconciliation import CloseReconciliation

    from .options import Output, Source

LARGEST = 1 << 20  # bytes: a figure a month is small
LARGEST_SHOWN = 10  # rows that a person is shown
_SHOWN = ("customer", "system", "billing", "other", "cause", "amount", "rows")
_MEASURES = ("mrr", "revenue")
_SIGNS = (".", ",")


def run_revenue(
    source: Source,
    output: Output,
    *,
    by_kind: bool,
    late: str,
    bridge: str | None,
    release: bool,
) -> None:
    """Print the schedule, or the bridge of one month, or the release of what is deferred."""
    if bridge is not None and release:
        raise InputError("--bridge and --release are two tables; ask for one of them")
    session = open_session(source)
    ledger, about = session.ledger, header(session.ledger)
    if bridge is not None:
        found = ledger.revenue_bridge(bridge)
        frame = found.table()
        frame["amount"] = frame["amount"].astype(float)
        emit(output, "arrcast.revenue-bridge/1", frame, about=about, view=str(found))
        return
    schedule = ledger.revenue(by=session.by, late=late)  # type: ignore[arg-type]  # checked there
    if release:
        emit(output, "arrcast.revenue-release/1", schedule.release(), about=about)
    else:
        emit(output, "arrcast.revenue/1", schedule.to_frame(by_kind=by_kind), about=about)


def run_reconcile(source: Source, output: Output, finance: Path, what: str, decimal: str) -> None:
    """Print finance's figures beside the ledger's; exit with 1 when a month differs."""
    if what not in _MEASURES:
        raise InputError(f"--what {what}: write {' or '.join(_MEASURES)}")
    if decimal not in _SIGNS:
        raise InputError(f"--finance-decimal {decimal}: write {' or '.join(_SIGNS)}")
    expected = read_figures(finance, decimal)
    session = open_session(source)
    ledger = session.ledger
    reconciled = ledger.reconcile if what == "mrr" else ledger.reconcile_revenue
    found = reconciled(expected)
    frame = found.table
    for name in ("finance", "ledger", "difference"):
        frame[name] = frame[name].astype(float)
    about = {**header(ledger), "measure": found.measure, "ok": found.ok}
    emit(output, "arrcast.reconcile/1", frame, about=about, view=str(found))
    if not found.ok:
        raise typer.Exit(1)


def run_books(
    source: Source,
    output: Output,
    *,
    crm: Path | None,
    accounting: Path | None,
    month: str | None,
    decimal: str,
    detail: str,
) -> None:
    """Print CRM and accounting beside billing; exit with 1 when a difference is not explained."""
    if crm is None and accounting is None:
        raise InputError("say --finance FILE, or --crm FILE, --accounting FILE or both")
    session = open_session(source)
    found = session.ledger.reconcile_books(
        crm=crm, accounting=accounting, at=month, decimal=decimal
    )
    tables = {"steps": found.table, "customers": found.customers}
    if detail not in tables:
        raise InputError(f"--detail {detail}: write {' or '.join(tables)}")
    frame = tables[detail]()
    for name in ("billing", "other", "difference", "amount"):
        if name in frame:
            frame[name] = frame[name].astype(float)
    about = {**header(session.ledger), "month": str(found.month), "ok": found.ok}
    emit(output, "arrcast.reconcile-books/1", frame, about=about, view=_told(found))
    if not found.ok:
        raise typer.Exit(1)


def _told(found: CloseReconciliation) -> str:
    """Write the steps, and below them the customers with the largest differences."""
    rows = found.customers()
    if rows.empty:
        return str(found)
    head = [("customer", "system", "billing", "theirs", "cause", "amount", "rows")]
    shown = [
        tuple(str(row[name]) for name in _SHOWN)
        for row in rows.head(LARGEST_SHOWN).to_dict("records")
    ]
    lines = [str(found), "", *aligned([*head, *shown])]
    if len(rows) > LARGEST_SHOWN:
        rest = counted(len(rows) - LARGEST_SHOWN, "more row")
        lines.append(f"and {rest}: --detail customers --out FILE writes all")
    return "\n".join(lines)


def read_figures(path: Path, decimal: str = ".") -> dict[str, str]:
    """Read a csv with a figure a month: columns month (YYYY-MM) and amount, plain digits.

    The amounts are given with a point, whatever their decimal sign in the file.

    Raises
    ------
    InputError
        The file is missing or has other columns, or rows that give no figure, or another one
        for a month that has one; all of them are told.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist")
    if path.stat().st_size > LARGEST:
        raise InputError(f"{path.name} is too large for a figure a month")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is no text in UTF-8; save it as csv UTF-8") from None
    first = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in first else ",")
    names = [name.strip().casefold() for name in next(rows, [])]
    if not {"month", "amount"} <= set(names):
        raise InputError(
            f"{path.name} needs the columns month and amount; it has {', '.join(names) or 'none'}"
        )
    return _figures(path.name, names, list(rows), decimal)


def _figures(label: str, names: list[str], rows: list[list[str]], decimal: str) -> dict[str, str]:
    from history.months import index_of

    found: dict[str, str] = {}
    problems = []
    other = "." if decimal == "," else ","
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        month, amount = row.get("month", ""), row.get("amount", "")
        try:
            index_of(month)
        except InputError as error:
            problems.append(f"row {number}: {error}")
            continue
        if not amount:
            problems.append(f"row {number}: {month} has no amount")
        elif other in amount:
            problems.append(
                f"row {number}: {amount!r} is not an amount; write plain digits, such as "
                f"401025{decimal}00, or say --finance-decimal {other} if that is the sign"
            )
        elif found.setdefault(month, plain := amount.replace(decimal, ".")) != plain:
            problems.append(f"row {number}: {month} has another amount above")
    if problems:
        raise InputError("\n".join([f"{label}:", *problems]))
    return found
