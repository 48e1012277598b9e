"""Words of a variance: noise or signal, amounts and shares as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from history.language import figure, language, say
from history.money import decimals


@dataclass(frozen=True)
class Sentence:
    """One sentence about a variance, and where its number stands.

    Attributes
    ----------
    text
        The sentence.
    line, driver
        Of the table; ``net new`` is all movements together, and a driver that is blank the line.
    segment
        Values of the segment, ``total`` for the company.
    amount
        The number behind it, minor units.
    source
        ``drivers`` (one period's), or the table that the amount is from: ``restated``, ``signals``,
        ``timing``, ``deals``, ``bands`` (the movements outside the band together).

    Raises
    ------
    ValueError
        The text has no number.
    """

    text: str
    line: str
    driver: str
    segment: tuple[str, ...]
    amount: int
    source: str = "drivers"

    def __post_init__(self) -> None:
        if not any(letter.isdigit() for letter in self.text):
            raise ValueError(f"a sentence without a number: {self.text!r}")

    def __str__(self) -> str:
        return self.text


def reading(percentile: float) -> str:
    """Where a figure lies in the plan's distribution, in words.

    Parameters
    ----------
    percentile
        0-100, or NaN.

    Returns
    -------
    str
        ``noise`` inside the 80 % band, ``above`` or ``below`` outside it, ``far above`` or ``far
        below`` outside the 95 % band, blank for NaN.

    Examples
    --------
    >>> reading(55.0), reading(92.0), reading(1.0)
    ('noise', 'above', 'far below')
    """
    if np.isnan(percentile):
        return ""
    if 10.0 <= percentile <= 90.0:
        return "noise"
    far = "" if 2.5 <= percentile <= 97.5 else "far "
    return far + ("above" if percentile > 50.0 else "below")


def judged(percentile: float) -> str:
    """Say where a figure lies, and what that means.

    Examples
    --------
    >>> judged(55.4)
    ": percentile 55 of the plan's paths, inside the 80 % band, so it may be noise"
    >>> judged(99.0)
    ": percentile 99 of the plan's paths, outside the 95 % band"
    """
    word = reading(percentile)
    if not word:
        return ""
    place = figure(percentile)
    if word == "noise":
        return say(
            ": percentile {percentile} of the plan's paths, inside the 80 % band, so it may be "
            "noise",
            percentile=place,
        )
    if word.startswith("far"):
        return say(
            ": percentile {percentile} of the plan's paths, outside the 95 % band", percentile=place
        )
    return say(
        ": percentile {percentile} of the plan's paths, outside the 80 % band", percentile=place
    )


def money(minor: int, currency: str, *, signed: bool = False) -> str:
    """Write an amount: whole units, or cents where there are less than ten.

    Examples
    --------
    >>> money(-1234567, "EUR"), money(305, "EUR", signed=True)
    ('-12,346 EUR', '+3.05 EUR')
    """
    places = decimals(currency)
    value = minor / 10.0**places
    shown = places if 0 < abs(value) < 10 else 0
    return f"{figure(value, shown, signed=signed)}{_blank()}{currency}"


def of_whole(part: float, whole: float) -> str:
    """Write a share in percent, with a decimal below 10 %.

    Examples
    --------
    >>> of_whole(71, 100), of_whole(-1.84, 100)
    ('71 %', '-1.8 %')
    """
    share = part / whole
    return percent(share, 0 if abs(share) >= 0.1 else 1)


def percent(share: float, decimals: int) -> str:
    r"""Write a share (0-1) in percent.

    Examples
    --------
    >>> percent(0.0521, 2)
    '5.21 %'
    >>> from history.language import speaking
    >>> with speaking("fr"):
    ...     percent(0.0521, 2)
    '5,21\xa0%'
    """
    return f"{figure(100 * share, decimals)}{_blank()}%"


def _blank() -> str:
    """Give what stands between a number and its unit."""
    return " " if language() == "en" else "\xa0"
