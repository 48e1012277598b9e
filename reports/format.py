"""How numbers are printed for a board: `€1.23M`, `(€52k)`, `104.2%`, `+1.2 pp`; `1,23 M€`.

Negative amounts stand in parentheses, thousands and millions in `k` and `M` (`B` above), with
three digits that count, so that 2.5 never becomes 2. A table uses one `Scale` for all its cells.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pandas as pd

from forecast.lever_words import LEVER_WORDS
from forecast.levers import LEVERS
from history.language import figure, language, month_name, percent_sign, say, say_many

_SYMBOLS: Final = {
    "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩",
    "ILS": "₪", "AUD": "A$", "CAD": "C$", "NZD": "NZ$", "SGD": "S$", "HKD": "HK$", "BRL": "R$",
    "MXN": "MX$", "TRY": "₺", "UAH": "₴", "VND": "₫", "PHP": "₱", "NGN": "₦",
}  # fmt: skip
_LEVERS: Final = re.compile(rf"\b({'|'.join(LEVERS)})\b")
_STEPS: Final = ((1e9, "B"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def not_available() -> str:
    """Say that there is no such figure."""
    return say("n/a")


def lever_words(name: str) -> str:
    """Write the name of a lever, or of a driver's number, as words.

    Examples
    --------
    >>> lever_words("new_arpa"), lever_words("price_rise.uplift"), lever_words("pipeline.2.slips")
    ('new ARPA', 'price rise: uplift', 'pipeline 2: slips')
    """
    first, *between, last = name.split(".") if "." in name else (name, "")
    driver = " ".join([_named(first), *between])
    return say("{driver}: {number}", driver=driver, number=_named(last)) if last else driver


def label_words(label: str) -> str:
    """Write the names of levers in a text as words.

    Examples
    --------
    >>> label_words("new_arpa x 0.95, size small_teams")
    'new ARPA x 0.95, size small_teams'
    """
    return _LEVERS.sub(lambda found: lever_words(found.group()), label)


def _named(name: str) -> str:
    known = LEVER_WORDS.get(name)
    return name.replace("_", " ") if known is None else say(known)


def symbol(currency: str) -> str:
    r"""Give what stands before an amount: a sign where it is unmistakable, else the code.

    Examples
    --------
    >>> symbol("EUR"), symbol("KWD")
    ('€', 'KWD\xa0')
    """
    return _SYMBOLS.get(currency, f"{currency}\xa0")


def unit(currency: str, suffix: str) -> tuple[str, str]:
    r"""Give what stands before and behind an amount.

    Parameters
    ----------
    currency : str
        ISO 4217 code.
    suffix : str
        Of a `Scale`.

    Examples
    --------
    >>> unit("EUR", "M"), unit("KWD", "k")
    (('€', 'M'), ('KWD\xa0', 'k'))
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     unit("EUR", "M"), unit("USD", "B"), unit("KWD", "")
    (('', '\xa0M€'), ('', '\xa0Md$'), ('', '\xa0KWD'))
    """
    if language() == "en":
        return symbol(currency), suffix
    sign = _SYMBOLS.get(currency) or (f"\xa0{currency}" if suffix else currency)
    return "", f"\xa0{spoken_suffix(suffix)}{sign}"


def spoken_suffix(suffix: str) -> str:
    """Give the suffix of a scale as the language writes it: billions are Md in French.

    Examples
    --------
    >>> spoken_suffix("B")
    'B'
    """
    return "Md" if suffix == "B" and language() == "fr" else suffix


@dataclass(frozen=True)
class Scale:
    """The unit of a column of amounts: they are divided, rounded and given the suffix.

    Attributes
    ----------
    divisor : float
    suffix : str
        ``""``, ``k``, ``M`` or ``B``.
    decimals : int
        After scaling.
    """

    divisor: float
    suffix: str
    decimals: int

    def label(self, currency: str) -> str:
        """Name the unit, for a table's heading.

        Examples
        --------
        >>> Scale(1e3, "k", 1).label("EUR")
        'EUR k'
        """
        if language() == "en":
            return f"{currency} {self.suffix}".strip()
        return unit(currency, self.suffix)[1].strip("\xa0")

    @property
    def places(self) -> int:
        """Decimals of the unscaled amount: 1 for tenths, -3 for thousands.

        Examples
        --------
        >>> Scale(1e3, "k", 1).places
        -2
        """
        return self.decimals - round(math.log10(self.divisor))

    @property
    def number_format(self) -> str:
        """The Excel number format that shows an unscaled amount in this unit.

        Examples
        --------
        >>> Scale(1e3, "k", 1).number_format
        '#,##0.0,"k";(#,##0.0,"k");0.0"k"'
        """
        commas = "," * round(math.log10(self.divisor) / 3)
        zeros = "." + "0" * self.decimals if self.decimals else ""
        suffix = spoken_suffix(self.suffix)
        tail = f'{commas}"{suffix}"' if suffix else ""
        unit = f'"{suffix}"' if suffix else ""
        return f"#,##0{zeros}{tail};(#,##0{zeros}{tail});0{zeros}{unit}"


def scale_of(values: Iterable[float], *, digits: int = 3, decimals: int | None = None) -> Scale:
    """Choose the scale in which the largest of the values shows `digits` digits that count.

    Parameters
    ----------
    values : iterable of float
        Amounts in major units; those that are not finite are ignored.
    digits : int
        Significant digits of the largest value.
    decimals : int, optional
        Fixed decimals instead.

    Examples
    --------
    >>> scale_of([2_500_000, -40_000])
    Scale(divisor=1000000.0, suffix='M', decimals=2)
    >>> scale_of([999_950])
    Scale(divisor=1000000.0, suffix='M', decimals=2)
    >>> scale_of([812.5])
    Scale(divisor=1.0, suffix='', decimals=0)
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if largest > 0:  # 999,950 is 1.00M, not 1,000k
        largest = round(largest, digits - 1 - math.floor(math.log10(largest)))
    divisor, suffix = next((step for step in _STEPS if largest >= step[0]), _STEPS[-1])
    if decimals is None and largest == 0:
        decimals = 0
    if decimals is None:
        whole = len(str(int(largest / divisor)))
        decimals = max(0, digits - whole)
    return Scale(divisor, suffix, decimals)


def number(value: float, scale: Scale, *, signed: bool = False) -> str:
    """Print an amount in its scale without the currency; negative in parentheses.

    Examples
    --------
    >>> number(-52_340, Scale(1e3, "k", 1))
    '(52.3)'
    >>> number(52_340, Scale(1e3, "k", 1), signed=True)
    '+52.3'
    """
    return _wrapped(value, scale, "", "", signed=signed)


def money(value: float, currency: str, scale: Scale | None = None, *, signed: bool = False) -> str:
    """Print an amount with its currency, scaled; negative in parentheses.

    Parameters
    ----------
    value : float
        Major units.
    currency : str
        ISO 4217 code.
    scale : Scale, optional
        Of the table or figure; chosen from the value itself when left out.
    signed : bool
        A plus before what is above zero (a difference, a movement).

    Examples
    --------
    >>> money(2_500_000, "EUR"), money(-52_340, "EUR"), money(1_204, "JPY", signed=True)
    ('€2.50M', '(€52.3k)', '+¥1.20k')
    >>> money(float("nan"), "EUR")
    'n/a'
    """
    chosen = scale_of([value]) if scale is None else scale
    if math.isfinite(value) and not chosen.decimals and round(value / chosen.divisor) == 0:
        return "0".join(unit(currency, ""))
    return _wrapped(value, chosen, *unit(currency, chosen.suffix), signed=signed)


def _wrapped(value: float, scale: Scale, before: str, after: str, *, signed: bool) -> str:
    if not math.isfinite(value):
        return not_available()
    rounded = round(value / scale.divisor, scale.decimals)
    text = f"{before}{figure(abs(rounded), scale.decimals)}{after}"
    if rounded < 0:
        return f"({text})"
    return f"+{text}" if signed and rounded > 0 else text


def percent(share: float | None, decimals: int = 1, *, signed: bool = False) -> str:
    """Print a share (0-1) as a percentage.

    Examples
    --------
    >>> percent(1.0421), percent(-0.031), percent(None)
    ('104.2%', '(3.1%)', 'n/a')
    """
    if share is None:
        return not_available()
    return _wrapped(share * 100, Scale(1.0, "", decimals), "", percent_sign(), signed=signed)


def share_format(decimals: int) -> str:
    r"""Give the Excel number format of a share in percent.

    Examples
    --------
    >>> share_format(1)
    '0.0%'
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     share_format(0)
    '0"\xa0"%'
    """
    zeros = "." + "0" * decimals if decimals else ""
    blank = percent_sign().removesuffix("%")
    return f'0{zeros}"{blank}"%' if blank else f"0{zeros}%"


def points(difference: float, decimals: int = 1) -> str:
    """Print the difference of two shares (0-1) in percentage points.

    Examples
    --------
    >>> points(0.012), points(-0.012)
    ('+1.2 pp', '(1.2 pp)')
    """
    return _wrapped(difference * 100, Scale(1.0, "", decimals), "", say(" pp"), signed=True)


def count(value: float) -> str:
    """Print a number of customers.

    Examples
    --------
    >>> count(12345.4), count(-3)
    ('12,345', '(3)')
    """
    return _wrapped(value, Scale(1.0, "", 0), "", "", signed=False)


def shortest(value: float) -> str:
    """Print a number with as many digits as it needs, six at most.

    Examples
    --------
    >>> shortest(0.8), shortest(5_000), shortest(1 / 3)
    ('0.8', '5,000', '0.333333')
    """
    exponent = Decimal(f"{value:.6g}").as_tuple().exponent
    return figure(value, max(0, -int(exponent)))


def others(n: int) -> str:
    """Say how many rows stand together in one.

    Examples
    --------
    >>> others(1), others(4)
    ('1 other', '4 others')
    """
    return say_many("{n} other", "{n} others", n)


def unbroken(text: str) -> str:
    r"""Keep a text on one line.

    Examples
    --------
    >>> unbroken("Jun 2026")
    'Jun\xa02026'
    """
    return text.replace(" ", "\xa0")


def capital(text: str) -> str:
    """Begin a text with a capital.

    Examples
    --------
    >>> capital("new ARPA")
    'New ARPA'
    """
    return text[:1].upper() + text[1:]


def quarter(period: str) -> str:
    """Print a fiscal quarter as the language does; a year is the same in all of them.

    Examples
    --------
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     quarter("Q3 FY27"), quarter("FY27")
    ('T3 FY27', 'FY27')
    """
    name, blank, year = period.partition(" ")
    return say("Q{quarter} {year}", quarter=name[1:], year=year) if blank else period


def month(period: pd.Period) -> str:
    """Print a month for a reader: `Jun 2026` (files have `2026-06`).

    Examples
    --------
    >>> month(pd.Period("2026-06", "M"))
    'Jun 2026'
    """
    return month_name(period)


def span(months: object) -> str:
    """Print the months of a change, as a scenario file has them.

    Examples
    --------
    >>> span("2026-10/2027-06"), span("2026-10/"), span(None)
    ('Oct 2026 to Jun 2027', 'from Oct 2026', 'all')
    """
    if not isinstance(months, str) or not months.strip(" /"):
        return say("all")
    first, slash, last = (part.strip() for part in months.partition("/"))
    start = month(pd.Period(first, "M")) if first else ""
    end = month(pd.Period(last, "M")) if last else ""
    if not slash or first == last:
        return start
    if not end:
        return say("from {start}", start=start)
    if not start:
        return say("until {end}", end=end)
    return say("{start} to {end}", start=start, end=end)


def plain(text: object) -> str:
    r"""Make one line of any text, without the control characters that XML and a cell refuse.

    Examples
    --------
    >>> plain("Nord\x00\nSüd")
    'Nord Süd'
    """
    line = str(text)
    if not (line.isascii() and line.isprintable()):
        line = "".join(" " if _refused(letter) else letter for letter in line)
    return _BLANKS.sub(" ", line).strip()


def _refused(letter: str) -> bool:
    code = ord(letter)
    if code in _BIDI_OVERRIDES or code in (0xFFFE, 0xFFFF):
        return True
    return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")


_BLANKS: Final = re.compile(r"[^\S\xa0\u202f]+")  # those that hold a number together stay

# Left open inside a sentence, these turn the rest of it around.
_BIDI_OVERRIDES: Final = frozenset({*range(0x202A, 0x202F), *range(0x2066, 0x206A)})


def before_number(name: str) -> str:
    r"""Let a number follow a name: a mark ends the direction of one written from right to left.

    Examples
    --------
    >>> before_number("Base"), before_number("\u05d0")
    ('Base', '\u05d0\u200e')
    """
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name)
    return f"{name}\u200e" if turned else name


def shorten(text: str, letters: int) -> str:
    """Cut a text to at most so many letters, the cut shown by an ellipsis.

    Examples
    --------
    >>> shorten("Enterprise North", 11)
    'Enterprise…'
    """
    line = plain(text)
    return line if len(line) <= letters else line[: max(1, letters - 1)].rstrip() + "…"


def footed(parts: Sequence[float], total: float, scale: Scale) -> list[float]:
    """Round parts to a scale so that the printed parts add up to the printed total.

    Largest remainder: each part is rounded down to the scale's last digit, and the digits still
    missing go to the parts that lost most.

    Parameters
    ----------
    parts : sequence of float
        Major units, adding up to `total`.
    total : float
        Major units.
    scale : Scale

    Returns
    -------
    list of float
        Major units, each a multiple of the scale's last digit; none is more than one such digit
        away from its part.

    Examples
    --------
    >>> footed([1.4, 1.4, 1.2], 4.0, Scale(1.0, "", 0))
    [2.0, 1.0, 1.0]
    """
    digit = scale.divisor / 10**scale.decimals
    units = [part / digit for part in parts]
    whole = [math.floor(unit) for unit in units]
    missing = round(total / digit) - sum(whole)
    order = sorted(range(len(units)), key=lambda i: whole[i] - units[i])
    lift, rest = divmod(missing, len(units)) if units else (0, 0)
    for position in range(len(units)):
        whole[position] += lift
    for position in order[:rest]:
        whole[position] += 1
    return [unit * digit for unit in whole]
