"""What the keys of a scenario file may hold: numbers, texts, months, and lists of them."""

import math
import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    WithJsonSchema,
)

from history.language import language, month_told, say, spelt
from history.months import month_of

_MONTH = r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])"
_WINDOW = re.compile(rf"(?:{_MONTH}|{_MONTH}/|/{_MONTH}|{_MONTH}/{_MONTH})")
MONTH_PATTERN: Final = r"\d{4}-(0[1-9]|1[0-2])"
"""A month as editors check it."""
LONGEST_REASON: Final = 2_000
# A control character in a name or reason would break tables and files that print it.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Refuse characters that do not print; raises ValueError."""
    if found := _CONTROL.search(text):
        raise ValueError(f"the character {found.group()!r} does not print: leave it out")
    return text


def is_span(text: str) -> bool:
    """Whether a text has the form of a span of months."""
    return bool(_WINDOW.fullmatch(text))


def is_month(text: str) -> bool:
    """Whether a text has the form of a month."""
    return bool(re.fullmatch(_MONTH, text))


def _plain_number(value: object) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise ValueError(f"must be a number such as 0.80, not {value!r}")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"must be a finite number, not {value!r}")
    return number


def _plain_text(value: object) -> str:
    if isinstance(value, date):
        raise ValueError(f"is the day {value:%Y-%m-%d}: a month is written {value:%Y-%m}")
    if not isinstance(value, str):
        raise ValueError(f"must be text, not {value!r}: write it in quotes")
    return clean_text(value)


def _window(text: str) -> str:
    if not is_span(text):
        raise ValueError(
            f"{text!r} is not a span of months: write 2026-10/2027-06, 2026-10/ (from then on), "
            "/2027-06 (until then) or 2026-10 (that month alone)"
        )
    first, _, last = text.partition("/")
    # Months as text sort like months.
    if first and last and first > last:
        raise ValueError(f"{text!r} ends before it begins")
    return text


def _month(text: str) -> str:
    if not is_month(text):
        raise ValueError(f"{text!r} is not a month: write 2026-10")
    return text


def _share(number: float) -> float:
    if not 0 <= number <= 1:
        raise ValueError(f"{number:g} is no share from 0 to 1: 80 % is written 0.80")
    return number


def _in_order(months: Mapping[str, float]) -> Mapping[str, float]:
    if not months:
        raise ValueError("names no month: write them as {2026-10: 2, 2027-01: 1}")
    return MappingProxyType({month: months[month] for month in sorted(months)})


Number = Annotated[float, BeforeValidator(_plain_number)]
Amount = Annotated[Number, Field(ge=0)]
"""A number from 0 on."""
Share = Annotated[
    Number, AfterValidator(_share), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
"""A share of a whole, 0 to 1."""
Text = Annotated[str, BeforeValidator(_plain_text)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
Reason = Annotated[Text, Field(max_length=LONGEST_REASON)]
Span = Annotated[Text, AfterValidator(_window)]
Month = Annotated[
    Text,
    AfterValidator(_month),
    WithJsonSchema({"type": "string", "pattern": f"^{MONTH_PATTERN}$"}),
]


def _plain(months: Mapping[str, Any]) -> dict[str, Any]:
    return dict(months)


ByMonth = Annotated[
    Mapping[Month, Amount],
    AfterValidator(_in_order),
    PlainSerializer(_plain),
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "patternProperties": {f"^{MONTH_PATTERN}$": {"type": "number", "minimum": 0}},
            "additionalProperties": False,
        }
    ),
]
"""A number from 0 on by month, as ``{2026-10: 2, 2027-01: 1}``."""


def _one_or_by_month(value: object) -> str:
    return "<months>" if isinstance(value, Mapping) else "<number>"


AmountOrByMonth = Annotated[
    Annotated[Amount, Tag("<number>")] | Annotated[ByMonth, Tag("<months>")],
    Discriminator(_one_or_by_month),
]
"""One number from 0 on, or one by month; errors are told of the one that is meant."""


def _average_one(factors: tuple[float, ...]) -> tuple[float, ...]:
    mean = math.fsum(factors) / len(factors)
    if abs(mean - 1.0) > 0.005:
        raise ValueError(
            f"average {mean:g}, not 1: a season moves a year's total between its months and does "
            "not change it; divide each by the average"
        )
    return factors


TwelveFactors = Annotated[
    tuple[Amount, ...], Field(min_length=12, max_length=12), AfterValidator(_average_one)
]
"""Factors of January to December that average 1."""


def span_words(months: str) -> str:
    """Say a span of months in words.

    Examples
    --------
    >>> span_words("2026-10/"), span_words("2026-10/2027-06")
    ('from 2026-10 on', '2026-10 to 2027-06')
    """
    first, slash, last = months.partition("/")
    first, last = (month_words(month) if month else "" for month in (first, last))
    if not slash:
        return first
    if not last:
        return say("from {month} on", month=first)
    if not first:
        return say("until {month}", month=last)
    return say("{first} to {last}", first=first, last=last)


def month_words(month: str) -> str:
    """Say a month of a file in words: as it stands there in English, by its name elsewhere."""
    return month_told(month_of(month))


def figure(value: float) -> str:
    """Write a number for people: thousands apart, no trailing zeros.

    Examples
    --------
    >>> figure(0.8), figure(12000)
    ('0.8', '12,000')
    """
    return spelt(f"{value:,.10g}" if abs(value) >= 1_000 else f"{value:g}")


def file_name(name: str, otherwise: str = "scenario") -> str:
    """Give the name of a file, without its ending, for what is called so.

    Examples
    --------
    >>> file_name("Price rise (SMB)"), file_name("Überblick"), file_name("+")
    ('price-rise-smb', 'überblick', 'scenario')
    """
    letters = "".join(each if each.isalnum() else "-" for each in name.casefold())
    return "-".join(part for part in letters.split("-") if part) or otherwise


def percent(share: float) -> str:
    """Write a share for people, in percent.

    Examples
    --------
    >>> percent(0.065), percent(-0.1)
    ('6.5 %', '-10 %')
    """
    blank = " " if language() == "en" else "\xa0"
    return f"{spelt(f'{round(100 * share, 6):g}')}{blank}%"
