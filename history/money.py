"""Money: exact integer minor units, and the one place where they become floats."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from types import MappingProxyType
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import CurrencyError, InputError, unknown_name

__all__ = [
    "CURRENCIES",
    "INTERVALS",
    "currency_code",
    "decimals",
    "half_even",
    "monthly_minor",
    "to_decimal",
    "to_major",
    "to_minor",
]

_TWO = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR
LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB
PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP
SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
ZWL
"""
_OTHER = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

CURRENCIES: Mapping[str, int] = MappingProxyType(
    dict(sorted([(code, 2) for code in _TWO.split()]))
    | {code: places for places, codes in _OTHER.items() for code in codes.split()}
)
"""Decimals of each currency by ISO 4217 (a few codes withdrawn since 2015 included)."""

INTERVALS: Mapping[str, Fraction] = MappingProxyType(
    {
        "day": Fraction(36525, 1200),
        "week": Fraction(52, 12),
        "month": Fraction(1),
        "quarter": Fraction(1, 3),
        "year": Fraction(1, 12),
    }
)
"""Billing interval -> how many of it a month holds (day 365.25/12, week 52/12)."""


def currency_code(currency: str) -> str:
    """Give the code in capitals, checked against ISO 4217.

    Raises
    ------
    CurrencyError
        The code is unknown.

    Examples
    --------
    >>> currency_code(" eur ")
    'EUR'
    """
    code = str(currency).strip().upper()
    if code not in CURRENCIES:
        hint = str(unknown_name("currency", code, CURRENCIES)).partition(" Known:")[0]
        raise CurrencyError(f"{hint} Write an ISO 4217 code such as EUR, USD or JPY.")
    return code


def decimals(currency: str) -> int:
    """Give the number of decimals of a currency.

    Examples
    --------
    >>> decimals("USD"), decimals("JPY"), decimals("KWD")
    (2, 0, 3)
    """
    return CURRENCIES[currency_code(currency)]


def half_even(value: Fraction) -> int:
    """Round an exact number to an integer, ties to the even neighbour.

    Examples
    --------
    >>> half_even(Fraction(5, 2)), half_even(Fraction(7, 2)), half_even(Fraction(-5, 2))
    (2, 4, -2)
    """
    return round(value)


def _exact(amount: Decimal | Fraction | int | str) -> Fraction:
    try:
        return Fraction(Decimal(amount.strip())) if isinstance(amount, str) else Fraction(amount)
    except (InvalidOperation, OverflowError, ValueError, TypeError):
        raise InputError(
            f"{amount!r} is not an amount; write plain digits with a point, such as 401025.00"
        ) from None


def to_minor(amount: Decimal | Fraction | int | str, currency: str) -> int:
    """Turn an amount in major units into minor units, exactly.

    Raises
    ------
    InputError
        The amount is no number, or is finer than the currency's minor unit.

    Examples
    --------
    >>> to_minor("401025.00", "EUR"), to_minor("500", "JPY")
    (40102500, 500)
    """
    scaled = _exact(amount) * 10 ** decimals(currency)
    if scaled.denominator != 1:
        raise InputError(
            f"{amount} has more decimals than {currency_code(currency)} ({decimals(currency)})"
        )
    return int(scaled)


def monthly_minor(
    amount: Decimal | Fraction | int | str,
    interval: str,
    currency: str,
    interval_count: int = 1,
    factors: Mapping[str, Fraction] = INTERVALS,
) -> int:
    """Give the MRR of one line in minor units, rounded once, half-even.

    Parameters
    ----------
    amount
        Price of one billing interval, in major units.
    interval
        day, week, month, quarter or year.
    currency
        ISO 4217 code; says how many decimals are kept.
    interval_count
        How many such intervals the amount pays for.
    factors
        Intervals in a month, by name.

    Examples
    --------
    >>> monthly_minor("10", "week", "USD")
    4333
    >>> monthly_minor("1393", "month", "USD", interval_count=7)
    19900
    >>> monthly_minor("150000", "year", "USD", interval_count=3) * 12
    5000004
    """
    if interval not in factors:
        raise unknown_name("interval", interval, factors)
    if interval_count < 1:
        raise InputError(f"interval_count is {interval_count}; it must be 1 or more")
    exact = _exact(amount) * factors[interval] / interval_count
    return half_even(exact * 10 ** decimals(currency))


def to_decimal(minor: int, currency: str) -> Decimal:
    """Give minor units as an exact Decimal in major units with the currency's decimals.

    Examples
    --------
    >>> str(to_decimal(40102500, "EUR")), str(to_decimal(-5, "KWD")), str(to_decimal(7, "JPY"))
    ('401025.00', '-0.005', '7')
    """
    return Decimal(int(minor)).scaleb(-decimals(currency))


@overload
def to_major(minor: int, currency: str) -> float: ...
@overload
def to_major(minor: pd.Series, currency: str) -> pd.Series: ...
@overload
def to_major(minor: pd.DataFrame, currency: str) -> pd.DataFrame: ...
@overload
def to_major(minor: npt.NDArray[Any], currency: str) -> npt.NDArray[np.float64]: ...


def to_major(minor: Any, currency: str) -> Any:
    """Turn minor units into float64 major units: the single conversion of the program.

    Parameters
    ----------
    minor
        An integer, an array, a Series or a DataFrame of integers; missing values become NaN.
    currency
        ISO 4217 code.

    Examples
    --------
    >>> to_major(40102500, "EUR")
    401025.0
    >>> to_major(np.array([1, 250]), "KWD").tolist()
    [0.001, 0.25]
    """
    scale = 10.0 ** decimals(currency)
    if isinstance(minor, pd.Series | pd.DataFrame):
        return minor.astype("Float64").astype("float64") / scale
    if isinstance(minor, np.ndarray):
        return minor.astype(np.float64) / scale
    return float(minor) / scale
