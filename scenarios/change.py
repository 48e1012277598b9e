"""One change of one lever: by how much, when, where and why."""

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_serializer,
    field_validator,
    model_validator,
)

from forecast.levers import LEVERS
from history.errors import unknown_name
from history.months import span

_MONTH = r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])"
_WINDOW = re.compile(rf"(?:{_MONTH}|{_MONTH}/|/{_MONTH}|{_MONTH}/{_MONTH})")
WAYS = ("times", "plus", "set")
MOST_TIMES = 20.0
LONGEST_RAMP = 120
LONGEST_REASON = 2_000
# A control character in a name or reason would break tables and files that print it.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Refuse characters that do not print; raises ValueError."""
    if found := _CONTROL.search(text):
        raise ValueError(f"the character {found.group()!r} does not print: leave it out")
    return text


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
    if not _WINDOW.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a span of months: write 2026-10/2027-06, 2026-10/ (from then on), "
            "/2027-06 (until then) or 2026-10 (that month alone)"
        )
    first, _, last = text.partition("/")
    # Months as text sort like months.
    if first and last and first > last:
        raise ValueError(f"{text!r} ends before it begins")
    return text


Number = Annotated[float, BeforeValidator(_plain_number)]
Text = Annotated[str, BeforeValidator(_plain_text)]
Span = Annotated[Text, AfterValidator(_window)]


class Change(BaseModel):
    """One lever, changed in one way.

    Attributes
    ----------
    lever
        Name of a lever (`forecast.levers.LEVERS`).
    times, plus, set
        Exactly one of them: the lever's value is multiplied by it, raised by it, or put to it, in
        the lever's unit. For a lever that counts a total (``new_customers``, ``one_off``) plus and
        set are the company's number, spread over the selected segments by the forecaster's shares.
    months
        Span in which it holds, both ends included: ``2026-10/2027-06``, ``2026-10/``,
        ``/2027-06``, or ``2026-10`` for that month alone. None is the whole horizon.
    ramp
        Months over which it phases in: with 3 it has a third of its effect in the first month of
        the span, two thirds in the second, all of it from the third on. Without a first month the
        span begins with the first month ahead. None, 0 and 1 mean at once.
    where
        Segments it touches: dimension to one or several values. None is all of them.
    because
        The reason, in a sentence.

    Raises
    ------
    ValidationError
        With every problem at once.

    Examples
    --------
    >>> Change(lever="churn", times=0.9, months="2026-10/", ramp=3).label
    'churn x 0.9, from 2026-10 on, phased in over 3 months'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lever: Text
    times: Number | None = None
    plus: Number | None = None
    set: Number | None = None
    months: Span | None = None
    ramp: Annotated[int, Field(strict=True, ge=0, le=LONGEST_RAMP)] | None = None
    where: Mapping[Text, tuple[Text, ...]] | None = None
    because: Annotated[Text, Field(max_length=LONGEST_REASON)] | None = None

    @field_validator("lever")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in LEVERS:
            raise ValueError(str(unknown_name("lever", name, LEVERS)))
        return name

    @field_validator("where", mode="before")
    @classmethod
    def _lists(cls, where: object) -> object:
        if not isinstance(where, Mapping):
            return where
        return {key: [value] if _single(value) else value for key, value in where.items()}

    @field_validator("where")
    @classmethod
    def _filled(
        cls, where: Mapping[str, tuple[str, ...]] | None
    ) -> Mapping[str, tuple[str, ...]] | None:
        if where is None:
            return None
        if not where or not all(where.values()):
            raise ValueError("names no value: leave `where` out to touch every segment")
        return MappingProxyType(dict(where))

    @field_serializer("where")
    def _plain(self, where: Mapping[str, tuple[str, ...]] | None) -> dict[str, Any] | None:
        if where is None:
            return None
        return {key: v[0] if len(v) == 1 else list(v) for key, v in where.items()}

    @model_validator(mode="after")
    def _together(self) -> "Change":
        if problems := cross_problems(self.model_dump(exclude_none=True)):
            raise ValueError("; ".join(message for _, message in problems))
        return self

    @property
    def way(self) -> str:
        """How the lever moves: ``times``, ``plus`` or ``set``."""
        return next(way for way in WAYS if getattr(self, way) is not None)

    @property
    def number(self) -> float:
        """By how much, in the sense of `way`."""
        return float(getattr(self, self.way))

    @property
    def effect(self) -> str:
        """The lever and its number: ``churn x 0.9``, ``price = 1.05``, ``one_off -5,000``."""
        if self.way == "times":
            return f"{self.lever} x {self.number:g}"
        if self.way == "set":
            return f"{self.lever} = {_figure(self.number)}"
        sign = "+" if self.number >= 0 else "-"
        return f"{self.lever} {sign}{_figure(abs(self.number))}"

    @property
    def label(self) -> str:
        """The whole change in a few words, without its reason."""
        parts = [self.effect]
        if self.months:
            parts.append(_span_words(self.months))
        if self.ramp and self.ramp > 1:
            parts.append(f"phased in over {self.ramp} months")
        for dimension, values in (self.where or {}).items():
            parts.append(f"{dimension} {' or '.join(values)}")
        return ", ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """Give the keys that are given, as plain values in the order of a file."""
        return self.model_dump(exclude_none=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return Change.model_validate, (self.as_dict(),)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "Change":
        return self

    def __hash__(self) -> int:
        return hash(json.dumps(self.as_dict(), sort_keys=True))


def cross_problems(change: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Problems of a change that concern several of its keys.

    Parameters
    ----------
    change
        Key to value as in a file; single values may themselves be wrong.

    Returns
    -------
    list of (key, message)
        Empty when there is none.
    """
    given = [way for way in WAYS if change.get(way) is not None]
    if len(given) != 1:
        said = "none is given" if not given else f"{' and '.join(given)} are given"
        return [(given[-1] if given else "lever", f"needs exactly one of times, plus, set: {said}")]
    way = given[0]
    name, number = change.get("lever"), change[way]
    problems = []
    plain = isinstance(number, (int, float)) and not isinstance(number, bool)
    if name in LEVERS and plain and (message := _out_of_bounds(str(name), way, float(number))):
        problems.append((way, message))
    if name == "one_off" and not _closed(change.get("months")):
        message = (
            "one_off needs the month it happens in (months: 2026-10) or a closed span; the amount "
            "counts in each month of the span"
        )
        problems.append(("months" if change.get("months") else "lever", message))
    return problems


def _out_of_bounds(name: str, way: str, number: float) -> str | None:
    lever = LEVERS[name]
    if way == "times":
        if name == "one_off":
            return "one_off starts from 0, so times changes nothing: use plus"
        if not 0 <= number <= MOST_TIMES:
            return f"times {number:g} is outside 0 to {MOST_TIMES:g}: 80 % is written 0.80"
        return None
    low, high = lever.lower, lever.upper
    if way == "plus":
        low, high = low - high, high - low
    if not low <= number <= high:
        return (
            f"{way} {number:g} is outside {low:g} to {high:g}, the bounds of {name} ({lever.unit})"
        )
    return None


def _closed(months: object) -> bool:
    if not isinstance(months, str) or not _WINDOW.fullmatch(months):
        # A malformed span has its own message; none at all is not closed.
        return months is not None
    return None not in span(months)


def _single(value: object) -> bool:
    return not isinstance(value, (list, tuple))


def _span_words(months: str) -> str:
    first, slash, last = months.partition("/")
    if not slash:
        return first
    if not last:
        return f"from {first} on"
    return f"until {last}" if not first else f"{first} to {last}"


def _figure(value: float) -> str:
    return f"{value:,.10g}" if abs(value) >= 1_000 else f"{value:g}"
