"""Where fields stand in the API: their place of today, and their place before 2025."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = [
    "coupons_of",
    "discounted",
    "inclusive_tax",
    "invoice_subscription",
    "is_proration",
    "item_period",
    "line_item",
    "line_price",
    "line_subscription",
    "ref",
]

Object = Mapping[str, Any]


def ref(value: Any) -> str | None:
    """Give the id of a field that holds an id or, expanded, the object.

    Examples
    --------
    >>> ref("cus_1"), ref({"id": "cus_1", "object": "customer"}), ref(None)
    ('cus_1', 'cus_1', None)
    """
    return value.get("id") if isinstance(value, Mapping) else value


def item_period(item: Object, subscription: Object) -> tuple[int, int]:
    """Give start and end of an item's present period, in seconds.

    Since 2025 each item has its own; before, all items had the subscription's.

    Examples
    --------
    >>> item_period({"current_period_start": 1, "current_period_end": 2}, {})
    (1, 2)
    >>> item_period({}, {"current_period_start": 3, "current_period_end": 4})
    (3, 4)
    """
    holder = item if item.get("current_period_end") else subscription
    return int(holder["current_period_start"]), int(holder["current_period_end"])


def line_price(line: Object) -> tuple[str | None, Object | None]:
    """Give the id of a line's price, and the price itself where the line holds it.

    Today ``pricing.price_details.price``; before ``price``, and before that ``plan``.
    """
    pricing = line.get("pricing") or {}
    price = (pricing.get("price_details") or {}).get("price")
    price = price or line.get("price") or line.get("plan")
    return ref(price), price if isinstance(price, Mapping) else None


def _parent(line: Object, kind: str) -> Object:
    return (line.get("parent") or {}).get(kind) or {}


def line_subscription(line: Object) -> str | None:
    """Give the subscription that a line of an invoice, or a pending item, belongs to."""
    return (
        _parent(line, "subscription_item_details").get("subscription")
        or _parent(line, "invoice_item_details").get("subscription")
        or _parent(line, "subscription_details").get("subscription")
        or ref(line.get("subscription"))
    )


def line_item(line: Object) -> str | None:
    """Give the item of a subscription that a line charges; None for a charge of its own."""
    return (
        _parent(line, "subscription_item_details").get("subscription_item")
        or _parent(line, "subscription_details").get("subscription_item")
        or line.get("subscription_item")
    )


def is_proration(line: Object) -> bool:
    """Say whether a line settles a change within a period."""
    return bool(
        line.get("proration")
        or _parent(line, "subscription_item_details").get("proration")
        or _parent(line, "invoice_item_details").get("proration")
    )


def invoice_subscription(invoice: Object) -> str | None:
    """Give the subscription that an invoice is of, None for an invoice made by hand."""
    return ref(_parent(invoice, "subscription_details").get("subscription")) or ref(
        invoice.get("subscription")
    )


def discounted(line: Object) -> int:
    """Give the sum of a line's discounts, in minor units."""
    return sum(int(each["amount"]) for each in line.get("discount_amounts") or ())


def inclusive_tax(line: Object) -> int:
    """Give the tax that a line's amount contains, in minor units."""
    if line.get("taxes") is not None:
        return sum(
            int(each["amount"]) for each in line["taxes"] if each.get("tax_behavior") == "inclusive"
        )
    return sum(int(each["amount"]) for each in line.get("tax_amounts") or () if each["inclusive"])


def coupons_of(holder: Object, known: Mapping[str, Object]) -> Iterator[Object]:
    """Give the coupons of a subscription's or item's discounts.

    Today ``discounts[].source.coupon``; before ``discounts[].coupon``, and before that one
    ``discount``.
    """
    for discount in (*(holder.get("discounts") or ()), holder.get("discount")):
        if not isinstance(discount, Mapping):
            continue
        coupon = (discount.get("source") or {}).get("coupon") or discount.get("coupon")
        if isinstance(coupon, Mapping):
            yield {**coupon, "ends": discount.get("end")}
        elif coupon is not None and coupon in known:
            yield {**known[coupon], "ends": discount.get("end")}
