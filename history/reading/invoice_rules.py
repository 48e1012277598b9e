"""The rules by which invoice lines are judged: code, meaning, cure."""

from ..findings import rule

__all__ = [
    "ARREARS",
    "CREDIT_ALONE",
    "CREDIT_EXCEEDS",
    "CREDIT_PERIOD",
    "CREDIT_POSITIVE",
    "FINER",
    "INVOICES",
    "INVOICE_BLANK",
    "INVOICE_LEFT_OUT",
    "INVOICE_UNPAID",
    "LINE_TWICE",
    "NO_DAYS",
    "PERIOD_MISSING",
    "TAX",
]

INVOICES = rule(
    "invoices",
    "The file is one of invoice lines.",
    "If a row is a subscription line, say that there is no invoice: --map invoice_id=.",
)
INVOICE_BLANK = rule(
    "invoice-blank", "The line stands on no invoice.", "Name the invoice or remove the line."
)
INVOICE_LEFT_OUT = rule(
    "invoice-not-issued", "The invoice is a draft or void.", "Nothing to do if it is so."
)
INVOICE_UNPAID = rule(
    "invoice-uncollectible",
    "The invoice was given up as uncollectible.",
    "If the service was rendered, book it as paid and the loss as bad debt.",
)
TAX = rule("tax-line", "The line is a tax.", "Nothing to do.")
PERIOD_MISSING = rule(
    "period-missing",
    "A recurring line has no service period.",
    "Write start and end, or kind one_off if it is paid once.",
)
NO_DAYS = rule(
    "period-without-days",
    "The service period of a recurring line has no day.",
    "Write the end as the day after the last service day, or kind one_off.",
)
FINER = rule(
    "amount-finer",
    "The amount has more decimals than its currency.",
    "Write it as it is booked.",
)
LINE_TWICE = rule(
    "invoice-line-twice",
    "The invoice line came before.",
    "Remove one of them, or give each line of an invoice an id of its own.",
)
CREDIT_POSITIVE = rule(
    "credit-positive", "The amount of a credit note is positive.", "Write credits as negative."
)
CREDIT_ALONE = rule(
    "credit-without-invoice",
    "A credit note names no invoice of the file.",
    "Name the invoice in credit_of, or read it from a file that has it.",
)
CREDIT_PERIOD = rule(
    "credit-without-period",
    "A credit note has no service period, and its invoice has not exactly one.",
    "Write the period that is credited.",
)
CREDIT_EXCEEDS = rule(
    "credit-exceeds-invoice",
    "The credit notes of an invoice are more than the invoice.",
    "Check their amounts and credit_of.",
)
ARREARS = rule(
    "billed-in-arrears",
    "Most recurring lines are invoiced at or after the end of their service period.",
    "Take as as_of a month whose service has been invoiced, or its customers seem to leave.",
)
