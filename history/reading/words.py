"""Words of other products for intervals, states, kinds and currencies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import duckdb

from ..money import CURRENCIES, INTERVALS
from .parsed import NULL_WORDS, Parsed, State, joined, store_words
from .synonyms import plain
from .table import RawTable, literal

__all__ = [
    "ONE_OFF_INTERVAL",
    "Interval",
    "Words",
    "boolean",
    "churn_reason",
    "currency",
    "fits_currency",
    "interval",
    "kind",
    "read_words",
    "squashed_word",
    "status",
]

_FEW = 8
"""Texts of a column that stand in its expression; a join of a small table beats more."""

_STATUS = {
    "active": "active live current ongoing running open enabled paying in_good_standing renewed "
    "aktiv actif activo future scheduled pending",
    "past_due": "past_due unpaid overdue delinquent dunning in_dunning payment_failed "
    "ueberfaellig impaye",
    "paused": "paused pause on_hold suspended frozen pausiert suspendu en_pause",
    "trial": "trial trialing trialling in_trial free_trial trial_active evaluation essai",
    "cancelled": "cancelled canceled churned terminated ended expired inactive closed "
    "non_renewing not_renewing pending_cancellation pending_cancel gekuendigt resilie annule "
    "deleted lost",
}
_KIND = {
    "recurring": "recurring subscription licence license saas recurring_fee true yes abonnement "
    "wiederkehrend recurrent mrr arr",
    "one_off": "one_off oneoff one_time onetime once setup set_up setup_fee implementation "
    "onboarding consulting training service services professional_services hardware "
    "non_recurring nonrecurring false no einmalig ponctuel",
}
_REASON = {
    "voluntary": "voluntary customer_request requested cancelled_by_customer user_cancelled "
    "cancellation_requested freiwillig volontaire",
    "involuntary": "involuntary payment_failure payment_failed failed_payment non_payment "
    "nonpayment card_expired expired_card card_declined delinquent dunning unpaid "
    "unfreiwillig involontaire",
}
_DISCOUNT = {
    "permanent": "permanent forever unlimited lifetime ongoing unbefristet dauerhaft",
    "temporary": "temporary once repeating one_time onetime limited limited_period fixed_period "
    "introductory promotion promotional befristet einmalig",
}
_BOOLEAN = {
    "true": "true yes y t 1 ja oui si x wahr vrai",
    "false": "false no n f 0 nein non falsch",
}
_UNIT_WORDS: tuple[tuple[str, int, str], ...] = (
    ("day", 1, "d day days daily tag tage taeglich jour jours quotidien dia dias"),
    (
        "week",
        1,
        "w wk wks week weeks weekly woche wochen woechentlich semaine semaines hebdomadaire",
    ),
    ("week", 1, "semana semanas semanal"),
    ("week", 2, "fortnight fortnightly"),
    ("month", 1, "m mo mos mon mth mths month months monthly monthtomonth monat monate monatlich"),
    ("month", 1, "mois mensuel mensuelle mes meses mensual"),
    ("month", 6, "semiannual semiannually halfyear halfyearly semester semestre semestriel"),
    ("month", 6, "halbjahr halbjaehrlich semestral"),
    ("quarter", 1, "q qtr qtrs quarter quarters quarterly quartal quartale vierteljaehrlich"),
    ("quarter", 1, "trimestre trimestres trimestriel trimestral"),
    ("year", 1, "a y yr yrs year years yearly annual annually annum anum jahr jahre jaehrlich"),
    ("year", 1, "an ans annee annees annuel annuelle ano anos anual"),
    ("year", 2, "biennial biennially"),
    ("year", 3, "triennial triennially"),
)
_UNITS = {word: (unit, n) for unit, n, words in _UNIT_WORDS for word in words.split()}
_INTERVAL = re.compile(r"(?:p(?=\d))?(\d{1,4})?([a-z]+)?")
_LEADING = re.compile(r"^(?:every|each|per|pro|par|once|billed|paid|alle|jede[ns]?|tous les)\b|^/")
_NO_WHOLE_NUMBER = re.compile(r"^\W*-\s*\d|p-\d|\d[^a-z0-9]+\d")
"""A negative number or several in a row, such as a fraction's: -1, 1.5, 1/2, 1 - 3."""
ONE_OFF_INTERVAL = Fraction(0)


@dataclass(frozen=True)
class Interval:
    """A billing interval.

    Parameters
    ----------
    per_month
        How many of it a month holds; 0 for a price that is paid once.
    months
        Whole months of it, at least 1: the length of the contract that it makes.
    """

    per_month: Fraction
    months: int


@cache
def _lookup(vocabulary: str) -> dict[str, str]:
    words = {
        "status": _STATUS, "kind": _KIND, "reason": _REASON, "boolean": _BOOLEAN,
        "discount": _DISCOUNT,
    }[vocabulary]  # fmt: skip
    return {squashed_word(alias): name for name, text in words.items() for alias in text.split()}


def squashed_word(text: str) -> str:
    """Give a word's letters and digits, umlauts written out as well as dropped alike."""
    folded = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return "".join(sign for sign in plain(folded) if sign.isalnum())


def status(text: str) -> str | None:
    """Give the ledger's word for a status, None for an unknown one.

    Examples
    --------
    >>> [status(text) for text in ("Canceled", "trialing", "PAST DUE", "purple")]
    ['cancelled', 'trial', 'past_due', None]
    """
    return _lookup("status").get(squashed_word(text))


def kind(text: str) -> str | None:
    """Give `recurring` or `one_off`, None for an unknown word.

    Examples
    --------
    >>> kind("Setup fee"), kind("Subscription")
    ('one_off', 'recurring')
    """
    return _lookup("kind").get(squashed_word(text))


def churn_reason(text: str) -> str | None:
    """Give `voluntary` or `involuntary`, None for an unknown word."""
    return _lookup("reason").get(squashed_word(text))


def discount(text: str) -> str | None:
    """Give `permanent` or `temporary`, None for an unknown word.

    Examples
    --------
    >>> discount("forever"), discount("repeating"), discount("25 %")
    ('permanent', 'temporary', None)
    """
    return _lookup("discount").get(squashed_word(text))


def boolean(text: str) -> bool | None:
    """Give the truth of a word, None for an unknown one."""
    word = _lookup("boolean").get(squashed_word(text))
    return None if word is None else word == "true"


def currency(text: str) -> str | None:
    """Give the ISO 4217 code of a text, None for an unknown one.

    Examples
    --------
    >>> currency("eur"), currency("€"), currency("XXX")
    ('EUR', 'EUR', None)
    """
    code = {"€": "EUR", "£": "GBP", "US$": "USD"}.get(text.strip(), text.strip().upper())
    return code if code in CURRENCIES else None


_SIGNS = {
    "€": {"EUR"},
    "£": {"GBP", "EGP", "FKP", "GIP", "SHP", "SYP", "LBP", "SSP"},
    "¥": {"JPY", "CNY"},
    "₹": {"INR"},
    "₩": {"KRW", "KPW"},
    "₽": {"RUB"},
    "₺": {"TRY"},
    "₪": {"ILS"},
    "₱": {"PHP"},
    "฿": {"THB"},
    "₫": {"VND"},
    "₦": {"NGN"},
    "₴": {"UAH"},
    "US$": {"USD"},
    "C$": {"CAD"},
    "CA$": {"CAD"},
    "A$": {"AUD"},
    "AU$": {"AUD"},
    "NZ$": {"NZD"},
    "HK$": {"HKD"},
    "S$": {"SGD"},
    "R$": {"BRL"},
    "kr": {"SEK", "NOK", "DKK", "ISK"},
    "zł": {"PLN"},
    "Kč": {"CZK"},
    "Ft": {"HUF"},
    "lei": {"RON", "MDL"},
    "Fr": {"CHF", "XAF", "XOF", "XPF"},
    "SFr": {"CHF"},
}
_DOLLARS = """
AUD BBD BMD BND BRL BSD BZD CAD CLP COP CUP DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD
TWD USD UYU XCD ZWG ZWL ARS
"""


def fits_currency(sign: str, code: str) -> bool:
    """Say whether a sign beside an amount may stand for a currency.

    Examples
    --------
    >>> fits_currency("$", "CAD"), fits_currency("€", "USD"), fits_currency("EUR", "EUR")
    (True, False, True)
    """
    known = sign.rstrip(".")
    if known == "$":
        return code in _DOLLARS
    return code in _SIGNS[known] if known in _SIGNS else known == code


def interval(text: str, factors: dict[str, Fraction] | None = None) -> Interval | None:
    """Give the billing interval that a text means, None for an unknown one.

    A plain number is a number of months. Words for a price paid once give `ONE_OFF_INTERVAL`.

    Parameters
    ----------
    text
        "month", "Annual", "12 months", "every 3 months", "P1Y", "trimestre", "6".
    factors
        Intervals in a month, by name; None for those of `history.money`.

    Examples
    --------
    >>> interval("Annual"), interval("every 3 months").per_month
    (Interval(per_month=Fraction(1, 12), months=12), Fraction(1, 3))
    >>> interval("1.5"), interval("-1")
    (None, None)
    """
    words = plain(text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue"))
    if kind(words) == "one_off" and boolean(words) is None:
        return Interval(ONE_OFF_INTERVAL, 1)
    words = re.sub(r"(\d)\.0+(?!\d)", r"\1", words)
    if _NO_WHOLE_NUMBER.search(words):
        return None
    words = _LEADING.sub("", words).strip()
    match = _INTERVAL.fullmatch(re.sub(r"[^a-z0-9]", "", words))
    if match is None or not (match[1] or match[2]):
        return None
    unit, count = _UNITS.get(match[2] or "month", ("", 0))
    number = int(match[1] or 1) * count
    if not unit or not 1 <= number <= 1_200:
        return None
    per_month = (factors or dict(INTERVALS))[unit] / number
    return Interval(per_month, max(1, round(1 / per_month)))


class Words(NamedTuple):
    """A column of words that was understood.

    Parameters
    ----------
    parsed
        SQL expressions of the values and states.
    meanings
        Text -> value, None where unknown; every distinct text of the column.
    """

    parsed: Parsed
    meanings: Mapping[str, Any]


def read_words(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    header: str,
    name: str,
    meaning: Callable[[str], Any],
    value_type: str = "VARCHAR",
) -> Words:
    """Understand a column of words; each distinct text is looked up once.

    Parameters
    ----------
    connection
        The engine.
    table
        The raw table.
    header
        The column, by its name in the file.
    name
        Table in which many words are kept: text, value, state, extra. A few stand in the
        expressions themselves, which is faster than a join.
    meaning
        Gives the value of a text, None for an unknown one.
    value_type
        DuckDB type of the value.
    """
    texts = connection.execute(
        f"SELECT DISTINCT {table.text(header)} AS text FROM {table.relation}"
    ).fetchall()
    rows: list[tuple[str, object, int, object]] = []
    for (text,) in sorted(row for row in texts if row[0] is not None):
        found = meaning(str(text))
        known = State.OK if found is not None else State.UNREADABLE
        if found is None and str(text).casefold() in NULL_WORDS:
            known = State.NULL_WORD
        rows.append((str(text), found, int(known), None))
    meanings = {text: found for text, found, *_ in rows}
    cell = table.text(header, "r.")
    if len(rows) > _FEW:
        store_words(connection, name, rows, value_type)
        return Words(joined(name, cell), meanings)
    blank = len(texts) > len(rows)
    values = [(text, _literal(found, value_type)) for text, found, *_ in rows]
    states = [(text, str(known)) for text, _, known, _ in rows]
    value = _cases(cell, values, f"CAST(NULL AS {value_type})" if blank else None)
    state = _cases(cell, states, str(int(State.BLANK)) if blank else None)
    return Words(Parsed("", value, state), meanings)


def _literal(value: object, type_: str) -> str:
    written = "NULL" if value is None else literal(str(value))
    return f"CAST({written} AS {type_})"


def _cases(cell: str, known: Sequence[tuple[str, str]], blank: str | None) -> str:
    """Write what each text of a column becomes; `blank` is None where no cell is blank."""
    results = {result for _, result in known}
    if blank is not None:
        results.add(blank)
    if len(results) == 1:
        return results.pop()
    if len({result for _, result in known}) == 1:
        return f"CASE WHEN {cell} IS NULL THEN {blank} ELSE {known[0][1]} END"
    branches = " ".join(f"WHEN {literal(text)} THEN {result}" for text, result in known)
    return f"CASE {cell} {branches} {'' if blank is None else f'ELSE {blank} '}END"
