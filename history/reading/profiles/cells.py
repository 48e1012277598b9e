"""The cells of an export, as SQL expressions over its raw table."""

from __future__ import annotations

from collections.abc import Mapping

from ...money import CURRENCIES
from ..synonyms import squashed
from ..table import RawTable, literal

__all__ = ["Cells"]

_PLACES = 8
_NUMBER = f"DECIMAL(28,{_PLACES})"


class Cells:
    """Looks columns up by their names and writes expressions of their values.

    Names are compared without capitals and signs. A column that the export does not have is NULL,
    so that older and newer exports of a product go through the same profile.

    Parameters
    ----------
    table
        The raw table.
    currency
        The reporting currency as told, for exports of amounts in minor units without a currency.
    decimal
        The decimal sign as told.
    """

    def __init__(self, table: RawTable, currency: str | None, decimal: str | None) -> None:
        self._table = table
        self._currency = currency
        self._comma = decimal == ","
        self._headers = {squashed(header): header for header in reversed(table.headers)}
        self.used: set[str] = set()

    nothing = "CAST(NULL AS VARCHAR)"
    """A blank cell."""

    def header(self, *names: str) -> str | None:
        """Give the first of these columns that is there, as the file spells it."""
        for name in names:
            found = self._headers.get(squashed(name))
            if found is not None:
                self.used.add(found)
                return found
        return None

    def text(self, *names: str) -> str:
        """Give the first of these columns that is there, as trimmed text."""
        header = self.header(*names)
        return self.nothing if header is None else self._table.text(header)

    def filled(self, *names: str) -> str:
        """Give the first of these columns that is filled, row by row."""
        return f"coalesce({', '.join(self.text(name) for name in names)})"

    def present(self, fields: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """Give field -> column for those columns that are there."""
        found = {name: self.header(*headers) for name, headers in fields.items()}
        return {name: header for name, header in found.items() if header is not None}

    @staticmethod
    def day(text: str) -> str:
        """Write a time without the name of its zone: the day stays that of the export."""
        return f"regexp_replace({text}, ' [A-Z]{{2,5}}$', '')"

    @staticmethod
    def moment(text: str) -> str:
        """Write an ISO time as a timestamp, NULL where it is written otherwise."""
        iso = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?"
        return f"TRY_CAST(regexp_extract({text}, '{iso}') AS TIMESTAMP)"

    @staticmethod
    def same_day(one: str, other: str) -> str:
        """Write whether two times begin with the same ten signs, a date."""
        return f"coalesce(left({one}, 10) = left({other}, 10), false)"

    @staticmethod
    def word(text: str) -> str:
        """Write a word in small letters, its blanks as underscores."""
        return f"replace(replace(lower({text}), ' ', '_'), '-', '_')"

    @staticmethod
    def true(text: str) -> str:
        """Write whether a cell says yes."""
        return f"coalesce(lower({text}) IN ('true', 't', 'yes', 'y', '1'), false)"

    @staticmethod
    def among(text: str, *words: str) -> str:
        """Write whether a text is one of these words."""
        return f"coalesce({text} IN ({', '.join(literal(word) for word in words)}), false)"

    @staticmethod
    def words(text: str, meanings: Mapping[str, str]) -> str:
        """Write a product's word as the ledger's; an unknown one stays, and is reported."""
        cases = " ".join(f"WHEN {literal(a)} THEN {literal(b)}" for a, b in meanings.items())
        return f"CASE {text} {cases} ELSE {text} END"

    def times(self, amount: str, quantity: str) -> str:
        """Write amount x quantity exactly; what cannot be read so stays for the reader to reject.

        A blank quantity is 1.
        """
        by = f"CASE WHEN {quantity} IS NULL THEN 1 ELSE TRY_CAST({quantity} AS DECIMAL(9,3)) END"
        product = f"CAST({self.number(amount)} AS DECIMAL(24,6)) * CAST({by} AS DECIMAL(9,3))"
        asked = f"{amount} || CASE WHEN {quantity} <> '1' THEN ' x ' || {quantity} ELSE '' END"
        return f"coalesce({self.written(product)}, {asked}, {amount})"

    def minus(self, amount: str, other: str) -> str:
        """Write amount - other exactly, a blank other being 0."""
        rest = f"CASE WHEN {other} IS NULL THEN 0 ELSE {self.number(other)} END"
        difference = f"{self.number(amount)} - CAST({rest} AS {_NUMBER})"
        asked = f"{amount} || ' - ' || {other}"
        return f"coalesce({self.written(difference)}, {asked}, {amount})"

    def major(self, minor: str, currency: str | None = None) -> str:
        """Write an amount in minor units (cents) in major units, by the decimals of its currency.

        Parameters
        ----------
        minor
            The amount.
        currency
            Expression of the currency; None for the one that was told.
        """
        factor = self._factor(currency)
        amount = f"CAST({self.number(minor)} AS DECIMAL(24,4)) * CAST({factor} AS DECIMAL(5,4))"
        return f"coalesce({self.written(amount)}, {minor})"

    def _factor(self, currency: str | None) -> str:
        if currency is None:
            return _factor(CURRENCIES.get((self._currency or "").strip().upper(), 2))
        odd = {code: places for code, places in CURRENCIES.items() if places != 2}
        cases = " ".join(f"WHEN {literal(c)} THEN {_factor(p)}" for c, p in odd.items())
        return f"CASE upper({currency}) {cases} ELSE {_factor(2)} END"

    def number(self, text: str) -> str:
        """Write a text as an exact number, NULL where it can be read in two ways or in none."""
        group, point = (r"\.", ",") if self._comma else (",", r"\.")
        plain = f"regexp_full_match({text}, '-?\\d+({point}\\d+)?')"
        grouped = f"regexp_full_match({text}, '-?\\d{{1,3}}({group}\\d{{3}})+{point}\\d+')"
        other = f"regexp_full_match({text}, '-?\\d+{group}\\d{{1,2}}')"
        if self._comma:
            own = f"replace(replace({text}, '.', ''), ',', '.')"
            return f"CASE WHEN {plain} OR {grouped} THEN TRY_CAST({own} AS {_NUMBER}) END"
        return (
            f"CASE WHEN {plain} THEN TRY_CAST({text} AS {_NUMBER}) "
            f"WHEN {grouped} THEN TRY_CAST(replace({text}, ',', '') AS {_NUMBER}) "
            f"WHEN {other} THEN TRY_CAST(replace({text}, ',', '.') AS {_NUMBER}) END"
        )

    def written(self, number: str) -> str:
        """Write a number as text, with the decimal sign in which the source is read."""
        text = f"CAST({number} AS VARCHAR)"
        return f"replace({text}, '.', ',')" if self._comma else text


def _factor(places: int) -> str:
    return f"{10**-places:.{places}f}" if places else "1"
