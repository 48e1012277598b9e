"""What is told about a Stripe account besides its lines: code, meaning, cure."""

from ...findings import rule

__all__ = [
    "CHANGED",
    "ESTIMATED",
    "FROM_STATE",
    "INCOMPLETE",
    "METERED",
    "MISSING",
    "NO_PRICE",
    "NO_SUBSCRIPTION",
    "SCHEDULED",
    "SINCE",
    "UNPAID",
    "VOIDED",
]

METERED = rule(
    "stripe-metered",
    "The price is charged by use: it is invoiced, and no part of MRR.",
    "Look for its revenue in invoices.parquet (kind one_off).",
)
FROM_STATE = rule(
    "stripe-no-invoice",
    "No invoice tells the history of the subscription's item.",
    "Its present price is taken for all of its time; check it if it ever changed.",
)
MISSING = rule(
    "stripe-invoice-missing",
    "The subscription is active, but its present period has no invoice.",
    "Look for a deleted or manual invoice in Stripe.",
)
CHANGED = rule(
    "stripe-change-not-invoiced",
    "Price or quantity was changed without proration and is not invoiced yet.",
    "Nothing to do if it is to be paid from the next period on.",
)
ESTIMATED = rule(
    "stripe-proration-estimated",
    "The price in force after a change is estimated from the prorated amount.",
    "Check the line: a discount or a deleted price stands behind it.",
)
VOIDED = rule(
    "stripe-period-waived",
    "Invoices of whole periods were voided, left as drafts or written off at once.",
    "They count as a pause; if they were billed in another way, correct the line.",
)
UNPAID = rule(
    "stripe-unpaid",
    "The subscription is unpaid: Stripe has given up collecting.",
    "It ends with the last invoice that was issued, as involuntary churn.",
)
INCOMPLETE = rule(
    "stripe-incomplete",
    "The first payment was never made.",
    "Nothing to do: the subscription never began.",
)
NO_PRICE = rule(
    "stripe-price-unknown",
    "A price is not in the account any more.",
    "Its lines are taken as invoiced, with the interval of their period.",
)
NO_SUBSCRIPTION = rule(
    "stripe-subscription-unknown",
    "Invoices name a subscription that the account does not list.",
    "Their periods are in invoices.parquet only; look the subscription up in Stripe.",
)
SCHEDULED = rule(
    "stripe-schedule",
    "A schedule changes the subscription later on.",
    "Its coming phases are no lines yet; the end of the last one is the term's end.",
)
SINCE = rule(
    "stripe-since",
    "The download began at a date: earlier history is left out.",
    "Fetch everything for cohorts by the true first month.",
)
