"""The checks that each row goes through, as conditions on its understood fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..findings import Severity
from . import rules
from .parsed import State
from .table import literal

__all__ = ["Check", "broken", "checks_for", "flags_of"]

_GIVEN = f"({State.BLANK:d}, {State.NULL_WORD:d})"


@dataclass(frozen=True)
class Check:
    """One thing that may be the case with a row.

    Parameters
    ----------
    field
        The field whose cell is shown; "" for the whole row.
    rule
        Code of the rule.
    condition
        SQL over the understood fields, true or false.
    action
        What is done.
    severity
        "error", "warning" or "note".
    rejects
        Whether the row is left out.
    """

    field: str
    rule: str
    condition: str
    action: str
    severity: Severity
    rejects: bool = False


def checks_for(
    mapping: Mapping[str, str],
    basis: str,
    bad_signs: tuple[tuple[str, str], ...],
    blank: str,
    cells: Mapping[str, str],
) -> tuple[Check, ...]:
    """Give the checks for a file; the first one is for a row without any value.

    Parameters
    ----------
    mapping
        Field -> column.
    basis
        The field with the price: `mrr`, `amount` or `arr`.
    bad_signs
        Pairs of sign beside an amount and currency that contradict each other.
    blank
        Whether a row has no value at all, as SQL over its cells.
    cells
        Name -> SQL of each understood field. A state that is the same for all rows is written into
        the conditions: the engine carries no constant from one subquery into the next.
    """
    states = {name: state for name, state in cells.items() if state.isdigit()}
    checks = (
        *_identity(),
        *_dates("end" in mapping, "term_end" in mapping),
        *_cancellation(mapping),
        *_money(basis),
        *_interval("interval" in mapping, "interval_count" in mapping, basis),
        *_currency("currency" in mapping, basis, bad_signs),
        *_words(mapping),
    )
    return (
        Check("", rules.BLANK_ROWS, blank, "passed over", "note", rejects=True),
        *(replace(check, condition=_settled(check.condition, states)) for check in checks),
    )


def _settled(condition: str, states: Mapping[str, str]) -> str:
    """Write the states that are known already into a condition."""
    return re.sub(r"\b\w+_state\b", lambda name: states.get(name[0], name[0]), condition)


def flags_of(checks: Sequence[Check], only: int = -1) -> str:
    """Write the flags of a row as an SQL expression: one bit a check that it breaks.

    Parameters
    ----------
    checks
        The checks, by bit; a row without any value breaks the first one only.
    only
        Bits that are wanted.
    """
    terms = [
        f"CASE WHEN {check.condition} THEN {1 << bit} ELSE 0 END"
        for bit, check in enumerate(checks)
        if bit and only & (1 << bit)
    ]
    rest = " | ".join(terms) or "0"
    return f"CAST(CASE WHEN {checks[0].condition} THEN {only & 1} ELSE {rest} END AS BIGINT)"


def broken(checks: Sequence[Check]) -> str:
    """Write whether a row breaks any check, which is quicker to see than which ones.

    A row without any value breaks the checks of its fields as well.
    """
    return " OR ".join(f"({check.condition})" for check in checks[1:])


def _reject(field: str, rule: str, condition: str) -> Check:
    return Check(field, rule, condition, "row left out", "error", rejects=True)


def _identity() -> tuple[Check, ...]:
    return (
        _reject("customer_id", rules.CUSTOMER_BLANK, f"customer_state = {State.BLANK:d}"),
        Check(
            "customer_id",
            rules.TOTAL_ROW,
            f"customer_state = {State.RANGE:d}",
            "row left out",
            "warning",
            rejects=True,
        ),
    )


def _dates(has_end: bool, has_term: bool) -> tuple[Check, ...]:
    found = [
        _reject("start", rules.DATE_BLANK, f"start_state IN {_GIVEN}"),
        _reject("start", rules.DATE_UNREADABLE, f"start_state = {State.UNREADABLE:d}"),
        _reject("start", rules.DATE_IMPOSSIBLE, f"start_state = {State.IMPOSSIBLE:d}"),
        _reject("start", rules.DATE_RANGE, f"start_state IN ({State.RANGE:d}, {State.FAR:d})"),
    ]
    if has_end:
        found += [
            _reject("end", rules.DATE_UNREADABLE, f"end_state = {State.UNREADABLE:d}"),
            _reject("end", rules.DATE_IMPOSSIBLE, f"end_state = {State.IMPOSSIBLE:d}"),
            _reject("end", rules.DATE_RANGE, f"end_state = {State.RANGE:d}"),
            Check(
                "end",
                rules.DATE_FAR,
                f"end_state = {State.FAR:d}",
                "read as open-ended",
                "note",
            ),
            _blank_word("end", "end_state"),
            _reject(
                "end",
                rules.END_BEFORE_START,
                f"start_state = {State.OK:d} AND end_date < start_date",
            ),
            Check(
                "end",
                rules.EMPTY_PERIOD,
                f"start_state = {State.OK:d} AND end_date = start_date",
                "counts nothing",
                "note",
            ),
        ]
    if has_term:
        bad = f"({State.UNREADABLE:d}, {State.IMPOSSIBLE:d}, {State.RANGE:d}, {State.FAR:d})"
        condition = f"term_end_state IN {bad}"
        found += [
            Check("term_end", rules.TERM_UNREADABLE, condition, "read as blank", "warning"),
            _blank_word("term_end", "term_end_state"),
        ]
    return tuple(found)


def _cancellation(mapping: Mapping[str, str]) -> tuple[Check, ...]:
    """Give the checks of the dates that only a policy's churn date needs."""
    bad = f"({State.UNREADABLE:d}, {State.IMPOSSIBLE:d}, {State.RANGE:d}, {State.FAR:d})"
    return tuple(
        Check(
            name,
            rules.CANCELLATION_UNREADABLE,
            f"{name}_state IN {bad}",
            "read as blank",
            "warning",
        )
        for name in ("requested", "effective")
        if name in mapping
    )


def _blank_word(field: str, state: str) -> Check:
    return Check(field, rules.NULL_WORD, f"{state} = {State.NULL_WORD:d}", "read as blank", "note")


def _money(basis: str) -> tuple[Check, ...]:
    good = f"amount_state = {State.OK:d}"
    return (
        _reject(basis, rules.AMOUNT_BLANK, f"amount_state = {State.BLANK:d}"),
        _reject(
            basis,
            rules.AMOUNT_UNREADABLE,
            f"amount_state IN ({State.UNREADABLE:d}, {State.NULL_WORD:d})",
        ),
        _reject(basis, rules.AMOUNT_RANGE, f"amount_state = {State.RANGE:d}"),
        Check(
            basis,
            rules.AMOUNT_NEGATIVE,
            f"{good} AND amount < 0",
            "kept: added up with the customer's other lines",
            "warning",
        ),
        Check(basis, rules.AMOUNT_ZERO, f"{good} AND amount = 0", "counts nothing", "note"),
    )


def _interval(has_interval: bool, has_count: bool, basis: str) -> tuple[Check, ...]:
    found: list[Check] = []
    bad = f"interval_state = {State.UNREADABLE:d}"
    if has_interval and basis == "amount":
        blank = f"interval_state IN {_GIVEN} AND recurring"
        found.append(_reject("interval", rules.INTERVAL_BLANK, blank))
        found.append(_reject("interval", rules.INTERVAL_UNREADABLE, f"{bad} AND recurring"))
    elif has_interval:
        found.append(
            Check(
                "interval",
                rules.INTERVAL_UNREADABLE,
                bad,
                "taken as unknown: it divides nothing here",
                "warning",
            )
        )
    if has_count:
        found.append(_reject("interval_count", rules.COUNT_UNREADABLE, "times IS NULL"))
    return tuple(found)


def _currency(
    has_column: bool, basis: str, bad_signs: tuple[tuple[str, str], ...]
) -> tuple[Check, ...]:
    found: list[Check] = []
    if has_column:
        found += [
            _reject("currency", rules.CURRENCY_UNKNOWN, f"currency_state = {State.UNREADABLE:d}"),
            Check(
                "currency",
                rules.CURRENCY_ASSUMED,
                f"currency_state IN {_GIVEN}",
                "read as the reporting currency",
                "warning",
            ),
        ]
    if bad_signs:
        pairs = ", ".join(f"({literal(sign)}, {literal(code)})" for sign, code in bad_signs)
        found.append(
            Check(
                basis,
                rules.SYMBOL,
                f"coalesce((sign, currency) IN ({pairs}), false)",
                "read in the row's currency",
                "warning",
            )
        )
    return tuple(found)


def _words(mapping: Mapping[str, str]) -> tuple[Check, ...]:
    actions = {
        "status": ("status_state", "read as active"),
        "is_trial": ("trial_state", "read as no trial"),
        "kind": ("kind_state", "read as recurring"),
        "churn_reason": ("reason_state", "read as blank"),
        "discount_kind": ("discount_state", "read as blank"),
    }
    found = [
        Check(name, rules.WORD_UNKNOWN, f"{state} = {State.UNREADABLE:d}", action, "warning")
        for name, (state, action) in actions.items()
        if name in mapping
    ]
    bad = f"({State.UNREADABLE:d}, {State.RANGE:d})"
    found += [
        Check(name, rules.NUMBER_UNREADABLE, f"{name}_state IN {bad}", "read as blank", "warning")
        for name in ("quantity", "unit_price", "list_price")
        if name in mapping
    ]
    return tuple(found)
