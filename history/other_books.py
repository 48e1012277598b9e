"""Other books: what the CRM or accounting has of each customer in a month."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import pandas as pd

from .customer_file import opened_customers
from .errors import InputError
from .money import half_even, to_minor
from .reading.synonyms import squashed
from .reading.table import RawTable
from .wording import counted

__all__ = ["OtherBooks", "read_books"]

AMOUNTS: Final = {
    "mrr": 1, "monthlyrecurringrevenue": 1, "amount": 1, "revenue": 1, "recognised": 1,
    "recognized": 1, "recognisedrevenue": 1, "recognizedrevenue": 1, "arr": 12,
    "annualrecurringrevenue": 12, "acv": 12,
}  # fmt: skip
"""Columns that hold the amount, best first, and how many months of it."""

_SHOWN = 5


@dataclass(frozen=True)
class OtherBooks:
    """A month's amounts by customer in another system.

    Parameters
    ----------
    label
        The file.
    rows
        customer, row (as in the file) and amount (minor units a month); several a customer.
    """

    label: str
    rows: pd.DataFrame


def read_books(
    source: str | Path | pd.DataFrame, currency: str, *, decimal: str = "."
) -> OtherBooks:
    """Read a file or frame with a customer and an amount in each row.

    The amount is the column mrr, amount or revenue, or a twelfth of arr (rounded half-even a row).

    Parameters
    ----------
    source
        A csv, xlsx or parquet file, or a frame.
    currency
        Of the amounts.
    decimal
        Their decimal sign, "." or ",".

    Raises
    ------
    InputError
        No column names the customer or the amount, or rows hold none; all of these are named.
    """
    if decimal not in (".", ","):
        raise InputError(f"the decimal sign {decimal!r} is neither . nor ,")
    with opened_customers(source) as (connection, table, customer):
        amount, months = _amount(table, customer)
        own = next((name for name in table.headers if squashed(name) == "currency"), None)
        code = "NULL" if own is None else table.text(own)
        cells = connection.execute(
            f'SELECT r."row", {table.text(customer)}, {table.text(amount)}, {code}'
            f' FROM {table.relation} AS r ORDER BY r."row"'
        ).fetchall()
        label = table.label
    return OtherBooks(label, _understood(cells, label, months, currency, decimal))


def _amount(table: RawTable, customer: str) -> tuple[str, int]:
    names = {squashed(name): name for name in table.headers if name != customer}
    for name, months in AMOUNTS.items():
        if name in names:
            return names[name], months
    raise InputError(
        f"{table.label}: no column holds the amount; call it mrr, arr or amount. "
        f"The columns are {', '.join(table.headers)}"
    )


def _understood(
    cells: list[tuple[int, str | None, str | None, str | None]],
    label: str,
    months: int,
    currency: str,
    decimal: str,
) -> pd.DataFrame:
    rows, wrong = [], []
    for number, customer, text, code in cells:
        if customer is None and text is None:
            continue
        if code is not None and code.strip().upper() not in ("", currency):
            wrong.append(f"row {number}: is in {code.strip()}, the ledger in {currency}")
            continue
        try:
            rows.append((str(customer or ""), number, _minor(text, months, currency, decimal)))
        except InputError as error:
            wrong.append(f"row {number}: {error}")
            continue
        if customer is None:
            wrong.append(f"row {number}: an amount without a customer")
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise InputError(
            f"{label}: {counted(len(wrong), 'row')}: {'; '.join(wrong[:_SHOWN])}{more}"
        )
    return pd.DataFrame(rows, columns=["customer", "row", "amount"]).astype({"amount": "int64"})


def _minor(text: str | None, months: int, currency: str, decimal: str) -> int:
    if text is None:
        raise InputError("no amount")
    other = "," if decimal == "." else "."
    if other in text:
        raise InputError(
            f"{text!r} is not an amount; write plain digits, such as 401025{decimal}00"
        )
    plain = text.replace(decimal, ".")
    if months == 1:
        return to_minor(plain, currency)
    return half_even(Fraction(to_minor(plain, currency), months))
