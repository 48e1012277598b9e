"""Confidence: the share of true ones among findings of a rule and strength, as measured."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

__all__ = ["confidence_of", "confidences"]


@cache
def confidences() -> dict[tuple[str, int], float]:
    """Give the measured confidence (share 0-1) by rule and strength.

    The table ``confidence.csv`` is written by ``python -m benchmarks.audit_accuracy --write``:
    faults of every kind, each in one of a hundred customers of made-up companies, are looked
    for; of the findings of a rule and strength, (true + 1) / (found + 2) is the confidence, at
    most 0.99: one half where nothing was found, so nothing is known.

    Examples
    --------
    >>> all(0 < share < 1 for share in confidences().values())
    True
    """
    text = (files("history.audit") / "confidence.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["rule"], int(row["strength"])): float(row["confidence"]) for row in rows}


def confidence_of(rule: str, strength: int) -> float:
    """Give the confidence of one finding (share 0-1).

    Raises
    ------
    KeyError
        The table does not know the rule at this strength.
    """
    return confidences()[rule, strength]
