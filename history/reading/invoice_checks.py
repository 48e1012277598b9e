"""The checks that each invoice line goes through, as conditions on its understood fields."""

from __future__ import annotations

from collections.abc import Mapping

from . import invoice_rules, rules
from .checks import Check
from .parsed import State

__all__ = ["invoice_checks"]

_GIVEN = f"({State.BLANK:d}, {State.NULL_WORD:d})"
_COUNTS = "status NOT IN ('draft', 'void', 'uncollectible') AND kind <> 'tax'"
_PERIOD = "kind IN ('recurring', 'proration')"


def invoice_checks(mapping: Mapping[str, str]) -> tuple[Check, ...]:
    """Give the checks for a file; the first one is for a row without any value.

    Lines that count nowhere (drafts, taxes) are left out for that reason alone.

    Parameters
    ----------
    mapping
        Field -> column.
    """
    return (
        Check("", rules.BLANK_ROWS, "is_blank", "passed over", "note", rejects=True),
        Check(
            "status",
            invoice_rules.INVOICE_LEFT_OUT,
            "status IN ('draft', 'void')",
            "line left out",
            "note",
            rejects=True,
        ),
        Check(
            "status",
            invoice_rules.INVOICE_UNPAID,
            "status = 'uncollectible'",
            "line left out",
            "warning",
            rejects=True,
        ),
        Check("kind", invoice_rules.TAX, "kind = 'tax'", "line left out", "note", rejects=True),
        *(_counting(check) for check in (*_who(), *_when(), *_how_much(), *_words(mapping))),
    )


def _counting(check: Check) -> Check:
    condition = f"{_COUNTS} AND ({check.condition})"
    return Check(
        check.field, check.rule, condition, check.action, check.severity, rejects=check.rejects
    )


def _reject(field: str, rule: str, condition: str) -> Check:
    return Check(field, rule, condition, "line left out", "error", rejects=True)


def _warn(field: str, rule: str, condition: str, action: str) -> Check:
    return Check(field, rule, condition, action, "warning")


def _who() -> tuple[Check, ...]:
    blank, total = f"customer_state = {State.BLANK:d}", f"customer_state = {State.RANGE:d}"
    return (
        _reject("customer_id", rules.CUSTOMER_BLANK, blank),
        Check("customer_id", rules.TOTAL_ROW, total, "row left out", "warning", rejects=True),
        _warn("invoice_id", invoice_rules.INVOICE_BLANK, "invoice IS NULL", "kept"),
    )


def _when() -> tuple[Check, ...]:
    found: list[Check] = []
    for field in ("start", "end"):
        state = f"{field}_state"
        found += [
            _reject(field, rules.DATE_UNREADABLE, f"{state} = {State.UNREADABLE:d}"),
            _reject(field, rules.DATE_IMPOSSIBLE, f"{state} = {State.IMPOSSIBLE:d}"),
            _reject(field, rules.DATE_RANGE, f"{state} IN ({State.RANGE:d}, {State.FAR:d})"),
        ]
    both = f"start_state = {State.OK:d} AND end_state = {State.OK:d}"
    blank = f"(start_state IN {_GIVEN} OR end_state IN {_GIVEN})"
    half = f"((start_state IN {_GIVEN}) <> (end_state IN {_GIVEN}))"
    bad = f"({State.UNREADABLE:d}, {State.IMPOSSIBLE:d}, {State.RANGE:d}, {State.FAR:d})"
    return (
        *found,
        _reject("end", rules.END_BEFORE_START, f"{both} AND end_day < start_day"),
        _reject("", invoice_rules.PERIOD_MISSING, f"{_PERIOD} AND {blank}"),
        _reject("", invoice_rules.PERIOD_MISSING, f"kind = 'credit' AND {half}"),
        _reject(
            "",
            rules.DATE_BLANK,
            "kind IN ('one_off', 'refund') AND start_date IS NULL",
        ),
        _warn("end", invoice_rules.NO_DAYS, "no_days AND amount <> 0", "counted as one_off"),
        _warn(
            "invoice_date",
            rules.DATE_UNREADABLE,
            f"invoice_date_state IN {bad}",
            "read as the first service day",
        ),
    )


def _how_much() -> tuple[Check, ...]:
    return (
        _reject("amount", rules.AMOUNT_BLANK, f"amount_state = {State.BLANK:d}"),
        _reject(
            "amount",
            rules.AMOUNT_UNREADABLE,
            f"amount_state IN ({State.UNREADABLE:d}, {State.NULL_WORD:d})",
        ),
        _reject("amount", rules.AMOUNT_RANGE, f"amount_state = {State.RANGE:d}"),
        _warn("amount", invoice_rules.FINER, "finer", "rounded half-even"),
        _warn("amount", invoice_rules.CREDIT_POSITIVE, "turned", "read as negative"),
        _reject("currency", rules.CURRENCY_UNKNOWN, f"currency_state = {State.UNREADABLE:d}"),
        _warn(
            "currency",
            rules.CURRENCY_ASSUMED,
            f"currency_state IN {_GIVEN}",
            "read as the reporting currency",
        ),
    )


def _words(mapping: Mapping[str, str]) -> tuple[Check, ...]:
    actions = {
        "kind": ("kind_state", "read as recurring"),
        "status": ("status_state", "read as paid"),
    }
    found = [
        _warn(name, rules.WORD_UNKNOWN, f"{state} = {State.UNREADABLE:d}", action)
        for name, (state, action) in actions.items()
        if name in mapping
    ]
    unread = f"({State.UNREADABLE:d}, {State.RANGE:d})"
    found += [
        _warn(name, rules.NUMBER_UNREADABLE, f"{name}_state IN {unread}", "read as blank")
        for name in ("quantity", "unit_price")
        if name in mapping
    ]
    return tuple(found)
