"""Recurly: the history of subscriptions, and the adjustments (lines of invoices).

The history has a row for every version of a subscription, so every change of price is in it. A
canceled subscription lives until `subscription_expires_at`, the end of its term: cancelled means
notice given. Times carry the name of the site's time zone; the day is that of the site.
"""

from __future__ import annotations

from .cells import Cells
from .profile import Profile, Shape, Skip

__all__ = ["RECURLY"]

_STATES = {
    "active": "active",
    "canceled": "cancelled",
    "expired": "cancelled",
    "paused": "paused",
    "future": "active",
    "trial": "trial",
}
_KINDS = {
    "plan": "recurring",
    "plan_trial": "recurring",
    "add_on": "recurring",
    "add_on_trial": "recurring",
    "coupon": "recurring",
    "setup_fee": "one_off",
    "usage_add_on": "one_off",
    "usage_add_on_trial": "one_off",
    "one_time": "one_off",
    "debit": "one_off",
    "credit": "credit",
}


def _history(at: Cells) -> Shape:
    state, ended = at.word(at.text("subscription_state")), at.text("version_ended_at")
    leaves = at.among(state, "canceled", "expired")
    expires = at.text("subscription_expires_at")
    unit, quantity = at.text("version_subscription_unit_amount"), "version_subscription_quantity"
    price = at.text("version_total_recurring_amount")
    at.text("subscription_activated_at"), at.text("version_add_ons_total")
    return Shape(
        columns=at.present(
            {
                "customer_id": ("account_code",),
                "subscription_id": ("subscription_uuid",),
                "currency": ("subscription_currency",),
                "interval": ("version_plan_interval_unit",),
                "interval_count": ("version_plan_interval_length",),
                "quantity": (quantity,),
                "unit_price": ("version_subscription_unit_amount",),
                "is_trial": ("version_in_trial",),
            }
        ),
        made={
            "start": at.day(at.text("version_started_at")),
            "end": at.day(f"coalesce({ended}, CASE WHEN {leaves} THEN {expires} END)"),
            "requested": at.day(f"CASE WHEN {leaves} THEN {at.text('version_started_at')} END"),
            "effective": at.day(f"CASE WHEN {leaves} THEN {expires} END"),
            "amount": f"coalesce({price}, {at.times(unit, at.text(quantity))})",
            "status": at.words(state, _STATES),
        },
    )


def _adjustments(at: Cells) -> Shape:
    origin, total = at.word(at.text("adjustment_origin")), at.text("adjustment_total")
    credit = f"(lower({at.text('adjustment_type')}) = 'credit')"
    refund = at.true(at.text("adjustment_refund"))
    taxed = at.minus(total, at.text("adjustment_tax", "tax_amount"))
    net = f"coalesce({at.text('adjustment_subtotal')}, {taxed})"
    return Shape(
        columns=at.present(
            {
                "invoice_id": ("invoice_number", "invoice_id"),
                "line_id": ("uuid",),
                "customer_id": ("account_code",),
                "subscription_id": ("subscription_id",),
                "currency": ("adjustment_currency",),
                "quantity": ("adjustment_quantity",),
                "credit_of": ("original_invoice_number",),
            }
        ),
        made={
            "invoice_date": at.day(at.filled("invoice_billed_date", "adjustment_created_at")),
            "start": at.day(at.text("adjustment_start_at")),
            "end": at.day(at.text("adjustment_end_at")),
            "amount": f"CASE WHEN {credit} AND left({net}, 1) <> '-' THEN '-' || {net} "
            f"ELSE {net} END",
            "kind": f"CASE WHEN {refund} THEN 'refund' WHEN {credit} THEN 'credit' "
            f"ELSE {at.words(origin, _KINDS)} END",
            "status": at.word(at.text("invoice_state")),
        },
        skips=(
            Skip(
                at.among(origin, "carryforward", "gift_card", "external_gift_card"),
                at.header("adjustment_origin") or "",
                "it moves a balance and is no revenue",
            ),
            Skip(
                f"coalesce(lower({at.text('adjustment_status')}) = 'pending', false)",
                at.header("adjustment_status") or "",
                "it is on no invoice yet",
            ),
        ),
    )


RECURLY = (
    Profile(
        name="recurly-history",
        title="Recurly subscription history export",
        documentation="https://docs.recurly.com/recurly-subscriptions/docs/subscription-history-export",
        marks=("subscription_uuid", "account_code", "version_started_at", "version_ended_at",
               "version_plan_interval_unit"),
        shape=_history,
        says="a line a version; days in the site's time zone, the time of day cut off; a canceled "
        "subscription ends at subscription_expires_at, the end of its paid term",
        left_out=frozenset(
            {
                "version_uuid", "version_state", "version_renewal_billing_cycles",
                "version_total_billing_cycles", "current_ramp_id", "subscription_api_id",
                "version_add_on_unit_amounts", "version_add_on_types", "version_shipping_amount",
                "version_auto_renew", "version_add_on_tier_types",
            }
        ),
    ),
    Profile(
        name="recurly-adjustments",
        title="Recurly adjustments export",
        documentation="https://github.com/recurly/recurly-docs (adjustment-export-contents.md)",
        marks=("uuid", "account_code", "adjustment_origin", "adjustment_type",
               "adjustment_start_at"),
        shape=_adjustments,
        says="a line an adjustment; days in the site's time zone, the time of day cut off; the "
        "amount is adjustment_subtotal: after discounts, before taxes",
        kind="invoices",
        left_out=frozenset(
            {
                "adjustment_description", "adjustment_amount", "adjustment_discount",
                "adjustment_taxable", "adjustment_tax_code", "adjustment_refundable_amount",
                "original_adjustment_uuid", "adjustment_coupon_code", "invoice_closed_at",
                "invoice_net_terms", "invoice_po_number", "invoice_due_on", "account_name",
                "account_vat_number", "item_id", "tax_type", "tax_region", "tax_rate",
            }
        ),
    ),
)  # fmt: skip
"""The profiles of Recurly's exports."""
