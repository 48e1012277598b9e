"""The lines of a variance: movements, and the drivers that each of them is split into."""

from typing import Final

from ..plans.figures import MOVEMENTS

ACTUAL_MOVEMENTS: Final = (*(name for name in MOVEMENTS if name != "fx"), "fx")
"""Movements compared, exchange rates last; what a plan has none of is planned as nothing."""

NET: Final = "net new"
"""All movements of a month together; no line of a table, as it would count twice there."""

LEVELS: Final = ("opening", "restatement", "policy")
"""Lines above the movements: what a period opens with, and what became of the past."""

VARIANCE_LINES: Final = (*LEVELS, *ACTUAL_MOVEMENTS, "closing")
"""Rows of a period: they add up from the first to the last but one to the last."""

TOLD_APART: Final = ("voluntary", "involuntary", "unknown")
"""Reasons of churn, where the ledger names any; else churn is one."""

Driver = tuple[str, str]
"""A movement (or another line), and what of it; the second is blank where it is not split."""

ROUNDING: Final[Driver] = ("rounding", "")

MIXED: Final = ("new", "expansion", "contraction", "churn")
"""Movements that are split; over several segments together each has a mix."""


def drivers_of(reasons: tuple[str, ...], counted: bool = True) -> tuple[Driver, ...]:
    """Give the drivers of the movements in the order of a table, rounding last.

    Parameters
    ----------
    reasons
        Those of churn that are told apart; one blank where none are.
    counted
        Whether new customers are counted, so that new business can be split.

    Examples
    --------
    >>> drivers_of(("",))[-6:-2]
    (('churn', 'exposure'), ('churn', 'mix'), ('churn', 'rate'), ('churn', 'size'))
    >>> [part for line, part in drivers_of(("voluntary", "unknown")) if line == "churn"]
    ['exposure', 'mix', 'voluntary rate', 'voluntary size', 'unknown rate', 'unknown size']
    """
    parts = {
        "new": ("volume", "mix", "price") if counted else ("",),
        "expansion": ("exposure", "mix", "rate"),
        "contraction": ("exposure", "mix", "rate"),
        "churn": (
            *("exposure", "mix"),
            *(f"{why} {part}".strip() for why in reasons for part in ("rate", "size")),
        ),
    }
    found = [(name, part) for name in ACTUAL_MOVEMENTS for part in parts.get(name, ("",))]
    return (*found, ROUNDING)
