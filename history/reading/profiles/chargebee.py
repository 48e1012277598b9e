"""Chargebee: the file Subscriptions.csv of its subscriptions export.

`cancelled_at` is the day on which a subscription ended or, while it is non-renewing, will end: the
end of the paid term. Prices are those of today, in major units. Addons stand in a file of their own
(SubscriptionAddons.csv) without dates.
"""

from __future__ import annotations

from .cells import Cells
from .profile import Caution, Profile, Shape

__all__ = ["CHARGEBEE"]

_STATUS = {
    "future": "active",
    "in_trial": "trial",
    "active": "active",
    "non_renewing": "cancelled",
    "paused": "paused",
    "cancelled": "cancelled",
    "transferred": "cancelled",
}
_REASONS = {
    "not_paid": "involuntary",
    "no_card": "involuntary",
    "fraud_review_failed": "involuntary",
    "non_compliant_eu_customer": "involuntary",
    "non_compliant_customer": "involuntary",
    "tax_calculation_failed": "involuntary",
    "currency_incompatible_with_gateway": "involuntary",
}


def _of(name: str) -> tuple[str, str]:
    return f"subscriptions.{name}", name


def _subscriptions(at: Cells) -> Shape:
    status = at.word(at.text(*_of("status")))
    begin = at.filled(*_of("started_at"), *_of("start_date"), *_of("created_at"))
    trial_end, cancelled = at.text(*_of("trial_end")), at.text(*_of("cancelled_at"))
    in_trial = at.among(status, "in_trial")
    left_in_trial = f"coalesce({at.moment(cancelled)} <= {at.moment(trial_end)}, false)"
    tried = f"({at.same_day(at.text(*_of('trial_start')), begin)} AND {trial_end} IS NOT NULL)"
    paid_later = f"({tried} AND NOT {in_trial} AND NOT {left_in_trial})"
    asked = at.text(*_of("cancel_schedule_created_at"))
    leaves = at.among(status, "cancelled", "non_renewing", "transferred")
    rests = at.text(*_of("pause_date"))
    paused = f"({at.among(status, 'paused')} AND {rests} IS NOT NULL)"
    unit, quantity = at.text(*_of("plan_unit_price")), at.text(*_of("plan_quantity"))
    activated = at.text(*_of("activated_at"))
    return Shape(
        columns=at.present(
            {
                "customer_id": ("customers.id", "subscriptions.customer_id", "customer_id"),
                "subscription_id": _of("id"),
                "currency": _of("currency_code"),
                "interval": _of("billing_period_unit"),
                "interval_count": _of("billing_period"),
                "quantity": _of("plan_quantity"),
                "unit_price": _of("plan_unit_price"),
            }
        ),
        made={
            "start": f"CASE WHEN {paid_later} THEN {trial_end} ELSE {begin} END",
            "end": f"CASE WHEN {leaves} THEN {cancelled} WHEN {paused} THEN {rests} END",
            "requested": f"CASE WHEN {leaves} THEN {asked} END",
            "effective": f"CASE WHEN {leaves} THEN {cancelled} END",
            "amount": f"coalesce({at.text(*_of('plan_amount'))}, {at.times(unit, quantity)})",
            "status": f"CASE WHEN {left_in_trial} THEN 'trial' WHEN {paused} THEN 'active' "
            f"ELSE {at.words(status, _STATUS)} END",
            "churn_reason": at.words(at.word(at.text(*_of("cancel_reason"))), _REASONS),
        },
        also=(
            (
                paid_later,
                {
                    "start": begin,
                    "end": trial_end,
                    "status": "'trial'",
                    "requested": at.nothing,
                    "effective": at.nothing,
                },
            ),
            (paused, {"start": rests, "end": at.nothing, "status": "'paused'"}),
        ),
        cautions=(
            Caution(
                f"{activated} IS NOT NULL AND NOT {at.same_day(activated, begin)} "
                f"AND NOT {at.same_day(activated, trial_end)} AND NOT {tried}",
                at.header(*_of("activated_at")) or "",
                "it was cancelled and activated again; the time between is not in the export and "
                "counts as paid",
            ),
        ),
    )


CHARGEBEE = (
    Profile(
        name="chargebee-subscriptions",
        title="Chargebee subscriptions export",
        documentation="https://datacatalog.chargebee.com/subscriptions",
        marks=("subscriptions.id", "customers.id|subscriptions.customer_id", "subscriptions.status",
               "subscriptions.current_term_end", "subscriptions.plan_id"),
        shape=_subscriptions,
        says="days as written, the time of day cut off; the end is cancelled_at, the end of the "
        "paid term; the price is the plan's, in major units, as it is today; addons are not in it",
        left_out=frozenset(
            {
                "subscriptions.current_term_start", "subscriptions.current_term_end",
                "subscriptions.next_billing_at", "subscriptions.remaining_billing_cycles",
                "subscriptions.updated_at", "subscriptions.resume_date", "subscriptions.po_number",
                "subscriptions.created_at", "subscriptions.start_date",
                "subscriptions.due_invoices_count", "subscriptions.due_since",
                "subscriptions.total_dues", "subscriptions.mrr", "subscriptions.auto_collection",
                "customers.first_name", "customers.last_name", "customers.email", "customers.phone",
            }
        ),
    ),
)  # fmt: skip
"""The profiles of Chargebee's exports."""
