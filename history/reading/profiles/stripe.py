"""Stripe: the subscriptions and the invoices as the dashboard exports them.

A subscription's row has its present price only, in major units for one unit. `Canceled At` is the
day of the request and no end; `Ended At` the day on which it ended. Cancelled at once it was paid
up to `Current Period End`, unless the payment had failed: the export does not say whether money was
given back. `Start (UTC)` is the last change of plan, `Start Date (UTC)` the beginning.
"""

from __future__ import annotations

from .cells import Cells
from .profile import Caution, Profile, Shape, Skip

__all__ = ["STRIPE"]

_STATUS = {
    "trialing": "trial",
    "active": "active",
    "past_due": "past_due",
    "unpaid": "past_due",
    "paused": "paused",
    "canceled": "cancelled",
    "cancelled": "cancelled",
}
_REASONS = {
    "cancellation_requested": "voluntary",
    "payment_failed": "involuntary",
    "payment_disputed": "involuntary",
}


def _subscriptions(at: Cells) -> Shape:
    status = at.word(at.text("Status"))
    begin = at.filled("Start Date (UTC)", "Created (UTC)")
    trial_end, ended = at.text("Trial End (UTC)"), at.text("Ended At (UTC)")
    in_trial = at.among(status, "trialing")
    left_in_trial = f"coalesce({at.moment(ended)} <= {at.moment(trial_end)}, false)"
    tried = f"({at.same_day(at.text('Trial Start (UTC)'), begin)} AND {trial_end} IS NOT NULL)"
    paid_later = f"({tried} AND NOT {in_trial} AND NOT {left_in_trial})"
    notice = f"({at.true(at.text('Cancel At Period End'))} AND {ended} IS NULL)"
    leaving = f"coalesce({at.text('Cancel At (UTC)')}, {at.text('Current Period End (UTC)')})"
    reason = at.words(at.word(at.text("Cancellation Reason")), _REASONS)
    paid_to, unpaid = at.text("Current Period End (UTC)"), f"{reason} = 'involuntary'"
    paid_on = f"coalesce({at.moment(paid_to)} > {at.moment(ended)} AND NOT {left_in_trial}, false)"
    stop = f"CASE WHEN {paid_on} AND NOT coalesce({unpaid}, false) THEN {paid_to} ELSE {ended} END"
    amount, quantity = at.text("Amount", "Plan Amount"), at.text("Quantity")
    changed = at.text("Start (UTC)")
    return Shape(
        columns=at.present(
            {
                "customer_id": ("Customer ID", "Customer"),
                "subscription_id": ("id", "Subscription ID"),
                "currency": ("Currency", "Plan Currency"),
                "interval": ("Interval", "Plan Interval"),
                "interval_count": ("Interval Count", "Plan Interval Count"),
                "quantity": ("Quantity",),
                "unit_price": ("Amount", "Plan Amount"),
            }
        ),
        made={
            "start": f"CASE WHEN {paid_later} THEN {trial_end} ELSE {begin} END",
            "end": f"CASE WHEN {notice} THEN {leaving} ELSE {stop} END",
            "requested": at.text("Canceled At (UTC)"),
            "effective": ended,
            "amount": at.times(amount, quantity),
            "status": f"CASE WHEN {left_in_trial} THEN 'trial' WHEN {notice} AND NOT {in_trial} "
            f"THEN 'cancelled' ELSE {at.words(status, _STATUS)} END",
            "churn_reason": reason,
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
        ),
        skips=(
            Skip(
                at.among(status, "incomplete", "incomplete_expired"),
                at.header("Status") or "",
                "the first payment never came, so the subscription never began",
            ),
        ),
        cautions=(
            Caution(
                f"NOT {at.same_day(changed, begin)} AND {changed} IS NOT NULL",
                at.header("Start (UTC)") or "",
                "the plan was changed since; the present price is taken for the whole time "
                "(the invoices know the earlier ones)",
            ),
            Caution(
                f"{at.text('Coupon')} IS NOT NULL",
                at.header("Coupon") or "",
                "read before the coupon's discount, whose amount is not in the export",
            ),
        ),
    )


def _invoices(at: Cells) -> Shape:
    subscription, total = at.text("Subscription"), at.text("Total", "Amount Due")
    from_day = at.text("Minimum Line Item Period Start (UTC)", "Period Start (UTC)")
    to_day = at.text("Maximum Line Item Period End (UTC)", "Period End (UTC)")
    at.text("Period Start (UTC)"), at.text("Period End (UTC)")
    return Shape(
        columns=at.present(
            {
                "invoice_id": ("id", "Number"),
                "customer_id": ("Customer", "Customer ID"),
                "subscription_id": ("Subscription",),
                "currency": ("Currency",),
                "status": ("Status",),
            }
        ),
        made={
            "line_id": at.text("id"),
            "invoice_date": at.filled("Date (UTC)", "Created (UTC)", "Finalized At (UTC)"),
            "start": from_day,
            "end": to_day,
            "amount": at.minus(total, at.text("Tax")),
            "kind": f"CASE WHEN {subscription} IS NULL THEN 'one_off' ELSE 'recurring' END",
        },
        cautions=(
            Caution(
                f"coalesce({at.moment(to_day)} - {at.moment(from_day)} > INTERVAL 367 DAY, false)",
                at.header("Maximum Line Item Period End (UTC)") or "",
                "its lines cover more than a year: the invoice as a whole is spread over it",
            ),
        ),
    )


STRIPE = (
    Profile(
        name="stripe-subscriptions",
        title="Stripe subscriptions export",
        documentation="https://docs.stripe.com/api/subscriptions",
        marks=("Customer ID", "Status", "Plan|Price ID|Plan Price ID", "Current Period End (UTC)"),
        shape=_subscriptions,
        says="days in UTC, the time of day cut off; the end is that of the paid "
        "period, not the day of the request; the price is Amount x Quantity, in major units, as it "
        "is today",
        left_out=frozenset(
            {
                "Customer Description", "Customer Email", "Customer Name", "Created (UTC)",
                "Current Period Start (UTC)", "Current Period End (UTC)", "Cancel At (UTC)",
                "Cancel At Period End", "Days Until Due", "Billing Cycle Anchor (UTC)",
            }
        ),
    ),
    Profile(
        name="stripe-invoices",
        title="Stripe invoices export",
        documentation="https://stripe.com/docs/api#invoice_object",
        marks=("id", "Customer|Customer ID", "Amount Due", "Subscription", "Total|Subtotal",
               "Minimum Line Item Period Start (UTC)|Period Start (UTC)"),
        shape=_invoices,
        says="one line an invoice, over the period of its lines; days in UTC, the time of day cut "
        "off; the amount is Total - Tax, in major units; credit notes are not in this export",
        kind="invoices",
        left_out=frozenset(
            {
                "Amount Due", "Amount Paid", "Amount Remaining", "Subtotal", "Tax Percent",
                "Total Discount Amount", "Exclusive Tax Amount", "Inclusive Tax Amount", "Paid",
                "Starting Balance", "Ending Balance", "Due Date (UTC)", "Paid At (UTC)", "Closed",
                "Marked Uncollectible At (UTC)", "Voided At (UTC)", "Finalized At (UTC)", "Charge",
                "Forgiven", "Description", "Customer Name", "Customer Email", "Billing",
                "Attempted", "Number", "Attempt Count", "Next Payment Attempt (UTC)",
            }
        ),
    ),
)  # fmt: skip
"""The profiles of Stripe's exports."""
