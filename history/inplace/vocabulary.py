"""The words of a table: each different one is looked up once, as those of a file are."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pandas as pd

from ..engines import Engine
from ..errors import CurrencyError, InputError
from ..findings import Finding
from ..money import INTERVALS
from ..policy import Policy
from ..reading import rules, words
from ..wording import counted
from .layout import WORDS, Layout

__all__ = ["read_words"]

_MOST = 1_000


def read_words(engine: Engine, layout: Layout, currency: str, policy: Policy) -> list[Finding]:
    """Make the table ``words``: what each word of the table means; every word is looked up once."""
    first, _, second = policy.weeks_per_month.partition("/")
    factors = {**INTERVALS, "week": Fraction(first) / Fraction(second or "1")}
    meanings: dict[str, Callable[[str], object]] = {
        "interval": lambda word: words.interval(word, factors),
        "kind": words.kind,
        "status": words.status,
        "churn_reason": words.churn_reason,
        "currency": words.currency,
        "discount_kind": words.discount,
    }
    rows: list[str] = []
    found: list[Finding] = []
    foreign: dict[str, int] = {}
    for field in (name for name in WORDS if name in layout.mapping):
        for word, times in _counted_words(engine, layout, field):
            if word is None:
                if field == "currency":
                    found.append(_told(layout, field, rules.CURRENCY_ASSUMED, "", times))
                continue
            meaning = meanings[field](word)
            if meaning is None:
                found += _unknown(layout, field, word, times)
                continue
            if field == "currency" and meaning != currency:
                foreign[str(meaning)] = foreign.get(str(meaning), 0) + times
            rows.append(_word(field, word, meaning))
    if foreign:
        said = ", ".join(
            f"{code} in {counted(times, 'row')}" for code, times in sorted(foreign.items())
        )
        raise CurrencyError(
            f"table {layout.table} holds {said}; a ledger in {currency} on an engine needs rows in"
            f" {currency} alone: convert the others in a view, or leave them out there"
        )
    own = f"SELECT 'currency' AS field, '' AS word, '{currency}' AS meaning, 1 AS p, 1 AS q"
    engine.share("words", " UNION ALL ".join([own, *rows]))
    return found


def _counted_words(engine: Engine, layout: Layout, field: str) -> list[tuple[str | None, int]]:
    column = WORDS[field]
    frame = engine.frame(
        f"SELECT {column} AS word, COUNT(*) AS times FROM taken GROUP BY {column}"
        f" ORDER BY {column} NULLS FIRST LIMIT {_MOST + 1}"
    )
    if len(frame) > _MOST:
        raise InputError(
            f"column {layout.mapping[field]} of table {layout.table} holds more than {_MOST}"
            f" different words; it is hardly the {field}"
        )
    return [
        (None if pd.isna(word) else str(word), int(times))
        for word, times in zip(frame["word"], frame["times"], strict=True)
    ]


def _word(field: str, word: str, meaning: object) -> str:
    p, q = 1, 1
    if isinstance(meaning, words.Interval):
        p, q = meaning.per_month.as_integer_ratio()
        meaning = ""
    texts = ", ".join("'" + text.replace("'", "''") + "'" for text in (field, word, str(meaning)))
    return f"SELECT {texts}, {p}, {q}"


def _told(layout: Layout, field: str, rule: str, value: str, times: int) -> Finding:
    actions = {
        "status": "read as active",
        "kind": "read as recurring",
        "churn_reason": "read as blank",
        "discount_kind": "read as blank",
        "interval": "taken as unknown: it divides nothing here",
        "currency": "read as the reporting currency",
    }
    where = f"{value!r} in {counted(times, 'row')}" if value else counted(times, "row")
    return Finding(None, layout.mapping[field], rule, where, actions[field], "warning")


def _unknown(layout: Layout, field: str, word: str, times: int) -> list[Finding]:
    if field == "currency" or (field == "interval" and layout.price == "amount"):
        return []  # the row is left out, and told there
    rule = rules.INTERVAL_UNREADABLE if field == "interval" else rules.WORD_UNKNOWN
    return [_told(layout, field, rule, word, times)]
