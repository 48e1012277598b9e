"""New business after the levers: customers won, what they pay, known wins and losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..beliefs import Beliefs
from ..counts import poisson
from ..luck import scattered
from ..prospects import won
from .changes import Changes

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Won:
    """New business, arrays (segments, months, paths).

    Attributes
    ----------
    customers, mrr : array
        Customers won and their MRR, known single wins, prospects and bought books included.
    arpa : array
        MRR expected of one.
    """

    LEVERS: ClassVar = (
        "new_customers",
        "new_arpa",
        "new_mrr",
        "one_off",
        "acquired_customers",
        "acquired_mrr",
    )

    customers: Singles
    mrr: Floats
    arpa: Singles

    @classmethod
    def of(cls, beliefs: Beliefs, changes: Changes) -> Won:
        """Give customers won and their MRR: number x average x scatter of that many sizes."""
        number = _number(beliefs, changes("new_customers", beliefs.new_customers))
        arpa = changes("new_arpa", beliefs.new_arpa)
        scatter, noise = (
            by_flow["new"].astype(np.float32)[:, None, None]
            for by_flow in (beliefs.scatter, beliefs.noise)
        )
        variance = np.maximum(number, 1.0)
        np.divide(scatter, variance, out=variance)
        variance += noise
        factor = scattered(variance, beliefs.luck["new_size"])
        np.multiply(number, arpa, out=variance)
        variance *= factor
        mrr = changes("new_mrr", variance.astype(np.float64))
        wins = known_deals(beliefs, changes)
        if wins is not None:
            mrr = mrr + np.maximum(wins, 0.0)[:, :, None]
        for_customers, for_mrr = acquired(beliefs, changes)
        if for_customers.any() or for_mrr.any():
            number = number + for_customers.astype(np.float32)[:, :, None]
            mrr = mrr + for_mrr[:, :, None]
        if changes.prospects:
            came, brought = won(changes.prospects, beliefs.seed, changes.first, beliefs.shape)
            number, mrr = number + came.astype(np.float32), mrr + brought
        return cls(number, mrr, arpa)


def _number(beliefs: Beliefs, expected: Singles) -> Singles:
    """Whole customers won; of newcomers, whose number no history has drawn, a Poisson count."""
    number: Singles = np.floor(expected + beliefs.rounding)
    launched = beliefs.luck.get("launched")
    if launched is not None:
        new = launched.any(axis=(1, 2))
        number[new] = poisson(expected[new] * launched[new], beliefs.luck["launched_count"][new])
    return number


def acquired(beliefs: Beliefs, changes: Changes) -> tuple[Floats, Floats]:
    """Give whole customers and MRR of books that are bought, arrays (segments, months)."""
    segments, months, _ = beliefs.shape
    found = [changes.constant(name, 0.0, months) for name in ("acquired_customers", "acquired_mrr")]
    customers, mrr = (np.zeros((segments, months)) if one is None else one for one in found)
    return np.floor(customers + 0.5), mrr


def known_deals(beliefs: Beliefs, changes: Changes) -> Floats | None:
    """Known single wins (+) and losses (-), array (segments, months); None if there are none."""
    return changes.constant("one_off", 0.0, beliefs.shape[1])
