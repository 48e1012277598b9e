"""Rates by month between the currencies of a ledger, exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from .engines import Engine
from .errors import InputError
from .money import decimals
from .months import text as month_text

__all__ = ["Rates", "listed_months"]

_LARGEST = 10**18
"""Numerator and denominator of a rate stay below it, so that amounts x rates fit the engine."""


@dataclass(frozen=True)
class Rates:
    """Units of the reporting currency for one unit of another, by month.

    Parameters
    ----------
    reporting
        ISO 4217 code of the ledger.
    by_currency
        Code -> month index -> rate, for each other currency of the ledger. One rate alone counts
        for every month (a budget rate).

    Examples
    --------
    >>> rates = Rates("EUR", {"JPY": {24300: Fraction("0.0062")}})
    >>> rates.constant
    ('JPY',)
    >>> rates.minor("JPY", 24311)  # cents for one yen
    Fraction(31, 50)
    """

    reporting: str
    by_currency: Mapping[str, Mapping[int, Fraction]]

    @property
    def constant(self) -> tuple[str, ...]:
        """The currencies that have one rate for all months."""
        return tuple(code for code, found in sorted(self.by_currency.items()) if len(found) == 1)

    def minor(self, code: str, month: int) -> Fraction | None:
        """Give minor units of the reporting currency for one minor unit of another, or None."""
        if code == self.reporting:
            return Fraction(1)
        found = self.by_currency.get(code, {})
        rate = next(iter(found.values())) if len(found) == 1 else found.get(month)
        scale = Fraction(10 ** decimals(self.reporting), 10 ** decimals(code))
        return None if rate is None else rate * scale

    def share(self, engine: Engine, as_of: int) -> None:
        """Make the table ``close_rates`` of the engine: currency, month, top, bottom.

        It holds, for each currency, the months from its first line that counts to ``as_of``, and
        ``as_of`` for a currency of which all lines start later.

        Raises
        ------
        InputError
            A rate that is needed is not there; all of them are named.
        """
        needed = _needed(engine, as_of)
        missing = {
            code: [at for at in months if self.minor(code, at) is None]
            for code, months in needed.items()
        }
        if any(missing.values()):
            raise InputError(self._refusal(missing))
        rows = [
            self._row(code, at, self.minor(code, at) or Fraction(1))
            for code, months in needed.items()
            for at in months
        ]
        engine.share(
            "close_rates",
            "SELECT CAST(currency AS VARCHAR) AS currency, CAST(month AS INTEGER) AS month,"
            " CAST(top AS BIGINT) AS top, CAST(bottom AS BIGINT) AS bottom"
            f" FROM (VALUES {', '.join(rows)}) AS known(currency, month, top, bottom)",
        )

    @staticmethod
    def _row(code: str, month: int, rate: Fraction) -> str:
        top, bottom = rate.as_integer_ratio()
        if max(top, bottom) >= _LARGEST:
            raise InputError(
                f"the rate of {code} in {month_text(month)} has more digits than can be computed"
                " exactly; round it to 12 decimals"
            )
        return f"('{code}', {month}, {top}, {bottom})"

    def _refusal(self, missing: Mapping[str, list[int]]) -> str:
        said = [f"{code} {listed_months(months)}" for code, months in missing.items() if months]
        return (
            f"Rates to {self.reporting} are missing for {'; '.join(said)}: every month from a"
            " currency's first line to as_of needs one, as each close is converted at its own"
            " rate. Add them, give one rate alone for a currency (a budget rate, for all months),"
            " or keep the rate of each line's first month: policy currency: at_start."
        )


def _needed(engine: Engine, as_of: int) -> dict[str, range]:
    """Give currency -> months for which it is converted."""
    frame = engine.frame(
        "SELECT n.currency, MIN(f.first_month) AS first FROM facts AS f"
        " INNER JOIN numbered AS n ON f.line_id = n.line_id"
        " WHERE f.counts > 0 OR (f.one_off = 0 AND n.list_mrr <> 0)"
        " GROUP BY n.currency ORDER BY n.currency"
    )
    return {
        str(code): range(min(int(first), as_of), as_of + 1)
        for code, first in zip(frame["currency"], frame["first"], strict=True)
    }


def listed_months(months: list[int]) -> str:
    """List months, runs of them as first to last.

    Examples
    --------
    >>> listed_months([24300, 24301, 24302, 24305])
    '2025-01 to 2025-03, 2025-06'
    """
    runs: list[list[int]] = []
    for at in months:
        if runs and at == runs[-1][1] + 1:
            runs[-1][1] = at
        else:
            runs.append([at, at])
    return ", ".join(
        month_text(first) if first == last else f"{month_text(first)} to {month_text(last)}"
        for first, last in runs
    )
