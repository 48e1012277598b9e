"""What is read of a Stripe account: which lists, and which fields of their objects are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["INLINE_PRICES", "MOVED", "Listing", "listings", "trimmed"]

MOVED = "2025-03-31"
"""The version since which fields of subscriptions, invoices and discounts stand elsewhere."""

_EVERYWHERE = "id object created livemode currency metadata status deleted"


@dataclass(frozen=True)
class Listing:
    """One list of the API.

    Parameters
    ----------
    name
        The file in which its objects are kept.
    path
        Where it is read.
    keep
        Fields that are kept; names, addresses, links and means of payment are not among them.
    params
        What is asked for besides the page.
    since
        Whether a download that begins at a date leaves out its older objects.
    """

    name: str
    path: str
    keep: frozenset[str]
    params: Mapping[str, Any] = field(default_factory=dict)
    since: bool = False


_PRICE = (
    "active billing_scheme product nickname type unit_amount unit_amount_decimal recurring tiers "
    "tiers_mode transform_quantity currency_options custom_unit_amount tax_behavior lookup_key"
)
_LINE = (
    "amount description discount_amounts discounts discountable invoice_item parent period plan "
    "price pricing proration proration_details quantity quantity_decimal subscription "
    "subscription_item tax_amounts taxes type subtotal unit_amount_decimal invoice_line_item "
    "discount_amount unit_amount"
)
_TIERS = {"expand": ["data.tiers", "data.currency_options"]}

INLINE_PRICES = Listing(
    "prices_inline",
    "/v1/prices",
    frozenset(f"{_EVERYWHERE} {_PRICE}".split()),
    {"expand": ["tiers", "currency_options"]},
)
"""Prices made for one subscription or invoice: no list has them, each is read by its id."""


def _listing(
    name: str,
    keep: str,
    params: Mapping[str, Any] | None = None,
    *,
    since: bool = False,
    path: str = "",
) -> Listing:
    kept = frozenset(f"{_EVERYWHERE} {keep}".split())
    return Listing(name, path or f"/v1/{name}", kept, params or {}, since)


def listings(version: str) -> tuple[Listing, ...]:
    """Give the lists to read, those first that others refer to.

    Parameters
    ----------
    version
        Version of the API: since `MOVED` the payments of invoices are a list of their own,
        before that a refund's charge names its invoice.
    """
    new = version >= MOVED
    refunded: dict[str, Any] = {} if new else {"expand": ["data.charge"]}
    return (
        _listing("customers", "address"),
        _listing("products", "name active"),
        _listing("prices", _PRICE, {"active": "true", **_TIERS}),
        _listing("prices_inactive", _PRICE, {"active": "false", **_TIERS}, path="/v1/prices"),
        _listing("coupons", "amount_off percent_off duration duration_in_months applies_to name"),
        _listing("subscription_schedules", "subscription phases end_behavior current_phase"),
        _listing(
            "subscriptions",
            "customer items discount discounts start_date ended_at canceled_at cancel_at "
            "cancel_at_period_end cancellation_details trial_start trial_end pause_collection "
            "collection_method current_period_start current_period_end schedule status_details "
            "billing_cycle_anchor billing_mode",
            {"expand": ["data.discounts"], "status": "all"},
        ),
        _listing(
            "invoices",
            "customer subscription parent lines number auto_advance billing_reason "
            "collection_method status_transitions effective_at due_date discount discounts "
            "total subtotal attempt_count paid",
            since=True,
        ),
        _listing(
            "pending_items",
            f"{_LINE} customer date invoice",
            {"pending": "true"},
            path="/v1/invoiceitems",
        ),
        _listing(
            "credit_notes",
            "customer invoice lines refund refunds total amount effective_at reason type number",
            since=True,
        ),
        *([_listing("invoice_payments", "invoice payment amount_paid", since=True)] if new else []),
        _listing("refunds", "amount charge payment_intent reason", refunded, since=True),
    )


def trimmed(value: Mapping[str, Any], listing: Listing) -> dict[str, Any]:
    """Give an object with the fields that are kept, and no more.

    Examples
    --------
    >>> listing = Listing("customers", "/v1/customers", frozenset({"id", "address"}))
    >>> trimmed({"id": "cus_1", "email": "x@y.z", "address": {"country": "FR", "line1": "a"}},
    ...         listing)
    {'id': 'cus_1', 'address': {'country': 'FR'}}
    """
    kept = {key: each for key, each in value.items() if key in listing.keep}
    address = kept.get("address")
    if isinstance(address, Mapping):
        kept["address"] = {"country": address.get("country")}
    if isinstance(kept.get("charge"), Mapping):
        kept["charge"] = {key: kept["charge"].get(key) for key in ("id", "invoice")}
    if isinstance(kept.get("lines"), Mapping):
        names = frozenset(f"{_EVERYWHERE} {_LINE}".split())
        rows = kept["lines"].get("data", ())
        kept["lines"] = {"data": [{key: row[key] for key in row if key in names} for row in rows]}
    return kept
