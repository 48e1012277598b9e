"""Numbers and months as a language writes them."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache

import pandas as pd

from .speech import Language, language

# Spelled here: strftime follows the locale of the machine.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def figure(value: float, decimals: int = 0, *, signed: bool = False) -> str:
    r"""Write a number with the language's marks for thousands and decimals.

    Parameters
    ----------
    value : float
        Finite.
    decimals : int
    signed : bool
        A sign before what is not 0 as well.

    Examples
    --------
    >>> figure(1234567.891, 1), figure(-3, signed=True), figure(3, signed=True)
    ('1,234,567.9', '-3', '+3')
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     figure(1234567.891, 1)
    '1\u202f234\u202f567,9'
    """
    return spelt(f"{value:{'+' if signed else ''},.{decimals}f}")


def significant(value: float, digits: int) -> str:
    """Write a number with so many digits that count.

    Examples
    --------
    >>> significant(0.030081, 4), significant(13.2, 3), significant(21.0, 3)
    ('0.03008', '13.2', '21')
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     significant(0.030081, 4)
    '0,03008'
    """
    return spelt(f"{value:.{digits}g}")


def spelt(text: str) -> str:
    r"""Give a number that is written in English the marks of the language.

    Examples
    --------
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     spelt("1,234.5")
    '1\u202f234,5'
    """
    if language() == "en":
        return text
    thousands, mark = _marks(language())
    return text.translate({ord(","): thousands, ord("."): mark})


def share(value: float, decimals: int = 1, *, signed: bool = False) -> str:
    r"""Write a share (0-1) in percent.

    Examples
    --------
    >>> share(0.0421), share(-0.5, 0)
    ('4.2%', '-50%')
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     share(0.0421)
    '4,2\xa0%'
    """
    return figure(value * 100, decimals, signed=signed) + percent_sign()


def percent_sign() -> str:
    """Give the sign behind a percentage, with the space that a language puts before it."""
    return "%" if language() == "en" else "\xa0%"


def decimal_mark() -> str:
    """Give the mark before decimals."""
    return "." if language() == "en" else _marks(language())[1]


def month_name(period: pd.Period) -> str:
    """Write a month for a reader.

    Examples
    --------
    >>> month_name(pd.Period("2026-06", "M"))
    'Jun 2026'
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     month_name(pd.Period("2026-02", "M"))
    'févr. 2026'
    """
    if language() == "en":
        return f"{_MONTHS[period.month - 1]} {period.year}"
    return _named(language(), period.year, period.month)


def month_told(period: pd.Period) -> str:
    """Write a month inside a sentence: ``2026-06`` in English, by its name elsewhere.

    Examples
    --------
    >>> month_told(pd.Period("2026-06", "M"))
    '2026-06'
    """
    return str(period) if language() == "en" else month_name(period)


@lru_cache(maxsize=1024)
def _named(spoken: Language, year: int, month: int) -> str:
    from babel.dates import format_date

    return format_date(date(year, month, 1), "MMM yyyy", locale=spoken)


@cache
def _marks(spoken: Language) -> tuple[str, str]:
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return get_group_symbol(spoken), get_decimal_symbol(spoken)
