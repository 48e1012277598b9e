"""Charges: lines of invoices that pay for a subscription's item over a period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from . import shapes

__all__ = ["Charge", "charges_of_invoice", "charges_of_pending", "state_of"]

_WAIT = 3 * 86_400  # seconds after which a draft is no longer one about to be issued
_AT_ONCE = 3_600  # seconds within which an invoice that is written off was never meant to be paid


class Charge(NamedTuple):
    """One line that pays for an item of a subscription.

    Parameters
    ----------
    subscription, item, price
        Whose, and at what price; without an item in the line, the price stands for it.
    start, end, created
        The period and the invoice's making, in seconds.
    position
        Where the line stands on its invoice.
    proration
        Whether it settles a change within a period: a negative amount takes back what was paid
        for the rest of it, a positive one pays for what holds instead.
    amount, discount, tax
        Minor units: as invoiced, discounts to subtract, tax contained.
    quantity
        Units.
    state
        paid, owed, or waived (see `state_of`).
    invoice
        Its id.
    """

    subscription: str
    item: str
    price: str
    start: int
    end: int
    created: int
    position: int
    proration: bool
    amount: int
    discount: int
    tax: int
    quantity: int | None
    state: str
    invoice: str

    @property
    def net(self) -> int:
        """What is paid for it without discounts and taxes, in minor units."""
        return self.amount - self.discount - self.tax


def state_of(invoice: Mapping[str, Any], until: int) -> str:
    """Say what an invoice's state means for the periods on it.

    Returns
    -------
    str
        ``paid``; ``owed``: issued, or about to be, and not paid; ``waived``: void, a draft that
        nobody issues, or written off within an hour. So do the three ways of pausing collection
        show: void, keep as draft, mark uncollectible.

    Examples
    --------
    >>> state_of({"status": "open", "created": 0}, 0)
    'owed'
    >>> state_of({"status": "draft", "created": 0, "auto_advance": False}, 864_000)
    'waived'
    """
    status = invoice.get("status")
    if status == "paid" or (status is None and invoice.get("paid")):
        return "paid"
    if status == "void":
        return "waived"
    created = int(invoice["created"])
    if status == "draft":
        return "waived" if until - created > _WAIT else "owed"
    if status == "uncollectible":
        moments = invoice.get("status_transitions") or {}
        written_off = moments.get("marked_uncollectible_at")
        issued = moments.get("finalized_at") or created
        return "waived" if written_off and written_off - issued <= _AT_ONCE else "owed"
    return "owed"


def charges_of_invoice(invoice: Mapping[str, Any], until: int) -> Iterator[Charge]:
    """Give the lines of an invoice that pay for items of subscriptions."""
    state = state_of(invoice, until)
    whose = shapes.invoice_subscription(invoice)
    for position, line in enumerate(invoice["lines"]["data"]):
        made = _charge(line, whose, int(invoice["created"]), position, state, invoice["id"])
        if made is not None:
            yield made


def charges_of_pending(item: Mapping[str, Any]) -> Iterator[Charge]:
    """Give the proration that waits for the next invoice, if it is one."""
    if shapes.is_proration(item):
        made = _charge(item, None, int(item["date"]), 0, "owed", "")
        if made is not None:
            yield made


def _charge(
    line: Mapping[str, Any],
    whose: str | None,
    created: int,
    position: int,
    state: str,
    invoice: str,
) -> Charge | None:
    subscription = shapes.line_subscription(line) or whose
    price, _ = shapes.line_price(line)
    proration = shapes.is_proration(line)
    item = shapes.line_item(line)
    if subscription is None or price is None or not (item or proration):
        return None
    start, end = int(line["period"]["start"]), int(line["period"]["end"])
    if end <= start:
        return None
    quantity = line.get("quantity")
    return Charge(
        subscription=subscription,
        item=item or price,
        price=price,
        start=start,
        end=end,
        created=created,
        position=position,
        proration=proration,
        amount=int(line["amount"]),
        discount=shapes.discounted(line),
        tax=shapes.inclusive_tax(line),
        quantity=None if quantity is None else int(quantity),
        state=state,
        invoice=invoice,
    )
