"""Maxio Advanced Billing (formerly Chargify): its subscriptions, prices in cents.

`canceled_at` is the day on which a subscription was canceled; one that will be canceled keeps its
state and says when it ends: `delayed_cancel_at`, or the end of its period.
"""

from __future__ import annotations

from .cells import Cells
from .profile import Caution, Profile, Shape, Skip

__all__ = ["MAXIO"]

_STATES = {
    "active": "active",
    "assessing": "active",
    "pending": "active",
    "soft_failure": "past_due",
    "past_due": "past_due",
    "unpaid": "past_due",
    "trialing": "trial",
    "trial_ended": "trial",
    "suspended": "paused",
    "on_hold": "paused",
    "paused": "paused",
    "canceled": "cancelled",
    "expired": "cancelled",
}
_REASONS = {"dunning": "involuntary", "merchant_ui": "voluntary", "merchant_api": "voluntary"}


def _subscriptions(at: Cells) -> Shape:
    state = at.word(at.text("state", "subscription_state"))
    begin = at.filled("activated_at", "created_at")
    tried_from = at.filled("trial_started_at", "created_at")
    trial_end, canceled = at.text("trial_ended_at"), at.text("canceled_at")
    in_trial = at.among(state, "trialing", "trial_ended")
    left_in_trial = f"coalesce({at.moment(canceled)} <= {at.moment(trial_end)}, false)"
    ends_later = at.true(at.text("cancel_at_end_of_period"))
    delayed = at.text("delayed_cancel_at")
    notice = f"({canceled} IS NULL AND ({ends_later} OR {delayed} IS NOT NULL))"
    leaving = f"coalesce({delayed}, {at.text('current_period_ends_at')})"
    rests = at.text("on_hold_at")
    paused = f"({at.among(state, 'on_hold', 'paused')} AND {rests} IS NOT NULL)"
    currency = at.text("currency") if at.header("currency") else None
    price = at.text("product_price_in_cents")
    expired = f"CASE WHEN {state} = 'expired' THEN {at.text('expires_at')} END"
    return Shape(
        columns=at.present(
            {
                "customer_id": ("customer_reference", "customer_id", "customer.id"),
                "subscription_id": ("subscription_id", "id"),
                "currency": ("currency",),
                "interval": ("product_interval_unit", "interval_unit", "product.interval_unit"),
                "interval_count": ("product_interval", "interval", "product.interval"),
            }
        ),
        made={
            "start": at.day(f"CASE WHEN {in_trial} THEN {tried_from} ELSE {begin} END"),
            "end": at.day(
                f"CASE WHEN {canceled} IS NOT NULL THEN {canceled} WHEN {notice} THEN {leaving} "
                f"WHEN {paused} THEN {rests} ELSE {expired} END"
            ),
            "effective": at.day(canceled),
            "amount": at.major(price, currency),
            "status": f"CASE WHEN {left_in_trial} THEN 'trial' WHEN {paused} THEN 'active' "
            f"WHEN {notice} AND NOT {in_trial} THEN 'cancelled' "
            f"ELSE {at.words(state, _STATES)} END",
            "churn_reason": at.words(at.word(at.text("cancellation_method")), _REASONS),
        },
        also=((paused, {
            "start": at.day(rests), "end": at.nothing, "status": "'paused'"}),),
        skips=(
            Skip(
                at.among(state, "failed_to_create", "awaiting_signup"),
                at.header("state", "subscription_state") or "",
                "the subscription never began",
            ),
        ),
        cautions=(
            Caution(
                f"coalesce({at.text('coupon_code')}, {at.text('coupon_codes')}) IS NOT NULL",
                at.header("coupon_code", "coupon_codes") or "",
                "read before the coupon's discount, whose amount is not in the export",
            ),
        ),
    )  # fmt: skip


MAXIO = (
    Profile(
        name="maxio-subscriptions",
        title="Maxio subscriptions export",
        documentation="https://maxio-chargify.zendesk.com/hc/en-us/articles/5404681593741-Exporting-Data",
        marks=("state|subscription_state", "product_price_in_cents", "current_period_ends_at",
               "activated_at", "canceled_at"),
        shape=_subscriptions,
        says="days as written, the time of day cut off; product_price_in_cents in major units, as "
        "it is today; components are not in it",
        left_out=frozenset(
            {
                "current_period_started_at", "current_period_ends_at", "next_assessment_at",
                "updated_at", "balance_in_cents", "total_revenue_in_cents", "signup_revenue",
                "current_billing_amount_in_cents", "customer_first_name", "customer_last_name",
                "customer_email", "previous_state", "signup_payment_id", "cancellation_message",
                "created_at", "trial_started_at", "expires_at", "product_version_number",
            }
        ),
    ),
)  # fmt: skip
"""The profiles of Maxio's exports."""
