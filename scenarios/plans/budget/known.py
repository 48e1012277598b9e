"""What a ledger adds to a budget: where it opens, and at which rates a level moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import pandas as pd

from history.money import half_even
from history.segments import BLANK

if TYPE_CHECKING:
    from history import Ledger

    from .layout import Values

MONTHS: Final = 12
"""Months of history from which rates are taken."""

_RATES: Final = ("expansion", "contraction", "churn")


@dataclass(frozen=True)
class History:
    """A ledger's movements by segment as known at one month, minor units of MRR.

    Attributes
    ----------
    minor
        Month, dimensions, movement, customers, mrr.
    closing
        Closing MRR by segment.
    rates
        Segment to movement to share of the opening MRR a month, over the last `MONTHS` months;
        reactivation as an amount a month.
    monthly
        The company's movements a month over these months, by line, in absolute amounts.
    """

    minor: pd.DataFrame
    closing: dict[tuple[str, ...], int]
    rates: dict[tuple[str, ...], dict[str, Fraction]]
    monthly: dict[str, Fraction] = field(default_factory=dict)

    @classmethod
    def of(cls, ledger: Ledger, by: tuple[str, ...]) -> History:
        """Take it from a ledger as of its month."""
        minor = ledger.movements(by=list(by) or None).minor
        keys = zip(*(minor[name].astype(str) for name in by), strict=True)
        rows = pd.DataFrame(
            {
                "key": list(keys) if by else [()] * len(minor),
                "month": minor["month"].to_numpy(),
                "line": minor["movement"].astype(str).to_numpy(),
                "mrr": minor["mrr"].to_numpy(dtype="int64", na_value=0),
            }
        )
        last = rows.loc[rows["month"] == ledger.as_of]
        last = last.loc[last["line"] == "closing"]
        closing = dict.fromkeys(rows["key"], 0)
        closing |= dict(zip(last["key"], last["mrr"].tolist(), strict=True))
        recent = rows.loc[rows["month"] > ledger.as_of - MONTHS]
        sums: dict[tuple[tuple[str, ...], str], int] = {}
        for key, line, mrr in recent[["key", "line", "mrr"]].itertuples(index=False):
            sums[key, line] = sums.get((key, line), 0) + int(mrr)
        rates = {}
        for key in closing:
            base = sums.get((key, "opening"), 0)
            found = {n: Fraction(sums.get((key, n), 0), base) for n in _RATES} if base else {}
            won = Fraction(sums.get((key, "reactivation"), 0), recent["month"].nunique() or 1)
            rates[key] = {**found, "reactivation": won}
        monthly: dict[str, Fraction] = {}
        for (_, line), amount in sums.items():
            share = Fraction(abs(amount), recent["month"].nunique())
            monthly[line] = monthly.get(line, Fraction(0)) + share
        return cls(minor, closing, rates, monthly)

    def at_rates(self, key: tuple[str, ...], opening: int) -> dict[str, int]:
        """Give what moves in a month at past rates; new business is no rate."""
        return {
            line: half_even(rate if line == "reactivation" else rate * opening)
            for line, rate in self.rates.get(key, {}).items()
        }

    def split(self, key: tuple[str, ...], opening: int, net: int) -> dict[str, int]:
        """Split what a level moves in a month: at past rates, new business is what remains.

        What remains below 0 is churn.

        Examples
        --------
        >>> rates = {"churn": Fraction(-1, 50), "expansion": Fraction(1, 100)}
        >>> History(pd.DataFrame(), {}, {(): rates}).split((), 10_000, 500)
        {'churn': -200, 'expansion': 100, 'new': 600}
        """
        found = self.at_rates(key, opening)
        left = net - sum(found.values())
        if left < 0:
            found["churn"] = found.get("churn", 0) + left
        else:
            found["new"] = left
        return found


def values_of(ledger: Ledger, by: tuple[str, ...]) -> Values:
    """Give the segment values of dimensions, by their names without signs and capitals."""
    from history.reading.synonyms import squashed

    return {
        name: {squashed(key[0]): key[0] for key in ledger.segments((name,)).keys if key[0] != BLANK}
        for name in by
    }
