"""The rules of the audit: what each one finds and what to do about it, most telling first."""

from __future__ import annotations

from typing import Final

from ..findings import rule

__all__ = ["AUDIT_RULES", "SKIPPED"]

DUPLICATE_LINE = rule(
    "duplicate-line",
    "A customer's line stands there once more: same product, dates, quantity and amount.",
    "Remove it, unless the customer bought the same thing twice; credit what was billed twice.",
)
WRONG_SCALE = rule(
    "wrong-scale",
    "The amount is about 10, 12, 100 or 1000 times, or a fraction, of what stands before or after "
    "it, or of what peers pay.",
    "Compare with the contract: a slipped decimal point, or a yearly amount entered as a month's.",
)
CURRENCY_MIX = rule(
    "currency-mix",
    "One line of a customer is in another currency than all of its others.",
    "Compare with the contract and correct the currency of the line.",
)
UNBILLED_QUANTITY = rule(
    "unbilled-quantity",
    "Less is billed than quantity x unit price.",
    "Bill the quantity, or correct it; look for a discount that no column shows.",
)
OVERBILLED_QUANTITY = rule(
    "overbilled-quantity",
    "More is billed than quantity x unit price.",
    "Correct the amount or the quantity, and credit the difference.",
)
DOUBLE_BILLING = rule(
    "double-billing",
    "A line runs on beside the line that took its place.",
    "End the older line where the newer one starts, unless both are meant; credit the overlap.",
)
BILLED_AFTER_CANCELLATION = rule(
    "billed-after-cancellation",
    "The customer cancelled, or a reason of leaving is given, and the line has no end.",
    "Give the line its end and credit what was billed after it.",
)
MISSED_UPLIFT = rule(
    "missed-uplift",
    "Peers got a new price at this point, or the customer itself a year before, and this line "
    "kept the old one.",
    "Check whether the rise was waived; if not, apply it from the next invoice on.",
)
EXPIRED_DISCOUNT = rule(
    "expired-discount",
    "A discount runs on long after such discounts end for others.",
    "Check for how long it was agreed; move the line to the full price.",
)
FREE_LINE = rule(
    "free-line",
    "A line of amount 0 or a trial runs on, and the customer pays nothing else.",
    "Convert it to the paid plan, or end it.",
)
PAUSE_OVERRUN = rule(
    "pause-overrun",
    "A pause runs on for longer than pauses do.",
    "Ask the customer, and resume or end the line.",
)
SERVICE_GAP = rule(
    "service-gap",
    "Service stops and goes on with the same product, and nobody cancelled.",
    "Check whether service was given in between; bill the gap.",
)
RENEWAL_MISSING = rule(
    "renewal-missing",
    "The last line ended, or its term passed, nobody cancelled, and nothing follows.",
    "Find the renewal and bill it, or record the cancellation.",
)

AUDIT_RULES: Final = (
    DUPLICATE_LINE,
    WRONG_SCALE,
    CURRENCY_MIX,
    UNBILLED_QUANTITY,
    OVERBILLED_QUANTITY,
    BILLED_AFTER_CANCELLATION,
    DOUBLE_BILLING,
    MISSED_UPLIFT,
    EXPIRED_DISCOUNT,
    FREE_LINE,
    PAUSE_OVERRUN,
    SERVICE_GAP,
    RENEWAL_MISSING,
)
"""Codes of the rules; a line that one of them explains is no finding of those after it."""

SKIPPED = rule(
    "audit-rule-skipped",
    "A rule of the audit does not fit this ledger.",
    "Read the reason; its kind of error is not looked for.",
)
