"""What a file lacks to be a ledger, and what it seems to be instead."""

from __future__ import annotations

from collections.abc import Mapping

from .problems import Problems
from .synonyms import FIELDS, squashed
from .table import RawTable

__all__ = ["refuse_missing", "seems_to_be"]

_INVOICE = frozenset(
    {
        "invoiceid",
        "invoicenumber",
        "invoiceno",
        "invoicedate",
        "invoice",
        "invoiceamount",
        "rechnungsnummer",
        "rechnungsdatum",
        "numerofacture",
        "datefacture",
    }
)
_MOVEMENTS = ("new", "expansion", "contraction", "churn", "reactivation", "opening", "closing")
_PRICES = ("mrr", "amount", "arr")


def refuse_missing(table: RawTable, mapping: Mapping[str, str], problems: Problems) -> None:
    """Refuse a file without a customer, a start or a price, all at once.

    Parameters
    ----------
    table
        The raw table.
    mapping
        What was found.
    problems
        Gets the refusal.
    """
    missing = [name for name in ("customer_id", "start") if name not in mapping]
    if not any(name in mapping for name in _PRICES):
        missing.append("mrr (or amount with interval, or arr)")
    if not missing:
        return
    how = " ".join(f"--map {name.split()[0]}=COLUMN" for name in missing)
    known = ", ".join(f"{name}={column}" for name, column in mapping.items()) or "none"
    problems.refuse(
        f"{table.label}: no column found for {', '.join(missing)}. "
        f"Its columns: {', '.join(table.headers)}. Recognised: {known}. "
        f"Say which they are: {how} (columns={{{missing[0].split()[0]!r}: 'COLUMN'}}); the fields "
        f"are {', '.join(FIELDS)}.{seems_to_be(table)}"
    )


def seems_to_be(table: RawTable) -> str:
    """Say what a file seems to be that is not a ledger; "" where nothing comes to mind."""
    names = {squashed(header) for header in table.headers}
    if names & _INVOICE:
        return (
            " The file looks like invoice lines: these need invoice_id, customer_id, amount, and "
            "the service period that the amount pays for (start, end)."
        )
    told = [movement for movement in _MOVEMENTS if any(movement in name for name in names)]
    if "movement" in names or len(told) >= 3:
        return (
            " The file looks like a finished table of movements, which is not read yet: give the "
            "subscription lines behind it."
        )
    return ""
