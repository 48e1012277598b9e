"""The words of budgets: which line a label means, in which unit, and what is a total."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from history.reading.synonyms import plain

NET: Final = "net new"
"""Not a line of a plan: what opening and closing lie apart; it is checked."""

_MONEY: Final = frozenset({"mrr", "arr"})
_TOTAL: Final = frozenset(
    {"total", "totals", "all", "company", "overall", "group", "sum", "grand", "consolidated"}
)
_NOISE: Final = frozenset(
    {
        *("monthly", "annual", "recurring", "revenue", "amount", "amounts", "value", "balance"),
        *("of", "the", "in", "at", "for", "from", "on", "a", "month", "months", "s"),
        *("budget", "plan", "planned", "forecast", "target", "customer"),
        *("eur", "usd", "gbp", "chf", "jpy", "keur", "kusd", "teur", "k", "m", "000"),
        *("thousand", "thousands", "million", "millions"),
    }
)
_PHRASES: Final = {
    "opening": "opening|beginning|starting|start|begin|bop|bom|boy|brought forward|carried over",
    "new": """new|new business|new logo|new logos|gross new|new sales|acquisition|acquired|won
        |won new|new wins|additions|new subscriptions""",
    "reactivation": """reactivation|reactivations|reactivated|win back|winback|win backs|winbacks
        |returning|resurrected|returned""",
    "expansion": """expansion|expansions|expanded|upsell|upsells|up sell|upgrade|upgrades|cross sell
        |crosssell|uplift|price increase|price increases|price rise|growth existing|add ons""",
    "contraction": """contraction|contractions|downgrade|downgrades|downsell|downsells|down sell
        |shrinkage|reduction|reductions""",
    "churn": """churn|churned|lost|loss|losses|cancellation|cancellations|cancelled|canceled
        |attrition|termination|terminations|lost business|logo churn|leavers""",
    "fx": "fx|fx effect|fx effects|currency|exchange rate|exchange rates|fx revaluation",
    "closing": "closing|ending|end|eop|eom|eoy|close|carried forward|exit",
    NET: "net new|net|net change|net movement|net adds|net additions|change|movement|net growth",
}
_LINES: Final = {
    " ".join(phrase.split()): line
    for line, phrases in _PHRASES.items()
    for phrase in phrases.split("|")
}
_SHORTEST: Final = 5
"""Letters that a word has at least for a slip of the pen to be told from another word."""

_HEADS: Final = frozenset({"customers", "accounts", "clients", "subscribers"})
_SHARES: Final = frozenset({"rate", "rates", "margin", "percent", "pct", "share", "ratio", "yoy"})


@dataclass(frozen=True)
class Label:
    """What a label says.

    Parameters
    ----------
    line
        A line of a plan or net new; None where it names none.
    unit
        ``mrr``, ``arr``, or None.
    total
        Whether it says that it is a total.
    heads
        Whether customers are counted, not money.
    other
        Whether it is something that no plan holds (a rate, a margin).
    either
        Whether it may be customers or money ("new logos").
    """

    line: str | None = None
    unit: str | None = None
    total: bool = False
    heads: bool = False
    other: bool = False
    either: bool = False


def label_of(text: str) -> Label:
    """Understand a label of a budget.

    Examples
    --------
    >>> label_of("New Business MRR (k€)")
    Label(line='new', unit='mrr', total=False, heads=False, other=False, either=False)
    >>> label_of("Total ARR").line, label_of("Churned customers").heads, label_of("Churn %").other
    ('closing', True, True)
    >>> label_of("Office rent").line is None
    True
    """
    words = re.findall(r"[a-z0-9]+", plain(text))
    known = set(words)
    if "%" in text or known & _SHARES:
        return Label(other=True)
    money = [word for word in words if word in _MONEY]
    unit = money[0] if len(set(money)) == 1 else None
    total = bool(known & _TOTAL)
    heads = bool(known & _HEADS) and unit is None
    left = [w for w in words if w not in _MONEY | _TOTAL | _NOISE | _HEADS]
    if known & _HEADS and not left:
        return Label("closing", None, total, heads)
    if not left:
        return Label("closing" if unit else None, unit, total)
    either = "logos" in known and unit is None
    return Label(_LINES.get(" ".join(left)), unit, total, heads, either=either)


def slip_of(text: str) -> tuple[str, str] | None:
    """Give the word, and its line, that a label is one slip of the pen away from.

    A slip is a letter too many, too few, another one, or two exchanged, in words of five letters
    or more.

    Examples
    --------
    >>> slip_of("Chrun"), slip_of("SMB - Expantion MRR"), slip_of("Office rent")
    (('churn', 'churn'), ('expansion', 'expansion'), None)
    """
    words = re.findall(r"[a-z]+", plain(text))
    said = {" ".join(w for w in words if w not in _MONEY | _TOTAL | _NOISE | _HEADS), *words}
    for phrase, line in _LINES.items():
        if line != NET and len(phrase) >= _SHORTEST and any(_slipped(one, phrase) for one in said):
            return phrase, line
    return None


def _slipped(said: str, word: str) -> bool:
    """Whether two words differ by one letter, or by two next to each other exchanged."""
    if said == word or len(said) < _SHORTEST:
        return False
    while said and word and said[0] == word[0]:
        said, word = said[1:], word[1:]
    while said and word and said[-1] == word[-1]:
        said, word = said[:-1], word[:-1]
    return max(len(said), len(word)) <= 1 or (len(said) == 2 and said == word[::-1])


def scale_of(text: str) -> int | None:
    """Give by how much amounts are to be multiplied, where a text says it.

    Examples
    --------
    >>> [scale_of(t) for t in ("ARR in k€", "EUR '000", "in thousands", "€m", "Budget", "KEUR")]
    [1000, 1000, 1000, 1000000, None, 1000]
    """
    folded = plain(text)
    if re.search(r"(?:\bk\s?[€$£]|[€$£]\s?k\b|\bk(?:eur|usd|gbp|chf)\b|\bteur\b|\bt€)", folded):
        return 1_000
    if re.search(
        r"(?:\b(?:eur|usd|gbp|chf)\s?k\b|'000\b|\bin 000s?\b|\bthousands?\b|\bin k\b)", folded
    ):
        return 1_000
    if re.search(
        r"(?:[€$£]\s?mn?\b|\bm(?:io)?\s?[€$£]|\bmillions?\b|\bm(?:eur|usd|gbp)\b)", folded
    ):
        return 1_000_000
    return None
