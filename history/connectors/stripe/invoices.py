"""Invoice lines: every amount that was billed, credited or paid back, with its service period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from . import shapes
from .rows import View

__all__ = ["BilledLine", "billed_lines", "credited_lines", "refunded_lines"]


class BilledLine(NamedTuple):
    """One line of an invoice, a credit note or a refund; amounts in Stripe's minor units."""

    invoice_id: str
    line_id: str
    customer_id: str | None
    subscription_id: str | None
    invoice_date: date
    start: date
    end: date
    amount: int
    currency: str
    kind: str
    quantity: int | None
    price: str | None
    status: str
    credit_of: str | None
    credit_line: str | None


def billed_lines(invoice: Mapping[str, Any], view: View) -> Iterator[BilledLine]:
    """Give the lines of an invoice, without discounts and taxes."""
    moments = invoice.get("status_transitions") or {}
    issued = _day(view, moments.get("finalized_at") or invoice["created"])
    whose = shapes.invoice_subscription(invoice)
    for line in invoice["lines"]["data"]:
        price = shapes.line_price(line)[0]
        start, end = _days(view, line["period"])
        yield BilledLine(
            invoice["id"],
            line["id"],
            shapes.ref(invoice.get("customer")),
            shapes.line_subscription(line) or whose,
            issued,
            start,
            end,
            _net(line, shapes.discounted(line)),
            invoice["currency"].upper(),
            _kind(line, price, view),
            line.get("quantity"),
            price,
            invoice.get("status") or ("paid" if invoice.get("paid") else "open"),
            None,
            None,
        )


def credited_lines(note: Mapping[str, Any], view: View) -> Iterator[BilledLine]:
    """Give the lines of a credit note, negative; their periods are those of the lines credited."""
    issued = _day(view, note.get("effective_at") or note["created"])
    for line in note["lines"]["data"]:
        yield BilledLine(
            note["id"],
            line["id"],
            shapes.ref(note.get("customer")),
            None,
            issued,
            issued,
            issued + timedelta(days=1),
            -_net(line, int(line.get("discount_amount") or 0)),
            note["currency"].upper(),
            "credit",
            line.get("quantity"),
            None,
            "void" if note.get("status") == "void" else "paid",
            shapes.ref(note.get("invoice")),
            line.get("invoice_line_item"),
        )


def refunded_lines(
    refund: Mapping[str, Any], invoices: Mapping[str, str], view: View
) -> Iterator[BilledLine]:
    """Give a refund that no credit note stands for, negative, on the day it was made.

    Parameters
    ----------
    refund
        As in the API; one that failed or was taken back gives nothing.
    invoices
        Payment or charge -> invoice that it paid.
    view
        Where the days begin.
    """
    if refund.get("status") in {"failed", "canceled"}:
        return
    charge = refund.get("charge")
    named = shapes.ref(charge.get("invoice")) if isinstance(charge, Mapping) else None
    payment = shapes.ref(refund.get("payment_intent")) or ""
    day = _day(view, refund["created"])
    yield BilledLine(
        refund["id"],
        refund["id"],
        None,
        None,
        day,
        day,
        day + timedelta(days=1),
        -int(refund["amount"]),
        refund["currency"].upper(),
        "refund",
        None,
        None,
        "paid",
        named or invoices.get(payment) or invoices.get(shapes.ref(charge) or ""),
        None,
    )


def _net(line: Mapping[str, Any], discount: int) -> int:
    return int(line["amount"]) - discount - shapes.inclusive_tax(line)


def _kind(line: Mapping[str, Any], price: str | None, view: View) -> str:
    if shapes.is_proration(line):
        return "proration"
    known = view.prices.get(price or "")
    licensed = known is None or known.recurring
    return "recurring" if shapes.line_item(line) and licensed else "one_off"


def _days(view: View, period: Mapping[str, Any]) -> tuple[date, date]:
    start, end = _day(view, period["start"]), _day(view, period["end"])
    return start, max(end, start + timedelta(days=1))


def _day(view: View, seconds: int) -> date:
    return view.day_of(int(seconds))
